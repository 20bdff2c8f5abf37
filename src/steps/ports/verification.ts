// How a read-back finds what to compare with, and says what it saw.
import type { CorrelationValues } from '../../domain/correlation.js';
import type { ExpectedResource, ResourceDelta } from '../../domain/assignment.js';
import type { ProvisioningError } from '../../domain/failure.js';
import type { ResourceContent } from '../../domain/resource.js';
import type { Mismatch } from '../../domain/verification.js';

/** An executed order that nobody has seen in the target yet. */
export interface UnverifiedOrder {
  readonly id: string;
  readonly createdAt: string;
  readonly connection: string;
  readonly resourceType: string;
  readonly identityId: string | null;
  readonly assignmentId: string;
  readonly executionId: string | null;
  readonly delta: ResourceDelta;
  readonly desiredVersion: number;
  /** Null when the assignment is gone. */
  readonly presentVersion: number | null;
  /** What the whole account should contain; null when it should not exist. */
  readonly expected: ExpectedResource | null;
  readonly driftCount: number;
  /** How long it may stay EXECUTED without having been seen; 0: for ever. */
  readonly validityHours: number;
  /** False while the circuit is open: no call is spent on looking. */
  readonly isConnectionUsable: boolean;
  /** Milliseconds since the target said yes. */
  readonly sinceExecutedMs: number;
  /** Database time before the read: what an older reading says does not count any more. */
  readonly askedAt: string;
}

/** The row as it was read; `content` null: there is none. */
export interface Observation {
  readonly entityType: string;
  readonly key: string;
  readonly content: ResourceContent | null;
  readonly hash: string;
  /** For the row, should it be new. */
  readonly newId: string;
  /** What the row is found by and classified as; left out: kept as it is. */
  readonly found?: Pick<CorrelationValues, 'target' | 'classified'>;
  readonly readAt: string;
}

export type VerificationSettlement =
  | {
      readonly kind: 'verified';
      readonly order: UnverifiedOrder;
      readonly observation: Observation;
      readonly conforms: boolean;
    }
  | {
      readonly kind: 'drifted';
      readonly order: UnverifiedOrder;
      readonly observation: Observation;
      readonly mismatches: readonly Mismatch[];
      /** Given at the last look: the order becomes ERRORED. */
      readonly error: ProvisioningError | null;
      readonly delayMs: number;
    }
  /** A newer wish overwrote it before it was seen. */
  | { readonly kind: 'superseded'; readonly order: UnverifiedOrder; readonly observation: Observation }
  /** The target could not be read: look again later. With an error nobody looks any more: the order becomes ERRORED. */
  | {
      readonly kind: 'unread';
      readonly order: UnverifiedOrder;
      readonly error: ProvisioningError | null;
      readonly delayMs: number;
    }
  /** No connection can read it: it stays with the system's yes, and nobody looks again. */
  | { readonly kind: 'unseen'; readonly order: UnverifiedOrder };

export interface VerificationStore {
  /** Null when the order is not waiting to be verified. */
  find(orderId: string): Promise<UnverifiedOrder | null>;
  settle(settlement: VerificationSettlement): Promise<void>;
  /** Keeps what was read of an order's row while nothing is known about the order itself. */
  observe(identityId: string | null, observation: Observation): Promise<void>;
}

/** The same, many at once; answers stand in the order of the questions. */
export interface VerificationBatches {
  find(orderIds: readonly string[]): Promise<readonly (UnverifiedOrder | null)[]>;
  settle(settlements: readonly VerificationSettlement[]): Promise<readonly null[]>;
  observe(identityId: string | null, observation: Observation): Promise<void>;
}
