// Whose a database is, before the demo touches it: the demo writes what it likes and must not do so elsewhere. What a person
// has applied since the demo began is the demo's still, and stays in force.
import type { Sql } from './database.js';
import { databaseOf } from './database.js';
import { openDatabase } from './data-source.js';

export interface DemoGround {
  /** What stands in the way, in words; null when the database is empty or was begun by the demo. */
  readonly foreign: string | null;
  /** Who applied the configuration that is in force; null when it is one of the demo's own, or there is none. */
  readonly changedBy: string | null;
}

const untouched: DemoGround = { foreign: null, changedBy: null };

export async function demoGround(url: string, demoActor: string): Promise<DemoGround> {
  const { dataSource, close } = await openDatabase(
    { url, poolSize: 1, applicationName: 'joinery-demo-check' },
    Math.random,
  );
  try {
    const sql = databaseOf(dataSource, Math.random);
    const { rows } = await sql.query<{ own: boolean; tables: string }>(
      `select to_regclass('configuration_version') is not null as own, count(*)::text as tables
       from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema')`,
    );
    if (rows[0]?.own === true) return await groundOf(sql, demoActor);
    return rows[0]?.tables === '0'
      ? untouched
      : { ...untouched, foreign: `${rows[0]?.tables} tables that are not Joinery's` };
  } finally {
    await close();
  }
}

/** Who applied again what the demo once had has gone back to it. */
async function groundOf(sql: Sql, demoActor: string): Promise<DemoGround> {
  const { rows } = await sql.query<{ firstBy: string; newestBy: string; isDemos: boolean }>(
    `select first.applied_by as "firstBy", newest.applied_by as "newestBy",
       exists (select from configuration_version v where v.digest = newest.digest and v.applied_by = $1) as "isDemos"
     from (select applied_by from configuration_version order by version limit 1) as first,
       (select applied_by, digest from configuration_version order by version desc limit 1) as newest`,
    [demoActor],
  );
  const [row] = rows;
  if (row === undefined) return untouched;
  if (row.firstBy !== demoActor) return { ...untouched, foreign: `a configuration applied by ${row.firstBy}` };
  return { foreign: null, changedBy: row.isDemos ? null : row.newestBy };
}
