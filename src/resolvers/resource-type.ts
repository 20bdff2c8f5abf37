// Resource types, their rules, and what leads to them from rows of managed systems.
import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { isAllowed } from '../domain/permission.js';
import { ConnectionProfile } from '../schema/connector.js';
import { EntityType } from '../schema/entity-type.js';
import { type ConnectionValue, PageArgs } from '../schema/page.js';
import { Resource } from '../schema/resource.js';
import { ResourceType } from '../schema/resource-type.js';
import { Rule, RuleConnection, RuleFilter } from '../schema/rule.js';
import { entityTypeOf, findConnectionProfile, findResourceType, resourceType, resourceTypeOf } from './configured.js';
import type { RequestContext } from './context.js';
import type { NodeResolvers } from './node-resolver.js';
import { rulePage } from './rule.js';

@Resolver(() => ResourceType)
export class ResourceTypeResolver {
  @Query(() => [ResourceType], { description: 'All of them, in the order of the configuration.' })
  async resourceTypes(@Ctx() { ports }: RequestContext): Promise<readonly ResourceType[]> {
    return (await ports.models.current()).configuration.resourceTypes.map(resourceType);
  }

  @FieldResolver(() => EntityType, { description: 'Who may own one.' })
  async sourceEntityType(@Root() { source }: ResourceType, @Ctx() { ports }: RequestContext): Promise<EntityType> {
    return entityTypeOf(await ports.models.current(), source);
  }

  @FieldResolver(() => EntityType, { description: 'What is owned.' })
  async targetEntityType(@Root() { target }: ResourceType, @Ctx() { ports }: RequestContext): Promise<EntityType> {
    return entityTypeOf(await ports.models.current(), target);
  }

  @FieldResolver(() => ConnectionProfile, {
    nullable: true,
    description: 'Connection that carries orders out; null when the viewer may not see connectors.',
  })
  async provisioningConnection(
    @Root() { connection }: ResourceType,
    @Ctx() { actor, ports }: RequestContext,
  ): Promise<ConnectionProfile | null> {
    return isAllowed(actor, 'connector.read') ? findConnectionProfile(await ports.models.current(), connection) : null;
  }

  @FieldResolver(() => RuleConnection, { description: 'Rules that compute it, by identifier.' })
  async rules(
    @Root() { identifier }: ResourceType,
    @Ctx() { ports }: RequestContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => RuleFilter, { nullable: true, description: 'Which ones.' }) filter?: RuleFilter | null,
  ): Promise<ConnectionValue<Rule>> {
    return rulePage(await ports.models.current(), page, filter ?? null, (rule) => rule.resourceType === identifier);
  }
}

@Resolver(() => Resource)
export class ResourceResourceTypeResolver {
  @FieldResolver(() => ResourceType, {
    nullable: true,
    description: 'What kind of account it is; null when no assignment says so.',
  })
  async resourceType(@Root() resource: Resource, @Ctx() { ports }: RequestContext): Promise<ResourceType | null> {
    return resource.resourceType === null ? null : resourceTypeOf(await ports.models.current(), resource.resourceType);
  }
}

export const nodeResolvers: NodeResolvers = {
  rty: async (local, { ports }) => findResourceType(await ports.models.current(), local),
};
