// How steps load and commit requests, and how they are read. Loads are for deciding, views for showing.
import type { Actor } from '../../domain/actor.js';
import type { Approval, Review, ReviewedRequest, ReviewOutcome } from '../../domain/approval.js';
import type { ApprovalStep } from '../../domain/approver.js';
import type { Holding } from '../../domain/basket-item.js';
import type { FilterTree, IdComparison, InstantComparison } from '../../domain/filter.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { ReadScope } from '../../domain/permission.js';
import type { Person } from '../../domain/person.js';
import type { RequestItem, RequestState, RequestWarning } from '../../domain/request.js';

/** What a new request is decided on. */
export interface BeneficiarySituation {
  readonly person: Person;
  /** By role identifier, of the roles asked about. */
  readonly holdings: ReadonlyMap<string, Holding>;
  /** Stands for the holdings as loaded: a commit is refused when they are others by then. */
  readonly seen: string;
}

export interface SubmittedItem extends RequestItem {
  readonly warnings: readonly RequestWarning[];
  readonly steps: readonly (ApprovalStep & { readonly id: string })[];
}

export interface Submission {
  readonly requestId: string;
  readonly requester: Extract<Actor, { kind: 'identity' }>;
  readonly beneficiaryId: string;
  readonly justification: string | null;
  readonly state: RequestState;
  readonly digest: string;
  readonly items: readonly SubmittedItem[];
  /** Of the roles asked for, those that change something in a managed system. */
  readonly rolesWithEffects: readonly string[];
  readonly seen: string;
}

/** A request as loaded for a decision. */
export interface LoadedRequest extends ReviewedRequest {
  readonly version: number;
  readonly beneficiary: Person;
  /** Who is asked to decide one of its steps, also those who have left since. */
  readonly candidates: readonly Person[];
  /** Items of which a managed system already holds the change. */
  readonly executedItemIds: readonly string[];
}

export interface ReviewCommit {
  readonly request: LoadedRequest;
  readonly actor: Extract<Actor, { kind: 'identity' }>;
  readonly review: Review;
  readonly outcome: ReviewOutcome;
  readonly rolesWithEffects: readonly string[];
}

export interface CancelCommit {
  readonly request: LoadedRequest;
  readonly actor: Actor;
  readonly reason: string | null;
  readonly items: readonly RequestItem[];
  readonly state: RequestState;
  readonly rolesWithEffects: readonly string[];
}

/** Commits answer false, and write nothing, when what they were decided on has changed: load and decide again. */
export interface RequestStore {
  /** Null when nobody has this row id. */
  situation(beneficiaryId: string, roles: readonly string[]): Promise<BeneficiarySituation | null>;
  /** Those with these identity keys, and their managers, by key. */
  people(keys: readonly string[]): Promise<ReadonlyMap<string, Person>>;
  submit(submission: Submission): Promise<boolean>;
  /** Null when there is none. */
  load(requestId: string): Promise<LoadedRequest | null>;
  review(commit: ReviewCommit): Promise<boolean>;
  /** The roles asked for give something else than when the request was made: it gets this digest, and its decisions are void. */
  renew(request: LoadedRequest, digest: string): Promise<boolean>;
  cancel(commit: CancelCommit): Promise<boolean>;
}

export interface RequestView extends ReviewedRequest {
  readonly requesterId: string;
  readonly justification: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly closedAt: Date | null;
  readonly items: readonly RequestItemView[];
  readonly approvals: readonly ApprovalView[];
  readonly executedItemIds: readonly string[];
}

export interface RequestItemView extends RequestItem {
  readonly warnings: readonly RequestWarning[];
}

export interface ApprovalView extends Approval {
  readonly comment: string | null;
  readonly decidedAt: Date | null;
  /** Since when it waits; null while an earlier step does. */
  readonly openedAt: Date | null;
  readonly dueAt: Date | null;
}

/** Ids are row ids. */
export interface RequestFilter extends FilterTree<RequestFilter> {
  readonly state?: readonly RequestState[] | null;
  readonly beneficiaryId?: IdComparison | null;
  readonly requesterId?: IdComparison | null;
  /** A step of it waits for the viewer. */
  readonly waitingOnViewer?: boolean | null;
  readonly createdAt?: InstantComparison | null;
}

/** What a list is asked for, by whom. */
export interface RequestQuestion {
  readonly filter: RequestFilter | null;
  readonly scope: ReadScope;
  /** Row id; null for one who is not a person, for whom nothing waits. */
  readonly viewerId: string | null;
}

export interface RequestViews {
  /** Newest first. */
  page(question: RequestQuestion, page: PageRequest): Promise<Page<RequestView>>;
  count(question: RequestQuestion): Promise<number>;
  /** Those of these row ids that the question covers. */
  byIds(ids: readonly string[], question: RequestQuestion): Promise<readonly RequestView[]>;
  byNumber(number: bigint, scope: ReadScope): Promise<RequestView | null>;
  /** The requests of these items, by item. */
  byItemIds(itemIds: readonly string[], scope: ReadScope): Promise<ReadonlyMap<string, RequestView>>;
  /** The requests of these approvals, by approval. */
  byApprovalIds(approvalIds: readonly string[], scope: ReadScope): Promise<ReadonlyMap<string, RequestView>>;
  /** Present ones, newest first; one more than `limit` when there are more. */
  matching(question: RequestQuestion, limit: number): Promise<readonly RequestView[]>;
}
