// Bodies of requests: JSON alone, and how large. A configuration is sent whole, so those who may plan one send more; who
// that is, is known before a byte of a large body is read.
import express, { type Request, type RequestHandler } from 'express';
import { GraphQLError } from 'graphql';
import { maySendConfiguration, type SignInDirectory } from '../resolvers/operation.js';
import { maximumBodyBytes, maximumConfigurationBytes } from './limit.js';
import { bearerOf, signIn } from './sign-in.js';
import type { Tokens } from './token.js';

export function readBody(tokens: Tokens, actors: SignInDirectory): RequestHandler {
  const small = express.json({ limit: maximumBodyBytes });
  const large = express.json({ limit: maximumConfigurationBytes });
  return async (request, response, next) => {
    const bytes = announcedBytes(request);
    if (bytes <= maximumBodyBytes) return small(request, response, next);
    const isTrusted = await maySendMore(request, tokens, actors);
    const limit = isTrusted ? maximumConfigurationBytes : maximumBodyBytes;
    // The parser would first read all of it, and then refuse.
    if (bytes > limit) throw Object.assign(new Error('The body is too large.'), { status: 413, limit });
    large(request, response, next);
  };
}

/** A body of unknown length is a small one: it is cut off at the limit while it is read. */
const announcedBytes = (request: Request): number => Number(request.get('content-length') ?? 0);

async function maySendMore(request: Request, tokens: Tokens, actors: SignInDirectory): Promise<boolean> {
  try {
    const { actor } = await signIn(bearerOf(request), tokens, actors);
    return maySendConfiguration(actor);
  } catch (error) {
    // Refused: the body is too large for them. Anything else is our own trouble, and is told as such.
    if (error instanceof GraphQLError) return false;
    throw error;
  }
}
