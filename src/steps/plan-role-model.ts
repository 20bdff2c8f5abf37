// A dry run: the computation without its write. Everything it would change is stored as a plan, with what each identity was
// computed from, so that a plan can be computed again and compared before it is carried out.
// Used for requests before they are made, for jobs that only report, and for plans that are to be applied.
import { type Actor, actorReference } from '../domain/actor.js';
import { canonicalConfiguration } from '../domain/configuration-change.js';
import type { ThresholdViolation } from '../domain/job.js';
import { heldBack, needsBase } from '../domain/order.js';
import { personOf } from '../domain/person.js';
import { decideBucket } from '../domain/role-model/bucket.js';
import { type Computation, computationAt } from '../domain/role-model/computation.js';
import { addLoss, type LossCount, lossViolations, noLoss } from '../domain/role-model/loss.js';
import { identitySource } from '../domain/role-model/context.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import {
  isMoved,
  type MovedIdentity,
  movedAccounts,
  namedAtMost,
  type PlanDrift,
} from '../domain/role-model/plan-drift.js';
import { type PlanInput, plannedInputText, settledInputText } from '../domain/role-model/plan-input.js';
import {
  assume,
  type AssumedDecision,
  changeCounts,
  emptySummary,
  type PlannedChange,
  plannedChanges,
  type PlanSummary,
  withChanges,
} from '../domain/role-model/plan.js';
import { isUnchanged, type Reconciliation } from '../domain/role-model/reconcile.js';
import { withStricterLimits } from '../domain/role-model/strictest-limit.js';
import { type ScannedIdentity, surveyPage } from '../domain/role-model/survey.js';
import type { CandidateModels, CandidateStore } from './ports/candidate.js';
import type { Environment } from './ports/clock.js';
import type { ModelSource } from './ports/model.js';
import type { OrderGenerationStore } from './ports/order-generation.js';
import type { PlanOutcome, PlanScope, PlanStore, PlanView } from './ports/plan.js';
import type { PlanComputer, Planner } from './ports/planner.js';
import type { ComputeScope, Decide, RoleModelStore } from './ports/role-model.js';

export interface PlanPorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly roleModel: Pick<RoleModelStore, 'pages' | 'preview' | 'countIdentities' | 'ask'>;
  readonly orderGeneration: Pick<OrderGenerationStore, 'bases'>;
  readonly plans: PlanStore;
  /** Only for plans of a changed configuration. */
  readonly candidates?: Pick<CandidateStore, 'load'> & CandidateModels;
}

export interface PlanRequest {
  readonly scope: ComputeScope;
  /** Identifiers; default: all. */
  readonly resourceTypes?: readonly string[] | null;
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

/** The port of the steps that open plans and carry them out. */
export const planComputer = (ports: PlanPorts): PlanComputer => ({
  compute: async (planId, signal) => (await computeOpenPlan(ports, planId, signal)) !== null,
  drift: (plan, signal) => driftOf(ports, plan, signal),
});

export async function planRoleModel(ports: PlanPorts, request: PlanRequest): Promise<Planned> {
  const id = ports.environment.newId();
  const { version } = await ports.models.current();
  const scope: PlanScope = {
    identityIds: request.scope.kind === 'identities' ? request.scope.ids : null,
    resourceTypes: request.resourceTypes ?? null,
    assumed: request.assumed ?? [],
    configurationVersion: version,
  };
  await ports.plans.open({ id, createdBy: request.createdBy, scope, candidateId: null, configurationChanges: null });
  return computed(ports, { id, scope, candidateId: null }, request.scope, request.signal);
}

/** Computes a plan that was opened, anew where an earlier try was cut off. Null: it is not to be computed any more. */
export async function computeOpenPlan(ports: PlanPorts, planId: string, signal?: AbortSignal): Promise<Planned | null> {
  const plan = await ports.plans.load(planId);
  if (plan === null || plan.state !== 'COMPUTING') return null;
  await ports.plans.clear(planId);
  return computed(ports, plan, computeScopeOf(plan.scope), signal);
}

type OpenPlan = Pick<PlanView, 'id' | 'scope' | 'candidateId'>;

const computeScopeOf = ({ identityIds }: PlanScope): ComputeScope =>
  identityIds === null ? { kind: 'all' } : { kind: 'identities', ids: identityIds };

async function computed(
  ports: PlanPorts,
  plan: OpenPlan,
  scope: ComputeScope,
  signal: AbortSignal | undefined,
): Promise<Planned> {
  try {
    const outcome = await computePlan(ports, plan, scope, signal);
    await ports.plans.close(plan.id, outcome);
    return { planId: plan.id, ...outcome };
  } catch (error) {
    // Stopped from outside, it is begun anew by the next holder of its execution.
    if (signal?.aborted !== true) await ports.plans.close(plan.id, null).catch(() => undefined);
    throw error;
  }
}

interface Ground {
  readonly computation: Computation;
  /** Limits come from here: a changed configuration is judged by the stricter of its own and those in force. */
  readonly judge: CompiledModel;
  /** The content of what it is computed with, and the version that it changes: part of the plan's digest. */
  readonly binding: string;
}

/** With the model in force, or with that of the plan's candidate, which would be the next version. */
async function groundOf(ports: PlanPorts, { candidateId }: Pick<OpenPlan, 'candidateId'>): Promise<Ground> {
  const present = await ports.models.current();
  const at = (model: CompiledModel): Computation => computationAt(model, ports.environment.now(), ports.environment);
  if (candidateId === null) return { computation: at(present), judge: present, binding: '' };
  const { model, digest } = await candidateModel(ports, candidateId, present);
  const judge = withStricterLimits(model, present);
  return { computation: at(model), judge, binding: `:${digest}:${present.version}` };
}

/**
 * What is planned shows simulated policies, too; carrying it out computes without them, and refuses where that makes a difference.
 * A request, and a configuration that is to be applied, show what will be.
 */
const simulating = (computation: Computation, { candidateId, scope }: OpenPlan): Computation => {
  const { simulation } = computation.model;
  return simulation === null || candidateId !== null || scope.assumed.length > 0
    ? computation
    : { ...computation, model: simulation };
};

async function candidateModel(
  ports: PlanPorts,
  candidateId: string,
  { version }: CompiledModel,
): Promise<{ readonly model: CompiledModel; readonly digest: string }> {
  const candidate = (await ports.candidates?.load(candidateId)) ?? null;
  if (candidate === null || ports.candidates === undefined)
    throw new Error(`The candidate ${candidateId} of a plan is not stored.`);
  // Of what is computed with, not of what the row says of itself.
  const digest = ports.environment.digest(canonicalConfiguration(candidate.configuration));
  return { model: ports.candidates.compile(version + 1, candidate.configuration), digest };
}

/** What is known after each page. */
interface Progress {
  readonly inputs: string;
  readonly summary: PlanSummary;
  readonly loss: LossCount;
  readonly changeCount: number;
}

const atTheStart = ({ computation, binding }: Ground): Progress => ({
  inputs: `${computation.model.version}:${computation.today}${binding}`,
  summary: emptySummary,
  loss: noLoss,
  changeCount: 0,
});

async function computePlan(
  ports: PlanPorts,
  plan: OpenPlan,
  scope: ComputeScope,
  signal: AbortSignal | undefined,
): Promise<Omit<Planned, 'planId'>> {
  const ground = await groundOf(ports, plan);
  const computation = simulating(ground.computation, plan);
  let progress = atTheStart({ ...ground, computation });
  for await (const page of plannedPages(ports, computation, plan.scope, scope, signal)) {
    const changes = page.changes.map((change) => ({ ...change, id: ports.environment.newId() }));
    await ports.plans.append(plan.id, progress.changeCount, changes);
    if (plan.scope.assumed.length === 0) await ports.plans.remember(plan.id, page.inputs);
    progress = withPage(ports, progress, page);
  }
  const judge = plan.candidateId === null ? computation.model : ground.judge;
  const violations = await violationsOf(ports, judge, scope, progress);
  return {
    inputsDigest: ports.environment.digest(progress.inputs),
    summary: progress.summary,
    violations,
    identityCount: progress.loss.identities,
  };
}

function withPage({ environment }: PlanPorts, before: Progress, page: PlannedPage): Progress {
  const lines = page.inputs.map(({ identityId, digest }) => `${identityId}=${digest}`);
  return {
    inputs: environment.digest([before.inputs, ...lines].join('\n')),
    summary: withChanges(before.summary, page.changes, page.unchangedCount),
    loss: addLoss(before.loss, { identities: page.scanned.length, losing: page.losing }),
    changeCount: before.changeCount + page.changes.length,
  };
}

interface PlannedPage {
  readonly scanned: readonly ScannedIdentity[];
  readonly changes: readonly PlannedChange[];
  readonly inputs: readonly PlanInput[];
  /** Accounts that stay as they are. */
  readonly unchangedCount: number;
  /** Identities that lose a role or an account. */
  readonly losing: number;
}

async function* plannedPages(
  ports: PlanPorts,
  computation: Computation,
  { assumed, resourceTypes }: PlanScope,
  scope: ComputeScope,
  signal: AbortSignal | undefined,
): AsyncGenerator<PlannedPage> {
  const source = identitySource(computation.model);
  const isShown = ({ resourceType }: PlannedChange): boolean => resourceTypes?.includes(resourceType) ?? true;
  for await (const scanned of ports.roleModel.pages(source, scope, computation.latestDay ?? computation.today)) {
    signal?.throwIfAborted();
    const page = await plannedPage(ports, computation, scanned, assumed);
    yield { ...page, changes: page.changes.filter(isShown) };
  }
}

async function plannedPage(
  ports: PlanPorts,
  computation: Computation,
  scanned: readonly ScannedIdentity[],
  assumed: readonly AssumedDecision[],
): Promise<PlannedPage> {
  const isAssumed = new Set(assumed.map(({ identityId }) => identityId));
  const looked = await surveyPage(computation, scanned, ports.roleModel.ask);
  const differing = new Set(scanned.filter((one, at) => isAssumed.has(one.id) || looked[at]?.isAsStored !== true));
  const settled = scanned.filter((one) => !differing.has(one));
  const ids = [...differing].map(({ id }) => id);
  const { results, inputs, accountCount } = await previewed(ports, computation, ids, assumed);
  const written = results.reduce((sum, { updated, deleted }) => sum + updated.length + deleted.length, 0);
  return {
    scanned,
    changes: results.flatMap(plannedChanges),
    inputs: [...settled.map((one) => inputOf(computation, one.id, settledInputText(one), false)), ...inputs],
    unchangedCount: accountCount - written + settled.reduce((sum, { stable }) => sum + stable.length, 0),
    losing: results.filter(({ losesAccess }) => losesAccess).length,
  };
}

const inputOf = (
  { digest }: Computation,
  identityId: string,
  text: string,
  isChanged: boolean,
  lostRoles: readonly string[] = [],
): PlanInput => ({ identityId, digest: digest(text), isChanged, lostRoles });

interface Previewed {
  readonly results: readonly Reconciliation[];
  readonly inputs: readonly PlanInput[];
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
  const decide: Decide = async (loaded, directory) => {
    const taken = loaded.map((identity) => assume(identity, assumed));
    const results = await decideBucket(computation, taken, directory);
    seen = {
      inputs: taken.flatMap((identity, index) => {
        const result = results[index];
        if (result === undefined) return [];
        const text = plannedInputText(identity, result);
        return [inputOf(computation, result.identityId, text, !isUnchanged(result), result.lostRoles)];
      }),
      accountCount: loaded.reduce((sum, { stored }) => sum + stored.accounts.length, 0),
    };
    return results;
  };
  const results = await roleModel.preview(identitySource(computation.model), ids, decide);
  return { results, ...seen };
}

async function violationsOf(
  { orderGeneration, roleModel }: PlanPorts,
  model: CompiledModel,
  scope: ComputeScope,
  { summary, loss }: Pick<Progress, 'summary' | 'loss'>,
): Promise<readonly ThresholdViolation[]> {
  const identities =
    scope.kind === 'dirty' ? await roleModel.countIdentities(model.identityType.identifier) : loss.identities;
  const counts = changeCounts(summary);
  const types = [...new Set(counts.map(({ resourceType }) => resourceType))];
  const bases = needsBase(counts, model) ? await orderGeneration.bases(types) : new Map<string, number>();
  const lost = lossViolations({ ...loss, identities });
  return [...lost, ...heldBack(counts, bases, model).map(({ violation }) => violation)];
}

async function driftOf(ports: PlanPorts, plan: PlanView, signal?: AbortSignal): Promise<PlanDrift> {
  const { version } = await ports.models.current();
  const nothing = { moved: [], movedCount: 0, identityCount: 0, violations: [] };
  if (version !== plan.scope.configurationVersion) return { ...nothing, configurationVersion: version };
  const ground = await groundOf(ports, plan);
  const { computation } = ground;
  const scope = computeScopeOf(plan.scope);
  let progress = atTheStart(ground);
  let movedCount = 0;
  let known = 0;
  const moved: MovedIdentity[] = [];
  for await (const page of plannedPages(ports, computation, plan.scope, scope, signal)) {
    const before = await ports.plans.inputs(
      plan.id,
      page.inputs.map(({ identityId }) => identityId),
    );
    known += before.size;
    const others = page.inputs.filter((input) => isMoved(before.get(input.identityId), input));
    movedCount += others.length;
    moved.push(...(await named(ports, computation, plan, page, others.slice(0, namedAtMost - moved.length))));
    progress = withPage(ports, progress, page);
  }
  const gone = (await countRemembered(ports, plan.id)) - known;
  const identityCount = progress.loss.identities + gone;
  const violations = await violationsOf(ports, ground.judge, scope, progress);
  return { moved, movedCount: movedCount + gone, identityCount, configurationVersion: null, violations };
}

/** Whom the plan remembers and nobody lists any more has moved, too. */
async function countRemembered({ plans }: PlanPorts, planId: string): Promise<number> {
  let count = 0;
  for (let after: string | null = null; ; ) {
    const ids: readonly string[] = await plans.identities(planId, after, rememberedAtOnce, 'all');
    count += ids.length;
    if (ids.length < rememberedAtOnce) return count;
    after = ids.at(-1) ?? null;
  }
}
const rememberedAtOnce = 10_000;

async function named(
  { plans }: PlanPorts,
  { model }: Computation,
  plan: PlanView,
  page: PlannedPage,
  others: readonly PlanInput[],
): Promise<readonly MovedIdentity[]> {
  if (others.length === 0) return [];
  const ids = others.map(({ identityId }) => identityId);
  const before = await plans.changes(plan.id, ids);
  const rows = new Map(page.scanned.map((scanned) => [scanned.id, scanned]));
  const own = (changes: readonly PlannedChange[], id: string) => changes.filter((one) => one.identityId === id);
  return ids.map((identityId) => {
    const row = rows.get(identityId);
    const displayName = row === undefined ? identityId : personOf(row, model.identityType).displayName;
    return { identityId, displayName, accounts: movedAccounts(own(before, identityId), own(page.changes, identityId)) };
  });
}
