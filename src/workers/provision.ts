// One BullMQ worker per connection: carries out and verifies its orders. Follows the configuration: a connection that
// appears gets a worker, one whose limits change gets a new one, one that goes loses it.
import { DelayedError, type Job } from 'bullmq';
import type { ConnectionDefinition } from '../domain/configuration.js';
import { provisionQueue } from '../domain/outbox.js';
import type { ConnectorGateway } from '../steps/ports/connector.js';
import type { ModelSource } from '../steps/ports/model.js';
import type { StoppableLeases } from '../steps/ports/provisioning-order.js';
import { type ProvisionPorts, provisionOrder } from '../steps/provision.js';
import { type TestConnectionPorts, testConnection } from '../steps/test-connection.js';
import { type VerifyPorts, verifyOrder } from '../steps/verify.js';
import type { WorkerLog } from './log.js';
import type { JobData, JobWorker, Queues } from './queue.js';
import { pause, runUntilStopped, type Stoppable } from './stoppable.js';

export interface ProvisionWorkerPorts {
  readonly provision: ProvisionPorts;
  readonly verify: VerifyPorts;
  readonly test: TestConnectionPorts;
  readonly models: ModelSource;
  readonly packages: Pick<ConnectorGateway, 'packageOf'>;
  readonly leases: StoppableLeases;
  readonly queues: Queues;
  readonly log: WorkerLog;
  /** The connections this process serves; null: all. */
  readonly connections: readonly string[] | null;
  /** Upper end of orders of one connection at once in this process. */
  readonly concurrency: number;
}

/** How long work under way may take at the end, before its calls are aborted. */
const finishMs = 25_000;
/** How long aborted calls may take to say what became of them. */
const abortMs = 3_000;
const followConfigurationMs = 5_000;
/** An order that waits for its turn on a serial connection asks again after this. */
const turnMs = 100;

interface RunningWorker {
  readonly worker: JobWorker;
  /** What it was made for; another text needs another worker. */
  readonly limits: string;
}

export function startProvisioning(ports: ProvisionWorkerPorts): Stoppable {
  const running = new Map<string, RunningWorker>();
  const follower = runUntilStopped(async (signal) => {
    while (!signal.aborted) {
      await follow(ports, running).catch((error: unknown) =>
        ports.log.warn({ err: error }, 'The configuration cannot be read; workers stay as they are'),
      );
      await pause(followConfigurationMs, signal);
    }
  });
  return {
    stop: async () => {
      await follower.stop();
      await stopAll(ports, [...running.values()]);
    },
  };
}

async function follow(ports: ProvisionWorkerPorts, running: Map<string, RunningWorker>): Promise<void> {
  const { configuration } = await ports.models.current();
  const served = configuration.connections.filter(({ identifier }) => ports.connections?.includes(identifier) ?? true);
  for (const [identifier, { worker }] of running) {
    if (served.some((connection) => connection.identifier === identifier)) continue;
    running.delete(identifier);
    await worker.close();
  }
  for (const connection of served) await serve(ports, running, connection);
}

async function serve(
  ports: ProvisionWorkerPorts,
  running: Map<string, RunningWorker>,
  connection: ConnectionDefinition,
): Promise<void> {
  const concurrency = await concurrencyOf(ports, connection);
  const limits = JSON.stringify([concurrency, connection.ratePerSecond]);
  const present = running.get(connection.identifier);
  if (present?.limits === limits) return;
  if (present !== undefined) await present.worker.close();
  const worker = ports.queues.worker(
    provisionQueue(connection.identifier),
    (job, token) => carryOut(ports, job, token),
    {
      concurrency,
      ratePerSecond: connection.ratePerSecond,
    },
  );
  running.set(connection.identifier, { worker, limits });
}

/**
 * Orders in hand for each call that the connection may have at once; the gateway lets no more calls through. While some call
 * the system, others are claimed and settled, in larger batches: with 1, half of the time the system would not be asked; with
 * 4 a settlement has 7 orders, with 8 it has 14 (docs/decisions/0008-busy-directory.md).
 */
const ordersPerCall = 8;

/** A package that cannot be loaded is served like any other: its orders then say why they fail. */
async function concurrencyOf(ports: ProvisionWorkerPorts, connection: ConnectionDefinition): Promise<number> {
  const definition = await ports.packages.packageOf(connection.identifier).catch(() => null);
  if (definition?.serial === 'connection') return 1;
  return Math.min(connection.concurrency, ports.concurrency) * ordersPerCall;
}

async function carryOut(ports: ProvisionWorkerPorts, job: Job<JobData>, token: string | undefined): Promise<void> {
  if (job.name === 'test') return testConnection(ports.test, job.data.id);
  if (job.name === 'verify') return verifyOrder(ports.verify, job.data.id);
  const claim = await provisionOrder(ports.provision, job.data.id);
  if (claim !== 'busy') return;
  await job.moveToDelayed(ports.provision.environment.now().getTime() + turnMs, token);
  throw new DelayedError();
}

/** Takes nothing new, lets work end, then aborts it: a call that is cut says so, and its order is read back by the next try. */
async function stopAll(ports: ProvisionWorkerPorts, running: readonly RunningWorker[]): Promise<void> {
  const closed = Promise.all(running.map(({ worker }) => worker.close()));
  if (await endsWithin(closed, finishMs)) return;
  ports.leases.abort();
  if (await endsWithin(closed, abortMs)) return;
  await ports.provision.orders.handBack(ports.leases.abort());
}

async function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const limit = new AbortController();
  const ended = work.then(() => true);
  const inTime = await Promise.race([ended, pause(ms, limit.signal).then(() => false)]);
  limit.abort();
  return inTime;
}
