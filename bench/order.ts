// How many orders a second go from their queue to EXECUTED, against bare BullMQ jobs that each make two single-row commits
// in the same PostgreSQL, in the same run. `--count` (10,000), `--concurrency` (128), `--json`.
import { setTimeout as delay } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { composeGround, composeWorkers } from '#src/compose.js';
import { readConfig } from '#src/config.js';
import { openDatabase } from '#src/store/data-source.js';
import type { Database } from '#src/store/database.js';
import { openQueues } from '#src/workers/queue.js';
import { startWorkers } from '#src/workers/worker.js';
import { type BenchGround, machine, numberOption, openGround, report } from './ground.js';
import { enqueue, makeOrders, memoryCompany } from './memory-company.js';

const floor = 0.4;
const goal = 0.8;
/** Connections of the control's pool and of the workers'. */
const poolSize = 10;

export async function run(options: readonly string[]): Promise<boolean> {
  const count = numberOption(options, 'count', 10_000);
  const concurrency = numberOption(options, 'concurrency', 128);
  const ground = await openGround();
  try {
    const controlPerSecond = await control(ground, count, concurrency);
    const ordersPerSecond = await orders(ground, count, concurrency);
    const ratioToControl = ordersPerSecond / controlPerSecond;
    report(options, {
      benchmark: 'orders',
      ordersPerSecond: Math.round(ordersPerSecond),
      controlJobsPerSecond: Math.round(controlPerSecond),
      ratioToControl: Math.round(ratioToControl * 100) / 100,
      floor,
      goal,
      isFloorReached: ratioToControl >= floor,
      rssMb: Math.round(process.resourceUsage().maxRSS / 1024),
      n: count,
      concurrency,
      machine: machine(),
      versions: ground.versions,
    });
    return ratioToControl >= floor;
  } finally {
    await ground.stop();
  }
}

/** Enqueued → processed. Each job inserts one row and updates it: the two commits that any honest worker makes. */
async function control({ databaseUrl, redisUrl }: BenchGround, count: number, concurrency: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: poolSize });
  await pool.query('create table control_job (id text primary key, state text not null)');
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const queue = new Queue<{ id: string }>('control', { connection });
  const worker = new Worker<{ id: string }>(
    'control',
    async (job) => {
      await pool.query(`insert into control_job (id, state) values ($1, 'started')`, [job.data.id]);
      await pool.query(`update control_job set state = 'done' where id = $1`, [job.data.id]);
    },
    { connection, concurrency },
  );
  await worker.waitUntilReady();
  const started = performance.now();
  const jobs = Array.from({ length: count }, (_, index) => ({
    name: 'job',
    data: { id: String(index) },
    opts: { removeOnComplete: true },
  }));
  for (let from = 0; from < count; from += 1_000) await queue.addBulk(jobs.slice(from, from + 1_000));
  await until(
    async () =>
      (await pool.query(`select 1 from control_job where state = 'done' offset $1 limit 1`, [count - 1])).rowCount ===
      1,
  );
  const elapsed = performance.now() - started;
  await worker.close();
  await queue.close();
  connection.disconnect();
  await pool.query('drop table control_job');
  await pool.end();
  return (count / elapsed) * 1_000;
}

/** Outbox committed → every order EXECUTED; the workers are those of the program, verification included. */
async function orders({ databaseUrl, redisUrl }: BenchGround, count: number, concurrency: number): Promise<number> {
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    JOINERY_DEMO: '0',
    JOINERY_ROLE: 'worker',
    JOINERY_CONFIGURATION: '.',
    JOINERY_QUEUE_CONCURRENCY: String(concurrency),
  });
  const database = await openDatabase({ url: databaseUrl, poolSize }, Math.random);
  const leading = await openDatabase({ url: databaseUrl, poolSize: 2 }, Math.random);
  const log = { info: () => undefined, warn: say, error: say };
  const ground = composeGround(config, database);
  await ground.configurations.commit({
    configuration: memoryCompany(concurrency),
    digest: 'bench',
    previousVersion: null,
    dirtyEntityType: null,
    appliedBy: 'system:bench',
  });
  await makeOrders(database, count);
  const queues = await openQueues({ redisUrl, databaseUrl, log });
  const workers = startWorkers(composeWorkers(ground, leading, queues, log));
  await delay(1_000);
  const started = performance.now();
  await enqueue(database);
  await until(async () => (await pending(database)) === 0);
  const elapsed = performance.now() - started;
  await workers.stop();
  await queues.close();
  await database.close();
  await leading.close();
  return (count / elapsed) * 1_000;
}

function say(details: object, message: string): void {
  process.stderr.write(`${message} ${JSON.stringify(details)}\n`);
}

/** 0 or 1: whether an order is still to be carried out. */
async function pending(database: Database): Promise<number> {
  const { count } = await database.query(`select 1 from provisioning_order where state = 'PENDING' limit 1`);
  return count;
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await delay(25);
}
