// The table of all settings: name, shape, meaning, default in words. Owns what may stand in the environment;
// how the settings make a Config, and what depends on what, is config.ts.
import { z } from 'zod';

export const roles = ['all', 'api', 'worker'] as const;
export type Role = (typeof roles)[number];

export const isolations = ['process', 'none'] as const;
export type Isolation = (typeof isolations)[number];

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

interface Setting {
  /** Turns the text of the environment into a value; its issues complete the sentence «NAME: …». */
  readonly shape: z.ZodType<unknown, string>;
  readonly meaning: string;
  /** The default in words, for the documentation. */
  readonly byDefault: string;
  /** `whole`: never shown. `password`: an address, shown without its password. */
  readonly secret?: 'whole' | 'password';
}

function whole(least: number, most: number) {
  const expected = `expected a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, { error: expected, abort: true })
    .transform(Number)
    .refine((value) => value >= least && value <= most, expected);
}

function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, `expected one of ${values.join(', ')}`);
}

function address(...schemes: readonly string[]) {
  const expected = `expected an address that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`;
  const fits = (text: string) => URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1));
  return z.string().refine(fits, expected);
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name }).format();
    return true;
  } catch {
    return false;
  }
}

const text = z.string();

/** A key that seals secrets, by the name under which it is remembered; null: it is named after itself. */
export interface SecretKeyText {
  readonly id: string | null;
  /** 32 bytes in base64. */
  readonly key: string;
}

const secretKeyForm = /^(?:([A-Za-z0-9][A-Za-z0-9._-]{0,31}):)?([A-Za-z0-9+/]{43}=?)$/;

/** The first is the one that seals. Null when one is not understood, or two have the same name. */
export function secretKeysOf(written: string): readonly SecretKeyText[] | null {
  const parts = written.split(/[,\n]/).flatMap((part) => (part.trim() === '' ? [] : [secretKeyForm.exec(part.trim())]));
  const keys = parts.flatMap((part) => (part?.[2] === undefined ? [] : [{ id: part[1] ?? null, key: part[2] }]));
  const isWhole = keys.length === parts.length && keys.length > 0;
  return isWhole && new Set(keys.map(({ id, key }) => id ?? key)).size === keys.length ? keys : null;
}

export const secretKeysExpected =
  'expected 32 bytes in base64 (openssl rand -base64 32), or several as id:key,id:key with different ids';
const secretKeys = z
  .string()
  .refine((written) => secretKeysOf(written) !== null, secretKeysExpected)
  .transform((written) => secretKeysOf(written) ?? []);
const timeZone = z.string().refine(isTimeZone, 'expected an IANA time zone such as Europe/Paris');
const yesNo = oneOf(['0', '1']).transform((value) => value === '1');
const names = z
  .string()
  .transform((list): readonly string[] => list.split(',').map((name) => name.trim()))
  .refine((list) => !list.includes(''), 'expected names separated by commas');

/** In the order in which `joinery config` and the documentation list them. */
export const settings = {
  DATABASE_URL: {
    shape: address('postgres', 'postgresql'),
    meaning: 'The PostgreSQL that holds everything. Without it an embedded one is started in JOINERY_HOME.',
    byDefault: 'none: embedded PostgreSQL',
    secret: 'password',
  },
  REDIS_URL: {
    shape: address('redis', 'rediss'),
    meaning: 'The Redis that carries the queues. Without it they live in PostgreSQL: simpler, and slower.',
    byDefault: 'none: queues in PostgreSQL',
    secret: 'password',
  },
  JOINERY_DEMO: {
    shape: yesNo,
    meaning:
      '1 loads the demo company and lets anybody sign in as its people, on 127.0.0.1 alone. 0 is the real thing.',
    byDefault: '1 without DATABASE_URL, else 0',
  },
  JOINERY_ROLE: {
    shape: oneOf(roles),
    meaning: 'What this process does: api answers people, worker does the work, all does both.',
    byDefault: 'all',
  },
  JOINERY_HOST: {
    shape: text,
    meaning: 'The address to listen on; in demo mode only 127.0.0.1.',
    byDefault: '127.0.0.1',
  },
  JOINERY_PORT: {
    shape: whole(0, 65_535),
    meaning: 'The port to listen on; an occupied one moves to the next free. 0 takes any free port.',
    byDefault: '4000',
  },
  JOINERY_HOME: {
    shape: text,
    meaning: 'The folder for what is kept on disk: embedded database, demo systems, server.json.',
    byDefault: './.joinery',
  },
  JOINERY_CONFIGURATION: {
    shape: text,
    meaning: 'The folder of YAML files that describe connectors, roles, rules and jobs. Required outside demo mode.',
    byDefault: 'examples/acme/configuration in demo mode, else none',
  },
  JOINERY_QUEUES: {
    shape: names,
    meaning: 'Names of connections, separated by commas: this worker serves only these.',
    byDefault: 'none: all connections',
  },
  JOINERY_LOG_LEVEL: {
    shape: oneOf(logLevels),
    meaning: 'The least important message that is logged.',
    byDefault: 'info',
  },
  JOINERY_TIME_ZONE: {
    shape: timeZone,
    meaning: 'The IANA time zone of the company: which day «today» is, and when schedules run.',
    byDefault: 'that of the system (TZ is honoured)',
  },
  JOINERY_TOKEN_SECRET: {
    shape: z.string().min(32, 'expected at least 32 characters'),
    meaning: 'The key that signs service tokens (HS256), at least 32 characters.',
    byDefault: 'none; the demo makes its own',
    secret: 'whole',
  },
  JOINERY_TOKEN_SECRET_FILE: {
    shape: text,
    meaning: 'A file that holds that key instead.',
    byDefault: 'none',
  },
  JOINERY_SECRET_KEY: {
    shape: secretKeys,
    meaning:
      'The keys that seal secrets of connections made through the API: 32 bytes in base64, or several as `id:key,id:key`; the first seals, all open.',
    byDefault: 'none; the embedded database and the demo make their own (secret.key in JOINERY_HOME)',
    secret: 'whole',
  },
  JOINERY_SECRET_KEY_FILE: {
    shape: text,
    meaning: 'A file that holds those keys instead, on one line or one a line.',
    byDefault: 'none',
  },
  JOINERY_OIDC_ISSUER: {
    shape: address('https', 'http'),
    meaning: 'The address of the OpenID Connect provider whose tokens are accepted.',
    byDefault: 'none',
  },
  JOINERY_OIDC_AUDIENCE: {
    shape: text,
    meaning: 'The audience those tokens must name.',
    byDefault: 'none',
  },
  JOINERY_PUBLIC_URL: {
    shape: address('https', 'http'),
    meaning: 'Where people find the API behind a proxy; with https, cookies are sent by TLS alone.',
    byDefault: 'none: the address the request came to',
  },
  JOINERY_CIRCUIT_PROBE_SECONDS: {
    shape: whole(1, 86_400),
    meaning: 'How long a connection that failed is left alone before it is probed; doubles with each failed probe.',
    byDefault: '5 in demo mode, else 30',
  },
  JOINERY_CIRCUIT_PROBE_MAX_SECONDS: {
    shape: whole(1, 86_400),
    meaning: 'The longest wait between two such probes.',
    byDefault: '20 in demo mode, else 900',
  },
  JOINERY_COMPUTE_CONCURRENCY: {
    shape: whole(1, 64),
    meaning: 'How many buckets of people one worker computes at once.',
    byDefault: '2',
  },
  JOINERY_QUEUE_CONCURRENCY: {
    shape: whole(1, 1_000),
    meaning: 'How many orders of one connection one worker carries out at once.',
    byDefault: '8',
  },
  JOINERY_CONNECTOR_ISOLATION: {
    shape: oneOf(isolations),
    meaning:
      'process: each connection’s package runs in a process of its own, with its own secrets alone. none: inside the worker, for debugging; a package can then end it.',
    byDefault: 'process',
  },
  JOINERY_CONNECTOR_MEMORY_MB: {
    shape: whole(64, 16_384),
    meaning: 'The most memory such a process may have, in megabytes; one that needs more is ended.',
    byDefault: '256',
  },
  JOINERY_DATABASE_POOL: {
    shape: whole(2, 200),
    meaning: 'The most connections to PostgreSQL one process holds for its own work, queues aside.',
    byDefault: '10',
  },
  JOINERY_RATE_LIMIT: {
    shape: whole(0, 999_999_999),
    meaning:
      'Points one caller may spend on operations in a minute, counted by each API process for itself; more is refused with 429. 0: no limit.',
    byDefault: '100000',
  },
  JOINERY_URL: {
    shape: address('http', 'https'),
    meaning: 'Command line: the address of the server.',
    byDefault: 'the one in server.json of JOINERY_HOME',
  },
  JOINERY_TOKEN: {
    shape: text,
    meaning: 'Command line: the bearer token to send.',
    byDefault: 'none; with a demo server, one for its operator',
    secret: 'whole',
  },
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingName = keyof typeof settings;

/** What the environment gave: parsed, and absent where nothing was said. */
export type GivenSettings = { readonly [Name in SettingName]?: z.infer<(typeof settings)[Name]['shape']> };

export const settingNames = Object.keys(settings) as readonly SettingName[];

/** A setting as the table has it, without its own type: for those who walk the table. */
export function settingOf(name: SettingName): Setting {
  return settings[name];
}
