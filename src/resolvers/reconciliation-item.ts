// What was found without a reason: lists, groups, what an item leads to, and deciding. Deciding calls one step.
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { personBehind } from '../domain/actor.js';
import { isSecretItem } from '../domain/reconciliation.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import { isDecidable } from '../domain/reconciliation-decision.js';
import { rowIdOf, toGlobalId } from '../domain/global-id.js';
import { isAllowed } from '../domain/permission.js';
import { dayOfPeople } from '../domain/person.js';
import { Assignment } from '../schema/assignment.js';
import { EntityProperty } from '../schema/entity-type.js';
import { Identity } from '../schema/identity.js';
import { type ConnectionValue, PageArgs } from '../schema/page.js';
import {
  ReconciliationGroupDecideInput,
  ReconciliationGroupDecidePayload,
  ReconciliationItemsDecideInput,
  ReconciliationItemsDecidePayload,
} from '../schema/reconciliation-input.js';
import {
  ReconciliationGroup,
  ReconciliationItem,
  ReconciliationItemConnection,
  ReconciliationItemFilter,
} from '../schema/reconciliation-item.js';
import { Resource } from '../schema/resource.js';
import { toUserErrors } from '../schema/user-error.js';
import { decideGroup, decideItems, type ItemInput } from '../steps/decide-reconciliation.js';
import type { ItemFilter, ItemQuestion, ItemView } from '../steps/ports/reconciliation-item.js';
import { findAssignment, findRoleAssignment } from './assignment-loader.js';
import { entityPropertyOf } from './configured.js';
import type { RequestContext } from './context.js';
import { idComparison } from './filter.js';
import { findIdentity } from './identity-loader.js';
import type { Batch } from './loader.js';
import type { NodeResolvers } from './node-resolver.js';
import { pageRequest, toConnection } from './page.js';
import { findResource } from './resource.js';

/** By the key of one of them: the viewer is asked about once for a whole list. */
const identitiesOfHuman: Batch<string, readonly string[]> = async (keys, { ports }) =>
  new Map(await Promise.all(keys.map(async (key) => [key, await ports.reconciliation.sameHuman(key)] as const)));

@Resolver(() => ReconciliationItem)
export class ReconciliationItemResolver {
  @Query(() => ReconciliationItemConnection, {
    description:
      'What was found without a reason and waits for a decision, by group; what was put off is left out until its day.',
  })
  async reconciliationItems(
    @Ctx() context: RequestContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ReconciliationItemFilter, { nullable: true, description: 'Which ones.' })
    filter?: ReconciliationItemFilter | null,
  ): Promise<ConnectionValue<ReconciliationItem>> {
    const question = await itemQuestion(context, filter ?? null);
    const request = pageRequest(page, 'GROUP');
    const model = await context.ports.models.current();
    return toConnection<ItemView, ReconciliationItem, ItemQuestion>({
      page: await context.ports.reconciliationItems.page(question, request),
      request,
      order: 'GROUP',
      node: (view) => toItem(view, model),
      count: () => context.ports.reconciliationItems.count(question),
      question,
    });
  }

  @FieldResolver(() => Identity, {
    nullable: true,
    description: 'Whose it is, or would be; null: nobody is the owner for sure, or they may not be seen.',
  })
  identity(@Root() item: ReconciliationItem, @Ctx() context: RequestContext): Promise<Identity | null> {
    return findIdentity(item.identityId, context);
  }

  @FieldResolver(() => Resource, { nullable: true, description: 'The account it is about, or that shows the role.' })
  resource(@Root() item: ReconciliationItem, @Ctx() context: RequestContext): Promise<Resource | null> {
    return findResource(item.resourceId, context);
  }

  @FieldResolver(() => Assignment, { nullable: true, description: 'The role, or the account, as its owner has it.' })
  async assignment(
    @Root() { roleIdentifier, identityId, assignmentId }: ReconciliationItem,
    @Ctx() context: RequestContext,
  ): Promise<Assignment | null> {
    if (roleIdentifier !== null && identityId !== null) return findRoleAssignment(identityId, roleIdentifier, context);
    return assignmentId === null ? null : findAssignment(assignmentId, context);
  }

  @FieldResolver(() => EntityProperty, { nullable: true, description: 'The property, for a value or a link.' })
  async property(
    @Root() { resourceType, propertyIdentifier }: ReconciliationItem,
    @Ctx() { ports }: RequestContext,
  ): Promise<EntityProperty | null> {
    const model = await ports.models.current();
    const type = model.resourceTypes.get(resourceType ?? '')?.targetEntityType;
    return type === undefined || propertyIdentifier === null
      ? null
      : entityPropertyOf(model, type.identifier, propertyIdentifier);
  }

  @FieldResolver(() => Boolean, { description: 'The viewer may decide it now. Nobody decides about themselves.' })
  async viewerCanDecide(@Root() item: ReconciliationItem, @Ctx() context: RequestContext): Promise<boolean> {
    const { actor, loaders, ports } = context;
    if (item.decision !== null || !isAllowed(actor, 'reconciliation.decide')) return false;
    const person = personBehind(actor, (await ports.models.current()).configuration);
    const own = person === null ? [] : ((await loaders.load(identitiesOfHuman, person)) ?? []);
    return isDecidable({ isOpen: true, identityId: item.identityId }, own);
  }

  @Mutation(() => ReconciliationItemsDecidePayload, {
    description: 'Decides what was found without a reason. All decisions are done together, or none.',
  })
  async reconciliationItemsDecide(
    @Arg('input', () => ReconciliationItemsDecideInput, { description: 'The decisions.' })
    input: ReconciliationItemsDecideInput,
    @Ctx() context: RequestContext,
  ): Promise<ReconciliationItemsDecidePayload> {
    const items = input.items.map(
      ({ reconciliationItemId, decision, comment, ownerId, until }): ItemInput => ({
        itemId: rowIdOf('ReconciliationItem', reconciliationItemId),
        decision,
        comment: comment ?? null,
        ownerId: typeof ownerId === 'string' ? (rowIdOf('Identity', ownerId) ?? undefined) : null,
        until: until ?? null,
      }),
    );
    const decided = await decideItems(portsOf(context), context.actor, items);
    const shown = decided.ok ? await Promise.all(decided.value.map((id) => findItem(id, context))) : [];
    return Object.assign(new ReconciliationItemsDecidePayload(), {
      reconciliationItems: shown.flatMap((item) => item ?? []),
      userErrors: decided.ok ? [] : toUserErrors(decided.refusals),
    });
  }

  @Mutation(() => ReconciliationGroupDecidePayload, {
    description: 'Decides all open items of a group at once, as long as it is as large as it was seen.',
  })
  async reconciliationGroupDecide(
    @Arg('input', () => ReconciliationGroupDecideInput, { description: 'Which group, and what becomes of it.' })
    { groupKey, expectedCount, decision, comment, until }: ReconciliationGroupDecideInput,
    @Ctx() context: RequestContext,
  ): Promise<ReconciliationGroupDecidePayload> {
    const input = { groupKey, expectedCount, decision, comment: comment ?? null, until: until ?? null, ownerId: null };
    const decided = await decideGroup(portsOf(context), context.actor, input);
    return Object.assign(new ReconciliationGroupDecidePayload(), {
      decidedCount: decided.ok ? decided.value.length : 0,
      userErrors: decided.ok ? [] : toUserErrors(decided.refusals),
    });
  }
}

@Resolver(() => ReconciliationItemConnection)
export class ReconciliationGroupResolver {
  @FieldResolver(() => [ReconciliationGroup], {
    description: 'The groups of the whole list with their sizes, largest first. Counted only when selected.',
  })
  async groups(
    @Root() { question }: ConnectionValue<object, ItemQuestion>,
    @Ctx() { ports }: RequestContext,
  ): Promise<readonly ReconciliationGroup[]> {
    const groups = await ports.reconciliationItems.groups(question);
    return groups.map((group) => Object.assign(new ReconciliationGroup(), group));
  }
}

const portsOf = ({ ports }: RequestContext) => ({
  environment: ports.environment,
  models: ports.models,
  reconciliation: ports.reconciliation,
});

async function itemQuestion(
  { ports, actor }: RequestContext,
  filter: ReconciliationItemFilter | null,
): Promise<ItemQuestion> {
  const { identityType } = await ports.models.current();
  const { environment } = ports;
  return {
    filter: itemFilter(filter),
    day: dayOfPeople(environment.now(), identityType, environment.timeZone),
    canRead: isAllowed(actor, 'reconciliation.read'),
  };
}

const conditionOf = (filter: ReconciliationItemFilter): ItemFilter => ({
  kind: filter.kind ?? null,
  identityId: idComparison('Identity', filter.identityId),
  resourceTypeId: idComparison('ResourceType', filter.resourceTypeId),
  groupKey: filter.groupKey ?? null,
  minConfidencePercent: filter.minConfidencePercent ?? null,
});

export const itemFilter = (filter: ReconciliationItemFilter | null): ItemFilter | null =>
  filter === null ? null : conditionOf(filter);

const itemById: Batch<string, ItemView> = (ids, { ports, actor }) =>
  ports.reconciliationItems.byIds(ids, isAllowed(actor, 'reconciliation.read'));

async function findItem(id: string, context: RequestContext): Promise<ReconciliationItem | null> {
  const view = await context.loaders.load(itemById, id);
  return view === null ? null : toItem(view, await context.ports.models.current());
}

function toItem(view: ItemView, model: Pick<CompiledModel, 'resourceTypes'>): ReconciliationItem {
  const isHidden = isSecretItem(model, view);
  return Object.assign(new ReconciliationItem(), {
    id: toGlobalId('ReconciliationItem', view.id),
    kind: view.kind,
    currentValue: isHidden ? null : view.currentValue,
    expectedValue: isHidden ? null : view.expectedValue,
    foundAt: view.foundAt,
    suggestion: view.suggestion,
    confidencePercent: view.confidencePercent,
    groupKey: view.groupKey,
    isPreExisting: view.isPreExisting,
    postponedUntil: view.postponedUntil,
    decision: view.decidedDecision,
    identityId: view.identityId,
    resourceId: view.resourceId,
    assignmentId: view.assignmentId,
    roleIdentifier: view.role,
    resourceType: view.resourceType,
    propertyIdentifier: view.property,
  });
}

export const nodeResolvers: NodeResolvers = { rec: findItem };
