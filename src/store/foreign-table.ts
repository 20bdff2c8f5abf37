// Whether a database holds anything that is not the demo's: the demo writes what it likes and must not do so elsewhere.
import { databaseOf } from './database.js';
import { openDatabase } from './data-source.js';

/** What stands in the way, in words; null when the database is empty or the demo's own. */
export async function foreignToDemo(url: string, demoActor: string): Promise<string | null> {
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
    if (rows[0]?.own !== true)
      return rows[0]?.tables === '0' ? null : `${rows[0]?.tables} tables that are not Joinery's`;
    const applied = await sql.query<{ by: string }>(
      'select applied_by as by from configuration_version where applied_by <> $1 limit 1',
      [demoActor],
    );
    return applied.rows[0] === undefined ? null : `a configuration applied by ${applied.rows[0].by}`;
  } finally {
    await close();
  }
}
