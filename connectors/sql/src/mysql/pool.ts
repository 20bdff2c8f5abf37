// Connections to MySQL or MariaDB: how they are opened, made strict, lent for one call, and thrown away when a call was
// interrupted. Owns nothing of what is done on them.
import { createPool, type Pool, type PoolConnection } from 'mysql2/promise';
import type { Database, Loan, SqlResult, Statements } from '../dialect.js';
import { written } from '../fragment.js';
import type { SqlSettings } from '../settings.js';

/** Longest a row lock is waited for, in seconds. */
const lockTimeoutSeconds = 5;
/** Statements a connection keeps prepared; the server has one limit for all clients. */
const mostPrepared = 60;

export function openPool(settings: SqlSettings): Database {
  const pool = createPool({
    ...addressOf(settings),
    database: settings.database,
    user: settings.user,
    password: settings.password,
    ssl: tlsOf(settings),
    connectionLimit: settings.maxConnections,
    maxIdle: settings.maxConnections,
    idleTimeout: 10_000,
    connectTimeout: settings.connectTimeoutMs,
    charset: 'utf8mb4',
    maxPreparedStatements: mostPrepared,
    multipleStatements: false,
    flags: ['-LOCAL_FILES'],
    // All values are asked for as text; what is none is counted, not read.
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
  });
  const prepared = new WeakSet<object>();
  return { lend: (signal) => lend(pool, prepared, settings, signal), close: () => pool.end() };
}

function addressOf({ host, port }: SqlSettings) {
  return host.startsWith('/') ? { socketPath: host } : { host, port };
}

function tlsOf(settings: SqlSettings) {
  switch (settings.ssl) {
    case 'off':
      return undefined;
    case 'require':
      return { rejectUnauthorized: false };
    case 'verify':
      return { rejectUnauthorized: true, verifyIdentity: true, ca: settings.caCertificate };
    default:
      return settings.ssl satisfies never;
  }
}

// Strict, or values that do not fit would be cut; in UTC, as the contract has times. The comments are for one server each.
function sessionSettings({ statementTimeoutMs }: SqlSettings): string {
  const modes = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
  const seconds = statementTimeoutMs / 1_000;
  return `set sql_mode = '${modes}', time_zone = '+00:00', innodb_lock_wait_timeout = ${lockTimeoutSeconds} /*M!100100 , max_statement_time = ${seconds} */`;
}

async function lend(pool: Pool, prepared: WeakSet<object>, settings: SqlSettings, signal: AbortSignal): Promise<Loan> {
  const connection = await pool.getConnection();
  let isReturned = false;
  const giveBack = (state: 'whole' | 'broken'): void => {
    if (isReturned) return;
    isReturned = true;
    signal.removeEventListener('abort', onAbort);
    if (state === 'whole') connection.release();
    else connection.destroy();
  };
  const onAbort = (): void => giveBack('broken');
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) giveBack('broken');
  signal.throwIfAborted();
  try {
    if (!prepared.has(connection.connection)) {
      await connection.query(sessionSettings(settings));
      await connection.query('set session transaction isolation level read committed');
      prepared.add(connection.connection);
    }
  } catch (error) {
    giveBack('broken');
    throw error;
  }
  return { statements: statementsOf(connection), giveBack };
}

function statementsOf(connection: PoolConnection): Statements {
  return {
    run: async (statement) => {
      const { text, values } = written(statement, () => '?');
      // What begins and ends transactions cannot be prepared everywhere, and has no values.
      const [result] =
        values.length === 0 ? await connection.query(text) : await connection.execute(text, values.map(plain));
      return toResult(result);
    },
  };
}

function plain(value: string | null | readonly string[]): string | null {
  if (value === null || typeof value === 'string') return value;
  throw new TypeError('MySQL takes no lists as values');
}

function toResult(result: unknown): SqlResult {
  if (!Array.isArray(result)) return { rows: [], rowCount: affectedBy(result) };
  const rows = result.map((row: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, asText(value)])),
  );
  return { rows, rowCount: rows.length };
}

function affectedBy(result: unknown): number {
  const isHeader = typeof result === 'object' && result !== null && 'affectedRows' in result;
  return isHeader ? Number(result.affectedRows) : 0;
}

function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
