// The express application: what is mounted where, in which order, and how errors outside GraphQL are answered.
import { expressMiddleware } from '@as-integrations/express5';
import type { ApolloServer } from '@apollo/server';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Router,
} from 'express';
import helmet from 'helmet';
import type { RequestContext } from '../resolvers/context.js';
import { createContext, type SignInDirectory } from '../resolvers/operation.js';
import { readBody } from './body.js';
import { exportRouter } from './export.js';
import { livez, type Readiness, readyz } from './health.js';
import { maximumBodyBytes } from './limit.js';
import type { ServerLog } from './log.js';
import type { RateLimit } from './rate-limit.js';
import { isOutage, outageError, outageMessage, retryAfterSeconds } from './outage.js';
import { again, bearerOf, signIn } from './sign-in.js';
import type { Tokens } from './token.js';

export interface HttpOptions {
  readonly apollo: ApolloServer<RequestContext>;
  readonly ports: RequestContext['ports'];
  readonly tokens: Tokens;
  readonly actors: SignInDirectory;
  readonly readiness: Readiness;
  /** The demo's sign-in; null outside the demo. */
  readonly demo: Router | null;
  readonly board: Router;
  readonly rateLimit: RateLimit;
  readonly log: ServerLog;
}

export function fillApplication(application: Express, options: HttpOptions): void {
  application.disable('x-powered-by');
  application.use(helmet(headers));
  application.get('/livez', livez);
  application.get('/readyz', readyz(options.readiness));
  application.use('/queues', options.board);
  application.use('/exports', exportRouter(options.ports, options.tokens, options.actors));
  application.use(onlyJson, readBody(options.tokens, options.actors));
  if (options.demo !== null) application.use('/demo', options.demo);
  application.use(
    '/graphql',
    expressMiddleware(options.apollo, { context: ({ req, res }) => contextOf(options, req, res) }),
  );
  application.use(notFound);
  application.use(answerError(options.log));
}

// Served over plain HTTP on 127.0.0.1 or behind a proxy that ends TLS: upgrading is the proxy's business.
const headers = {
  contentSecurityPolicy: { directives: { 'upgrade-insecure-requests': null, 'form-action': ["'self'"] } },
  strictTransportSecurity: false,
} as const;

async function contextOf(
  { tokens, actors, ports, rateLimit }: HttpOptions,
  request: Request,
  response: express.Response,
): Promise<RequestContext> {
  const traceId = crypto.randomUUID();
  response.setHeader('x-trace-id', traceId);
  const { actor, proof } = await signIn(bearerOf(request), tokens, actors).catch((error: unknown) => {
    throw error instanceof Error && isOutage(error) ? outageError(error) : error;
  });
  return createContext({
    actor,
    currentActor: () => again(actor, actors),
    ports,
    idempotencyKey: request.get('idempotency-key') ?? null,
    budget: rateLimit.budgetOf(proof.subject),
    onReplay: () => void response.setHeader('idempotency-replayed', 'true'),
    traceId,
  });
}

/** A form post needs no preflight, so a foreign page could send one. */
const onlyJson: RequestHandler = (request, response, next) => {
  if (request.method !== 'POST' || request.is('application/json') !== false) return next();
  response.status(415).json(problem('BAD_REQUEST', 'Send the body as application/json.'));
};

const notFound: RequestHandler = (request, response) => {
  response
    .status(404)
    .json(problem('NOT_FOUND', `There is nothing at ${request.path.slice(0, 100)}. The API is at /graphql.`));
};

/** Express would print the stack, and with it parts of the body. */
const answerError =
  (log: ServerLog): ErrorRequestHandler =>
  (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const status = statusOf(error);
    if (status === 413)
      return void response.status(413).json(problem('BAD_REQUEST', `The body is larger than ${limitOf(error)} bytes.`));
    if (status < 500) return void response.status(status).json(problem('BAD_REQUEST', 'The body is not valid JSON.'));
    const traceId = crypto.randomUUID();
    log.error({ traceId, err: error }, 'A request failed.');
    if (isOutage(error))
      return void response
        .status(503)
        .set('retry-after', String(retryAfterSeconds))
        .json(problem('UNAVAILABLE', outageMessage, traceId));
    response
      .status(500)
      .json(
        problem(
          'INTERNAL',
          'Something went wrong on our side. It was logged; quote the trace id to the operators.',
          traceId,
        ),
      );
  };

/** body-parser says which limit was passed. */
const limitOf = (error: unknown): number =>
  typeof error === 'object' && error !== null && 'limit' in error && typeof error.limit === 'number'
    ? error.limit
    : maximumBodyBytes;

/** body-parser and express say what the client did wrong by a status below 500. */
const statusOf = (error: unknown): number =>
  typeof error === 'object' &&
  error !== null &&
  'status' in error &&
  typeof error.status === 'number' &&
  error.status >= 400
    ? error.status
    : 500;

const problem = (code: string, message: string, traceId?: string) => ({
  errors: [{ message, extensions: { code, ...(traceId === undefined ? {} : { traceId }) } }],
});
