// Orders as lists, pages and streams show them. Ids are row ids; what is configured is named by its identifier.
import type { ResourceDelta } from '../../domain/assignment.js';
import type { ProvisioningError, ProvisioningErrorCode } from '../../domain/failure.js';
import type { FilterTree, IdComparison, InstantComparison, TextComparison } from '../../domain/filter.js';
import type { OrderKind, OrderMode } from '../../domain/order.js';
import type { OrderBy, Page, PageRequest } from '../../domain/page.js';
import type { ReadScope } from '../../domain/permission.js';
import type { AttemptOutcome, AttemptStep } from '../../domain/provisioning-attempt.js';
import type { ProvisioningState } from '../../domain/provisioning-state.js';
import type { WorkflowState } from '../../domain/workflow-state.js';

export interface OrderView {
  readonly id: string;
  /** e.g. ORD-88. */
  readonly number: string;
  readonly kind: OrderKind;
  readonly mode: OrderMode;
  readonly state: ProvisioningState;
  readonly resourceType: string;
  readonly connection: string;
  readonly identityId: string | null;
  readonly resourceId: string | null;
  readonly executionId: string | null;
  readonly delta: ResourceDelta;
  /** Of the account; INACTIVE when it is gone. */
  readonly workflowState: WorkflowState;
  /** Of the last try, or of the connection while that cannot be used. */
  readonly error: ProvisioningError | null;
  readonly nextAttemptAt: Date | null;
  /** Of a manual order that was handed over: what people were told. */
  readonly instructions: string | null;
  /** Row id of the person who took it; null: nobody did. */
  readonly assigneeId: string | null;
  readonly dueAt: Date | null;
  /** Calendar day; null: nobody postponed it. */
  readonly postponedUntil: string | null;
  readonly confidence: OrderConfidence;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly executedAt: Date | null;
  readonly verifiedAt: Date | null;
  readonly version: number;
}

/** How sure the matches behind an order are, where they are not sure; percent below 100. */
export interface OrderConfidence {
  /** That the resource is the owner's; null: sure. */
  readonly resource: number | null;
  /** By property; null: all are sure. */
  readonly values: Readonly<Record<string, number>> | null;
  /** By property and target key; null: all are sure. */
  readonly links: Readonly<Record<string, Readonly<Record<string, number>>>> | null;
}

/** Errored orders with one cause. */
export interface ErrorGroupView {
  readonly fingerprint: string;
  readonly code: ProvisioningErrorCode;
  /** Of the sample. */
  readonly message: string;
  readonly count: number;
  /** Row id of the order that failed last. */
  readonly sampleId: string;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
}

export interface AttemptView {
  readonly number: number;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly outcome: AttemptOutcome;
  readonly error: ProvisioningError | null;
  readonly steps: readonly AttemptStep[];
}

export const orderFields = ['CREATED_AT', 'UPDATED_AT', 'STATE', 'DUE_AT'] as const;
export type OrderField = (typeof orderFields)[number];
export const defaultOrderOrder = [
  { field: 'CREATED_AT', direction: 'DESC' },
] as const satisfies readonly OrderBy<OrderField>[];

export interface OrderCondition extends FilterTree<OrderCondition> {
  readonly state?: readonly ProvisioningState[] | null;
  readonly mode?: 'AUTOMATIC' | 'MANUAL' | null;
  readonly kind?: readonly string[] | null;
  readonly resourceType?: IdComparison | null;
  /** Identifiers of connectors. */
  readonly connector?: IdComparison | null;
  readonly identityId?: IdComparison | null;
  /** `<entity type>.<property>` that the order changes. */
  readonly property?: IdComparison | null;
  readonly errorFingerprint?: TextComparison | null;
  readonly executionId?: IdComparison | null;
  /** Who took it. */
  readonly assigneeId?: IdComparison | null;
  /** A day that has come is no postponement any more. */
  readonly isPostponed?: boolean | null;
  readonly createdAt?: InstantComparison | null;
  /** Row id of the account. */
  readonly assignmentId?: string | null;
  /** A role whose gain or loss the order carries out. */
  readonly role?: string | null;
}

/** What a list is asked for, by whom. */
export interface OrderQuestion {
  readonly filter: OrderCondition | null;
  readonly scope: ReadScope;
}

export interface OrderViews {
  page(question: OrderQuestion, order: readonly OrderBy<OrderField>[], page: PageRequest): Promise<Page<OrderView>>;
  count(question: OrderQuestion): Promise<number>;
  /** How many there are in each state; states that none is in are absent. */
  countsByState(question: OrderQuestion): Promise<ReadonlyMap<string, number>>;
  /** Errored ones by cause, the most frequent first; at most 100. */
  errorGroups(question: OrderQuestion): Promise<readonly ErrorGroupView[]>;
  /** Those of these row ids that the question covers. */
  byIds(ids: readonly string[], question: OrderQuestion): Promise<readonly OrderView[]>;
  byNumber(number: bigint, scope: ReadScope): Promise<OrderView | null>;
  /** Present ones, newest first; one more than `limit` when there are more. */
  matching(question: OrderQuestion, limit: number): Promise<readonly OrderView[]>;
  /** By order, oldest first; orders without a try are absent. */
  attempts(orderIds: readonly string[]): Promise<ReadonlyMap<string, readonly AttemptView[]>>;
}
