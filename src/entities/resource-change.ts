// How a resource changed, as a reading or an order brought it. Partitioned by month.
import { Column, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import type { ResourceChangeRecord } from '../domain/resource.js';

@Index('resource_change_resource', ['resourceId', 'id'])
@Entity('resource_change')
export class ResourceChangeEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  readonly id: string;

  @PrimaryColumn('timestamptz', { name: 'occurred_at', default: () => 'clock_timestamp()' })
  readonly occurredAt: Date;

  @Column('uuid', { name: 'resource_id' })
  readonly resourceId: string;

  @Column('text')
  readonly kind: ResourceChangeRecord['kind'];

  /** Secrets are left out. */
  @Column('jsonb')
  readonly changes: ResourceChangeRecord['changes'];

  /** `execution:<id>` of the synchronisation or `order:<id>` of the order that brought it. */
  @Column('text')
  readonly origin: string;
}
