// A dry run: the computation without its write. Everything it would change is stored as a plan, with the digest of what it
// was computed from. Used for a request before it is made, and for jobs that only report.
import { type Actor, actorReference } from '../domain/actor.js';
import type { ThresholdViolation } from '../domain/job.js';
import { heldBack, needsBase } from '../domain/order.js';
import { type Computation, computationAt, prepareBucket } from '../domain/role-model/computation.js';
import { addLoss, type LossCount, lossViolations, noLoss } from '../domain/role-model/loss.js';
import {
  assume,
  type AssumedDecision,
  changeCounts,
  emptySummary,
  plannedChanges,
  type PlanSummary,
  planInputText,
  withChanges,
} from '../domain/role-model/plan.js';
import type { Reconciliation } from '../domain/role-model/reconcile.js';
import { type ScannedIdentity, survey } from '../domain/role-model/survey.js';
import type { Environment } from './ports/clock.js';
import type { ModelSource } from './ports/model.js';
import type { OrderGenerationStore } from './ports/order-generation.js';
import type { PlanOutcome, PlanStore } from './ports/plan.js';
import type { Planner } from './ports/planner.js';
import type { ComputeScope, Decide, RoleModelStore } from './ports/role-model.js';

export interface PlanPorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly roleModel: Pick<RoleModelStore, 'pages' | 'preview' | 'countIdentities'>;
  readonly orderGeneration: Pick<OrderGenerationStore, 'bases'>;
  readonly plans: PlanStore;
}

export interface PlanRequest {
  readonly scope: ComputeScope;
  /** Taken as approved. Default: none. */
  readonly assumed?: readonly AssumedDecision[];
  /** `actorReference`. */
  readonly createdBy: string;
  readonly signal?: AbortSignal;
}

export interface Planned extends PlanOutcome {
  readonly planId: string;
  /** People looked at. */
  readonly identityCount: number;
}

/** The port that submitting a request asks for its dry run. */
export const planner = (ports: PlanPorts): Planner => ({
  plan: async ({ identityIds, assumedItems }, actor: Actor) => {
    const { planId } = await planRoleModel(ports, {
      scope: { kind: 'identities', ids: identityIds },
      assumed: assumedItems,
      createdBy: actorReference(actor),
    });
    return planId;
  },
});

export async function planRoleModel(ports: PlanPorts, request: PlanRequest): Promise<Planned> {
  const planId = ports.environment.newId();
  await ports.plans.open(planId, request.createdBy);
  try {
    const outcome = await computePlan(ports, planId, request);
    await ports.plans.close(planId, outcome);
    return { planId, ...outcome };
  } catch (error) {
    await ports.plans.close(planId, null).catch(() => undefined);
    throw error;
  }
}

/** What is known after each page. */
interface Progress {
  readonly inputs: string;
  readonly summary: PlanSummary;
  readonly loss: LossCount;
  readonly changeCount: number;
}

async function computePlan(ports: PlanPorts, planId: string, request: PlanRequest): Promise<Omit<Planned, 'planId'>> {
  const computation = computationAt(await ports.models.current(), ports.environment.now(), ports.environment);
  const entityType = computation.model.identityType.identifier;
  let progress: Progress = {
    inputs: `${computation.model.version}:${computation.today}`,
    summary: emptySummary,
    loss: noLoss,
    changeCount: 0,
  };
  for await (const page of ports.roleModel.pages(entityType, request.scope, computation.today)) {
    request.signal?.throwIfAborted();
    progress = await planPage(ports, computation, planId, page, request.assumed ?? [], progress);
  }
  const identities =
    request.scope.kind === 'dirty' ? await ports.roleModel.countIdentities(entityType) : progress.loss.identities;
  const violations = await violationsOf(ports, computation, progress.summary, { ...progress.loss, identities });
  return {
    inputsDigest: ports.environment.digest(progress.inputs),
    summary: progress.summary,
    violations,
    identityCount: progress.loss.identities,
  };
}

async function planPage(
  ports: PlanPorts,
  computation: Computation,
  planId: string,
  page: readonly ScannedIdentity[],
  assumed: readonly AssumedDecision[],
  before: Progress,
): Promise<Progress> {
  const isAssumed = new Set(assumed.map(({ identityId }) => identityId));
  const differing = page.filter((scanned) => isAssumed.has(scanned.id) || !survey(computation, scanned).isAsStored);
  const settled = page.filter((scanned) => !differing.includes(scanned));
  const { results, inputs, accountCount } = await previewed(
    ports,
    computation,
    differing.map(({ id }) => id),
    assumed,
  );
  const changes = results.flatMap(plannedChanges);
  await ports.plans.append(
    planId,
    before.changeCount,
    changes.map((change) => ({ ...change, id: ports.environment.newId() })),
  );
  const written = results.reduce((sum, { updated, deleted }) => sum + updated.length + deleted.length, 0);
  const unchanged = accountCount - written + settled.reduce((sum, { stable }) => sum + stable.length, 0);
  return {
    inputs: ports.environment.digest(
      [before.inputs, ...settled.map(({ id, state }) => `${id}=${state?.inputHash ?? ''}`), ...inputs].join('\n'),
    ),
    summary: withChanges(before.summary, changes, unchanged),
    loss: addLoss(before.loss, {
      identities: page.length,
      losing: results.filter(({ losesAccess }) => losesAccess).length,
    }),
    changeCount: before.changeCount + changes.length,
  };
}

interface Previewed {
  readonly results: readonly Reconciliation[];
  readonly inputs: readonly string[];
  /** Accounts that stand there now. */
  readonly accountCount: number;
}

async function previewed(
  { roleModel }: PlanPorts,
  computation: Computation,
  ids: readonly string[],
  assumed: readonly AssumedDecision[],
): Promise<Previewed> {
  if (ids.length === 0) return { results: [], inputs: [], accountCount: 0 };
  let seen: Omit<Previewed, 'results'> = { inputs: [], accountCount: 0 };
  const decide: Decide = async (loaded, find) => {
    const taken = loaded.map((identity) => assume(identity, assumed));
    seen = {
      inputs: taken.map(planInputText),
      accountCount: loaded.reduce((sum, { stored }) => sum + stored.accounts.length, 0),
    };
    const { searches, conclude } = prepareBucket(computation, taken);
    return conclude(await find(searches));
  };
  const results = await roleModel.preview(computation.model.identityType.identifier, ids, decide);
  return { results, ...seen };
}

async function violationsOf(
  { orderGeneration }: PlanPorts,
  { model }: Computation,
  summary: PlanSummary,
  loss: LossCount,
): Promise<readonly ThresholdViolation[]> {
  const counts = changeCounts(summary);
  const types = [...new Set(counts.map(({ resourceType }) => resourceType))];
  const bases = needsBase(counts, model) ? await orderGeneration.bases(types) : new Map<string, number>();
  return [...lossViolations(loss), ...heldBack(counts, bases, model).map(({ violation }) => violation)];
}
