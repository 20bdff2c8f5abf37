// The way of the data through Joinery, as data: each stage, where its code lives, and which stored state calls the next one.
import type { FactKind } from './event.js';

export interface Stage {
  readonly name: string;
  /** Files below src, without `.ts`; the rule is pure, the step loads, decides and commits. */
  readonly rules: readonly string[];
  readonly steps: readonly string[];
  /** Tables the stage writes. */
  readonly rows: readonly string[];
  readonly entersBy: 'mutation' | 'task' | 'worker' | 'sweep' | 'subscription';
  readonly facts: readonly FactKind[];
  /** The stored state from which the next stage starts; null where the way ends. */
  readonly next: { readonly table: string; readonly when: string; readonly stage: string } | null;
}

export const path = [
  {
    name: 'request',
    rules: ['domain/basket', 'domain/request'],
    steps: ['steps/submit-request', 'steps/cancel-request', 'steps/remind-request'],
    rows: ['assignment_request', 'request_item'],
    entersBy: 'mutation',
    facts: ['RequestSubmitted', 'RequestCanceled'],
    next: { table: 'approval', when: 'decision is null', stage: 'approval' },
  },
  {
    name: 'approval',
    rules: ['domain/approver', 'domain/approval'],
    steps: ['steps/review-request', 'steps/decide-waiting', 'steps/delegate'],
    rows: ['approval', 'role_assignment'],
    entersBy: 'mutation',
    facts: ['RequestApproved', 'RequestDeclined'],
    next: { table: 'dirty_identity', when: 'a row exists', stage: 'role model' },
  },
  {
    name: 'role model',
    rules: ['domain/role-model/evaluate', 'domain/role-model/reconcile', 'domain/role-model/deduction'],
    steps: ['steps/compute-role-model', 'steps/deduce-roles', 'steps/find-unexplained', 'steps/decide-reconciliation'],
    rows: ['identity_state', 'role_assignment', 'resource_assignment', 'reconciliation_item'],
    entersBy: 'task',
    facts: ['AssignmentChanged', 'ReconciliationDecided'],
    next: { table: 'resource_assignment', when: 'PENDING and ordered_version < desired_version', stage: 'orders' },
  },
  {
    name: 'orders',
    rules: ['domain/order'],
    steps: ['steps/generate-orders', 'steps/review-order'],
    rows: ['provisioning_order'],
    entersBy: 'task',
    facts: ['OrderCreated', 'OrderReviewed', 'OrderSuperseded'],
    next: { table: 'provisioning_order', when: 'PENDING and ready', stage: 'dispatch' },
  },
  {
    name: 'dispatch',
    rules: ['domain/order'],
    steps: ['steps/dispatch-orders', 'steps/sweep', 'steps/take-order'],
    rows: ['outbox'],
    entersBy: 'task',
    facts: ['OrderQueued', 'OrderTransmitted', 'OrderTaken'],
    next: { table: 'outbox', when: 'a row exists', stage: 'connector' },
  },
  {
    name: 'connector',
    rules: ['domain/outcome'],
    steps: ['steps/provision'],
    rows: ['provisioning_attempt'],
    entersBy: 'worker',
    facts: ['OrderStarted'],
    next: { table: 'provisioning_attempt', when: 'the connector answered', stage: 'outcome' },
  },
  {
    name: 'outcome',
    rules: ['domain/outcome', 'domain/retry', 'domain/circuit'],
    steps: ['steps/provision', 'steps/complete-order', 'steps/retry-order'],
    rows: ['provisioning_order', 'provisioning_attempt', 'resource_assignment'],
    entersBy: 'worker',
    facts: ['OrderExecuted', 'OrderErrored', 'OrderRetrying', 'OrderReleased'],
    next: { table: 'provisioning_order', when: 'EXECUTED', stage: 'verification' },
  },
  {
    name: 'verification',
    rules: ['domain/verification'],
    steps: ['steps/verify', 'steps/synchronize'],
    rows: ['resource', 'provisioning_order', 'resource_assignment'],
    entersBy: 'worker',
    facts: ['OrderVerified', 'OrderDrifted'],
    next: { table: 'event', when: 'position is assigned', stage: 'event feed' },
  },
  {
    name: 'event feed',
    rules: ['domain/event'],
    steps: [],
    rows: ['event'],
    entersBy: 'subscription',
    facts: [],
    next: null,
  },
] as const satisfies readonly Stage[];
