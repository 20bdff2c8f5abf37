// One request and its answer over undici. Owns deadlines, size, abort, and when exactly a request counts as sent;
// credentials and the meaning of an answer are elsewhere.
import type { IncomingHttpHeaders } from 'node:http';
import { ConnectorError } from '@joinery/connector-kit';
import { Agent, type Dispatcher } from 'undici';
import { isDropped, networkError } from './failure.js';
import { type HttpAnswer, type HttpCall, type HttpRequest, isRead, targetOf } from './request.js';
import type { HttpClientSettings } from './settings.js';

/** The connections of a client. Proxies named in the environment are not used: undici asks for them only when told to. */
export function openConnections(settings: HttpClientSettings): Agent {
  return new Agent({
    connections: settings.maxConnections,
    pipelining: 1,
    // The deadlines are ours: undici's own start again with every chunk.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      timeout: settings.connectTimeoutMs,
      ...(settings.caCertificate === undefined ? {} : { ca: settings.caCertificate }),
      ...(settings.clientCertificate === undefined ? {} : { cert: settings.clientCertificate }),
      ...(settings.clientKey === undefined ? {} : { key: settings.clientKey }),
    },
  });
}

interface Exchange {
  readonly settings: HttpClientSettings;
  readonly request: HttpRequest;
  settle: { readonly resolve: (answer: HttpAnswer) => void; readonly reject: (error: unknown) => void } | null;
  readonly onSend: () => void;
  controller: Dispatcher.DispatchController | null;
  /** Why it was given up, before or after it was sent. */
  end: ConnectorError | null;
  status: number;
  headers: IncomingHttpHeaders;
  bytes: number;
  readonly chunks: Buffer[];
}

type Sent = HttpCall & { readonly headers: Readonly<Record<string, string>>; readonly body: string | null };

/** Sends one request and answers whatever status comes; throws typed failures of the network. `body` is the text sent. */
export async function exchange(
  connections: Agent,
  settings: HttpClientSettings,
  base: URL,
  request: HttpRequest,
  call: Sent,
): Promise<HttpAnswer> {
  for (let attempt = 0; ; attempt += 1) {
    const result = await tryOnce(connections, settings, base, request, call);
    if ('status' in result) return result;
    // Connections kept open may all have died meanwhile, and nobody notices before one is used.
    const mayRepeat = isRead(request) && !result.hasBegun && isDropped(result.error);
    if (!mayRepeat || attempt >= settings.maxConnections) throw networkError(result.error, request, result.wasSent);
  }
}

interface Interruption {
  readonly error: unknown;
  readonly wasSent: boolean;
  /** Something of the answer had come. */
  readonly hasBegun: boolean;
}

async function tryOnce(
  connections: Agent,
  settings: HttpClientSettings,
  base: URL,
  request: HttpRequest,
  call: Sent,
): Promise<HttpAnswer | Interruption> {
  let wasSent = false;
  const onSend = (): void => {
    wasSent = true;
    call.onSend?.();
  };
  const state = stateOf(settings, request, onSend);
  const forget = watch(state, call.signal);
  try {
    return await new Promise<HttpAnswer>((resolve, reject) => {
      state.settle = { resolve, reject };
      if (state.end !== null) return reject(state.end);
      const options = { origin: base.origin, path: targetOf(base, request), method: request.method };
      connections.dispatch({ ...options, headers: { ...call.headers }, body: call.body }, handlerOf(state));
    });
  } catch (error) {
    return { error, wasSent, hasBegun: state.status !== 0 };
  } finally {
    forget();
  }
}

function stateOf(settings: HttpClientSettings, request: HttpRequest, onSend: () => void): Exchange {
  const nothing = { settle: null, controller: null, end: null, status: 0, headers: {}, bytes: 0, chunks: [] };
  return { settings, request, onSend, ...nothing };
}

function handlerOf(state: Exchange): Dispatcher.DispatchHandler {
  return {
    // Called when a connection is there and nothing of the request has been written.
    onRequestStart: (controller) => {
      state.controller = controller;
      if (state.end !== null) controller.abort(state.end);
      else state.onSend();
    },
    onResponseStart: (_controller, status, headers) => {
      state.status = status;
      state.headers = headers;
    },
    onResponseData: (controller, chunk) => {
      state.bytes += chunk.length;
      if (state.bytes > state.settings.maxResponseBytes) controller.abort(tooLarge(state));
      else state.chunks.push(chunk);
    },
    onResponseEnd: () => state.settle?.resolve(answerOf(state)),
    onResponseError: (_controller, error) => state.settle?.reject(state.end ?? error),
  };
}

function answerOf({ status, headers, chunks }: Exchange): HttpAnswer {
  const flat = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ]);
  return { status, headers: Object.fromEntries(flat), text: Buffer.concat(chunks).toString('utf8') };
}

// A request that waits for a connection cannot be called back from undici: it is given up before it is written.
function watch(state: Exchange, signal: AbortSignal): () => void {
  const { request, settings } = state;
  const give = (error: ConnectorError): void => {
    state.end ??= error;
    state.settle?.reject(state.end);
    state.controller?.abort(state.end);
  };
  const onAbort = (): void =>
    give(signal.reason instanceof ConnectorError ? signal.reason : overdue(request, 'the caller stopped the call'));
  if (signal.aborted) {
    onAbort();
    return () => undefined;
  }
  const { responseTimeoutMs } = settings;
  const timer = setTimeout(() => give(overdue(request, `no answer within ${responseTimeoutMs} ms`)), responseTimeoutMs);
  signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
}

function overdue({ operation }: HttpRequest, reason: string): ConnectorError {
  return new ConnectorError({
    code: 'TIMEOUT',
    message: `Could not ${operation}: ${reason}.`,
    hint: 'Check whether the service is slow, or allow it more time.',
  });
}

function tooLarge({ request, settings }: Exchange): ConnectorError {
  return new ConnectorError({
    code: 'INVALID_VALUE',
    message: `Could not ${request.operation}: the answer is larger than ${settings.maxResponseBytes} bytes.`,
    hint: 'Ask for smaller pages, or raise "maxResponseBytes".',
  });
}
