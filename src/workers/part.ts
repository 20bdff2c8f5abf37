// Which of the parts of a worker process each of its workers gets. Owns that distribution alone: what the parts are made of is
// the composition root's, what a worker does with them its own.
import type { LaunchPorts } from '../steps/launch-job.js';
import type { ConnectionProber, ConnectorGateway } from '../steps/ports/connector.js';
import type { OrderProgressView } from '../steps/ports/order-progress.js';
import type { StoppableLeases } from '../steps/ports/provisioning-order.js';
import type { ProvisionPorts } from '../steps/provision.js';
import type { SweepPorts } from '../steps/sweep.js';
import type { TestConnectionPorts } from '../steps/test-connection.js';
import type { VerifyPorts } from '../steps/verify.js';
import type { WriteExportPorts } from '../steps/write-export.js';
import type { JobWorkerPorts } from './job.js';
import type { WorkerLog } from './log.js';
import type { Queues } from './queue.js';
import type { RelayPorts } from './relay.js';
import type { SequencerPorts } from './sequencer.js';
import type { TaskPorts } from './task.js';
import type { WorkerPorts } from './worker.js';

type OrderParts = Omit<ProvisionPorts & VerifyPorts & TestConnectionPorts, 'gateway' | 'readsBack' | 'onFault'>;
type JobParts = Omit<TaskPorts & LaunchPorts, 'gateway' | 'orders'> &
  Pick<JobWorkerPorts, 'idempotency' | 'partitions' | 'leftovers'>;

export interface WorkerParts extends OrderParts, JobParts {
  readonly gateway: ConnectorGateway & ConnectionProber;
  /** How far the orders of an execution are. */
  readonly progress: OrderProgressView;
  readonly leases: StoppableLeases;
  readonly relays: RelayPorts['relays'];
  readonly sequencers: SequencerPorts['sequencers'];
  readonly sweeps: SweepPorts['sweeps'];
  readonly exporting: WriteExportPorts;
  readonly queues: Queues;
  readonly log: WorkerLog;
  /** The connections this process serves; null: all. */
  readonly served: readonly string[] | null;
  /** Upper end of orders of one connection at once, and of computations at once, in this process. */
  readonly concurrency: { readonly orders: number; readonly computations: number };
}

export function workerPorts(parts: WorkerParts): WorkerPorts {
  const { models, queues, log, served: connections, concurrency, progress, ...others } = parts;
  const onFault = (fault: unknown, orderId: string): void =>
    log.error({ orderId, err: fault }, 'An order failed by a fault of ours');
  return {
    relay: { relays: parts.relays, queues, log },
    sequencer: { sequencers: parts.sequencers, log },
    provisioning: {
      provision: { ...parts, readsBack: true, onFault },
      verify: parts,
      test: parts,
      models,
      packages: parts.gateway,
      leases: parts.leases,
      queues,
      log,
      connections,
      concurrency: concurrency.orders,
    },
    sweep: {
      sweep: parts,
      probe: parts,
      waiting: { requests: parts.requestStore, models },
      log,
      connections,
    },
    jobs: { ...others, launch: parts, tasks: { ...parts, orders: progress }, queues, log },
    compute: { ...parts, concurrency: concurrency.computations },
    scheduler: { models, queues, environment: parts.environment, log },
  };
}
