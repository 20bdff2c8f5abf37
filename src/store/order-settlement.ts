// What became of leased orders, many at once: order, account, attempts, facts and what must be queued next, in the caller's
// transaction. Nothing is written for an order whose lease was lost. Decides nothing: settlements come from the steps.
import type { AssignmentChange } from '../domain/assignment.js';
import type { Fact, FactKind } from '../domain/event.js';
import { type OutboxEntry, provisionQueue } from '../domain/outbox.js';
import type { ProvisioningState } from '../domain/provisioning-state.js';
import type { Digest } from '../domain/resource.js';
import { isBlind } from '../domain/verification.js';
import type { HeldOrder, Settlement } from '../steps/ports/provisioning-order.js';
import { assignmentChangesOf, type ChangedAccount, lockIdentities } from './assignment-change.js';
import { healthJoin, isClaimable } from './claimable.js';
import { noteAnswers } from './connection-health.js';
import type { Sql } from './database.js';
import { repeated } from './repeated.js';
import { appendFacts } from './event.js';
import { followGivenKeys, withoutClashes } from './given-key.js';
import { appendOutbox } from './outbox.js';
import { orderEntry, queuedColumns, type QueuedOrder } from './queued-order.js';
import { markRefused } from './reserved-value.js';
import { advanceRequests } from './request-progress.js';

/** After the orders themselves: an urgent change is written before anything is read back. */
export const verificationPriority = 10;

export async function settleOrders(
  sql: Sql,
  asked: readonly Settlement[],
  digest: Digest,
): Promise<readonly boolean[]> {
  await lockIdentities(
    sql,
    asked.map(({ order }) => order.identityId),
  );
  const settlements = await withoutClashes(sql, asked, digest);
  const written = await writeOrders(sql, settlements);
  const accepted = settlements.filter(({ order }) => written.has(order.id));
  const accounts = await writeAccounts(sql, accepted);
  await followGivenKeys(sql, accepted, digest);
  const changes = await assignmentChangesOf(sql, [...accounts.values()]);
  await insertAttempts(sql, accepted);
  await appendFacts(
    sql,
    accepted.map((settlement) => factOf(settlement, changes.get(settlement.order.assignmentId) ?? [])),
  );
  await appendOutbox(sql, [...verificationsOf(accepted), ...(await successorsOf(sql, accepted))]);
  await releaseTurns(sql, accepted);
  await throttle(sql, accepted);
  await noteAnswers(
    sql,
    accepted.filter(({ kind }) => kind === 'executed' || kind === 'failed').map(({ order }) => order.connection),
  );
  await markRefused(sql, accepted.flatMap(takenByOthers));
  await advanceRequests(sql, decidedIdentities(accepted));
  return settlements.map(({ order }) => written.has(order.id));
}

/** «Already there» may be about a value that was thought to be free. */
const takenByOthers = (settlement: Settlement): Parameters<typeof markRefused>[1] => {
  if (settlement.kind !== 'failed' || settlement.error.code !== 'ALREADY_EXISTS') return [];
  const { identityId, resourceType } = settlement.order;
  return identityId === null ? [] : [{ identityId, resourceType }];
};

const stateOf = (settlement: Settlement): ProvisioningState => {
  switch (settlement.kind) {
    case 'executed':
      return 'EXECUTED';
    case 'failed':
      return 'ERRORED';
    case 'waiting':
      return 'PENDING';
    case 'superseded':
      return 'INACTIVE';
    default:
      return settlement satisfies never;
  }
};

async function writeOrders(sql: Sql, settlements: readonly Settlement[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql.query<{ id: string }>(
    repeated(`update provisioning_order o
     set state = s.state, error = s.error, waiting_reason = s.reason, is_uncertain = coalesce(s.uncertain, false), interruptions = 0,
         tries_used = coalesce(s.tries, o.tries_used),
         first_failed_at = case when s.error is null then null else coalesce(o.first_failed_at, clock_timestamp()) end,
         next_attempt_at = clock_timestamp() + make_interval(secs => s.delay / 1000.0),
         queued_at = case when s.state = 'EXECUTED' then clock_timestamp() end,
         executed_at = case when s.state = 'EXECUTED' then clock_timestamp() end,
         lease_until = null, held_by = null, version = o.version + 1, updated_at = clock_timestamp()
     from jsonb_to_recordset($1::jsonb) as s(id uuid, created timestamptz, token bigint, state text, error jsonb, reason text,
       uncertain boolean, tries int, delay float8)
     where o.id = any($2::uuid[]) and o.id = s.id and o.created_at = s.created and o.lease_token = s.token and o.state = 'PENDING' and o.lease_until is not null
     returning o.id`),
    [JSON.stringify(settlements.map(orderColumns)), settlements.map(({ order }) => order.id)],
  );
  return new Set(rows.map(({ id }) => id));
}

function orderColumns(settlement: Settlement): Readonly<Record<string, unknown>> {
  const { order } = settlement;
  return {
    id: order.id,
    created: order.createdAt,
    token: order.leaseToken,
    state: stateOf(settlement),
    error: 'error' in settlement ? settlement.error : null,
    ...(settlement.kind === 'waiting'
      ? {
          reason: settlement.reason,
          uncertain: settlement.isUncertain,
          tries: settlement.triesUsed,
          delay: settlement.delayMs,
        }
      : {}),
  };
}

/** By order id. An account whose wish has changed since is left alone: the newer order will tell. */
async function writeAccounts(
  sql: Sql,
  settlements: readonly Settlement[],
): Promise<ReadonlyMap<string, ChangedAccount>> {
  const decided = settlements.filter(({ kind }) => kind === 'executed' || kind === 'failed');
  if (decided.length === 0) return new Map();
  const { rows } = await sql.query<Omit<ChangedAccount, 'isGone'> & { readonly orderId: string }>(
    repeated(`with wanted as (
       select s.*, a.provisioning_state as before from jsonb_to_recordset($1::jsonb) as s("orderId" uuid, id uuid, version bigint, state text, final boolean)
       join resource_assignment a on a.id = s.id where a.id = any($2::uuid[]) order by a.id for update of a)
     update resource_assignment a set provisioning_state = w.state, final_version = case when w.final then w.version end, updated_at = clock_timestamp()
     from wanted w
     where a.id = any($2::uuid[]) and a.id = w.id and a.desired_version = w.version and a.provisioning_state in ('PENDING', 'EXECUTED', 'ERRORED')
     returning w."orderId", a.id, a.identity_id as "identityId", a.resource_type as "resourceType", a.workflow_state as "workflowState",
       w.before as "from", a.provisioning_state as "to", a.pending_roles as "pendingRoles"`),
    [
      JSON.stringify(
        decided.map((settlement) => ({
          orderId: settlement.order.id,
          id: settlement.order.assignmentId,
          version: settlement.order.desiredVersion,
          state: stateOf(settlement),
          // Nobody will see it: it ends with the system's yes.
          final: settlement.kind === 'executed' && isBlind(settlement.order.delta),
        })),
      ),
      decided.map(({ order }) => order.assignmentId),
    ],
  );
  return new Map(rows.map(({ orderId, ...account }) => [orderId, { ...account, isGone: false }]));
}

async function insertAttempts(sql: Sql, settlements: readonly Settlement[]): Promise<void> {
  await sql.query(
    repeated(`insert into provisioning_attempt (order_id, connection, number, started_at, finished_at, outcome, error, steps)
     select s.id, s.connection, s.number, s.started, clock_timestamp(), s.outcome, s.error, s.steps
     from jsonb_to_recordset($1::jsonb) as s(id uuid, connection text, number int, started timestamptz, outcome text, error jsonb, steps jsonb)
     on conflict do nothing`),
    [
      JSON.stringify(
        settlements.map(({ order, attempt }) => ({
          id: order.id,
          connection: order.connection,
          number: order.attempt,
          started: order.claimedAt,
          outcome: attempt.outcome,
          error: attempt.error,
          steps: attempt.steps,
        })),
      ),
    ],
  );
}

const factKinds = {
  executed: 'OrderExecuted',
  failed: 'OrderErrored',
  waiting: 'OrderRetrying',
  superseded: 'OrderSuperseded',
} as const satisfies Readonly<Record<Settlement['kind'], FactKind>>;

function factOf(settlement: Settlement, assignments: readonly AssignmentChange[]): Fact {
  const { order } = settlement;
  return {
    ...(order.identityId === null ? {} : { identityId: order.identityId }),
    ...(order.executionId === null ? {} : { executionId: order.executionId }),
    kind: factKinds[settlement.kind],
    connection: order.connection,
    orders: [orderChange(order, stateOf(settlement))],
    assignments,
    ...('error' in settlement ? { detail: { code: settlement.error.code, message: settlement.error.message } } : {}),
  };
}

const orderChange = (order: HeldOrder, state: ProvisioningState) => ({
  orderId: order.id,
  resourceType: order.resourceType,
  connection: order.connection,
  identityId: order.identityId,
  previousState: 'PENDING' as const,
  state,
});

const verificationsOf = (settlements: readonly Settlement[]): readonly OutboxEntry[] =>
  settlements
    .filter(({ kind }) => kind === 'executed')
    .map(({ order }) => ({
      queue: provisionQueue(order.connection),
      name: 'verify',
      jobId: `${order.id}-v${order.attempt}`,
      rowId: order.id,
      priority: verificationPriority,
    }));

/**
 * Orders that waited for these: the next of the same target resource, if it had a job before, and those that depended on one.
 * They would be found by the sweep too; here they lose no time.
 */
async function successorsOf(sql: Sql, settlements: readonly Settlement[]): Promise<readonly OutboxEntry[]> {
  const ended = settlements.filter(({ kind }) => kind !== 'waiting');
  const finished = ended.map(({ order }) => order.id);
  const connections = [...new Set(ended.map(({ order }) => order.connection))];
  if (finished.length === 0 || !(await canAnyFollow(sql, connections))) return [];
  const { rows } = await sql.query<QueuedOrder>(
    repeated(`with waiting as (
       select n.id, n.created_at from provisioning_order f
       join provisioning_order n on n.connection = f.connection and n.target_resource = f.target_resource
       where f.id = any($1::uuid[]) and n.state = 'PENDING' and n.queued_at is null and n.next_attempt_at is not null
       union
       select n.id, n.created_at from provisioning_order n
       where n.state = 'PENDING' and n.depends_on <> '{}' and n.depends_on && $1::uuid[] and n.queued_at is null),
     ready as (
       select o.id, o.created_at from waiting w join provisioning_order o on o.id = w.id and o.created_at = w.created_at ${healthJoin}
       where ${isClaimable})
     update provisioning_order o set queued_at = clock_timestamp() from ready r where o.id = r.id and o.created_at = r.created_at
     returning ${queuedColumns}`),
    [finished],
  );
  return rows.map((row) => orderEntry(row, `n${finished[0]?.slice(-12) ?? ''}`));
}

/** Cheap where everything that waits there has its job, which is so in a mass run: planning the search below costs far more than running it. */
async function canAnyFollow(sql: Sql, connections: readonly string[]): Promise<boolean> {
  const { rows } = await sql.query<{ readonly found: boolean }>(
    repeated(`select exists (select from provisioning_order where state = 'PENDING' and queued_at is null and mode = 'AUTOMATIC'
       and (connection = any($1::text[]) or depends_on <> '{}')) as found`),
    [connections],
  );
  return rows[0]?.found === true;
}

/** A turn ends with its order, whatever became of it. */
async function releaseTurns(sql: Sql, settlements: readonly Settlement[]): Promise<void> {
  const serial = settlements.filter(({ order }) => order.isSerial).map(({ order }) => order.id);
  if (serial.length === 0) return;
  await sql.query(
    'update connection_health set turn_order_id = null, turn_until = null where turn_order_id = any($1::uuid[])',
    [serial],
  );
}

/** A system that asked to be left alone is left alone by all its orders. */
async function throttle(sql: Sql, settlements: readonly Settlement[]): Promise<void> {
  for (const settlement of settlements) {
    if (settlement.kind !== 'waiting' || settlement.reason !== 'throttled') continue;
    await sql.query(
      repeated(`insert into connection_health (connection, status, throttled_until) values ($1, 'CLOSED', clock_timestamp() + make_interval(secs => $2 / 1000.0))
       on conflict (connection) do update set throttled_until = greatest(connection_health.throttled_until, excluded.throttled_until)`),
      [settlement.order.connection, settlement.delayMs],
    );
  }
}

const decidedIdentities = (settlements: readonly Settlement[]): readonly string[] =>
  settlements
    .filter(({ kind }) => kind !== 'waiting')
    .flatMap(({ order }) => (order.identityId === null ? [] : [order.identityId]));
