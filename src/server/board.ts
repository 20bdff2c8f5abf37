// Bull Board on /queues: operators only, read-only, ids only. A browser cannot send a bearer with a link, so
// POST /queues/session turns one into a short-lived cookie that is good for nothing else.
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { Queue } from 'bullmq';
import { type Request, type RequestHandler, Router, urlencoded } from 'express';
import { GraphQLError } from 'graphql';
import { maySeeQueues, type SignInDirectory } from '../resolvers/operation.js';
import { bearerOf, signIn } from './sign-in.js';
import type { Tokens } from './token.js';

export interface BoardOptions {
  readonly queues: readonly Queue[];
  readonly tokens: Tokens;
  readonly actors: SignInDirectory;
  /** People come by TLS, whatever the last stretch behind the proxy is. */
  readonly hasTls: boolean;
}

const cookieName = 'joinery_board';
const cookieAudience = 'joinery-board';
const cookieSeconds = 15 * 60;

export function boardRouter(options: BoardOptions): Router {
  const router = Router();
  router.post('/session', urlencoded({ extended: false, limit: '8kb' }), openSession(options));
  router.use(operatorsOnly(options));
  router.use(dashboard(options.queues));
  return router;
}

function dashboard(queues: readonly Queue[]): RequestHandler {
  const pages = new ExpressAdapter();
  pages.setBasePath('/queues');
  createBullBoard({
    queues: queues.map(readOnly),
    serverAdapter: pages,
    options: { uiConfig: { boardTitle: 'Joinery queues' } },
  });
  return pages.getRouter();
}

/** Job data is the id of a row; anything else a job might carry is not shown. */
function readOnly(queue: Queue): BullMQAdapter {
  const adapter = new BullMQAdapter(queue, { readOnlyMode: true });
  adapter.setFormatter('data', idOnly);
  adapter.setFormatter('returnValue', () => null);
  return adapter;
}

const idOnly = (data: unknown): unknown =>
  typeof data === 'object' && data !== null && 'id' in data ? { id: data.id } : {};

function openSession({ tokens, actors, hasTls }: BoardOptions): RequestHandler {
  return async (request, response) => {
    const { status, subject } = await visitor(bearerOf(request) ?? formToken(request.body), tokens, actors);
    if (status !== 200) return void response.status(status).type('html').send(signInPage(status));
    const value = await tokens.sign(subject, cookieSeconds, cookieAudience);
    response.cookie(cookieName, value, {
      httpOnly: true,
      sameSite: 'strict',
      secure: hasTls || request.secure,
      path: '/queues',
      maxAge: cookieSeconds * 1000,
    });
    response.redirect(303, '/queues');
  };
}

function operatorsOnly({ tokens, actors }: BoardOptions): RequestHandler {
  return async (request, response, next) => {
    const bearer = bearerOf(request);
    const { status } =
      bearer === null
        ? await visitor(cookieOf(request), tokens, actors, cookieAudience)
        : await visitor(bearer, tokens, actors);
    if (status === 200) return next();
    response.status(status).type('html').send(signInPage(status));
  };
}

type Visitor =
  | { readonly status: 200; readonly subject: string }
  | { readonly status: 401 | 403; readonly subject: null };

async function visitor(
  token: string | null,
  tokens: Tokens,
  actors: SignInDirectory,
  audience?: string,
): Promise<Visitor> {
  try {
    const { actor, proof } = await signIn(token, tokens, actors, audience);
    return maySeeQueues(actor) ? { status: 200, subject: proof.subject } : { status: 403, subject: null };
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return { status: error.extensions.code === 'FORBIDDEN' ? 403 : 401, subject: null };
  }
}

function cookieOf(request: Request): string | null {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1) ?? null;
}

const formToken = (body: unknown): string | null =>
  typeof body === 'object' && body !== null && 'token' in body && typeof body.token === 'string'
    ? body.token.trim()
    : null;

const signInPage = (
  status: 401 | 403,
): string => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Joinery queues</title>
<h1>Queues</h1><p>${status === 401 ? 'Operators sign in with a token.' : 'This takes the operator or administrator profile.'}</p>
<form method="post" action="/queues/session"><label>Token <input name="token" type="password" autocomplete="off" required></label>
<button>Open</button></form></html>`;
