// A computation cut into parts that any number of workers carry out. The rows say what is done; the queue only calls workers.
import type { Counters, TaskFailure, TaskResult } from '../../domain/job.js';
import type { LossCount } from '../../domain/role-model/loss.js';

/** First every part is looked at, so that the losses of the whole run are known before the first write. */
export type PartPhase = 'survey' | 'compute';

/** Identities by row id, from `afterId` (excluded) to `untilId` (included); null = open. */
export interface PartRange {
  readonly afterId: string | null;
  readonly untilId: string | null;
  /** Identities in it when it was cut. */
  readonly size: number;
}

export interface PartSurvey extends LossCount {
  /** Identities that a computation would write. */
  readonly differing: number;
}

export interface PartClaim extends PartRange {
  readonly partId: string;
  readonly taskId: string;
  readonly executionId: string;
  readonly phase: PartPhase;
  readonly leaseToken: string;
}

export type PartResult =
  | { readonly phase: 'survey'; readonly survey: PartSurvey }
  | { readonly phase: 'compute'; readonly result: TaskResult }
  | { readonly phase: 'failed'; readonly failure: TaskFailure };

export interface PartState extends PartRange {
  readonly isEnded: boolean;
  readonly counters: Counters;
  readonly warnings: readonly string[];
  readonly survey: PartSurvey | null;
  readonly failure: TaskFailure | null;
}

export interface TaskPartStore {
  /** Makes the parts of a phase and queues them. A phase that has parts keeps them, ended ones included. */
  open(taskId: string, phase: PartPhase, ranges: readonly PartRange[]): Promise<void>;
  /** The parts of a phase in their order; empty = it was not opened. */
  list(taskId: string, phase: PartPhase): Promise<readonly PartState[]>;
  /** Queues again what nobody holds; answers how many. */
  requeue(taskId: string): Promise<number>;
  /** Null when the part has ended, is held, or its task is no longer running. */
  claim(partId: string): Promise<PartClaim | null>;
  /** False when the lease was lost. */
  renew(claim: PartClaim): Promise<boolean>;
  /** False when the lease was lost: nothing was written. */
  settle(claim: PartClaim, result: PartResult): Promise<boolean>;
}
