// Waiting changes turned into rows of provisioning_order, a batch of identities in one transaction; and the hand-over of
// orders to their queues. Decides nothing: orders come from the step, what may go now from claimable.ts.
import type { AssignmentChange } from '../domain/assignment.js';
import type { Fact, OrderChange } from '../domain/event.js';
import type { LinkedKey, NewOrder, OpenOrder, WaitingChange, WaitingCount } from '../domain/order.js';
import { unfinishedStates } from '../domain/provisioning-state.js';
import type {
  ChangeKind,
  DecideOrders,
  OrderBatch,
  OrderedBatch,
  OrderGenerationStore,
  OrderScope,
} from '../steps/ports/order-generation.js';
import { assignmentChangesOf, type ChangedAccount, lockIdentities } from './assignment-change.js';
import type { Database, Sql } from './database.js';
import { appendFacts } from './event.js';
import { advanceRequests } from './request-progress.js';
import { endedColumns, hurryUncertain, isEndable, type SupersededOrder, supersededFacts } from './superseded-order.js';

export const orderGenerationStore = (database: Database): OrderGenerationStore => ({
  counts: (scope) => counts(database, scope),
  hold: (scope, kinds, executionId) => database.transaction((sql) => setHold(sql, scope, kinds, { executionId })),
  release: (scope, kinds) => database.transaction((sql) => setHold(sql, scope, kinds, null)),
  bases: (resourceTypes) => bases(database, resourceTypes),
  identities: (scope, afterId, limit) => identities(database, scope, afterId, limit),
  waiting: (scope, identityIds) => waitingChanges(database, { identityIds, scope, heldBack: [] }, ''),
  creators: (scope, keys) => creators(database, scope, keys),
  order: (batch, decide) => database.transaction((sql) => order(sql, batch, decide)),
});

/** What waits for approval has been proposed rather than ordered: nobody was asked to write it. */
const isWaiting = `((a.provisioning_state = 'PENDING' and a.ordered_version < a.desired_version)
  or (a.provisioning_state = 'AWAITING_APPROVAL' and a.proposed_version < a.desired_version))`;
/** An account that was found without full confidence is associated first, and may have nothing to be written. */
const orderKind = `case when a.resource_id is not null and a.confidence_percent < 100 then 'ASSOCIATE' else a.delta ->> 'kind' end`;
const orderDelta = `coalesce(a.delta, jsonb_build_object('kind', 'UPDATE', 'key', a.resource_key, 'scalars', '[]'::jsonb, 'links', '[]'::jsonb))`;
const isInScope = `($1::uuid[] is null or a.identity_id = any($1)) and ($2::text[] is null or a.resource_type = any($2))`;

const isHeld = `coalesce(a.held_kind = ${orderKind}, false)`;
/** A second person has let exactly this change go: no threshold counts it, or holds it back. */
const isReleased = 'coalesce(a.released_version = a.desired_version, false)';

async function counts(sql: Sql, { identityIds, resourceTypes }: OrderScope): Promise<readonly WaitingCount[]> {
  const { rows } = await sql.query<WaitingCount>(
    `select a.resource_type as "resourceType", ${orderKind} as kind, (count(*) filter (where not ${isReleased}))::int as count,
       (count(*) filter (where ${isHeld}))::int as "heldCount", (count(*) filter (where ${isReleased}))::int as "releasedCount"
     from resource_assignment a where ${isWaiting} and ${isInScope} group by 1, 2 order by 1, 2`,
    [identityIds, resourceTypes],
  );
  return rows;
}

/** Rows are locked in the order of computations. */
async function setHold(
  sql: Sql,
  scope: OrderScope,
  kinds: readonly ChangeKind[],
  hold: { readonly executionId: string | null } | null,
): Promise<void> {
  if (kinds.length === 0) return;
  await sql.query(
    `with chosen as (
       select a.id from resource_assignment a join unnest($3::text[], $4::text[]) as k(type, kind) on k.type = a.resource_type and k.kind = ${orderKind}
       where ${isWaiting} and ${isInScope} and (${isHeld}) <> $5 and not ${isReleased}
       order by a.id for update of a)
     update resource_assignment a set held_kind = case when $5 then ${orderKind} end, held_execution = $6::uuid, updated_at = clock_timestamp()
     from chosen c where a.id = c.id`,
    [
      scope.identityIds,
      scope.resourceTypes,
      kinds.map(({ resourceType }) => resourceType),
      kinds.map(({ kind }) => kind),
      hold !== null,
      hold?.executionId ?? null,
    ],
  );
}

/** What waits to be changed or removed was there before this computation, and counts with the rest. */
async function bases(sql: Sql, resourceTypes: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql.query<{ type: string; count: number }>(
    `select a.resource_type as type, count(*)::int as count from resource_assignment a
     where a.resource_type = any($1::text[])
       and (a.provisioning_state in ('VERIFIED', 'EXECUTED') or (${isWaiting} and coalesce(a.delta ->> 'kind', 'UPDATE') in ('UPDATE', 'DELETE')))
     group by 1`,
    [resourceTypes],
  );
  return new Map(rows.map(({ type, count }) => [type, count]));
}

async function identities(
  sql: Sql,
  scope: OrderScope,
  afterId: string | null,
  limit: number,
): Promise<readonly string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select distinct a.identity_id as id from resource_assignment a
     where ${isWaiting} and ${isInScope} and not (${isHeld}) and ($3::uuid is null or a.identity_id > $3) order by 1 limit $4`,
    [scope.identityIds, scope.resourceTypes, afterId, limit],
  );
  return rows.map(({ id }) => id);
}

async function order(sql: Sql, batch: OrderBatch, decide: DecideOrders): Promise<OrderedBatch> {
  const { identityIds, executionId } = batch;
  await lockIdentities(sql, identityIds);
  const waiting = await waitingChanges(sql, batch, 'for update of a');
  const orders = await decide({ waiting, open: await openOrders(sql, identityIds) }, (keys) =>
    creatingOrders(sql, keys),
  );
  const superseded = await supersede(sql, orders);
  const made = await insertOrders(sql, orders, executionId);
  const blocked = await markOrdered(sql, made);
  await appendFacts(sql, [...supersededFacts(superseded), ...createdFacts(made, blocked, executionId)]);
  await advanceRequests(sql, identityIds);
  return { orders: made, supersededCount: superseded.length };
}

async function waitingChanges(
  sql: Sql,
  { identityIds, scope, heldBack }: Pick<OrderBatch, 'identityIds' | 'scope' | 'heldBack'>,
  lock: 'for update of a' | '',
): Promise<readonly WaitingChange[]> {
  const { rows } = await sql.query<WaitingChange>(
    `select a.id as "assignmentId", a.identity_id as "identityId", a.resource_type as "resourceType", ${orderKind} as kind, a.provisioning_state as state,
       ${orderDelta} as delta, a.expected_hash as "expectedHash",
       a.pending_roles as "pendingRoles", a.desired_version::float8 as "desiredVersion"
     from resource_assignment a where ${isWaiting} and ${isInScope} and not (${isHeld})
       and (${isReleased} or not exists (select from unnest($3::text[], $4::text[]) as h(type, kind) where h.type = a.resource_type and h.kind = ${orderKind}))
     order by a.identity_id, a.resource_type ${lock}`,
    [
      identityIds,
      scope.resourceTypes,
      heldBack.map(({ resourceType }) => resourceType),
      heldBack.map(({ kind }) => kind),
    ],
  );
  return rows;
}

async function creators(sql: Sql, scope: OrderScope, keys: readonly LinkedKey[]): Promise<readonly string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select distinct a.identity_id as id from unnest($3::text[], $4::text[]) as k(type, key)
     join resource_assignment a on a.resource_type = k.type and a.resource_key = k.key
     where ${isWaiting} and ${isInScope} and not (${isHeld}) and a.delta ->> 'kind' = 'CREATE'`,
    [scope.identityIds, scope.resourceTypes, keys.map(({ resourceType }) => resourceType), keys.map(({ key }) => key)],
  );
  return rows.map(({ id }) => id);
}

const openColumns = `o.id, o.assignment_id as "assignmentId", o.identity_id as "identityId", o.resource_type as "resourceType", o.kind, o.delta ->> 'key' as key`;
const isOpen = `o.state in (${unfinishedStates.map((state) => `'${state}'`).join(', ')})`;

async function openOrders(sql: Sql, identityIds: readonly string[]): Promise<readonly OpenOrder[]> {
  const { rows } = await sql.query<OpenOrder>(
    `select ${openColumns} from provisioning_order o where o.identity_id = any($1::uuid[]) and ${isOpen} order by o.number`,
    [identityIds],
  );
  return rows;
}

async function creatingOrders(sql: Sql, keys: readonly LinkedKey[]): Promise<readonly OpenOrder[]> {
  const { rows } = await sql.query<OpenOrder>(
    `select distinct ${openColumns}, o.number from unnest($1::text[], $2::text[]) as k(type, key)
     join resource_assignment a on a.resource_type = k.type and a.resource_key = k.key and a.resource_id is null and a.ordered_version > 0
     join provisioning_order o on o.assignment_id = a.id and o.kind = 'CREATE' and ${isOpen} order by o.number`,
    [keys.map(({ resourceType }) => resourceType), keys.map(({ key }) => key)],
  );
  return rows;
}

/** Older orders of the same accounts that nobody holds and that were surely not applied. Any other is settled first; the new one waits in line. */
async function supersede(sql: Sql, orders: readonly NewOrder[]): Promise<readonly SupersededOrder[]> {
  if (orders.length === 0) return [];
  const { rows } = await sql.query<SupersededOrder & { readonly replacement: string }>(
    `with older as (
       select o.id, o.created_at, o.state, n.id as replacement from unnest($1::uuid[], $2::uuid[]) as n(assignment, id)
       join provisioning_order o on o.assignment_id = n.assignment
       where ${isEndable}
       for update of o)
     update provisioning_order o set ${endedColumns}
     from older where o.id = older.id and o.created_at = older.created_at
     returning o.id, o.identity_id as "identityId", o.resource_type as "resourceType", o.connection, older.state as before, older.replacement`,
    [orders.map(({ assignmentId }) => assignmentId), orders.map(({ id }) => id)],
  );
  if (rows.length > 0) await redirectDependents(sql, rows);
  await hurryUncertain(
    sql,
    orders.map(({ assignmentId }) => assignmentId),
  );
  return rows;
}

/** Who waited for the old order waits for the new one. */
async function redirectDependents(
  sql: Sql,
  superseded: readonly { readonly id: string; readonly replacement: string }[],
): Promise<void> {
  await sql.query(
    `update provisioning_order o set depends_on = array(
       select distinct coalesce(s.replacement, d.id) from unnest(o.depends_on) as d(id) left join unnest($1::uuid[], $2::uuid[]) as s(id, replacement) on s.id = d.id)
     where o.state in ('PENDING', 'AWAITING_APPROVAL') and o.depends_on <> '{}' and o.depends_on && $1::uuid[]`,
    [superseded.map(({ id }) => id), superseded.map(({ replacement }) => replacement)],
  );
}

/**
 * What is written is copied from the accounts, which are locked: sending it back and forth would cost as much as all the rest.
 * Answers the orders as they were made: behind an older one of the same resource that waits for approval, each waits for approval.
 */
async function insertOrders(
  sql: Sql,
  orders: readonly NewOrder[],
  executionId: string | null,
): Promise<readonly NewOrder[]> {
  if (orders.length === 0) return [];
  const { rows } = await sql.query<{ id: string }>(
    `with made as (
       insert into provisioning_order (id, assignment_id, identity_id, resource_type, connection, target, kind, delta, expected_hash, pending_roles, state,
         desired_version, lane, depends_on, job_execution_id, mode, validity_hours)
       select s.id, a.id, a.identity_id, a.resource_type, s.connection, s.target, s.kind, ${orderDelta}, a.expected_hash, a.pending_roles,
         case when exists (
           select from provisioning_order older where older.connection = s.connection and older.state = 'AWAITING_APPROVAL' and older.assignment_id <> a.id
             and older.target_resource = case when s.target = '*' then s.key else s.target end) then 'AWAITING_APPROVAL' else s.state end,
         a.desired_version, s.lane, s."dependsOn", $2::uuid, s.mode, s."validityHours"
       from json_to_recordset($1::json) as s(position int, id uuid, "assignmentId" uuid, connection text, target text, key text, kind text, state text,
         lane int, mode text, "validityHours" int, "dependsOn" uuid[])
       join resource_assignment a on a.id = s."assignmentId"
       order by s.position
       returning id, state)
     select id from made where state = 'AWAITING_APPROVAL'`,
    [JSON.stringify(orders.map(orderColumns)), executionId],
  );
  const awaiting = new Set(rows.map(({ id }) => id));
  return orders.map((made) => (awaiting.has(made.id) ? { ...made, state: 'AWAITING_APPROVAL' } : made));
}

const orderColumns = ({ delta, identityId: _, ...made }: NewOrder, position: number) => ({
  position,
  id: made.id,
  assignmentId: made.assignmentId,
  connection: made.connection,
  target: made.target,
  key: delta.key,
  kind: made.kind,
  state: made.state,
  lane: made.lane,
  mode: made.mode,
  validityHours: made.validityHours,
  dependsOn: made.dependsOn,
});

/** Answers what changed for accounts that were free to go and now wait behind another one, by account id. */
async function markOrdered(
  sql: Sql,
  orders: readonly NewOrder[],
): Promise<ReadonlyMap<string, readonly AssignmentChange[]>> {
  const idsIn = (wanted: NewOrder['state']): readonly string[] =>
    orders.filter(({ state }) => state === wanted).map(({ assignmentId }) => assignmentId);
  const [free, awaiting] = [idsIn('PENDING'), idsIn('AWAITING_APPROVAL')];
  if (free.length > 0)
    await sql.query('update resource_assignment set ordered_version = desired_version where id = any($1::uuid[])', [
      free,
    ]);
  if (awaiting.length === 0) return new Map();
  const { rows } = await sql.query<Omit<ChangedAccount, 'isGone'>>(
    `with before as (select id, provisioning_state as state from resource_assignment where id = any($1::uuid[]))
     update resource_assignment a set proposed_version = a.desired_version, provisioning_state = 'AWAITING_APPROVAL', updated_at = clock_timestamp()
     from before b where a.id = b.id
     returning a.id, a.identity_id as "identityId", a.resource_type as "resourceType", a.workflow_state as "workflowState",
       b.state as "from", a.provisioning_state as "to", a.pending_roles as "pendingRoles"`,
    [awaiting],
  );
  const blocked = rows.filter(({ from, to }) => from !== to).map((row) => ({ ...row, isGone: false }));
  return assignmentChangesOf(sql, blocked);
}

function createdFacts(
  orders: readonly NewOrder[],
  blocked: ReadonlyMap<string, readonly AssignmentChange[]>,
  executionId: string | null,
): readonly Fact[] {
  const ofIdentity = new Map<string, NewOrder[]>();
  for (const made of orders) ofIdentity.set(made.identityId, [...(ofIdentity.get(made.identityId) ?? []), made]);
  return [...ofIdentity].map(([identityId, own]) => {
    const assignments = own.flatMap(({ assignmentId }) => blocked.get(assignmentId) ?? []);
    return {
      kind: 'OrderCreated',
      identityId,
      orders: own.map(createdChange),
      ...(assignments.length === 0 ? {} : { assignments }),
      ...(executionId === null ? {} : { executionId }),
    };
  });
}

const createdChange = ({ id, resourceType, connection, identityId, state }: NewOrder): OrderChange => ({
  orderId: id,
  resourceType,
  connection,
  identityId,
  previousState: null,
  state,
});
