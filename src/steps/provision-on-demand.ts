// Computes, orders and carries out one account now, and waits for what becomes of it; or only says what would be done.
// The work is an execution like any other, done by the workers; this step launches it and looks.
import { type Actor, actorReference } from '../domain/actor.js';
import type { JobTrigger } from '../domain/job.js';
import { computationTasks } from '../domain/job-execution.js';
import { type OnDemandAccount, type OnDemandAttempt, rehearsal, toldInFull } from '../domain/on-demand.js';
import { may } from '../domain/permission.js';
import { type Decision, granted, type Refusal, refused } from '../domain/refusal.js';
import type { AssignmentViews } from './ports/assignment.js';
import type { Environment } from './ports/clock.js';
import type { JobExecutionStore } from './ports/job-execution.js';
import type { JobExecutionViews } from './ports/job-view.js';
import type { ModelSource } from './ports/model.js';
import type { PlanStore } from './ports/plan.js';
import type { PlanComputer } from './ports/planner.js';
import type { OrderView, OrderViews } from './ports/provisioning-order-view.js';

export interface ProvisionOnDemandPorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly assignments: Pick<AssignmentViews, 'identities'>;
  readonly plans: Pick<PlanStore, 'open' | 'load' | 'changes'>;
  readonly computer: Pick<PlanComputer, 'compute'>;
  readonly executions: Pick<JobExecutionStore, 'launch'>;
  readonly jobExecutions: Pick<JobExecutionViews, 'byIds'>;
  readonly orders: Pick<OrderViews, 'matching' | 'attempts'>;
  readonly pause: (milliseconds: number) => Promise<void>;
}

export interface OnDemandInput {
  /** Row id; null when what was given is no identity's id. */
  readonly identityId: string | null;
  /** Identifier; null when what was given is no resource type's id. */
  readonly resourceType: string | null;
  readonly isDryRun: boolean;
  readonly trigger: JobTrigger;
}

export interface OnDemand {
  /** Null: there was nothing to write, or it is still under way. */
  readonly order: OrderView | null;
  /** Null while nobody has tried yet. */
  readonly attempt: OnDemandAttempt | null;
}

/** How long the caller is kept waiting for the workers. */
const patienceMs = 20_000;
const lookMs = 150;

export async function provisionOnDemand(
  ports: ProvisionOnDemandPorts,
  actor: Actor,
  { identityId, resourceType, isDryRun, trigger }: OnDemandInput,
): Promise<Decision<OnDemand>> {
  const permit = may(actor, isDryRun ? 'plan.compute' : 'role-model.compute');
  if (!permit.ok) return permit;
  const definition = (await ports.models.current()).resourceTypes.get(resourceType ?? '')?.definition;
  if (definition === undefined) return refused(unknown('resourceTypeId', 'There is no such resource type.'));
  const about = { identityId: identityId ?? '', resourceType: definition.identifier };
  const account = identityId === null ? null : await accountOf(ports, about, definition.connection);
  if (account === null) return refused(unknown('identityId', 'There is no such identity.'));
  if (isDryRun) return granted(await rehearsed(ports, actor, about, account));
  return carriedOut(ports, actor, { about, account, trigger });
}

interface About {
  readonly identityId: string;
  readonly resourceType: string;
}

const unknown = (field: string, message: string): Refusal => ({
  code: 'NOT_FOUND',
  rule: 'on-demand.known',
  field: ['input', field],
  message,
});

async function accountOf(
  { assignments }: ProvisionOnDemandPorts,
  { identityId, resourceType }: About,
  connection: string,
): Promise<OnDemandAccount | null> {
  const identity = (await assignments.identities([identityId])).get(identityId);
  if (identity === undefined) return null;
  const own = identity.stored.accounts.filter((account) => account.resourceType === resourceType);
  return {
    connection,
    isKnown: own.some(({ observed }) => observed !== null),
    isDue: own.some(({ isDue }) => isDue),
  };
}

async function rehearsed(
  { environment, models, plans, computer }: ProvisionOnDemandPorts,
  actor: Actor,
  { identityId, resourceType }: About,
  account: OnDemandAccount,
): Promise<OnDemand> {
  const id = environment.newId();
  const { version } = await models.current();
  const scope = {
    identityIds: [identityId],
    resourceTypes: [resourceType],
    assumed: [],
    configurationVersion: version,
  };
  await plans.open({ id, createdBy: actorReference(actor), scope, candidateId: null, configurationChanges: null });
  await computer.compute(id);
  const changes = await plans.changes(id, [identityId]);
  return { order: null, attempt: rehearsal(account, changes, environment.now()) };
}

async function carriedOut(
  ports: ProvisionOnDemandPorts,
  actor: Actor,
  {
    about,
    account,
    trigger,
  }: { readonly about: About; readonly account: OnDemandAccount; readonly trigger: JobTrigger },
): Promise<Decision<OnDemand>> {
  const executionId = await launch(ports, actor, about, trigger);
  const isEnded = await awaitEnd(ports, executionId);
  const filter = {
    identityId: { eq: about.identityId },
    resourceType: { eq: about.resourceType },
    executionId: { eq: executionId },
  };
  const [order] = await ports.orders.matching({ filter, scope: 'all' }, 1);
  if (order === undefined)
    return granted({ order: null, attempt: isEnded ? rehearsal(account, [], ports.environment.now()) : null });
  const attempts = (await ports.orders.attempts([order.id])).get(order.id) ?? [];
  const last = attempts.at(-1);
  return granted({ order, attempt: last === undefined ? null : toldInFull(order, last) });
}

async function launch(
  { environment, executions }: ProvisionOnDemandPorts,
  actor: Actor,
  { identityId, resourceType }: About,
  trigger: JobTrigger,
): Promise<string> {
  const id = environment.newId();
  const launched = await executions.launch({
    id,
    job: null,
    trigger,
    actor,
    isDryRun: false,
    scope: { identityIds: [identityId], resourceTypes: [resourceType] },
    scopeDigest: environment.digest(`on demand:${id}`),
    occurrence: null,
    tasks: computationTasks(false, true).map((task) => ({ ...task, id: environment.newId() })),
  });
  if (launched.kind !== 'created') throw new Error(`The execution ${id} was ${launched.kind}, not made.`);
  return id;
}

/** False when the workers take longer than a caller can be kept waiting. */
async function awaitEnd({ jobExecutions, pause }: ProvisionOnDemandPorts, executionId: string): Promise<boolean> {
  for (let waited = 0; waited < patienceMs; waited += lookMs) {
    const [view] = await jobExecutions.byIds([executionId], { filter: null, scope: 'all' });
    if (view !== undefined && view.finishedAt !== null) return true;
    await pause(lookMs);
  }
  return false;
}
