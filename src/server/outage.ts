// The database or the queue cannot be reached: known by its errors, answered as UNAVAILABLE with 503, so that clients
// try again instead of reporting a fault. Owns what counts as that; leaves what is shown of other errors to mask.ts.
import { HeaderMap } from '@apollo/server';
import { GraphQLError } from 'graphql';

export const outageMessage = 'Joinery cannot reach its database right now; try again.';
export const retryAfterSeconds = 5;

const systemCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'NR_CLOSED',
]);
/** SQLSTATE: connection exceptions, no more connections, shut down, crashed, starting up. */
const sqlStates = /^(08...|53300|57P0[123])$/;
/** The drivers' own words for errors that come without a code; the last three are those of the Redis client. */
const texts =
  /^Connection terminated|^timeout exceeded when trying to connect|not queryable$|^Connection is closed\.$|^Stream isn't writeable|^Reached the max retries per request limit/;

/** Looks through what wraps it: the object mapper's error, causes, and the tries at several addresses. */
export function isOutage(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 5) return false;
  const { code, message, driverError, cause, errors } = error as Readonly<Record<string, unknown>>;
  if (typeof code === 'string' && (systemCodes.has(code) || sqlStates.test(code))) return true;
  if (typeof message === 'string' && texts.test(message)) return true;
  const inner: readonly unknown[] = [driverError, cause, ...(Array.isArray(errors) ? errors : [])];
  return inner.some((one) => isOutage(one, depth + 1));
}

/** Who asks cannot be looked up: the operation is not begun. */
export const outageError = (cause: Error): GraphQLError =>
  new GraphQLError(outageMessage, {
    originalError: cause,
    extensions: {
      code: 'UNAVAILABLE',
      http: { status: 503, headers: new HeaderMap([['retry-after', String(retryAfterSeconds)]]) },
    },
  });
