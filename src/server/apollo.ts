// Apollo Server over HTTP: masking, limits, drain. Everything it would do by itself and we did not ask for is off.
import type { Server } from 'node:http';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import { type GraphQLSchema, getVariableValues } from 'graphql';
import type { RequestContext } from '../resolvers/context.js';
import { costOfOperation, limitErrors, maximumTokens } from './limit.js';
import type { ServerLog } from './log.js';
import { maskedError } from './mask.js';
import { retryAfterSeconds } from './outage.js';
import { textErrors } from './text.js';

export interface ApolloOptions {
  readonly schema: GraphQLSchema;
  readonly httpServer: Server;
  /** Answers questions about the schema. */
  readonly introspection: boolean;
  /** How long open requests may go on at the end. */
  readonly stopGraceMs: number;
  readonly log: ServerLog;
}

export function createApollo({
  schema,
  httpServer,
  introspection,
  stopGraceMs,
  log,
}: ApolloOptions): ApolloServer<RequestContext> {
  // formatError gets no context; the plugin sees both the error and the operation it belongs to.
  const traces = new WeakMap<object, string>();
  return new ApolloServer<RequestContext>({
    schema,
    introspection,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    hideSchemaDetailsFromClientErrors: true,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: maximumTokens },
    formatError: (shown, error) => maskedError(shown, error, traceOf(error, traces), log),
    logger: quiet(log),
    plugins: [
      limitPlugin,
      tracePlugin(traces),
      costPlugin,
      outagePlugin,
      ApolloServerPluginDrainHttpServer({ httpServer, stopGracePeriodMillis: stopGraceMs }),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
}

const limitPlugin: ApolloServerPlugin<RequestContext> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ document, operationName, request }) => {
      const [first] = [
        ...limitErrors(document, operationName, request.variables),
        ...textErrors(document, request.variables),
      ];
      if (first !== undefined) throw first;
    },
  }),
};

/** Charges what will run, and tells what is left; what is refused before it runs costs nothing. */
const costPlugin: ApolloServerPlugin<RequestContext> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ schema, document, operation, operationName, request, contextValue }) => {
      const { errors } = getVariableValues(schema, operation?.variableDefinitions ?? [], request.variables ?? {});
      if (errors !== undefined) return;
      const refusal = contextValue.budget.charge(costOfOperation(document, operationName, request.variables));
      if (refusal !== null) throw refusal;
    },
    willSendResponse: async ({ response: { body, http }, contextValue }) => {
      const { account, cost: requested } = contextValue.budget.state();
      if (account === null) return;
      http.headers.set('ratelimit-limit', String(account.limit));
      http.headers.set('ratelimit-remaining', String(account.remaining));
      http.headers.set('ratelimit-reset', String(Math.ceil(account.fullInSeconds)));
      if (body.kind !== 'single' || requested === 0) return;
      const cost = { requested, remaining: account.remaining, restoreRate: account.restorePerSecond };
      body.singleResult.extensions = { ...body.singleResult.extensions, cost };
    },
  }),
};

/** Errors of resolvers come with 200; an outage tells clients and proxies to come back. */
const outagePlugin: ApolloServerPlugin<RequestContext> = {
  requestDidStart: async () => ({
    willSendResponse: async ({ response: { body, http } }) => {
      if (body.kind !== 'single') return;
      if (!body.singleResult.errors?.some(({ extensions }) => extensions?.code === 'UNAVAILABLE')) return;
      http.status = 503;
      http.headers.set('retry-after', String(retryAfterSeconds));
    },
  }),
};

function tracePlugin(traces: WeakMap<object, string>): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => ({
      didEncounterErrors: async ({ errors, contextValue }) => {
        for (const error of errors) traces.set(error, contextValue.traceId);
      },
    }),
  };
}

const traceOf = (error: unknown, traces: WeakMap<object, string>): string =>
  (typeof error === 'object' && error !== null ? traces.get(error) : undefined) ?? crypto.randomUUID();

/** Apollo's own remarks are for developers of servers; only its errors matter to operators. */
const quiet = (log: ServerLog) => ({
  debug: () => undefined,
  info: () => undefined,
  warn: (message: unknown) => log.warn({ from: 'apollo' }, String(message)),
  error: (message: unknown) => log.error({ from: 'apollo' }, String(message)),
});
