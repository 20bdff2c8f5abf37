// Requests: one, many, for whom, by whom, whom they wait for, and what the viewer may do. Changing them: request-mutation.ts.
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { roleAssignmentId } from '../domain/assignment.js';
import { toGlobalId } from '../domain/global-id.js';
import { isAllowed } from '../domain/permission.js';
import { checkCancel } from '../domain/request.js';
import { cancelThing } from '../domain/request-access.js';
import { ActorUnion } from '../schema/actor.js';
import { Assignment } from '../schema/assignment.js';
import { Identity } from '../schema/identity.js';
import { type ConnectionValue, PageArgs } from '../schema/page.js';
import {
  Approval,
  AssignmentRequest,
  AssignmentRequestConnection,
  AssignmentRequestFilter,
  AssignmentRequestItem,
  WaitingOn,
} from '../schema/request.js';
import { Role } from '../schema/role.js';
import type { RequestFilter, RequestView } from '../steps/ports/request.js';
import { roleOf } from './configured.js';
import type { RequestContext } from './context.js';
import { badUserInput } from './error.js';
import { filterTree, idComparison, requiredLocalId } from './filter.js';
import { findIdentity } from './identity-loader.js';
import type { NodeResolvers } from './node-resolver.js';
import { pageRequest, toConnection } from './page.js';
import {
  findApproval,
  findRequest,
  findRequestItem,
  requestQuestion,
  toApproval,
  toRequest,
  toRequestItem,
  viewOf,
} from './request-loader.js';
import { isApprovable, itemsToDecide, waitingFor } from './request-waiting.js';

@Resolver(() => AssignmentRequest)
export class RequestResolver {
  @Query(() => AssignmentRequest, {
    nullable: true,
    description: 'One request, by id or by number; null when there is none that the viewer may see.',
  })
  assignmentRequest(
    @Ctx() context: RequestContext,
    @Arg('id', () => ID, { nullable: true, description: 'Global id.' }) id?: string | null,
    @Arg('number', () => String, { nullable: true, description: 'Human number, e.g. REQ-1042.' }) number?:
      | string
      | null,
  ): Promise<AssignmentRequest | null> {
    if ((typeof id === 'string') === (typeof number === 'string')) throw badUserInput('Give either id or number.');
    return typeof id === 'string'
      ? findRequest(requiredLocalId('AssignmentRequest', id), context)
      : byNumber(number ?? '', context);
  }

  @Query(() => AssignmentRequestConnection, { description: 'Requests the viewer may see, newest first.' })
  assignmentRequests(
    @Ctx() context: RequestContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => AssignmentRequestFilter, { nullable: true, description: 'Which ones.' })
    filter?: AssignmentRequestFilter | null,
  ): Promise<ConnectionValue<AssignmentRequest>> {
    return requestPage(context, page, requestFilter(filter));
  }

  @FieldResolver(() => Identity, { description: 'Who made it.' })
  requester(@Root() request: AssignmentRequest, @Ctx() context: RequestContext): Promise<Identity | null> {
    return findIdentity(viewOf(request).requesterId, context);
  }

  @FieldResolver(() => Identity, { description: 'For whom it is.' })
  beneficiary(@Root() request: AssignmentRequest, @Ctx() context: RequestContext): Promise<Identity | null> {
    return findIdentity(viewOf(request).beneficiaryId, context);
  }

  @FieldResolver(() => [AssignmentRequestItem], { description: 'What is asked for, in the order given.' })
  items(@Root() request: AssignmentRequest): readonly AssignmentRequestItem[] {
    const view = viewOf(request);
    return view.items.map((item) => toRequestItem(view, item));
  }

  @FieldResolver(() => [Approval], { description: 'The steps of all items, decided or not.' })
  approvals(@Root() request: AssignmentRequest): readonly Approval[] {
    return viewOf(request).approvals.map(toApproval);
  }

  @FieldResolver(() => [WaitingOn], {
    description: 'Whom it waits for right now, and since when: deciders who are here, and who decides in their place.',
  })
  waitingOn(@Root() request: AssignmentRequest, @Ctx() context: RequestContext): Promise<readonly WaitingOn[]> {
    return waitingFor(viewOf(request), context);
  }

  @FieldResolver(() => Boolean, { description: 'The viewer may take it back now.' })
  viewerCanCancel(@Root() request: AssignmentRequest, @Ctx() { actor }: RequestContext): boolean {
    const view = viewOf(request);
    return isAllowed(actor, 'request.cancel', cancelThing(view)) && checkCancel(view, view.executedItemIds).ok;
  }

  @FieldResolver(() => Boolean, { description: 'A step of it waits for the viewer, who may decide it now.' })
  async viewerCanApprove(@Root() request: AssignmentRequest, @Ctx() context: RequestContext): Promise<boolean> {
    const view = viewOf(request);
    return (await itemsToDecide(view, context)).length > 0 && (await isApprovable(view, context));
  }

  @FieldResolver(() => Boolean, { description: 'The viewer may remind its deciders now.' })
  async viewerCanRemind(@Root() request: AssignmentRequest, @Ctx() context: RequestContext): Promise<boolean> {
    const view = viewOf(request);
    if (view.state !== 'PENDING_APPROVAL' || view.isReminded) return false;
    const beneficiary = await findIdentity(view.beneficiaryId, context);
    const managers = [beneficiary?.managerId].flatMap((id) => id ?? []);
    const owners = [view.beneficiaryId, view.requesterId];
    return isAllowed(context.actor, 'request.remind', { owners, managers });
  }
}

@Resolver(() => AssignmentRequestItem)
export class RequestItemResolver {
  @FieldResolver(() => Role, { description: 'The role asked for.' })
  async role(@Root() item: AssignmentRequestItem, @Ctx() { ports }: RequestContext): Promise<Role> {
    return roleOf(await ports.models.current(), item.roleIdentifier);
  }

  @FieldResolver(() => Assignment, {
    nullable: true,
    description: 'What the person has of the role now; null: nothing.',
  })
  assignment(@Root() item: AssignmentRequestItem, @Ctx() context: RequestContext): Promise<object | null> {
    const local = roleAssignmentId(item.beneficiaryId, item.roleIdentifier);
    return context.findNode(toGlobalId('RoleAssignment', local));
  }
}

@Resolver(() => Approval)
export class ApprovalResolver {
  @FieldResolver(() => [Identity], { description: 'Who may decide it; as many of them as the quorum says must agree.' })
  async candidates(@Root() approval: Approval, @Ctx() context: RequestContext): Promise<readonly Identity[]> {
    const found = await Promise.all(approval.candidateIds.map((id) => findIdentity(id, context)));
    return found.flatMap((identity) => identity ?? []);
  }

  @FieldResolver(() => Identity, {
    nullable: true,
    description: 'In whose place it was decided; null: in the decider’s own.',
  })
  onBehalfOf(@Root() approval: Approval, @Ctx() context: RequestContext): Promise<Identity | null> {
    return findIdentity(approval.onBehalfOfId, context);
  }

  @FieldResolver(() => Identity, { nullable: true, description: 'Who decided it; null: nobody yet, or a rule.' })
  decidedBy(@Root() approval: Approval, @Ctx() context: RequestContext): Promise<Identity | null> {
    return findIdentity(approval.deciderId, context);
  }
}

@Resolver(() => WaitingOn)
export class WaitingOnResolver {
  @FieldResolver(() => ActorUnion, { description: 'Who.' })
  actor(@Root() waiting: WaitingOn, @Ctx() context: RequestContext): Promise<Identity | null> {
    return findIdentity(waiting.identityId, context);
  }
}

/** What a person was asked for, and may ask for: the fields of Identity that lead here. */
@Resolver(() => Identity)
export class IdentityRequestResolver {
  @FieldResolver(() => AssignmentRequestConnection, {
    description: 'Requests for this identity that the viewer may see, newest first.',
  })
  assignmentRequests(
    @Root() identity: Identity,
    @Ctx() context: RequestContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => AssignmentRequestFilter, { nullable: true, description: 'Which ones.' })
    filter?: AssignmentRequestFilter | null,
  ): Promise<ConnectionValue<AssignmentRequest>> {
    const own: RequestFilter = { beneficiaryId: { eq: identity.identityId } };
    const asked = requestFilter(filter);
    return requestPage(context, page, asked === null ? own : { and: [own, asked] });
  }

  @FieldResolver(() => Boolean, { description: 'The viewer may ask for access for this identity now.' })
  viewerCanRequestAccess(@Root() identity: Identity, @Ctx() { actor }: RequestContext): boolean {
    const thing = { owners: [identity.identityId], managers: identity.managerId === null ? [] : [identity.managerId] };
    return (
      actor.kind === 'identity' && identity.lifecycleState === 'ACTIVE' && isAllowed(actor, 'request.submit', thing)
    );
  }
}

/** Also for the stream of requests. */
export const requestFilter = (filter: AssignmentRequestFilter | null | undefined): RequestFilter | null =>
  filterTree<AssignmentRequestFilter, RequestFilter>(
    filter,
    ({ state, beneficiaryId, requesterId, waitingOnViewer, createdAt }) => ({
      state,
      waitingOnViewer,
      createdAt,
      beneficiaryId: idComparison('Identity', beneficiaryId),
      requesterId: idComparison('Identity', requesterId),
    }),
  );

async function requestPage(
  { ports, actor }: RequestContext,
  args: PageArgs,
  filter: RequestFilter | null,
): Promise<ConnectionValue<AssignmentRequest>> {
  const question = requestQuestion(actor, filter);
  const request = pageRequest(args, 'NEWEST');
  const page = await ports.requests.page(question, request);
  return toConnection<RequestView, AssignmentRequest>({
    page,
    request,
    order: 'NEWEST',
    node: toRequest,
    count: () => ports.requests.count(question),
  });
}

async function byNumber(number: string, { ports, actor }: RequestContext): Promise<AssignmentRequest | null> {
  const digits = /^REQ-(\d{1,18})$/i.exec(number.trim())?.[1];
  if (digits === undefined)
    throw badUserInput(`"${number.slice(0, 40)}" is not the number of a request.`, 'Write it as REQ-1042.');
  const view = await ports.requests.byNumber(BigInt(digits), requestQuestion(actor, null).scope);
  return view === null ? null : toRequest(view);
}

export const nodeResolvers: NodeResolvers = { req: findRequest, itm: findRequestItem, apr: findApproval };
