// The file of an export, for whoever asked for it: streamed piece by piece, with the same token as the API.
import { pipeline } from 'node:stream/promises';
import { type RequestHandler, Router } from 'express';
import type { RequestContext } from '../resolvers/context.js';
import { type SignInDirectory } from '../resolvers/operation.js';
import { findFile } from '../resolvers/export.js';
import { bearerOf, signIn } from './sign-in.js';
import type { Tokens } from './token.js';

type Ports = RequestContext['ports'];

const types = { CSV: 'text/csv; charset=utf-8', JSONL: 'application/jsonl; charset=utf-8' } as const;
const rowId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function exportRouter(ports: Ports, tokens: Tokens, actors: SignInDirectory): Router {
  const router = Router();
  router.get('/:id', download(ports, tokens, actors));
  return router;
}

const download =
  (ports: Ports, tokens: Tokens, actors: SignInDirectory): RequestHandler =>
  async (request, response, next) => {
    const id = String(request.params.id);
    const { actor } = await signIn(bearerOf(request), tokens, actors);
    const found = rowId.test(id) ? await findFile(ports, actor, id) : null;
    // What is somebody else's, or gone, is not there.
    if (found === null) return next();
    response.setHeader('content-type', types[found.format]);
    response.setHeader('content-disposition', `attachment; filename="${found.name}"`);
    try {
      await pipeline(found.content, response);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  };

/** Whoever asked has hung up. */
const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
