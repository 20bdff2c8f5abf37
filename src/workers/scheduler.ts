// Keeps one BullMQ job scheduler per job with a schedule, as the configuration says; removes those that are obsolete.
// BullMQ fires a planned moment once for all processes; launching it once is the row's business (occurrence).
import type { JobDefinition } from '../domain/configuration.js';
import type { Environment } from '../steps/ports/clock.js';
import type { ModelSource } from '../steps/ports/model.js';
import type { WorkerLog } from './log.js';
import type { JobQueue, Queues } from './queue.js';
import { pause, runUntilStopped, type Stoppable } from './stoppable.js';

export interface SchedulerPorts {
  readonly models: ModelSource;
  readonly queues: Queues;
  readonly environment: Pick<Environment, 'now'>;
  readonly log: WorkerLog;
  /** Default 10,000. */
  readonly everyMs?: number;
}

/** The name of the jobs that schedulers put into the queue `jobs`; their data is the identifier of the job to launch. */
export const scheduledJobName = 'schedule';

const schedulerPrefix = 'schedule-';
/** A scheduler whose moment passed so long ago has lost its job: a queue that was emptied, or cut in the middle. */
const lostAfterMs = 120_000;

/** Looks again and again, not only when the configuration changes: a queue that was emptied has lost its schedules. */
export function startScheduler(ports: SchedulerPorts): Stoppable {
  return runUntilStopped(async (signal) => {
    while (!signal.aborted) {
      await follow(ports).catch((error: unknown) =>
        ports.log.warn({ err: error }, 'The schedules cannot be set; they stay as they are'),
      );
      await pause(ports.everyMs ?? 10_000, signal);
    }
  });
}

async function follow({ models, queues, environment }: SchedulerPorts): Promise<void> {
  const { configuration } = await models.current();
  const scheduled = configuration.jobs.filter(({ isEnabled, schedule }) => isEnabled && schedule !== null);
  await setSchedules(queues.queue('jobs'), scheduled, environment.now().getTime());
}

/** A scheduler that is already so is left alone: setting it again would move its next moment. `now`: ms since 1970. */
export async function setSchedules(queue: JobQueue, jobs: readonly JobDefinition[], now: number): Promise<void> {
  const present = await queue.getJobSchedulers(0, -1);
  const wanted = new Map(jobs.map((job) => [`${schedulerPrefix}${job.identifier}`, job]));
  for (const { key } of present) {
    if (key.startsWith(schedulerPrefix) && !wanted.has(key)) await queue.removeJobScheduler(key);
  }
  for (const [key, { identifier, schedule, timeZone }] of wanted) {
    if (schedule === null) continue;
    const before = present.find((scheduler) => scheduler.key === key);
    const isAlive = before?.next !== undefined && before.next > now - lostAfterMs;
    if (isAlive && before.pattern === schedule && before.tz === timeZone) continue;
    await queue.upsertJobScheduler(
      key,
      { pattern: schedule, tz: timeZone },
      // Tried again like any other job: the planned moment says that it is the same launch.
      { name: scheduledJobName, data: { id: identifier } },
    );
  }
}
