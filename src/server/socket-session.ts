// Who is on a socket: signs it in, and ends it when the token expires or the rights of its owner do.
import { GraphQLError } from 'graphql';
import type { WebSocket } from 'ws';
import type { RequestContext } from '../resolvers/context.js';
import type { SignInDirectory } from '../resolvers/operation.js';
import type { ServerLog } from './log.js';
import { again, bearerIn, signIn } from './sign-in.js';
import type { Tokens } from './token.js';

export interface SessionOptions {
  readonly tokens: Tokens;
  readonly actors: SignInDirectory;
  readonly log: ServerLog;
  /** How often the rights of an open socket are looked at again. Default 30,000. */
  readonly reauthoriseMs?: number;
}

export interface Session {
  /** Of the token. */
  readonly subject: string;
  /** With the rights of the last look. */
  actor: RequestContext['actor'];
  /** The owner as he is now, for the streams too. Throws FORBIDDEN, and has closed the socket, when he may no longer act. */
  readonly look: () => Promise<RequestContext['actor']>;
  /** Forgets the timers. */
  readonly end: () => void;
}

/** Close codes of ours; the protocol's own are graphql-ws'. */
const closeCodes = { unauthorized: 4401, forbidden: 4403, tooMany: 4429 } as const;
const mostSocketsPerSubject = 10;

/** Null, and the socket closed, for who may not come in. */
export async function openSession(
  options: SessionOptions,
  sessions: Set<Session>,
  socket: WebSocket,
  parameters: Readonly<Record<string, unknown>> | undefined,
): Promise<Session | null> {
  try {
    const token = bearerIn(parameters?.authorization ?? parameters?.Authorization);
    const { actor, proof } = await signIn(token, options.tokens, options.actors);
    if (isCrowded(sessions, proof.subject)) return refuse(socket, closeCodes.tooMany, 'Too many sockets');
    const session = watched(options, socket, actor, proof);
    sessions.add(session);
    return session;
  } catch (error) {
    const isUnknown = error instanceof GraphQLError && error.extensions.code === 'UNAUTHENTICATED';
    if (isUnknown) return refuse(socket, closeCodes.unauthorized, 'Unauthorized');
    if (!(error instanceof GraphQLError)) options.log.error({ err: error }, 'A socket could not sign in.');
    return refuse(socket, closeCodes.forbidden, 'Forbidden');
  }
}

export function closeSession(sessions: Set<Session>, session: Session | undefined): void {
  if (session === undefined) return;
  session.end();
  sessions.delete(session);
}

const isCrowded = (sessions: Set<Session>, subject: string): boolean =>
  [...sessions].filter((session) => session.subject === subject).length >= mostSocketsPerSubject;

function refuse(socket: WebSocket, code: number, reason: string): null {
  socket.close(code, reason);
  return null;
}

// setTimeout overflows after 24.8 days; a token that lives longer costs its holder a reconnection.
const longestTimer = 2 ** 31 - 1;

function watched(
  options: SessionOptions,
  socket: WebSocket,
  actor: Session['actor'],
  { subject, expiresAt }: { readonly subject: string; readonly expiresAt: number },
): Session {
  const expire = (): void => socket.close(closeCodes.forbidden, 'The token has expired');
  const expiry = setTimeout(expire, Math.min(expiresAt - Date.now(), longestTimer));
  let isLooking = false;
  const review = setInterval(() => {
    // A slow database must not gather looks.
    if (isLooking) return;
    isLooking = true;
    void reauthorise(options, session).finally(() => {
      isLooking = false;
    });
  }, options.reauthoriseMs ?? 30_000);
  const session: Session = {
    actor,
    subject,
    look: () => look(options, socket, session),
    end: () => {
      clearTimeout(expiry);
      clearInterval(review);
    },
  };
  return session;
}

async function look({ actors }: SessionOptions, socket: WebSocket, session: Session): Promise<Session['actor']> {
  try {
    session.actor = await again(session.actor, actors);
    return session.actor;
  } catch (error) {
    if (error instanceof GraphQLError) socket.close(closeCodes.forbidden, 'Forbidden');
    throw error;
  }
}

async function reauthorise({ log }: SessionOptions, session: Session): Promise<void> {
  try {
    await session.look();
  } catch (error) {
    if (!(error instanceof GraphQLError))
      log.warn({ err: error }, 'The rights of an open socket could not be looked at; trying again later.');
  }
}
