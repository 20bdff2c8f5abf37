// What can go wrong on a connection, as errors of two kinds: an answer of the server, or no answer at all.
// Owns how they are made and told apart; what they mean for the engine is in failure.ts.
import { types } from 'node:util';
import type { LdapResponse } from './message.js';

/** The server answered with another result than success: it is alive, and the request was not carried out. */
export interface LdapResultError extends Error {
  /** The result code of RFC 4511, A.2. */
  readonly resultCode: number;
  /** The server's own text; often empty. */
  readonly diagnostic: string;
  readonly matchedDn: string;
  /** Whether it was the answer to signing in. */
  readonly isFromBind: boolean;
}

/** Where a connection failed without an answer. */
export type TransportStage = 'connect' | 'tls' | 'exchange';

/** The connection failed; whether a request under way was carried out is not known. */
export interface LdapTransportError extends Error {
  readonly stage: TransportStage;
  /** The code of the socket or of the TLS library, when there is one. */
  readonly code: string | undefined;
}

export function resultError(response: LdapResponse, isFromBind = false): LdapResultError {
  const { status, errorMessage, matchedDN } = response;
  return Object.assign(new Error(`LDAP result ${status}${errorMessage === '' ? '' : `: ${errorMessage}`}`), {
    resultCode: status,
    diagnostic: errorMessage,
    matchedDn: matchedDN,
    isFromBind,
  });
}

export function transportError(stage: TransportStage, reason: string, cause?: unknown): LdapTransportError {
  const code = types.isNativeError(cause) && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
  return Object.assign(new Error(reason, { cause }), { stage, code });
}

/** Whether the server itself said so. */
export function isLdapResult(error: unknown, ...codes: readonly number[]): error is LdapResultError {
  if (!types.isNativeError(error) || !('resultCode' in error)) return false;
  return codes.length === 0 || codes.some((code) => code === error.resultCode);
}

/** Whether the connection failed without an answer. */
export function isLdapTransport(error: unknown): error is LdapTransportError {
  return types.isNativeError(error) && 'stage' in error;
}
