// Jobs as values: what an execution covers, what one task answers, and how the states of tasks become the execution's.
import type { SynchronizationMode, TaskKind } from './configuration.js';

export const jobExecutionStates = [
  'QUEUED',
  'RUNNING',
  'BLOCKED',
  'CANCELING',
  'COMPLETED',
  'WARNING',
  'ERRORED',
  'ABORTED',
] as const;
export type JobExecutionState = (typeof jobExecutionStates)[number];

export const jobTriggers = ['MANUAL', 'SCHEDULE', 'API', 'REQUEST', 'DEPENDENCY'] as const;
export type JobTrigger = (typeof jobTriggers)[number];

/** Lightest first. */
export const logLevels = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Limits an execution to a part; an absent list means all. Row ids and identifiers, not global ids. */
export interface ExecutionScope {
  readonly identityIds?: readonly string[];
  readonly resourceTypes?: readonly string[];
  readonly connectors?: readonly string[];
  /** Identifier of the first step to run. */
  readonly fromStep?: string;
  /** The plan it computes (a dry run), or carries out. */
  readonly planId?: string;
}

/** One task as its runner gets it. */
export interface TaskRun {
  readonly executionId: string;
  readonly taskId: string;
  readonly kind: TaskKind;
  readonly connector: string | null;
  readonly mode: SynchronizationMode;
  readonly isDryRun: boolean;
  readonly scope: ExecutionScope;
  readonly launchedBy: string;
  /** A second person has seen what its threshold held back: it may be done. */
  readonly isReleased: boolean;
}

export interface Counters {
  readonly read: number;
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  readonly skipped: number;
  readonly errored: number;
}
export const noCounters: Counters = { read: 0, created: 0, updated: 0, deleted: 0, skipped: 0, errored: 0 };
export const addCounters = (a: Counters, b: Counters): Counters => ({
  read: a.read + b.read,
  created: a.created + b.created,
  updated: a.updated + b.updated,
  deleted: a.deleted + b.deleted,
  skipped: a.skipped + b.skipped,
  errored: a.errored + b.errored,
});

/** A limit that a run would have passed; nothing of that scope was written. */
export interface ThresholdViolation {
  /** e.g. `orders.delete.percent`. */
  readonly name: string;
  readonly limit: number;
  readonly actual: number;
  /** Connector or resource type identifier; `all` for the role model. */
  readonly scope: string;
  readonly scopeKind: 'connector' | 'resourceType' | 'roleModel';
}

export interface TaskFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly targetCode?: string;
  readonly targetMessage?: string;
}

export interface TaskResult {
  readonly state: 'COMPLETED' | 'WARNING' | 'ERRORED' | 'BLOCKED';
  readonly counters: Counters;
  readonly violations: readonly ThresholdViolation[];
  readonly failure: TaskFailure | null;
  readonly warnings: readonly string[];
}

export interface TaskProgress {
  readonly done: number;
  /** Null while unknown. */
  readonly total: number | null;
}

/** What a connector or a step said when it failed on purpose (an error that carries its `failure`); null for a fault of ours. */
export function taskFailureOf(error: unknown): TaskFailure | null {
  const failure = typeof error === 'object' && error !== null && 'failure' in error ? error.failure : null;
  if (typeof failure !== 'object' || failure === null || !('code' in failure) || !('message' in failure)) return null;
  const { hint, targetCode, targetMessage } = failure as Readonly<Record<string, unknown>>;
  return {
    code: String(failure.code),
    message: String(failure.message),
    hint: typeof hint === 'string' ? hint : null,
    ...(typeof targetCode === 'string' ? { targetCode } : {}),
    ...(typeof targetMessage === 'string' ? { targetMessage } : {}),
  };
}

export const completedTask: TaskResult = {
  state: 'COMPLETED',
  counters: noCounters,
  violations: [],
  failure: null,
  warnings: [],
};
export const failedTask = (failure: TaskFailure): TaskResult => ({
  ...completedTask,
  state: 'ERRORED',
  counters: { ...noCounters, errored: 1 },
  failure,
});
