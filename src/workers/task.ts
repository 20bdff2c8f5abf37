// Which step carries out which kind of task. Owns this table alone; what a task does is its step's.
import type { TaskKind } from '../domain/configuration.js';
import { completedTask, failedTask, noCounters, type TaskResult, type TaskRun } from '../domain/job.js';
import { awaitTried, awaitVerified } from '../steps/await-orders.js';
import { computeInParts } from '../steps/await-parts.js';
import { checkConnector } from '../steps/check-connector.js';
import { type ComputePorts, computeRoleModel, listBuckets } from '../steps/compute-role-model.js';
import { type DispatchOrdersPorts, dispatchOrders } from '../steps/dispatch-orders.js';
import { generateOrders, type GenerateOrdersPorts } from '../steps/generate-orders.js';
import { type PlanPorts, planRoleModel } from '../steps/plan-role-model.js';
import type { ConnectorGateway } from '../steps/ports/connector.js';
import type { JobExecutionStore } from '../steps/ports/job-execution.js';
import type { OrderProgressView } from '../steps/ports/order-progress.js';
import type { ComputeScope } from '../steps/ports/role-model.js';
import type { SynchronizationStore } from '../steps/ports/synchronization.js';
import type { TaskContext, TaskRunner } from '../steps/ports/task.js';
import type { TaskPartStore } from '../steps/ports/task-part.js';
import { synchronize } from '../steps/synchronize.js';
import { waitUnlessAborted } from './stoppable.js';

export interface TaskPorts extends ComputePorts, GenerateOrdersPorts, DispatchOrdersPorts, PlanPorts {
  readonly roleModel: ComputePorts['roleModel'];
  readonly orderGeneration: GenerateOrdersPorts['orderGeneration'];
  readonly gateway: ConnectorGateway;
  readonly synchronizations: SynchronizationStore;
  readonly executions: Pick<JobExecutionStore, 'attachPlan' | 'plannedChanges'>;
  readonly parts: TaskPartStore;
  readonly orders: OrderProgressView;
}

export const taskRunners = (ports: TaskPorts): Readonly<Record<TaskKind, TaskRunner>> => ({
  EXPORT: (run, context) => checkConnector(ports, run, context),
  PREPARE_SYNCHRONIZATION: partOf('SYNCHRONIZE'),
  SYNCHRONIZE: (run, context) => synchronize(ports, run, context),
  UPDATE_EXPRESSIONS: partOf('COMPUTE_ROLE_MODEL'),
  COMPUTE_CORRELATION_KEYS: partOf('SYNCHRONIZE'),
  COMPUTE_ROLE_MODEL: (run, context) => (run.isDryRun ? plan(ports, run, context) : compute(ports, run, context)),
  GENERATE_PROVISIONING_ORDERS: (run, context) => generate(ports, run, context),
  FULFILL: (run, context) => fulfill(ports, run, context),
  VERIFY: (run, context) => awaitVerified({ ...ports, pause: waitUnlessAborted }, run, context),
  SEND_NOTIFICATIONS: unsupported,
});

/** Kinds that other products do by themselves, and this one in the same pass as another: nothing is left to do. */
const partOf =
  (kind: TaskKind): TaskRunner =>
  async (_run, context) => {
    context.log('INFO', `Nothing to do by itself: it is done together with ${kind}.`);
    return completedTask;
  };

const unsupported: TaskRunner = async (run) =>
  failedTask({
    code: 'CAPABILITY_MISSING',
    message: `This version cannot carry out ${run.kind}.`,
    hint: 'Remove the step from the job in the configuration.',
  });

const scopeOf = ({ scope, mode }: TaskRun): ComputeScope => {
  if (scope.identityIds !== undefined) return { kind: 'identities', ids: scope.identityIds };
  return { kind: mode === 'INCREMENTAL' ? 'dirty' : 'all' };
};

/** One part is no part: it is computed here, without the queue. */
async function compute(ports: TaskPorts, run: TaskRun, context: TaskContext): Promise<TaskResult> {
  const scope = scopeOf(run);
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
  if (result.state === 'BLOCKED') await showPlan(ports, run, context);
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

async function plan(ports: TaskPorts, run: TaskRun, context: TaskContext): Promise<TaskResult> {
  const request = { scope: scopeOf(run), createdBy: run.launchedBy, signal: context.signal };
  const { planId, violations, identityCount } = await planRoleModel(ports, request);
  await ports.executions.attachPlan(run.executionId, planId);
  const counters = { ...noCounters, read: identityCount };
  return { ...completedTask, state: violations.length > 0 ? 'WARNING' : 'COMPLETED', counters, violations };
}

async function generate(ports: TaskPorts, run: TaskRun, context: TaskContext): Promise<TaskResult> {
  if (run.isDryRun) return notInDryRun(context);
  const { executionId, scope } = run;
  return generateOrders(ports, { ...scope, executionId, signal: context.signal, onProgress: context.progress });
}

/** Orders that an earlier run left without a queue go along. */
async function fulfill(ports: TaskPorts, run: TaskRun, context: TaskContext): Promise<TaskResult> {
  if (run.isDryRun) return notInDryRun(context);
  const { identityIds } = run.scope;
  await dispatchOrders(ports, { signal: context.signal, ...(identityIds === undefined ? {} : { identityIds }) });
  return awaitTried({ ...ports, pause: waitUnlessAborted }, run, context);
}

function notInDryRun(context: TaskContext): TaskResult {
  context.log('INFO', 'Dry run: the plan of the computation says what would be ordered.');
  return completedTask;
}
