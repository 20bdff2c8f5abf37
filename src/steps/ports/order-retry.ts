// Errored orders that an operator has tried again: how they are found, and how they are let go on.
import type { Actor } from '../../domain/actor.js';
import type { ErroredOrder } from '../../domain/order-retry.js';

/** An order to be let go on; `manualConnection` set: by a person from now on. */
export interface Retry {
  readonly order: ErroredOrder;
  readonly manualConnection: string | null;
  /** What one claim is for from now on. */
  readonly target: string;
}

/** Who had them tried again, and how they were named: one entry of the audit for each list. */
export interface RetryCause {
  readonly actor: Actor;
  readonly fingerprint: string | null;
}

export interface OrderRetryStore {
  byIds(orderIds: readonly string[]): Promise<readonly ErroredOrder[]>;
  /** The next errored orders of one cause after a number (`0` = from the start), in the order of their numbers. */
  byFingerprint(fingerprint: string, afterNumber: string, limit: number): Promise<readonly ErroredOrder[]>;
  /** Answers the row ids of those that were still as loaded, and go on now. */
  retry(retries: readonly Retry[], cause: RetryCause): Promise<readonly string[]>;
}
