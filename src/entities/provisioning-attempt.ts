// One try of an order, step by step. Partitioned by month.
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ProvisioningError } from '../domain/failure.js';
import type { AttemptOutcome, AttemptStep } from '../domain/provisioning-attempt.js';

@Index('provisioning_attempt_connection', ['connection', 'startedAt'])
@Entity('provisioning_attempt')
export class ProvisioningAttemptEntity {
  @PrimaryColumn('uuid', { name: 'order_id' })
  readonly orderId: string;

  @Column('text')
  readonly connection: string;

  @PrimaryColumn('int')
  readonly number: number;

  @PrimaryColumn('timestamptz', { name: 'started_at', default: () => 'clock_timestamp()' })
  readonly startedAt: Date;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  readonly finishedAt: Date | null;

  @Column('text', { nullable: true })
  readonly outcome: AttemptOutcome | null;

  @Column('jsonb', { nullable: true })
  readonly error: ProvisioningError | null;

  @Column('jsonb', { default: () => "'[]'" })
  readonly steps: readonly AttemptStep[];
}
