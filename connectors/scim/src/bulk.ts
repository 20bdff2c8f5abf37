// Several deltas at once: in bulk requests (RFC 7644, 3.7) where the service announces them, else one after the other.
// Owns which deltas go together and what is done about those that cannot; a bulk request and its answer are bulk-request.ts.
import { type ApplyOutcome, type CallContext, ConnectorError, type Delta, outcomeOf } from '@joinery/connector-kit';
import { isSuccess } from '@joinery/http-client';
import { type Batch, batchOn, haltAfter } from './batch.js';
import { type BulkAnswer, bulkGroups, type BulkOperation, sendBulk } from './bulk-request.js';
import { scimError } from './failure.js';
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
  const batch = batchOn(connection, signal);
  if (bulk === null) return inTurn(batch, changes, (change) => applyOne(batch, change));
  const outcomes: ApplyOutcome[] = [];
  for (const run of runsOf(changes, Math.min(bulk.maxOperations, mostOperations)))
    outcomes.push(...(await applyRun(batch, run, bulk)));
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

/** Outcomes in the order of the items. Once the batch has halted, only those are asked whose outcome is known already. */
async function inTurn<Item>(
  batch: Batch,
  items: readonly Item[],
  act: (item: Item, n: number) => Promise<ApplyOutcome>,
  isKnown: (n: number) => boolean = () => false,
): Promise<readonly ApplyOutcome[]> {
  const outcomes: ApplyOutcome[] = [];
  for (const [n, item] of items.entries()) {
    const outcome: ApplyOutcome = batch.halt !== null && !isKnown(n) ? batch.halt : await act(item, n);
    outcomes.push(outcome);
    haltAfter(batch, outcome);
  }
  return outcomes;
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

const applyOne = ({ connection, signal }: Batch, { delta, idempotencyKey }: Change): Promise<ApplyOutcome> =>
  applyDelta(connection, delta, { signal, idempotencyKey });

async function applyRun(
  batch: Batch,
  run: readonly Change[],
  { maxPayloadBytes }: Bulk,
): Promise<readonly ApplyOutcome[]> {
  const plans = await plansOf(batch, run);
  const answers = await answersTo(batch, bulkGroups(operationsOf(plans), maxPayloadBytes));
  return inTurn(
    batch,
    run,
    async (change, n) => {
      const plan = plans[n];
      const answer = answers.get(n);
      if (plan?.kind === 'outcome') return plan.outcome;
      if (plan === undefined || answer === undefined) return applyOne(batch, change);
      return settled(batch, change, plan, answer);
    },
    (n) => plans[n]?.kind === 'outcome' || answers.has(n),
  );
}

async function plansOf(batch: Batch, run: readonly Change[]): Promise<readonly Plan[]> {
  const plans: Plan[] = [];
  for (const { delta } of run) {
    const plan: Plan =
      batch.halt === null ? await plannedOrFailed(batch, delta) : { kind: 'outcome', outcome: batch.halt };
    if (plan.kind === 'outcome') haltAfter(batch, plan.outcome);
    plans.push(plan);
  }
  return plans;
}

async function plannedOrFailed({ connection, signal }: Batch, delta: Delta): Promise<Plan> {
  try {
    return await planOf(connection, delta, signal);
  } catch (error) {
    if (error instanceof ConnectorError) return { kind: 'outcome', outcome: outcomeOf(error, false) };
    throw error;
  }
}

/** Answers by the change; without those of the groups that were not sent or not taken. */
async function answersTo(
  batch: Batch,
  groups: readonly (readonly BulkOperation[])[],
): Promise<ReadonlyMap<number, BulkAnswer>> {
  const answers = new Map<number, BulkAnswer>();
  for (const group of groups) {
    if (batch.halt !== null || batch.connection.service?.bulk === null) break;
    const given = await sendBulk(batch.connection, group, { signal: batch.signal });
    for (const { index, request } of group) {
      const answer = given.get(index);
      if (answer === undefined) continue;
      answers.set(index, answer);
      if ('kind' in answer) haltAfter(batch, answer);
      else if (!isSuccess(answer)) haltAfter(batch, outcomeOf(scimError(answer, request), false));
    }
  }
  return answers;
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
    return [{ request: plan.first, type: plan.type, index }];
  });
}

async function settled(batch: Batch, change: Change, plan: Requests, answer: BulkAnswer): Promise<ApplyOutcome> {
  if ('kind' in answer) return answer;
  if (isConflict(plan.first, answer.status)) return batch.halt ?? applyOne(batch, change);
  try {
    return await finish(batch.connection, change.delta, plan, answer, { signal: batch.signal });
  } catch (error) {
    return outcomeOf(error, false);
  }
}
