// Finds in the rows what queues forgot, and queues it again. A job too many is harmless: every worker asks the row first.
import { isBlindDelta } from './blind-order.js';
import type { OutboxEntry } from '../domain/outbox.js';
import { provisionQueue } from '../domain/outbox.js';
import type { SweepStore } from '../steps/ports/sweep.js';
import { healthJoin, isClaimable } from './claimable.js';
import type { Database, Sql } from './database.js';
import { isDecision } from './dirty-identity.js';
import { verificationPriority } from './order-settlement.js';
import { transmitReady } from './order-transmission.js';
import { expireTickets } from './order-validity.js';
import { appendOutbox } from './outbox.js';
import { orderEntry, queuedColumns, type QueuedOrder } from './queued-order.js';

/** Entries one sweep makes of each sort; the next one goes on. */
const batchSize = 5_000;
/** A job younger than this may be on its way from the outbox. */
const onItsWay = `interval '5 seconds'`;
/** How long a job is trusted while its queue is busy. In a long queue it may well be there still: one too many is cheap, thousands are not. */
const patience = `interval '5 minutes'`;
const patienceForLeavers = `interval '1 minute'`;
const computationPatience = `interval '2 minutes'`;
const agedBatchSize = 1_000;
const isNotInOutbox = 'not exists (select from outbox w where w.row_id = o.id::text)';

export const sweepStore = (database: Database): SweepStore => ({
  transmitDue: () => transmitReady(database, { identityIds: null, executionId: null }),
  expireTickets: () => expireTickets(database),
  enqueueDue: () => database.transaction(enqueueDue),
  enqueueAbandoned: () => database.transaction(enqueueAbandoned),
  enqueueLost: (connection) => database.transaction((sql) => enqueueLost(sql, connection)),
  enqueueLostComputations: () => database.transaction((sql) => enqueueLostComputations(sql, onItsWay, batchSize)),
  enqueueAged: () => database.transaction(enqueueAged),
});

async function enqueueDue(sql: Sql): Promise<number> {
  const isReleased = 'o.queued_at is null and o.next_attempt_at <= clock_timestamp()';
  const orders = await queueOrders(sql, `${isClaimable} and ${isReleased}`, []);
  const looks = await queueLooks(sql, 'o.next_attempt_at <= clock_timestamp()', []);
  return orders + looks;
}

/** Queued once a lost lease: an order whose turn takes long is not queued again and again. */
function enqueueAbandoned(sql: Sql): Promise<number> {
  return queueOrders(
    sql,
    `${isClaimable} and o.lease_until is not null and coalesce(o.queued_at < o.lease_until, true)`,
    [],
  );
}

async function enqueueLost(sql: Sql, connection: string): Promise<number> {
  const isForgotten = `o.connection = $2 and o.queued_at < clock_timestamp() - ${onItsWay}
    and not exists (select from outbox w where w.queue = 'provision.' || $2)`;
  const orders = await queueOrders(sql, `${isClaimable} and ${isForgotten}`, [connection]);
  const looks = await queueLooks(sql, `o.next_attempt_at is null and ${isForgotten}`, [connection]);
  return orders + looks;
}

/** Whose job may be gone although the queue is not empty: it failed too often by a fault, or a part of the queue was lost. */
async function enqueueAged(sql: Sql): Promise<number> {
  const orders = await queueAgedOrders(sql);
  const isAged = `o.next_attempt_at is null and o.queued_at < clock_timestamp() - ${patience}`;
  const looks = await queueLooks(sql, `${isAged} and ${isNotInOutbox}`, [], agedBatchSize);
  return orders + looks + (await enqueueLostComputations(sql, computationPatience, agedBatchSize));
}

/** The oldest of each lane, picked before they are asked whether they may go; those that may not are released until they may. */
async function queueAgedOrders(sql: Sql): Promise<number> {
  const { rows } = await sql.query<QueuedOrder & { readonly isReady: boolean }>(
    `with picked as materialized (
       select o.id, o.created_at from provisioning_order o
       where o.state = 'PENDING' and o.mode = 'AUTOMATIC' and o.queued_at < clock_timestamp() - case when o.lane = 0 then ${patienceForLeavers} else ${patience} end
         and (o.lease_until is null or o.lease_until <= clock_timestamp()) and ${isNotInOutbox}
       order by o.lane, o.queued_at limit $1 for update of o skip locked),
     aged as materialized (
       select o.id, o.created_at, ${isClaimable} as ready
       from picked p join provisioning_order o on o.id = p.id and o.created_at = p.created_at ${healthJoin})
     update provisioning_order o set queued_at = case when a.ready then clock_timestamp() end,
       next_attempt_at = case when a.ready then o.next_attempt_at else coalesce(o.next_attempt_at, clock_timestamp()) end
     from aged a where o.id = a.id and o.created_at = a.created_at
     returning ${queuedColumns}, a.ready as "isReady"`,
    [agedBatchSize],
  );
  const ready = rows.filter(({ isReady }) => isReady);
  const cause = await causeOf(sql);
  await appendOutbox(
    sql,
    ready.map((row) => orderEntry(row, cause)),
  );
  return ready.length;
}

async function queueOrders(sql: Sql, condition: string, parameters: readonly unknown[]): Promise<number> {
  const { rows } = await sql.query<QueuedOrder>(
    `with due as (
       select o.id, o.created_at from provisioning_order o ${healthJoin} where ${condition}
       order by o.lane, o.number limit $1 for update of o skip locked)
     update provisioning_order o set queued_at = clock_timestamp() from due d where o.id = d.id and o.created_at = d.created_at
     returning ${queuedColumns}`,
    [batchSize, ...parameters],
  );
  const cause = await causeOf(sql);
  await appendOutbox(
    sql,
    rows.map((row) => orderEntry(row, cause)),
  );
  return rows.length;
}

/** Executed orders to be looked at: not while their connection is away. */
async function queueLooks(
  sql: Sql,
  condition: string,
  parameters: readonly unknown[],
  limit: number = batchSize,
): Promise<number> {
  const { rows } = await sql.query<QueuedOrder>(
    `with due as (
       select o.id, o.created_at from provisioning_order o ${healthJoin}
       where o.state = 'EXECUTED' and coalesce(h.status, 'CLOSED') = 'CLOSED' and ${condition} and not ${isBlindDelta('o.delta')}
       order by o.executed_at limit $1 for update of o skip locked)
     update provisioning_order o set queued_at = clock_timestamp(), next_attempt_at = null from due d where o.id = d.id and o.created_at = d.created_at
     returning ${queuedColumns}`,
    [limit, ...parameters],
  );
  const cause = await causeOf(sql);
  await appendOutbox(
    sql,
    rows.map(
      (row): OutboxEntry => ({
        queue: provisionQueue(row.connection),
        name: 'verify',
        jobId: `${row.id}-v${row.attempt}-${cause}`,
        rowId: row.id,
        priority: verificationPriority,
      }),
    ),
  );
  return rows.length;
}

/** Sets the jobs of this sweep apart from all earlier ones. */
async function causeOf(sql: Sql): Promise<string> {
  const { rows } = await sql.query<{ cause: string }>(
    `select 's' || (extract(epoch from clock_timestamp()) * 1000)::bigint as cause`,
  );
  return rows[0]?.cause ?? 's';
}

/** What a person decided must not wait for the next job; other causes may. */
async function enqueueLostComputations(sql: Sql, age: string, limit: number): Promise<number> {
  const { rows } = await sql.query<{ id: string }>(
    `select identity_id as id from dirty_identity
     where ${isDecision('reason')} and since < clock_timestamp() - ${age} and not exists (select from outbox w where w.queue = 'compute')
     order by since limit $1`,
    [limit],
  );
  const cause = await causeOf(sql);
  await appendOutbox(
    sql,
    rows.map(
      ({ id }): OutboxEntry => ({
        queue: 'compute',
        name: 'identities',
        jobId: `${id}-${cause}`,
        rowId: id,
        priority: 0,
      }),
    ),
  );
  return rows.length;
}
