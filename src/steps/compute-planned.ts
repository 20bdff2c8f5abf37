// The computation of an applied plan: everything is computed again and compared before the first write, a changed
// configuration is put in force, then exactly what the plan says is written. Inside each transaction the inputs and the
// outcome of every identity are compared with what the plan remembers; who differs is left out and reported.
import type { Configuration } from '../domain/configuration.js';
import { isAsPlanned, needsComputation } from '../domain/configuration-change.js';
import {
  addCounters,
  completedTask,
  failedTask,
  noCounters,
  type TaskProgress,
  type TaskResult,
} from '../domain/job.js';
import { decideBucket } from '../domain/role-model/bucket.js';
import { type Computation, computationAt } from '../domain/role-model/computation.js';
import { identitySource } from '../domain/role-model/context.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import { driftText, hasMoved } from '../domain/role-model/plan-drift.js';
import { type PlanInput, plannedInputText } from '../domain/role-model/plan-input.js';
import { isUnchanged } from '../domain/role-model/reconcile.js';
import { countersOf } from '../domain/role-model/reconciliation-counter.js';
import type { Candidate, CandidateModels, CandidateStore } from './ports/candidate.js';
import type { Environment } from './ports/clock.js';
import type { ConfigurationStore } from './ports/configuration.js';
import type { ModelSource } from './ports/model.js';
import type { PlanStore, PlanView } from './ports/plan.js';
import type { PlanComputer } from './ports/planner.js';
import type { Decide, RoleModelStore } from './ports/role-model.js';

export interface ComputePlannedPorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly plans: PlanStore;
  readonly computer: Pick<PlanComputer, 'drift'>;
  readonly roleModel: Pick<RoleModelStore, 'recompute'>;
  readonly configurations: ConfigurationStore;
  readonly candidates: Pick<CandidateStore, 'load'> & CandidateModels;
}

export interface ComputePlannedRequest {
  readonly planId: string;
  readonly executionId: string;
  /** `actorReference` of who applies it. */
  readonly appliedBy: string;
  /** A second person has seen what the thresholds stopped. */
  readonly isReleased: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TaskProgress) => void;
}

const batchSize = 500;
const mostWarnings = 20;

/** BLOCKED before anything is written, the configuration included, when a limit would be passed and nobody released it. */
export async function computePlanned(ports: ComputePlannedPorts, request: ComputePlannedRequest): Promise<TaskResult> {
  const plan = await ports.plans.load(request.planId);
  if (plan === null || plan.appliedExecution !== request.executionId) return failedTask(notOurs);
  const candidate = plan.candidateId === null ? null : await ports.candidates.load(plan.candidateId);
  const planned = plan.scope;
  if (
    plan.candidateId !== null &&
    (candidate === null || !isAsPlanned({ candidate, planned }, ports.environment.digest))
  )
    return drifted(ports, plan, 'The configuration that is stored for it is not the one that was planned.');
  if (!(await isBegun(ports, plan, candidate))) {
    const stop = await hindrance(ports, plan, request);
    if (stop !== null) return stop;
  }
  const model = candidate === null ? await ports.models.current() : await inForce(ports, candidate, request.appliedBy);
  if (model === null) return drifted(ports, plan, 'The configuration was changed by somebody else meanwhile.');
  const computation = computationAt(model, ports.environment.now(), ports.environment);
  return writeAll(ports, computation, plan, request);
}

/** A former holder of the execution has written something already: the rest follows, each identity compared by itself. */
async function isBegun(
  { plans, configurations }: ComputePlannedPorts,
  plan: PlanView,
  candidate: Candidate | null,
): Promise<boolean> {
  if ((await plans.identities(plan.id, null, 1, 'written')).length > 0) return true;
  if (candidate === null) return false;
  const newest = await configurations.newest();
  return newest !== null && newest.version > candidate.baseVersion && newest.digest === candidate.digest;
}

async function hindrance(
  ports: ComputePlannedPorts,
  plan: PlanView,
  { isReleased, signal }: ComputePlannedRequest,
): Promise<TaskResult | null> {
  const drift = await ports.computer.drift(plan, signal);
  if (hasMoved(drift)) return drifted(ports, plan, driftText(drift));
  // Orders over a limit are parked when they are generated; a configuration must not even come into force.
  const violations = drift.violations.filter(({ scopeKind }) => plan.candidateId !== null || scopeKind === 'roleModel');
  if (violations.length === 0 || isReleased) return null;
  const counters = { ...noCounters, read: drift.identityCount, skipped: drift.identityCount };
  return { ...completedTask, state: 'BLOCKED', counters, violations };
}

async function drifted({ plans }: ComputePlannedPorts, plan: PlanView, why: string): Promise<TaskResult> {
  await plans.expire(plan.id);
  return failedTask({
    code: 'CONSTRAINT_VIOLATION',
    message: `The plan was not applied (PLAN_DRIFTED): ${why}`,
    hint: 'Nothing was written. Compute the plan again.',
  });
}

const notOurs = {
  code: 'NOT_FOUND',
  message: 'The plan that this execution was to carry out is gone, or belongs to another one.',
  hint: 'Nothing was written. Compute the plan again.',
};

/** Null when another configuration came into force since the candidate was made. */
async function inForce(
  { configurations, candidates, models }: ComputePlannedPorts,
  { configuration, digest, baseVersion }: Candidate,
  appliedBy: string,
): Promise<CompiledModel | null> {
  const newest = await configurations.newest();
  if (newest?.digest !== digest) {
    if (newest?.version !== baseVersion) return null;
    const dirtyEntityType = needsComputation(newest.configuration, configuration)
      ? identityTypeOf(configuration)
      : null;
    const next = { configuration, digest, previousVersion: baseVersion, dirtyEntityType, appliedBy };
    if ((await configurations.commit(next)) === null) return null;
  }
  candidates.expire();
  return models.current();
}

const identityTypeOf = ({ entityTypes }: Configuration): string | null =>
  entityTypes.find(({ identity }) => identity !== null)?.identifier ?? null;

async function writeAll(
  ports: ComputePlannedPorts,
  computation: Computation,
  plan: PlanView,
  request: ComputePlannedRequest,
): Promise<TaskResult> {
  let counters = noCounters;
  let leftOutCount = 0;
  const leftOut: string[] = [];
  const failures: string[] = [];
  for (let after: string | null = null; ; ) {
    request.signal?.throwIfAborted();
    const ids: readonly string[] = await ports.plans.identities(plan.id, after, batchSize, 'to be written');
    if (ids.length === 0) break;
    after = ids.at(-1) ?? null;
    const batch = await writeBatch(ports, computation, plan, request, ids);
    counters = batch.results.reduce((sum, result) => addCounters(sum, countersOf(result)), counters);
    counters = { ...counters, read: counters.read + ids.length, skipped: counters.skipped + batch.leftOut.length };
    leftOutCount += batch.leftOut.length;
    leftOut.push(...batch.leftOut.slice(0, mostWarnings - leftOut.length));
    failures.push(
      ...batch.results
        .flatMap((result) =>
          result.failures.map(
            ({ rule, message }) => `Rule ${rule} failed for identity ${result.identityId}: ${message}`,
          ),
        )
        .slice(0, mostWarnings - failures.length),
    );
    request.onProgress?.({ done: counters.read, total: null });
  }
  const moved = leftOut.map((id) => `Identity ${id} moved after the plan was checked: it was left as it is.`);
  const rest = leftOutCount - leftOut.length;
  const more = rest > 0 ? [`${rest} more identities moved and were left as they are.`] : [];
  const warnings = [...moved, ...more, ...failures];
  return { ...completedTask, counters, warnings, state: warnings.length > 0 ? 'WARNING' : 'COMPLETED' };
}

async function writeBatch(
  { plans, roleModel }: ComputePlannedPorts,
  computation: Computation,
  plan: PlanView,
  { executionId }: ComputePlannedRequest,
  ids: readonly string[],
) {
  const expected = await plans.inputs(plan.id, ids);
  const decide = decisionAsPlanned(computation, expected, plan.candidateId !== null);
  const results = await roleModel.recompute(identitySource(computation.model), ids, decide, executionId, plan.id);
  const written = new Set(results.map(({ identityId }) => identityId));
  return { results, leftOut: ids.filter((id) => !written.has(id)) };
}

/** Only whose inputs and outcome are those of the plan. A new configuration may have been computed by another run first: nothing is left to write then. */
const decisionAsPlanned =
  (computation: Computation, expected: ReadonlyMap<string, PlanInput>, isConfiguration: boolean): Decide =>
  async (loaded, directory) => {
    const results = await decideBucket(computation, loaded, directory);
    return results.filter((result, index) => {
      const identity = loaded[index];
      if (identity === undefined) return false;
      const text = plannedInputText(identity, result);
      return (
        expected.get(result.identityId)?.digest === computation.digest(text) || (isConfiguration && isUnchanged(result))
      );
    });
  };
