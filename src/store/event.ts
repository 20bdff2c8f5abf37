// Appends facts inside the caller's transaction, and gives them their places after the commit. Reading is views/feed.ts.
import type { Fact } from '../domain/event.js';
import type { Sql } from './database.js';
import { repeated } from './repeated.js';
import { toStored } from './stored-fact.js';

export async function appendFacts(sql: Sql, facts: readonly Fact[]): Promise<void> {
  if (facts.length === 0) return;
  await sql.query(
    repeated(`insert into event (kind, identity_id, request_id, execution_id, body)
     select f.kind, f."identityId", f."requestId", f."executionId", f.body
     from json_to_recordset($1::json) as f(kind text, "identityId" uuid, "requestId" uuid, "executionId" uuid, body jsonb)`),
    [JSON.stringify(facts.map(columnsOf))],
  );
}

const columnsOf = (fact: Fact) => ({
  kind: fact.kind,
  identityId: fact.identityId,
  requestId: fact.requestId,
  executionId: fact.executionId,
  body: toStored(fact),
});

/**
 * Gives the next positions to committed events and wakes readers; answers how many. Positions are gapless and in the order
 * in which commits became visible: an event that commits late gets a later place, never one that readers have passed.
 * Only the one sequencer that leads may ask, on the connection it leads by.
 */
export async function sequenceEvents(sql: Sql, limit: number): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    repeated(`with batch as materialized (
       select id, occurred_at, row_number() over (order by id) as place from event where position is null order by id limit $1),
     total as (select count(*)::int as count from batch),
     counter as (update event_sequence set last = last + total.count from total where total.count > 0 returning last, total.count as added),
     placed as (
       update event e set position = counter.last - counter.added + batch.place from batch, counter
       where e.id = any(array(select id from batch)) and e.id = batch.id and e.occurred_at = batch.occurred_at)
     select added as count, pg_notify('joinery_event', last::text) from counter`),
    [limit],
  );
  return rows[0]?.count ?? 0;
}
