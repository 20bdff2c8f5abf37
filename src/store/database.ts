// The way to PostgreSQL: one TypeORM data source, plain SQL with bound parameters, and whole-transaction retry.
// Owns connections and transactions; leaves every statement to the file of its noun.
import { setTimeout as delay } from 'node:timers/promises';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { joining, onJoined } from './joined-transaction.js';
import { nameOfRepeated } from './repeated.js';

/** Runs one statement. Rows come as plain objects, bigint and numeric as text, date as ISO text. */
export interface Sql {
  query<Row>(
    text: string,
    parameters?: readonly unknown[],
  ): Promise<{ readonly rows: readonly Row[]; readonly count: number }>;
}

/** An open transaction; `manager` is TypeORM's entity manager inside it. */
export interface Transaction extends Sql {
  readonly manager: EntityManager;
}

export interface Database extends Sql {
  readonly dataSource: DataSource;
  /** Runs `work` in one transaction; the whole of it again (up to 5 tries) after a serialization failure, a deadlock or a wait for a lock that took too long. */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Everything `work` does through this database is one transaction; what it opens itself become savepoints. Not retried as a whole. */
  together<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const retryable = new Set(['40001', '40P01', '55P03']);
const tries = 5;

export const databaseOf = (dataSource: DataSource, random: () => number): Database => ({
  dataSource,
  query: async (text, parameters) => withRunner(dataSource, (runner) => run(runner, text, parameters)),
  transaction: (work) => transact(dataSource, random, work),
  together: (work) => withRunner(dataSource, (runner) => once(runner, () => joining(dataSource, runner, work))),
  close: () => dataSource.destroy(),
});

/** Statements on one given connection, for those that must stay on it. */
export const sqlOf = (runner: QueryRunner): Sql => ({ query: (text, parameters) => run(runner, text, parameters) });

async function transact<T>(
  dataSource: DataSource,
  random: () => number,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await withRunner(dataSource, (runner) => once(runner, work));
    } catch (error) {
      if (attempt >= tries || !retryable.has(sqlState(error))) throw error;
      await delay(random() * 20 * 2 ** attempt);
    }
  }
}

async function once<T>(runner: QueryRunner, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  await runner.startTransaction();
  try {
    const result = await work({ manager: runner.manager, query: (text, parameters) => run(runner, text, parameters) });
    await runner.commitTransaction();
    return result;
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  }
}

async function withRunner<T>(dataSource: DataSource, use: (runner: QueryRunner) => Promise<T>): Promise<T> {
  const joined = onJoined(dataSource, use);
  if (joined !== null) return joined;
  const runner = dataSource.createQueryRunner();
  try {
    return await use(runner);
  } finally {
    await runner.release();
  }
}

async function run<Row>(
  runner: QueryRunner,
  text: string,
  parameters?: readonly unknown[],
): Promise<{ rows: readonly Row[]; count: number }> {
  const name = nameOfRepeated(text);
  if (name !== null) return runPrepared(runner, name, text, parameters ?? []);
  const result = await runner.query(text, parameters ? [...parameters] : undefined, true);
  return { rows: result.records as readonly Row[], count: result.affected ?? result.records?.length ?? 0 };
}

/** What is used of node-postgres, which TypeORM hands out untyped. */
interface PreparingClient {
  query(statement: {
    readonly name: string;
    readonly text: string;
    readonly values: readonly unknown[];
  }): Promise<{ readonly rows: readonly unknown[]; readonly rowCount: number | null }>;
}

async function runPrepared<Row>(
  runner: QueryRunner,
  name: string,
  text: string,
  values: readonly unknown[],
): Promise<{ rows: readonly Row[]; count: number }> {
  const client = (await runner.connect()) as PreparingClient;
  const { rows, rowCount } = await client.query({ name, text, values });
  return { rows: rows as readonly Row[], count: rowCount ?? rows.length };
}

/** The five-character SQLSTATE of a PostgreSQL error, '' for anything else. */
export function sqlState(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const code = 'code' in error ? error.code : 'driverError' in error ? sqlState(error.driverError) : '';
  return typeof code === 'string' ? code : '';
}
