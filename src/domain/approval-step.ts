// The words of deciding: steps, votes, what is decided on, and what comes of it. Which step waits now.
// Owns no rule about people; those are approval.ts'.
import type { ApprovalKind, ApprovalRule } from './approver.js';
import type { RequestItem, RequestState } from './request.js';

export const approvalDecisions = ['APPROVED', 'DECLINED', 'POSTPONED'] as const;
export type ApprovalDecision = (typeof approvalDecisions)[number];

/** One step of one item. POSTPONED leaves it open. */
export interface Approval {
  readonly id: string;
  readonly itemId: string;
  readonly step: number;
  readonly stepCount: number;
  /** Row ids of identities. */
  readonly candidates: readonly string[];
  readonly rule: ApprovalRule;
  readonly kind: ApprovalKind;
  /** How many different people must say yes. */
  readonly quorum: number;
  /** Those who did, where one is not enough; the last one decides the step. */
  readonly votes: readonly Vote[];
  readonly decision: ApprovalDecision | null;
  /** Row id of an identity; null: a rule decided, or nobody yet. */
  readonly decidedBy: string | null;
  /** The candidate whose delegate decided. */
  readonly onBehalfOf: string | null;
  /** What decided without a person: an expiry, an automation rule, the request itself. */
  readonly decidedByRule: string | null;
}

/** Row ids of identities. */
export interface Vote {
  readonly decidedBy: string;
  readonly onBehalfOf: string | null;
}

/** A request with all that a decision needs to know. */
export interface ReviewedRequest {
  readonly id: string;
  /** As people say it, e.g. `REQ-12`. */
  readonly number: string;
  readonly requesterId: string | null;
  readonly beneficiaryId: string;
  readonly state: RequestState;
  readonly digest: string;
  readonly items: readonly RequestItem[];
  readonly approvals: readonly Approval[];
}

export interface Review {
  readonly decision: ApprovalDecision;
  readonly comment: string | null;
  /** Digest of the request as it was seen; null = the present one. */
  readonly seenDigest: string | null;
}

/** An item as the decider wants it instead. */
export interface ChangedItem {
  readonly item: RequestItem;
  /** Nothing in it was not asked for: earlier decisions still stand. */
  readonly isNarrowing: boolean;
}

export interface ReviewOutcome {
  /** Steps as they were decided now, with whom they were decided for. */
  readonly decided: readonly Approval[];
  /** Steps that got a yes now and want more. */
  readonly voted: readonly Approval[];
  /** Steps whose earlier decisions and votes no longer count. */
  readonly voided: readonly Approval[];
  readonly changed: readonly RequestItem[];
  /** Steps that now wait for their candidates. */
  readonly opened: readonly Approval[];
  readonly approved: readonly RequestItem[];
  readonly declined: readonly RequestItem[];
  readonly state: RequestState;
}

export const isOpen = (approval: Approval): boolean => approval.decision === null || approval.decision === 'POSTPONED';

/** The step of each undecided item that waits now: its first open one. */
export const waitingSteps = (request: Pick<ReviewedRequest, 'items' | 'approvals'>): readonly Approval[] =>
  request.items
    .filter((item) => item.state === 'PENDING_APPROVAL')
    .flatMap((item) => firstOpen(request.approvals, item) ?? []);

export const firstOpen = (approvals: readonly Approval[], item: RequestItem): Approval | undefined =>
  approvals
    .filter((approval) => approval.itemId === item.id && isOpen(approval))
    .toSorted((a, b) => a.step - b.step)[0];
