// What SSH and the programs of the shadow suite say, in the words of the contract; by exit code, and by text only where
// one code stands for several reasons. Exit codes: useradd(8), usermod(8), userdel(8), groupadd(8), groupmod(8), groupdel(8).
import { types } from 'node:util';
import { ConnectorError, type ConnectorErrorCode, type ConnectorFailure } from '@joinery/connector-kit';
import type { Finished } from './remote.js';

/** How long to wait when another program holds the lock of the account files, in milliseconds. */
const lockedRetryMs = 1_000;

const codeByExit: Readonly<Record<number, ConnectorErrorCode>> = {
  2: 'INVALID_VALUE',
  3: 'INVALID_VALUE',
  4: 'CONSTRAINT_VIOLATION', // the id is taken
  6: 'NOT_FOUND',
  8: 'CONSTRAINT_VIOLATION', // the user is signed in, or the group is somebody's primary group
  9: 'ALREADY_EXISTS',
  10: 'CONSTRAINT_VIOLATION',
  12: 'CONSTRAINT_VIOLATION', // the home folder cannot be made
  126: 'FORBIDDEN',
  127: 'CAPABILITY_MISSING',
};

const hints: Readonly<Partial<Record<ConnectorErrorCode, string>>> = {
  UNREACHABLE: 'Check that sshd runs there, and that host and port of the connection are right.',
  UNAUTHENTICATED: 'Correct user, key or password of the connection, or add its key to the account’s authorised keys.',
  FORBIDDEN: 'Let the account run the programs named in the README of the package with sudo, without a password.',
  CAPABILITY_MISSING: 'Install the package `passwd` (shadow-utils), `openssl` and `util-linux` on the host.',
  INVALID_VALUE: 'Correct the mapping: the host does not take this value.',
  RATE_LIMITED: 'Another program is changing the account files; it is tried again.',
};

/** The typed error of a program that ended with a code other than 0. */
export function programError({ exitCode, errors }: Finished, operation: string): ConnectorError {
  const said = errors.trim().split('\n').slice(-3).join(' ').slice(0, 500);
  const code = codeOfProgram(exitCode, said);
  const hint = hints[code];
  return new ConnectorError({
    code,
    message: `Could not ${operation}: ${said === '' ? `the host answered with exit code ${exitCode}` : said}.`,
    targetCode: String(exitCode),
    targetMessage: said,
    ...(hint === undefined ? {} : { hint }),
    ...(code === 'RATE_LIMITED' ? { retryAfterMs: lockedRetryMs } : {}),
  });
}

function codeOfProgram(exitCode: number, said: string): ConnectorErrorCode {
  if (/cannot lock|try again later/i.test(said)) return 'RATE_LIMITED';
  if (/a password is required|not allowed to execute|not in the sudoers|permission denied/i.test(said))
    return 'FORBIDDEN';
  return codeByExit[exitCode] ?? 'CONSTRAINT_VIOLATION';
}

/** The typed error of a connection that failed; what is typed already stays as it is. */
export function sshError(error: unknown, operation: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  return new ConnectorError(failureOfSsh(error, operation), { cause: error });
}

function failureOfSsh(error: unknown, operation: string): ConnectorFailure {
  if (!types.isNativeError(error))
    return {
      code: 'CONNECTOR_BUG',
      message: `Could not ${operation}: the SSH library threw something that is no error.`,
    };
  const code = codeOfSsh(error);
  const hint = hints[code];
  return {
    code,
    message: `Could not ${operation}: ${error.message}.`,
    targetMessage: error.message,
    ...('code' in error && typeof error.code === 'string' ? { targetCode: error.code } : {}),
    ...(hint === undefined ? {} : { hint }),
    ...(code === 'RATE_LIMITED' ? { retryAfterMs: lockedRetryMs } : {}),
  };
}

// `level` is where ssh2 says that an error arose: client-authentication, client-socket, client-timeout, protocol.
function codeOfSsh(error: Error): ConnectorErrorCode {
  const level = 'level' in error ? error.level : undefined;
  if (level === 'client-authentication' || /authentication methods failed|parse privateKey/i.test(error.message))
    return 'UNAUTHENTICATED';
  if (/channel open failure/i.test(error.message)) return 'RATE_LIMITED';
  return 'UNREACHABLE';
}
