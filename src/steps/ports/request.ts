// How steps load and commit requests, and how they are read. Loads are for deciding, views for showing.
import type { Actor } from '../../domain/actor.js';
import type { Approval, ApprovalDecision, Review, ReviewedRequest, ReviewOutcome } from '../../domain/approval.js';
import type { ApprovalStep } from '../../domain/approver.js';
import type { Holding } from '../../domain/basket-item.js';
import type { Attributes } from '../../domain/configuration.js';
import type { FilterTree, IdComparison, InstantComparison } from '../../domain/filter.js';
import type { NaturalPeople } from '../../domain/four-eyes.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { KnownValues } from '../../domain/parameter.js';
import type { ReadScope } from '../../domain/permission.js';
import type { Person } from '../../domain/person.js';
import type { RequestItem, RequestState, RequestWarning } from '../../domain/request.js';

/** What a new request is decided on. */
export interface BeneficiarySituation {
  readonly person: Person;
  readonly attributes: Attributes;
  /** By role identifier, of the roles asked about. */
  readonly holdings: ReadonlyMap<string, Holding>;
  /** Roles that the person has, will have, or may get by what waits for a decision. */
  readonly held: readonly string[];
  /** Stands for the holdings as loaded: a commit is refused when they are others by then. */
  readonly seen: string;
}

export interface SubmittedItem extends RequestItem {
  readonly warnings: readonly RequestWarning[];
  readonly adjustments: readonly string[];
  readonly steps: readonly SubmittedStep[];
}

export interface SubmittedStep extends ApprovalStep {
  readonly id: string;
  /** It waits from the beginning. */
  readonly isOpen: boolean;
  /** Days it may wait; null = for ever. */
  readonly days: number | null;
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
  readonly remindedAt: Date | null;
  /** Less than a day ago. */
  readonly isReminded: boolean;
}

export interface ReviewCommit {
  readonly request: LoadedRequest;
  readonly actor: Extract<Actor, { kind: 'identity' }>;
  readonly review: Review;
  readonly outcome: ReviewOutcome;
  /** Of the request as it is afterwards. */
  readonly digest: string;
  /** Item → one sentence on what was changed of it. */
  readonly adjustments: ReadonlyMap<string, string>;
  /** Role → days a step of it may wait; roles without a limit are absent. */
  readonly days: ReadonlyMap<string, number>;
  /** What the person holds, as the decision saw it; null: it did not matter. */
  readonly seenRoles: readonly string[] | null;
  readonly rolesWithEffects: readonly string[];
}

/** Nobody decided: a rule did. */
export interface RuleCommit extends Pick<ReviewCommit, 'request' | 'outcome' | 'days' | 'rolesWithEffects'> {
  /** Stored with the approval: `approval.expired`, or `rule:<identifier>`. */
  readonly rule: string;
  readonly decision: Exclude<ApprovalDecision, 'POSTPONED'>;
  readonly comment: string;
}

/** A step that has waited long enough for a rule to look at it. */
/** A role about which a rule decides when nobody did for so long. */
export interface AutomatedRole {
  readonly role: string;
  readonly afterSeconds: number;
}

export interface WaitingStep {
  readonly requestId: string;
  readonly approvalId: string;
  readonly role: string;
  readonly kind: Approval['kind'];
  /** Its own date is over. */
  readonly isExpired: boolean;
  /** By the clock of the database. */
  readonly waitedSeconds: number;
}

/** A role kept for a time although the rules no longer give it. */
export interface ProlongedRole {
  readonly identityId: string;
  readonly role: string;
  /** By the clock of the database. */
  readonly waitedSeconds: number;
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
  /** Of these row ids, those that share a human with another identity. */
  samePeople(ids: readonly string[]): Promise<NaturalPeople>;
  /** Who lets this identity decide in their place on that day, also those who have left. */
  delegators(delegateId: string, today: string): Promise<readonly Person[]>;
  /** Those of the values that are keys of rows of the entity type. */
  knownValues(
    asked: readonly { readonly dimension: string; readonly entityType: string; readonly value: string }[],
  ): Promise<KnownValues>;
  /** Roles that a person has or will have by what is decided. */
  heldRoles(identityId: string): Promise<readonly string[]>;
  submit(submission: Submission): Promise<boolean>;
  /** Null when there is none. */
  load(requestId: string): Promise<LoadedRequest | null>;
  review(commit: ReviewCommit): Promise<boolean>;
  /** The roles asked for give something else than when the request was made: it gets this digest, and its decisions are void. */
  renew(request: LoadedRequest, digest: string, days: ReadonlyMap<string, number>): Promise<boolean>;
  cancel(commit: CancelCommit): Promise<boolean>;
  /** False when it was reminded of meanwhile, or is not as it was. */
  remind(request: LoadedRequest, actor: Actor): Promise<boolean>;
  /** Steps over their date, and open steps of these roles that have waited long enough; the longest first, a thousand at most. */
  waitingSteps(roles: readonly AutomatedRole[]): Promise<readonly WaitingStep[]>;
  decideByRule(commit: RuleCommit): Promise<boolean>;
  /** Reminds of every request that has waited for more than a day and was not reminded of within it. Answers how many. */
  remindAll(): Promise<number>;
  /** Those of these roles that have waited long enough; the longest first, a thousand at most. */
  prolongedRoles(roles: readonly AutomatedRole[]): Promise<readonly ProlongedRole[]>;
  /** Keeps or ends a prolonged role by a rule. False when it is not as it was. */
  settleProlonged(role: ProlongedRole, decision: 'APPROVED' | 'DECLINED', rule: string): Promise<boolean>;
  /** Seconds for which each automation rule has stood in the configuration as it does now, by identifier. */
  automationAges(): Promise<ReadonlyMap<string, number>>;
}

export interface RequestView extends ReviewedRequest {
  readonly requesterId: string;
  readonly justification: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly closedAt: Date | null;
  readonly remindedAt: Date | null;
  /** Less than a day ago. */
  readonly isReminded: boolean;
  readonly items: readonly RequestItemView[];
  readonly approvals: readonly ApprovalView[];
  readonly executedItemIds: readonly string[];
}

export interface RequestItemView extends RequestItem {
  readonly warnings: readonly RequestWarning[];
  readonly adjustments: readonly string[];
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
