// Roles: the catalogue people search, what holding a role changes, and who holds it.
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { effectsOfRole, matchesRole, type RoleCondition } from '../domain/role-catalog.js';
import type { RoleDefinition } from '../domain/configuration.js';
import { isAllowed, readScope } from '../domain/permission.js';
import { EntityProperty } from '../schema/entity-type.js';
import { Identity, IdentityConnection } from '../schema/identity.js';
import { type ConnectionValue, PageArgs } from '../schema/page.js';
import { Category, Policy } from '../schema/policy.js';
import { Resource } from '../schema/resource.js';
import { ResourceType } from '../schema/resource-type.js';
import { CompositeRole, Role, RoleConnection, RoleEffect, RoleFilter, SingleRole } from '../schema/role.js';
import { defaultIdentityOrder } from '../steps/ports/identity.js';
import {
  entityPropertyOf,
  findCategory,
  findRole,
  policyOf,
  resourceTypeOf,
  role as toRole,
  roleOf,
} from './configured.js';
import type { RequestContext } from './context.js';
import { badUserInput } from './error.js';
import { filterTree, idComparison, requiredLocalId } from './filter.js';
import { identityPage } from './identity.js';
import { findIdentity, findIdentityByIdentifier } from './identity-loader.js';
import { memoryPage } from './memory-page.js';
import type { NodeResolvers } from './node-resolver.js';
import { findResourceByKey } from './resource-key.js';
import { withinVisible } from './role-holder.js';

@Resolver(() => Role)
export class RoleResolver {
  @Query(() => Role, { nullable: true, description: 'One role, by id or identifier.' })
  async role(
    @Ctx() { ports }: RequestContext,
    @Arg('id', () => ID, { nullable: true, description: 'Global id.' }) id?: string | null,
    @Arg('identifier', () => String, { nullable: true, description: 'Name for machines.' }) identifier?: string | null,
  ): Promise<Role | null> {
    if ((typeof id === 'string') === (typeof identifier === 'string'))
      throw badUserInput('Give either id or identifier.');
    const local = typeof id === 'string' ? requiredLocalId('SingleRole', id) : (identifier ?? '');
    return findRole(await ports.models.current(), local);
  }

  @Query(() => RoleConnection, {
    description: 'The role catalogue, by name; those common among peers first when suggestions are asked for.',
  })
  async roles(
    @Ctx() context: RequestContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => RoleFilter, { nullable: true, description: 'Which ones.' }) filter?: RoleFilter | null,
  ): Promise<ConnectionValue<Role>> {
    const model = await context.ports.models.current();
    const condition = filterTree(filter, conditionOf);
    const rows = [...model.roles.values()].filter((role) => matchesRole(role, condition));
    const node = (role: RoleDefinition): Role => toRole(model, role);
    const suggestedFor = suggestionOf(filter ?? null);
    if (suggestedFor === null) return memoryPage(page, { rows, keys: byName, order: 'NAME', node });
    const held = await heldByPeersOf(suggestedFor, context);
    return memoryPage(page, {
      rows,
      keys: (role) => [-(held.get(role.identifier) ?? 0), ...byName(role)],
      order: 'SUGGESTED',
      node,
    });
  }

  @FieldResolver(() => Category, { nullable: true, description: 'Shelf of the catalogue it stands on.' })
  async category(@Root() { category }: Role, @Ctx() { ports }: RequestContext): Promise<Category | null> {
    return category === null ? null : findCategory(await ports.models.current(), category);
  }

  @FieldResolver(() => Policy, { description: 'Policy it belongs to.' })
  async policy(@Root() { policy }: Role, @Ctx() { ports }: RequestContext): Promise<Policy> {
    return policyOf(await ports.models.current(), policy);
  }

  @FieldResolver(() => Identity, { nullable: true, description: 'Who answers for it.' })
  owner(@Root() { owner }: Role, @Ctx() context: RequestContext): Promise<Identity | null> {
    return findIdentityByIdentifier(owner, context);
  }

  @FieldResolver(() => Boolean, { description: 'The viewer may ask for it, for somebody at least.' })
  viewerCanRequest(@Root() { isRequestable }: Role, @Ctx() { actor }: RequestContext): boolean {
    return isRequestable && actor.kind === 'identity' && readScope(actor, 'request.submit') !== 'none';
  }
}

/** What colleagues hold is told only to who may see the person's access or ask for some; to others nothing is common. */
async function heldByPeersOf(identityId: string, context: RequestContext): Promise<ReadonlyMap<string, number>> {
  const identity = await findIdentity(identityId, context);
  if (identity === null) return new Map();
  const thing = { owners: [identityId], managers: identity.managerId === null ? [] : [identity.managerId] };
  const may = isAllowed(context.actor, 'request.submit', thing) || isAllowed(context.actor, 'assignment.read', thing);
  return may ? context.ports.roles.heldByPeers(identityId) : new Map();
}

const byName = ({ displayName, identifier }: RoleDefinition) => [displayName.toLowerCase(), identifier] as const;

const conditionOf = (filter: RoleFilter): RoleCondition => ({
  text: filter.text ?? null,
  category: idComparison('Category', filter.categoryId),
  isRequestable: filter.isRequestable ?? null,
  isPrivileged: filter.isPrivileged ?? null,
});

/** It is an order rather than a condition, so it can stand only at the top. */
function suggestionOf(filter: RoleFilter | null): string | null {
  if (filter === null) return null;
  const inner = [...(filter.and ?? []), ...(filter.or ?? []), ...(filter.not ? [filter.not] : [])];
  if (inner.some((one) => typeof one.suggestedForIdentityId === 'string' || suggestionOf(one) !== null)) {
    throw badUserInput('suggestedForIdentityId stands inside and, or, or not.', 'Write it at the top of the filter.');
  }
  return typeof filter.suggestedForIdentityId === 'string'
    ? requiredLocalId('Identity', filter.suggestedForIdentityId)
    : null;
}

@Resolver(() => SingleRole)
export class SingleRoleResolver {
  @FieldResolver(() => [RoleEffect], { description: 'What holding it changes in managed systems.' })
  async effects(@Root() { identifier }: SingleRole, @Ctx() { ports }: RequestContext): Promise<readonly RoleEffect[]> {
    return effectsOfRole(await ports.models.current(), identifier).map((effect) =>
      Object.assign(new RoleEffect(), effect),
    );
  }

  @FieldResolver(() => IdentityConnection, {
    description: 'Who holds it now, as far as the viewer may know, by business key.',
  })
  async holders(
    @Root() { identifier }: SingleRole,
    @Ctx() context: RequestContext,
    @Args(() => PageArgs) page: PageArgs,
  ): Promise<ConnectionValue<Identity>> {
    const holds = withinVisible({ role: { eq: identifier } }, await context.ports.models.current(), context);
    return identityPage(context, page, holds, defaultIdentityOrder);
  }
}

@Resolver(() => CompositeRole)
export class CompositeRoleResolver {
  @FieldResolver(() => RoleConnection, { description: 'What it consists of, by name.' })
  async singleRoles(
    @Root() { parts }: CompositeRole,
    @Ctx() { ports }: RequestContext,
    @Args(() => PageArgs) page: PageArgs,
  ): Promise<ConnectionValue<Role>> {
    const model = await ports.models.current();
    const rows = parts.map((part) => roleOf(model, part));
    return memoryPage(page, {
      rows,
      keys: ({ displayName, identifier }) => [displayName.toLowerCase(), identifier],
      order: 'NAME',
      node: (role) => role,
    });
  }
}

@Resolver(() => RoleEffect)
export class RoleEffectResolver {
  @FieldResolver(() => ResourceType, { description: 'Kind of account it is about.' })
  async resourceType(@Root() effect: RoleEffect, @Ctx() { ports }: RequestContext): Promise<ResourceType> {
    return resourceTypeOf(await ports.models.current(), effect.resourceType);
  }

  @FieldResolver(() => EntityProperty, {
    nullable: true,
    description: 'Property that changes; null: the account as a whole.',
  })
  async property(
    @Root() { entityType, property }: RoleEffect,
    @Ctx() { ports }: RequestContext,
  ): Promise<EntityProperty | null> {
    return property === null ? null : entityPropertyOf(await ports.models.current(), entityType, property);
  }

  @FieldResolver(() => Resource, {
    nullable: true,
    description: 'What is linked, e.g. a group, when the viewer may see it.',
  })
  target(@Root() { target }: RoleEffect, @Ctx() context: RequestContext): Promise<Resource | null> {
    return findResourceByKey(target, context);
  }
}

export const nodeResolvers: NodeResolvers = {
  rol: async (local, { ports }) => findRole(await ports.models.current(), local),
};
