// The client packages work with: requests to one service, signed in, each ending in an answer or a typed failure.
// Owns the order credential → request → 401 once more; leaves the meaning of an answer's body to packages.
import { ConnectorError } from '@joinery/connector-kit';
import type { Agent } from 'undici';
import { type Credential, type CredentialSource, credentialSource } from './credential.js';
import { exchange, openConnections } from './exchange.js';
import { answerError, redirectError, retryAfterMs } from './failure.js';
import { type HttpAnswer, type HttpCall, type HttpRequest, isRead, linkedPath } from './request.js';
import type { HttpClientSettings } from './settings.js';

export interface HttpClient {
  readonly baseUrl: URL;
  /**
   * Answers what the service said: success, or a refusal for the package to explain. Throws for what means the same
   * everywhere: no answer, refused credentials, redirects, throttling. A write that may have been applied throws
   * OUTCOME_UNKNOWN; every other failure says that it was not.
   */
  send(request: HttpRequest, call: HttpCall): Promise<HttpAnswer>;
  /** An address the service sent, checked to be its own: the `path` of a further request. */
  linked(from: string, link: string): string;
  close(): Promise<void>;
}

interface Client {
  readonly settings: HttpClientSettings;
  readonly connections: Agent;
  readonly credentials: CredentialSource;
}

/** Opens no connection yet. */
export function openHttpClient(settings: HttpClientSettings): HttpClient {
  const connections = openConnections(settings);
  const client: Client = { settings, connections, credentials: credentialSource(settings, connections) };
  return {
    baseUrl: settings.baseUrl,
    send: (request, call) => send(client, request, call),
    linked: (from, link) => linkedPath(settings.baseUrl, from, link),
    close: () => connections.destroy(),
  };
}

async function send(client: Client, request: HttpRequest, call: HttpCall): Promise<HttpAnswer> {
  const credential = await client.credentials.present(call.signal);
  const first = await sendAs(client, credential, request, call);
  if (first.status !== 401 || !client.credentials.renounce(credential)) return accepted(first, request, credential);
  // A token may be withdrawn before it expires. 401 says that nothing was done, so a write may be sent again, once.
  const renewed = await client.credentials.present(call.signal);
  return accepted(await sendAs(client, renewed, request, call), request, renewed);
}

async function sendAs(
  { settings, connections }: Client,
  credential: Credential,
  request: HttpRequest,
  call: HttpCall,
): Promise<HttpAnswer> {
  const body = request.body === undefined ? null : JSON.stringify(request.body);
  const { idempotencyHeader } = settings;
  const isKeyed = idempotencyHeader !== undefined && call.idempotencyKey !== undefined && !isRead(request);
  const headers = lowerCased({
    accept: 'application/json',
    ...settings.headers,
    ...(body === null ? {} : { 'content-type': request.contentType ?? 'application/json' }),
    ...request.headers,
    ...(isKeyed ? { [idempotencyHeader]: call.idempotencyKey ?? '' } : {}),
    ...credential.headers,
  });
  return exchange(connections, settings, settings.baseUrl, request, { ...call, headers, body });
}

// The same name in two spellings would be sent twice.
const lowerCased = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

function accepted(answer: HttpAnswer, request: HttpRequest, { secret }: Credential): HttpAnswer {
  // Some services quote what they were sent; a fetched token is no setting, so the kit cannot hide it.
  const shown =
    secret === null || answer.status < 300 ? answer : { ...answer, text: answer.text.replaceAll(secret, '***') };
  if (answer.status === 401 || answer.status === 429) throw answerError(shown, request);
  if (answer.status === 503 && retryAfterMs(answer) !== null) throw answerError(shown, request);
  if (answer.status >= 300 && answer.status < 400 && answer.status !== 304) throw redirectError(shown, request);
  return shown;
}

/** The answer when it is one of success (2xx); throws otherwise. */
export function succeeded(answer: HttpAnswer, request: HttpRequest): HttpAnswer {
  if (isSuccess(answer)) return answer;
  throw answerError(answer, request);
}

export const isSuccess = ({ status }: HttpAnswer): boolean => status >= 200 && status < 300;

/** Whether a failure leaves open what became of a write; every other one says that nothing was applied. */
export const isOpen = (error: unknown): boolean =>
  !(error instanceof ConnectorError) || error.failure.code === 'OUTCOME_UNKNOWN';
