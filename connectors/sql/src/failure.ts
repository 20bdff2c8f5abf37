// A database's error in the words of the contract: the sentence, the hint and the database's own code and text.
// Owns the hints; which code an error has is known by each engine.
import { ConnectorError, type ConnectorErrorCode } from '@joinery/connector-kit';

/** How long to wait when the database has no room for another connection, in milliseconds. */
export const crowdedRetryMs = 5_000;

const hints: Readonly<Partial<Record<ConnectorErrorCode, string>>> = {
  UNREACHABLE: 'Check that the database runs and that the settings of the connection lead to it.',
  UNAUTHENTICATED: 'Correct user and password of the connection.',
  FORBIDDEN: 'Grant the account the rights the package needs for this.',
  INVALID_VALUE: 'Correct the mapping or the settings; refresh the schema when the tables have changed.',
  CONSTRAINT_VIOLATION: 'The database has a rule against it; correct the value or what it refers to.',
  ALREADY_EXISTS: 'Another row has this value already.',
  RATE_LIMITED: 'The database has no room for another connection now; allow it more or the package fewer.',
  TIMEOUT: 'Check locks and load of the database, or allow statements more time.',
};

/** What an engine knows of an error. */
export interface ErrorReport {
  readonly code: ConnectorErrorCode;
  /** The database's own words; empty when it has none. */
  readonly text: string;
  readonly targetCode?: string | undefined;
  readonly hint?: string;
}

/** The typed error of an operation that failed like that. */
export function errorOf(report: ErrorReport, operation: string, cause: unknown): ConnectorError {
  const { code, text, targetCode } = report;
  const hint = report.hint ?? hints[code];
  const reason = text === '' ? (targetCode ?? 'no reason given') : text;
  const failure = {
    code,
    message: `Could not ${operation}: ${reason}.`,
    targetMessage: text,
    ...(hint === undefined ? {} : { hint }),
    ...(targetCode === undefined ? {} : { targetCode }),
    ...(code === 'RATE_LIMITED' ? { retryAfterMs: crowdedRetryMs } : {}),
  };
  return new ConnectorError(failure, { cause });
}

/** What a driver threw that is no error at all. */
export function strangeError(operation: string, cause: unknown): ConnectorError {
  const message = `Could not ${operation}: the driver threw something that is no error.`;
  return new ConnectorError({ code: 'CONNECTOR_BUG', message }, { cause });
}
