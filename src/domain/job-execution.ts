// How an execution goes on: which tasks a launch makes, which of them may run now, which are skipped because something
// they need failed, and what state all of them together end in. Owns these rules; who runs a task is workers/job.ts'.
import type { JobDefinition, SynchronizationMode, TaskKind } from './configuration.js';
import { addCounters, type Counters, type ExecutionScope, type JobExecutionState, noCounters } from './job.js';

/** One execution of a job at a time: while one is in such a state, no other begins. */
export const launchBlockers = ['QUEUED', 'RUNNING', 'CANCELING'] as const satisfies readonly JobExecutionState[];

/** A task as a launch makes it. */
export interface PlannedTask {
  readonly identifier: string;
  readonly kind: TaskKind;
  readonly connector: string | null;
  readonly mode: SynchronizationMode;
  /** Tasks of one level may run together; the next level starts after all of them. */
  readonly level: number;
}

/** A task as an execution has it. `state` is ABORTED for a task that was skipped. */
export interface TaskStatus extends PlannedTask {
  readonly id: string;
  readonly state: JobExecutionState;
  /** Its threshold stopped it, and a second person let it go on. */
  readonly isReleased: boolean;
}

/** What a task cannot do without, among the earlier tasks of its execution. */
interface Need {
  readonly kind: TaskKind;
  /** Only the one for the same connector. */
  readonly isSameConnector?: true;
  /** A threshold held back a part of it; the rest is worth going on with. */
  readonly passesWhenBlocked?: true;
}

/**
 * A failed reading is no reason to stop computing: the role model works from what was read last, and the other
 * connectors go on. Orders, though, are never made from a computation that did not end.
 */
const needs: Readonly<Partial<Record<TaskKind, readonly Need[]>>> = {
  SYNCHRONIZE: [
    { kind: 'EXPORT', isSameConnector: true },
    { kind: 'PREPARE_SYNCHRONIZATION', isSameConnector: true },
  ],
  GENERATE_PROVISIONING_ORDERS: [{ kind: 'COMPUTE_ROLE_MODEL' }],
  FULFILL: [{ kind: 'GENERATE_PROVISIONING_ORDERS', passesWhenBlocked: true }],
  VERIFY: [{ kind: 'FULFILL' }],
};

/** The tasks of a job, or of the part of it that `scope` leaves; in the order of their levels. */
export function jobTasks(job: JobDefinition, scope: ExecutionScope): readonly PlannedTask[] {
  const inOrder = job.steps.toSorted((a, b) => a.level - b.level);
  const first = scope.fromStep === undefined ? 0 : inOrder.findIndex(({ identifier }) => identifier === scope.fromStep);
  return inOrder
    .slice(Math.max(first, 0))
    .filter(
      ({ connector }) => connector === null || scope.connectors === undefined || scope.connectors.includes(connector),
    )
    .map(({ identifier, kind, connector, level }) => ({ identifier, kind, connector, level, mode: job.mode }));
}

/** What `connectorSynchronize` runs. */
export const readingTasks = (connector: string, mode: SynchronizationMode): readonly PlannedTask[] =>
  (['EXPORT', 'SYNCHRONIZE'] as const).map((kind, level) => ({
    identifier: `${kind.toLowerCase()}-${connector}`,
    kind,
    connector,
    level,
    mode,
  }));

/** What `roleModelCompute` runs: a dry run makes a plan and no orders. */
export function computationTasks(isDryRun: boolean, isFulfilled: boolean): readonly PlannedTask[] {
  const kinds: readonly (readonly [string, TaskKind])[] = [
    ['compute-role-model', 'COMPUTE_ROLE_MODEL'],
    ...(isDryRun ? [] : ([['generate-orders', 'GENERATE_PROVISIONING_ORDERS']] as const)),
    ...(isDryRun || !isFulfilled
      ? []
      : ([
          ['fulfill', 'FULFILL'],
          ['verify', 'VERIFY'],
        ] as const)),
  ];
  return kinds.map(([identifier, kind], level) => ({ identifier, kind, connector: null, level, mode: 'COMPLETE' }));
}

/** The tasks that this one needs, of those that stand before it. */
export function neededTasks(task: TaskStatus, tasks: readonly TaskStatus[]): readonly TaskStatus[] {
  return (needs[task.kind] ?? []).flatMap((need) => tasks.filter((other) => isMeant(need, task, other)));
}

const isMeant = (need: Need, task: TaskStatus, other: TaskStatus): boolean =>
  other.kind === need.kind &&
  other.level < task.level &&
  (need.isSameConnector !== true || other.connector === task.connector);

/** The first needed task that ended without what this one needs; null while there is none. */
export function missingNeed(task: TaskStatus, tasks: readonly TaskStatus[]): TaskStatus | null {
  for (const need of needs[task.kind] ?? []) {
    const failed = tasks.find((other) => isMeant(need, task, other) && isUseless(other.state, need));
    if (failed !== undefined) return failed;
  }
  return null;
}

const isUseless = (state: JobExecutionState, need: Need): boolean =>
  state === 'ERRORED' || state === 'ABORTED' || (state === 'BLOCKED' && need.passesWhenBlocked !== true);

/** What comes next: tasks to run, tasks to skip with the one each needed, or nothing more. */
export interface NextTasks {
  readonly run: readonly TaskStatus[];
  readonly skip: readonly { readonly task: TaskStatus; readonly because: TaskStatus }[];
}

/** Tasks found RUNNING are run again: whoever held them is gone, and tasks may be repeated. */
export function nextTasks(tasks: readonly TaskStatus[]): NextTasks {
  const open = tasks.filter(isOpen);
  const level = Math.min(...open.map((task) => task.level));
  const here = open.filter((task) => task.level === level);
  const skip = here.flatMap((task) => {
    const because = missingNeed(task, tasks);
    return because === null ? [] : [{ task, because }];
  });
  return { run: here.filter((task) => !skip.some((skipped) => skipped.task === task)), skip };
}

const isOpen = ({ state }: TaskStatus): boolean => state === 'QUEUED' || state === 'RUNNING';

/** The state an execution ends in. BLOCKED comes first: it is the only one that waits for a person. */
export function endState(
  tasks: readonly { readonly state: JobExecutionState }[],
  isCanceled: boolean,
): JobExecutionState {
  const has = (...states: readonly JobExecutionState[]) => tasks.some(({ state }) => states.includes(state));
  if (isCanceled) return 'ABORTED';
  if (has('BLOCKED')) return 'BLOCKED';
  if (has('ERRORED')) return 'ERRORED';
  return has('WARNING', 'ABORTED') ? 'WARNING' : 'COMPLETED';
}

/** The first failure, which caused the others. `tasks` in the order of their positions. */
export const rootFailure = <Task extends { readonly state: JobExecutionState }>(tasks: readonly Task[]): Task | null =>
  tasks.find(({ state }) => state === 'ERRORED') ?? tasks.find(({ state }) => state === 'BLOCKED') ?? null;

export const totalCounters = (tasks: readonly { readonly counters: Counters }[]): Counters =>
  tasks.reduce((total, { counters }) => addCounters(total, counters), noCounters);

/** What two launches of a computation must have in common to be one: input of a digest. */
export const scopeText = (scope: ExecutionScope, isDryRun: boolean, isFulfilled: boolean): string =>
  JSON.stringify([
    isDryRun,
    isFulfilled,
    scope.identityIds?.toSorted() ?? null,
    scope.resourceTypes?.toSorted() ?? null,
  ]);
