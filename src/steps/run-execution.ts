// Carries one execution from task to task: level by level, skipping what lacks its needs, until nothing is left.
// Owns when an execution ends and as what. Each task is somebody else's: runners come from outside, by kind.
import { LeaseLost } from '../domain/lease.js';
import type { TaskKind } from '../domain/configuration.js';
import { failedTask, type TaskResult, type TaskRun } from '../domain/job.js';
import { endState, nextTasks, type TaskStatus } from '../domain/job-execution.js';
import {
  type ExecutionClaim,
  type ExecutionHolder,
  type HeldExecution,
  type JobExecutionStore,
} from './ports/job-execution.js';
import type { TaskContext, TaskRunner } from './ports/task.js';

export interface RunPorts {
  readonly executions: JobExecutionStore;
  readonly holder: ExecutionHolder;
  readonly runners: Readonly<Record<TaskKind, TaskRunner>>;
  /** A fault of ours, for the log of the process: the execution only says that there was one. */
  readonly onFault: (fault: unknown, where: Readonly<Record<string, string>>) => void;
}

/** `left`: somebody else holds it, or it has ended. `handed back`: this process stops, the next holder goes on. */
export type RunOutcome = 'ended' | 'left' | 'handed back';

/** Tasks of one level that run at once in one process. */
const tasksAtOnce = 4;

export async function runExecution(ports: RunPorts, executionId: string): Promise<RunOutcome> {
  const claim = await ports.executions.claim(executionId);
  if (claim === null) return 'left';
  try {
    return await ports.holder.hold(claim, (held) => runTasks(ports, claim, held));
  } catch (error) {
    if (error instanceof LeaseLost) return 'left';
    throw error;
  }
}

async function runTasks(ports: RunPorts, claim: ExecutionClaim, held: HeldExecution): Promise<RunOutcome> {
  for (;;) {
    const tasks = await ports.executions.tasks(claim);
    const { run, skip } = nextTasks(tasks);
    if (held.signal.aborted || run.length + skip.length === 0) return conclude(ports, claim, held, tasks);
    for (const { task, because } of skip) await ports.executions.skip(claim, task.id, because);
    const outcomes = await Promise.allSettled(
      run.slice(0, tasksAtOnce).map((task) => runTask(ports, claim, held, task)),
    );
    // Not before all of them have stopped: a task that goes on after its execution was given back is nobody's.
    const fault = outcomes.find((outcome) => outcome.status === 'rejected');
    if (fault !== undefined) throw fault.reason;
    const isCanceled = outcomes.some((outcome) => outcome.status === 'fulfilled' && outcome.value === 'canceled');
    if (isCanceled) return conclude(ports, claim, held, await ports.executions.tasks(claim));
  }
}

async function conclude(
  ports: RunPorts,
  claim: ExecutionClaim,
  held: HeldExecution,
  tasks: readonly TaskStatus[],
): Promise<RunOutcome> {
  const ended = held.ended();
  switch (ended) {
    case 'lost':
      return 'left';
    case 'stopping':
      await held.flush();
      await ports.executions.release(claim);
      return 'handed back';
    case 'canceled':
    case null:
      await held.flush();
      await ports.executions.finish(claim, endState(tasks, ended === 'canceled'));
      return 'ended';
    default:
      return ended satisfies never;
  }
}

/** `canceled`: somebody did so before it began, and the lease has not told yet; the store ends the execution as ABORTED. */
async function runTask(
  ports: RunPorts,
  claim: ExecutionClaim,
  held: HeldExecution,
  task: TaskStatus,
): Promise<'run' | 'canceled'> {
  if (!(await ports.executions.start(claim, task.id))) return 'canceled';
  const result = await resultOf(ports, claim, held, task);
  if (result === null) return 'run';
  await held.flush();
  await ports.executions.settle(claim, task, result);
  return 'run';
}

/** Null when the task was stopped from outside: it stays as it is, for the next holder or for the end. */
async function resultOf(
  ports: RunPorts,
  claim: ExecutionClaim,
  held: HeldExecution,
  task: TaskStatus,
): Promise<TaskResult | null> {
  try {
    const result = await ports.runners[task.kind](runOf(claim, task), contextOf(held, task.id));
    return held.signal.aborted && result.state === 'ERRORED' ? null : result;
  } catch (fault) {
    if (held.signal.aborted) return null;
    ports.onFault(fault, { executionId: claim.executionId, taskId: task.id, task: task.identifier });
    return failedTask(internalFailure(task));
  }
}

const internalFailure = (task: TaskStatus) => ({
  code: 'OUTCOME_UNKNOWN',
  message: `Joinery itself failed in ${task.identifier}; how far it came is not known.`,
  hint: 'Launch the job again: tasks may be repeated. The cause is in the log of the worker.',
});

const runOf = (claim: ExecutionClaim, task: TaskStatus): TaskRun => ({
  executionId: claim.executionId,
  taskId: task.id,
  kind: task.kind,
  connector: task.connector,
  mode: task.mode,
  isDryRun: claim.isDryRun,
  scope: claim.scope,
  launchedBy: claim.launchedBy,
  isReleased: task.isReleased,
});

const contextOf = (held: HeldExecution, taskId: string): TaskContext => ({
  signal: held.signal,
  progress: ({ done, total }, message) => held.progress({ taskId, done, total, message: message ?? null }),
  log: (level, message, fields) => held.log({ taskId, level, message, fields: fields ?? null }),
});
