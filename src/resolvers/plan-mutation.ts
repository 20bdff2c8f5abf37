// Computing and applying plans, of the configuration in force and of a changed one: ids are read, one step is called.
import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { Actor } from '../domain/actor.js';
import { localIdOf, rowIdOf } from '../domain/global-id.js';
import type { JobTrigger } from '../domain/job.js';
import type { Decision } from '../domain/refusal.js';
import { ProvisioningPlan } from '../schema/plan.js';
import {
  ConfigurationApplyPayload,
  ConfigurationPlanComputeInput,
  ConfigurationPlanComputePayload,
  ProvisioningPlanApplyPayload,
  ProvisioningPlanComputeInput,
  ProvisioningPlanComputePayload,
} from '../schema/plan-input.js';
import { toUserErrors } from '../schema/user-error.js';
import { applyPlan } from '../steps/apply-plan.js';
import { type AssumedRequest, type OpenedPlan, openConfigurationPlan, openPlan } from '../steps/open-plan.js';
import type { RequestContext } from './context.js';
import { executionQuestion, toJobExecution } from './job-execution-loader.js';
import { findPlan } from './plan.js';
import { requestQuestion } from './request-loader.js';

@Resolver()
export class PlanMutationResolver {
  @Query(() => ProvisioningPlan, {
    nullable: true,
    description: 'One plan, by id; null: none that the viewer may see.',
  })
  provisioningPlan(
    @Arg('id', () => ID, { description: 'Global id.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<ProvisioningPlan | null> {
    return findPlan(rowIdOf('ProvisioningPlan', id), context);
  }

  @Mutation(() => ProvisioningPlanComputePayload, {
    description: 'Says what would be written, and writes nothing. Up to 500 people at once, more by an execution.',
  })
  async provisioningPlanCompute(
    @Arg('input', () => ProvisioningPlanComputeInput, { description: 'What about.' })
    input: ProvisioningPlanComputeInput,
    @Ctx() context: RequestContext,
  ): Promise<ProvisioningPlanComputePayload> {
    const assumed = input.assumeAssignmentRequestIds ?? [];
    const decision = await openPlan(context.ports, context.actor, {
      identityIds: input.identityIds?.map((id) => rowIdOf('Identity', id)) ?? null,
      resourceTypes: input.resourceTypeIds?.map((id) => localIdOf('ResourceType', id)) ?? null,
      assumed: await Promise.all(assumed.map((id) => assumedRequest(id, context))),
      trigger: triggerOf(context.actor),
    });
    return Object.assign(new ProvisioningPlanComputePayload(), await opened(decision, context));
  }

  @Mutation(() => ProvisioningPlanApplyPayload, {
    description:
      'Carries a plan out exactly as it was seen. Refused with PLAN_DRIFTED and what moved when anything it was computed from did.',
  })
  async provisioningPlanApply(
    @Arg('id', () => ID, { description: 'Which plan.' }) id: string,
    @Arg('inputsDigest', () => String, { description: 'What was seen: `inputsDigest` of the plan.' })
    inputsDigest: string,
    @Ctx() context: RequestContext,
  ): Promise<ProvisioningPlanApplyPayload> {
    const applied = await apply(context, id, inputsDigest, false);
    return Object.assign(new ProvisioningPlanApplyPayload(), applied);
  }

  @Mutation(() => ConfigurationPlanComputePayload, {
    description:
      'Checks a changed configuration and says what it would do to people and accounts; puts nothing in force.',
  })
  async configurationPlanCompute(
    @Arg('input', () => ConfigurationPlanComputeInput, { description: 'The files.' })
    input: ConfigurationPlanComputeInput,
    @Ctx() context: RequestContext,
  ): Promise<ConfigurationPlanComputePayload> {
    const trigger = triggerOf(context.actor);
    const decision = await openConfigurationPlan(context.ports, context.actor, { files: input.files, trigger });
    return Object.assign(new ConfigurationPlanComputePayload(), await opened(decision, context));
  }

  @Mutation(() => ConfigurationApplyPayload, {
    description:
      'Puts the configuration of a plan in force and carries the plan out. Over a threshold, its execution is BLOCKED before either.',
  })
  async configurationApply(
    @Arg('planId', () => ID, { description: 'A plan that configurationPlanCompute made.' }) planId: string,
    @Arg('inputsDigest', () => String, { description: 'What was seen: `inputsDigest` of the plan.' })
    inputsDigest: string,
    @Ctx() context: RequestContext,
  ): Promise<ConfigurationApplyPayload> {
    const applied = await apply(context, planId, inputsDigest, true);
    return Object.assign(new ConfigurationApplyPayload(), applied);
  }
}

const triggerOf = ({ kind }: Actor): JobTrigger => (kind === 'identity' ? 'MANUAL' : 'API');

async function opened(decision: Decision<OpenedPlan>, context: RequestContext) {
  if (!decision.ok) return { plan: null, jobExecution: null, userErrors: toUserErrors(decision.refusals) };
  const { planId, executionId } = decision.value;
  return {
    plan: await findPlan(planId, context),
    jobExecution: executionId === null ? null : await present(executionId, context),
    userErrors: [],
  };
}

async function apply(context: RequestContext, id: string, inputsDigest: string, isConfiguration: boolean) {
  const planId = rowIdOf('ProvisioningPlan', id);
  const trigger = triggerOf(context.actor);
  const decision = await applyPlan(context.ports, context.actor, { planId, inputsDigest, isConfiguration, trigger });
  if (!decision.ok) return { jobExecution: null, userErrors: toUserErrors(decision.refusals) };
  return { jobExecution: await present(decision.value, context), userErrors: [] };
}

async function present(executionId: string, { ports, actor }: RequestContext) {
  const [view] = await ports.jobExecutions.byIds([executionId], executionQuestion(actor, null));
  return view === undefined ? null : toJobExecution(view);
}

/** Null for a request that the viewer may not see. */
async function assumedRequest(id: string, { ports, actor }: RequestContext): Promise<AssumedRequest | null> {
  const requestId = rowIdOf('AssignmentRequest', id);
  const [view] = requestId === null ? [] : await ports.requests.byIds([requestId], requestQuestion(actor, null));
  if (view === undefined) return null;
  const { beneficiaryId, items } = view;
  const open = items.filter(({ state }) => state === 'PENDING_APPROVAL');
  return {
    beneficiaryId,
    isOpen: open.length > 0,
    items: open.map(({ role, action, startDate, endDate, parameters }) => ({
      identityId: beneficiaryId,
      role,
      action,
      startDate,
      endDate,
      parameters,
    })),
  };
}
