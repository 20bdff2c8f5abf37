// Leases of orders: claiming, renewing, handing back. Time is the database's; a claim hands out a fencing token that every
// later write must show. What became of an order is order-settlement.ts'.
import type { Fact } from '../domain/event.js';
import type { Digest } from '../domain/resource.js';
import type { Claim, HeldOrder, OrderExecutionBatches } from '../steps/ports/provisioning-order.js';
import { healthJoin, isClaimable } from './claimable.js';
import type { Database, Sql } from './database.js';
import { repeated } from './repeated.js';
import { appendFacts } from './event.js';
import { settleOrders } from './order-settlement.js';

/** How long a holder that says nothing keeps an order. It renews every third of it. */
export const leaseSeconds = 15;

/** `holder` names this process in the rows; `digest` is that of the computation. */
export const orderExecutionStore = (database: Database, holder: string, digest: Digest): OrderExecutionBatches => ({
  claim: (orderIds) => database.transaction((sql) => claim(sql, orderIds, holder)),
  settle: (settlements) => database.transaction((sql) => settleOrders(sql, settlements, digest)),
  renew: (order) => database.transaction((sql) => renew(sql, order)),
  handBack: (orders) => handBack(database, orders),
});

async function claim(sql: Sql, orderIds: readonly string[], holder: string): Promise<readonly Claim[]> {
  await takeTargets(sql, orderIds);
  const held = await lease(sql, orderIds, holder);
  const orders = new Map(held.map((row) => [row.id, toHeldOrder(row)]));
  const busy = await releaseOthers(
    sql,
    orderIds.filter((id) => !orders.has(id)),
  );
  await takeTurns(
    sql,
    [...orders.values()].filter(({ isSerial }) => isSerial),
  );
  await recordInterruptions(sql, held);
  await appendFacts(sql, startedFacts([...orders.values()]));
  // A job delivered twice within one batch is one claim.
  const given = new Set<string>();
  return orderIds.map((id) => {
    const order = orders.get(id);
    if (order === undefined || given.has(id)) return busy.has(id) ? { kind: 'busy' } : { kind: 'none' };
    given.add(id);
    return { kind: 'held', order };
  });
}

/**
 * Whoever wants an order of these targets waits here until our claim is committed. Row locks alone would not do: an order
 * whose number is lower may be committed after one with a higher number was claimed.
 */
async function takeTargets(sql: Sql, orderIds: readonly string[]): Promise<void> {
  await sql.query(
    repeated(`select pg_advisory_xact_lock(key) from (
       select distinct hashtextextended(connection || ' ' || target, 0) as key from provisioning_order
       where id = any($1::uuid[]) and state = 'PENDING' order by key) as ordered`),
    [orderIds],
  );
}

interface LeasedRow {
  readonly id: string;
  readonly createdAt: string;
  readonly connection: string;
  readonly resourceType: string;
  readonly identityId: string | null;
  readonly assignmentId: string;
  readonly executionId: string | null;
  readonly delta: HeldOrder['delta'];
  readonly desiredVersion: string;
  readonly presentVersion: string | null;
  readonly lane: number;
  readonly target: string;
  readonly leaseToken: string;
  readonly attempt: number;
  readonly triesUsed: number;
  readonly sinceFirstFailureMs: number;
  readonly isUncertain: boolean;
  readonly interruptions: number;
  readonly wasInterrupted: boolean;
  readonly heldSince: Date;
  readonly claimedAt: string;
}

/** Of the orders of one target that is taken in turns, the first by lane and number; of others, all that are claimable. */
async function lease(sql: Sql, orderIds: readonly string[], holder: string): Promise<readonly LeasedRow[]> {
  const { rows } = await sql.query<LeasedRow>(
    repeated(`with candidate as materialized (
       select o.id, o.created_at, o.connection, o.target, o.lane, o.number, o.lease_until is not null as was_interrupted, o.updated_at as held_since
       from provisioning_order o ${healthJoin}
       where o.id = any($1::uuid[]) and ${isClaimable}
         and (o.target <> '*' or h.turn_until is null or h.turn_until <= clock_timestamp() or h.turn_order_id = o.id)
       order by o.number for update of o skip locked),
     chosen as (
       select *, row_number() over (partition by connection, target order by lane, number) as place from candidate)
     update provisioning_order o
     set lease_token = o.lease_token + 1, lease_until = clock_timestamp() + make_interval(secs => $2), held_by = $3,
         attempt = o.attempt + 1, is_uncertain = o.is_uncertain or c.was_interrupted,
         interruptions = o.interruptions + c.was_interrupted::int, updated_at = clock_timestamp()
     from chosen c
     where o.id = c.id and o.created_at = c.created_at and (c.target <> '*' or c.place = 1)
     returning o.id, o.created_at::text as "createdAt", o.connection, o.resource_type as "resourceType", o.identity_id as "identityId",
       o.assignment_id as "assignmentId", o.job_execution_id as "executionId", o.delta, o.desired_version as "desiredVersion",
       (select w.desired_version from resource_assignment w where w.id = o.assignment_id) as "presentVersion",
       o.lane, o.target, o.lease_token as "leaseToken", o.attempt, o.tries_used as "triesUsed",
       coalesce(extract(epoch from clock_timestamp() - o.first_failed_at) * 1000, 0)::float8 as "sinceFirstFailureMs",
       o.is_uncertain as "isUncertain", o.interruptions, c.was_interrupted as "wasInterrupted", c.held_since as "heldSince", clock_timestamp()::text as "claimedAt"`),
    [orderIds, leaseSeconds, holder],
  );
  return rows;
}

const toHeldOrder = (row: LeasedRow): HeldOrder => ({
  id: row.id,
  createdAt: row.createdAt,
  connection: row.connection,
  resourceType: row.resourceType,
  identityId: row.identityId,
  assignmentId: row.assignmentId,
  executionId: row.executionId,
  delta: row.delta,
  desiredVersion: Number(row.desiredVersion),
  presentVersion: row.presentVersion === null ? null : Number(row.presentVersion),
  lane: row.lane,
  isSerial: row.target === '*',
  leaseToken: row.leaseToken,
  attempt: row.attempt,
  triesUsed: row.triesUsed,
  sinceFirstFailureMs: row.sinceFirstFailureMs,
  isUncertain: row.isUncertain,
  interruptions: row.interruptions,
  claimedAt: row.claimedAt,
});

/**
 * The jobs of orders that cannot be carried out now are used up, so the rows must say that nobody has a job for them.
 * Answers those that only wait for their turn: their jobs are kept. Orders held by others are left alone.
 */
async function releaseOthers(sql: Sql, orderIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (orderIds.length === 0) return new Set();
  const { rows } = await sql.query<{ id: string }>(
    repeated(
      `select o.id from provisioning_order o ${healthJoin} where o.id = any($1::uuid[]) and o.target = '*' and ${isClaimable}`,
    ),
    [orderIds],
  );
  const busy = new Set(rows.map(({ id }) => id));
  await sql.query(
    repeated(`update provisioning_order set queued_at = null, next_attempt_at = coalesce(next_attempt_at, clock_timestamp())
     where id = any($1::uuid[]) and state = 'PENDING' and (lease_until is null or lease_until <= clock_timestamp()) and queued_at is not null`),
    [orderIds.filter((id) => !busy.has(id))],
  );
  return busy;
}

async function takeTurns(sql: Sql, orders: readonly HeldOrder[]): Promise<void> {
  if (orders.length === 0) return;
  await sql.query(
    repeated(`insert into connection_health (connection, status, turn_order_id, turn_until)
     select c, 'CLOSED', o, clock_timestamp() + make_interval(secs => $3) from unnest($1::text[], $2::uuid[]) as t(c, o)
     on conflict (connection) do update set turn_order_id = excluded.turn_order_id, turn_until = excluded.turn_until`),
    [orders.map(({ connection }) => connection), orders.map(({ id }) => id), leaseSeconds],
  );
}

/** The try of a holder that died is kept too: nobody knows what became of it. */
async function recordInterruptions(sql: Sql, held: readonly LeasedRow[]): Promise<void> {
  const interrupted = held.filter(({ wasInterrupted }) => wasInterrupted);
  if (interrupted.length === 0) return;
  const error = {
    code: 'OUTCOME_UNKNOWN',
    message: 'The worker stopped before it could say what became of this try.',
    hint: 'Nothing to do: the next try reads the target first.',
    targetCode: null,
    targetMessage: null,
    isRetryable: true,
    fingerprint: 'worker-stopped',
  };
  await sql.query(
    repeated(`insert into provisioning_attempt (order_id, connection, number, started_at, finished_at, outcome, error)
     select i.id, i.connection, i.number, i.started_at, clock_timestamp(), 'UNKNOWN', $2::jsonb
     from jsonb_to_recordset($1::jsonb) as i(id uuid, connection text, number int, started_at timestamptz)
     on conflict do nothing`),
    [
      JSON.stringify(
        interrupted.map(({ id, connection, attempt, heldSince }) => ({
          id,
          connection,
          number: attempt - 1,
          started_at: heldSince,
        })),
      ),
      JSON.stringify(error),
    ],
  );
}

/** One fact a connection and claim: what changed is only who holds the orders. */
function startedFacts(orders: readonly HeldOrder[]): readonly Fact[] {
  const connections = [...new Set(orders.map(({ connection }) => connection))];
  return connections.map((connection) => ({
    kind: 'OrderStarted',
    connection,
    orders: orders
      .filter((order) => order.connection === connection)
      .map(({ id, resourceType, identityId }) => ({
        orderId: id,
        resourceType,
        connection,
        identityId,
        previousState: 'PENDING',
        state: 'PENDING',
      })),
  }));
}

async function renew(sql: Sql, order: HeldOrder): Promise<boolean> {
  const { count } = await sql.query(
    repeated(`update provisioning_order set lease_until = clock_timestamp() + make_interval(secs => $4)
     where id = $1 and created_at = $2::timestamptz and lease_token = $3 and state = 'PENDING' and lease_until > clock_timestamp()`),
    [order.id, order.createdAt, order.leaseToken, leaseSeconds],
  );
  if (count > 0 && order.isSerial) {
    await sql.query(
      'update connection_health set turn_until = clock_timestamp() + make_interval(secs => $2) where turn_order_id = $1',
      [order.id, leaseSeconds],
    );
  }
  return count > 0;
}

/** The lease ends now and stays visible as one that ended without an outcome. */
async function handBack(sql: Sql, orders: readonly HeldOrder[]): Promise<void> {
  if (orders.length === 0) return;
  await sql.query(
    repeated(`update provisioning_order o set lease_until = clock_timestamp(), queued_at = null, next_attempt_at = coalesce(o.next_attempt_at, clock_timestamp())
     from jsonb_to_recordset($1::jsonb) as h(id uuid, "createdAt" timestamptz, "leaseToken" bigint)
     where o.id = h.id and o.created_at = h."createdAt" and o.lease_token = h."leaseToken" and o.state = 'PENDING'`),
    [JSON.stringify(orders.map(({ id, createdAt, leaseToken }) => ({ id, createdAt, leaseToken })))],
  );
  await sql.query(
    'update connection_health set turn_order_id = null, turn_until = null where turn_order_id = any($1::uuid[])',
    [orders.filter(({ isSerial }) => isSerial).map(({ id }) => id)],
  );
}
