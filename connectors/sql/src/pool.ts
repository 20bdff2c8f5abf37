// Connections to the database: how they are opened, lent for one call, and thrown away when a call was interrupted.
// Owns transactions and their end; what is done in them is the caller's.
import pg from 'pg';
import type { SqlSettings } from './settings.js';

/** Statements of one call, on one connection. All values come back as the server's text, or null. */
export interface Statements {
  run(text: string, values?: readonly unknown[]): Promise<SqlResult>;
}

export interface SqlResult {
  readonly rows: readonly Readonly<Record<string, string | null>>[];
  readonly rowCount: number;
}

/** Longest a transaction may stand idle between two statements, and longest a row lock is waited for, in milliseconds. */
const idleInTransactionMs = 60_000;
const lockTimeoutMs = 5_000;

export function openPool(settings: SqlSettings): pg.Pool {
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
  return pool;
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

/** A connection lent for one call. Aborting the call closes it, and with it whatever it had begun. */
export interface Loan {
  readonly statements: Statements;
  /** `whole`: nothing is under way on it; else it is closed. Giving back twice does nothing. */
  giveBack(state: 'whole' | 'broken'): void;
}

export async function lend(pool: pg.Pool, signal: AbortSignal): Promise<Loan> {
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

/** Lends a connection for the time of a function; when it throws, the connection is closed. */
export async function withConnection<T>(
  pool: pg.Pool,
  signal: AbortSignal,
  use: (statements: Statements) => Promise<T>,
): Promise<T> {
  const loan = await lend(pool, signal);
  try {
    const result = await use(loan.statements);
    loan.giveBack('whole');
    return result;
  } catch (error) {
    loan.giveBack('broken');
    throw error;
  }
}

/** One transaction; `beforeCommit` is called just before the commit is sent. A thrown error undoes everything. */
export async function inTransaction<T>(
  pool: pg.Pool,
  signal: AbortSignal,
  beforeCommit: () => void,
  use: (statements: Statements) => Promise<T>,
): Promise<T> {
  return withConnection(pool, signal, async (statements) => {
    await statements.run('begin');
    const result = await use(statements);
    signal.throwIfAborted();
    beforeCommit();
    await statements.run('commit');
    return result;
  });
}

function statementsOf(client: pg.PoolClient): Statements {
  return {
    run: async (text, values = []) => {
      const { rows, rowCount } = await client.query<Record<string, string | null>>(text, [...values]);
      return { rows, rowCount: rowCount ?? 0 };
    },
  };
}
