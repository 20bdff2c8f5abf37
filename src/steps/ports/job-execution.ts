// How executions are launched, held and written down. A holder has a lease with database time and a fencing token:
// every write of a holder that lost it throws LeaseLost. What is shown of executions is ports/job-view.ts'.
import type { Actor } from '../../domain/actor.js';
import type {
  LogLevel,
  ExecutionScope,
  JobExecutionState,
  JobTrigger,
  TaskProgress,
  TaskResult,
} from '../../domain/job.js';
import type { PlannedTask, TaskStatus } from '../../domain/job-execution.js';

export interface NewExecution {
  readonly id: string;
  /** Null for a computation that no job stands behind. */
  readonly job: string | null;
  readonly trigger: JobTrigger;
  readonly actor: Actor;
  readonly isDryRun: boolean;
  readonly scope: ExecutionScope;
  /** Equal for launches that mean the same; '' where every launch is its own. */
  readonly scopeDigest: string;
  /** The planned moment a schedule launches for; null = launched by somebody. */
  readonly occurrence: string | null;
  /** The execution it repeats. Default: none. */
  readonly retryOf?: string;
  /** Refused while another execution reads this connector, or is about to. Default: none. */
  readonly readsAlone?: string;
  readonly tasks: readonly (PlannedTask & { readonly id: string })[];
}

export type Launched =
  | { readonly kind: 'created'; readonly executionId: string }
  /** An identical computation was queued already. */
  | { readonly kind: 'joined'; readonly executionId: string }
  /** The job runs, or waits to run. */
  | { readonly kind: 'running'; readonly executionId: string; readonly number: string }
  /** This planned moment was launched before. */
  | { readonly kind: 'repeated' };

/** Writes of an execution under way go through a claim. */
export interface ExecutionClaim {
  readonly executionId: string;
  readonly leaseToken: string;
  readonly job: string | null;
  readonly isDryRun: boolean;
  readonly scope: ExecutionScope;
  readonly launchedBy: string;
}

export interface LogLine {
  readonly taskId: string | null;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>> | null;
}

export interface TaskProgressLine extends TaskProgress {
  readonly taskId: string;
  readonly message: string | null;
}

export interface JobExecutionStore {
  launch(execution: NewExecution): Promise<Launched>;
  /** Null when it has ended, or somebody holds it. A queued one becomes RUNNING. */
  claim(executionId: string): Promise<ExecutionClaim | null>;
  renew(claim: ExecutionClaim): Promise<'held' | 'canceled' | 'lost'>;
  /** The tasks in the order of their positions. */
  tasks(claim: ExecutionClaim): Promise<readonly TaskStatus[]>;
  /** False, and nothing started, when somebody canceled the execution meanwhile. */
  start(claim: ExecutionClaim, taskId: string): Promise<boolean>;
  skip(claim: ExecutionClaim, taskId: string, because: TaskStatus): Promise<void>;
  settle(claim: ExecutionClaim, task: TaskStatus, result: TaskResult): Promise<void>;
  /** Progress and log of tasks under way, merged by the caller. */
  record(claim: ExecutionClaim, progress: readonly TaskProgressLine[], log: readonly LogLine[]): Promise<void>;
  /** Ends the execution, as ABORTED if it was canceled meanwhile; tasks that did not end become ABORTED. */
  finish(claim: ExecutionClaim, state: JobExecutionState): Promise<void>;
  /** Gives the execution back unfinished: the next holder goes on with it. */
  release(claim: ExecutionClaim): Promise<void>;
  /** Shows the plan that a dry run of the execution made. */
  attachPlan(executionId: string, planId: string): Promise<void>;
  /** Digest of the changes that the execution's plan lists; null when it has none. */
  plannedChanges(executionId: string): Promise<string | null>;
  /** Ends a queued execution, or tells the holder of a running one. `ended`: too late. Null: there is none. */
  cancel(executionId: string, actor: Actor): Promise<'canceling' | 'aborted' | 'ended' | null>;
  /** Puts every execution that nobody holds back into the queue; answers how many. */
  requeue(): Promise<number>;
}

/** Holds a lease while work is under way. `signal` is aborted when it is lost or canceled, or this process stops. */
export interface ExecutionHolder {
  hold<T>(claim: ExecutionClaim, work: (lease: HeldExecution) => Promise<T>): Promise<T>;
}

export interface HeldExecution {
  readonly signal: AbortSignal;
  /** Why the signal was aborted; null while it was not. */
  ended(): 'canceled' | 'lost' | 'stopping' | null;
  /** Merges: written at most four times a second, and before `flush` resolves. */
  progress(line: TaskProgressLine): void;
  log(line: LogLine): void;
  flush(): Promise<void>;
}
