// What a threshold stopped, as the release reads and writes it. What it held back is listed for people to look at.
import type { Actor } from '../../domain/actor.js';
import type { TaskKind } from '../../domain/configuration.js';
import type { JobExecutionState } from '../../domain/job.js';
import type { PlannedTask } from '../../domain/job-execution.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { BlockedExecution } from '../../domain/release.js';
import type { ExecutionScope } from '../../domain/job.js';

/** One change that is held back: a row read from a system, a person who would lose roles, or a change of an account. */
export interface HeldChangeView {
  readonly id: string;
  readonly taskKind: TaskKind;
  readonly kind: 'CREATE' | 'UPDATE' | 'DELETE';
  /** Of a row; null for an account. */
  readonly entityType: string | null;
  /** Of an account; null for a row. */
  readonly resourceType: string | null;
  readonly identityId: string | null;
  readonly key: string;
  /** Roles that a person would lose by a computation; empty for rows and accounts. */
  readonly lostRoles: readonly string[];
}

export interface RetriedExecution {
  readonly id: string;
  readonly number: string;
  readonly state: JobExecutionState;
  readonly job: string | null;
  readonly isDryRun: boolean;
  readonly scope: ExecutionScope;
  readonly tasks: readonly (PlannedTask & { readonly state: JobExecutionState })[];
}

export type Resumed =
  | { readonly kind: 'resumed' }
  /** What is held back, or the state, changed since it was decided on. */
  | { readonly kind: 'moved' }
  | { readonly kind: 'running'; readonly executionId: string; readonly number: string };

export interface ReleaseStore {
  /** Null when there is no such execution. */
  blocked(executionId: string): Promise<BlockedExecution | null>;
  /**
   * Puts the first blocked tasks and all after them back into the queue, if what is held back is still what `execution` says.
   */
  resume(
    execution: BlockedExecution,
    actor: Actor,
    release: { readonly digest: string; readonly comment: string },
  ): Promise<Resumed>;
  /** Ends it as ABORTED and drops what it parked; false when it is not as `execution` says any more. */
  decline(execution: BlockedExecution, actor: Actor, comment: string): Promise<boolean>;
  /** Null when there is no such execution. */
  retried(executionId: string): Promise<RetriedExecution | null>;
}

export interface HeldChangeViews {
  /** In the order of tasks, systems and keys. What a computation holds back is its plan's to list. */
  held(executionId: string, page: PageRequest): Promise<Page<HeldChangeView>>;
  countHeld(executionId: string): Promise<number>;
}
