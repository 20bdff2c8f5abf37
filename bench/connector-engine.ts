// The program's own workers for the benchmark of connectors: queue, leases, packages in processes of their own,
// verification. Owns their start, their end, and when a batch of orders is through.
import { setTimeout as delay } from 'node:timers/promises';
import { composeGround, composeWorkers } from '#src/compose.js';
import { readConfig } from '#src/config.js';
import type { Configuration } from '#src/domain/configuration.js';
import { openDatabase } from '#src/store/data-source.js';
import type { Database } from '#src/store/database.js';
import { repeated } from '#src/store/repeated.js';
import { openQueues } from '#src/workers/queue.js';
import { startWorkers } from '#src/workers/worker.js';
import type { BenchGround } from './ground.js';

export interface Engine {
  readonly database: Database;
  /** Resolves when no order waits any more; throws when one was not carried out. */
  untilExecuted(): Promise<void>;
  /** Resolves when everything has been read back. */
  untilVerified(): Promise<void>;
  /** Of the newest orders: milliseconds in the package's call, and from claim to settlement. */
  timeSpent(count: number): Promise<TimeSpent>;
  stop(): Promise<void>;
}

export interface TimeSpent {
  readonly callMs: number;
  readonly attemptMs: number;
}

export const connectorConfig = ({ databaseUrl, redisUrl }: BenchGround) =>
  readConfig({
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    JOINERY_DEMO: '0',
    JOINERY_ROLE: 'worker',
    JOINERY_CONFIGURATION: '.',
    PATH: process.env.PATH ?? '',
  });

export const commitOf = (configuration: Configuration) => ({
  configuration,
  digest: 'bench',
  previousVersion: null,
  dirtyEntityType: null,
  appliedBy: 'system:bench',
});

export async function startEngine(bench: BenchGround, configuration: Configuration): Promise<Engine> {
  const { databaseUrl, redisUrl } = bench;
  const database = await openDatabase({ url: databaseUrl, poolSize: 10 }, Math.random);
  const leading = await openDatabase({ url: databaseUrl, poolSize: 2 }, Math.random);
  const log = { info: () => undefined, warn: say, error: say };
  const ground = composeGround(connectorConfig(bench), database);
  await ground.configurations.commit(commitOf(configuration));
  const queues = await openQueues({ redisUrl, databaseUrl, log });
  const workers = startWorkers(composeWorkers(ground, leading, queues, log));
  return {
    database,
    untilExecuted: () => until(database, ['PENDING']),
    untilVerified: () => until(database, ['PENDING', 'EXECUTED']),
    timeSpent: (count) => timeSpent(database, count),
    stop: async () => {
      await workers.stop();
      await queues.close();
      await database.close();
      await leading.close();
    },
  };
}

function say(details: object, message: string): void {
  process.stderr.write(`${message} ${JSON.stringify(details)}\n`);
}

/** Asked in a way that costs the database next to nothing: it has orders to settle meanwhile. */
const progress =
  repeated(`select exists (select from provisioning_order where state = any($1::text[])) as "isUnfinished",
  (select coalesce(error, '{}') from provisioning_order where state = 'ERRORED' limit 1) as error`);

async function until(database: Database, unfinished: readonly string[]): Promise<void> {
  for (;;) {
    const { rows } = await database.query<{ readonly isUnfinished: boolean; readonly error: unknown }>(progress, [
      unfinished,
    ]);
    const [row] = rows;
    if (row?.error !== null && row?.error !== undefined)
      throw new Error(`An order was not carried out: ${JSON.stringify(row.error)}`);
    if (row?.isUnfinished === false) return;
    await delay(50);
  }
}

async function timeSpent(database: Database, count: number): Promise<TimeSpent> {
  const { rows } = await database.query<TimeSpent>(
    `select round(avg((step ->> 'durationMs')::numeric), 1)::float8 as "callMs",
       round(avg(extract(epoch from a.finished_at - a.started_at)) * 1000, 1)::float8 as "attemptMs"
     from (select * from provisioning_attempt order by started_at desc limit $1) a, jsonb_array_elements(a.steps) step where step ->> 'kind' = 'WRITE'`,
    [count],
  );
  return rows[0] ?? { callMs: 0, attemptMs: 0 };
}
