// Launches a job, or a computation of the role model by itself: checks, plans the tasks, and queues one execution.
// Owns who may launch what and when a launch is refused; how the execution goes on is run-execution.ts'.
import type { Actor } from '../domain/actor.js';
import type { JobDefinition } from '../domain/configuration.js';
import { toGlobalId } from '../domain/global-id.js';
import type { ExecutionScope, JobTrigger } from '../domain/job.js';
import { computationTasks, jobTasks, type PlannedTask, scopeText } from '../domain/job-execution.js';
import { type Action, may } from '../domain/permission.js';
import { type Decision, granted, type Refusal, refused } from '../domain/refusal.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import type { Environment } from './ports/clock.js';
import type { JobExecutionStore, Launched, NewExecution } from './ports/job-execution.js';
import type { ModelSource } from './ports/model.js';

export interface LaunchPorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly executions: JobExecutionStore;
}

export interface JobLaunch {
  /** Identifier of the job; null when what was given is no job's id. */
  readonly job: string | null;
  readonly isDryRun: boolean;
  readonly fromStep: string | null;
  /** Identifiers; null = all. An element is null when what was given is no connector's id. */
  readonly connectors: readonly (string | null)[] | null;
  readonly trigger: JobTrigger;
  /** The planned moment of a schedule. */
  readonly occurrence?: string;
}

/** Answers the row id of the execution. */
export async function launchJob(ports: LaunchPorts, actor: Actor, launch: JobLaunch): Promise<Decision<string>> {
  const permit = permitOf(actor, 'job.launch');
  if (!permit.ok) return permit;
  const { configuration } = await ports.models.current();
  const job = configuration.jobs.find(({ identifier }) => identifier === launch.job);
  if (job === undefined) return refused(unknownJob(configuration.jobs));
  const problem = partProblem(job, launch) ?? (job.isEnabled ? null : disabled(job));
  if (problem !== null) return refused(problem);
  const scope: ExecutionScope = {
    ...(launch.fromStep === null ? {} : { fromStep: launch.fromStep }),
    ...(launch.connectors === null ? {} : { connectors: launch.connectors.filter((each) => each !== null) }),
  };
  const { trigger, isDryRun, occurrence } = launch;
  const about = { job: job.identifier, trigger, isDryRun, scope, scopeDigest: '', occurrence: occurrence ?? null };
  return answerOf(await ports.executions.launch(newExecution(ports, actor, about, jobTasks(job, scope))), job);
}

export interface ComputationLaunch {
  /** Row ids; null = everybody. An element is null when what was given is no identity's id. */
  readonly identityIds: readonly (string | null)[] | null;
  /** Identifiers; null = all. */
  readonly resourceTypes: readonly (string | null)[] | null;
  readonly isDryRun: boolean;
  /** Carries the orders out, too. */
  readonly isFulfilled: boolean;
  readonly trigger: JobTrigger;
}

/** Answers the row id of the execution: of an identical queued one, when there is one. */
export async function launchComputation(
  ports: LaunchPorts,
  actor: Actor,
  launch: ComputationLaunch,
): Promise<Decision<string>> {
  const permit = permitOf(actor, 'role-model.compute');
  if (!permit.ok) return permit;
  const problem = scopeProblem(await ports.models.current(), launch);
  if (problem !== null) return refused(problem);
  const { identityIds, resourceTypes, isDryRun, isFulfilled, trigger } = launch;
  const scope: ExecutionScope = {
    ...(identityIds === null ? {} : { identityIds: identityIds.filter((each) => each !== null) }),
    ...(resourceTypes === null ? {} : { resourceTypes: resourceTypes.filter((each) => each !== null) }),
  };
  const scopeDigest = ports.environment.digest(scopeText(scope, isDryRun, isFulfilled));
  const about = { job: null, trigger, isDryRun, scope, scopeDigest, occurrence: null };
  const tasks = computationTasks(isDryRun, isFulfilled);
  return answerOf(await ports.executions.launch(newExecution(ports, actor, about, tasks)), null);
}

function newExecution(
  ports: LaunchPorts,
  actor: Actor,
  about: Omit<NewExecution, 'id' | 'actor' | 'tasks'>,
  tasks: readonly PlannedTask[],
): NewExecution {
  const { newId } = ports.environment;
  return { ...about, id: newId(), actor, tasks: tasks.map((task) => ({ ...task, id: newId() })) };
}

function permitOf(actor: Actor, action: Action): Decision<unknown> {
  // Schedules and consequences of decisions are ours: who may change them is decided where they are made.
  return actor.kind === 'system' ? granted(null) : may(actor, action);
}

function answerOf(launched: Launched, job: JobDefinition | null): Decision<string> {
  switch (launched.kind) {
    case 'created':
    case 'joined':
      return granted(launched.executionId);
    case 'running':
      return refused(alreadyRunning(job, launched));
    case 'repeated':
      return refused({
        code: 'DUPLICATE',
        rule: 'job.once-per-occurrence',
        message: 'This planned moment was launched before.',
      });
    default:
      return launched satisfies never;
  }
}

const alreadyRunning = (job: JobDefinition | null, running: Extract<Launched, { kind: 'running' }>): Refusal => ({
  code: 'JOB_ALREADY_RUNNING',
  rule: 'job.one-execution-at-a-time',
  message: `The job «${job?.displayName ?? ''}» is running already, as execution ${running.number}.`,
  hint: 'Wait for it to end, or cancel it.',
  subjectId: toGlobalId('JobExecution', running.executionId),
});

const unknownJob = (jobs: readonly JobDefinition[]): Refusal => ({
  code: 'NOT_FOUND',
  rule: 'job.known',
  field: ['input', 'jobId'],
  message: 'There is no such job.',
  hint: `Known jobs: ${jobs.map(({ identifier }) => identifier).join(', ') || 'none'}.`,
});

const disabled = (job: JobDefinition): Refusal => ({
  code: 'STATE_CONFLICT',
  rule: 'job.enabled',
  field: ['input', 'jobId'],
  message: `The job «${job.displayName}» is disabled.`,
  hint: 'Enable it in the configuration and apply it.',
});

function partProblem(job: JobDefinition, { fromStep, connectors }: JobLaunch): Refusal | null {
  const steps = job.steps.map(({ identifier }) => identifier);
  if (fromStep !== null && !steps.includes(fromStep)) {
    const message = `The job «${job.displayName}» has no step "${fromStep}".`;
    return { ...unknownPart('fromStep', message), hint: `Its steps: ${steps.join(', ')}.` };
  }
  const own = job.steps.flatMap(({ connector }) => (connector === null ? [] : [connector]));
  const index = (connectors ?? []).findIndex((connector) => connector === null || !own.includes(connector));
  if (index < 0) return null;
  const hint = `Connectors of this job: ${[...new Set(own)].join(', ') || 'none'}.`;
  const message = `The job «${job.displayName}» has no step for this connector.`;
  return { ...unknownPart('connectorIds', message), field: ['input', 'connectorIds', String(index)], hint };
}

function scopeProblem(model: CompiledModel, { identityIds, resourceTypes }: ComputationLaunch): Refusal | null {
  const person = (identityIds ?? []).findIndex((id) => id === null);
  if (person >= 0) {
    return {
      ...unknownPart('identityIds', 'There is no such identity.'),
      field: ['input', 'identityIds', String(person)],
    };
  }
  const type = (resourceTypes ?? []).findIndex((each) => each === null || !model.resourceTypes.has(each));
  if (type < 0) return null;
  const field = ['input', 'resourceTypeIds', String(type)];
  return { ...unknownPart('resourceTypeIds', 'There is no such resource type.'), field };
}

const unknownPart = (field: string, message: string): Refusal => ({
  code: 'NOT_FOUND',
  rule: 'job.part-known',
  field: ['input', field],
  message,
});
