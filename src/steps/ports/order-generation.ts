// How waiting changes become orders, and orders reach their queues: counted first, then written in batches of identities.
import type { ChangeCount, LinkedKey, NewOrder, OpenOrder, WaitingChange, WaitingCount } from '../../domain/order.js';

/** What a run is about; null = everything. */
export interface OrderScope {
  /** Row ids. */
  readonly identityIds: readonly string[] | null;
  readonly resourceTypes: readonly string[] | null;
}

export type ChangeKind = Pick<ChangeCount, 'resourceType' | 'kind'>;

export interface LoadedChanges {
  /** Without what is held back. */
  readonly waiting: readonly WaitingChange[];
  /** Unfinished orders of the same identities. */
  readonly open: readonly OpenOrder[];
}

/** Decides inside the transaction that will write; `creating` answers unfinished orders that create what is linked. */
export type DecideOrders = (
  loaded: LoadedChanges,
  creating: (keys: readonly LinkedKey[]) => Promise<readonly OpenOrder[]>,
) => Promise<readonly NewOrder[]>;

export interface OrderBatch {
  readonly scope: OrderScope;
  /** Not to be ordered in this run. */
  readonly heldBack: readonly ChangeKind[];
  /** Row ids. */
  readonly identityIds: readonly string[];
  readonly executionId: string | null;
}

export interface OrderedBatch {
  readonly orders: readonly NewOrder[];
  readonly supersededCount: number;
}

export interface OrderGenerationStore {
  counts(scope: OrderScope): Promise<readonly WaitingCount[]>;
  /** Waiting changes of these kinds stay held back, whoever asks for orders, until `release`. */
  hold(scope: OrderScope, kinds: readonly ChangeKind[], executionId: string | null): Promise<void>;
  release(scope: OrderScope, kinds: readonly ChangeKind[]): Promise<void>;
  /** By resource type: accounts that were VERIFIED or EXECUTED before this computation. */
  bases(resourceTypes: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Identities with waiting changes that are not held back, in the order of their ids, after this one (null = from the start). */
  identities(scope: OrderScope, afterId: string | null, limit: number): Promise<readonly string[]>;
  /** What waits for these identities now, without what is held back. Locks nothing: for looking ahead. */
  waiting(scope: OrderScope, identityIds: readonly string[]): Promise<readonly WaitingChange[]>;
  /** Identities whose account with one of these keys waits to be created. */
  creators(scope: OrderScope, keys: readonly LinkedKey[]): Promise<readonly string[]>;
  /** Locks the identities of a batch, lets `decide` decide, and writes orders, superseded orders and facts, in one transaction. */
  order(batch: OrderBatch, decide: DecideOrders): Promise<OrderedBatch>;
}

export interface DispatchScope {
  /** Null = orders of all. */
  readonly identityIds: readonly string[] | null;
  readonly executionId: string | null;
}

export interface DispatchStore {
  /** Hands manual orders that may go to people; answers how many, 0 when none was left. */
  transmit(scope: DispatchScope): Promise<number>;
  /** Hands orders that nobody was asked to carry out yet to their queues; those that must wait are left for whoever makes them ready. */
  dispatch(scope: DispatchScope, limit: number, after: string | null): Promise<Dispatched>;
}

export interface Dispatched {
  /** Number of the last order taken: where the next batch goes on; null when none was left. */
  readonly last: string | null;
  readonly queued: number;
  readonly waiting: number;
}
