// One change of what is configured at a time: files are applied and connections made by several processes, and a name may
// be given once.
import type { Sql } from './database.js';

const configurationLock = 7_281_004;

/** Until the end of the transaction. */
export async function lockConfiguration(sql: Sql): Promise<void> {
  await sql.query('select pg_advisory_xact_lock($1)', [configurationLock]);
}
