// One task of an execution, with its progress, counters and failure.
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { SynchronizationMode, TaskKind } from '../domain/configuration.js';
import type { Counters, JobExecutionState, TaskFailure, ThresholdViolation } from '../domain/job.js';
import { JobExecutionEntity } from './job-execution.js';

@Index('task_execution_connector', ['connector', 'kind', 'id'], { where: 'connector is not null' })
@Unique(['executionId', 'position'])
@Entity('task_execution')
export class TaskExecutionEntity {
  @PrimaryColumn('uuid')
  readonly id: string;

  @ForeignKey(() => JobExecutionEntity)
  @Column('uuid', { name: 'execution_id' })
  readonly executionId: string;

  @Column('int')
  readonly position: number;

  /** Tasks of one level may run together; the next level starts after all of them. */
  @Column('int')
  readonly level: number;

  @Column('text')
  readonly identifier: string;

  @Column('text')
  readonly kind: TaskKind;

  @Column('text', { nullable: true })
  readonly connector: string | null;

  @Column('text')
  readonly mode: SynchronizationMode;

  @Column('text')
  readonly state: JobExecutionState;

  @Column('int', { default: () => '0' })
  readonly done: number;

  /** Null while unknown. */
  @Column('int', { nullable: true })
  readonly total: number | null;

  @Column('text', { nullable: true })
  readonly message: string | null;

  @Column('jsonb', { default: () => "'{}'" })
  readonly counters: Partial<Counters>;

  @Column('jsonb', { default: () => "'[]'" })
  readonly violations: readonly ThresholdViolation[];

  @Column('jsonb', { nullable: true })
  readonly error: TaskFailure | null;

  /** A second person has seen what its threshold held back: it may be done. */
  @Column('boolean', { name: 'is_released', default: () => 'false' })
  readonly isReleased: boolean;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  readonly startedAt: Date | null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  readonly finishedAt: Date | null;
}
