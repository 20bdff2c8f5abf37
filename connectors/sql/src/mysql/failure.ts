// What MySQL and MariaDB, their driver and the network say, in the words of the contract: by number and SQLSTATE. The
// driver's names are those of MySQL and wrong for numbers that MariaDB uses otherwise.
// https://mariadb.com/kb/en/mariadb-error-code-reference/
import { types } from 'node:util';
import { ConnectorError, type ConnectorErrorCode } from '@joinery/connector-kit';
import type { ErrorReading } from '../dialect.js';
import { errorOf, strangeError } from '../failure.js';

const numbersByCode: Readonly<Partial<Record<ConnectorErrorCode, readonly number[]>>> = {
  ALREADY_EXISTS: [1062, 1586],
  UNAUTHENTICATED: [1045, 1251, 1275, 1524, 1698, 1820, 1862, 3118, 4151],
  FORBIDDEN: [1044, 1142, 1143, 1227, 1370, 1410, 1419],
  // 1819 is the answer of a rule about passwords; 1396 says that an account is or is not there.
  CONSTRAINT_VIOLATION: [1048, 1216, 1217, 1364, 1396, 1451, 1452, 1644, 1819, 1962, 3819, 4025],
  INVALID_VALUE: [1054, 1146, 1264, 1265, 1267, 1292, 1366, 1367, 1406, 1411, 1690, 3140],
  TIMEOUT: [1205, 1213, 1317, 1969, 3024],
  RATE_LIMITED: [1040, 1203, 1226],
  // An unknown database is like a dead one; 1290 and 1792 come from a server that only reads, after a failover.
  UNREACHABLE: [1049, 1053, 1077, 1130, 1152, 1290, 1792, 1836, 1927],
};

const codeByClass: Readonly<Record<string, ConnectorErrorCode>> = {
  '08': 'UNREACHABLE',
  '22': 'INVALID_VALUE',
  '23': 'CONSTRAINT_VIOLATION',
  '28': 'UNAUTHENTICATED',
  '42': 'INVALID_VALUE',
  '45': 'CONSTRAINT_VIOLATION',
};

/** An error the server sent: numbers of the operating system are negative. */
interface ServerError extends Error {
  readonly errno: number;
  readonly sqlState: string;
  /** The statement, when it was one that failed. */
  readonly sql?: string;
}

/** After these the server has left: what it was doing may or may not be done. */
const partings = new Set([1053, 1077, 1152, 1927]);

export const mysqlErrors: ErrorReading = {
  typed,
  isAnswer: (error) => isServerError(error) && !partings.has(error.errno),
  isWorthRepeating: (error) => [1205, 1213, 1062, 1020, 1396].includes(numberOf(error)),
  isNoSuchValue: (error) => [1264, 1267, 1292, 1366, 1367, 1411].includes(numberOf(error)),
  isSchemaChange: ({ failure }) => ['1054', '1146'].includes(failure.targetCode ?? ''),
};

/** The server's number of an error, 0 when it is not from the server. */
export function numberOf(error: unknown): number {
  return isServerError(error) ? error.errno : 0;
}

function isServerError(error: unknown): error is ServerError {
  if (!types.isNativeError(error) || !('errno' in error) || !('sqlState' in error)) return false;
  return typeof error.errno === 'number' && error.errno > 0 && typeof error.sqlState === 'string';
}

function typed(error: unknown, operation: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  if (!types.isNativeError(error)) return strangeError(operation, error);
  if (isServerError(error)) {
    const report = { code: codeOfNumber(error), text: error.message, targetCode: String(error.errno) };
    return errorOf(report, operation, withoutStatement(error));
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return errorOf({ code: codeOfDriver(error, code), text: error.message, targetCode: code }, operation, error);
}

// The driver hangs the statement on its errors; those about accounts hold passwords.
function withoutStatement({ message }: Error): Error {
  return new Error(message);
}

function codeOfNumber({ errno, sqlState, message, sql }: ServerError): ConnectorErrorCode {
  // Of a statement, not of signing in: a role that the account may not grant.
  if ((errno === 1045 || errno === 1698) && sql !== undefined) return 'FORBIDDEN';
  if (errno === 1290 && !/read.?only/i.test(message)) return 'FORBIDDEN';
  const known = Object.entries(numbersByCode).find(([, numbers]) => numbers.includes(errno))?.[0];
  return (known as ConnectorErrorCode | undefined) ?? codeByClass[sqlState.slice(0, 2)] ?? 'CONNECTOR_BUG';
}

function codeOfDriver(error: Error, code: string | undefined): ConnectorErrorCode {
  if (code === 'PROTOCOL_SEQUENCE_TIMEOUT') return 'TIMEOUT';
  if (code !== undefined && /^(E[A-Z]+$|PROTOCOL_|HANDSHAKE_)|CERT|TLS|SSL|UNABLE_TO_/.test(code)) return 'UNREACHABLE';
  if (/closed|connect|SSL|certificate/i.test(error.message)) return 'UNREACHABLE';
  return 'CONNECTOR_BUG';
}
