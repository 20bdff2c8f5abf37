// The environment, read once into one frozen, typed Config. Owns defaults, and what depends on what;
// the only reader of process.env. Everything else receives a Config, or a part of it, as a parameter.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type GivenSettings,
  type Isolation,
  type LogLevel,
  type Role,
  type SecretKeyText,
  secretKeysExpected,
  secretKeysOf,
  type SettingName,
  settingNames,
  settingOf,
} from './setting.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A server must be able to run; a client (the command line) only to find and address one. */
export type ConfigPurpose = 'server' | 'client';

export interface Config {
  /** Demo sign-in, demo company, 127.0.0.1 only. */
  readonly demo: boolean;
  readonly role: Role;
  /** null: the embedded PostgreSQL, kept in `home`. */
  readonly databaseUrl: string | null;
  /** Most connections one process holds for its own work. */
  readonly databasePool: number;
  /** null: queues live in PostgreSQL. */
  readonly redisUrl: string | null;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Absolute path of the folder for everything that is kept on disk. */
  readonly home: string;
  /** Absolute path of the configuration files; null only for a client. */
  readonly configuration: string | null;
  /** The connections this worker serves; null: all. */
  readonly queues: readonly string[] | null;
  readonly logLevel: LogLevel;
  /** IANA name. */
  readonly timeZone: string;
  /** HS256 key of service tokens; null: the demo's own key, or OIDC alone. */
  readonly tokenSecret: string | null;
  /** What seals secrets of connections, the active key first; null: none is set. */
  readonly secretKeys: readonly SecretKeyText[] | null;
  readonly oidc: { readonly issuer: string; readonly audience: string } | null;
  /** Where people find the API behind a proxy; null: the address the request came to. */
  readonly publicUrl: string | null;
  readonly circuitProbeSeconds: number;
  readonly circuitProbeMaxSeconds: number;
  /** Buckets computed at once by one worker. */
  readonly computeConcurrency: number;
  /** Orders of one connection carried out at once by one worker. */
  readonly queueConcurrency: number;
  /** Where connector packages run, and the most memory a process of theirs may have. */
  readonly packages: { readonly isolation: Isolation; readonly memoryMb: number };
  /** Points one caller may spend in a minute; 0: no limit. */
  readonly rateLimit: number;
  /** Where the command line finds the server; null: `server.json` in `home`. */
  readonly url: string | null;
  /** The bearer token of the command line; null: the demo's. */
  readonly token: string | null;
  /** Any variable of the environment: what `{ $env: NAME }` in a connection's settings stands for. */
  readonly variable: (name: string) => string | undefined;
}

/** All problems of the environment at once, a line each; never with the value of a secret. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The settings cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** Throws ConfigError. Tests pass a plain record instead of the environment. */
export function readConfig(environment: Environment = process.env, purpose: ConfigPurpose = 'server'): Config {
  const given = parse(environment);
  const config = withDefaults(given, environment);
  const problems = [...clashes(given, config), ...(purpose === 'server' ? lacks(config) : [])];
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

function parse(environment: Environment): GivenSettings {
  const problems = unknownNames(environment);
  const given: Record<string, unknown> = {};
  for (const name of settingNames) {
    const text = environment[name];
    // Compose files and shells pass `NAME=` for what they do not have.
    if (text === undefined || text === '') continue;
    const parsed = settingOf(name).shape.safeParse(text);
    if (parsed.success) given[name] = parsed.data;
    else problems.push(`${name}${shownText(name, text)}: ${parsed.error.issues[0]?.message ?? 'not understood'}.`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return given;
}

function shownText(name: SettingName, text: string): string {
  return settingOf(name).secret === undefined ? `=${text}` : '';
}

function unknownNames(environment: Environment): string[] {
  const known: readonly string[] = settingNames;
  return Object.keys(environment)
    .filter((name) => name.startsWith('JOINERY_') && !known.includes(name))
    .map((name) => `${name}: no such setting. Did you mean ${nearestName(name)}? \`joinery config\` lists all.`);
}

function withDefaults(given: GivenSettings, environment: Environment): Config {
  const databaseUrl = given.DATABASE_URL ?? null;
  const demo = given.JOINERY_DEMO ?? databaseUrl === null;
  return Object.freeze({
    demo,
    databaseUrl,
    role: given.JOINERY_ROLE ?? 'all',
    databasePool: given.JOINERY_DATABASE_POOL ?? 10,
    redisUrl: given.REDIS_URL ?? null,
    host: given.JOINERY_HOST ?? '127.0.0.1',
    port: given.JOINERY_PORT ?? 4000,
    home: resolve(given.JOINERY_HOME ?? '.joinery'),
    configuration: configurationFolder(given, demo),
    queues: given.JOINERY_QUEUES === undefined ? null : Object.freeze([...given.JOINERY_QUEUES]),
    logLevel: given.JOINERY_LOG_LEVEL ?? 'info',
    timeZone: given.JOINERY_TIME_ZONE ?? new Intl.DateTimeFormat().resolvedOptions().timeZone,
    tokenSecret: given.JOINERY_TOKEN_SECRET ?? secretFromFile(given.JOINERY_TOKEN_SECRET_FILE),
    secretKeys: given.JOINERY_SECRET_KEY ?? secretKeysFromFile(given.JOINERY_SECRET_KEY_FILE),
    oidc: openIdConnect(given),
    publicUrl: given.JOINERY_PUBLIC_URL ?? null,
    circuitProbeSeconds: given.JOINERY_CIRCUIT_PROBE_SECONDS ?? (demo ? 5 : 30),
    circuitProbeMaxSeconds: given.JOINERY_CIRCUIT_PROBE_MAX_SECONDS ?? (demo ? 20 : 900),
    computeConcurrency: given.JOINERY_COMPUTE_CONCURRENCY ?? 2,
    queueConcurrency: given.JOINERY_QUEUE_CONCURRENCY ?? 8,
    packages: Object.freeze({
      isolation: given.JOINERY_CONNECTOR_ISOLATION ?? 'process',
      memoryMb: given.JOINERY_CONNECTOR_MEMORY_MB ?? 256,
    }),
    rateLimit: given.JOINERY_RATE_LIMIT ?? 100_000,
    url: given.JOINERY_URL ?? null,
    token: given.JOINERY_TOKEN ?? null,
    variable: (name: string) => environment[name],
  });
}

function configurationFolder(given: GivenSettings, demo: boolean): string | null {
  if (given.JOINERY_CONFIGURATION !== undefined) return resolve(given.JOINERY_CONFIGURATION);
  return demo ? fileURLToPath(new URL('../examples/acme/configuration', import.meta.url)) : null;
}

function openIdConnect(given: GivenSettings): Config['oidc'] {
  const { JOINERY_OIDC_ISSUER: issuer, JOINERY_OIDC_AUDIENCE: audience } = given;
  return issuer === undefined || audience === undefined ? null : Object.freeze({ issuer, audience });
}

function secretFromFile(path: string | undefined): string | null {
  if (path === undefined) return null;
  const secret = readSecret('JOINERY_TOKEN_SECRET_FILE', path);
  if (secret.length >= 32) return secret;
  throw new ConfigError([`JOINERY_TOKEN_SECRET_FILE=${path}: the key in it has fewer than 32 characters.`]);
}

function secretKeysFromFile(path: string | undefined): readonly SecretKeyText[] | null {
  if (path === undefined) return null;
  const keys = secretKeysOf(readSecret('JOINERY_SECRET_KEY_FILE', path));
  if (keys !== null) return keys;
  throw new ConfigError([`JOINERY_SECRET_KEY_FILE=${path}: ${secretKeysExpected}.`]);
}

function readSecret(setting: SettingName, path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new ConfigError([`${setting}=${path}: cannot be read (${String(cause)}).`]);
  }
}

/** Settings that contradict each other. */
function clashes(given: GivenSettings, config: Config): readonly string[] {
  const { JOINERY_OIDC_ISSUER: issuer, JOINERY_OIDC_AUDIENCE: audience } = given;
  const rules: readonly (readonly [boolean, string])[] = [
    [
      config.demo && config.host !== '127.0.0.1',
      `JOINERY_HOST=${config.host}: the demo lets anybody sign in and therefore listens on 127.0.0.1 only; set JOINERY_DEMO=0.`,
    ],
    [
      (issuer === undefined) !== (audience === undefined),
      'JOINERY_OIDC_ISSUER and JOINERY_OIDC_AUDIENCE: one is missing; set both.',
    ],
    [
      given.JOINERY_TOKEN_SECRET !== undefined && given.JOINERY_TOKEN_SECRET_FILE !== undefined,
      'JOINERY_TOKEN_SECRET and JOINERY_TOKEN_SECRET_FILE: both are set; keep one.',
    ],
    [
      given.JOINERY_SECRET_KEY !== undefined && given.JOINERY_SECRET_KEY_FILE !== undefined,
      'JOINERY_SECRET_KEY and JOINERY_SECRET_KEY_FILE: both are set; keep one.',
    ],
    [
      config.circuitProbeMaxSeconds < config.circuitProbeSeconds,
      `JOINERY_CIRCUIT_PROBE_MAX_SECONDS (${config.circuitProbeMaxSeconds}) is shorter than JOINERY_CIRCUIT_PROBE_SECONDS (${config.circuitProbeSeconds}).`,
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, problem]) => problem);
}

/** What a server needs and has no default for. */
function lacks(config: Config): readonly string[] {
  if (config.demo) return [];
  const rules: readonly (readonly [boolean, string])[] = [
    [config.configuration === null, 'JOINERY_CONFIGURATION: not set; name the folder of your YAML files.'],
    [
      config.role !== 'worker' && config.tokenSecret === null && config.oidc === null,
      'JOINERY_OIDC_ISSUER with JOINERY_OIDC_AUDIENCE, or JOINERY_TOKEN_SECRET: none is set, so nobody could sign in; set one.',
    ],
  ];
  return rules.filter(([missing]) => missing).map(([, problem]) => problem);
}

export interface DescribedSetting {
  readonly name: SettingName;
  /** The effective value, secrets masked; null when there is none. */
  readonly value: string | null;
  readonly source: 'environment' | 'default';
  readonly byDefault: string;
  readonly meaning: string;
}

/** Every setting with its effective value, secrets masked. Throws ConfigError. */
export function describeConfig(
  environment: Environment = process.env,
  purpose: ConfigPurpose = 'client',
): readonly DescribedSetting[] {
  const values = effectiveValues(readConfig(environment, purpose), environment);
  return settingNames.map((name) => {
    const { secret, byDefault, meaning } = settingOf(name);
    const isGiven = (environment[name] ?? '') !== '';
    return {
      name,
      value: masked(values[name], secret),
      source: isGiven ? 'environment' : 'default',
      byDefault,
      meaning,
    };
  });
}

function effectiveValues(config: Config, environment: Environment): Readonly<Record<SettingName, string | null>> {
  return {
    DATABASE_URL: config.databaseUrl,
    REDIS_URL: config.redisUrl,
    JOINERY_DEMO: config.demo ? '1' : '0',
    JOINERY_ROLE: config.role,
    JOINERY_HOST: config.host,
    JOINERY_PORT: String(config.port),
    JOINERY_HOME: config.home,
    JOINERY_CONFIGURATION: config.configuration,
    JOINERY_QUEUES: config.queues?.join(',') ?? null,
    JOINERY_LOG_LEVEL: config.logLevel,
    JOINERY_TIME_ZONE: config.timeZone,
    JOINERY_TOKEN_SECRET: config.tokenSecret,
    JOINERY_TOKEN_SECRET_FILE: environment.JOINERY_TOKEN_SECRET_FILE ?? null,
    JOINERY_SECRET_KEY: config.secretKeys === null ? null : config.secretKeys.map(({ id }) => id ?? '').join(','),
    JOINERY_SECRET_KEY_FILE: environment.JOINERY_SECRET_KEY_FILE ?? null,
    JOINERY_OIDC_ISSUER: config.oidc?.issuer ?? null,
    JOINERY_OIDC_AUDIENCE: config.oidc?.audience ?? null,
    JOINERY_PUBLIC_URL: config.publicUrl,
    JOINERY_CIRCUIT_PROBE_SECONDS: String(config.circuitProbeSeconds),
    JOINERY_CIRCUIT_PROBE_MAX_SECONDS: String(config.circuitProbeMaxSeconds),
    JOINERY_COMPUTE_CONCURRENCY: String(config.computeConcurrency),
    JOINERY_QUEUE_CONCURRENCY: String(config.queueConcurrency),
    JOINERY_CONNECTOR_ISOLATION: config.packages.isolation,
    JOINERY_CONNECTOR_MEMORY_MB: String(config.packages.memoryMb),
    JOINERY_DATABASE_POOL: String(config.databasePool),
    JOINERY_RATE_LIMIT: String(config.rateLimit),
    JOINERY_URL: config.url,
    JOINERY_TOKEN: config.token,
  };
}

function masked(value: string | null, secret: 'whole' | 'password' | undefined): string | null {
  if (value === null || secret === undefined) return value;
  if (secret === 'whole') return '(set)';
  const url = new URL(value);
  // A password can also stand in the query (`?password=`), which pg honours.
  if (url.searchParams.has('password')) url.searchParams.set('password', '***');
  if (url.password !== '') url.password = '***';
  return url.href;
}

function nearestName(name: string): SettingName {
  const byDistance = [...settingNames].sort((a, b) => editDistance(name, a) - editDistance(name, b));
  return byDistance[0] ?? 'JOINERY_HOME';
}

/** Levenshtein: how many letters to add, drop or replace. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [above, letter] of [...from].entries()) {
    const next = [above + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
