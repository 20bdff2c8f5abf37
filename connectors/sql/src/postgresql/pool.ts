// Connections to PostgreSQL: how they are opened, lent for one call, and thrown away when a call was interrupted.
// Owns nothing of what is done on them.
import pg from 'pg';
import type { Database, Loan, Statements } from '../dialect.js';
import { written } from '../fragment.js';
import type { SqlSettings } from '../settings.js';

/** Longest a transaction may stand idle between two statements, and longest a row lock is waited for, in milliseconds. */
const idleInTransactionMs = 60_000;
const lockTimeoutMs = 5_000;

export function openPool(settings: SqlSettings): Database {
  const pool = new pg.Pool({
    host: settings.host,
    port: settings.port,
    database: settings.database,
    user: settings.user,
    password: settings.password,
    ssl: tlsOf(settings),
    max: settings.maxConnections,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    idleTimeoutMillis: 10_000,
    allowExitOnIdle: true,
    keepAlive: true,
    statement_timeout: settings.statementTimeoutMs,
    // The server ends a slow statement; this ends the wait when the server itself has gone silent.
    query_timeout: settings.statementTimeoutMs + 2_000,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    application_name: 'joinery',
    types: { getTypeParser: () => (value: unknown) => value },
  });
  // An idle connection that breaks reports it here, more than once; without a listener the process would end.
  pool.on('error', () => undefined);
  return { lend: (signal) => lend(pool, signal), close: () => pool.end() };
}

function tlsOf(settings: SqlSettings): pg.PoolConfig['ssl'] {
  switch (settings.ssl) {
    case 'off':
      return false;
    case 'require':
      return { rejectUnauthorized: false };
    case 'verify':
      return { rejectUnauthorized: true, ca: settings.caCertificate, servername: settings.host };
    default:
      return settings.ssl satisfies never;
  }
}

async function lend(pool: pg.Pool, signal: AbortSignal): Promise<Loan> {
  const client = await pool.connect();
  let isReturned = false;
  const giveBack = (state: 'whole' | 'broken'): void => {
    if (isReturned) return;
    isReturned = true;
    signal.removeEventListener('abort', onAbort);
    // A closed connection may still report errors; only the pool's own listener may remain on a whole one.
    if (state === 'whole') client.removeListener('error', ignore);
    client.release(state === 'broken');
  };
  const onAbort = (): void => giveBack('broken');
  client.on('error', ignore);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) giveBack('broken');
  signal.throwIfAborted();
  return { statements: statementsOf(client), giveBack };
}

function ignore(): void {
  // The statement under way reports the same error to its caller.
}

function statementsOf(client: pg.PoolClient): Statements {
  return {
    run: async (statement) => {
      const { text, values } = written(statement, (n) => `$${n}`);
      const { rows, rowCount } = await client.query<Record<string, string | null>>(text, [...values]);
      return { rows, rowCount: rowCount ?? 0 };
    },
  };
}
