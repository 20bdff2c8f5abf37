// Carries out what a plan says, one delta at a time or several in a bulk request.
// Owns when a change counts as not applied, applied or unknown; which requests there are is plan.ts.
import { type ApplyOutcome, ConnectorError, type Delta, failureOf, outcomeOf } from '@joinery/connector-kit';
import { type HttpAnswer, type HttpCall, type HttpRequest, isSuccess, jsonOf } from '@joinery/http-client';
import { scimError } from './failure.js';
import { fieldOf } from './path.js';
import { type Plan, planOf } from './plan.js';
import { type Connection, findByName, sendScim } from './resource.js';

/** Looks at the row again when it was changed, or appeared, between the look and the write. */
const mostTries = 4;

export type Requests = Extract<Plan, { readonly kind: 'requests' }>;

/** The outcome in every case but a bug; what the client throws says whether the change may have been applied. */
export async function applyDelta(connection: Connection, delta: Delta, call: HttpCall): Promise<ApplyOutcome> {
  try {
    for (let attempt = 1; ; attempt += 1) {
      const plan = await planOf(connection, delta, call.signal);
      if (plan.kind === 'outcome') return plan.outcome;
      const answer = await sendScim(connection, plan.first, call);
      if (isConflict(plan.first, answer.status) && attempt < mostTries) continue;
      return await finish(connection, delta, plan, answer, call);
    }
  } catch (error) {
    if (error instanceof ConnectorError) return outcomeOf(error, false);
    throw error;
  }
}

/** Somebody else was quicker: the row has to be looked at again. */
export const isConflict = ({ method }: HttpRequest, status: number): boolean =>
  status === 412 || (status === 409 && method === 'POST');

/** From the answer to the first request to the end. */
export async function finish(
  connection: Connection,
  delta: Delta,
  plan: Requests,
  answer: HttpAnswer,
  call: HttpCall,
): Promise<ApplyOutcome> {
  const { first } = plan;
  if (answer.status === 404 && first.method === 'DELETE') return { kind: 'alreadySo', key: delta.key };
  // The version moved each time: nothing was applied, and a later try may find it quiet.
  if (answer.status === 412) throw conflictError(first);
  if (!isSuccess(answer)) throw scimError(answer, first);
  if (plan.id !== null) return carryOn(connection, plan, plan.id, call);
  return carryOn(connection, plan, await givenId(connection, delta, plan, answer, call), call);
}

function conflictError({ operation }: HttpRequest): ConnectorError {
  return new ConnectorError({
    code: 'TIMEOUT',
    message: `Could not ${operation}: it was changed by somebody else ${mostTries} times meanwhile.`,
    hint: 'It is tried again.',
    targetCode: '412',
  });
}

/** The id of a row just made: from the body, from its address, or asked for by name. */
async function givenId(
  connection: Connection,
  delta: Delta,
  { type, first }: Requests,
  answer: HttpAnswer,
  call: HttpCall,
): Promise<string> {
  const id = fieldOf(jsonOf(answer, first), 'id');
  if (typeof id === 'string' && id !== '') return id;
  const segment = (answer.headers.location ?? '').split(/[?#]/)[0]?.split('/').at(-1) ?? '';
  if (segment !== '') return decodeURIComponent(segment);
  const found = await findByName(connection, type, delta.key, call.signal).catch(() => null);
  if (found !== null) return found.id;
  throw new ConnectorError({
    code: 'OUTCOME_UNKNOWN',
    message: `Could not ${first.operation} for certain: the service accepted it, but told no id.`,
  });
}

/** The further requests. The first was applied, so whatever stops one of these leaves a part done: unknown. */
async function carryOn(connection: Connection, plan: Requests, id: string, call: HttpCall): Promise<ApplyOutcome> {
  try {
    for (const step of plan.further) {
      const request = await step(id, call.signal);
      if (request === null) continue;
      const answer = await sendScim(connection, request, call);
      if (!isSuccess(answer)) throw scimError(answer, request);
    }
    return { kind: 'applied', key: id };
  } catch (error) {
    const { code, ...rest } = failureOf(error);
    const message = `Applied in part, then: ${rest.message}`;
    return {
      kind: 'unknown',
      failure: { ...rest, code: 'OUTCOME_UNKNOWN', message, targetCode: rest.targetCode ?? code },
    };
  }
}
