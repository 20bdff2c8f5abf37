// Executions and tasks by their ids, and as schema objects. Who may not see jobs is answered as if there were none.
import type { Actor } from '../domain/actor.js';
import { toGlobalId } from '../domain/global-id.js';
import type { Counters } from '../domain/job.js';
import { rootFailure, totalCounters } from '../domain/job-execution.js';
import { readScope } from '../domain/permission.js';
import {
  ExecutionCounters,
  JobExecution,
  type JobExecutionFilter as FilterInput,
  Progress,
  TaskExecution,
} from '../schema/job-execution.js';
import type {
  JobExecutionFilter,
  JobExecutionQuestion,
  JobExecutionView,
  TaskExecutionView,
} from '../steps/ports/job-view.js';
import type { RequestContext } from './context.js';
import { idComparison } from './filter.js';
import type { Batch } from './loader.js';
import { toThresholdViolation } from './threshold-violation.js';

export const executionQuestion = (actor: Actor, filter: JobExecutionFilter | null): JobExecutionQuestion => ({
  filter,
  scope: readScope(actor, 'job.read'),
});

/** Throws BAD_USER_INPUT for ids of other types. */
export const executionFilter = (input: FilterInput | null | undefined): JobExecutionFilter | null =>
  input === null || input === undefined
    ? null
    : {
        state: input.state ?? null,
        job: idComparison('Job', input.jobId),
        connector: idComparison('Connector', input.connectorId),
        trigger: input.trigger ?? null,
        queuedAt: input.queuedAt ?? null,
      };

const executionById: Batch<string, JobExecutionView> = async (ids, { ports, actor }) => {
  const views = await ports.jobExecutions.byIds(ids, executionQuestion(actor, null));
  return new Map(views.map((view) => [view.id, view]));
};
const executionByTaskId: Batch<string, JobExecutionView> = (ids, { ports, actor }) =>
  ports.jobExecutions.byTaskIds(ids, readScope(actor, 'job.read'));
const lastSynchronizationOf: Batch<string, JobExecutionView> = (connectors, { ports, actor }) =>
  ports.jobExecutions.lastSynchronizations(connectors, readScope(actor, 'job.read'));

/** By row id. */
export async function findJobExecution(id: string | null, context: RequestContext): Promise<JobExecution | null> {
  const view = id === null ? null : await context.loaders.load(executionById, id);
  return view === null ? null : toJobExecution(view);
}

export async function findTaskExecution(id: string, context: RequestContext): Promise<TaskExecution | null> {
  const view = await context.loaders.load(executionByTaskId, id);
  const task = view?.tasks.find((each) => each.id === id);
  return task === undefined ? null : toTaskExecution(task);
}

/** By connector identifier. */
export async function findLastSynchronization(
  connector: string,
  context: RequestContext,
): Promise<JobExecution | null> {
  const view = await context.loaders.load(lastSynchronizationOf, connector);
  return view === null ? null : toJobExecution(view);
}

const executions = new WeakMap<JobExecution, JobExecutionView>();
const tasks = new WeakMap<TaskExecution, TaskExecutionView>();

export function toJobExecution(view: JobExecutionView): JobExecution {
  const root = rootFailure(view.tasks);
  const shown = Object.assign(new JobExecution(), {
    id: toGlobalId('JobExecution', view.id),
    number: `EXE-${view.number}`,
    state: view.state,
    trigger: view.trigger,
    isDryRun: view.isDryRun,
    progress: executionProgress(view),
    tasks: view.tasks.map(toTaskExecution),
    rootFailure: root === null ? null : toTaskExecution(root),
    warningCount: view.warningCount,
    errorCount: view.errorCount,
    counters: toCounters(totalCounters(view.tasks)),
    thresholdViolations: view.violations.map(toThresholdViolation),
    queuedAt: view.queuedAt,
    startedAt: view.startedAt,
    finishedAt: view.finishedAt,
    traceId: null,
  });
  executions.set(shown, view);
  return shown;
}

export function toTaskExecution(view: TaskExecutionView): TaskExecution {
  const shown = Object.assign(new TaskExecution(), {
    id: toGlobalId('TaskExecution', view.id),
    identifier: view.identifier,
    kind: view.kind,
    state: view.state,
    progress: taskProgress(view),
    startedAt: view.startedAt,
    finishedAt: view.finishedAt,
    counters: toCounters(view.counters),
  });
  tasks.set(shown, view);
  return shown;
}

/** What an execution was made from: field resolvers need more than clients see. */
export function executionViewOf(execution: JobExecution): JobExecutionView {
  const view = executions.get(execution);
  if (view === undefined) throw new Error(`The execution ${execution.id} was not made by toJobExecution.`);
  return view;
}

export function taskViewOf(task: TaskExecution): TaskExecutionView {
  const view = tasks.get(task);
  if (view === undefined) throw new Error(`The task ${task.id} was not made by toTaskExecution.`);
  return view;
}

const toCounters = (counters: Counters): ExecutionCounters => Object.assign(new ExecutionCounters(), counters);

function executionProgress({ tasks: all }: JobExecutionView): Progress {
  const running = all
    .filter(({ state }) => state === 'RUNNING')
    .map(({ identifier, message }) => message ?? identifier);
  return Object.assign(new Progress(), {
    done: all.filter(({ finishedAt }) => finishedAt !== null).length,
    total: all.length,
    ratePerSecond: null,
    etaSeconds: null,
    message: running.length === 0 ? null : running.join(', '),
  });
}

function taskProgress({ done, total, message, runningSeconds, finishedAt }: TaskExecutionView): Progress {
  const rate = runningSeconds === null || runningSeconds <= 0 || done === 0 ? null : done / runningSeconds;
  const left = finishedAt !== null ? 0 : total === null || rate === null ? null : Math.ceil((total - done) / rate);
  return Object.assign(new Progress(), { done, total, ratePerSecond: rate, etaSeconds: left, message });
}
