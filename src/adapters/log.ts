// The process's logger: one JSON line an event, with whatever looks like a secret cut out.
import { destination, type DestinationStream, type Logger, pino } from 'pino';
import { shownError } from './shown-error.js';

const secretNames = ['password', 'token', 'authorization', 'secret', 'cookie', 'connectionString', 'url'];
const shown = (value: unknown): unknown => (value instanceof Error ? shownError(value) : value);

/** To standard error by default, so that standard output stays free for data. */
export const processLog = (level: string, role: string, to: DestinationStream = destination(2)): Logger =>
  pino(
    {
      level,
      base: { role },
      redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' },
      serializers: { err: shown, error: shown, fault: shown },
      // pino takes the message of an error that is logged alone.
      hooks: {
        logMethod(given, method) {
          const [first, ...rest] = given as unknown as readonly [unknown, ...unknown[]];
          if (!(first instanceof Error)) return method.apply(this, given);
          method.call(this, { err: first }, rest.length === 0 ? 'An error was reported' : String(rest[0]));
        },
      },
    },
    to,
  );
