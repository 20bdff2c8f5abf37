// One run of a job, or of a computation without one. Its tasks are task-execution.ts.
import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { ExecutionScope, JobExecutionState, JobTrigger, ThresholdViolation } from '../domain/job.js';

@Index('job_execution_one_at_a_time', ['job'], {
  unique: true,
  where: "job is not null and state in ('QUEUED', 'RUNNING', 'CANCELING')",
})
@Index('job_execution_occurrence', ['job', 'occurrence'], { unique: true, where: 'occurrence is not null' })
@Index('job_execution_joinable', ['scopeDigest'], { where: "state = 'QUEUED'" })
@Index('job_execution_open', ['queuedAt'], { where: 'finished_at is null' })
@Index('job_execution_job', ['job', 'number'])
@Unique(['number'])
@Entity('job_execution')
export class JobExecutionEntity {
  @PrimaryColumn('uuid')
  readonly id: string;

  /** Counted by the database. */
  @Column({ type: 'bigint', insert: false, update: false })
  readonly number: string;

  @Column('text', { nullable: true })
  readonly job: string | null;

  @Column('text')
  readonly state: JobExecutionState;

  @Column('text')
  readonly trigger: JobTrigger;

  @Column('text', { name: 'launched_by' })
  readonly launchedBy: string;

  @Column('boolean', { name: 'is_dry_run', default: () => 'false' })
  readonly isDryRun: boolean;

  @Column('jsonb', { default: () => "'{}'" })
  readonly scope: ExecutionScope;

  @Column('text', { name: 'scope_digest' })
  readonly scopeDigest: string;

  @Column('uuid', { name: 'plan_id', nullable: true })
  readonly planId: string | null;

  @Column('jsonb', { default: () => "'[]'" })
  readonly violations: readonly ThresholdViolation[];

  @Column('int', { name: 'warning_count', default: () => '0' })
  readonly warningCount: number;

  @Column('int', { name: 'error_count', default: () => '0' })
  readonly errorCount: number;

  @Column('bigint', { name: 'lease_token', default: () => '0' })
  readonly leaseToken: string;

  @Column('timestamptz', { name: 'lease_until', nullable: true })
  readonly leaseUntil: Date | null;

  @Column('boolean', { name: 'is_cancel_asked', default: () => 'false' })
  readonly isCancelAsked: boolean;

  /** Which planned moment of the schedule it is for: a moment delivered twice launches once. */
  @Column('text', { nullable: true })
  readonly occurrence: string | null;

  /** Who let it go on after a threshold had stopped it, as `actorReference`; never who launched it. */
  @Column('text', { name: 'released_by', nullable: true })
  readonly releasedBy: string | null;

  @Column('timestamptz', { name: 'released_at', nullable: true })
  readonly releasedAt: Date | null;

  @Column('text', { name: 'release_comment', nullable: true })
  readonly releaseComment: string | null;

  /** Of the changes that were seen and released. */
  @Column('text', { name: 'release_digest', nullable: true })
  readonly releaseDigest: string | null;

  @Column('uuid', { name: 'retry_of', nullable: true })
  readonly retryOf: string | null;

  @Column('timestamptz', { name: 'queued_at', default: () => 'clock_timestamp()' })
  readonly queuedAt: Date;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  readonly startedAt: Date | null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  readonly finishedAt: Date | null;
}
