// Orders: one, many, what they change, their tries, and what they belong to.
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { OrderBy } from '../domain/page.js';
import { instructionsOf } from '../domain/connection-setting.js';
import { openProblem, othersProblem } from '../domain/manual-order.js';
import { retryRoute } from '../domain/order-retry.js';
import { stateProblem } from '../domain/order-review.js';
import { isAllowed, readScope } from '../domain/permission.js';
import { ConnectionProfile } from '../schema/connector.js';
import { EntityProperty } from '../schema/entity-type.js';
import { Identity } from '../schema/identity.js';
import { JobExecution } from '../schema/job-execution.js';
import { type ConnectionValue, PageArgs } from '../schema/page.js';
import { ProvisioningAttempt } from '../schema/provisioning-attempt.js';
import {
  ProvisioningOrder,
  ProvisioningOrderChange,
  ProvisioningOrderConnection,
  ProvisioningOrderFilter,
  ProvisioningOrderOrder,
} from '../schema/provisioning-order.js';
import { Resource } from '../schema/resource.js';
import { ResourceType } from '../schema/resource-type.js';
import { Rule } from '../schema/rule.js';
import {
  defaultOrderOrder,
  type OrderCondition,
  type OrderField,
  type OrderQuestion,
  type OrderView,
} from '../steps/ports/provisioning-order-view.js';
import { entityPropertyOf, findConnectionProfile, findRule, resourceTypeOf } from './configured.js';
import type { RequestContext } from './context.js';
import { badUserInput } from './error.js';
import { filterTree, idComparison, requiredLocalId } from './filter.js';
import { findIdentity } from './identity-loader.js';
import { findJobExecution } from './job-execution-loader.js';
import type { NodeResolvers } from './node-resolver.js';
import { orderName, pageRequest, toConnection } from './page.js';
import {
  attemptsByOrderId,
  findOrder,
  goingChanges,
  isOwnOrder,
  orderChanges,
  orderQuestion,
  orderViewOf,
  presentOrderById,
  resourceOfOrder,
  toAttempt,
  toOrder,
} from './provisioning-order-loader.js';

@Resolver(() => ProvisioningOrder)
export class ProvisioningOrderResolver {
  @Query(() => ProvisioningOrder, {
    nullable: true,
    description: 'One order, by id or by number; null when there is none that the viewer may see.',
  })
  provisioningOrder(
    @Ctx() context: RequestContext,
    @Arg('id', () => ID, { nullable: true, description: 'Global id.' }) id?: string | null,
    @Arg('number', () => String, { nullable: true, description: 'Human number, e.g. ORD-88.' }) number?: string | null,
  ): Promise<ProvisioningOrder | null> {
    if ((typeof id === 'string') === (typeof number === 'string')) throw badUserInput('Give either id or number.');
    return typeof id === 'string'
      ? findOrder(requiredLocalId('ProvisioningOrder', id), context)
      : byNumber(number ?? '', context);
  }

  @Query(() => ProvisioningOrderConnection, {
    description: 'Orders the viewer may see, newest first unless another order is given.',
  })
  provisioningOrders(
    @Ctx() context: RequestContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ProvisioningOrderFilter, { nullable: true, description: 'Which ones.' })
    filter?: ProvisioningOrderFilter | null,
    @Arg('orderBy', () => [ProvisioningOrderOrder], { nullable: true, description: 'By default CREATED_AT, DESC.' })
    orderBy?: readonly ProvisioningOrderOrder[] | null,
  ): Promise<ConnectionValue<ProvisioningOrder>> {
    return orderPage(context, page, orderFilter(filter), orderBy?.length ? orderBy : defaultOrderOrder);
  }

  @FieldResolver(() => ResourceType, { description: 'Kind of resource it changes.' })
  async resourceType(@Root() order: ProvisioningOrder, @Ctx() { ports }: RequestContext): Promise<ResourceType> {
    return resourceTypeOf(await ports.models.current(), orderViewOf(order).resourceType);
  }

  @FieldResolver(() => ConnectionProfile, { nullable: true, description: 'The way it is carried out.' })
  async connection(
    @Root() order: ProvisioningOrder,
    @Ctx() { ports }: RequestContext,
  ): Promise<ConnectionProfile | null> {
    return findConnectionProfile(await ports.models.current(), orderViewOf(order).connection);
  }

  @FieldResolver(() => Identity, { nullable: true, description: 'Whose resource it changes.' })
  owner(@Root() order: ProvisioningOrder, @Ctx() context: RequestContext): Promise<Identity | null> {
    return findIdentity(orderViewOf(order).identityId, context);
  }

  @FieldResolver(() => Resource, {
    nullable: true,
    description: 'The resource it changes; null before it is there and after it is gone.',
  })
  resource(@Root() order: ProvisioningOrder, @Ctx() context: RequestContext): Promise<Resource | null> {
    return resourceOfOrder(orderViewOf(order), context);
  }

  @FieldResolver(() => [ProvisioningOrderChange], {
    description: 'The values and links it changes; of a deletion also those that are known and go with the resource.',
  })
  async changes(
    @Root() order: ProvisioningOrder,
    @Ctx() context: RequestContext,
  ): Promise<readonly ProvisioningOrderChange[]> {
    const view = orderViewOf(order);
    const told = orderChanges(view, await context.ports.models.current());
    if (view.kind !== 'DELETE') return told;
    return [...told, ...(await goingChanges(view, await resourceOfOrder(view, context), context))];
  }

  @FieldResolver(() => [ProvisioningAttempt], { description: 'Its tries, oldest first.' })
  async attempts(
    @Root() order: ProvisioningOrder,
    @Ctx() { loaders }: RequestContext,
  ): Promise<readonly ProvisioningAttempt[]> {
    return ((await loaders.load(attemptsByOrderId, orderViewOf(order).id)) ?? []).map(toAttempt);
  }

  @FieldResolver(() => JobExecution, {
    nullable: true,
    description: 'The execution that made it; null when a request did, or when the viewer may not see executions.',
  })
  jobExecution(@Root() order: ProvisioningOrder, @Ctx() context: RequestContext): Promise<JobExecution | null> {
    return findJobExecution(orderViewOf(order).executionId, context);
  }

  @FieldResolver(() => Identity, {
    nullable: true,
    description: 'Who took it to carry it out by hand; null: nobody, or it is not manual.',
  })
  assignee(@Root() order: ProvisioningOrder, @Ctx() context: RequestContext): Promise<Identity | null> {
    return findIdentity(orderViewOf(order).assigneeId, context);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      'What people were told to do when the order was handed to them; before that, the text with its placeholders. Null: nothing in particular, or it is not manual.',
  })
  async instructions(@Root() order: ProvisioningOrder, @Ctx() { ports }: RequestContext): Promise<string | null> {
    const { mode, connection, instructions } = orderViewOf(order);
    if (mode !== 'MANUAL') return null;
    return instructions ?? instructionsOf((await ports.models.current()).configuration, connection);
  }

  @FieldResolver(() => Boolean, { description: 'The viewer may approve, decline or postpone it now.' })
  async viewerCanReview(@Root() order: ProvisioningOrder, @Ctx() { actor, loaders }: RequestContext): Promise<boolean> {
    const { id, state } = orderViewOf(order);
    if (state !== 'AWAITING_APPROVAL' || !isAllowed(actor, 'provisioning.review')) return false;
    const present = await loaders.load(presentOrderById, id);
    return present !== null && stateProblem(present) === null && (await loaders.load(isOwnOrder, id)) === false;
  }

  @FieldResolver(() => Boolean, { description: 'The viewer may have it tried again now.' })
  async viewerCanRetry(
    @Root() order: ProvisioningOrder,
    @Ctx() { actor, loaders, ports }: RequestContext,
  ): Promise<boolean> {
    const { id, state } = orderViewOf(order);
    if (state !== 'ERRORED' || !isAllowed(actor, 'order.retry')) return false;
    const present = await loaders.load(presentOrderById, id);
    return present !== null && retryRoute(present, false, await ports.models.current()).ok;
  }

  @FieldResolver(() => Boolean, {
    description: 'The viewer may say now that it was done by hand, or could not be: somebody else has not taken it.',
  })
  viewerCanComplete(@Root() order: ProvisioningOrder, @Ctx() { actor }: RequestContext): boolean {
    const view = orderViewOf(order);
    const problem =
      openProblem(view) ?? othersProblem({ ...view, assignee: view.assigneeId, assigneeName: null }, actor);
    return problem === null && isAllowed(actor, 'manual.complete');
  }
}

@Resolver(() => ProvisioningOrderChange)
export class ProvisioningOrderChangeResolver {
  @FieldResolver(() => EntityProperty, { description: 'What is changed.' })
  async property(@Root() change: ProvisioningOrderChange, @Ctx() { ports }: RequestContext): Promise<EntityProperty> {
    return entityPropertyOf(await ports.models.current(), change.entityType, change.propertyIdentifier);
  }

  @FieldResolver(() => Rule, { nullable: true, description: 'The rule that gives or took the value.' })
  async rule(@Root() change: ProvisioningOrderChange, @Ctx() { ports }: RequestContext): Promise<Rule | null> {
    return change.ruleIdentifier === null ? null : findRule(await ports.models.current(), change.ruleIdentifier);
  }
}

/** Also for the stream of orders. */
export const orderFilter = (filter: ProvisioningOrderFilter | null | undefined): OrderCondition | null =>
  filterTree<ProvisioningOrderFilter, OrderCondition>(filter, (level) => ({
    state: level.state ?? null,
    mode: level.mode ?? null,
    kind: level.kind ?? null,
    resourceType: idComparison('ResourceType', level.resourceTypeId),
    connector: idComparison('Connector', level.connectorId),
    identityId: idComparison('Identity', level.identityId),
    property: idComparison('EntityProperty', level.propertyId),
    errorFingerprint: level.errorFingerprint ?? null,
    executionId: idComparison('JobExecution', level.jobExecutionId),
    assigneeId: idComparison('Identity', level.assigneeId),
    isPostponed: level.isPostponed ?? null,
    createdAt: level.createdAt ?? null,
  }));

/** A page of orders; also what lists of other nouns that end in orders (an assignment's) are made of. */
export async function orderPage(
  { ports, actor }: RequestContext,
  args: PageArgs,
  filter: OrderCondition | null,
  order: readonly OrderBy<OrderField>[] = defaultOrderOrder,
): Promise<ConnectionValue<ProvisioningOrder>> {
  const question = orderQuestion(actor, filter);
  const name = orderName(order);
  const request = pageRequest(args, name);
  const page = await ports.orders.page(question, order, request);
  return toConnection<OrderView, ProvisioningOrder, OrderQuestion>({
    page,
    request,
    order: name,
    node: toOrder,
    count: () => ports.orders.count(question),
    question,
  });
}

async function byNumber(number: string, { ports, actor }: RequestContext): Promise<ProvisioningOrder | null> {
  const digits = /^ORD-(\d{1,18})$/i.exec(number.trim())?.[1];
  if (digits === undefined)
    throw badUserInput(`"${number.slice(0, 40)}" is not the number of an order.`, 'Write it as ORD-88.');
  const view = await ports.orders.byNumber(BigInt(digits), readScope(actor, 'order.read'));
  return view === null ? null : toOrder(view);
}

export const nodeResolvers: NodeResolvers = { ord: findOrder };
