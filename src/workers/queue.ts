// The one place that knows where queues live: in Redis when an address is given, else in PostgreSQL beside everything else.
// Owns connections, job options and what is refused at start; what jobs mean is their workers'.
import {
  type BackendClasses,
  type BackendFactory,
  type ConnectionOptions,
  createPostgresBackend,
  createRedisBackend,
  type Job,
  Queue,
  type RedisQueueBackend,
  withBackend,
  Worker,
} from 'bullmq';
import { Redis } from 'ioredis';
import type { QueueGauge } from '../steps/ports/sweep.js';
import type { WorkerLog } from './log.js';

/** The id of a row, nothing else: whoever could edit a job could not change what is done. */
export interface JobData {
  readonly id: string;
}
export type JobQueue = Queue<JobData>;
export type JobWorker = Worker<JobData>;
export type ProcessJob = (job: Job<JobData>, token?: string) => Promise<void>;

export interface JobWorkerOptions {
  /** Jobs at once. */
  readonly concurrency: number;
  /** Over all processes; null = no limit. */
  readonly ratePerSecond?: number | null;
}

export interface Queues extends QueueGauge {
  readonly backend: 'Redis' | 'PostgreSQL';
  /** The same object for the same name. */
  queue(name: string): JobQueue;
  worker(name: string, process: ProcessJob, options: JobWorkerOptions): JobWorker;
  /** Closes queues and connections; workers are closed by whoever made them. */
  close(): Promise<void>;
}

export interface QueueOptions {
  /** Null: queues live in PostgreSQL. */
  readonly redisUrl: string | null;
  readonly databaseUrl: string;
  readonly log: WorkerLog;
}

/** Rejects when the place of the queues cannot be used as it is configured. */
export async function openQueues(options: QueueOptions): Promise<Queues> {
  return options.redisUrl === null ? openInPostgres(options) : openInRedis(options.redisUrl, options);
}

/** A failed job decides nothing: the row does. It is kept for a week, for people. */
const jobOptions = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 500 },
  removeOnComplete: { count: 1_000, age: 3_600 },
  removeOnFail: { count: 1_000, age: 7 * 24 * 3_600 },
} as const;

/**
 * `maxStalledCount`: by default two crashes of workers would fail a job for good, whatever its attempts say.
 * `lockDuration`: our own lease decides who works on a row; this lock only says when a dead worker's job is given again.
 */
const workerOptions = { maxStalledCount: 1_000_000, lockDuration: 30_000, stalledInterval: 15_000 } as const;

type Classes = Pick<BackendClasses<RedisQueueBackend, ConnectionOptions>, 'Queue' | 'Worker'>;

interface Place {
  readonly backend: Queues['backend'];
  readonly classes: Classes;
  readonly queueConnection: () => ConnectionOptions;
  readonly workerConnection: () => ConnectionOptions;
  readonly disconnect: () => Promise<void>;
}

async function openInRedis(url: string, { log }: QueueOptions): Promise<Queues> {
  // Queues fail fast while Redis is away, so that the relay can wait by itself; workers wait for it without end.
  const forQueues = new Redis(url, { maxRetriesPerRequest: 1, connectTimeout: 5_000 });
  const forWorkers = new Redis(url, { maxRetriesPerRequest: null, connectTimeout: 5_000 });
  const connections = [forQueues, forWorkers];
  for (const connection of connections)
    connection.on('error', (error) => log.warn({ err: error }, 'Redis does not answer'));
  const disconnect = async (): Promise<void> => {
    for (const connection of connections) connection.disconnect();
  };
  try {
    await mustNotEvict(forQueues);
  } catch (error) {
    await disconnect();
    throw error;
  }
  return queuesIn(
    {
      backend: 'Redis',
      classes: withBackend<RedisQueueBackend, ConnectionOptions>(createRedisBackend),
      queueConnection: () => forQueues,
      workerConnection: () => forWorkers,
      disconnect,
    },
    log,
  );
}

/** A Redis that evicts says it has jobs whose bodies are gone. */
async function mustNotEvict(redis: Redis): Promise<void> {
  const memory = await redis.info('memory');
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1];
  if (policy === 'noeviction') return;
  throw new Error(
    `Redis would throw jobs away when its memory is full: its maxmemory-policy is ${policy ?? 'unknown'}. ` +
      'Set it to noeviction: `redis-cli config set maxmemory-policy noeviction`, and the same in redis.conf.',
  );
}

async function openInPostgres({ databaseUrl, log }: QueueOptions): Promise<Queues> {
  const connection = (max: number): ConnectionOptions => ({
    connectionString: databaseUrl,
    max,
    application_name: 'joinery-queue',
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    query_timeout: 30_000,
  });
  // BullMQ's classes are typed for one back end each; what they offer is the same for both.
  const factory = createPostgresBackend as unknown as BackendFactory<RedisQueueBackend>;
  const classes = withBackend<RedisQueueBackend, ConnectionOptions>(factory);
  await migrateQueues(classes, connection(1));
  return queuesIn(
    {
      backend: 'PostgreSQL',
      classes,
      queueConnection: () => connection(2),
      // One more than these listens, outside the pool.
      workerConnection: () => connection(3),
      disconnect: async () => undefined,
    },
    log,
  );
}

async function migrateQueues(classes: Classes, connection: ConnectionOptions): Promise<void> {
  const queue = new classes.Queue('migration', { connection: { ...connection, migrate: true } });
  try {
    await queue.waitUntilReady();
  } finally {
    await queue.close();
  }
}

function queuesIn(place: Place, log: WorkerLog): Queues {
  const queues = new Map<string, JobQueue>();
  const queue = (name: string): JobQueue => {
    const known = queues.get(name);
    if (known !== undefined) return known;
    const opened = new place.classes.Queue<JobData>(name, {
      connection: place.queueConnection(),
      defaultJobOptions: jobOptions,
    });
    opened.on('error', (error) => log.warn({ queue: name, err: error }, 'A queue reports an error'));
    queues.set(name, opened);
    return opened;
  };
  return {
    backend: place.backend,
    queue,
    worker: (name, process, options) => openWorker(place, log, name, process, options),
    isEmpty: async (name) => {
      const { completed: _completed, failed: _failed, ...unfinished } = await queue(name).getJobCounts();
      return Object.values(unfinished).every((count) => count === 0);
    },
    close: async () => {
      await Promise.all([...queues.values()].map((opened) => opened.close()));
      await place.disconnect();
    },
  };
}

function openWorker(
  place: Place,
  log: WorkerLog,
  name: string,
  process: ProcessJob,
  options: JobWorkerOptions,
): JobWorker {
  const rate = options.ratePerSecond ?? null;
  const worker = new place.classes.Worker<JobData>(name, process, {
    ...workerOptions,
    connection: place.workerConnection(),
    concurrency: options.concurrency,
    removeOnComplete: jobOptions.removeOnComplete,
    removeOnFail: jobOptions.removeOnFail,
    ...(rate === null ? {} : { limiter: { max: Math.max(1, Math.floor(rate)), duration: 1_000 } }),
  });
  worker.on('error', (error) => log.warn({ queue: name, err: error }, 'A worker reports an error'));
  worker.on('failed', (job, error) => log.error({ queue: name, job: job?.id, err: error }, 'A job failed'));
  return worker;
}
