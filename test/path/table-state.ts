// What a database holds, as one line a table: for tests that prove that nothing changed.
import pg from 'pg';

/** Rows and a digest of their content, by table. */
export type TableState = Readonly<Record<string, string>>;

/** Written by schedules and readings that run beside the test, while nothing of the business changes. */
const ofRunning = `'{schema_migration, event_sequence, task_execution, task_part, log_entry, outbox, connection_health,
  synchronization_session, synchronization_row, synchronization_state, reconciliation_state}'`;
/** When something was looked at, or which place an event got: no content. */
const momentary = `'{seen_at, updated_at, computed_at, since, position}'`;
/** A schedule may launch an execution of its own meanwhile. */
const ofSchedules: Readonly<Record<string, string>> = {
  event: `where kind <> 'JobExecutionChanged'`,
  job_execution: `where trigger <> 'SCHEDULE'`,
};

/** Every table of the business but those named. */
export async function tableState(url: string, except: readonly string[] = []): Promise<TableState> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ readonly name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
         and not relispartition and relname <> all (${ofRunning}) order by 1`,
    );
    const lines: (readonly [string, string])[] = [];
    for (const { name } of rows.filter((row) => !except.includes(row.name)))
      lines.push([name, await lineOf(client, name)]);
    return Object.fromEntries(lines);
  } finally {
    await client.end();
  }
}

async function lineOf(client: pg.Client, table: string): Promise<string> {
  const { rows } = await client.query<{ readonly line: string }>(
    `select count(*) || ' rows ' || md5(coalesce(string_agg(content, ',' order by content), '')) as line
     from (select (to_jsonb(t) - ${momentary}::text[])::text as content from ${table} t ${ofSchedules[table] ?? ''}) as contents`,
  );
  return rows[0]?.line ?? '';
}

/** True when nothing is under way: no execution, no order, nobody to compute, nothing for a queue. */
export async function isAtRest(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ readonly rest: boolean }>(
      `select not exists (select from job_execution where finished_at is null)
         and not exists (select from provisioning_order where state in ('PENDING', 'EXECUTED'))
         and not exists (select from dirty_identity) and not exists (select from outbox)
         and not exists (select from event where position is null) as rest`,
    );
    return rows[0]?.rest === true;
  } finally {
    await client.end();
  }
}
