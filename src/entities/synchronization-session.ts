// One reading of a connector while it is staged, or parked by a threshold.
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Index('synchronization_session_connector', ['connector'])
@Entity('synchronization_session')
export class SynchronizationSessionEntity {
  @PrimaryColumn('uuid')
  readonly id: string;

  @Column('text')
  readonly connector: string;

  @Column('uuid', { name: 'task_id' })
  readonly taskId: string;

  @Column('text', { default: () => "'OPEN'" })
  readonly state: 'OPEN' | 'BLOCKED';

  @Column('bigint', { name: 'change_count', default: () => '0' })
  readonly changeCount: string;

  /** Of a parked session: what was read, so that it can be applied when it is released. */
  @Column('jsonb', { default: () => "'[]'" })
  readonly readings: readonly object[];

  @Column('timestamptz', { name: 'started_at', default: () => 'clock_timestamp()' })
  readonly startedAt: Date;
}
