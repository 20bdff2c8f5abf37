// What went wrong in a managed system, as it is stored with an order and shown to people.
// Owns which class a code belongs to and which failures count as one; leaves what happens next to outcome.ts.
import type { ConnectorErrorCode, ConnectorFailure } from '@joinery/connector-kit';
import type { Digest } from './resource.js';

/** `EXPRESSION_FAILED` is ours: a rule could not be evaluated, so nothing was sent. */
export type ProvisioningErrorCode = ConnectorErrorCode | 'EXPRESSION_FAILED';

/**
 * connection: belongs to the circuit, costs no try. transient: worth another try. throttled: wait exactly as long as asked.
 * unknown: may have been applied, read back first. permanent: the same try would fail again.
 */
export type FailureClass = 'connection' | 'transient' | 'throttled' | 'unknown' | 'permanent';

export const failureClasses = {
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
  EXPRESSION_FAILED: 'permanent',
} as const satisfies Readonly<Record<ProvisioningErrorCode, FailureClass>>;

/** As the kit says it (`cookieRefused`): the package cannot go on from that cookie, and everything has to be read. */
export const isCookieRefused = ({ code, targetCode }: ConnectorFailure): boolean =>
  code === 'INVALID_VALUE' && targetCode === 'COOKIE_REFUSED';

/** A failure as the order and the attempt keep it. Texts never hold a secret: packages redact them. */
export interface ProvisioningError {
  readonly code: ProvisioningErrorCode;
  readonly message: string;
  readonly hint: string | null;
  readonly targetCode: string | null;
  readonly targetMessage: string | null;
  /** Whether the engine tries again by itself. */
  readonly isRetryable: boolean;
  /** The same for failures with the same cause on different rows. */
  readonly fingerprint: string;
}

export function provisioningErrorOf(failure: ConnectorFailure, connection: string, digest: Digest): ProvisioningError {
  return {
    code: failure.code,
    message: failure.message,
    hint: failure.hint ?? null,
    targetCode: failure.targetCode ?? null,
    targetMessage: failure.targetMessage ?? null,
    isRetryable: failureClasses[failure.code] !== 'permanent',
    fingerprint: digest(fingerprintText(failure, connection)).slice(0, 16),
  };
}

/** What two failures with one cause share: names, numbers and quoted values of the row at hand are left out. */
export function fingerprintText(failure: ConnectorFailure, connection: string): string {
  const text = failure.targetMessage ?? failure.message;
  const shape = text.replaceAll(/"[^"]*"|'[^']*'|“[^”]*”|«[^»]*»/g, '…').replaceAll(/[0-9a-f-]{8,}|\d+/gi, '#');
  return [connection, failure.code, failure.targetCode ?? '', shape].join('|');
}

/** What a connector said when it failed on purpose: an error that carries its `failure`. Null for a fault of ours. */
export function connectorFailureOf(error: unknown): ConnectorFailure | null {
  const failure = error instanceof Error && 'failure' in error ? error.failure : null;
  if (typeof failure !== 'object' || failure === null || !('code' in failure) || !('message' in failure)) return null;
  return isKnownCode(failure.code) ? (failure as ConnectorFailure) : null;
}

const isKnownCode = (code: unknown): boolean => typeof code === 'string' && Object.hasOwn(failureClasses, code);
