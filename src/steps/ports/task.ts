// What a task of a job execution gets beside its order: a way to be stopped, to tell how far it is, and to keep a log.
import type { LogLevel, TaskProgress, TaskResult, TaskRun } from '../../domain/job.js';

export interface TaskContext {
  /** Aborted when the execution is canceled or this process lost it. */
  readonly signal: AbortSignal;
  /** Cheap: merged to at most four writes a second. */
  progress(progress: TaskProgress, message?: string): void;
  /** Kept with the execution; never a secret. */
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Carries one task out. What a target or a rule says is in the result; only a fault of ours is thrown. */
export type TaskRunner = (run: TaskRun, context: TaskContext) => Promise<TaskResult>;

/** Waits; rejects with the signal's reason when it is aborted meanwhile. */
export type Pause = (milliseconds: number, signal: AbortSignal) => Promise<void>;
