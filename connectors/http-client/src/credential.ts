// How requests say who sends them: nothing, a header that stays, or a token fetched with client credentials.
// Owns fetching, keeping and forgetting tokens; what an answer of 401 leads to is client.ts.
import { ConnectorError } from '@joinery/connector-kit';
import type { Agent } from 'undici';
import { exchange } from './exchange.js';
import { answerError } from './failure.js';
import { type HttpAnswer, type HttpRequest, jsonIfAny } from './request.js';
import type { HttpClientSettings, HttpCredentials } from './settings.js';

/** The header of a request, and what must not be shown of it. */
export interface Credential {
  readonly headers: Readonly<Record<string, string>>;
  readonly secret: string | null;
}

export interface CredentialSource {
  /** The present credential; fetches a token when there is none or it is about to expire. */
  present(signal: AbortSignal): Promise<Credential>;
  /** The service refused this one: true when another can be fetched. */
  renounce(credential: Credential): boolean;
}

/** A token is no longer used when less than this is left of it, in milliseconds, or a tenth of its life. */
const leastLeftMs = 30_000;
/** Life of a token whose giver does not say, in milliseconds. */
const defaultLifeMs = 300_000;

export function credentialSource(settings: HttpClientSettings, connections: Agent): CredentialSource {
  const { credentials } = settings;
  switch (credentials.kind) {
    case 'none':
      return fixed({ headers: {}, secret: null });
    case 'basic':
      return fixed(basicCredential(credentials.user, credentials.password));
    case 'bearer':
      return fixed({ headers: { authorization: `Bearer ${credentials.token}` }, secret: credentials.token });
    case 'header':
      return fixed({ headers: { [credentials.name.toLowerCase()]: credentials.value }, secret: credentials.value });
    case 'oauth2':
      return tokenSource(settings, credentials, connections);
    default:
      return credentials satisfies never;
  }
}

const fixed = (credential: Credential): CredentialSource => ({
  present: async () => credential,
  renounce: () => false,
});

function basicCredential(user: string, password: string): Credential {
  const encoded = Buffer.from(`${user}:${password}`).toString('base64');
  return { headers: { authorization: `Basic ${encoded}` }, secret: encoded };
}

interface Token {
  readonly credential: Credential;
  readonly usableUntil: number;
}

type OAuth = Extract<HttpCredentials, { readonly kind: 'oauth2' }>;

function tokenSource(settings: HttpClientSettings, oauth: OAuth, connections: Agent): CredentialSource {
  let token: Token | null = null;
  let fetching: Promise<Token> | null = null;
  // One request for all who wait; it has its own deadline, so that nobody's abort takes it from the others.
  const renew = (): Promise<Token> => {
    fetching ??= fetchToken(settings, oauth, connections)
      .then((fetched) => {
        token = fetched;
        return fetched;
      })
      .finally(() => {
        fetching = null;
      });
    return fetching;
  };
  return {
    present: async (signal) => {
      if (token !== null && token.usableUntil > Date.now()) return token.credential;
      return (await orAborted(renew(), signal)).credential;
    },
    renounce: (credential) => {
      if (token?.credential === credential) token = null;
      return true;
    },
  };
}

async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () =>
      reject(
        signal.reason instanceof ConnectorError
          ? signal.reason
          : new ConnectorError({ code: 'TIMEOUT', message: 'Could not sign in: the caller stopped the call.' }),
      );
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function fetchToken(settings: HttpClientSettings, oauth: OAuth, connections: Agent): Promise<Token> {
  const started = Date.now();
  const { endpoint } = oauth;
  const request: HttpRequest = {
    method: 'POST',
    path: endpoint.href,
    operation: 'fetch an access token',
    isRead: true,
  };
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
    ...(oauth.placement === 'header' ? clientHeader(oauth) : {}),
  };
  const call = { signal: new AbortController().signal, headers, body: tokenForm(oauth) };
  return tokenOf(await exchange(connections, settings, endpoint, request, call), request, started);
}

// RFC 6749, 2.3.1: both parts are form-encoded before they are joined.
const clientHeader = ({ clientId, clientSecret }: OAuth): Readonly<Record<string, string>> =>
  basicCredential(encodeURIComponent(clientId), encodeURIComponent(clientSecret)).headers;

function tokenForm({ clientId, clientSecret, scope, audience, placement }: OAuth): string {
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (placement === 'body') {
    form.set('client_id', clientId);
    form.set('client_secret', clientSecret);
  }
  if (scope !== undefined) form.set('scope', scope);
  if (audience !== undefined) form.set('audience', audience);
  return form.toString();
}

function tokenOf(answer: HttpAnswer, request: HttpRequest, started: number): Token {
  const body = jsonIfAny(answer);
  const fields: Readonly<Record<string, unknown>> = typeof body === 'object' && body !== null ? { ...body } : {};
  if (answer.status < 200 || answer.status > 299) throw refusedToken(answer, request, fields);
  const { access_token: text, expires_in: life } = fields;
  if (typeof text !== 'string' || text === '' || /[^\x21-\x7e]/.test(text)) throw noToken(answer, request);
  const lifeMs = Number(life) > 0 ? Number(life) * 1_000 : defaultLifeMs;
  return {
    credential: { headers: { authorization: `Bearer ${text}` }, secret: text },
    usableUntil: started + lifeMs - Math.min(leastLeftMs, lifeMs / 10),
  };
}

function refusedToken(
  answer: HttpAnswer,
  request: HttpRequest,
  { error, error_description: description }: Readonly<Record<string, unknown>>,
): ConnectorError {
  const targetMessage = [error, description].filter((part) => typeof part === 'string').join(': ');
  const isRefused = [400, 401, 403].includes(answer.status);
  return answerError(answer, request, {
    ...(isRefused ? { code: 'UNAUTHENTICATED' } : {}),
    ...(targetMessage === '' ? {} : { targetMessage }),
    ...(typeof error === 'string' ? { targetCode: error } : {}),
  });
}

const noToken = (answer: HttpAnswer, { operation }: HttpRequest): ConnectorError =>
  new ConnectorError({
    code: 'UNREACHABLE',
    message: `Could not ${operation}: the answer (status ${answer.status}) holds no access_token.`,
    hint: 'Check that "oauthEndpoint" leads to the token endpoint itself.',
  });
