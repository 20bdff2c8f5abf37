// Assignments: lists, whose they are, what they are about, why they exist, and what the viewer may do about them.
import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import {
  Assignment,
  AssignmentConnection,
  AssignmentFilter,
  AssignmentOrder,
  ResourceTypeAssignment,
  RoleAssignment,
  ValueAssignment,
} from '../schema/assignment.js';
import { AccessExplanation } from '../schema/explanation.js';
import { Identity } from '../schema/identity.js';
import { type ConnectionValue, PageArgs } from '../schema/page.js';
import { type ProvisioningOrder, ProvisioningOrderConnection } from '../schema/provisioning-order.js';
import { AssignmentRequest, AssignmentRequestItem } from '../schema/request.js';
import { Resource } from '../schema/resource.js';
import { ResourceType } from '../schema/resource-type.js';
import { Role } from '../schema/role.js';
import type {
  AssignmentFilter as AssignmentCondition,
  AssignmentQuestion,
  AssignmentView,
} from '../steps/ports/assignment.js';
import type { OrderCondition } from '../steps/ports/provisioning-order-view.js';
import { assignmentQuestion, findAssignment, findRoleAssignment, toAssignment } from './assignment-loader.js';
import { resourceTypeOf, roleOf } from './configured.js';
import type { RequestContext } from './context.js';
import { explanationOf } from './explanation.js';
import { filterTree, idComparison } from './filter.js';
import { findIdentity } from './identity-loader.js';
import type { NodeResolvers } from './node-resolver.js';
import { orderName, pageRequest, toConnection } from './page.js';
import { orderPage } from './provisioning-order.js';
import { findRequestOfItem, viewOf } from './request-loader.js';
import { isRemovable } from './removal.js';
import { itemsToDecide } from './request-waiting.js';
import { findResource } from './resource.js';

@Resolver(() => Assignment)
export class AssignmentResolver {
  @Query(() => AssignmentConnection, {
    description: 'Assignments the viewer may see; without an order: by identity, roles before accounts.',
  })
  assignments(
    @Ctx() context: RequestContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => AssignmentFilter, { nullable: true, description: 'Which ones.' })
    filter?: AssignmentFilter | null,
    @Arg('orderBy', () => [AssignmentOrder], { nullable: true, description: 'By what, most important first.' })
    orderBy?: readonly AssignmentOrder[] | null,
  ): Promise<ConnectionValue<Assignment>> {
    return assignmentPage(context, page, assignmentFilter(filter), orderBy ?? []);
  }

  @FieldResolver(() => Identity, { description: 'Whose it is.' })
  identity(@Root() assignment: Assignment, @Ctx() context: RequestContext): Promise<Identity | null> {
    return findIdentity(assignment.identityId, context);
  }

  @FieldResolver(() => AccessExplanation, { description: 'Why the identity has it (or is due to).' })
  explanation(@Root() assignment: Assignment, @Ctx() context: RequestContext): Promise<AccessExplanation> {
    return explanationOf(assignment, context);
  }

  @FieldResolver(() => AssignmentRequest, {
    nullable: true,
    description: 'The request behind it, when the viewer may see it.',
  })
  request(@Root() assignment: Assignment, @Ctx() context: RequestContext): Promise<AssignmentRequest | null> {
    return findRequestOfItem(itemOf(assignment), context);
  }

  @FieldResolver(() => ProvisioningOrderConnection, {
    description: 'Orders that carried it out or are to; newest first.',
  })
  orders(
    @Root() assignment: Assignment,
    @Ctx() context: RequestContext,
    @Args(() => PageArgs) page: PageArgs,
  ): Promise<ConnectionValue<ProvisioningOrder>> {
    return orderPage(context, page, ordersOf(assignment));
  }

  @FieldResolver(() => Boolean, { description: 'The viewer may ask for its removal now.' })
  async viewerCanRevoke(@Root() assignment: Assignment, @Ctx() context: RequestContext): Promise<boolean> {
    // Accounts and values go with the roles that give them; there is no request for them.
    if (!(assignment instanceof RoleAssignment)) return false;
    const key = `${assignment.identityId}:${assignment.roleIdentifier}`;
    return (await context.loaders.load(isRemovable, key)) === true;
  }

  @FieldResolver(() => Boolean, { description: 'A decision about it waits for the viewer, who may make it now.' })
  async viewerCanReview(@Root() assignment: Assignment, @Ctx() context: RequestContext): Promise<boolean> {
    const itemId = itemOf(assignment);
    const request = await findRequestOfItem(itemId, context);
    return request !== null && (await itemsToDecide(viewOf(request), context)).includes(itemId ?? '');
  }
}

const itemOf = (assignment: Assignment): string | null =>
  assignment instanceof RoleAssignment ? assignment.requestItemId : null;

function ordersOf(assignment: Assignment): OrderCondition {
  if (!(assignment instanceof RoleAssignment)) return { assignmentId: assignment.assignmentId };
  return { identityId: { eq: assignment.identityId }, role: assignment.roleIdentifier };
}

@Resolver(() => AssignmentRequestItem)
export class RequestItemAssignmentResolver {
  @FieldResolver(() => Assignment, {
    nullable: true,
    description: 'The role as the beneficiary has it now; null when they have nothing of it, or it may not be seen.',
  })
  assignment(
    @Root() { beneficiaryId, roleIdentifier }: AssignmentRequestItem,
    @Ctx() context: RequestContext,
  ): Promise<Assignment | null> {
    return findRoleAssignment(beneficiaryId, roleIdentifier, context);
  }
}

@Resolver(() => RoleAssignment)
export class RoleAssignmentResolver {
  @FieldResolver(() => Role, { description: 'Which role.' })
  async role(@Root() { roleIdentifier }: RoleAssignment, @Ctx() { ports }: RequestContext): Promise<Role> {
    return roleOf(await ports.models.current(), roleIdentifier);
  }
}

@Resolver(() => ResourceTypeAssignment)
export class ResourceTypeAssignmentResolver {
  @FieldResolver(() => ResourceType, { description: 'What kind of account.' })
  async resourceType(
    @Root() { resourceTypeIdentifier }: ResourceTypeAssignment,
    @Ctx() { ports }: RequestContext,
  ): Promise<ResourceType> {
    return resourceTypeOf(await ports.models.current(), resourceTypeIdentifier);
  }

  @FieldResolver(() => Resource, {
    nullable: true,
    description: 'The account itself; null while it does not exist, or may not be seen.',
  })
  resource(@Root() { resourceId }: ResourceTypeAssignment, @Ctx() context: RequestContext): Promise<Resource | null> {
    return findResource(resourceId, context);
  }

  @FieldResolver(() => [ValueAssignment], { description: 'What it should contain, and what is being taken away.' })
  values(@Root() { valueAssignments }: ResourceTypeAssignment): readonly ValueAssignment[] {
    return valueAssignments;
  }
}

/** What a person has: the field of Identity that leads here. */
@Resolver(() => Identity)
export class IdentityAssignmentResolver {
  @FieldResolver(() => AssignmentConnection, {
    description: 'View Permissions: every entitlement, whatever its state, pending ones included.',
  })
  assignments(
    @Root() identity: Identity,
    @Ctx() context: RequestContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => AssignmentFilter, { nullable: true, description: 'Which ones.' })
    filter?: AssignmentFilter | null,
    @Arg('orderBy', () => [AssignmentOrder], { nullable: true, description: 'By what, most important first.' })
    orderBy?: readonly AssignmentOrder[] | null,
  ): Promise<ConnectionValue<Assignment>> {
    const own: AssignmentCondition = { identityId: { eq: identity.identityId } };
    const asked = assignmentFilter(filter);
    return assignmentPage(context, page, asked === null ? own : { and: [own, asked] }, orderBy ?? []);
  }
}

/** Also for the stream of assignments. */
export const assignmentFilter = (filter: AssignmentFilter | null | undefined): AssignmentCondition | null =>
  filterTree<AssignmentFilter, AssignmentCondition>(filter, (level) => ({
    identityId: idComparison('Identity', level.identityId),
    roleId: idComparison('SingleRole', level.roleId),
    resourceTypeId: idComparison('ResourceType', level.resourceTypeId),
    workflowState: level.workflowState,
    provisioningState: level.provisioningState,
    isAutomatic: level.isAutomatic,
    endDate: level.endDate,
    updatedAt: level.updatedAt,
  }));

async function assignmentPage(
  { ports, actor }: RequestContext,
  args: PageArgs,
  filter: AssignmentCondition | null,
  order: readonly AssignmentOrder[],
): Promise<ConnectionValue<Assignment>> {
  const question = assignmentQuestion(actor, filter);
  const name = orderName(order);
  const request = pageRequest(args, name);
  const model = await ports.models.current();
  const page = await ports.assignments.page(question, order, request);
  return toConnection<AssignmentView, Assignment, AssignmentQuestion>({
    page,
    request,
    order: name,
    node: (view) => toAssignment(model, view),
    count: () => ports.assignments.count(question),
    question,
  });
}

/** A value is found in its account. */
async function findValue(local: string, context: RequestContext): Promise<ValueAssignment | null> {
  const account = await findAssignment(local.slice(0, local.indexOf(':')), context);
  if (!(account instanceof ResourceTypeAssignment)) return null;
  return account.valueAssignments.find(({ id }) => id.endsWith(local.slice(local.indexOf(':')))) ?? null;
}

export const nodeResolvers: NodeResolvers = { asg: findAssignment, acc: findAssignment, val: findValue };
