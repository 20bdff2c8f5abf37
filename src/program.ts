// The life of one Joinery program: database, demo company, configuration, then the roles it was started for; and the end
// of all of it in reverse. Owns the order; compose.ts says what is made of what.
import { mkdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { formatProblem, readConfiguration } from './adapters/configuration.js';
import { processLog } from './adapters/log.js';
import { composeApi, composeGround, composeSignIn, composeWorkers, type Ground, readingOptions } from './compose.js';
import type { Config } from './config.js';
import { systemActor } from './domain/actor.js';
import { calendarDay } from './domain/calendar.js';
import { startDemoCompany } from './embedded/demo-company.js';
import { startEmbeddedPostgres } from './embedded/postgres.js';
import { startServer } from './server/start.js';
import { applyConfiguration } from './steps/apply-configuration.js';
import { missingKeys, rewrapSecrets } from './steps/rewrap-secrets.js';
import { connectionStore } from './store/connection.js';
import { openDatabase } from './store/data-source.js';
import { openFeedBell } from './store/feed-bell.js';
import { demoGround } from './store/foreign-table.js';
import { migrate } from './store/migrate.js';
import { openQueues, type Queues } from './workers/queue.js';
import { startWorkers } from './workers/worker.js';
import { firstRun } from './first-run.js';

export { migrate };

export interface Running {
  readonly version: string;
  /** Null for a worker alone. */
  readonly url: string | null;
  readonly databaseKind: string;
  readonly queueKind: string;
  /** Resolves when the embedded database has ended by itself: nothing can go on without it. Never for another one. */
  readonly lost: Promise<void>;
  /** Ends everything this program started; takes at most half a minute. */
  stop(): Promise<void>;
}

/** What cannot be started as it is configured; the message is for a person. */
export class StartRefused extends Error {}

type Say = (line: string) => void;
type Stop = () => Promise<void>;

/** Resolves when the roles serve; rejects, with nothing left running, when they cannot. `now`: left out, the machine's clock. */
export async function startJoinery(config: Config, say: Say, now?: () => Date): Promise<Running> {
  const stops: Stop[] = [];
  const stop = async (): Promise<void> => {
    // One part that cannot end must not keep the others, the database above all, from ending.
    const faults: unknown[] = [];
    for (const end of stops.splice(0).toReversed()) await end().catch((fault: unknown) => faults.push(fault));
    if (faults.length > 0) throw new AggregateError(faults, 'Not every part ended cleanly.');
  };
  try {
    return { ...(await start(config, say, stops, now)), stop };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

async function start(config: Config, say: Say, stops: Stop[], now?: () => Date): Promise<Omit<Running, 'stop'>> {
  const log = processLog(config.logLevel, config.role);
  const { url: databaseUrl, place, ended, changedBy } = await openGround(config, say, stops);
  const database = await openDatabase({ url: databaseUrl, poolSize: config.databasePool }, Math.random);
  stops.push(() => database.close());
  const ground = openSeals(() => composeGround(config, database, now));
  await refuseMissingKeys(ground);
  if (changedBy === null) await apply(ground, config);
  else say(keptLine(changedBy, config));
  const queues = await reach('REDIS_URL', config.redisUrl, () =>
    openQueues({ redisUrl: config.redisUrl, databaseUrl, log }),
  );
  stops.push(() => queues.close());
  if (config.role !== 'api') await startWorkerRole(ground, databaseUrl, queues, log, stops);
  const version = await ownVersion();
  const url = config.role === 'worker' ? null : await startApiRole(ground, databaseUrl, queues, version, log, stops);
  if (config.demo && config.role === 'all') await firstRun(ground, say);
  return { version, url, databaseKind: databaseKind(databaseUrl, place), queueKind: queues.backend, lost: ended };
}

interface OpenGround {
  readonly url: string;
  /** Where an embedded database keeps its data; null for one that is not ours. */
  readonly place: string | null;
  readonly ended: Promise<void>;
  /** Who changed the demo's configuration; null: nobody, or it is no demo. */
  readonly changedBy: string | null;
}

type Opened = Omit<OpenGround, 'changedBy'>;

/** The database, migrated; in the demo the company's systems too. */
async function openGround(config: Config, say: Say, stops: Stop[]): Promise<OpenGround> {
  await mkdir(config.home, { recursive: true });
  const ground =
    config.databaseUrl === null
      ? await embeddedDatabase(config, say, stops)
      : { url: config.databaseUrl, place: null, ended: new Promise<void>(() => undefined) };
  const changedBy = config.demo
    ? await reach('DATABASE_URL', config.databaseUrl, () => openDemo(config, ground.url, say, stops))
    : null;
  await reach('DATABASE_URL', config.databaseUrl, () => migrate(ground.url));
  return { ...ground, changedBy };
}

async function embeddedDatabase(config: Config, say: Say, stops: Stop[]): Promise<Opened> {
  const postgres = await startEmbeddedPostgres({ dataDir: join(config.home, 'postgres'), log: say });
  stops.push(() => postgres.stop());
  return { url: postgres.url, place: postgres.dataDir, ended: postgres.ended };
}

const unreachable = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'ECONNRESET',
  '28P01',
  '28000',
  '3D000',
]);

/** Names the setting when what it leads to does not answer or does not let us in. */
async function reach<T>(setting: string, address: string | null, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (cause) {
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
    const text = cause instanceof Error ? cause.message : '';
    const isAway = unreachable.has(code) || /Reached the max retries|Connection is closed|timeout expired/.test(text);
    if (address === null || !isAway) throw cause;
    const { host } = new URL(address);
    throw new StartRefused(
      `${setting}: ${host} cannot be used (${code === '' ? text : code}). Check that it runs, that address, user and password are right, and start again.`,
      { cause },
    );
  }
}

/** Answers who changed the demo's configuration; null: nobody. */
async function openDemo(config: Config, url: string, say: Say, stops: Stop[]): Promise<string | null> {
  const { foreign, changedBy } = await demoGround(url, 'system:demo');
  if (foreign !== null) {
    throw new StartRefused(
      `The demo was not started: the database holds ${foreign}. Set JOINERY_DEMO=0, or name an empty database.`,
    );
  }
  const today = calendarDay(new Date(), config.timeZone);
  const company = await startDemoCompany({ home: config.home, today, log: say });
  stops.push(() => company.stop());
  return changedBy;
}

function keptLine(changedBy: string, { configuration }: Config): string {
  const folder = relative(process.cwd(), configuration ?? '') || '.';
  const who = changedBy.startsWith('identity:') ? 'a person' : changedBy;
  return `Configuration: the one that ${who} applied since the first start stays in force; back to the demo's own: npx joinery apply -f ${folder}`;
}

async function apply(ground: Ground, config: Config): Promise<void> {
  const { environment, configurations, models } = ground;
  if (config.configuration === null) return;
  const reading = await readConfiguration(config.configuration, readingOptions(ground));
  if (!reading.ok) {
    const lines = reading.problems.map((problem) => `  ${formatProblem(problem)}`);
    throw new StartRefused(
      `The configuration in ${config.configuration} was not applied; nothing was changed:\n${lines.join('\n')}`,
    );
  }
  const actor = config.demo ? { ...systemActor, identifier: 'demo' } : systemActor;
  await applyConfiguration({ environment, configurations }, reading.configuration, actor);
  models.expire();
}

/** A key file that cannot be used is told as a sentence. */
function openSeals<T>(compose: () => T): T {
  try {
    return compose();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartRefused(`The keys that seal secrets cannot be used: ${reason}`, { cause });
  }
}

/** Half of the connections working is worse than a start that says why not. */
async function refuseMissingKeys({ database, seals }: Ground): Promise<void> {
  const missing = await missingKeys({ connections: connectionStore(database), seals });
  if (missing.length > 0) throw new StartRefused(missing.join('\n'));
}

/** Wraps all secrets by the active key. Throws StartRefused, with nothing changed, when a key is missing. */
export async function rewrapped(config: Config, say: Say): Promise<{ readonly count: number; readonly keyId: string }> {
  const stops: Stop[] = [];
  try {
    await mkdir(config.home, { recursive: true });
    const url = config.databaseUrl ?? (await embeddedDatabase(config, say, stops)).url;
    await reach('DATABASE_URL', config.databaseUrl, () => migrate(url));
    const database = await openDatabase({ url, poolSize: 2 }, Math.random);
    stops.push(() => database.close());
    const ground = openSeals(() => composeGround(config, database));
    const { seals } = ground;
    if (seals.activeKeyId === null)
      throw new StartRefused('JOINERY_SECRET_KEY is not set: there is no key to seal with.');
    await refuseMissingKeys(ground);
    const count = await rewrapSecrets({ connections: connectionStore(database), seals });
    return { count, keyId: seals.activeKeyId };
  } finally {
    for (const end of stops.toReversed()) await end();
  }
}

type Log = ReturnType<typeof processLog>;

async function startWorkerRole(
  ground: Ground,
  databaseUrl: string,
  queues: Queues,
  log: Log,
  stops: Stop[],
): Promise<void> {
  const leading = await openDatabase({ url: databaseUrl, poolSize: 2, applicationName: 'joinery-lead' }, Math.random);
  stops.push(() => leading.close());
  const ports = composeWorkers(ground, leading, queues, log);
  stops.push(() => ports.jobs.tasks.gateway.close());
  const workers = startWorkers(ports);
  stops.push(() => workers.stop());
}

async function startApiRole(
  ground: Ground,
  databaseUrl: string,
  queues: Queues,
  version: string,
  log: Log,
  stops: Stop[],
): Promise<string> {
  const { config, database, models } = ground;
  const bell = await openFeedBell({ url: databaseUrl });
  stops.push(() => bell.close());
  const { configuration } = await models.current();
  const names = ['jobs', 'compute', ...configuration.connections.map(({ identifier }) => `provision.${identifier}`)];
  const server = await startServer({
    ...config,
    ...composeSignIn(ground),
    isDemo: config.demo,
    ports: composeApi(ground, bell, queues.backend === 'Redis' ? 'redis' : 'postgres', version),
    queues: names.map((name) => queues.queue(name)),
    checks: {
      database: async () => `${(await database.query('select 1')).rows.length} answer`,
      configuration: async () => `version ${(await models.current()).version}`,
    },
    reported: {
      queue: async () => `${await queues.queue('jobs').count()} waiting`,
    },
    log,
  });
  stops.push(() => server.stop());
  return server.url;
}

async function ownVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}

function databaseKind(url: string, place: string | null): string {
  const { hostname, port } = new URL(url);
  return place === null
    ? `PostgreSQL at ${hostname}:${port || '5432'}`
    : `PostgreSQL, embedded in ${place} (port ${port})`;
}
