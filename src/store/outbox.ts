// Appends queue entries inside the caller's transaction; the relay (workers/) moves them to BullMQ after the commit.
import type { OutboxEntry } from '../domain/outbox.js';
import type { Sql } from './database.js';

export async function appendOutbox(sql: Sql, entries: readonly OutboxEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await sql.query(
    `insert into outbox (queue, name, job_id, row_id, priority)
     select e.queue, e.name, e."jobId", e."rowId", e.priority
     from jsonb_to_recordset($1::jsonb) as e(queue text, name text, "jobId" text, "rowId" text, priority int)`,
    [JSON.stringify(entries)],
  );
}
