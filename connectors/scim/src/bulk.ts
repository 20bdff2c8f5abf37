// Several deltas at once: in bulk requests (RFC 7644, 3.7) where the service announces them, else one by one.
// Owns the order among deltas of one row and what an operation's own answer means.
import {
  type ApplyOutcome,
  type CallContext,
  ConnectorError,
  type Delta,
  failureOf,
  outcomeOf,
} from '@joinery/connector-kit';
import { type HttpAnswer, type HttpCall, type HttpRequest, isSuccess, jsonOf } from '@joinery/http-client';
import { scimError } from './failure.js';
import { elementsOf, fieldOf, isResource } from './path.js';
import { type Plan, planOf } from './plan.js';
import { type Connection, sendScim, serviceKnown } from './resource.js';
import { applyDelta, finish, isConflict, type Requests } from './write.js';

export interface Change {
  readonly delta: Delta;
  readonly idempotencyKey: string;
}

/** Deltas worked on at once where there is no bulk. */
const atOnce = 4;

/** Outcomes in the order of the deltas. */
export async function applyMany(
  connection: Connection,
  changes: readonly Change[],
  { signal }: CallContext,
): Promise<readonly ApplyOutcome[]> {
  const known = await bulkLimits(connection, signal);
  if ('kind' in known) return changes.map(() => known);
  const outcomes: ApplyOutcome[] = [];
  for (const run of runsOf(changes, known.most)) {
    const some = await (known.isBulk
      ? applyRun(connection, run, known.maxPayloadBytes, signal)
      : Promise.all(run.map((change) => applyOne(connection, change, signal))));
    outcomes.push(...some);
  }
  return outcomes;
}

async function bulkLimits(connection: Connection, signal: AbortSignal) {
  try {
    const { bulk } = await serviceKnown(connection, signal);
    if (bulk === null || !connection.settings.usesBulk) return { isBulk: false, most: atOnce, maxPayloadBytes: 0 };
    return { isBulk: true, most: Math.min(bulk.maxOperations, 100), maxPayloadBytes: bulk.maxPayloadBytes };
  } catch (error) {
    return outcomeOf(error, false);
  }
}

/** Runs in which every row has one delta at most, so that each is compared with what the ones before have left. */
function runsOf(changes: readonly Change[], most: number): readonly (readonly Change[])[] {
  const runs: Change[][] = [];
  let rows = new Set<string>();
  for (const change of changes) {
    const row = JSON.stringify([change.delta.objectType, change.delta.key]);
    const last = runs.at(-1);
    if (last === undefined || rows.has(row) || last.length >= most) {
      runs.push([change]);
      rows = new Set([row]);
    } else {
      last.push(change);
      rows.add(row);
    }
  }
  return runs;
}

const applyOne = (connection: Connection, { delta, idempotencyKey }: Change, signal: AbortSignal) =>
  applyDelta(connection, delta, { signal, idempotencyKey });

async function applyRun(
  connection: Connection,
  run: readonly Change[],
  maxPayloadBytes: number,
  signal: AbortSignal,
): Promise<readonly ApplyOutcome[]> {
  const plans = await Promise.all(run.map(({ delta }) => plannedOrFailed(connection, delta, signal)));
  const bulk = plans.flatMap((plan, index) =>
    plan.kind === 'requests' && plan.further.length === 0 ? [{ plan, index }] : [],
  );
  const body = bulkBody(bulk);
  const isWorthIt = bulk.length > 1 && Buffer.byteLength(JSON.stringify(body)) <= maxPayloadBytes;
  const answers = isWorthIt ? await sendBulk(connection, body, bulk.length, { signal }) : null;
  const outcomes: ApplyOutcome[] = [];
  for (const [index, change] of run.entries()) {
    const plan = plans[index];
    const place = bulk.findIndex((entry) => entry.index === index);
    if (plan?.kind === 'outcome') outcomes.push(plan.outcome);
    else if (answers === null || place === -1 || plan === undefined)
      outcomes.push(await applyOne(connection, change, signal));
    else outcomes.push(await settled(connection, change, plan, answers, place, signal));
  }
  return outcomes;
}

async function plannedOrFailed(connection: Connection, delta: Delta, signal: AbortSignal): Promise<Plan> {
  try {
    return await planOf(connection, delta, signal);
  } catch (error) {
    if (error instanceof ConnectorError) return { kind: 'outcome', outcome: outcomeOf(error, false) };
    throw error;
  }
}

function bulkBody(bulk: readonly { readonly plan: Requests }[]) {
  const operations = bulk.map(({ plan: { first } }, place) => ({
    method: first.method,
    path: first.path,
    ...(first.method === 'POST' ? { bulkId: `b${place}` } : {}),
    ...(first.headers?.['if-match'] === undefined ? {} : { version: first.headers['if-match'] }),
    ...(first.body === undefined ? {} : { data: first.body }),
  }));
  return { schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'], Operations: operations };
}

type BulkAnswers = readonly unknown[] | ApplyOutcome;

/** Statuses of a service that announces bulk requests and does not take this one. */
const notTaken: readonly number[] = [404, 405, 413, 501];

/** The operations' answers in order, one outcome for all of them, or null when they have to be sent one by one. */
async function sendBulk(
  connection: Connection,
  body: object,
  count: number,
  call: HttpCall,
): Promise<BulkAnswers | null> {
  const request: HttpRequest = { method: 'POST', path: '/Bulk', body, operation: `apply ${count} changes at once` };
  try {
    const answer = await sendScim(connection, request, call);
    if (notTaken.includes(answer.status)) return null;
    if (!isSuccess(answer)) throw scimError(answer, request);
    return elementsOf(fieldOf(jsonOf(answer, request), 'Operations'));
  } catch (error) {
    return outcomeOf(error, !(error instanceof ConnectorError));
  }
}

async function settled(
  connection: Connection,
  change: Change,
  plan: Requests,
  answers: BulkAnswers,
  place: number,
  signal: AbortSignal,
): Promise<ApplyOutcome> {
  if ('kind' in answers) return answers;
  const answer = answerOf(answers[place]);
  if (answer === null) return { kind: 'unknown', failure: noAnswer(plan.first) };
  if (isConflict(plan.first, answer.status)) return applyOne(connection, change, signal);
  try {
    return await finish(connection, change.delta, plan, answer, { signal });
  } catch (error) {
    return outcomeOf(error, false);
  }
}

// The status of an operation is text, or an object with a code in early services.
function answerOf(operation: unknown): HttpAnswer | null {
  const status = fieldOf(operation, 'status');
  const code = Number(isResource(status) ? fieldOf(status, 'code') : status);
  if (!Number.isInteger(code)) return null;
  const location = fieldOf(operation, 'location');
  const response = fieldOf(operation, 'response');
  return {
    status: code,
    headers: typeof location === 'string' ? { location } : {},
    text: response === undefined ? '' : JSON.stringify(response),
  };
}

const noAnswer = ({ operation }: HttpRequest) =>
  failureOf(
    new ConnectorError({
      code: 'OUTCOME_UNKNOWN',
      message: `Could not ${operation} for certain: the answer to the changes sent at once says nothing about it.`,
    }),
  );
