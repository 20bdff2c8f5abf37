// What directories and the network say, in the words of the contract; by result code (RFC 4511, A.2), never by text.
// Packages for one kind of directory add what its own sub-codes mean through `explain`.
import { ConnectorError, type ConnectorErrorCode, type ConnectorFailure, failureOf } from '@joinery/connector-kit';
import { isLdapResult, isLdapTransport, type LdapResultError, type LdapTransportError } from './result.js';

/** How long to wait when the server says that it is busy, in milliseconds. */
const busyRetryMs = 2_000;

/** What a kind of directory knows better about a result: overrides the general reading. */
export type LdapExplanation = Pick<ConnectorFailure, 'code'> & Partial<Pick<ConnectorFailure, 'hint' | 'targetCode'>>;

export interface LdapFailureOptions {
  /** Looks at a result before the general table does; null leaves it to the table. */
  readonly explain?: (result: LdapResultError) => LdapExplanation | null;
}

interface Meaning {
  readonly name: string;
  readonly code: ConnectorErrorCode;
  readonly hint?: string;
}

const rules = 'The directory has a rule against it: correct the value, or what it refers to.';
const mapping = 'Correct the mapping or the settings; compare with the schema of the directory.';
const signIn = 'Correct "bindDn" and "password" of the connection, and see whether the account is locked or expired.';
const encrypt = 'Set "tls" of the connection to ldaps or startTls.';

const meanings: Readonly<Record<number, Meaning>> = {
  1: { name: 'operationsError', code: 'CONSTRAINT_VIOLATION' },
  2: { name: 'protocolError', code: 'CAPABILITY_MISSING', hint: 'The server does not know this request.' },
  3: {
    name: 'timeLimitExceeded',
    code: 'TIMEOUT',
    hint: 'Raise the time limit of the account, or index the attribute.',
  },
  4: {
    name: 'sizeLimitExceeded',
    code: 'CONSTRAINT_VIOLATION',
    hint: 'Set "pageSize" no higher than the size limit of the account, or raise that limit.',
  },
  7: { name: 'authMethodNotSupported', code: 'UNAUTHENTICATED', hint: 'The server does not allow simple binds.' },
  8: { name: 'strongerAuthRequired', code: 'UNAUTHENTICATED', hint: `${encrypt} Or give "bindDn" and "password".` },
  10: {
    name: 'referral',
    code: 'CAPABILITY_MISSING',
    hint: 'Referrals are not followed: connect to the server that holds the entry, for writing the main one.',
  },
  11: {
    name: 'adminLimitExceeded',
    code: 'CONSTRAINT_VIOLATION',
    hint: 'Set "pageSize" to what the server allows the account, or raise its limits.',
  },
  12: {
    name: 'unavailableCriticalExtension',
    code: 'CAPABILITY_MISSING',
    hint: 'The server lacks a control that is needed.',
  },
  13: { name: 'confidentialityRequired', code: 'UNAUTHENTICATED', hint: encrypt },
  16: { name: 'noSuchAttribute', code: 'CONSTRAINT_VIOLATION' },
  17: { name: 'undefinedAttributeType', code: 'INVALID_VALUE', hint: mapping },
  18: { name: 'inappropriateMatching', code: 'INVALID_VALUE', hint: mapping },
  19: { name: 'constraintViolation', code: 'CONSTRAINT_VIOLATION', hint: rules },
  20: { name: 'attributeOrValueExists', code: 'CONSTRAINT_VIOLATION' },
  21: { name: 'invalidAttributeSyntax', code: 'INVALID_VALUE', hint: mapping },
  32: { name: 'noSuchObject', code: 'NOT_FOUND', hint: 'Check the places (DNs) in the settings and the mapping.' },
  34: { name: 'invalidDNSyntax', code: 'INVALID_VALUE', hint: mapping },
  48: { name: 'inappropriateAuthentication', code: 'UNAUTHENTICATED', hint: signIn },
  49: { name: 'invalidCredentials', code: 'UNAUTHENTICATED', hint: signIn },
  50: {
    name: 'insufficientAccessRights',
    code: 'FORBIDDEN',
    hint: 'Grant the account the rights the package needs on this entry.',
  },
  51: { name: 'busy', code: 'RATE_LIMITED', hint: 'The server is busy; it is asked again.' },
  52: { name: 'unavailable', code: 'UNREACHABLE', hint: 'The server is shutting down or under maintenance.' },
  53: {
    name: 'unwillingToPerform',
    code: 'CONSTRAINT_VIOLATION',
    hint: 'The server is read-only or refuses by policy.',
  },
  64: { name: 'namingViolation', code: 'INVALID_VALUE', hint: mapping },
  65: { name: 'objectClassViolation', code: 'CONSTRAINT_VIOLATION', hint: mapping },
  66: { name: 'notAllowedOnNonLeaf', code: 'CONSTRAINT_VIOLATION', hint: 'Entries below it must go first.' },
  67: {
    name: 'notAllowedOnRDN',
    code: 'CONSTRAINT_VIOLATION',
    hint: 'The attribute is part of the name: rename the entry.',
  },
  68: { name: 'entryAlreadyExists', code: 'ALREADY_EXISTS', hint: 'Another entry has this name already.' },
  69: { name: 'objectClassModsProhibited', code: 'CONSTRAINT_VIOLATION', hint: rules },
  71: { name: 'affectsMultipleDSAs', code: 'CAPABILITY_MISSING', hint: 'Entries cannot be moved between servers.' },
};

/** The failure as data. What is typed already stays as it is. */
export function ldapFailure(error: unknown, operation: string, options: LdapFailureOptions = {}): ConnectorFailure {
  if (error instanceof ConnectorError) return error.failure;
  if (isLdapResult(error)) return resultFailure(error, operation, options);
  if (isLdapTransport(error)) return transportFailure(error, operation);
  return failureOf(error);
}

/** The failure to throw. */
export function ldapError(error: unknown, operation: string, options: LdapFailureOptions = {}): ConnectorError {
  if (error instanceof ConnectorError) return error;
  return new ConnectorError(ldapFailure(error, operation, options), { cause: error });
}

function resultFailure(result: LdapResultError, operation: string, options: LdapFailureOptions): ConnectorFailure {
  const meaning = meanings[result.resultCode];
  const explanation = options.explain?.(result) ?? null;
  const code = explanation?.code ?? bindCode(result) ?? meaning?.code ?? 'CONSTRAINT_VIOLATION';
  const hint = explanation?.hint ?? (code === meaning?.code ? meaning.hint : hintOf(code));
  const name = meaning === undefined ? `result ${result.resultCode}` : `${meaning.name} (${result.resultCode})`;
  return {
    code,
    message: `Could not ${operation}: ${result.isFromBind ? 'signing in failed, ' : ''}the server says ${name}${result.diagnostic === '' ? '' : `: ${result.diagnostic}`}.`,
    targetCode: explanation?.targetCode ?? String(result.resultCode),
    targetMessage: result.diagnostic,
    ...(hint === undefined ? {} : { hint }),
    ...(code === 'RATE_LIMITED' ? { retryAfterMs: busyRetryMs } : {}),
  };
}

// Whatever keeps an account from signing in, the connection cannot be used; but a busy server is only busy.
function bindCode(result: LdapResultError): ConnectorErrorCode | null {
  return result.isFromBind && ![3, 51, 52].includes(result.resultCode) ? 'UNAUTHENTICATED' : null;
}

function hintOf(code: ConnectorErrorCode): string | undefined {
  return code === 'UNAUTHENTICATED' ? signIn : undefined;
}

function transportFailure(error: LdapTransportError, operation: string): ConnectorFailure {
  return {
    code: 'UNREACHABLE',
    message: `Could not ${operation}: ${error.message}.`,
    hint: transportHint(error),
    targetMessage: error.message,
    ...(error.code === undefined ? {} : { targetCode: error.code }),
  };
}

function transportHint({ stage, code }: LdapTransportError): string {
  if (stage !== 'tls') return 'Check that the directory runs and that host, port and tls of the connection are right.';
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'The certificate is for another name: correct "host", or say the name in "serverName".';
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return 'The certificate of the server is out of date: renew it.';
    case 'EPROTO':
      return 'The port does not speak TLS: set "tls" to startTls, or correct "port".';
    default:
      return 'The authority (CA) that signed the certificate is not known: give its PEM text in "caCertificate".';
  }
}
