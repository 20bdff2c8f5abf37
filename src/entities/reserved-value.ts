// A generated value that must be unique, and whose it is.
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Index('reserved_value_owner', ['identityId', 'resourceType', 'property'], { unique: true })
@Entity('reserved_value')
export class ReservedValueEntity {
  @PrimaryColumn('text', { name: 'entity_type' })
  readonly entityType: string;

  @PrimaryColumn('text')
  readonly property: string;

  /** The value in lower case: values that differ in case only count as one. */
  @PrimaryColumn('text')
  readonly folded: string;

  @Column('text')
  readonly value: string;

  @Column('uuid', { name: 'identity_id' })
  readonly identityId: string;

  @Column('text', { name: 'resource_type' })
  readonly resourceType: string;

  @Column('text')
  readonly rule: string;

  /** What attempt 0 gives: when it changes, a rule that follows reserves anew. */
  @Column('text')
  readonly base: string;

  @Column('int')
  readonly attempt: number;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  readonly createdAt: Date;
}
