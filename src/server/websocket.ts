// GraphQL over WebSocket (graphql-ws protocol) on the HTTP server's own port: who may connect, how much one socket may
// ask, and when it is closed. Close codes: 4401 bad token, 4403 rights ended or token expired, 4408 no connection_init.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  type ExecutionArgs, getOperationAST, getVariableValues, GraphQLError, type GraphQLSchema, NoSchemaIntrospectionCustomRule, parse, specifiedRules,
  validate,
} from 'graphql';
import type { Context, SubscribePayload } from 'graphql-ws';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { RequestContext } from '../resolvers/context.js';
import { createContext } from '../resolvers/operation.js';
import type { ActorDirectory } from '../steps/ports/actor.js';
import { limitErrors, maximumTokens } from './limit.js';
import type { ServerLog } from './log.js';
import { maskedError } from './mask.js';
import { again, bearerIn, signIn } from './sign-in.js';
import { subscribeFresh } from './stream.js';
import type { Tokens } from './token.js';

export interface SocketOptions {
  readonly httpServer: Server;
  readonly schema: GraphQLSchema;
  /** Answers questions about the schema. */
  readonly introspection: boolean;
  readonly ports: RequestContext['ports'];
  readonly tokens: Tokens;
  readonly actors: ActorDirectory;
  readonly log: ServerLog;
  /** True for origins whose pages may open sockets. Requests without an Origin do not come from pages. */
  readonly isOriginAllowed: (origin: string, host: string) => boolean;
  /** How often the rights of an open socket are looked at again. Default 30,000. */
  readonly reauthoriseMs?: number;
}

const initTimeoutMs = 3_000;
const pingMs = 15_000;
const largestMessageBytes = 64 * 1024;
const mostSubscriptions = 20;
const mostSocketsPerSubject = 10;
const forbidden = 4403;

/** What we remember of a socket once it signed in. */
interface Session {
  readonly subject: string;
  actor: RequestContext['actor'];
  readonly end: () => void;
}

type SocketContext = Context<Record<string, unknown> | undefined, Extra & Partial<{ session: Session }>>;

export interface Sockets {
  /** Closes all with 1001. */
  stop(): Promise<void>;
}

export function serveSockets(options: SocketOptions): Sockets {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: largestMessageBytes });
  const sessions = new Set<Session>();
  const owners = new WeakMap<RequestContext, Session>();
  options.httpServer.on('upgrade', (request, socket, head) => upgrade(options, sockets, request, socket, head));
  const server = useServer<Record<string, unknown> | undefined, { session: Session }>(
    {
      schema: options.schema,
      connectionInitWaitTimeout: initTimeoutMs,
      onConnect: (context) => connect(options, sessions, context),
      onDisconnect: ({ extra }) => forget(sessions, extra.session),
      onSubscribe: (context, _id, payload) => prepare(options, owners, context, payload),
      subscribe: (args) => subscribeFresh(args, (context) => freshContext(context, owners)),
      onNext: (_context, _id, _payload, args, result) => ({
        ...result,
        ...(result.errors === undefined ? {} : { errors: masked(options, result.errors, traceOf(args)) }),
      }),
      onError: (_context, _id, _payload, errors) => masked(options, errors, crypto.randomUUID()),
      isProd: true,
    },
    sockets,
    pingMs,
  );
  return { stop: async () => server.dispose() };
}

function upgrade(options: SocketOptions, sockets: WebSocketServer, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { origin, host } = request.headers;
  const path = request.url?.split('?')[0];
  if (path !== '/graphql') return refuse(socket, '404 Not Found');
  if (origin !== undefined && !options.isOriginAllowed(origin, host ?? '')) return refuse(socket, '403 Forbidden');
  sockets.handleUpgrade(request, socket, head, (opened) => {
    // A frame over the limit, or a peer that vanished, is no fault of ours.
    opened.on('error', (error) => options.log.info({ err: error }, 'A socket failed.'));
    sockets.emit('connection', opened, request);
  });
}

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

async function connect(options: SocketOptions, sessions: Set<Session>, { connectionParams, extra }: SocketContext): Promise<boolean> {
  try {
    const token = bearerIn(connectionParams?.authorization ?? connectionParams?.Authorization);
    const { actor, proof } = await signIn(token, options.tokens, options.actors);
    if ([...sessions].filter(({ subject }) => subject === proof.subject).length >= mostSocketsPerSubject) {
      extra.socket.close(4429, 'Too many sockets');
      return false;
    }
    extra.session = watch(options, extra.socket, { actor, subject: proof.subject, expiresAt: proof.expiresAt });
    sessions.add(extra.session);
    return true;
  } catch (error) {
    if (!(error instanceof GraphQLError)) options.log.error({ err: error }, 'A socket could not sign in.');
    if (error instanceof GraphQLError && error.extensions.code === 'UNAUTHENTICATED') extra.socket.close(4401, 'Unauthorized');
    return false;
  }
}

/** Ends the socket when its token expires, and when the actor's rights ended meanwhile. */
function watch(options: SocketOptions, socket: WebSocket, { actor, subject, expiresAt }: { actor: Session['actor']; subject: string; expiresAt: number }): Session {
  // setTimeout overflows after 24.8 days; no token should live that long, and a reconnection is harmless.
  const expiry = setTimeout(() => socket.close(forbidden, 'The token has expired'), Math.min(expiresAt - Date.now(), 2 ** 31 - 1));
  const review = setInterval(() => void reauthorise(options, socket, session), options.reauthoriseMs ?? 30_000);
  const session: Session = {
    actor,
    subject,
    end: () => {
      clearTimeout(expiry);
      clearInterval(review);
    },
  };
  return session;
}

async function reauthorise(options: SocketOptions, socket: WebSocket, session: Session): Promise<void> {
  try {
    session.actor = await again(session.actor, options.actors);
  } catch (error) {
    if (error instanceof GraphQLError) socket.close(forbidden, 'Forbidden');
    else options.log.warn({ err: error }, 'The rights of an open socket could not be looked at; trying again later.');
  }
}

function forget(sessions: Set<Session>, session: Session | undefined): void {
  if (session === undefined) return;
  session.end();
  sessions.delete(session);
}

function prepare(
  options: SocketOptions,
  owners: WeakMap<RequestContext, Session>,
  context: SocketContext,
  payload: SubscribePayload,
): ExecutionArgs | readonly GraphQLError[] {
  const { session } = context.extra;
  if (session === undefined) return [new GraphQLError('Sign in first.', { extensions: { code: 'UNAUTHENTICATED' } })];
  if (Object.keys(context.subscriptions).length > mostSubscriptions) {
    return [badInput(`A socket carries at most ${mostSubscriptions} operations at once: complete one, or open another socket.`)];
  }
  const document = parsedDocument(payload.query);
  if (document instanceof GraphQLError) return [document];
  const problems = problemsOf(options, document, payload);
  if (problems.length > 0) return problems;
  const contextValue = contextOf(options, session);
  owners.set(contextValue, session);
  return { schema: options.schema, document, operationName: payload.operationName ?? null, variableValues: payload.variables ?? {}, contextValue };
}

/** What HTTP finds through Apollo, found here: the document against the schema, its limits, its variables. */
function problemsOf({ schema, introspection }: SocketOptions, document: ExecutionArgs['document'], payload: SubscribePayload): readonly GraphQLError[] {
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const errors = validate(schema, document, rules, { maxErrors: 10, hideSuggestions: true });
  if (errors.length > 0) return errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
  const over = limitErrors(document, payload.operationName, payload.variables);
  if (over.length > 0) return over;
  const variables = getOperationAST(document, payload.operationName)?.variableDefinitions ?? [];
  const coerced = getVariableValues(schema, variables, payload.variables ?? {}, { maxErrors: 10 });
  return (coerced.errors ?? []).map((error) => withCode(error, 'BAD_USER_INPUT'));
}

function parsedDocument(query: string): ExecutionArgs['document'] | GraphQLError {
  try {
    return parse(query, { maxTokens: maximumTokens });
  } catch (error) {
    return error instanceof GraphQLError ? withCode(error, 'GRAPHQL_PARSE_FAILED') : badInput('The document cannot be read.');
  }
}

function contextOf(options: SocketOptions, session: Session): RequestContext {
  return createContext({
    actor: session.actor,
    currentActor: async () => {
      session.actor = await again(session.actor, options.actors);
      return session.actor;
    },
    ports: options.ports,
    idempotencyKey: null,
    traceId: crypto.randomUUID(),
  });
}

/** The same operation with nothing remembered, by the actor as the stream last found him. */
function freshContext(context: RequestContext, owners: WeakMap<RequestContext, Session>): RequestContext {
  const { currentActor, ports, idempotencyKey, traceId } = context;
  return createContext({ actor: owners.get(context)?.actor ?? context.actor, currentActor, ports, idempotencyKey, traceId });
}

const traceOf = (args: ExecutionArgs): string => (args.contextValue as RequestContext | undefined)?.traceId ?? crypto.randomUUID();

const masked = ({ log }: SocketOptions, errors: readonly GraphQLError[], traceId: string) =>
  errors.map((error) => maskedError(error.toJSON(), error, traceId, log));

const badInput = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

const withCode = (error: GraphQLError, code: string): GraphQLError =>
  new GraphQLError(error.message, { nodes: error.nodes ?? null, source: error.source ?? null, positions: error.positions ?? null, extensions: { code } });
