// Deciding a request: who may say yes to what, and what follows from it. Pure; the candidates were found by approver.ts.
// Never the requester, never the beneficiary, nobody twice for one item, and only what was seen.
import type { Actor } from './actor.js';
import { type ApprovalRule, haveOwnDeciders } from './approver.js';
import type { Profile } from './configuration.js';
import { absenceOf, type Person } from './person.js';
import { type Decision, granted, type Refusal, refused } from './refusal.js';
import { type RequestItem, type RequestState, itemTransitions, requestStateOf } from './request.js';

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
  readonly decision: ApprovalDecision | null;
  /** Row id of an identity. */
  readonly decidedBy: string | null;
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

export interface ReviewOutcome {
  readonly decided: readonly Approval[];
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

const firstOpen = (approvals: readonly Approval[], item: RequestItem): Approval | undefined =>
  approvals
    .filter((approval) => approval.itemId === item.id && isOpen(approval))
    .toSorted((a, b) => a.step - b.step)[0];

/** Decides every waiting step of the request that is the actor's to decide. */
export function decideReview(actor: Actor, request: ReviewedRequest, review: Review): Decision<ReviewOutcome> {
  const refusal = checkState(request) ?? checkSeen(request, review) ?? checkSelf(actor, request);
  if (refusal !== null) return refused(refusal);
  const waiting = waitingSteps(request);
  const decidable = waiting.filter((step) => checkStep(actor, request, step, review.decision) === null);
  if (decidable.length > 0) return granted(outcomeOf(request, decidable, review.decision));
  return refused(reasonOf(actor, request, waiting, review.decision));
}

/** A role that left the configuration can be declined, not approved. */
export function checkRoles(
  request: ReviewedRequest,
  decision: ApprovalDecision,
  roles: ReadonlyMap<string, unknown>,
): Refusal | null {
  const gone = request.items.find((item) => item.state === 'PENDING_APPROVAL' && !roles.has(item.role));
  if (gone === undefined || decision !== 'APPROVED') return null;
  return {
    code: 'STATE_CONFLICT',
    rule: 'approval.role-exists',
    message: `${request.number} asks for ${gone.role}, which is no longer configured.`,
    hint: 'Decline the request, or have the role configured again.',
  };
}

/** What nobody can hold any more can be declined, not approved. Taking away from one who left stays possible. */
export function checkPresence(
  request: ReviewedRequest,
  decision: ApprovalDecision,
  beneficiary: Person,
  today: string,
): Refusal | null {
  const absence = absenceOf(beneficiary, today);
  const gives = request.items.some((item) => item.state === 'PENDING_APPROVAL' && item.action !== 'REMOVE');
  if (absence === null || decision !== 'APPROVED' || !gives) return null;
  return {
    code: 'STATE_CONFLICT',
    rule: 'approval.beneficiary-active',
    message: `${request.number} cannot be approved: ${beneficiary.displayName}, for whom it is, ${absence}.`,
    hint: 'Decline the request, or have the dates corrected where people are listed.',
  };
}

/** Who is told no is told why. */
export function checkComment({ decision, comment }: Review): Refusal | null {
  if (decision !== 'DECLINED' || (comment !== null && comment.trim() !== '')) return null;
  return {
    code: 'COMMENT_REQUIRED',
    rule: 'approval.comment-on-decline',
    field: ['comment'],
    message: 'A request was to be declined without a comment.',
    hint: 'Say in the comment why; the requester reads it.',
  };
}

/** What a decision is answered with when the roles changed their meaning since the request was made. */
export const renewed = (request: ReviewedRequest): Refusal => ({
  code: 'STALE_VERSION',
  rule: 'approval.as-meant',
  message: `The roles of ${request.number} give something else than when it was made; its earlier decisions are void.`,
  hint: 'Look at what they give now and decide with the new digest.',
});

function checkState(request: ReviewedRequest): Refusal | null {
  if (request.state === 'PENDING_APPROVAL') return null;
  return {
    code: 'STATE_CONFLICT',
    rule: 'approval.open',
    message: `${request.number} is ${request.state}; it does not wait for a decision.`,
    hint: 'Load it again.',
  };
}

function checkSeen(request: ReviewedRequest, review: Review): Refusal | null {
  if (review.seenDigest === null || review.seenDigest === request.digest) return null;
  return {
    code: 'STALE_VERSION',
    rule: 'approval.as-seen',
    message: `${request.number} is not what it was when you looked at it.`,
    hint: 'Look at its items again and decide with the new digest.',
  };
}

function checkSelf(actor: Actor, request: ReviewedRequest): Refusal | null {
  const myself = actor.kind === 'identity' ? actor.identityId : null;
  if (myself === null) {
    return {
      code: 'FORBIDDEN',
      rule: 'approval.by-a-person',
      message: `${actor.displayName} is not a person; only people decide requests.`,
    };
  }
  if (myself === request.requesterId)
    return self('requester', `${request.number} was requested by ${actor.displayName}`);
  return myself === request.beneficiaryId ? self('beneficiary', `${request.number} is for ${actor.displayName}`) : null;
}

const self = (part: 'requester' | 'beneficiary', what: string): Refusal => ({
  code: 'SELF_APPROVAL_FORBIDDEN',
  rule: `approval.not-the-${part}`,
  message: `${what}, who therefore cannot decide it.`,
  hint: 'It waits for the people named under waitingOn.',
});

/** Candidates by profile lose the step with the profile; the others were named as persons. */
const profileOf: Partial<Record<ApprovalRule, Profile>> = {
  'approval.role-officers': 'role-officer',
  'approval.administrators': 'administrator',
};

function checkStep(actor: Actor, request: ReviewedRequest, step: Approval, decision: ApprovalDecision): Refusal | null {
  if (actor.kind !== 'identity' || !step.candidates.includes(actor.identityId)) {
    return {
      code: 'FORBIDDEN',
      rule: 'approval.candidate',
      message: `${actor.displayName} is not asked to decide step ${step.step} of ${step.stepCount} of ${request.number}.`,
      hint: 'It waits for the people named under waitingOn.',
    };
  }
  const twice = checkOthers(actor, request, step, decision);
  if (twice !== null) return twice;
  const profile = profileOf[step.rule];
  if (profile === undefined || actor.profiles.includes(profile)) return null;
  return {
    code: 'FORBIDDEN',
    rule: 'approval.still-in-office',
    message: `${actor.displayName} no longer has the profile ${profile}, by which step ${step.step} of ${request.number} was theirs.`,
  };
}

/** Each step of an item takes another person: also those still to come. */
function checkOthers(
  actor: Actor & { readonly kind: 'identity' },
  request: ReviewedRequest,
  step: Approval,
  decision: ApprovalDecision,
): Refusal | null {
  const others = request.approvals.filter((other) => other.itemId === step.itemId && other.id !== step.id);
  const deciders = others.filter((other) => other.decision === 'APPROVED');
  const earlier = deciders.find((other) => other.decidedBy === actor.identityId);
  if (earlier !== undefined) {
    return {
      code: 'SEGREGATION_OF_DUTIES',
      rule: 'approval.two-people',
      message: `${actor.displayName} decided step ${earlier.step} of ${request.number}; step ${step.step} takes another person.`,
      hint: 'It waits for the people named under waitingOn.',
    };
  }
  const taken = [actor.identityId, ...deciders.flatMap((other) => other.decidedBy ?? [])];
  if (
    decision !== 'APPROVED' ||
    haveOwnDeciders(
      others.filter(isOpen).map((other) => other.candidates),
      taken,
    )
  )
    return null;
  return {
    code: 'SEGREGATION_OF_DUTIES',
    rule: 'approval.leaves-a-decider',
    message: `${actor.displayName} is needed for a later step of ${request.number}; step ${step.step} takes another person.`,
    hint: 'It waits for the people named under waitingOn.',
  };
}

/** The most telling refusal: that of a step the actor is named for, else of the first. */
function reasonOf(
  actor: Actor,
  request: ReviewedRequest,
  waiting: readonly Approval[],
  decision: ApprovalDecision,
): Refusal {
  const refusals = waiting.flatMap((step) => checkStep(actor, request, step, decision) ?? []);
  return (
    refusals.find((refusal) => refusal.rule !== 'approval.candidate') ??
    refusals[0] ?? {
      code: 'STATE_CONFLICT',
      rule: 'approval.open',
      message: `No step of ${request.number} waits for a decision.`,
      hint: 'Load it again.',
    }
  );
}

function outcomeOf(request: ReviewedRequest, decided: readonly Approval[], decision: ApprovalDecision): ReviewOutcome {
  const none = { decided, opened: [], approved: [], declined: [], state: request.state };
  switch (decision) {
    case 'POSTPONED':
      return none;
    case 'DECLINED':
      return settled(request, { ...none, declined: itemsOf(request, decided) });
    case 'APPROVED': {
      const last = decided.filter((step) => step.step === step.stepCount);
      const opened = request.approvals.filter((next) =>
        decided.some((step) => step.itemId === next.itemId && step.step + 1 === next.step),
      );
      return settled(request, { ...none, opened, approved: itemsOf(request, last) });
    }
    default:
      return decision satisfies never;
  }
}

const itemsOf = (request: ReviewedRequest, steps: readonly Approval[]): readonly RequestItem[] =>
  request.items.filter((item) => steps.some((step) => step.itemId === item.id));

function settled(request: ReviewedRequest, outcome: ReviewOutcome): ReviewOutcome {
  const stateOf = (item: RequestItem): RequestState => {
    if (outcome.approved.includes(item)) return itemTransitions.approve.to;
    return outcome.declined.includes(item) ? itemTransitions.decline.to : item.state;
  };
  return { ...outcome, state: requestStateOf(request.items.map(stateOf)) };
}
