// What clients may learn of an error: an allow-list. Anything thrown that is not meant for them becomes INTERNAL
// with a trace id, or UNAVAILABLE while the database is away; what it was goes to the log. The same for HTTP and WebSocket.
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { ServerLog } from './log.js';
import { isOutage, outageMessage } from './outage.js';

const publicCodes: readonly unknown[] = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'LIMIT_EXCEEDED',
  'THROTTLED',
  'COST_EXCEEDED',
  'UNAVAILABLE',
];

/** Extensions beside the code that our own errors carry; everything else is dropped. */
const publicExtensions = ['hint', 'reason', 'field', 'retryAfterSeconds'] as const;

/** `error` as it was thrown or wrapped; `shown` as the library would show it. */
export function maskedError(
  shown: GraphQLFormattedError,
  error: unknown,
  traceId: string,
  log: ServerLog,
): GraphQLFormattedError {
  const cause = causeOf(error);
  if (isOutage(cause)) {
    log.error({ traceId, path: shown.path, err: cause }, 'An operation failed: the database or the queue is away.');
    return { ...place(shown), message: outageMessage, extensions: { code: 'UNAVAILABLE', traceId } };
  }
  // Without a path it was found before any resolver ran, by the library itself.
  const isOurs = cause instanceof GraphQLError || shown.path === undefined;
  const isPublic = isOurs && publicCodes.includes(shown.extensions?.code);
  if (isPublic) return { ...place(shown), message: shown.message, extensions: { ...extensionsOf(shown), traceId } };
  log.error({ traceId, path: shown.path, err: cause }, 'An operation failed.');
  return {
    ...place(shown),
    message: 'Something went wrong on our side. It was logged; quote the trace id to the operators.',
    extensions: { code: 'INTERNAL', traceId },
  };
}

/** The innermost error: GraphQL wraps what a resolver throws to add the path. */
function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError !== undefined ? causeOf(error.originalError) : error;
}

function extensionsOf(shown: GraphQLFormattedError): Record<string, unknown> {
  const extensions = shown.extensions ?? {};
  const kept = publicExtensions
    .filter((name) => extensions[name] !== undefined)
    .map((name) => [name, extensions[name]]);
  const problems = problemsOf(extensions.validationErrors);
  return { code: extensions.code, ...Object.fromEntries(kept), ...(problems.length > 0 ? { problems } : {}) };
}

/** class-validator's findings without `target` and `value`, which hold what was submitted. */
function problemsOf(found: unknown): readonly { readonly field: string; readonly messages: readonly string[] }[] {
  if (!Array.isArray(found)) return [];
  return found.flatMap((each: unknown) => {
    if (typeof each !== 'object' || each === null || !('property' in each)) return [];
    const constraints =
      'constraints' in each && typeof each.constraints === 'object' ? Object.values(each.constraints ?? {}) : [];
    return [{ field: String(each.property), messages: constraints.map(String) }];
  });
}

const place = (shown: GraphQLFormattedError): Pick<GraphQLFormattedError, 'locations' | 'path'> => ({
  ...(shown.locations === undefined ? {} : { locations: shown.locations }),
  ...(shown.path === undefined ? {} : { path: shown.path }),
});
