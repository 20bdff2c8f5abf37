// What SQLite says, in the words of the contract. Its WebAssembly build gives texts only, no codes; these are SQLite's own
// and fixed. https://www.sqlite.org/rescode.html
import { types } from 'node:util';
import { ConnectorError, type ConnectorErrorCode } from '@joinery/connector-kit';
import type { ErrorReading } from '../dialect.js';
import { errorOf, strangeError } from '../failure.js';

interface Saying {
  readonly pattern: RegExp;
  readonly code: ConnectorErrorCode;
  readonly targetCode: string;
}

const sayings: readonly Saying[] = [
  { pattern: /^UNIQUE constraint failed/, code: 'ALREADY_EXISTS', targetCode: 'SQLITE_CONSTRAINT_UNIQUE' },
  {
    pattern: /^FOREIGN KEY constraint failed/,
    code: 'CONSTRAINT_VIOLATION',
    targetCode: 'SQLITE_CONSTRAINT_FOREIGNKEY',
  },
  { pattern: /^NOT NULL constraint failed/, code: 'CONSTRAINT_VIOLATION', targetCode: 'SQLITE_CONSTRAINT_NOTNULL' },
  { pattern: /^CHECK constraint failed/, code: 'CONSTRAINT_VIOLATION', targetCode: 'SQLITE_CONSTRAINT_CHECK' },
  { pattern: /constraint failed/, code: 'CONSTRAINT_VIOLATION', targetCode: 'SQLITE_CONSTRAINT' },
  { pattern: /^(cannot store|datatype mismatch)/, code: 'INVALID_VALUE', targetCode: 'SQLITE_CONSTRAINT_DATATYPE' },
  { pattern: /^string or blob too big/, code: 'INVALID_VALUE', targetCode: 'SQLITE_TOOBIG' },
  { pattern: /^no such (table|column)|has no column/, code: 'INVALID_VALUE', targetCode: 'SQLITE_ERROR' },
  { pattern: /^database (table )?is locked/, code: 'RATE_LIMITED', targetCode: 'SQLITE_BUSY' },
  { pattern: /^attempt to write a readonly database/, code: 'FORBIDDEN', targetCode: 'SQLITE_READONLY' },
  { pattern: /^Could not open|^unable to open/, code: 'UNREACHABLE', targetCode: 'SQLITE_CANTOPEN' },
  { pattern: /^file is not a database/, code: 'UNREACHABLE', targetCode: 'SQLITE_NOTADB' },
  { pattern: /^database disk image is malformed|^malformed/, code: 'UNREACHABLE', targetCode: 'SQLITE_CORRUPT' },
  { pattern: /^disk I\/O error/, code: 'UNREACHABLE', targetCode: 'SQLITE_IOERR' },
  { pattern: /^database or disk is full/, code: 'UNREACHABLE', targetCode: 'SQLITE_FULL' },
];

export const sqliteErrors: ErrorReading = {
  typed,
  isAnswer: (error) => isSqliteError(error),
  isWorthRepeating: (error) => isSqliteError(error) && error.message.startsWith('UNIQUE constraint failed'),
  isNoSuchValue: (error) => error instanceof ConnectorError && error.failure.targetCode === noTextCode,
  isSchemaChange: ({ failure }) => failure.targetCode === 'SQLITE_ERROR',
};

const noTextCode = 'NUL';

/** What SQLite would cut at its first NUL without a word. */
export function nulError(): ConnectorError {
  return new ConnectorError({
    code: 'INVALID_VALUE',
    message: 'Could not hand a text to SQLite: it holds a NUL character, at which SQLite would cut it.',
    hint: 'Correct the mapping.',
    targetCode: noTextCode,
  });
}

const unusable =
  'Check that the path of the file is right and that it is whole; one in write-ahead mode must be set to journal_mode = delete first.';

function isSqliteError(error: unknown): error is Error {
  return types.isNativeError(error) && error.name === 'SQLite3Error';
}

function typed(error: unknown, operation: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  if (!types.isNativeError(error)) return strangeError(operation, error);
  if (!isSqliteError(error)) return errorOf(reportOfSystem(error), operation, error);
  const saying = sayings.find(({ pattern }) => pattern.test(error.message));
  // Whatever else SQLite says while a row is written was said by a trigger of the application: raise(abort, …).
  const { code, targetCode } = saying ?? { code: 'CONSTRAINT_VIOLATION', targetCode: 'SQLITE_CONSTRAINT_TRIGGER' };
  const hint = code === 'UNREACHABLE' ? { hint: unusable } : {};
  return errorOf({ code, text: error.message, targetCode, ...hint }, operation, error);
}

function reportOfSystem(error: Error) {
  const targetCode = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const code: ConnectorErrorCode = targetCode === undefined ? 'CONNECTOR_BUG' : 'UNREACHABLE';
  return { code, text: error.message, targetCode };
}
