// Making, taking back and deciding requests: ids are read, one step is called, what it answers is shown.
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { localIdOf, rowIdOf, toGlobalId } from '../domain/global-id.js';
import type { PreviewedStep } from '../domain/request-preview.js';
import { Identity } from '../schema/identity.js';
import { ProvisioningPlan } from '../schema/plan.js';
import { type AssignmentRequest, RequestWarning } from '../schema/request.js';
import {
  ApprovalPreview,
  AssignmentRequestCancelPayload,
  AssignmentRequestCreateInput,
  AssignmentRequestCreatePayload,
  type AssignmentRequestItemChangeInput,
  type AssignmentRequestItemInput,
  AssignmentRequestRemindPayload,
  AssignmentRequestsReviewInput,
  AssignmentRequestsReviewPayload,
} from '../schema/request-input.js';
import { toUserErrors } from '../schema/user-error.js';
import { cancelRequest } from '../steps/cancel-request.js';
import { remindRequest } from '../steps/remind-request.js';
import { reviewRequests } from '../steps/review-request.js';
import { submitRequest } from '../steps/submit-request.js';
import type { RequestContext } from './context.js';
import { findIdentity } from './identity-loader.js';
import { requestQuestion, toRequest } from './request-loader.js';

@Resolver()
export class RequestMutationResolver {
  @Mutation(() => AssignmentRequestCreatePayload, {
    description: 'Asks for access, for oneself or for another; or says what would become of it.',
  })
  async assignmentRequestCreate(
    @Arg('input', () => AssignmentRequestCreateInput, { description: 'For whom, and what.' })
    input: AssignmentRequestCreateInput,
    @Ctx() context: RequestContext,
  ): Promise<AssignmentRequestCreatePayload> {
    const decision = await submitRequest(portsOf(context), context.actor, {
      beneficiaryId: rowIdOf('Identity', input.beneficiaryId),
      items: input.items.map(itemOf),
      justification: input.justification ?? null,
      isDryRun: input.dryRun,
    });
    if (!decision.ok) return created({ userErrors: toUserErrors(decision.refusals) });
    const { value } = decision;
    return value.kind === 'plan'
      ? created({ planId: value.planId, preview: value.preview })
      : created({ assignmentRequest: await present(value.requestId, context) });
  }

  @Mutation(() => AssignmentRequestCancelPayload, { description: 'Takes a request back before it is executed.' })
  async assignmentRequestCancel(
    @Arg('id', () => ID, { description: 'Which request.' }) id: string,
    @Ctx() context: RequestContext,
    @Arg('reason', () => String, { nullable: true, description: 'Why; at most 2,000 characters.' }) reason?:
      | string
      | null,
  ): Promise<AssignmentRequestCancelPayload> {
    const decision = await cancelRequest(portsOf(context), context.actor, {
      requestId: rowIdOf('AssignmentRequest', id),
      reason: reason ?? null,
    });
    return Object.assign(new AssignmentRequestCancelPayload(), {
      assignmentRequest: decision.ok ? await present(decision.value, context) : null,
      userErrors: decision.ok ? [] : toUserErrors(decision.refusals),
    });
  }

  @Mutation(() => AssignmentRequestRemindPayload, {
    description: 'Reminds the deciders of a request that waits for them; once a day for each request.',
  })
  async assignmentRequestRemind(
    @Arg('id', () => ID, { description: 'Which request.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<AssignmentRequestRemindPayload> {
    const decision = await remindRequest(portsOf(context), context.actor, rowIdOf('AssignmentRequest', id));
    return Object.assign(new AssignmentRequestRemindPayload(), {
      assignmentRequest: decision.ok ? await present(decision.value, context) : null,
      userErrors: decision.ok ? [] : toUserErrors(decision.refusals),
    });
  }

  @Mutation(() => AssignmentRequestsReviewPayload, {
    description: 'Decides the steps of requests that wait for the viewer; succeeds in parts.',
  })
  async assignmentRequestsReview(
    @Arg('input', () => AssignmentRequestsReviewInput, { description: 'The decisions.' })
    input: AssignmentRequestsReviewInput,
    @Ctx() context: RequestContext,
  ): Promise<AssignmentRequestsReviewPayload> {
    const items = input.items.map(({ assignmentRequestId, decision, comment, seenDigest, changes }) => ({
      requestId: rowIdOf('AssignmentRequest', assignmentRequestId),
      decision,
      comment: comment ?? null,
      seenDigest: seenDigest ?? null,
      changes: (changes ?? []).map(changeOf),
    }));
    const { requestIds, refusals } = await reviewRequests(portsOf(context), context.actor, items);
    const decided = await Promise.all(requestIds.map((id) => present(id, context)));
    return Object.assign(new AssignmentRequestsReviewPayload(), {
      assignmentRequests: decided.flatMap((request) => request ?? []),
      userErrors: toUserErrors(refusals),
    });
  }
}

@Resolver(() => ApprovalPreview)
export class ApprovalPreviewResolver {
  @FieldResolver(() => [Identity], { description: 'Who would be asked.' })
  async candidates(
    @Root() { candidateIds }: ApprovalPreview,
    @Ctx() context: RequestContext,
  ): Promise<readonly Identity[]> {
    const found = await Promise.all(candidateIds.map((id) => findIdentity(id, context)));
    return found.flatMap((identity) => identity ?? []);
  }
}

@Resolver(() => AssignmentRequestCreatePayload)
export class RequestPlanResolver {
  @FieldResolver(() => [ApprovalPreview], {
    description: 'Of a dry run: the steps the request would take, in the order of its items.',
  })
  approvals(@Root() { preview }: AssignmentRequestCreatePayload): readonly ApprovalPreview[] {
    return (preview?.approvals ?? []).map(toApprovalPreview);
  }

  @FieldResolver(() => [RequestWarning], { description: 'Of a dry run: what its deciders would be told.' })
  warnings(@Root() { preview }: AssignmentRequestCreatePayload): readonly RequestWarning[] {
    return preview?.warnings ?? [];
  }

  @FieldResolver(() => [String], { description: 'Of a dry run: what would be different from what was asked for.' })
  adjustments(@Root() { preview }: AssignmentRequestCreatePayload): readonly string[] {
    return preview?.adjustments ?? [];
  }

  @FieldResolver(() => ProvisioningPlan, { nullable: true, description: 'What a dry run says would be written.' })
  plan(
    @Root() { planId }: AssignmentRequestCreatePayload,
    @Ctx() context: RequestContext,
  ): Promise<object | null> | null {
    return planId === null ? null : context.findNode(toGlobalId('ProvisioningPlan', planId));
  }
}

const portsOf = ({ ports }: RequestContext) => ({
  requests: ports.requestStore,
  models: ports.models,
  planner: ports.planner,
  environment: ports.environment,
});

const itemOf = ({ action, roleId, startDate, endDate, parameters }: AssignmentRequestItemInput) => ({
  action,
  role: localIdOf('SingleRole', roleId),
  startDate: startDate ?? null,
  endDate: endDate ?? null,
  parameters,
});

/** As it is now: loaders of this operation may remember how it was before. */
async function present(id: string, { ports, actor }: RequestContext): Promise<AssignmentRequest | null> {
  const [view] = await ports.requests.byIds([id], requestQuestion(actor, null));
  return view === undefined ? null : toRequest(view);
}

const changeOf = ({ itemId, startDate, endDate, parameters }: AssignmentRequestItemChangeInput) => ({
  itemId: rowIdOf('AssignmentRequestItem', itemId),
  ...(startDate === undefined ? {} : { startDate }),
  ...(endDate === undefined ? {} : { endDate }),
  ...(parameters === undefined || parameters === null ? {} : { parameters }),
});

const created = (answer: Partial<AssignmentRequestCreatePayload>): AssignmentRequestCreatePayload =>
  Object.assign(new AssignmentRequestCreatePayload(), {
    assignmentRequest: null,
    planId: null,
    preview: null,
    userErrors: [],
    ...answer,
  });

const toApprovalPreview = (approval: PreviewedStep): ApprovalPreview => {
  const { position, step, stepCount, kind, quorum, isImplied, candidates } = approval;
  const shown = { itemPosition: position, step, stepCount, kind, quorum, isImplied, candidateIds: candidates };
  return Object.assign(new ApprovalPreview(), shown);
};
