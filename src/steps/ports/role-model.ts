// How the computation reads identities in buckets and writes back what differs. All reads and writes are set-based.
import type { Ask } from '../../domain/role-model/answer.js';
import type { Directory, LoadedIdentity } from '../../domain/role-model/computation.js';
import type { IdentitySource } from '../../domain/role-model/context.js';
import type { Reconciliation } from '../../domain/role-model/reconcile.js';
import type { HeldNames, ScannedIdentity } from '../../domain/role-model/survey.js';

/** Identities by row id, from `afterId` (excluded) to `untilId` (included); null = open. */
export interface IdentityBucket {
  readonly afterId: string | null;
  readonly untilId: string | null;
  readonly size: number;
}

/** What a computation is about. `dirty`: what is marked, and whose date has come. */
export type ComputeScope =
  | { readonly kind: 'all' }
  | { readonly kind: 'bucket'; readonly afterId: string | null; readonly untilId: string | null }
  /** Row ids; unknown ones are left out. */
  | { readonly kind: 'identities'; readonly ids: readonly string[] }
  | { readonly kind: 'dirty' };

/** Decides on loaded identities inside the transaction that will write; calls nothing but the directory. */
export type Decide = (loaded: readonly LoadedIdentity[], directory: Directory) => Promise<readonly Reconciliation[]>;

export interface RoleModelStore {
  countIdentities(entityType: string): Promise<number>;
  /** Cuts all identities into buckets of about `size`, in the order of their ids. */
  buckets(entityType: string, size: number): Promise<readonly IdentityBucket[]>;
  /** A first look at all identities of the scope, page by page in the order of their ids. `day`: dates up to it are due. */
  pages(source: IdentitySource, scope: ComputeScope, day: string): AsyncIterable<readonly ScannedIdentity[]>;
  /** What rules leave open; asked where `leavesOpen` says so. */
  readonly ask: Ask;
  /** Identities never computed are absent. */
  heldNames(identityIds: readonly string[]): Promise<ReadonlyMap<string, HeldNames>>;
  /**
   * Locks the identities, loads them, lets `decide` decide, and writes what it decided, in one transaction. Whom `decide`
   * leaves out is left as it is, its mark included. `planId`: told in the same transaction for whom it was carried out.
   */
  recompute(
    source: IdentitySource,
    identityIds: readonly string[],
    decide: Decide,
    executionId: string | null,
    planId?: string,
  ): Promise<readonly Reconciliation[]>;
  /** The same without locks and without writing. */
  preview(source: IdentitySource, identityIds: readonly string[], decide: Decide): Promise<readonly Reconciliation[]>;
}
