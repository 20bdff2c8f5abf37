// Which step carries out which kind of task. Owns this table alone; what a task does is its step's.
import type { TaskKind } from '../domain/configuration.js';
import { completedTask, failedTask, noCounters, type TaskResult, type TaskRun } from '../domain/job.js';
import { awaitTried, awaitVerified } from '../steps/await-orders.js';
import { computeInParts } from '../steps/await-parts.js';
import { checkConnector } from '../steps/check-connector.js';
import { computePlanned, type ComputePlannedPorts } from '../steps/compute-planned.js';
import { type ComputePorts, computeRoleModel, listBuckets } from '../steps/compute-role-model.js';
import { type DispatchOrdersPorts, dispatchOrders } from '../steps/dispatch-orders.js';
import { generateOrders, type GenerateOrdersPorts } from '../steps/generate-orders.js';
import { computeOpenPlan, type PlanPorts, planRoleModel } from '../steps/plan-role-model.js';
import type { JobExecutionStore } from '../steps/ports/job-execution.js';
import type { OrderProgressView } from '../steps/ports/order-progress.js';
import type { RequestStore } from '../steps/ports/request.js';
import type { ComputeScope } from '../steps/ports/role-model.js';
import type { SynchronizationStore } from '../steps/ports/synchronization.js';
import type { TaskContext, TaskRunner } from '../steps/ports/task.js';
import type { TaskPartStore } from '../steps/ports/task-part.js';
import { remindApprovers } from '../steps/remind-request.js';
import { synchronize, type SynchronizePorts } from '../steps/synchronize.js';
import { findingScope, reconcileFound, type ReconciliationPorts } from './reconciliation.js';
import { waitUnlessAborted } from './stoppable.js';

export interface TaskPorts
  extends ComputePorts,
    GenerateOrdersPorts,
    DispatchOrdersPorts,
    PlanPorts,
    ReconciliationPorts {
  readonly requestStore: RequestStore;
  readonly roleModel: ComputePorts['roleModel'];
  readonly orderGeneration: GenerateOrdersPorts['orderGeneration'];
  readonly gateway: SynchronizePorts['gateway'];
  readonly synchronizations: SynchronizationStore;
  readonly executions: Pick<JobExecutionStore, 'attachPlan' | 'plannedChanges'>;
  readonly parts: TaskPartStore;
  readonly orders: OrderProgressView;
  readonly configurations: ComputePlannedPorts['configurations'];
  readonly candidates: ComputePlannedPorts['candidates'];
  readonly computer: ComputePlannedPorts['computer'];
}

export const taskRunners = (ports: TaskPorts): Readonly<Record<TaskKind, TaskRunner>> => ({
  EXPORT: unlessSwitchedOff(ports, (run, context) => checkConnector(ports, run, context)),
  PREPARE_SYNCHRONIZATION: partOf('SYNCHRONIZE'),
  SYNCHRONIZE: unlessSwitchedOff(ports, (run, context) => synchronize(ports, run, context)),
  UPDATE_EXPRESSIONS: partOf('COMPUTE_ROLE_MODEL'),
  COMPUTE_CORRELATION_KEYS: partOf('SYNCHRONIZE'),
  COMPUTE_ROLE_MODEL: (run, context) => (run.isDryRun ? plan(ports, run, context) : compute(ports, run, context)),
  GENERATE_PROVISIONING_ORDERS: (run, context) => generate(ports, run, context),
  FULFILL: (run, context) => fulfill(ports, run, context),
  VERIFY: (run, context) => awaitVerified({ ...ports, pause: waitUnlessAborted }, run, context),
  SEND_NOTIFICATIONS: (run, context) => remind(ports, run, context),
});

/** A connector that a person has switched off is left out, and the log says so; what was read before stays. */
const unlessSwitchedOff =
  ({ models }: Pick<TaskPorts, 'models'>, runner: TaskRunner): TaskRunner =>
  async (run, context) => {
    const { connectors } = (await models.current()).configuration;
    const connector = connectors.find(({ identifier }) => identifier === run.connector);
    if (connector?.isDisabled !== true) return runner(run, context);
    context.log('WARN', `${connector.displayName} is left out: the connector is switched off.`);
    return completedTask;
  };

/** Kinds that other products do by themselves, and this one in the same pass as another: nothing is left to do. */
const partOf =
  (kind: TaskKind): TaskRunner =>
  async (_run, context) => {
    context.log('INFO', `Nothing to do by itself: it is done together with ${kind}.`);
    return completedTask;
  };

const scopeOf = ({ scope, mode }: TaskRun): ComputeScope => {
  if (scope.identityIds !== undefined) return { kind: 'identities', ids: scope.identityIds };
  return { kind: mode === 'INCREMENTAL' ? 'dirty' : 'all' };
};

/** One part is no part: it is computed here, without the queue. */
async function compute(ports: TaskPorts, run: TaskRun, context: TaskContext): Promise<TaskResult> {
  if (run.scope.planId !== undefined) return carryOut(ports, run, run.scope.planId, context);
  const scope = scopeOf(run);
  const finding = await findingScope(ports, scope);
  const ranges = scope.kind === 'all' ? await listBuckets(ports) : [];
  const { executionId, isReleased } = run;
  if (isReleased && !(await isAsReleased(ports, run, context))) return movedSinceReleased;
  const partPorts = { parts: ports.parts, pause: waitUnlessAborted, ranges: () => Promise.resolve(ranges) };
  const result =
    ranges.length > 1
      ? await computeInParts(partPorts, run, context)
      : await computeRoleModel(ports, {
          scope,
          executionId,
          isChecked: isReleased,
          signal: context.signal,
          onProgress: context.progress,
        });
  if (result.state !== 'BLOCKED') return reconcileFound(ports, run, context, { scope: finding, result });
  await showPlan(ports, run, context);
  return result;
}

/** What would be lost must be seen before it can be released. */
async function showPlan(ports: TaskPorts, run: TaskRun, context: TaskContext): Promise<string> {
  const request = { scope: scopeOf(run), createdBy: run.launchedBy, signal: context.signal };
  const { planId } = await planRoleModel(ports, request);
  await ports.executions.attachPlan(run.executionId, planId);
  return planId;
}

/** The plan that was released is made once more: the same changes are done, others have to be looked at again. */
async function isAsReleased(ports: TaskPorts, run: TaskRun, context: TaskContext): Promise<boolean> {
  const seen = await ports.executions.plannedChanges(run.executionId);
  await showPlan(ports, run, context);
  return seen === (await ports.executions.plannedChanges(run.executionId));
}

const movedSinceReleased: TaskResult = {
  ...completedTask,
  state: 'BLOCKED',
  warnings: ['What was released has moved since: the plan was made anew and has to be looked at again.'],
};

/** A plan shows what its limits stopped; released, it is compared with what is there now before anything is written. */
async function carryOut(ports: TaskPorts, run: TaskRun, planId: string, context: TaskContext): Promise<TaskResult> {
  const { executionId, isReleased, launchedBy: appliedBy } = run;
  const { signal, progress: onProgress } = context;
  const result = await computePlanned(ports, { planId, executionId, appliedBy, isReleased, signal, onProgress });
  if (result.state === 'BLOCKED') await ports.executions.attachPlan(executionId, planId);
  return result;
}

async function plan(ports: TaskPorts, run: TaskRun, context: TaskContext): Promise<TaskResult> {
  const request = { scope: scopeOf(run), createdBy: run.launchedBy, signal: context.signal };
  const opened = run.scope.planId;
  const planned =
    opened === undefined ? await planRoleModel(ports, request) : await computeOpenPlan(ports, opened, context.signal);
  if (planned === null) return planIsGone;
  const { planId, violations, identityCount } = planned;
  await ports.executions.attachPlan(run.executionId, planId);
  const counters = { ...noCounters, read: identityCount };
  return { ...completedTask, state: violations.length > 0 ? 'WARNING' : 'COMPLETED', counters, violations };
}

const planIsGone = failedTask({
  code: 'NOT_FOUND',
  message: 'The plan is not to be computed any more: it has expired, or was computed already.',
  hint: 'Compute a new one.',
});

async function generate(ports: TaskPorts, run: TaskRun, context: TaskContext): Promise<TaskResult> {
  if (run.isDryRun) return notInDryRun(context);
  const { executionId, scope } = run;
  const written = scope.planId === undefined ? {} : { identityIds: await writtenBy(ports, scope.planId) };
  return generateOrders(ports, {
    ...scope,
    ...written,
    executionId,
    signal: context.signal,
    onProgress: context.progress,
  });
}

/** Nobody else's changes are ordered along with a plan. */
async function writtenBy({ plans }: TaskPorts, planId: string): Promise<readonly string[]> {
  const all: string[] = [];
  for (let after: string | null = null; ; after = all.at(-1) ?? null) {
    const ids: readonly string[] = await plans.identities(planId, after, 10_000, 'written');
    if (ids.length === 0) return all;
    all.push(...ids);
  }
}

/** Orders that an earlier run left without a queue go along. */
async function fulfill(ports: TaskPorts, run: TaskRun, context: TaskContext): Promise<TaskResult> {
  if (run.isDryRun) return notInDryRun(context);
  const { identityIds } = run.scope;
  await dispatchOrders(ports, { signal: context.signal, ...(identityIds === undefined ? {} : { identityIds }) });
  return awaitTried({ ...ports, pause: waitUnlessAborted }, run, context);
}

/** Reminders of requests are the notifications there are; they go to the event feed. */
async function remind({ requestStore }: TaskPorts, run: TaskRun, context: TaskContext): Promise<TaskResult> {
  return run.isDryRun ? notInDryRun(context) : remindApprovers({ requests: requestStore });
}

function notInDryRun(context: TaskContext): TaskResult {
  context.log('INFO', 'Dry run: the plan of the computation says what would be ordered.');
  return completedTask;
}
