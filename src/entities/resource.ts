// A row of a managed system as it was last read, or a person. Its links are resource-link.ts.
import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { Attributes } from '../domain/configuration.js';

@Index('resource_entity_type_id', ['entityType', 'id'])
@Index('resource_removed', ['entityType', 'id'], { where: 'removed_at is not null' })
@Unique(['entityType', 'key'])
@Entity('resource')
export class ResourceEntity {
  @PrimaryColumn('uuid')
  readonly id: string;

  @Column('text', { name: 'entity_type' })
  readonly entityType: string;

  @Column('text')
  readonly key: string;

  @Column('jsonb')
  readonly attributes: Attributes;

  /** Of attributes and links together. */
  @Column('text')
  readonly hash: string;

  @Column('bigint', { default: () => '1' })
  readonly version: string;

  /** Database time of the reading that gave this content; an older reading never overwrites it. */
  @Column('timestamptz', { name: 'seen_at' })
  readonly seenAt: Date;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  readonly createdAt: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'clock_timestamp()' })
  readonly updatedAt: Date;

  /** Identities only: the source no longer lists it; it is due nothing, and the row goes once it owns nothing. */
  @Column('timestamptz', { name: 'removed_at', nullable: true })
  readonly removedAt: Date | null;

  /** Found by the very first load of its entity type. */
  @Column('boolean', { name: 'is_pre_existing', default: () => 'false' })
  readonly isPreExisting: boolean;

  /** Resource type that a classification rule says it is of; null: none says so. */
  @Column('text', { name: 'classified_as', nullable: true })
  readonly classifiedAs: string | null;

  @Column('int', { name: 'classification_confidence', nullable: true })
  readonly classificationConfidence: number | null;
}
