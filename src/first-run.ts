// The demo's first run: launches the main job on a company that was never computed, and waits until it has ended.
// Says why when it cannot be launched or takes too long: the server then serves what is there.
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
    const launched = await launchJob({ environment, models, executions }, systemActor, launch);
    if (!launched.ok)
      return say(launched.refusals.map(({ message, hint = '' }) => `${message} ${hint}`.trim()).join('\n'));
  }
  const until = environment.now().getTime() + deadlineMs;
  while ((await completionOf(database, 'complete')) !== 'has ended') {
    if (environment.now().getTime() > until)
      return say(
        'The first run of the job complete has not ended after 120 s; it goes on. See its log in jobExecutions.',
      );
    await delay(100);
  }
}
