// What PostgreSQL, its driver and the network say, in the words of the contract; by SQLSTATE, never by message text
// where there is a code. https://www.postgresql.org/docs/current/errcodes-appendix.html
import { types } from 'node:util';
import { ConnectorError, type ConnectorErrorCode } from '@joinery/connector-kit';
import type { ErrorReading } from '../dialect.js';
import { errorOf, strangeError } from '../failure.js';

const codeByState: Readonly<Record<string, ConnectorErrorCode>> = {
  '23505': 'ALREADY_EXISTS',
  '25006': 'UNREACHABLE', // a read-only replica after a failover: the writable one comes back
  '28000': 'UNAUTHENTICATED',
  '28P01': 'UNAUTHENTICATED',
  '3D000': 'UNREACHABLE',
  '40001': 'TIMEOUT',
  '40P01': 'TIMEOUT',
  '42501': 'FORBIDDEN',
  '0LP01': 'CONSTRAINT_VIOLATION', // a role cannot be a member of itself
  '2BP01': 'CONSTRAINT_VIOLATION', // a role that owns something cannot be dropped
  '42622': 'INVALID_VALUE',
  '42704': 'INVALID_VALUE',
  '42710': 'ALREADY_EXISTS',
  '42939': 'INVALID_VALUE', // a reserved name
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

/** An error the server sent, as opposed to one of the network or the driver. */
interface ServerError extends Error {
  readonly code: string;
  readonly detail?: string;
  readonly constraint?: string;
}

/** PostgreSQL's errors, read by SQLSTATE. */
export const postgresqlErrors: ErrorReading = {
  typed,
  isAnswer,
  isWorthRepeating: (error) => ['40001', '40P01', '23505', '42710'].includes(stateOf(error)) || isConcurrent(error),
  isNoSuchValue: (error) => stateOf(error).startsWith('22'),
  isSchemaChange: ({ failure }) => ['42P01', '42703', '42804', '42883'].includes(failure.targetCode ?? ''),
};

function isAnswer(error: unknown): error is ServerError {
  if (!types.isNativeError(error) || !('severity' in error) || !('code' in error)) return false;
  return typeof error.code === 'string' && !['08', '57P'].some((start) => String(error.code).startsWith(start));
}

// Two changes of one role at the same instant: PostgreSQL has no code of its own for it.
function isConcurrent(error: unknown): boolean {
  return isAnswer(error) && error.code === 'XX000' && error.message.includes('concurrently');
}

function stateOf(error: unknown): string {
  return isAnswer(error) ? error.code : '';
}

function typed(error: unknown, operation: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  if (!types.isNativeError(error)) return strangeError(operation, error);
  const targetCode = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const code =
    'severity' in error && targetCode !== undefined ? codeOfState(targetCode) : codeOfDriver(error, targetCode);
  return errorOf({ code, text: error.message, targetCode }, operation, error);
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
