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
