// What a benchmark stands on: a PostgreSQL as shipped, a Redis, and how figures are printed.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { startEmbeddedPostgres } from '#src/embedded/postgres.js';
import { migrate } from '#src/store/migrate.js';

export interface BenchGround {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly versions: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** A PostgreSQL alone: `DATABASE_URL` when it is set (an empty database), else one of our own. */
export async function openPostgres(): Promise<Pick<BenchGround, 'databaseUrl' | 'versions' | 'stop'>> {
  const given = process.env.DATABASE_URL;
  const folder = await mkdtemp(join(tmpdir(), 'joinery-bench-'));
  const postgres =
    given === undefined
      ? await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), log: () => undefined })
      : { url: given, stop: () => Promise.resolve() };
  await migrate(postgres.url);
  const versions = {
    node: process.version,
    postgres: await postgresVersion(postgres.url),
    ...(await libraryVersions()),
  };
  const stop = async (): Promise<void> => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { databaseUrl: postgres.url, versions, stop };
}

/** Both servers are ours alone; commits wait for the disk as in production. */
export async function openGround(): Promise<BenchGround> {
  const folder = await mkdtemp(join(tmpdir(), 'joinery-bench-'));
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), log: () => undefined });
  const redis = await startRedis(folder);
  await migrate(postgres.url);
  return {
    databaseUrl: postgres.url,
    redisUrl: redis.url,
    versions: {
      node: process.version,
      postgres: await postgresVersion(postgres.url),
      redis: await redisVersion(redis.url),
      ...(await libraryVersions()),
    },
    stop: async () => {
      redis.stop();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startRedis(folder: string): Promise<{ readonly url: string; stop(): void }> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const options = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
    '--maxmemory-policy',
    'noeviction',
  ];
  const server = spawn('redis-server', options, { stdio: 'ignore' });
  server.on('error', () =>
    process.stderr.write('The benchmark needs redis-server on the PATH (Debian: apt-get install redis-server).\n'),
  );
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => 50, maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  const answer = await Promise.race([redis.ping(), delay(10_000).then(() => null)]);
  redis.disconnect();
  if (answer === null) throw new Error('redis-server did not answer within 10 s.');
  return { url, stop: () => void server.kill('SIGTERM') };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('No free port was found.');
  return address.port;
}

async function postgresVersion(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  await client.end();
  return rows[0]?.server_version ?? '';
}

async function redisVersion(url: string): Promise<string> {
  const redis = new Redis(url);
  const info = await redis.info('server');
  redis.disconnect();
  return /^redis_version:(\S+)/m.exec(info)?.[1] ?? '';
}

async function libraryVersions(): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const { version, dependencies } = JSON.parse(text) as { version: string; dependencies: Record<string, string> };
  return { joinery: version, bullmq: dependencies.bullmq ?? '', typeorm: dependencies.typeorm ?? '' };
}

export const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB`;

/** The value after `--name`, or the default. */
export function numberOption(options: readonly string[], name: string, byDefault: number): number {
  const place = options.indexOf(`--${name}`);
  const value = place < 0 ? byDefault : Number(options[place + 1]);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} takes a whole number above 0.`);
}

/** The first of `choices` is the default. */
export function choiceOption<Choice extends string>(
  options: readonly string[],
  name: string,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const place = options.indexOf(`--${name}`);
  if (place < 0) return choices[0];
  const chosen = choices.find((choice) => choice === options[place + 1]);
  if (chosen === undefined) throw new Error(`--${name} takes one of ${choices.join(', ')}.`);
  return chosen;
}

/** One JSON object a line with `--json`, else a line for people. */
export function report(options: readonly string[], figures: Readonly<Record<string, unknown>>): void {
  if (options.includes('--json')) process.stdout.write(`${JSON.stringify(figures)}\n`);
  else
    process.stdout.write(
      `${Object.entries(figures)
        .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
        .join('\n')}\n`,
    );
}
