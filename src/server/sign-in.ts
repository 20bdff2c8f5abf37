// From a bearer token to the actor of this moment: for HTTP requests, sockets and the queue board alike.
import type { IncomingMessage } from 'node:http';
import { GraphQLError } from 'graphql';
import type { RequestContext } from '../resolvers/context.js';
import type { SignInDirectory } from '../resolvers/operation.js';
import type { Proof, Tokens } from './token.js';

type Actor = RequestContext['actor'];

export interface SignIn {
  readonly actor: Actor;
  readonly proof: Proof;
}

/** Throws UNAUTHENTICATED for a bad token, FORBIDDEN for somebody who may not act (any more). */
export async function signIn(
  token: string | null,
  tokens: Tokens,
  actors: SignInDirectory,
  audience?: string,
): Promise<SignIn> {
  const proof = token === null ? null : await tokens.verify(token, audience);
  if (proof === null) throw unauthenticated(token === null);
  const found = await find(proof.subject, actors);
  if (!found.ok) throw refusal('FORBIDDEN', 403, found.refusals.map(({ message }) => message).join(' '));
  return { actor: found.value, proof };
}

function find(subject: string, actors: SignInDirectory): ReturnType<SignInDirectory['person']> {
  const [, service] = /^service:(.+)$/.exec(subject) ?? [];
  return service === undefined ? actors.person(subject) : actors.service(service);
}

/** The same actor now. Throws FORBIDDEN. */
export async function again(actor: Actor, actors: SignInDirectory): Promise<Actor> {
  const found = await actors.again(actor);
  if (found.ok) return found.value;
  throw refusal('FORBIDDEN', 403, found.refusals.map(({ message }) => message).join(' '));
}

export function bearerOf(request: IncomingMessage): string | null {
  return bearerIn(request.headers.authorization);
}

/** `Bearer <token>` in any case of the word; null for anything else. */
export function bearerIn(header: unknown): string | null {
  const [, token] = /^bearer +(\S+)$/i.exec(typeof header === 'string' ? header.trim() : '') ?? [];
  return token ?? null;
}

const unauthenticated = (isMissing: boolean): GraphQLError =>
  refusal(
    'UNAUTHENTICATED',
    401,
    isMissing
      ? 'Sign in first: send a token as Authorization: Bearer.'
      : 'The token is not valid, or has expired: sign in again.',
  );

const refusal = (code: string, status: number, message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code, http: { status } } });
