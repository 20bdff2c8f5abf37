// Has a plan carried out: checks that it may be, that it still holds, and queues the one execution that writes it.
// A small plan is computed again before the answer, so that the caller reads what moved; the execution checks in any case
// (compute-planned.ts) and writes nobody who moved in between.
import type { Actor } from '../domain/actor.js';
import { isAsPlanned } from '../domain/configuration-change.js';
import { toGlobalId } from '../domain/global-id.js';
import type { JobTrigger } from '../domain/job.js';
import { computationTasks } from '../domain/job-execution.js';
import { personOf } from '../domain/person.js';
import { may } from '../domain/permission.js';
import { type Decision, granted, type Refusal, refused } from '../domain/refusal.js';
import type { PlannedChange } from '../domain/role-model/plan.js';
import {
  driftText,
  hasMoved,
  movedAccounts,
  type MovedIdentity,
  movedText,
  namedAtMost,
  type PlanDrift,
} from '../domain/role-model/plan-drift.js';
import type { CandidateStore } from './ports/candidate.js';
import type { Environment } from './ports/clock.js';
import type { NewExecution } from './ports/job-execution.js';
import type { ModelSource } from './ports/model.js';
import type { PlanStore, PlanView } from './ports/plan.js';
import type { PlanComputer } from './ports/planner.js';

export interface ApplyPlanPorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly plans: Pick<PlanStore, 'load' | 'take' | 'identities' | 'withDigest' | 'moved' | 'changes'>;
  readonly candidates: Pick<CandidateStore, 'load'>;
  readonly computer: Pick<PlanComputer, 'drift'>;
}

export interface ApplyPlanInput {
  /** Row id; null when what was given is no plan's id. */
  readonly planId: string | null;
  /** What the caller has seen. */
  readonly inputsDigest: string;
  /** A plan of a changed configuration is applied by `configurationApply`, any other by `provisioningPlanApply`. */
  readonly isConfiguration: boolean;
  readonly trigger: JobTrigger;
}

/** People whose plan is computed again while the caller waits. */
const checkedAtOnce = 500;

/** Answers the row id of the execution. */
export async function applyPlan(ports: ApplyPlanPorts, actor: Actor, input: ApplyPlanInput): Promise<Decision<string>> {
  const permit = may(actor, input.isConfiguration ? 'configuration.apply' : 'plan.apply');
  if (!permit.ok) return permit;
  const plan = input.planId === null ? null : await ports.plans.load(input.planId);
  if (plan === null || (plan.candidateId !== null) !== input.isConfiguration) return refused(unknownPlan(plan, input));
  const problem = stateProblem(plan) ?? (await candidateProblem(ports, plan));
  if (problem !== null) return refused(problem);
  if (plan.inputsDigest !== input.inputsDigest) return refused(...(await digestRefusals(ports, plan, input)));
  const drift = await driftOf(ports, plan);
  if (drift !== null && hasMoved(drift)) return refused(...driftRefusals(drift, input, await hintFor(ports, plan)));
  const execution = executionOf(ports.environment, actor, plan, input.trigger);
  return (await ports.plans.take(plan.id, execution)) ? granted(execution.id) : refused(alreadyApplied(null));
}

/** Null for a plan that is too large to be checked now. */
async function driftOf({ plans, models, computer }: ApplyPlanPorts, plan: PlanView): Promise<PlanDrift | null> {
  const { version } = await models.current();
  if (version !== plan.scope.configurationVersion)
    return { moved: [], movedCount: 0, identityCount: 0, configurationVersion: version, violations: [] };
  const some = await plans.identities(plan.id, null, checkedAtOnce + 1, 'all');
  return some.length > checkedAtOnce ? null : computer.drift(plan);
}

function executionOf(
  { newId, digest }: Environment,
  actor: Actor,
  { id, scope }: PlanView,
  trigger: JobTrigger,
): NewExecution {
  return {
    id: newId(),
    job: null,
    trigger,
    actor,
    isDryRun: false,
    scope: { planId: id, ...(scope.resourceTypes === null ? {} : { resourceTypes: scope.resourceTypes }) },
    scopeDigest: digest(`apply:${id}`),
    occurrence: null,
    tasks: computationTasks(false, true).map((task) => ({ ...task, id: newId() })),
  };
}

function stateProblem(plan: PlanView): Refusal | null {
  switch (plan.state) {
    case 'READY':
      return plan.scope.assumed.length === 0 ? null : assumes;
    case 'APPLIED':
      return alreadyApplied(plan.appliedExecution);
    case 'EXPIRED':
      return {
        code: 'PLAN_EXPIRED',
        rule: 'plan.fresh',
        field: ['id'],
        message: 'The plan is too old to be applied, or was found to have moved.',
        hint: 'Compute it again.',
      };
    case 'COMPUTING':
      return notReady('The plan is still being computed.', 'Wait until it is READY.');
    case 'FAILED':
      return notReady('The plan could not be computed.', 'Compute it again.');
    default:
      return plan.state satisfies never;
  }
}

const notReady = (message: string, hint: string): Refusal => ({
  code: 'STATE_CONFLICT',
  rule: 'plan.ready',
  field: ['id'],
  message,
  hint,
});

const alreadyApplied = (executionId: string | null): Refusal => ({
  code: 'STATE_CONFLICT',
  rule: 'plan.applied-once',
  field: ['id'],
  message: 'The plan was applied already.',
  hint: 'Compute a new one.',
  ...(executionId === null ? {} : { subjectId: toGlobalId('JobExecution', executionId) }),
});

const assumes: Refusal = {
  code: 'STATE_CONFLICT',
  rule: 'plan.assumes-nothing',
  field: ['id'],
  message: 'The plan takes requests as approved that nobody has approved.',
  hint: 'Have them decided: what is approved is computed and written at once.',
};

/** A plan is of the content that was looked at: whatever else is stored under its candidate's id is refused. */
async function candidateProblem(
  { candidates, environment }: ApplyPlanPorts,
  { candidateId, scope: planned }: PlanView,
): Promise<Refusal | null> {
  if (candidateId === null) return null;
  const candidate = await candidates.load(candidateId);
  if (candidate !== null && isAsPlanned({ candidate, planned }, environment.digest)) return null;
  return {
    code: 'PLAN_DRIFTED',
    rule: 'plan.candidate-as-planned',
    field: ['planId'],
    message: 'The configuration that is stored for the plan is not the one that was planned.',
    hint: 'Compute the plan again.',
  };
}

/** Something else was looked at: where that was a plan, the answer says what is different in this one. */
async function digestRefusals(
  ports: ApplyPlanPorts,
  plan: PlanView,
  input: ApplyPlanInput,
): Promise<readonly Refusal[]> {
  const seen = await ports.plans.withDigest(input.inputsDigest, input.isConfiguration);
  const because = (message: string): readonly Refusal[] => [{ ...notAsSeen, message }];
  if (seen === null) return because('This is not the digest of the plan: something else was looked at.');
  if (seen.scope.candidateDigest !== plan.scope.candidateDigest)
    return because('The files are not those that were planned.');
  const drift = await driftBetween(ports, seen, plan);
  if (hasMoved(drift))
    return driftRefusals(drift, input, notAsSeen.hint).map((refusal) => ({ ...refusal, ...place(notAsSeen) }));
  return because('It was planned on another day, or for other people or kinds of accounts.');
}

const place = ({ rule, field }: Pick<Refusal, 'rule' | 'field'>) => ({ rule, field });

const notAsSeen = {
  code: 'PLAN_DRIFTED',
  rule: 'plan.as-seen',
  field: ['inputsDigest'],
  hint: 'Read the plan again and give its inputsDigest.',
} as const;

async function driftBetween({ plans, models }: ApplyPlanPorts, seen: PlanView, plan: PlanView): Promise<PlanDrift> {
  const version = plan.scope.configurationVersion;
  const nothing = { moved: [], movedCount: 0, identityCount: 0, violations: [] };
  if (seen.scope.configurationVersion !== version) return { ...nothing, configurationVersion: version };
  const { people, movedCount, identityCount } = await plans.moved(seen.id, plan.id, namedAtMost);
  const ids = people.map(({ identityId }) => identityId);
  const [before, now] = [await plans.changes(seen.id, ids), await plans.changes(plan.id, ids)];
  const { identityType } = await models.current();
  const moved = people.map(({ identityId, row }): MovedIdentity => {
    const own = (changes: readonly PlannedChange[]) => changes.filter((change) => change.identityId === identityId);
    const displayName = row === null ? identityId : personOf(row, identityType).displayName;
    return { identityId, displayName, accounts: movedAccounts(own(before), own(now)) };
  });
  return { ...nothing, moved, movedCount, identityCount, configurationVersion: null };
}

/** What simulated policies would do stands in the plan, and is never written. */
async function hintFor({ models }: ApplyPlanPorts, { candidateId }: PlanView): Promise<string> {
  const { simulation } = await models.current();
  return simulation === null || candidateId !== null
    ? 'Compute the plan again.'
    : 'Compute the plan again; where a simulated policy has a part in it, end the simulation first.';
}

/** First the sentence about all of them, then each that is named. */
function driftRefusals(drift: PlanDrift, { planId }: ApplyPlanInput, hint: string): readonly Refusal[] {
  const shared = { code: 'PLAN_DRIFTED', rule: 'plan.unmoved', field: ['id'], hint } as const;
  const about = planId === null ? {} : { subjectId: toGlobalId('ProvisioningPlan', planId) };
  return [
    { ...shared, ...about, message: driftText(drift) },
    ...drift.moved.map(
      (one): Refusal => ({
        ...shared,
        message: `Moved: ${movedText(one)}.`,
        subjectId: toGlobalId('Identity', one.identityId),
      }),
    ),
  ];
}

const unknownPlan = (plan: PlanView | null, { isConfiguration }: ApplyPlanInput): Refusal => ({
  code: 'NOT_FOUND',
  rule: 'plan.known',
  field: ['id'],
  message: plan === null ? 'There is no such plan.' : 'This is another kind of plan.',
  hint: isConfiguration
    ? 'Give the id of a plan that configurationPlanCompute made; others are for provisioningPlanApply.'
    : 'Give the id of a plan that provisioningPlanCompute made; those of a configuration are for configurationApply.',
});
