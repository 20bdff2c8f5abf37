// A second person lets an execution go on that a threshold stopped, or says no; an operator has a failed one run again.
// Owns the sequence; the rules are domain/release.ts', what happens then is run-execution.ts'.
import type { Actor } from '../domain/actor.js';
import { toGlobalId } from '../domain/global-id.js';
import type { JobTrigger } from '../domain/job.js';
import { scopeText } from '../domain/job-execution.js';
import { may } from '../domain/permission.js';
import { type Decision, granted, type Refusal, refused } from '../domain/refusal.js';
import {
  checkRetry,
  decideDecline,
  decideRelease,
  type Release,
  releaseDigest,
  tasksToRetry,
} from '../domain/release.js';
import type { Environment } from './ports/clock.js';
import type { JobExecutionStore } from './ports/job-execution.js';
import type { ReleaseStore } from './ports/release.js';

export interface ReleasePorts {
  readonly environment: Environment;
  readonly releases: ReleaseStore;
  readonly executions: Pick<JobExecutionStore, 'launch'>;
}

/** `executionId` null when the id given is no execution's. Answers the row id. */
export async function resumeExecution(
  { environment, releases }: ReleasePorts,
  actor: Actor,
  executionId: string | null,
  release: Release,
): Promise<Decision<string>> {
  const permit = may(actor, 'execution.release');
  if (!permit.ok) return permit;
  const execution = executionId === null ? null : await releases.blocked(executionId);
  if (execution === null) return refused(unknown);
  const digest = releaseDigest(execution, environment.digest);
  const decision = decideRelease(actor, execution, release, digest);
  if (!decision.ok) return decision;
  const resumed = await releases.resume(execution, actor, { digest, comment: release.comment });
  switch (resumed.kind) {
    case 'resumed':
      return granted(execution.id);
    case 'moved':
      return refused(moved(execution));
    case 'running':
      return refused({
        code: 'JOB_ALREADY_RUNNING',
        rule: 'job.one-execution-at-a-time',
        message: `${execution.number} cannot go on now: its job is running as EXE-${resumed.number}.`,
        hint: 'Resume it when that one has ended.',
        subjectId: toGlobalId('JobExecution', resumed.executionId),
      });
    default:
      return resumed satisfies never;
  }
}

export async function declineExecution(
  { releases }: ReleasePorts,
  actor: Actor,
  executionId: string | null,
  comment: string,
): Promise<Decision<string>> {
  const permit = may(actor, 'execution.release');
  if (!permit.ok) return permit;
  const execution = executionId === null ? null : await releases.blocked(executionId);
  if (execution === null) return refused(unknown);
  const decision = decideDecline(actor, execution, comment);
  if (!decision.ok) return decision;
  return (await releases.decline(execution, actor, comment)) ? granted(execution.id) : refused(moved(execution));
}

/** A new execution of the same job, with the same scope, from its first failure on or from its start. */
export async function retryExecution(
  { environment, releases, executions }: ReleasePorts,
  actor: Actor,
  executionId: string | null,
  { from, trigger }: { readonly from: 'FAILED_TASKS' | 'START'; readonly trigger: JobTrigger },
): Promise<Decision<string>> {
  const permit = may(actor, 'job.launch');
  if (!permit.ok) return permit;
  const before = executionId === null ? null : await releases.retried(executionId);
  if (before === null) return refused(unknown);
  const refusal = checkRetry(before);
  if (refusal !== null) return refused(refusal);
  const { job, scope, isDryRun } = before;
  const tasks = tasksToRetry(before.tasks, from);
  const isFulfilled = tasks.some(({ kind }) => kind === 'FULFILL');
  const launched = await executions.launch({
    id: environment.newId(),
    job,
    trigger,
    actor,
    isDryRun,
    scope,
    scopeDigest: job === null ? environment.digest(`retry:${scopeText(scope, isDryRun, isFulfilled)}`) : '',
    occurrence: null,
    retryOf: before.id,
    tasks: tasks.map(({ identifier, kind, connector, mode, level }) => ({
      identifier,
      kind,
      connector,
      mode,
      level,
      id: environment.newId(),
    })),
  });
  if (launched.kind === 'created' || launched.kind === 'joined') return granted(launched.executionId);
  const running = launched.kind === 'running' ? launched : null;
  return refused({
    code: 'JOB_ALREADY_RUNNING',
    rule: 'job.one-execution-at-a-time',
    field: ['id'],
    message: `${before.number} cannot be run again now: its job is running${running === null ? '' : ` as EXE-${running.number}`}.`,
    hint: 'Wait for it to end, or cancel it.',
    ...(running === null ? {} : { subjectId: toGlobalId('JobExecution', running.executionId) }),
  });
}

const unknown: Refusal = {
  code: 'NOT_FOUND',
  rule: 'job-execution.known',
  field: ['id'],
  message: 'There is no such job execution.',
};

const moved = ({ id, number }: { readonly id: string; readonly number: string }): Refusal => ({
  code: 'STALE_VERSION',
  rule: 'execution.release-as-seen',
  field: ['planDigest'],
  message: `${number} changed while it was being decided on.`,
  hint: 'Load it again, look at what it holds back, and decide with the new digest.',
  subjectId: toGlobalId('JobExecution', id),
});
