// Making, taking back and deciding requests: ids are read, one step is called, what it answers is shown.
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { localIdOf, type NodeType, toGlobalId } from '../domain/global-id.js';
import type { Refusal } from '../domain/refusal.js';
import { ProvisioningPlan } from '../schema/plan.js';
import type { AssignmentRequest } from '../schema/request.js';
import {
  AssignmentRequestCancelPayload,
  AssignmentRequestCreateInput,
  AssignmentRequestCreatePayload,
  type AssignmentRequestItemInput,
  AssignmentRequestsReviewInput,
  AssignmentRequestsReviewPayload,
} from '../schema/request-input.js';
import { toUserErrors } from '../schema/user-error.js';
import { cancelRequest } from '../steps/cancel-request.js';
import { reviewRequests } from '../steps/review-request.js';
import { submitRequest } from '../steps/submit-request.js';
import type { RequestContext } from './context.js';
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
      beneficiaryId: rowId('Identity', input.beneficiaryId),
      items: input.items.map(itemOf),
      justification: input.justification ?? null,
      isDryRun: input.dryRun,
    });
    if (!decision.ok) return created(null, null, decision.refusals);
    const { value } = decision;
    return value.kind === 'plan'
      ? created(null, value.planId, [])
      : created(await present(value.requestId, context), null, []);
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
      requestId: rowId('AssignmentRequest', id),
      reason: reason ?? null,
    });
    return Object.assign(new AssignmentRequestCancelPayload(), {
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
    const items = input.items.map(({ assignmentRequestId, decision, comment, seenDigest }) => ({
      requestId: rowId('AssignmentRequest', assignmentRequestId),
      decision,
      comment: comment ?? null,
      seenDigest: seenDigest ?? null,
    }));
    const { requestIds, refusals } = await reviewRequests(portsOf(context), context.actor, items);
    const decided = await Promise.all(requestIds.map((id) => present(id, context)));
    return Object.assign(new AssignmentRequestsReviewPayload(), {
      assignmentRequests: decided.flatMap((request) => request ?? []),
      userErrors: toUserErrors(refusals),
    });
  }
}

@Resolver(() => AssignmentRequestCreatePayload)
export class RequestPlanResolver {
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

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Null for an id of something else, which the step refuses like an unknown one. */
function rowId(type: NodeType, id: string): string | null {
  const local = localIdOf(type, id);
  return local !== null && uuid.test(local) ? local : null;
}

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

const created = (
  assignmentRequest: AssignmentRequest | null,
  planId: string | null,
  refusals: readonly Refusal[],
): AssignmentRequestCreatePayload =>
  Object.assign(new AssignmentRequestCreatePayload(), {
    assignmentRequest,
    planId,
    userErrors: toUserErrors(refusals),
  });
