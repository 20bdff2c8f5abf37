// One bucket of a task, so that any worker can take it.
import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import type { Counters, JobExecutionState, TaskFailure, ThresholdViolation } from '../domain/job.js';
import { TaskExecutionEntity } from './task-execution.js';

@Unique(['taskId', 'position'])
@Entity('task_part')
export class TaskPartEntity {
  @PrimaryColumn('uuid')
  readonly id: string;

  @ForeignKey(() => TaskExecutionEntity)
  @Column('uuid', { name: 'task_id' })
  readonly taskId: string;

  @Column('int')
  readonly position: number;

  /** Identities with ids greater than this one; null: from the first. */
  @Column('uuid', { name: 'after_id', nullable: true })
  readonly afterId: string | null;

  /** Up to and with this one; null: to the last. */
  @Column('uuid', { name: 'until_id', nullable: true })
  readonly untilId: string | null;

  @Column('text')
  readonly state: JobExecutionState;

  @Column('int')
  readonly size: number;

  @Column('bigint', { name: 'lease_token', default: () => '0' })
  readonly leaseToken: string;

  @Column('timestamptz', { name: 'lease_until', nullable: true })
  readonly leaseUntil: Date | null;

  @Column('jsonb', { nullable: true })
  readonly error: TaskFailure | null;

  @Column('jsonb', { default: () => "'[]'" })
  readonly violations: readonly ThresholdViolation[];

  @Column('jsonb', { default: () => "'{}'" })
  readonly counters: Partial<Counters>;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  readonly finishedAt: Date | null;
}
