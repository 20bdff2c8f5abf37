// GraphQL over WebSocket (graphql-ws protocol) on the HTTP server's own port: the upgrade, the way from socket to protocol,
// pings. Close codes: 4401 bad token, 4403 rights ended or token expired, 4408 no connection_init, 4429 too many sockets.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ExecutionArgs, GraphQLError } from 'graphql';
import { CloseCode, handleProtocols, makeServer, type Server as ProtocolServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { RequestContext } from '../resolvers/context.js';
import { maskedError } from './mask.js';
import { freshContext, type OperationOptions, preparedOperation } from './socket-operation.js';
import { closeSession, openSession, type Session, type SessionOptions } from './socket-session.js';
import { subscribeFresh } from './stream.js';

export interface SocketOptions extends SessionOptions, OperationOptions {
  readonly httpServer: Server;
  /** True for origins whose pages may open sockets. Requests without an Origin do not come from pages. */
  readonly isOriginAllowed: (origin: string, host: string) => boolean;
}

export interface Sockets {
  /** Closes all with 1001. */
  stop(): Promise<void>;
}

interface Extra {
  readonly socket: WebSocket;
  session?: Session;
}

const initTimeoutMs = 3_000;
const pingMs = 15_000;
const largestMessageBytes = 64 * 1024;

export function serveSockets(options: SocketOptions): Sockets {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: largestMessageBytes, handleProtocols: protocolOf });
  const protocol = protocolServer(options);
  options.httpServer.on('upgrade', (request, connection, head) => {
    const refusal = refusalOf(options, request);
    if (refusal !== null) return refuse(connection, refusal);
    sockets.handleUpgrade(request, connection, head, (socket) => serve(options, protocol, socket));
  });
  return { stop: () => closeAll(sockets) };
}

const protocolOf = (offered: Set<string>): string | false => handleProtocols(offered);

function refusalOf({ isOriginAllowed }: SocketOptions, { url, headers }: IncomingMessage): string | null {
  if (url?.split('?')[0] !== '/graphql') return '404 Not Found';
  const { origin, host = '' } = headers;
  return origin === undefined || isOriginAllowed(origin, host) ? null : '403 Forbidden';
}

function refuse(connection: Duplex, status: string): void {
  connection.on('error', () => undefined);
  connection.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function protocolServer(options: SocketOptions): ProtocolServer<Extra> {
  const sessions = new Set<Session>();
  return makeServer<Record<string, unknown> | undefined, Extra>({
    connectionInitWaitTimeout: initTimeoutMs,
    onConnect: async ({ extra, connectionParams }) => {
      const session = await openSession(options, sessions, extra.socket, connectionParams);
      if (session === null) return false;
      extra.session = session;
      // Closed while it signed in: nobody else would end the session's timers.
      if (extra.socket.readyState !== extra.socket.OPEN) closeSession(sessions, session);
      return true;
    },
    onClose: ({ extra }) => closeSession(sessions, extra.session),
    onSubscribe: ({ extra, subscriptions }, _id, payload) =>
      // The protocol lets nobody ask before `onConnect` agreed.
      extra.session && preparedOperation(options, extra.session, Object.keys(subscriptions).length, payload),
    subscribe: (args) => subscribeFresh(args, freshContext),
    onNext: (_context, _id, _payload, args, { errors, ...result }) => ({
      ...result,
      ...(errors === undefined ? {} : { errors: masked(options, errors, traceOf(args)) }),
    }),
    onError: (_context, _id, _payload, errors) => masked(options, errors, crypto.randomUUID()),
  });
}

/** Sending waits until the kernel took the message: this is what makes a slow reader wait instead of us buffering. */
function serve({ log }: SocketOptions, protocol: ProtocolServer<Extra>, socket: WebSocket): void {
  // A frame over the limit, or a peer that vanished, is no fault of ours; ws closes the socket by itself.
  socket.on('error', (error) => log.info({ err: error }, 'A socket failed.'));
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (text) => sent(socket, text),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (take) =>
        socket.on(
          'message',
          (data: Buffer) => void take(data.toString('utf8')).catch((error: unknown) => fail(log, socket, error)),
        ),
    },
    { socket },
  );
  const stopPinging = ping(socket);
  socket.once('close', (code, reason) => {
    stopPinging();
    closed(code, String(reason)).catch((error: unknown) =>
      log.error({ err: error }, 'A closed socket could not be cleaned up.'),
    );
  });
}

const sent = (socket: WebSocket, text: string): Promise<void> =>
  new Promise((resolve) => {
    // A message that finds the socket gone has nobody to read it; the close event ends its subscriptions.
    if (socket.readyState !== socket.OPEN) resolve();
    else socket.send(text, () => resolve());
  });

function fail(log: SocketOptions['log'], socket: WebSocket, error: unknown): void {
  log.error({ err: error }, 'An operation over a socket failed outside of GraphQL.');
  socket.close(CloseCode.InternalServerError, 'Internal server error');
}

/** Ends sockets whose peer is gone without a word. */
function ping(socket: WebSocket): () => void {
  let isAlive = true;
  socket.on('pong', () => {
    isAlive = true;
  });
  const timer = setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, pingMs);
  return () => clearInterval(timer);
}

async function closeAll(sockets: WebSocketServer): Promise<void> {
  for (const socket of sockets.clients) socket.close(1001, 'Going away');
  await new Promise<void>((resolve) => sockets.close(() => resolve()));
}

const traceOf = (args: ExecutionArgs): string =>
  (args.contextValue as RequestContext | undefined)?.traceId ?? crypto.randomUUID();

const masked = ({ log }: SocketOptions, errors: readonly GraphQLError[], traceId: string) =>
  errors.map((error) => maskedError(error.toJSON(), error, traceId, log));
