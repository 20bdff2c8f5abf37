// Exports and their content. One that was left half-written is taken up again; content goes when it has expired.
import { actorReference } from '../domain/actor.js';
import type { OutboxEntry } from '../domain/outbox.js';
import { toGlobalId } from '../domain/global-id.js';
import type { ExportStore, ExportView } from '../steps/ports/export.js';
import { appendAudit } from './audit-entry.js';
import type { Database, Sql } from './database.js';
import { appendOutbox } from './outbox.js';

export const exportStore = (database: Database): ExportStore => ({
  open: (wish, actor) =>
    database.transaction(async (sql) => {
      const createdBy = actorReference(actor);
      await sql.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`export:${createdBy}`]);
      const { count } = await sql.query(
        `insert into export (id, subject, format, filter, state, created_by)
         select $1, $2, $3, $4, 'COMPUTING', $5 where not exists (select from export where created_by = $5 and state = 'COMPUTING')`,
        [wish.id, wish.subject, wish.format, wish.filter === null ? null : JSON.stringify(wish.filter), createdBy],
      );
      if (count === 0) return false;
      await appendOutbox(sql, [entry(wish.id, 'first')]);
      await appendAudit(sql, {
        actor: createdBy,
        action: 'export.create',
        subject: toGlobalId('Export', wish.id),
        before: null,
        after: { subject: wish.subject, format: wish.format, filter: wish.filter },
      });
      return true;
    }),
  load: (id) => load(database, id),
  begin: async (id) => void (await database.query('delete from export_part where export_id = $1', [id])),
  append: async (id, position, content) => {
    await database.query(
      `with alive as (update export set written_at = clock_timestamp() where id = $1)
       insert into export_part (export_id, position, content) values ($1, $2, $3) on conflict (export_id, position) do update set content = excluded.content`,
      [id, position, content],
    );
  },
  close: async (id, outcome) => {
    const isDone = 'rowCount' in outcome;
    await database.query(
      `update export set state = $2, row_count = $3, error = $4, expires_at = clock_timestamp() + interval '24 hours' where id = $1 and state = 'COMPUTING'`,
      [id, isDone ? 'READY' : 'FAILED', isDone ? outcome.rowCount : null, isDone ? null : outcome.error],
    );
  },
  content: (id) => contentOf(database, id),
  keep: () => database.transaction(keep),
});

const entry = (id: string, attempt: string): OutboxEntry => ({
  queue: 'jobs',
  name: 'export',
  jobId: `${id}-${attempt}`,
  rowId: id,
  priority: 0,
});

async function load(sql: Sql, id: string): Promise<ExportView | null> {
  const { rows } = await sql.query<ExportView>(
    `select id, subject, format, filter, case when expires_at < clock_timestamp() then 'EXPIRED' else state end as state, created_by as "createdBy",
       row_count as "rowCount", expires_at as "expiresAt" from export where id = $1`,
    [id],
  );
  return rows[0] ?? null;
}

async function* contentOf(sql: Sql, id: string): AsyncGenerator<string> {
  for (let position = 0; ; position += 1) {
    const { rows } = await sql.query<{ content: string }>(
      'select content from export_part where export_id = $1 and position = $2',
      [id, position],
    );
    if (rows[0] === undefined) return;
    yield rows[0].content;
  }
}

/** Since the last piece: a worker that still writes is not disturbed by a second one, however long the list is. */
const forgottenAfter = '10 minutes';

async function keep(sql: Sql): Promise<void> {
  const { rows } = await sql.query<{ id: string; attempt: string }>(
    `select id, floor(extract(epoch from clock_timestamp()) / 600)::text as attempt from export
     where state = 'COMPUTING' and written_at < clock_timestamp() - interval '${forgottenAfter}'`,
  );
  await appendOutbox(
    sql,
    rows.map(({ id, attempt }) => entry(id, attempt)),
  );
  await sql.query(`delete from export where expires_at < clock_timestamp() - interval '1 day'`);
}
