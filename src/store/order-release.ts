// Orders that a person has just let go on, approved or to be tried again: handed on at once where they may go now, else left to
// whoever makes them ready. The orders must be PENDING and their identities locked, in the caller's transaction.
import { healthJoin, isClaimable } from './claimable.js';
import type { Sql } from './database.js';
import { transmit } from './order-transmission.js';
import { appendOutbox } from './outbox.js';
import { orderEntry, queuedColumns, type QueuedOrder } from './queued-order.js';

/** `cause` sets the jobs apart from earlier ones of the same try. */
export async function releaseOrders(sql: Sql, orderIds: readonly string[], cause: string): Promise<void> {
  if (orderIds.length === 0) return;
  await transmit(sql, orderIds);
  const { rows } = await sql.query<QueuedOrder & { readonly isReady: boolean }>(
    `with freed as (
       select o.id, o.created_at, ${isClaimable} as ready from provisioning_order o ${healthJoin}
       where o.id = any($1::uuid[]) and o.state = 'PENDING')
     update provisioning_order o set queued_at = case when f.ready then clock_timestamp() end,
       next_attempt_at = case when not f.ready then clock_timestamp() end
     from freed f where o.id = f.id and o.created_at = f.created_at
     returning ${queuedColumns}, f.ready as "isReady"`,
    [orderIds],
  );
  await appendOutbox(
    sql,
    rows.filter(({ isReady }) => isReady).map((row) => orderEntry(row, cause)),
  );
}
