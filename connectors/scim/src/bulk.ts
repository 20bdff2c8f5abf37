// Several deltas at once: in bulk requests (RFC 7644, 3.7) where the service announces them, else one after the other.
// Owns which deltas go together and what is done about those that cannot; a bulk request and its answer are bulk-request.ts.
import {
  type ApplyOutcome,
  type CallContext,
  ConnectorError,
  type Delta,
  failureClasses,
  outcomeOf,
} from '@joinery/connector-kit';
import { type BulkAnswer, bulkGroups, type BulkOperation, sendBulk } from './bulk-request.js';
import { type Plan, planOf } from './plan.js';
import { type Connection, serviceKnown } from './resource.js';
import type { ScimService } from './schema.js';
import { applyDelta, finish, isConflict, type Requests } from './write.js';

export interface Change {
  readonly delta: Delta;
  readonly idempotencyKey: string;
}

type Bulk = NonNullable<ScimService['bulk']>;

/** Most operations of one bulk request, whatever the service announces. */
const mostOperations = 100;

/** Outcomes in the order of the deltas. One request at a time: how many there may be at once is the connection's to say. */
export async function applyMany(
  connection: Connection,
  changes: readonly Change[],
  { signal }: CallContext,
): Promise<readonly ApplyOutcome[]> {
  const bulk = await bulkKnown(connection, signal);
  if (bulk !== null && 'kind' in bulk) return changes.map(() => bulk);
  if (bulk === null) return inTurn(changes, (change) => applyOne(connection, change, signal));
  const outcomes: ApplyOutcome[] = [];
  for (const run of runsOf(changes, Math.min(bulk.maxOperations, mostOperations))) {
    const halt = outcomes.find(isHalting);
    outcomes.push(...(halt === undefined ? await applyRun(connection, run, bulk, signal) : run.map(() => halt)));
  }
  return outcomes;
}

/** What the service announces; null: nothing, or it is not wanted. */
async function bulkKnown(connection: Connection, signal: AbortSignal): Promise<Bulk | ApplyOutcome | null> {
  try {
    const { bulk } = await serviceKnown(connection, signal);
    return connection.settings.usesBulk ? bulk : null;
  } catch (error) {
    return outcomeOf(error, false);
  }
}

/** A service that is away or wants fewer calls is not asked again: what is left was not sent, and ends as the one before. */
async function inTurn<Item>(
  items: readonly Item[],
  act: (item: Item, n: number) => Promise<ApplyOutcome>,
  isKnown: (n: number) => boolean = () => false,
): Promise<readonly ApplyOutcome[]> {
  const outcomes: ApplyOutcome[] = [];
  let halt: ApplyOutcome | null = null;
  for (const [n, item] of items.entries()) {
    const outcome: ApplyOutcome = halt !== null && !isKnown(n) ? halt : await act(item, n);
    outcomes.push(outcome);
    if (isHalting(outcome)) halt = outcome;
  }
  return outcomes;
}

const isHalting = (outcome: ApplyOutcome): boolean =>
  outcome.kind === 'throttled' ||
  (outcome.kind === 'unreachable' && failureClasses[outcome.failure.code] === 'connection');

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
  { maxPayloadBytes }: Bulk,
  signal: AbortSignal,
): Promise<readonly ApplyOutcome[]> {
  const plans = await plansOf(connection, run, signal);
  const answers = new Map<number, BulkAnswer>();
  for (const group of bulkGroups(operationsOf(plans), maxPayloadBytes))
    for (const [index, answer] of await sendBulk(connection, group, { signal })) answers.set(index, answer);
  return inTurn(
    run,
    async (change, n) => {
      const plan = plans[n];
      const answer = answers.get(n);
      if (plan?.kind === 'outcome') return plan.outcome;
      if (plan === undefined || answer === undefined) return applyOne(connection, change, signal);
      return settled(connection, change, plan, answer, signal);
    },
    (n) => plans[n]?.kind === 'outcome' || answers.has(n),
  );
}

async function plansOf(connection: Connection, run: readonly Change[], signal: AbortSignal): Promise<readonly Plan[]> {
  const plans: Plan[] = [];
  for (const { delta } of run) {
    const last = plans.at(-1);
    const isOver = last?.kind === 'outcome' && isHalting(last.outcome);
    plans.push(isOver ? last : await plannedOrFailed(connection, delta, signal));
  }
  return plans;
}

async function plannedOrFailed(connection: Connection, delta: Delta, signal: AbortSignal): Promise<Plan> {
  try {
    return await planOf(connection, delta, signal);
  } catch (error) {
    if (error instanceof ConnectorError) return { kind: 'outcome', outcome: outcomeOf(error, false) };
    throw error;
  }
}

/**
 * Those that one request does. Two changes of one resource, as of a group that two users enter, are planned from the same
 * look: the second would undo the first where resources are written whole.
 */
function operationsOf(plans: readonly Plan[]): readonly BulkOperation[] {
  const written = new Set<string>();
  return plans.flatMap((plan, index) => {
    if (plan.kind === 'outcome' || plan.further.length > 0) return [];
    const { method, path } = plan.first;
    if (method !== 'POST' && written.has(path)) return [];
    written.add(path);
    return [{ request: plan.first, index }];
  });
}

async function settled(
  connection: Connection,
  change: Change,
  plan: Requests,
  answer: BulkAnswer,
  signal: AbortSignal,
): Promise<ApplyOutcome> {
  if ('kind' in answer) return answer;
  if (isConflict(plan.first, answer.status)) return applyOne(connection, change, signal);
  try {
    return await finish(connection, change.delta, plan, answer, { signal });
  } catch (error) {
    return outcomeOf(error, false);
  }
}
