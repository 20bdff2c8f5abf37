// Deciding a request: who may say yes to what. Pure; the candidates were found by approver.ts, what follows is
// approval-outcome.ts'. Never the requester, never the beneficiary, nobody twice for one item, and only what was seen;
// a person counts once, whatever their identities and whoever decides for them (four-eyes.ts).
import type { Actor } from './actor.js';
import { outcomeOf } from './approval-outcome.js';
import {
  type Approval,
  type ApprovalDecision,
  type ChangedItem,
  isOpen,
  type Review,
  type ReviewedRequest,
  type ReviewOutcome,
  waitingSteps,
} from './approval-step.js';
import type { ApprovalRule } from './approver.js';
import type { Configuration, Profile, RoleDefinition } from './configuration.js';
import { haveOwnDeciders, isOneOf, type NaturalPeople } from './four-eyes.js';
import { absenceOf, type Person } from './person.js';
import { type Decision, granted, type Refusal, refused } from './refusal.js';
import type { RequestItem } from './request.js';
import { blockedByRisk, risksByGaining } from './risk.js';

// The one door to deciding: who reads its words need not know where they stand.
export * from './approval-step.js';
export { decideByRule } from './approval-outcome.js';

/** What is known, besides the request, about who acts. */
export interface Standing {
  readonly samePeople: NaturalPeople;
  /** Who lets the actor decide in their place today. */
  readonly delegators: readonly Delegator[];
}
export interface Delegator {
  readonly id: string;
  readonly profiles: readonly Profile[];
}
export const standingAlone: Standing = { samePeople: new Map(), delegators: [] };

/** Those of the delegators who are here to be stood in for, with the profiles the configuration gives them. */
export const delegatorsOf = (
  people: readonly Person[],
  { profiles }: Pick<Configuration, 'profiles'>,
  today: string,
): readonly Delegator[] =>
  people
    .filter((person) => absenceOf(person, today) === null)
    .map(({ id, identifier }) => ({
      id,
      profiles: profiles.filter((each) => each.people.includes(identifier)).map(({ profile }) => profile),
    }));

/** Row ids of everybody who may turn out to be the same human as another. */
export const peopleConcerned = (
  actorId: string,
  request: ReviewedRequest,
  delegators: readonly { readonly id: string }[],
): readonly string[] => [
  actorId,
  request.beneficiaryId,
  ...[request.requesterId].flatMap((id) => id ?? []),
  ...delegators.map(({ id }) => id),
  ...request.approvals.flatMap(({ candidates, votes, decidedBy }) => [
    ...candidates,
    ...votes.map((vote) => vote.decidedBy),
    ...[decidedBy].flatMap((id) => id ?? []),
  ]),
];

/** Decides every waiting step of the request that is the actor's to decide. */
export function decideReview(
  actor: Actor,
  request: ReviewedRequest,
  review: Review,
  standing: Standing = standingAlone,
  changes: readonly ChangedItem[] = [],
): Decision<ReviewOutcome> {
  const refusal = checkState(request) ?? checkSeen(request, review) ?? checkSelf(actor, request, standing);
  if (refusal !== null) return refused(refusal);
  const waiting = waitingSteps(request);
  const judged = waiting.map((step) => judge(actor, request, step, review.decision, standing));
  const decidable = judged.flatMap((one) => (one.ok ? [one.value] : []));
  if (decidable.length === 0) return refused(reasonOf(request, judged));
  const foreign = changes.find(({ item }) => !decidable.some((step) => step.itemId === item.id));
  if (foreign !== undefined) return refused(notYours(request, foreign.item));
  return granted(outcomeOf(request, decidable, review.decision, changes));
}

const notYours = (request: ReviewedRequest, item: RequestItem): Refusal => ({
  code: 'FORBIDDEN',
  rule: 'approval.change-own-step',
  message: `Item ${item.position + 1} of ${request.number} does not wait for this decision and cannot be changed by it.`,
  hint: 'Change only items whose step waits for you.',
});

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

/** What came together since it was asked for: rules and other requests may have given the other half meanwhile. */
export function checkBlocking(
  approved: readonly RequestItem[],
  held: readonly string[],
  { displayName }: Person,
  model: {
    readonly configuration: Pick<Configuration, 'risks'>;
    readonly roles: ReadonlyMap<string, RoleDefinition>;
    readonly singleRolesOf: ReadonlyMap<string, readonly string[]>;
  },
): Refusal | null {
  const gained = approved.filter(({ action }) => action === 'ADD' || action === 'ALLOW').map(({ role }) => role);
  const risks = model.configuration.risks.filter(({ exemption }) => exemption === 'BLOCKING');
  const [found] = gained.flatMap((role) => risksByGaining(role, gained, held, risks, model.singleRolesOf));
  return found === undefined ? null : blockedByRisk(found, displayName, model.roles);
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

function checkSelf(actor: Actor, request: ReviewedRequest, { samePeople }: Standing): Refusal | null {
  const myself = actor.kind === 'identity' ? actor.identityId : null;
  if (myself === null) {
    return {
      code: 'FORBIDDEN',
      rule: 'approval.by-a-person',
      message: `${actor.displayName} is not a person; only people decide requests.`,
    };
  }
  if (isOneOf(samePeople, myself, [request.requesterId]))
    return self('requester', `${request.number} was requested by ${actor.displayName}`);
  return isOneOf(samePeople, myself, [request.beneficiaryId])
    ? self('beneficiary', `${request.number} is for ${actor.displayName}`)
    : null;
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

/** The step as this actor would decide it, in their own name or in that of the first delegator for whom it is possible. */
function judge(
  actor: Actor,
  request: ReviewedRequest,
  step: Approval,
  decision: ApprovalDecision,
  standing: Standing,
): Decision<Approval> {
  if (actor.kind !== 'identity') return refused(notAsked(actor, request, step));
  const own = { id: actor.identityId, profiles: actor.profiles };
  const names = [own, ...standing.delegators].filter(({ id }) => step.candidates.includes(id));
  const tried = names.map((name): Decision<Approval> => {
    const onBehalfOf = name === own ? null : name.id;
    const refusal =
      checkDelegator(actor, request, step, onBehalfOf, standing) ??
      checkOthers(actor, request, step, decision, onBehalfOf, standing) ??
      checkOffice(actor, request, step, name.profiles);
    return refusal === null ? granted({ ...step, decidedBy: actor.identityId, onBehalfOf }) : refused(refusal);
  });
  return tried.find((one) => one.ok) ?? tried[0] ?? refused(notAsked(actor, request, step));
}

const notAsked = (actor: Actor, request: ReviewedRequest, step: Approval): Refusal => ({
  code: 'FORBIDDEN',
  rule: 'approval.candidate',
  message: `${actor.displayName} is not asked to decide step ${step.step} of ${step.stepCount} of ${request.number}.`,
  hint: 'It waits for the people named under waitingOn.',
});

/** Nobody's delegate decides what is for, or was asked by, who delegated. */
function checkDelegator(
  actor: Actor,
  request: ReviewedRequest,
  step: Approval,
  onBehalfOf: string | null,
  { samePeople }: Standing,
): Refusal | null {
  if (onBehalfOf === null || !isOneOf(samePeople, onBehalfOf, [request.requesterId, request.beneficiaryId]))
    return null;
  return {
    code: 'SELF_APPROVAL_FORBIDDEN',
    rule: 'approval.not-for-the-delegator',
    message: `${actor.displayName} would decide step ${step.step} of ${request.number} in the place of somebody who asked for it or whom it is for.`,
    hint: 'It waits for the people named under waitingOn.',
  };
}

function checkOffice(actor: Actor, request: ReviewedRequest, step: Approval, held: readonly Profile[]): Refusal | null {
  const profile = profileOf[step.rule];
  if (profile === undefined || held.includes(profile)) return null;
  return {
    code: 'FORBIDDEN',
    rule: 'approval.still-in-office',
    message: `${actor.displayName} no longer has the profile ${profile}, by which step ${step.step} of ${request.number} was theirs.`,
  };
}

/** Everybody who said yes to something of the item, and in whose place. */
const deciders = (step: Approval): readonly string[] =>
  [...step.votes, ...(step.decision === 'APPROVED' ? [step] : [])].flatMap(({ decidedBy, onBehalfOf }) =>
    [decidedBy, onBehalfOf].flatMap((id) => id ?? []),
  );

/** Each yes to an item takes another person: also those still to come. */
function checkOthers(
  actor: Actor & { readonly kind: 'identity' },
  request: ReviewedRequest,
  step: Approval,
  decision: ApprovalDecision,
  onBehalfOf: string | null,
  { samePeople }: Standing,
): Refusal | null {
  const mine = [actor.identityId, ...(onBehalfOf === null ? [] : [onBehalfOf])];
  const ofItem = request.approvals.filter((other) => other.itemId === step.itemId);
  const earlier = ofItem.find((other) => deciders(other).some((id) => isOneOf(samePeople, id, mine)));
  if (earlier !== undefined) {
    return {
      code: 'SEGREGATION_OF_DUTIES',
      rule: 'approval.two-people',
      message: `${actor.displayName} decided step ${earlier.step} of ${request.number}; step ${step.step} takes another person.`,
      hint: 'It waits for the people named under waitingOn.',
    };
  }
  const taken = [...mine, ...ofItem.flatMap(deciders)];
  const needs = ofItem.filter(isOpen).map((other) => ({
    candidates: other.candidates,
    count: other.quorum - other.votes.length - (other.id === step.id ? 1 : 0),
  }));
  if (decision !== 'APPROVED' || haveOwnDeciders(needs, samePeople, taken)) return null;
  return {
    code: 'SEGREGATION_OF_DUTIES',
    rule: 'approval.leaves-a-decider',
    message: `${actor.displayName} is needed for a later step of ${request.number}; step ${step.step} takes another person.`,
    hint: 'It waits for the people named under waitingOn.',
  };
}

/** The most telling refusal: that of a step the actor is named for, else of the first. */
function reasonOf(request: ReviewedRequest, judged: readonly Decision<Approval>[]): Refusal {
  const refusals = judged.flatMap((one) => (one.ok ? [] : one.refusals));
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
