// The process's logger: one JSON line an event, with whatever looks like a secret cut out.
import { destination, type Logger, pino } from 'pino';

const secretNames = ['password', 'token', 'authorization', 'secret', 'cookie', 'connectionString', 'url'];

/** To standard error, so that standard output stays free for data. */
export const processLog = (level: string, role: string): Logger =>
  pino(
    {
      level,
      base: { role },
      redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' },
    },
    destination(2),
  );
