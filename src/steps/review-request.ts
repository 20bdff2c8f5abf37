// A person decides requests: approves, declines or postpones the steps that wait for them, each bound to what they saw.
// A list succeeds in parts: what is refused says so with its index, the rest is done.
import type { Actor } from '../domain/actor.js';
import { checkComment, checkPresence, checkRoles, decideReview, type Review, renewed } from '../domain/approval.js';
import { checkText } from '../domain/basket.js';
import { toGlobalId } from '../domain/global-id.js';
import { isAllowed, may } from '../domain/permission.js';
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
    const { request } = decision.value;
    const digest = requestDigest(request.beneficiaryId, request.items, model, ports.environment.digest);
    if (digest !== request.digest) {
      if (await ports.requests.renew(request, digest)) return refused({ ...renewed(request), ...about(request) });
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
  const loaded = input.requestId === null ? null : await ports.requests.load(input.requestId);
  if (
    loaded === null ||
    !isAllowed(actor, 'request.read', requestThing(actor, loaded, loaded.beneficiary, model.roles))
  )
    return refused(unknown);
  const tooLong = checkText(input.comment, 'comment').map((refusal) => ({ ...refusal, field: ['comment'] }));
  if (tooLong.length > 0) return refused(...tooLong);
  const today = dayOfPeople(ports.environment.now(), model.identityType, ports.environment.timeZone);
  const request = await decidable(ports, loaded, model, today);
  const gone =
    checkRoles(request, input.decision, model.roles) ??
    checkPresence(request, input.decision, request.beneficiary, today);
  if (gone !== null) return refused({ ...gone, ...about(request) });
  const outcome = decideReview(actor, request, input);
  if (!outcome.ok) return refused(...outcome.refusals.map((refusal) => ({ ...refusal, ...about(request, refusal) })));
  const unsaid = checkComment(input);
  if (unsaid !== null) return refused({ ...unsaid, subjectId: toGlobalId('AssignmentRequest', request.id) });
  const permit = may(actor, 'request.review', {
    candidates: outcome.value.decided.flatMap(({ candidates }) => candidates),
  });
  if (!permit.ok) return refused(...permit.refusals.map((refusal) => ({ ...refusal, ...about(request) })));
  if (actor.kind !== 'identity') return refused(unknown);
  const rolesWithEffects = request.items.map(({ role }) => role).filter((role) => hasEffects(model, role));
  return granted({ request, actor, review: input, outcome: outcome.value, rolesWithEffects });
}

/** With the steps whose candidates have all left put to others. */
async function decidable(
  { requests }: ReviewPorts,
  request: LoadedRequest,
  { configuration }: CompiledModel,
  today: string,
): Promise<LoadedRequest> {
  if (!isDeserted(request, request.candidates, today)) return request;
  const keys = successorKeys(configuration);
  // Their managers are loaded with them, and are no successors.
  const successors = [...(await requests.people(keys)).values()].filter(({ identifier }) => keys.includes(identifier));
  return { ...request, approvals: withSuccessors(request, request.candidates, successors, today) };
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
