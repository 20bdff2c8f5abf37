// The worker of the queue `jobs`: carries executions out, and launches what schedules call for.
// Puts executions that nobody holds back into the queue: a queue may forget, rows do not.
import type { Job } from 'bullmq';
import { systemActor } from '../domain/actor.js';
import { launchJob, type LaunchPorts } from '../steps/launch-job.js';
import type { IdempotencyStore } from '../steps/ports/idempotency.js';
import type { LeftoverStore } from '../steps/ports/leftover.js';
import type { PartitionStore } from '../steps/ports/partition.js';
import { writeExport, type WriteExportPorts } from '../steps/write-export.js';
import { runExecution } from '../steps/run-execution.js';
import { executionHolder } from './execution-holder.js';
import type { WorkerLog } from './log.js';
import type { JobData, Queues } from './queue.js';
import { scheduledJobName } from './scheduler.js';
import { pause, runUntilStopped, type Stoppable } from './stoppable.js';
import { type TaskPorts, taskRunners } from './task.js';

export interface JobWorkerPorts {
  readonly launch: LaunchPorts;
  readonly tasks: TaskPorts;
  readonly exporting: WriteExportPorts;
  readonly idempotency: Pick<IdempotencyStore, 'forgetOld'>;
  readonly partitions: PartitionStore;
  readonly leftovers: LeftoverStore;
  readonly queues: Queues;
  readonly log: WorkerLog;
  /** Executions at once in this process. Default 4: they mostly wait for other workers. */
  readonly concurrency?: number;
  /** Default 5,000. */
  readonly requeueEveryMs?: number;
}

export function startJobs(ports: JobWorkerPorts): Stoppable {
  const stopping = new AbortController();
  const worker = ports.queues.worker('jobs', (job) => carryOut(ports, job, stopping.signal), {
    concurrency: ports.concurrency ?? 4,
  });
  const housekeeping = runUntilStopped((signal) => keepHouse(ports, signal));
  return {
    stop: async () => {
      // First: executions under way are handed back, or closing the worker would wait for them to end.
      stopping.abort();
      await Promise.all([worker.close(), housekeeping.stop()]);
    },
  };
}

async function carryOut(ports: JobWorkerPorts, job: Job<JobData>, stop: AbortSignal): Promise<void> {
  if (job.name === scheduledJobName) return launchScheduled(ports, job);
  if (job.name === 'export') return writeExport(ports.exporting, job.data.id);
  const { executions } = ports.launch;
  const holder = executionHolder({ executions, stop });
  const onFault = (fault: unknown, where: object): void =>
    ports.log.error({ ...where, err: fault }, 'A task failed by a fault');
  await runExecution({ executions, holder, runners: taskRunners(ports.tasks), onFault }, job.data.id);
}

/** The id of a scheduled job ends with its planned moment, in milliseconds since 1970. */
const plannedMoment = /:(\d+)$/;

async function launchScheduled({ launch, log }: JobWorkerPorts, job: Job<JobData>): Promise<void> {
  const occurrence = plannedMoment.exec(job.id ?? '')?.[1] ?? String(job.timestamp);
  const wanted = {
    job: job.data.id,
    isDryRun: false,
    fromStep: null,
    connectors: null,
    trigger: 'SCHEDULE',
    occurrence,
  } as const;
  const launched = await launchJob(launch, systemActor, wanted);
  if (launched.ok) return;
  const reasons = launched.refusals.map(({ code, message }) => `${code}: ${message}`);
  log.info({ job: job.data.id, occurrence, reasons }, 'A planned moment was skipped');
}

/** Rounds between two looks for what nobody reads any more, and for months to come. */
const roundsPerCleaning = 720;

async function keepHouse(
  { launch, exporting, idempotency, partitions, leftovers, log, requeueEveryMs = 5_000 }: JobWorkerPorts,
  signal: AbortSignal,
): Promise<void> {
  for (let round = 0; !signal.aborted; round += 1) {
    try {
      await launch.executions.requeue();
      if (round % roundsPerCleaning === 0) {
        await idempotency.forgetOld();
        await partitions.ensureMonths();
        await leftovers.forgetPlans();
        await leftovers.forgetParts();
        await exporting.exports.keep();
      }
    } catch (error) {
      log.warn({ err: error }, 'Forgotten executions could not be looked for; the next round does');
    }
    await pause(requeueEveryMs, signal);
  }
}
