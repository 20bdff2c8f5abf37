// Cuts a complete computation into parts for any number of workers, and waits for them: first all are looked at, then,
// when the losses of the whole run are within the threshold, those that differ are computed. Resumes where it stopped.
// What is done with one part is compute-role-model.ts', who does it workers/compute.ts'.
import {
  addCounters,
  completedTask,
  type Counters,
  failedTask,
  noCounters,
  type TaskResult,
  type TaskRun,
} from '../domain/job.js';
import { addLoss, lossViolations, noLoss } from '../domain/role-model/loss.js';
import type { Pause, TaskContext } from './ports/task.js';
import type { PartPhase, PartRange, PartState, TaskPartStore } from './ports/task-part.js';

export interface AwaitPartsPorts {
  readonly parts: TaskPartStore;
  readonly pause: Pause;
  /** Cuts everybody into parts. */
  readonly ranges: () => Promise<readonly PartRange[]>;
}

const pollMs = 100;
/** Polls between looks for parts that lost their holder or their queue entry: some 5 s. */
const pollsPerRequeue = 50;
const mostWarnings = 20;

export async function computeInParts(ports: AwaitPartsPorts, run: TaskRun, context: TaskContext): Promise<TaskResult> {
  const surveyed = await carriedOut(ports, run, context, 'survey', ports.ranges);
  const failed = firstFailure(surveyed);
  if (failed !== null) return failed;
  const loss = surveyed.reduce((sum, { survey }) => addLoss(sum, survey ?? noLoss), noLoss);
  const read = loss.identities;
  const violations = run.isReleased ? [] : lossViolations(loss);
  if (violations.length > 0)
    return { ...completedTask, state: 'BLOCKED', counters: { ...noCounters, read, skipped: read }, violations };
  const differing = surveyed.filter(({ survey }) => survey !== null && survey.differing > 0);
  const computed = await carriedOut(ports, run, context, 'compute', () => Promise.resolve(differing));
  return firstFailure(computed) ?? resultOf(computed, { ...noCounters, read, skipped: read - sizeOf(differing) });
}

async function carriedOut(
  ports: AwaitPartsPorts,
  run: TaskRun,
  context: TaskContext,
  phase: PartPhase,
  ranges: () => Promise<readonly PartRange[]>,
): Promise<readonly PartState[]> {
  let parts = await ports.parts.list(run.taskId, phase);
  if (parts.length === 0) await ports.parts.open(run.taskId, phase, await ranges());
  for (let poll = 1; ; poll += 1) {
    parts = await ports.parts.list(run.taskId, phase);
    const ended = parts.filter(({ isEnded }) => isEnded);
    context.progress({ done: sizeOf(ended), total: sizeOf(parts) }, messages[phase]);
    if (ended.length === parts.length) return parts;
    if (poll % pollsPerRequeue === 0) await ports.parts.requeue(run.taskId);
    await ports.pause(pollMs, context.signal);
  }
}

const messages: Readonly<Record<PartPhase, string>> = {
  survey: 'Looking who is concerned',
  compute: 'Computing the role model',
};

const sizeOf = (parts: readonly PartRange[]): number => parts.reduce((sum, { size }) => sum + size, 0);

function firstFailure(parts: readonly PartState[]): TaskResult | null {
  const failure = parts.find((part) => part.failure !== null)?.failure ?? null;
  return failure === null ? null : failedTask(failure);
}

/** The survey has counted what was read; a computed part counts its own once more. */
function resultOf(parts: readonly PartState[], before: Counters): TaskResult {
  const counters = parts.reduce((sum, part) => addCounters(sum, { ...part.counters, read: 0 }), before);
  const warnings = parts.flatMap((part) => part.warnings).slice(0, mostWarnings);
  return { ...completedTask, state: warnings.length > 0 ? 'WARNING' : 'COMPLETED', counters, warnings };
}
