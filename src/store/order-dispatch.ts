// The hand-over of orders to their queues: rows and outbox in one transaction, a batch at a time.
import type { Fact, OrderChange } from '../domain/event.js';
import type { DispatchScope, DispatchStore, Dispatched } from '../steps/ports/order-generation.js';
import { healthJoin, isClaimable } from './claimable.js';
import type { Database, Sql } from './database.js';
import { appendFacts } from './event.js';
import { transmitReady } from './order-transmission.js';

export const orderDispatchStore = (database: Database): DispatchStore => ({
  transmit: (scope) => transmitReady(database, scope),
  dispatch: (scope, limit, after) => database.transaction((sql) => dispatch(sql, scope, limit, after)),
});

interface Taken extends Omit<OrderChange, 'previousState' | 'state'> {
  readonly isReady: boolean;
  readonly number: string;
}

/**
 * An order that is not ready is released (`next_attempt_at`): its predecessor, or the sweep, queues it as soon as it is.
 * Orders are picked first and then asked whether they are ready: in one step all that wait were sorted for each batch.
 */
async function dispatch(
  sql: Sql,
  { identityIds, executionId }: DispatchScope,
  limit: number,
  after: string | null,
): Promise<Dispatched> {
  const { rows } = await sql.query<Taken>(
    `with picked as materialized (
       select o.id, o.created_at from provisioning_order o
       where o.state = 'PENDING' and o.mode = 'AUTOMATIC' and o.queued_at is null and o.next_attempt_at is null and o.lease_until is null
         and ($1::uuid[] is null or o.identity_id = any($1)) and ($2::uuid is null or o.job_execution_id = $2)
         and ($4::bigint is null or o.number > $4)
       order by o.number limit $3 for update of o skip locked),
     chosen as materialized (
       select o.id, o.created_at, ${isClaimable} as ready
       from picked join provisioning_order o on o.id = picked.id and o.created_at = picked.created_at ${healthJoin}),
     taken as (
       update provisioning_order o set queued_at = case when c.ready then clock_timestamp() end, next_attempt_at = case when not c.ready then clock_timestamp() end
       from chosen c where o.id = c.id and o.created_at = c.created_at
       returning o.id, o.connection, o.resource_type, o.identity_id, o.attempt, o.lane, o.number, c.ready),
     queued as (
       insert into outbox (queue, name, job_id, row_id, priority)
       select 'provision.' || connection, 'order', id || '-' || (attempt + 1), id, lane + 1 from taken where ready order by lane, number)
     select id as "orderId", resource_type as "resourceType", connection, identity_id as "identityId", ready as "isReady", number::text as number from taken order by number`,
    [identityIds, executionId, limit, after],
  );
  const ready = rows.filter(({ isReady }) => isReady);
  if (ready.length > 0) await appendFacts(sql, [queuedFact(ready, executionId)]);
  return { queued: ready.length, waiting: rows.length - ready.length, last: rows.at(-1)?.number ?? null };
}

const queuedFact = (ready: readonly Taken[], executionId: string | null): Fact => ({
  kind: 'OrderQueued',
  ...(executionId === null ? {} : { executionId }),
  orders: ready.map(({ isReady: _, number: __, ...order }) => ({
    ...order,
    previousState: 'PENDING',
    state: 'PENDING',
  })),
});
