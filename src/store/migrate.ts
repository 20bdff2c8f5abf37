// Brings a database to the schema this program knows. Safe to run by several processes at once.
import { openDatabase } from './data-source.js';

const migrationLock = 7_281_000;

/** Applies what is missing and returns the names applied. */
export async function migrate(url: string): Promise<readonly string[]> {
  const database = await openDatabase({ url, poolSize: 2, applicationName: 'joinery-migrate' }, Math.random);
  const holder = database.dataSource.createQueryRunner();
  try {
    await holder.query('select pg_advisory_lock($1)', [migrationLock]);
    const applied = await database.dataSource.runMigrations({ transaction: 'each' });
    await holder.query('select ensure_partitions(clock_timestamp()::date)');
    return applied.map((migration) => migration.name);
  } finally {
    await holder.query('select pg_advisory_unlock($1)', [migrationLock]).catch(() => undefined);
    await holder.release();
    await database.close();
  }
}
