// One bucket of a task, so that any worker can take it.
import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import type { Counters, JobExecutionState, TaskFailure } from '../domain/job.js';
import type { LossCount } from '../domain/role-model/loss.js';
import { TaskExecutionEntity } from './task-execution.js';

@Unique(['taskId', 'phase', 'position'])
@Entity('task_part')
export class TaskPartEntity {
  @PrimaryColumn('uuid')
  readonly id: string;

  @ForeignKey(() => TaskExecutionEntity)
  @Column('uuid', { name: 'task_id' })
  readonly taskId: string;

  /** survey: looks what would change; compute: writes it, once the losses of all parts passed the threshold. */
  @Column('text')
  readonly phase: 'survey' | 'compute';

  @Column('int')
  readonly position: number;

  /** Identities with ids greater than this one; null: from the first. */
  @Column('uuid', { name: 'after_id', nullable: true })
  readonly afterId: string | null;

  /** Up to and with this one; null: to the last. */
  @Column('uuid', { name: 'until_id', nullable: true })
  readonly untilId: string | null;

  /** Identities in it when it was cut. */
  @Column('int')
  readonly size: number;

  @Column('text')
  readonly state: JobExecutionState;

  @Column('bigint', { name: 'lease_token', default: () => '0' })
  readonly leaseToken: string;

  @Column('timestamptz', { name: 'lease_until', nullable: true })
  readonly leaseUntil: Date | null;

  @Column('jsonb', { default: () => "'{}'" })
  readonly counters: Partial<Counters>;

  @Column('jsonb', { default: () => "'[]'" })
  readonly warnings: readonly string[];

  /** What the survey found; null: not yet, or another phase. */
  @Column('jsonb', { nullable: true })
  readonly survey: (LossCount & { readonly differing: number }) | null;

  @Column('jsonb', { nullable: true })
  readonly error: TaskFailure | null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  readonly finishedAt: Date | null;
}
