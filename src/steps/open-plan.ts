// Opens a plan: of the configuration in force for some or all people, or of a changed configuration that somebody sent.
// A small one is computed before the answer, a large one by an execution that writes nothing. Owns who may and how large.
import { type Actor, actorReference } from '../domain/actor.js';
import type { Configuration } from '../domain/configuration.js';
import { canonicalConfiguration, needsComputation } from '../domain/configuration-change.js';
import { configurationChanges } from '../domain/configuration-difference.js';
import { filesOf } from '../domain/configuration-overlay.js';
import type { JobTrigger } from '../domain/job.js';
import { computationTasks } from '../domain/job-execution.js';
import { may } from '../domain/permission.js';
import { type Decision, granted, type Refusal, refused } from '../domain/refusal.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import type { AssumedDecision } from '../domain/role-model/plan.js';
import type { CandidateStore, ConfigurationReader, ConfigurationText } from './ports/candidate.js';
import type { Environment } from './ports/clock.js';
import type { JobExecutionStore } from './ports/job-execution.js';
import type { ModelSource } from './ports/model.js';
import type { NewPlan, PlanScope, PlanStore } from './ports/plan.js';
import type { PlanComputer } from './ports/planner.js';
import type { RoleModelStore } from './ports/role-model.js';

export interface OpenPlanPorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly plans: Pick<PlanStore, 'open'>;
  readonly computer: Pick<PlanComputer, 'compute'>;
  readonly roleModel: Pick<RoleModelStore, 'countIdentities'>;
  readonly executions: Pick<JobExecutionStore, 'launch' | 'attachPlan'>;
}

/** People a plan is computed for while the caller waits; more go through a job execution. */
export const computedAtOnce = 500;

export interface OpenedPlan {
  readonly planId: string;
  /** Computes it; null: it is ready. */
  readonly executionId: string | null;
}

/** A request whose items are taken as approved. */
export interface AssumedRequest {
  readonly beneficiaryId: string;
  readonly isOpen: boolean;
  readonly items: readonly AssumedDecision[];
}

export interface PlanInput {
  /** Row ids; null = everybody. An element is null when what was given is no identity's id. */
  readonly identityIds: readonly (string | null)[] | null;
  /** Identifiers; null = all. An element is null when what was given is no resource type's id. */
  readonly resourceTypes: readonly (string | null)[] | null;
  /** In the order they were given; null where there is no such request. */
  readonly assumed: readonly (AssumedRequest | null)[];
  readonly trigger: JobTrigger;
}

export async function openPlan(ports: OpenPlanPorts, actor: Actor, input: PlanInput): Promise<Decision<OpenedPlan>> {
  const permit = may(actor, 'plan.compute');
  if (!permit.ok) return permit;
  const model = await ports.models.current();
  const problem = inputProblem(input, (type) => model.resourceTypes.has(type));
  if (problem !== null) return refused(problem);
  const beneficiaries = input.assumed.flatMap((request) => (request === null ? [] : [request.beneficiaryId]));
  const asked = input.identityIds?.flatMap((id) => id ?? []) ?? (beneficiaries.length > 0 ? [] : null);
  const scope: PlanScope = {
    identityIds: asked === null ? null : [...new Set([...asked, ...beneficiaries])],
    resourceTypes: input.resourceTypes?.flatMap((type) => type ?? []) ?? null,
    assumed: input.assumed.flatMap((request) => request?.items ?? []),
    configurationVersion: model.version,
  };
  return granted(await computed(ports, actor, input.trigger, { scope, candidateId: null, configurationChanges: null }));
}

function inputProblem(
  { identityIds, resourceTypes, assumed }: PlanInput,
  isKnown: (resourceType: string) => boolean,
): Refusal | null {
  const person = (identityIds ?? []).findIndex((id) => id === null);
  if (person >= 0) return unknown('identityIds', person, 'There is no such identity.');
  const type = (resourceTypes ?? []).findIndex((each) => each === null || !isKnown(each));
  if (type >= 0) return unknown('resourceTypeIds', type, 'There is no such resource type.');
  const request = assumed.findIndex((each) => each === null);
  if (request >= 0) return unknown('assumeAssignmentRequestIds', request, 'There is no such request.');
  const closed = assumed.findIndex((each) => each?.isOpen === false);
  if (closed < 0) return null;
  return {
    code: 'STATE_CONFLICT',
    rule: 'plan.assumes-pending-requests',
    field: ['input', 'assumeAssignmentRequestIds', String(closed)],
    message: 'This request is decided already: the plan takes only pending ones as approved.',
    hint: 'Leave it out.',
  };
}

const unknown = (field: string, index: number, message: string): Refusal => ({
  code: 'NOT_FOUND',
  rule: 'plan.part-known',
  field: ['input', field, String(index)],
  message,
});

export interface ConfigurationPlanPorts extends OpenPlanPorts {
  readonly configurationReader: ConfigurationReader;
  readonly candidates: Pick<CandidateStore, 'keep'>;
}

/** Everything that is wrong with the files is told at once, each with its place. */
export async function openConfigurationPlan(
  ports: ConfigurationPlanPorts,
  actor: Actor,
  { files, trigger }: { readonly files: readonly ConfigurationText[]; readonly trigger: JobTrigger },
): Promise<Decision<OpenedPlan>> {
  const permit = may(actor, 'configuration.plan');
  if (!permit.ok) return permit;
  const twice = files.findIndex(({ path }, index) => files.findIndex((other) => other.path === path) < index);
  if (twice >= 0) return refused(sentTwice(files[twice]?.path ?? '', twice));
  const reading = await ports.configurationReader.read(files);
  if (!reading.ok)
    return refused(
      ...reading.mistakes.map(({ path, message, hint, isExpression }): Refusal => {
        const index = files.findIndex((file) => file.path === path);
        const field = index < 0 ? ['input', 'files'] : ['input', 'files', String(index)];
        return {
          code: isExpression ? 'EXPRESSION_INVALID' : 'INVALID',
          rule: 'configuration.valid',
          field,
          message,
          hint,
        };
      }),
    );
  const model = await ports.models.current();
  const candidateId = ports.environment.newId();
  const candidateDigest = ports.environment.digest(canonicalConfiguration(reading.configuration));
  await ports.candidates.keep({
    id: candidateId,
    digest: candidateDigest,
    configuration: reading.configuration,
    baseVersion: model.version,
    createdBy: actorReference(actor),
  });
  const scope = configurationScope(model, reading.configuration, candidateDigest);
  const changes = configurationChanges(filesOf(model.configuration), reading.configuration);
  return granted(await computed(ports, actor, trigger, { scope, candidateId, configurationChanges: changes }));
}

/** Jobs and profiles decide nothing about people: a change of them alone is about nobody. */
const configurationScope = (
  { configuration, version }: CompiledModel,
  next: Configuration,
  candidateDigest: string,
): PlanScope => ({
  identityIds: needsComputation(configuration, next) ? null : [],
  resourceTypes: null,
  assumed: [],
  configurationVersion: version,
  candidateDigest,
});

const sentTwice = (path: string, index: number): Refusal => ({
  code: 'DUPLICATE',
  rule: 'configuration.one-file-per-path',
  field: ['input', 'files', String(index), 'path'],
  message: `The file «${path}» was sent twice.`,
});

async function computed(
  ports: OpenPlanPorts,
  actor: Actor,
  trigger: JobTrigger,
  about: Pick<NewPlan, 'scope' | 'candidateId' | 'configurationChanges'>,
): Promise<OpenedPlan> {
  const planId = ports.environment.newId();
  await ports.plans.open({ ...about, id: planId, createdBy: actorReference(actor) });
  const { identityType } = await ports.models.current();
  const size = about.scope.identityIds?.length ?? (await ports.roleModel.countIdentities(identityType.identifier));
  if (size > computedAtOnce) return { planId, executionId: await launched(ports, actor, trigger, planId) };
  await ports.computer.compute(planId);
  return { planId, executionId: null };
}

async function launched(
  { environment, executions }: OpenPlanPorts,
  actor: Actor,
  trigger: JobTrigger,
  planId: string,
): Promise<string> {
  const { executionId } = await executions
    .launch({
      id: environment.newId(),
      job: null,
      trigger,
      actor,
      isDryRun: true,
      scope: { planId },
      scopeDigest: environment.digest(`plan:${planId}`),
      occurrence: null,
      tasks: computationTasks(true, false).map((task) => ({ ...task, id: environment.newId() })),
    })
    .then((launch) => {
      if (launch.kind !== 'created') throw new Error(`The execution of plan ${planId} was ${launch.kind}, not made.`);
      return launch;
    });
  await executions.attachPlan(executionId, planId);
  return executionId;
}
