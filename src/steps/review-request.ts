// A person decides requests: approves, declines or postpones the steps that wait for them, each bound to what they saw.
// A list succeeds in parts: what is refused says so with its index, the rest is done.
import type { Actor } from '../domain/actor.js';
import {
  checkBlocking,
  checkComment,
  checkPresence,
  checkRoles,
  decideReview,
  delegatorsOf,
  peopleConcerned,
  type Review,
  renewed,
  type Standing,
  standingAlone,
} from '../domain/approval.js';
import { type AskedChange, type Rewritten, rewrite } from '../domain/approval-change.js';
import { approvalDays } from '../domain/approver.js';
import { checkText } from '../domain/basket.js';
import { toGlobalId } from '../domain/global-id.js';
import { valuesToLookUp } from '../domain/parameter.js';
import { isAllowed, may, type Thing } from '../domain/permission.js';
import { dayOfPeople } from '../domain/person.js';
import { type Decision, granted, type Refusal, refused } from '../domain/refusal.js';
import { requestDigest } from '../domain/request.js';
import { requestThing } from '../domain/request-access.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import { isDeserted, successorKeys, withSuccessors } from '../domain/succession.js';
import type { Environment } from './ports/clock.js';
import { hasEffects } from '../domain/role-model/role-state.js';
import type { ModelSource } from './ports/model.js';
import type { LoadedRequest, RequestStore, ReviewCommit } from './ports/request.js';

export interface ReviewPorts {
  readonly requests: RequestStore;
  readonly models: ModelSource;
  readonly environment: Environment;
}

export interface ReviewInput extends Review {
  /** Row id; null when the id given is no request's. */
  readonly requestId: string | null;
  /** What to approve instead of what was asked for; only with APPROVED. */
  readonly changes?: readonly AskedChange[];
}

export interface ReviewResult {
  /** Row ids of the requests decided, in the order given. */
  readonly requestIds: readonly string[];
  readonly refusals: readonly Refusal[];
}

export const mostReviews = 100;
const tries = 5;

export async function reviewRequests(
  ports: ReviewPorts,
  actor: Actor,
  items: readonly ReviewInput[],
): Promise<ReviewResult> {
  const wrongSize = checkSize(items.length);
  if (wrongSize !== null) return { requestIds: [], refusals: [wrongSize] };
  const requestIds: string[] = [];
  const refusals: Refusal[] = [];
  // One after the other: two reviews of one request in a list must see each other.
  for (const [index, item] of items.entries()) {
    const decision = await reviewRequest(ports, actor, item);
    if (decision.ok) requestIds.push(decision.value);
    else refusals.push(...decision.refusals.map((refusal) => at(refusal, index)));
  }
  return { requestIds: [...new Set(requestIds)], refusals };
}

const at = (refusal: Refusal, index: number): Refusal => ({
  ...refusal,
  field: ['input', 'items', String(index), ...(refusal.field ?? [])],
});

function checkSize(count: number): Refusal | null {
  if (count === 0)
    return {
      code: 'BLANK',
      rule: 'approval.items',
      field: ['input', 'items'],
      message: 'Nothing was decided.',
      hint: 'Add at least one request.',
    };
  if (count <= mostReviews) return null;
  return {
    code: 'LIMIT_EXCEEDED',
    rule: 'approval.items',
    field: ['input', 'items'],
    message: `${count} requests were decided at once; at most ${mostReviews} are.`,
    hint: 'Send them in several lists.',
  };
}

async function reviewRequest(ports: ReviewPorts, actor: Actor, input: ReviewInput): Promise<Decision<string>> {
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const model = await ports.models.current();
    const decision = await decide(ports, actor, input, model);
    if (!decision.ok) return decision;
    const { request, days } = decision.value;
    const digest = requestDigest(request.beneficiaryId, request.items, model, ports.environment.digest);
    if (digest !== request.digest) {
      if (await ports.requests.renew(request, digest, days)) return refused({ ...renewed(request), ...about(request) });
    } else if (await ports.requests.review(decision.value)) return granted(request.id);
  }
  return refused({
    code: 'STATE_CONFLICT',
    rule: 'approval.unmoved',
    message: 'The request kept changing.',
    hint: 'Try again in a moment.',
    field: [],
  });
}

async function decide(
  ports: ReviewPorts,
  actor: Actor,
  input: ReviewInput,
  model: CompiledModel,
): Promise<Decision<ReviewCommit>> {
  const today = dayOfPeople(ports.environment.now(), model.identityType, ports.environment.timeZone);
  const loaded = input.requestId === null ? null : await ports.requests.load(input.requestId);
  if (loaded === null) return refused(unknown);
  const standing = await standingOf(ports, actor, loaded, model, today);
  if (!isAllowed(actor, 'request.read', readingThing(actor, loaded, standing, model))) return refused(unknown);
  const tooLong = checkText(input.comment, 'comment').map((refusal) => ({ ...refusal, field: ['comment'] }));
  if (tooLong.length > 0) return refused(...tooLong);
  const request = await decidable(ports, loaded, model, today, standing);
  const gone =
    checkRoles(request, input.decision, model.roles) ??
    checkPresence(request, input.decision, request.beneficiary, today);
  if (gone !== null) return refused({ ...gone, ...about(request) });
  const changes = await rewritten(ports, request, input, model, today);
  if (!changes.ok) return refused(...changes.refusals.map((refusal) => ({ ...about(request), ...refusal })));
  const outcome = decideReview(actor, request, input, standing, changes.value);
  if (!outcome.ok) return refused(...outcome.refusals.map((refusal) => ({ ...refusal, ...about(request, refusal) })));
  const unsaid = checkComment(input);
  if (unsaid !== null) return refused({ ...unsaid, subjectId: toGlobalId('AssignmentRequest', request.id) });
  return conclude(ports, actor, input, model, { request, outcome: outcome.value, changes: changes.value });
}

interface Concluded {
  readonly request: LoadedRequest;
  readonly outcome: ReviewCommit['outcome'];
  readonly changes: readonly Rewritten[];
}

/** The last look before the commit: the right of the table, and what the person would hold by now. */
async function conclude(
  { requests, environment }: ReviewPorts,
  actor: Actor,
  input: ReviewInput,
  model: CompiledModel,
  { request, outcome, changes }: Concluded,
): Promise<Decision<ReviewCommit>> {
  const names = [...outcome.decided, ...outcome.voted].map(({ onBehalfOf, decidedBy }) => onBehalfOf ?? decidedBy);
  const isInTheirPlace = [...outcome.decided, ...outcome.voted].some(({ onBehalfOf }) => onBehalfOf !== null);
  const permit = may(actor, 'request.review', {
    candidates: [...names, ...(isInTheirPlace && actor.kind === 'identity' ? [actor.identityId] : [])].flatMap(
      (id) => id ?? [],
    ),
  });
  if (!permit.ok) return refused(...permit.refusals.map((refusal) => ({ ...refusal, ...about(request) })));
  if (actor.kind !== 'identity') return refused(unknown);
  const seenRoles = isRisky(outcome, model) ? await requests.heldRoles(request.beneficiaryId) : null;
  const blocked = seenRoles === null ? null : checkBlocking(outcome.approved, seenRoles, request.beneficiary, model);
  if (blocked !== null) return refused({ ...blocked, ...about(request) });
  const items = request.items.map((item) => outcome.changed.find(({ id }) => id === item.id) ?? item);
  return granted({
    request,
    actor,
    review: withSentences(input, changes),
    outcome,
    digest: requestDigest(request.beneficiaryId, items, model, environment.digest),
    adjustments: new Map(changes.map(({ item, sentence }) => [item.id, sentence])),
    days: approvalDays(model),
    seenRoles,
    rolesWithEffects: request.items.map(({ role }) => role).filter((role) => hasEffects(model, role)),
  });
}

/** The requester reads in the comment what became of what was asked for. */
const withSentences = (input: ReviewInput, changes: readonly Rewritten[]): ReviewInput =>
  changes.length === 0
    ? input
    : { ...input, comment: [input.comment, ...changes.map(({ sentence }) => sentence)].filter(Boolean).join('\n') };

const isRisky = ({ approved }: ReviewCommit['outcome'], { configuration }: CompiledModel): boolean =>
  approved.length > 0 && configuration.risks.some(({ exemption }) => exemption === 'BLOCKING');

async function rewritten(
  { requests }: ReviewPorts,
  request: LoadedRequest,
  { changes, decision }: ReviewInput,
  { roles, configuration }: CompiledModel,
  today: string,
): Promise<Decision<readonly Rewritten[]>> {
  if (changes === undefined || changes.length === 0) return granted([]);
  if (decision !== 'APPROVED') return refused(changesNothing);
  const asked = changes.flatMap(({ itemId, parameters }) => {
    const role = roles.get(request.items.find(({ id }) => id === itemId)?.role ?? '');
    return role === undefined ? [] : [{ role, parameters }];
  });
  const knownValues = await requests.knownValues(valuesToLookUp(asked, configuration.dimensions));
  return rewrite({ request, changes, beneficiary: request.beneficiary, roles, knownValues, today });
}

const changesNothing: Refusal = {
  code: 'INVALID',
  rule: 'approval.change-approves',
  field: ['changes'],
  message: 'Only what is approved can be changed.',
  hint: 'Leave the changes out, or approve.',
};

/** Who acts, in whose place, and who of all concerned is the same human. */
async function standingOf(
  { requests }: ReviewPorts,
  actor: Actor,
  request: LoadedRequest,
  { configuration }: CompiledModel,
  today: string,
): Promise<Standing> {
  if (actor.kind !== 'identity') return standingAlone;
  const delegators = await requests.delegators(actor.identityId, today);
  const samePeople = await requests.samePeople(peopleConcerned(actor.identityId, request, delegators));
  return { samePeople, delegators: delegatorsOf(delegators, configuration, today) };
}

/** As if the candidates for whom the actor decides were the actor. */
function readingThing(actor: Actor, request: LoadedRequest, { delegators }: Standing, model: CompiledModel): Thing {
  const thing = requestThing(actor, request, request.beneficiary, model);
  const isAsked = delegators.some(({ id }) => thing.candidates?.includes(id));
  return isAsked && actor.kind === 'identity'
    ? { ...thing, candidates: [...(thing.candidates ?? []), actor.identityId] }
    : thing;
}

/** With the steps for which too few candidates are left put to others. */
async function decidable(
  { requests }: ReviewPorts,
  request: LoadedRequest,
  { configuration }: CompiledModel,
  today: string,
  { samePeople }: Standing,
): Promise<LoadedRequest> {
  if (!isDeserted(request, request.candidates, today)) return request;
  const keys = successorKeys(configuration);
  // Their managers are loaded with them, and are no successors.
  const successors = [...(await requests.people(keys)).values()].filter(({ identifier }) => keys.includes(identifier));
  return { ...request, approvals: withSuccessors(request, request.candidates, successors, today, samePeople) };
}

const about = (request: LoadedRequest, refusal?: Refusal): Pick<Refusal, 'field' | 'subjectId'> => ({
  field: [refusal?.code === 'STALE_VERSION' ? 'seenDigest' : 'assignmentRequestId'],
  subjectId: toGlobalId('AssignmentRequest', request.id),
});

const unknown: Refusal = {
  code: 'NOT_FOUND',
  rule: 'request.known',
  field: ['assignmentRequestId'],
  message: 'There is no such request that you may see.',
  hint: 'Take the id from the query assignmentRequests(filter: { waitingOnViewer: true }).',
};
