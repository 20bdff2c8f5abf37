// Opens the data source with the limits that keep one stuck statement from stopping the rest.
import { DataSource } from 'typeorm';
import { types } from 'pg';
import { entities } from '../entities/list.js';
import { type Database, databaseOf } from './database.js';
import { migrations } from './migrations/list.js';

// `date` is a calendar day: pg's default turns it into a local instant, which moves it by a day west of Greenwich.
types.setTypeParser(types.builtins.DATE, (text: string) => text);

export interface DatabaseOptions {
  readonly url: string;
  /** Connections of this pool. Default 10. */
  readonly poolSize?: number;
  readonly applicationName?: string;
}

export async function openDatabase(options: DatabaseOptions, random: () => number): Promise<Database> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: options.url,
    poolSize: options.poolSize ?? 10,
    applicationName: options.applicationName ?? 'joinery',
    entities: [...entities],
    migrations: [...migrations],
    migrationsTableName: 'schema_migration',
    installExtensions: false,
    uuidExtension: 'pgcrypto',
    extra: {
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
      query_timeout: 120_000,
      options: '-c statement_timeout=115s -c lock_timeout=30s -c idle_in_transaction_session_timeout=60s',
    },
  });
  await dataSource.initialize();
  return databaseOf(dataSource, random);
}
