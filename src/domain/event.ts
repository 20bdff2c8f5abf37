// The facts of the path: what happened, appended in the transaction that made it so, read by position.
import type { AssignmentChange } from './assignment.js';
import type { ProvisioningState } from './provisioning-state.js';

/** The steps of an order, in no order of time. */
export const orderFactKinds = [
  'OrderCreated',
  'OrderReviewed',
  'OrderQueued',
  'OrderTransmitted',
  'OrderTaken',
  'OrderStarted',
  'OrderExecuted',
  'OrderErrored',
  'OrderRetrying',
  'OrderReleased',
  'OrderVerified',
  'OrderDrifted',
  'OrderSuperseded',
] as const;

export const factKinds = [
  'RequestSubmitted',
  'RequestApproved',
  'RequestDeclined',
  'RequestCanceled',
  'RequestAdvanced',
  'AssignmentChanged',
  ...orderFactKinds,
  'ReconciliationDecided',
  'JobExecutionChanged',
  'ConnectionChanged',
] as const;
export type FactKind = (typeof factKinds)[number];

/** One order's step within a fact. `previousState` equals `state` where only a reason or a try changed. */
export interface OrderChange {
  readonly orderId: string;
  readonly resourceType: string;
  readonly connection: string;
  readonly identityId: string | null;
  readonly previousState: ProvisioningState | null;
  readonly state: ProvisioningState;
}

/** One row of the event table: one identity and computation, one order step, one decision, one execution step. */
export interface Fact {
  readonly kind: FactKind;
  readonly identityId?: string;
  readonly requestId?: string;
  readonly executionId?: string;
  readonly connection?: string;
  readonly assignments?: readonly AssignmentChange[];
  readonly orders?: readonly OrderChange[];
  /** Small plain data for logs and people; never a secret. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** A fact with its place: positions are gapless and in commit order. */
export interface SequencedFact extends Fact {
  readonly position: bigint;
  /** ISO instant. */
  readonly occurredAt: string;
}
