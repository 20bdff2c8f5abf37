// Queue entries: appended inside the caller's transaction, handed out to the relay (workers/) after the commit.
import type { OutboxEntry } from '../domain/outbox.js';
import type { WaitingEntry } from '../steps/ports/outbox.js';
import type { Sql } from './database.js';
import { repeated } from './repeated.js';

export async function appendOutbox(sql: Sql, entries: readonly OutboxEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await sql.query(
    repeated(`insert into outbox (queue, name, job_id, row_id, priority)
     select e.queue, e.name, e."jobId", e."rowId", e.priority
     from jsonb_to_recordset($1::jsonb) as e(queue text, name text, "jobId" text, "rowId" text, priority int)`),
    [JSON.stringify(entries)],
  );
}

/** The oldest entries. Only the one relay that leads may ask. */
export async function nextEntries(sql: Sql, limit: number): Promise<readonly WaitingEntry[]> {
  const { rows } = await sql.query<WaitingEntry>(
    repeated('select id, queue, name, job_id as "jobId", row_id as "rowId", priority from outbox order by id limit $1'),
    [limit],
  );
  return rows;
}

/** Waits for no disk: a removal that a crash undoes adds the jobs once more, under the same ids. */
export async function removeEntries(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql.query(
    repeated(`with hurried as materialized (select set_config('synchronous_commit', 'off', true))
     delete from outbox where id = any($1::bigint[]) and exists (select from hurried)`),
    [ids],
  );
}
