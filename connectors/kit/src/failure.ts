// The error a package throws, and the one place that says what each code means for the engine.
import type { ConnectorErrorCode, ConnectorFailure } from './contract.js';

/** Thrown by every operation but `apply`. Carries the failure as data; the message is the failure's. */
export class ConnectorError extends Error {
  constructor(
    readonly failure: ConnectorFailure,
    options?: { readonly cause?: unknown },
  ) {
    super(failure.message, options);
    this.name = 'ConnectorError';
  }
}

/** What the engine does with a failure of that code. */
export type FailureClass = 'connection' | 'transient' | 'throttled' | 'unknown' | 'permanent';

export const failureClasses: Readonly<Record<ConnectorErrorCode, FailureClass>> = {
  UNREACHABLE: 'connection',
  UNAUTHENTICATED: 'connection',
  TIMEOUT: 'transient',
  RATE_LIMITED: 'throttled',
  OUTCOME_UNKNOWN: 'unknown',
  FORBIDDEN: 'permanent',
  NOT_FOUND: 'permanent',
  ALREADY_EXISTS: 'permanent',
  AMBIGUOUS_MATCH: 'permanent',
  INVALID_VALUE: 'permanent',
  CONSTRAINT_VIOLATION: 'permanent',
  CAPABILITY_MISSING: 'permanent',
  CONNECTOR_BUG: 'permanent',
};

const refusedCookie = 'COOKIE_REFUSED';

/** What `changes` throws for a cookie it cannot go on from; `reason` completes «because …». */
export function cookieRefused(reason: string): ConnectorError {
  return new ConnectorError({
    code: 'INVALID_VALUE',
    message: `Could not go on from the last incremental reading, because ${reason}.`,
    hint: 'Nothing is lost: everything is read again.',
    targetCode: refusedCookie,
  });
}

/** Whether a failure of `changes` says that everything has to be read again. */
export const isCookieRefused = ({ code, targetCode }: ConnectorFailure): boolean =>
  code === 'INVALID_VALUE' && targetCode === refusedCookie;
