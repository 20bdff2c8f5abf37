// What a service, the network and TLS say, in the words of the contract: by status and by code, never by message text.
// Owns the general meaning; a package that knows the service better passes its own code.
import { types } from 'node:util';
import { ConnectorError, type ConnectorErrorCode, type ConnectorFailure } from '@joinery/connector-kit';
import { type HttpAnswer, type HttpRequest, isRead } from './request.js';

/** How long to wait when the service does not say, in milliseconds. */
const defaultRetryMs = 5_000;
/** The longest wait that is believed, in milliseconds. */
const longestRetryMs = 24 * 3_600_000;
/** Most characters of the service's own text. */
const longestText = 500;

const codeByStatus: Readonly<Record<number, ConnectorErrorCode>> = {
  400: 'INVALID_VALUE',
  401: 'UNAUTHENTICATED',
  402: 'FORBIDDEN',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'CAPABILITY_MISSING',
  406: 'CAPABILITY_MISSING',
  407: 'UNREACHABLE', // a proxy on the way wants credentials
  408: 'TIMEOUT',
  409: 'CONSTRAINT_VIOLATION',
  410: 'NOT_FOUND',
  411: 'INVALID_VALUE',
  412: 'CONSTRAINT_VIOLATION',
  413: 'INVALID_VALUE',
  414: 'INVALID_VALUE',
  415: 'CAPABILITY_MISSING',
  422: 'INVALID_VALUE',
  423: 'CONSTRAINT_VIOLATION',
  424: 'CONSTRAINT_VIOLATION',
  425: 'TIMEOUT',
  428: 'CONSTRAINT_VIOLATION',
  429: 'RATE_LIMITED',
  431: 'INVALID_VALUE',
  501: 'CAPABILITY_MISSING',
};

const hints: Readonly<Partial<Record<ConnectorErrorCode, string>>> = {
  UNREACHABLE: 'Check that the service runs and that the address and certificates of the connection are right.',
  UNAUTHENTICATED: 'Correct the credentials of the connection.',
  FORBIDDEN: 'Give the account of the connection the rights the package needs.',
  NOT_FOUND: 'Check the key, and the addresses in the settings.',
  INVALID_VALUE: 'Correct the mapping or the settings.',
  CONSTRAINT_VIOLATION: 'The service has a rule against it; correct the value or what it refers to.',
  ALREADY_EXISTS: 'Something else has this value already.',
  RATE_LIMITED: 'It is tried again when the service allows it; fewer connections help.',
  CAPABILITY_MISSING: 'The service does not offer this; leave it out of the configuration.',
  TIMEOUT: 'Check whether the service is slow, or allow it more time.',
};

/** What a package knows better than the status. */
export interface KnownFailure {
  readonly code?: ConnectorErrorCode | undefined;
  readonly targetCode?: string | undefined;
  /** The service's own text. */
  readonly targetMessage?: string | undefined;
}

/** The typed error of an answer that is none of success. */
export function answerError(answer: HttpAnswer, request: HttpRequest, known: KnownFailure = {}): ConnectorError {
  const code = known.code ?? codeOfStatus(answer, request);
  const said = known.targetMessage ?? saidIn(answer);
  const hint = hints[code];
  return new ConnectorError({
    code,
    message: `Could not ${request.operation}: the service answered ${answer.status}${said === '' ? '' : ` (${said})`}.`,
    targetCode: known.targetCode ?? String(answer.status),
    targetMessage: said,
    ...(hint === undefined ? {} : { hint }),
    ...(code === 'RATE_LIMITED' ? { retryAfterMs: retryAfterMs(answer) ?? defaultRetryMs } : {}),
  });
}

function codeOfStatus(answer: HttpAnswer, request: HttpRequest): ConnectorErrorCode {
  const { status } = answer;
  if (status === 503 && retryAfterMs(answer) !== null) return 'RATE_LIMITED';
  const code = codeByStatus[status];
  if (code !== undefined) return code;
  if (status >= 300 && status < 500) return 'INVALID_VALUE';
  // A gateway may have passed the write on before it gave up.
  return isRead(request) ? 'TIMEOUT' : 'OUTCOME_UNKNOWN';
}

/** The error of a redirect, which is never followed: it would carry credentials elsewhere. */
export function redirectError(answer: HttpAnswer, request: HttpRequest): ConnectorError {
  const location = answer.headers.location ?? '';
  const target = URL.canParse(location)
    ? `${new URL(location).origin}${new URL(location).pathname}`
    : 'another address';
  return new ConnectorError({
    code: 'INVALID_VALUE',
    message: `Could not ${request.operation}: the service redirects to ${target} (status ${answer.status}), which is not followed.`,
    hint: 'Set "baseUrl" to where the service really is.',
    targetCode: String(answer.status),
  });
}

/** How long the service asks to wait, in milliseconds, from seconds or a date; null when it does not say. */
export function retryAfterMs({ headers }: HttpAnswer, now: number = Date.now()): number | null {
  const value = headers['retry-after']?.trim();
  if (value === undefined || value === '') return null;
  const wait = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isFinite(wait) ? Math.min(Math.max(Math.ceil(wait), 0), longestRetryMs) : null;
}

function saidIn({ headers, text }: HttpAnswer): string {
  if (/html/i.test(headers['content-type'] ?? '')) return '';
  const oneLine = text.replaceAll(/\s+/g, ' ').trim();
  return oneLine.length > longestText ? `${oneLine.slice(0, longestText)}…` : oneLine;
}

/** The error of a request that got no answer. `wasSent`: the server may have it. */
export function networkError(error: unknown, request: HttpRequest, wasSent: boolean): ConnectorError {
  const failure = networkFailure(error, request);
  if (!wasSent || isRead(request)) return new ConnectorError(failure, { cause: error });
  return new ConnectorError(
    {
      ...failure,
      code: 'OUTCOME_UNKNOWN',
      message: `Could not ${request.operation} for certain: it was sent, but no whole answer came (${reasonOf(error)}).`,
    },
    { cause: error },
  );
}

/** The connection was closed, as an idle one is that the server gave up. */
export const isDropped = (error: unknown): boolean =>
  ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(errorCode(error) ?? '');

function networkFailure(error: unknown, request: HttpRequest): ConnectorFailure {
  if (error instanceof ConnectorError) return error.failure;
  const targetCode = errorCode(error);
  const code = targetCode === 'UND_ERR_INVALID_ARG' ? 'INVALID_VALUE' : 'UNREACHABLE';
  return {
    code,
    message: `Could not ${request.operation}: ${reasonOf(error)}.`,
    hint: hints[code] ?? '',
    ...(targetCode === undefined ? {} : { targetCode }),
  };
}

function errorCode(error: unknown): string | undefined {
  return types.isNativeError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function reasonOf(error: unknown): string {
  if (error instanceof ConnectorError) return error.message.replace(/\.$/, '');
  if (!types.isNativeError(error)) return 'the connection failed';
  // Several addresses were tried: the sum of the errors has no text of its own.
  return error.message === '' ? (errorCode(error) ?? error.name) : error.message.replace(/\.$/, '');
}
