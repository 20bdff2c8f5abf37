// The demo's first run: launches the main job on a company that was never computed, and waits until it has ended.
import { setTimeout as delay } from 'node:timers/promises';
import type { Ground } from './compose.js';
import { systemActor } from './domain/actor.js';
import { launchJob } from './steps/launch-job.js';
import { jobExecutionStore } from './store/job-execution.js';
import { completionOf } from './store/views/first-execution.js';

const deadlineMs = 120_000;

export async function firstRun({ database, environment, models }: Ground, say: (line: string) => void): Promise<void> {
  const executions = jobExecutionStore(database);
  if ((await completionOf(database, 'complete')) === 'never run') {
    say('First start: reading the demo company and running the main job …');
    const launch = { job: 'complete', isDryRun: false, fromStep: null, connectors: null, trigger: 'MANUAL' } as const;
    await launchJob({ environment, models, executions }, systemActor, launch);
  }
  const until = environment.now().getTime() + deadlineMs;
  while ((await completionOf(database, 'complete')) !== 'has ended' && environment.now().getTime() < until)
    await delay(100);
}
