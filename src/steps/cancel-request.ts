// The requester, a role officer or an administrator takes a request back before it is executed.
import type { Actor } from '../domain/actor.js';
import { checkText } from '../domain/basket.js';
import { isAllowed, may } from '../domain/permission.js';
import { type Decision, granted, type Refusal, refused } from '../domain/refusal.js';
import { checkCancel, requestStateOf } from '../domain/request.js';
import { cancelThing, requestThing } from '../domain/request-access.js';
import { hasEffects } from '../domain/role-model/role-state.js';
import type { ModelSource } from './ports/model.js';
import type { CancelCommit, RequestStore } from './ports/request.js';

export interface CancelPorts {
  readonly requests: RequestStore;
  readonly models: ModelSource;
}

export interface CancelInput {
  /** Row id; null when the id given is no request's. */
  readonly requestId: string | null;
  readonly reason: string | null;
}

const tries = 5;

/** Answers the row id of the request. */
export async function cancelRequest(ports: CancelPorts, actor: Actor, input: CancelInput): Promise<Decision<string>> {
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const decision = await decide(ports, actor, input);
    if (!decision.ok) return decision;
    if (await ports.requests.cancel(decision.value)) return granted(decision.value.request.id);
  }
  return refused({
    code: 'STATE_CONFLICT',
    rule: 'request.unmoved',
    field: ['id'],
    message: 'The request kept changing.',
    hint: 'Try again in a moment.',
  });
}

async function decide(
  ports: CancelPorts,
  actor: Actor,
  { requestId, reason }: CancelInput,
): Promise<Decision<CancelCommit>> {
  const tooLong = checkText(reason, 'reason').map((refusal) => ({ ...refusal, field: ['reason'] }));
  if (tooLong.length > 0) return refused(...tooLong);
  const model = await ports.models.current();
  const request = requestId === null ? null : await ports.requests.load(requestId);
  if (request === null || !isAllowed(actor, 'request.read', requestThing(actor, request, request.beneficiary, model)))
    return refused(unknown);
  const permit = may(actor, 'request.cancel', cancelThing(request));
  if (!permit.ok) return refused(...permit.refusals.map((refusal) => ({ ...refusal, field: ['id'] })));
  const items = checkCancel(request, request.executedItemIds);
  if (!items.ok) return items;
  const state = requestStateOf(request.items.map((item) => (items.value.includes(item) ? 'CANCELED' : item.state)));
  const rolesWithEffects = request.items.map(({ role }) => role).filter((role) => hasEffects(model, role));
  return granted({ request, actor, reason, items: items.value, state, rolesWithEffects });
}

const unknown: Refusal = {
  code: 'NOT_FOUND',
  rule: 'request.known',
  field: ['id'],
  message: 'There is no such request that you may see.',
  hint: 'Take the id from the query assignmentRequests.',
};
