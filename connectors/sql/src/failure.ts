// What PostgreSQL, its driver and the network say, in the words of the contract; by SQLSTATE, never by message text
// where there is a code. https://www.postgresql.org/docs/current/errcodes-appendix.html
import { types } from 'node:util';
import { ConnectorError, type ConnectorErrorCode, type ConnectorFailure } from '@joinery/connector-kit';

/** How long to wait when the server has no free connection, in milliseconds. */
const crowdedRetryMs = 5_000;

const codeByState: Readonly<Record<string, ConnectorErrorCode>> = {
  '23505': 'ALREADY_EXISTS',
  '25006': 'UNREACHABLE', // a read-only replica after a failover: the writable one comes back
  '28000': 'UNAUTHENTICATED',
  '28P01': 'UNAUTHENTICATED',
  '3D000': 'UNREACHABLE',
  '40001': 'TIMEOUT',
  '40P01': 'TIMEOUT',
  '42501': 'FORBIDDEN',
  '42P01': 'INVALID_VALUE',
  '42703': 'INVALID_VALUE',
  '42804': 'INVALID_VALUE',
  '53300': 'RATE_LIMITED',
  '55P03': 'TIMEOUT',
  '57014': 'TIMEOUT',
  P0001: 'CONSTRAINT_VIOLATION', // a trigger of the application refuses
};

const codeByClass: Readonly<Record<string, ConnectorErrorCode>> = {
  '08': 'UNREACHABLE',
  '22': 'INVALID_VALUE',
  '23': 'CONSTRAINT_VIOLATION',
  '53': 'UNREACHABLE',
  '57': 'UNREACHABLE',
  '58': 'UNREACHABLE',
};

const hints: Readonly<Partial<Record<ConnectorErrorCode, string>>> = {
  UNREACHABLE: 'Check that the database runs and that host, port and ssl of the connection are right.',
  UNAUTHENTICATED: 'Correct user and password of the connection.',
  FORBIDDEN: 'Grant the account the rights the package needs on this table.',
  INVALID_VALUE: 'Correct the mapping or the settings; refresh the schema when the tables have changed.',
  CONSTRAINT_VIOLATION: 'The database has a rule against it; correct the value or what it refers to.',
  ALREADY_EXISTS: 'Another row has this value already.',
  RATE_LIMITED: 'The server has no free connection; allow it more or the package fewer.',
  TIMEOUT: 'Check locks and load of the database, or allow statements more time.',
};

/** An error the server sent, as opposed to one of the network or the driver. */
interface ServerError extends Error {
  readonly code: string;
  readonly detail?: string;
  readonly constraint?: string;
}

/** Whether the server itself said so: it is alive, and the statement was not carried out. */
export function isServerAnswer(error: unknown): error is ServerError {
  if (!types.isNativeError(error) || !('severity' in error) || !('code' in error)) return false;
  return typeof error.code === 'string' && !['08', '57P'].some((start) => String(error.code).startsWith(start));
}

/** The SQLSTATE of an error of the server, or null. */
export function stateOf(error: unknown): string | null {
  return isServerAnswer(error) ? error.code : null;
}

/** The typed error; what is typed already stays as it is. */
export function sqlError(error: unknown, operation: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  return new ConnectorError(failureOfError(error, operation), { cause: error });
}

function failureOfError(error: unknown, operation: string): ConnectorFailure {
  if (!types.isNativeError(error))
    return { code: 'CONNECTOR_BUG', message: `Could not ${operation}: the driver threw something that is no error.` };
  const targetCode = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const code =
    'severity' in error && targetCode !== undefined ? codeOfState(targetCode) : codeOfDriver(error, targetCode);
  const hint = hints[code];
  return {
    code,
    message: `Could not ${operation}: ${error.message === '' ? (targetCode ?? 'no reason given') : error.message}.`,
    targetMessage: error.message,
    ...(hint === undefined ? {} : { hint }),
    ...(targetCode === undefined ? {} : { targetCode }),
    ...(code === 'RATE_LIMITED' ? { retryAfterMs: crowdedRetryMs } : {}),
  };
}

function codeOfState(state: string): ConnectorErrorCode {
  return codeByState[state] ?? codeByClass[state.slice(0, 2)] ?? 'CONNECTOR_BUG';
}

// The driver's own errors carry no code; these texts are those of pg 8.
function codeOfDriver(error: Error, code: string | undefined): ConnectorErrorCode {
  if (code !== undefined) return /^E[A-Z]+$/.test(code) || isTls(code) ? 'UNREACHABLE' : 'CONNECTOR_BUG';
  if (error.message.startsWith('Query read timeout')) return 'TIMEOUT';
  if (/timeout|terminated|not queryable|SSL|Connection ended|closed|after calling end/i.test(error.message))
    return 'UNREACHABLE';
  if (/password|SASL|authentication/i.test(error.message)) return 'UNAUTHENTICATED';
  return 'CONNECTOR_BUG';
}

function isTls(code: string): boolean {
  return /CERT|TLS|SSL|UNABLE_TO_/.test(code);
}
