// How a worker takes an order, holds it and says what became of it. Claims and settlements may be batched behind these
// functions; each of them is one transaction with its facts. What is shown of orders is views/ business.
import type { ResourceDelta } from '../../domain/assignment.js';
import type { ProvisioningError } from '../../domain/failure.js';
import type { GivenKey } from '../../domain/given-key.js';
import type { WaitingReason } from '../../domain/outcome.js';
import type { Attempt } from '../../domain/provisioning-attempt.js';

/** An order as the worker that leased it knows it. */
export interface HeldOrder {
  readonly id: string;
  /** As the database writes it; finds the order's partition. */
  readonly createdAt: string;
  readonly connection: string;
  readonly resourceType: string;
  readonly identityId: string | null;
  readonly assignmentId: string;
  readonly executionId: string | null;
  readonly delta: ResourceDelta;
  readonly desiredVersion: number;
  /** The version wished for at the time of the claim; null when the assignment is gone. */
  readonly presentVersion: number | null;
  readonly lane: number;
  /** One order at a time for the whole connection. */
  readonly isSerial: boolean;
  /** Fencing token: writes with an older one are refused. */
  readonly leaseToken: string;
  /** From 1. */
  readonly attempt: number;
  readonly triesUsed: number;
  /** 0 when it has not failed yet. */
  readonly sinceFirstFailureMs: number;
  /** A former try may have been applied without our knowing: read before writing. */
  readonly isUncertain: boolean;
  /** Holders in a row that died while they had the order; 0 after any outcome. */
  readonly interruptions: number;
  /** Database time of the claim: whatever is read by the holder is not older. */
  readonly claimedAt: string;
}

export type Claim =
  | { readonly kind: 'held'; readonly order: HeldOrder }
  /** Another order of the same serial connection has the turn: ask again soon. */
  | { readonly kind: 'busy' }
  /** Not to be carried out now, or not by us; whoever is to do it later finds it in the rows. */
  | { readonly kind: 'none' };

export type Settlement =
  | {
      readonly kind: 'executed';
      readonly order: HeldOrder;
      readonly attempt: Attempt;
      /** Present when the row bears another key than the one the order asked for: the account follows it. */
      readonly given?: GivenKey;
    }
  | { readonly kind: 'failed'; readonly order: HeldOrder; readonly attempt: Attempt; readonly error: ProvisioningError }
  | {
      readonly kind: 'waiting';
      readonly order: HeldOrder;
      readonly attempt: Attempt;
      readonly error: ProvisioningError;
      readonly reason: WaitingReason;
      /** Until the next try; with `throttled` nothing of the connection is claimed before. */
      readonly delayMs: number;
      readonly triesUsed: number;
      readonly isUncertain: boolean;
    }
  /** A newer wish has replaced it. */
  | {
      readonly kind: 'superseded';
      readonly order: HeldOrder;
      readonly attempt: Attempt;
      /** As of an executed one: a former try had been applied. */
      readonly given?: GivenKey;
    };

export interface OrderExecutionStore {
  claim(orderId: string): Promise<Claim>;
  /** False when the lease was lost. */
  renew(order: HeldOrder): Promise<boolean>;
  /** False when the lease was lost: nothing was written. */
  settle(settlement: Settlement): Promise<boolean>;
  /** Gives up leases without an outcome; the next holder reads before writing. */
  handBack(orders: readonly HeldOrder[]): Promise<void>;
}

/** The same, many at once; answers stand in the order of the questions. */
export interface OrderExecutionBatches {
  claim(orderIds: readonly string[]): Promise<readonly Claim[]>;
  settle(settlements: readonly Settlement[]): Promise<readonly boolean[]>;
  renew(order: HeldOrder): Promise<boolean>;
  handBack(orders: readonly HeldOrder[]): Promise<void>;
}

/** Runs work while the order's lease is renewed; `signal` is aborted when the lease is lost or the worker stops. */
export interface LeaseKeeper {
  hold<T>(order: HeldOrder, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

export interface StoppableLeases extends LeaseKeeper {
  /** Aborts the work of every order held; answers those orders. */
  abort(): readonly HeldOrder[];
}
