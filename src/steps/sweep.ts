// Brings back what queues forgot: every few seconds, from the rows alone. Owns what is looked at and when;
// probing connections is probe-connection.ts', finding rows store/sweep.ts'.
import { provisionQueue } from '../domain/outbox.js';
import type { ModelSource } from './ports/model.js';
import type { QueueGauge, SweepStore } from './ports/sweep.js';

export interface SweepPorts {
  readonly models: ModelSource;
  readonly sweeps: SweepStore;
  readonly queues: QueueGauge;
}

/** Answers how many entries were queued. */
export async function sweep(ports: SweepPorts): Promise<number> {
  await ports.sweeps.expireTickets();
  const due = (await sweepDue(ports)) + (await ports.sweeps.enqueueAbandoned());
  const { configuration } = await ports.models.current();
  const lost = await Promise.all(
    configuration.connections.map(({ identifier }) => recoverConnection(ports, identifier)),
  );
  const computations = (await ports.queues.isEmpty('compute')) ? await ports.sweeps.enqueueLostComputations() : 0;
  return lost.reduce((sum, each) => sum + each, due + computations);
}

/** Only what can be due at once: tickets to hand out, retries and successors. Cheap enough for every second. */
export async function sweepDue({ sweeps }: Pick<SweepPorts, 'sweeps'>): Promise<number> {
  await sweeps.transmitDue();
  return sweeps.enqueueDue();
}

/** A busy queue may have lost a part of its jobs, or given one up: once a minute is often enough. */
export const sweepAged = (ports: Pick<SweepPorts, 'sweeps'>): Promise<number> => ports.sweeps.enqueueAged();

/** Orders that have a job are trusted for minutes as long as there is one: a queue that is empty has lost theirs. */
async function recoverConnection(ports: SweepPorts, connection: string): Promise<number> {
  return (await ports.queues.isEmpty(provisionQueue(connection))) ? ports.sweeps.enqueueLost(connection) : 0;
}
