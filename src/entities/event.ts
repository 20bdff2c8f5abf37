// A fact of the path, appended in the transaction that made it so. Partitioned by month.
import { Column, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import type { Fact, FactKind } from '../domain/event.js';

@Index('event_unsequenced', ['id'], { where: 'position is null' })
@Index('event_identity', ['identityId', 'id'], { where: 'identity_id is not null' })
@Index('event_position', ['position'], { where: 'position is not null' })
@Entity('event')
export class EventEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  readonly id: string;

  @PrimaryColumn('timestamptz', { name: 'occurred_at', default: () => 'clock_timestamp()' })
  readonly occurredAt: Date;

  @Column('text')
  readonly kind: FactKind;

  @Column('uuid', { name: 'identity_id', nullable: true })
  readonly identityId: string | null;

  @Column('uuid', { name: 'request_id', nullable: true })
  readonly requestId: string | null;

  @Column('uuid', { name: 'execution_id', nullable: true })
  readonly executionId: string | null;

  @Column('jsonb')
  readonly body: Fact;

  /** Gapless and in commit order; assigned after the commit by the one sequencer. */
  @Column('bigint', { nullable: true })
  readonly position: string | null;
}
