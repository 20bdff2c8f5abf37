// Starts everything a worker process does, and stops it in an order that loses nothing.
import { type ComputeWorkerPorts, startCompute } from './compute.js';
import { type JobWorkerPorts, startJobs } from './job.js';
import { type ProvisionWorkerPorts, startProvisioning } from './provision.js';
import { type RelayPorts, startRelay } from './relay.js';
import { type SchedulerPorts, startScheduler } from './scheduler.js';
import { type SequencerPorts, startSequencer } from './sequencer.js';
import type { Stoppable } from './stoppable.js';
import { startSweep, type SweepWorkerPorts } from './sweep.js';

export interface WorkerPorts {
  readonly relay: RelayPorts;
  readonly sequencer: SequencerPorts;
  readonly provisioning: ProvisionWorkerPorts;
  readonly sweep: SweepWorkerPorts;
  readonly jobs: JobWorkerPorts;
  readonly compute: ComputeWorkerPorts;
  readonly scheduler: SchedulerPorts;
}

/** What carries orders out: all that a process needs which computes nothing. */
export type ExecutionPorts = Pick<WorkerPorts, 'relay' | 'sequencer' | 'provisioning' | 'sweep'>;

/** The queues must be open. Stopping takes at most half a minute. */
export function startWorkers(ports: WorkerPorts): Stoppable {
  const others = [startJobs(ports.jobs), startCompute(ports.compute), startScheduler(ports.scheduler)];
  return startExecution(ports, others);
}

export function startExecution(ports: ExecutionPorts, others: readonly Stoppable[] = []): Stoppable {
  const sequencer = startSequencer(ports.sequencer);
  const relay = startRelay(ports.relay);
  const workers = [startProvisioning(ports.provisioning), startSweep(ports.sweep), ...others];
  return {
    stop: async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
      // What the workers committed last still gets its queue entries and places.
      await Promise.all([relay.stop(), sequencer.stop()]);
    },
  };
}
