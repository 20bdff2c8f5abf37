// The world of one story while it runs: its database, its managed systems, its clock, and the program itself with its API.
// Owns starting and ending them; what happens in it is act.ts', what is seen of it sight.ts'.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../config.js';
import { type Running, startJoinery } from '../program.js';
import { openApi, type StoryApi } from './api.js';
import { type StoryClock, startClock } from './clock.js';
import { type Entries, overlaid, type StoryCompany, writeConfiguration } from './company.js';
import type { StoryDatabase, StoryGround } from './ground.js';
import { instantOf } from './instant.js';
import { untilQuiet } from './quiet.js';
import type { Overlay } from './shape.js';
import { makeTargets, type Targets } from './target.js';

/** An item of `assignmentChanged` or `provisioningOrderChanged`, as far as stories need it. */
export interface Passed {
  readonly id: string;
  readonly state: string;
}

export interface World {
  readonly zone: string;
  readonly clock: StoryClock;
  readonly targets: Targets;
  api(): StoryApi;
  /** Everything the streams have shown since the beginning. */
  readonly assignments: () => readonly Passed[];
  readonly orders: () => readonly Passed[];
  quiet(): Promise<void>;
  /** Starts the program again with the configuration changed. */
  configure(overlay: Overlay): Promise<void>;
  stop(): Promise<void>;
}

export async function startWorld(ground: StoryGround, company: StoryCompany): Promise<World> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    const home = await mkdtemp(join(tmpdir(), 'joinery-story-'));
    stops.push(() => rm(home, { recursive: true, force: true }));
    const database = await ground.create('migrated');
    stops.push(() => database.drop());
    const targets = await makeTargets(ground, company, company.entries, home);
    stops.push(() => targets.stop());
    const clock = await startClock(database.client, instantOf(company.start, company.zone));
    const program = await programOf({ ground, company, home, database, targets, clock });
    stops.push(() => program.stop());
    return {
      zone: company.zone,
      clock,
      targets,
      ...program,
      quiet: () => untilQuiet(database.client),
      stop,
    };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

interface Parts {
  readonly ground: StoryGround;
  readonly company: StoryCompany;
  readonly home: string;
  readonly database: StoryDatabase;
  readonly targets: Targets;
  readonly clock: StoryClock;
}

interface Life {
  readonly entries: Entries;
  readonly running: Running;
  readonly api: StoryApi;
  readonly streams: Streams;
}

async function programOf(parts: Parts): Promise<Pick<World, 'api' | 'assignments' | 'orders' | 'configure' | 'stop'>> {
  const secret = randomBytes(32).toString('base64url');
  const redisUrl = await parts.ground.redisUrl();
  const over: Streams[] = [];
  let life = await live(parts, secret, redisUrl, parts.company.entries);
  const end = async (): Promise<void> => {
    over.push(ended(life.streams));
    await life.api.stop();
    await life.running.stop();
  };
  const all = (name: keyof Streams): readonly Passed[] => [...over, life.streams].flatMap((streams) => streams[name]());
  return {
    api: () => life.api,
    assignments: () => all('assignments'),
    orders: () => all('orders'),
    configure: async (overlay) => {
      const entries = overlaid(life.entries, overlay);
      await end();
      life = await live(parts, secret, redisUrl, entries);
    },
    stop: end,
  };
}

async function live(parts: Parts, secret: string, redisUrl: string | null, entries: Entries): Promise<Life> {
  const { home, database, targets, clock, company } = parts;
  const configuration = join(home, 'configuration');
  await writeConfiguration(configuration, entries, targets.settings);
  const config = readConfig({
    DATABASE_URL: database.url,
    ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
    JOINERY_DEMO: '0',
    JOINERY_HOME: home,
    JOINERY_PORT: '0',
    JOINERY_LOG_LEVEL: 'fatal',
    JOINERY_CONFIGURATION: configuration,
    JOINERY_TOKEN_SECRET: secret,
    JOINERY_TIME_ZONE: company.zone,
    JOINERY_DATABASE_POOL: '6',
    JOINERY_CIRCUIT_PROBE_SECONDS: '1',
    JOINERY_CIRCUIT_PROBE_MAX_SECONDS: '1',
    // A process for each connection of each story would take most of the time; that packages are kept apart is tested elsewhere.
    JOINERY_CONNECTOR_ISOLATION: 'none',
  });
  const running = await startJoinery(config, () => undefined, clock.now);
  const api = await openApi(running.url ?? '', secret);
  return { entries, running, api, streams: watchAll(api) };
}

interface Streams {
  readonly assignments: () => readonly Passed[];
  readonly orders: () => readonly Passed[];
}

/** What they showed until now: an end that is wanted is no fault. */
function ended({ assignments, orders }: Streams): Streams {
  const seen = { assignments: assignments(), orders: orders() };
  return { assignments: () => seen.assignments, orders: () => seen.orders };
}

interface AssignmentItem {
  readonly assignment?: { readonly id: string; readonly provisioningState: string };
}
interface OrderItem {
  readonly order?: { readonly id: string; readonly state: string };
}

function watchAll(api: StoryApi): Streams {
  const assignments = api.watch<AssignmentItem>(
    'subscription { assignmentChanged { ... on AssignmentChanged { assignment { id provisioningState } } } }',
  );
  const orders = api.watch<OrderItem>(
    'subscription { provisioningOrderChanged { ... on ProvisioningOrderChanged { order { id state } } } }',
  );
  return {
    assignments: () =>
      assignments().flatMap(({ assignment }) =>
        assignment === undefined ? [] : [{ id: assignment.id, state: assignment.provisioningState }],
      ),
    orders: () => orders().flatMap(({ order }) => (order === undefined ? [] : [{ id: order.id, state: order.state }])),
  };
}
