// What is asked and what is answered. Owns the shapes, addresses and the reading of JSON; sending is exchange.ts.
import { ConnectorError } from '@joinery/connector-kit';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Beneath the base URL, percent-encoded and beginning with a slash; or an address checked by `linkedPath`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; undefined: no body. */
  readonly body?: unknown;
  /** Default application/json. */
  readonly contentType?: string;
  /** Completes «Could not …» in messages, e.g. `read user "ada"`. */
  readonly operation: string;
  /** What a POST does; the other methods say so by themselves. */
  readonly isRead?: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; of a header sent several times all values, separated by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** How one request is sent. */
export interface HttpCall {
  readonly signal: AbortSignal;
  /** Called right before the request is written to the connection; until then nothing can have been applied. */
  readonly onSend?: () => void;
  /** Sent in the header of the settings, if they name one. */
  readonly idempotencyKey?: string;
}

export const isRead = ({ method, isRead: saysSo }: HttpRequest): boolean => saysSo ?? method === 'GET';

/** A value as one segment of a path. Throws INVALID_VALUE for what servers take as a way up or as nothing. */
export function pathSegment(value: string): string {
  if (isPathSegment(value)) return encodeURIComponent(value);
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `${JSON.stringify(value)} cannot be part of an address.`,
    hint: 'Use another key.',
  });
}

/** Whether `pathSegment` takes it. */
export const isPathSegment = (value: string): boolean =>
  !['', '.', '..'].includes(value) && !/\p{Surrogate}/u.test(value);

/** Path and query of an address the server itself sent, absolute or relative to `from`; only on the origin of `base`. */
export function linkedPath(base: URL, from: string, link: string): string {
  const start = new URL(addressText(base, from));
  const target = URL.canParse(link, start.href) ? new URL(link, start.href) : null;
  if (target === null || target.origin !== base.origin) {
    throw new ConnectorError({
      code: 'INVALID_VALUE',
      message: `The service ${base.origin} sent a link to ${target === null ? 'something that is no address' : target.origin}, which was not followed.`,
      hint: 'Credentials are sent to the configured address only; correct "baseUrl", or the service behind its proxy.',
    });
  }
  return `${target.origin}${target.pathname}${target.search}`;
}

/** The whole address of a path: absolute ones stay as they are. */
export function addressText(base: URL, path: string): string {
  return path.startsWith(`${base.origin}/`) ? path : `${base.origin}${base.pathname.replace(/\/$/, '')}${path}`;
}

/** Path and query as they are sent. */
export function targetOf(base: URL, { path, query = {} }: HttpRequest): string {
  const parameters = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
  const address = addressText(base, path).slice(base.origin.length);
  if (parameters.length === 0) return address;
  return `${address}${address.includes('?') ? '&' : '?'}${parameters.join('&')}`;
}

/** The body as JSON; undefined when there is none. Throws when it is something else. */
export function jsonOf(answer: HttpAnswer, request: HttpRequest): unknown {
  if (answer.text.trim() === '') return undefined;
  try {
    return parseJson(answer.text);
  } catch (cause) {
    throw notJson(answer, request, cause);
  }
}

/** The body as JSON, or undefined when it is no JSON: for answers that are failures anyway. */
export function jsonIfAny({ text }: HttpAnswer): unknown {
  try {
    return text.trim() === '' ? undefined : parseJson(text);
  } catch {
    return undefined;
  }
}

// JavaScript would round whole numbers of more than 15 digits, and keys with them: they are read as text.
const longNumber = /"(?:[^"\\]|\\.)*"|(-?\d{16,})(?![\d.eE])/g;

function parseJson(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(
    text.replaceAll(longNumber, (found: string, digits: string | undefined) =>
      digits === undefined || Number.isSafeInteger(Number(digits)) ? found : `"${digits}"`,
    ),
  );
}

function notJson({ headers, status }: HttpAnswer, request: HttpRequest, cause: unknown): ConnectorError {
  return new ConnectorError(
    {
      code: isRead(request) ? 'UNREACHABLE' : 'OUTCOME_UNKNOWN',
      message: `Could not ${request.operation}: the answer (status ${status}, ${headers['content-type'] ?? 'no content type'}) is not JSON, or breaks off.`,
      hint: 'Check that "baseUrl" leads to the service itself and not to a sign-in page or a proxy.',
      targetCode: String(status),
    },
    { cause },
  );
}
