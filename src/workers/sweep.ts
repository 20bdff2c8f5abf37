// The clock behind the sweep and the probes. Each process has one: what it finds is taken by one of them only.
import { decideWaiting, type DecideWaitingPorts } from '../steps/decide-waiting.js';
import { probeConnection, type ProbePorts } from '../steps/probe-connection.js';
import { sweep, sweepAged, sweepDue, type SweepPorts } from '../steps/sweep.js';
import type { WorkerLog } from './log.js';
import { pause, runUntilStopped, type Stoppable } from './stoppable.js';

export interface SweepWorkerPorts {
  readonly sweep: SweepPorts;
  readonly probe: ProbePorts;
  /** Requests that rules decide because nobody did in time. */
  readonly waiting: DecideWaitingPorts;
  readonly log: WorkerLog;
  /** The connections this process serves; null: all. Others may be out of its reach, which says nothing about them. */
  readonly connections?: readonly string[] | null;
  /** Default 5,000. Retries that are due are looked for five times as often, jobs that a busy queue lost a twelfth as often. */
  readonly everyMs?: number;
}

export function startSweep(ports: SweepWorkerPorts): Stoppable {
  const everyMs = ports.everyMs ?? 5_000;
  return runUntilStopped(async (signal) => {
    for (let round = 0; !signal.aborted; round += 1) {
      await attempt(ports, () => (round % 5 === 0 ? sweep(ports.sweep) : sweepDue(ports.sweep)));
      if (round % 5 === 0) await attempt(ports, () => decideWaiting(ports.waiting));
      if (round % 60 === 59) await attempt(ports, () => sweepAged(ports.sweep));
      await attempt(ports, () => probeAll(ports));
      await pause(everyMs / 5, signal);
    }
  });
}

async function probeAll({ probe, connections = null }: SweepWorkerPorts): Promise<void> {
  const due = await probe.health.dueProbes(connections);
  await Promise.all(due.map((one) => probeConnection(probe, one)));
}

/** A round that fails is followed by the next. */
async function attempt({ log }: SweepWorkerPorts, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn({ err: error }, 'A sweep failed; the next one goes on');
  }
}
