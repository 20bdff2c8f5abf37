// Waits until the orders of an execution were tried once (FULFILL), or were seen in their targets (VERIFY).
// Carrying out and looking are the workers of the connections; this step only reads how far they are.
import { completedTask, type Counters, noCounters, type TaskResult, type TaskRun } from '../domain/job.js';
import type { OrderProgress, OrderProgressView } from './ports/order-progress.js';
import type { Pause, TaskContext } from './ports/task.js';

export interface AwaitOrdersPorts {
  readonly orders: OrderProgressView;
  readonly pause: Pause;
}

const pollMs = 250;
/** Counting many orders costs more than looking seldom. */
const manyOrders = 5000;
const slowPollMs = 2000;
/** Without any change for that long the job goes on: the orders stay in their queues and the sweep keeps them moving. */
const stallMs = 60_000;

/** Orders that wait for another try or for their connection are warnings and do not hold the job. */
export const awaitTried = (ports: AwaitOrdersPorts, run: TaskRun, context: TaskContext): Promise<TaskResult> =>
  awaitOrders(ports, run, context, {
    left: ({ untried }) => untried,
    progress: (now) => ({ done: now.total - now.untried, total: now.total }),
    result: triedResult,
    message: 'Carrying out orders',
  });

export const awaitVerified = (ports: AwaitOrdersPorts, run: TaskRun, context: TaskContext): Promise<TaskResult> =>
  awaitOrders(ports, run, context, {
    left: ({ unverified }) => unverified,
    progress: (now) => ({ done: now.verified, total: now.executed }),
    result: verifiedResult,
    message: 'Reading back',
  });

interface Stage {
  readonly left: (now: OrderProgress) => number;
  readonly progress: (now: OrderProgress) => { readonly done: number; readonly total: number };
  readonly result: (now: OrderProgress, left: number) => TaskResult;
  readonly message: string;
}

async function awaitOrders(
  ports: AwaitOrdersPorts,
  run: TaskRun,
  context: TaskContext,
  stage: Stage,
): Promise<TaskResult> {
  let before = '';
  let unchangedMs = 0;
  for (;;) {
    const now = await ports.orders.ofExecution(run.executionId);
    context.progress(stage.progress(now), stage.message);
    const waitMs = now.total > manyOrders ? slowPollMs : pollMs;
    const state = JSON.stringify(now);
    unchangedMs = state === before ? unchangedMs + waitMs : 0;
    before = state;
    if (stage.left(now) === 0 || unchangedMs >= stallMs) return stage.result(now, stage.left(now));
    await ports.pause(waitMs, context.signal);
  }
}

const countersOf = ({ total, created, updated, deleted, erroredCount }: OrderProgress): Counters => ({
  ...noCounters,
  read: total,
  created,
  updated,
  deleted,
  errored: erroredCount,
});

function triedResult(now: OrderProgress, left: number): TaskResult {
  const reason = now.commonReason === null ? '' : ` (mostly: ${now.commonReason})`;
  const warnings = [
    ...(now.waiting > 0 ? [`${now.waiting} orders wait for another try or for their connection${reason}.`] : []),
    ...(now.erroredCount > 0 ? [`${now.erroredCount} orders were refused by their targets.`] : []),
    ...(left > 0 ? [`${left} orders were not tried within ${stallMs / 1000} s; they stay in their queues.`] : []),
  ];
  return {
    ...completedTask,
    state: warnings.length > 0 ? 'WARNING' : 'COMPLETED',
    counters: countersOf(now),
    warnings,
  };
}

function verifiedResult(now: OrderProgress, left: number): TaskResult {
  const unseen = now.unverifiedLater + left;
  const warnings = unseen > 0 ? [`${unseen} executed orders were not seen in their targets yet.`] : [];
  const counters = { ...noCounters, read: now.executed, updated: now.verified, skipped: unseen };
  return { ...completedTask, state: unseen > 0 ? 'WARNING' : 'COMPLETED', counters, warnings };
}
