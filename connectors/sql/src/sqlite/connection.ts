// A SQLite file opened for the time of one call, in a turn of our own. The library is synchronous: every statement is short.
// Owns waiting for others who hold the file; nothing of what is done in it.
import { readFile, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ConnectorError } from '@joinery/connector-kit';
import sqlite from 'node-sqlite3-wasm';
import type { Database, Loan, SqlResult, Statements } from '../dialect.js';
import { written } from '../fragment.js';
import type { SqlSettings } from '../settings.js';
import { nulError } from './failure.js';
import { takeTurn, type Turn } from './lock.js';

/** Longest the file is waited for when somebody else has it, in milliseconds; then the engine waits. */
const busyTimeoutMs = 5_000;
const busyRetryMs = 1_000;

type File = InstanceType<typeof sqlite.Database>;

export function openFile({ file }: SqlSettings): Database {
  const state = { isClosed: false };
  return {
    lend: async (signal) => {
      if (state.isClosed) throw closed(file);
      return lend(file, signal);
    },
    close: async () => {
      state.isClosed = true;
    },
  };
}

// Opened anew for every call: a file that was moved away or replaced is noticed.
async function lend(file: string, signal: AbortSignal): Promise<Loan> {
  const until = Date.now() + busyTimeoutMs;
  const turn = await takeTurn(file, until, signal);
  if (turn === null) throw busy(file);
  try {
    await untilNobodyLocks(turn.path, until, signal);
    return loanOf(new sqlite.Database(turn.path, { fileMustExist: true }), turn, until, signal);
  } catch (error) {
    await turn.end();
    throw error;
  }
}

function loanOf(database: File, turn: Turn, until: number, signal: AbortSignal): Loan {
  let isReturned = false;
  const giveBack = (): void => {
    if (isReturned) return;
    isReturned = true;
    signal.removeEventListener('abort', giveBack);
    if (database.inTransaction) database.exec('rollback');
    database.close();
    void turn.end();
  };
  signal.addEventListener('abort', giveBack, { once: true });
  if (signal.aborted) giveBack();
  signal.throwIfAborted();
  return { statements: statementsOf(database, turn.path, until, signal), giveBack };
}

function statementsOf(database: File, path: string, until: number, signal: AbortSignal): Statements {
  return {
    run: async (statement) => {
      const { text, values } = written(statement, () => '?');
      if (values.some((value) => typeof value === 'string' && value.includes('\0'))) throw nulError();
      for (;;) {
        signal.throwIfAborted();
        try {
          return runNow(database, text, values.map(plain));
        } catch (error) {
          // Only the first statement of a transaction can find the file locked: it begins immediately.
          if (!isLocked(error)) throw error;
          if (Date.now() >= until) throw busy(path);
          await delay(20, undefined, { signal });
        }
      }
    },
  };
}

function runNow(database: File, text: string, values: (string | null)[]): SqlResult {
  const statement = database.prepare(text);
  try {
    if (!/^\s*select\b/i.test(text)) return { rows: [], rowCount: statement.run(values).changes };
    const rows = statement
      .all(values)
      .map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, asText(value)])));
    return { rows, rowCount: rows.length };
  } finally {
    finalize(statement);
  }
}

function asText(value: unknown): string | null {
  if (value === null) return null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  return typeof value === 'bigint' ? value.toString() : typeof value === 'string' ? value : JSON.stringify(value);
}

// A statement that failed tells its error again when it is put away.
function finalize(statement: ReturnType<File['prepare']>): void {
  try {
    statement.finalize();
  } catch {
    // told already
  }
}

function plain(value: string | null | readonly string[]): string | null {
  if (value === null || typeof value === 'string') return value;
  throw new TypeError('SQLite takes no lists as values');
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && /^database (table )?is locked/.test(error.message);
}

// Programs with SQLite of their own lock with the operating system, which our library does not see; Linux shows such locks.
// This does not make the file safe to share, but keeps us from most transactions of others that are under way.
async function untilNobodyLocks(path: string, until: number, signal: AbortSignal): Promise<void> {
  const { ino } = await stat(path);
  while (await isLockedBySystem(ino)) {
    if (Date.now() >= until) throw busy(path);
    await delay(20, undefined, { signal });
  }
}

async function isLockedBySystem(inode: number): Promise<boolean> {
  const locks = await readFile('/proc/locks', 'utf8').catch(() => '');
  return locks.split('\n').some((line) => line.includes(`:${inode} `) && line.includes('POSIX'));
}

function busy(file: string): ConnectorError {
  return new ConnectorError({
    code: 'RATE_LIMITED',
    message: `Could not use the database file ${file}: somebody else has held it for ${busyTimeoutMs / 1_000} s.`,
    hint: `Wait. If nobody uses it, a program has died with it: remove the folder ${file}.lock.`,
    targetCode: 'SQLITE_BUSY',
    targetMessage: 'database is locked',
    retryAfterMs: busyRetryMs,
  });
}

function closed(file: string): ConnectorError {
  return new ConnectorError({ code: 'UNREACHABLE', message: `The connection to the file ${file} is closed.` });
}
