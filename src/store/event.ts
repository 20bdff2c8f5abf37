// Appends facts inside the caller's transaction. Positions are the sequencer's business, reading is views/feed.ts.
import type { Fact } from '../domain/event.js';
import type { Sql } from './database.js';

export async function appendFacts(sql: Sql, facts: readonly Fact[]): Promise<void> {
  if (facts.length === 0) return;
  await sql.query(
    `insert into event (kind, identity_id, request_id, execution_id, body)
     select f.kind, f."identityId", f."requestId", f."executionId", f.body
     from jsonb_to_recordset($1::jsonb) as f(kind text, "identityId" uuid, "requestId" uuid, "executionId" uuid, body jsonb)`,
    [JSON.stringify(facts.map((fact) => ({ ...fact, body: fact })))],
  );
}
