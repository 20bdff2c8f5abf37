// How jobs' executions, their tasks and their log are read. Whoever may read one may read all: profiles decide, not people.
import type { SynchronizationMode, TaskKind } from '../../domain/configuration.js';
import type { IdComparison, InstantComparison } from '../../domain/filter.js';
import type {
  LogLevel,
  Counters,
  JobExecutionState,
  JobTrigger,
  TaskFailure,
  ThresholdViolation,
} from '../../domain/job.js';
import type { TaskStatus } from '../../domain/job-execution.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { ReadScope } from '../../domain/permission.js';

export interface JobExecutionView {
  readonly id: string;
  /** Decimal, counted up. */
  readonly number: string;
  /** Identifier of the job; null for a computation by itself. */
  readonly job: string | null;
  readonly state: JobExecutionState;
  readonly trigger: JobTrigger;
  /** Reference of the actor. */
  readonly launchedBy: string;
  readonly isDryRun: boolean;
  readonly planId: string | null;
  readonly violations: readonly ThresholdViolation[];
  readonly warningCount: number;
  readonly errorCount: number;
  readonly queuedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** In the order of their positions. */
  readonly tasks: readonly TaskExecutionView[];
}

export interface TaskExecutionView extends TaskStatus {
  readonly executionId: string;
  readonly kind: TaskKind;
  readonly mode: SynchronizationMode;
  readonly done: number;
  readonly total: number | null;
  /** What is being done; null when nothing is said. */
  readonly message: string | null;
  readonly counters: Counters;
  readonly failure: TaskFailure | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** Seconds by the database's clock; null before the start. */
  readonly runningSeconds: number | null;
}

/** Ids are identifiers here. */
export interface JobExecutionFilter {
  readonly state?: readonly JobExecutionState[] | null;
  readonly job?: IdComparison | null;
  /** Executions with a task of that connector. */
  readonly connector?: IdComparison | null;
  readonly trigger?: readonly JobTrigger[] | null;
  readonly queuedAt?: InstantComparison | null;
}

export interface JobExecutionQuestion {
  readonly filter: JobExecutionFilter | null;
  readonly scope: ReadScope;
}

export interface LogEntryView {
  readonly id: string;
  readonly at: Date;
  readonly level: LogLevel;
  readonly message: string;
  readonly taskId: string | null;
  readonly fields: Readonly<Record<string, unknown>> | null;
}

export interface LogQuestion {
  readonly executionId: string;
  readonly minLevel: LogLevel | null;
  /** Anywhere in the message, without regard to case. */
  readonly text: string | null;
  readonly taskId: string | null;
  readonly scope: ReadScope;
}

export interface JobExecutionViews {
  /** Newest first. */
  page(question: JobExecutionQuestion, page: PageRequest): Promise<Page<JobExecutionView>>;
  count(question: JobExecutionQuestion): Promise<number>;
  /** Without those the filter leaves out, or that do not exist. */
  byIds(ids: readonly string[], question: JobExecutionQuestion): Promise<readonly JobExecutionView[]>;
  /** By decimal number; null when there is none. */
  byNumber(number: string, scope: ReadScope): Promise<JobExecutionView | null>;
  /** Those the filter keeps, newest first, at most one more than `limit`: more than that is too many. */
  matching(question: JobExecutionQuestion, limit: number): Promise<readonly JobExecutionView[]>;
  /** The executions of these tasks, by task id. */
  byTaskIds(taskIds: readonly string[], scope: ReadScope): Promise<ReadonlyMap<string, JobExecutionView>>;
  /** The newest execution in which the connector was synchronised to the end, by connector. */
  lastSynchronizations(connectors: readonly string[], scope: ReadScope): Promise<ReadonlyMap<string, JobExecutionView>>;
  /** Oldest first. */
  log(question: LogQuestion, page: PageRequest): Promise<Page<LogEntryView>>;
  countLog(question: LogQuestion): Promise<number>;
}
