// Jobs as schema objects, from the configuration.
import type { JobDefinition } from '../domain/configuration.js';
import { toGlobalId } from '../domain/global-id.js';
import { launchBlockers } from '../domain/job-execution.js';
import { isAllowed } from '../domain/permission.js';
import { Job, JobStep } from '../schema/job.js';
import type { RequestContext } from './context.js';
import type { Batch } from './loader.js';

/** By identifier; null when there is none that the viewer may see. */
export async function findJob(identifier: string | null, { actor, ports }: RequestContext): Promise<Job | null> {
  if (identifier === null || !isAllowed(actor, 'job.read')) return null;
  const { jobs } = (await ports.models.current()).configuration;
  const found = jobs.find((job) => job.identifier === identifier);
  return found === undefined ? null : toJob(found);
}

const runningJobs: Batch<string, boolean> = async (jobs, { ports }) => {
  const filter = { state: launchBlockers, job: { in: jobs } };
  // One execution of a job at a time: as many as there are jobs.
  const running = await ports.jobExecutions.matching({ filter, scope: 'all' }, jobs.length);
  return new Map(running.flatMap(({ job }) => (job === null ? [] : [[job, true] as const])));
};

/** Then it can be neither launched, nor resumed, nor run again. `job`: identifier; null: of no job. */
export const isJobRunning = async (job: string | null, { loaders }: RequestContext): Promise<boolean> =>
  job !== null && (await loaders.load(runningJobs, job)) === true;

export const toJob = ({ identifier, displayName, schedule, timeZone, isEnabled, steps, mode }: JobDefinition): Job =>
  Object.assign(new Job(), {
    id: toGlobalId('Job', identifier),
    identifier,
    displayName,
    schedule,
    timeZone: schedule === null ? null : timeZone,
    isEnabled,
    steps: steps.map((step) =>
      Object.assign(new JobStep(), {
        identifier: step.identifier,
        kind: step.kind,
        mode,
        connectorIdentifier: step.connector,
      }),
    ),
  });
