// Rows of managed systems: one, many, their properties, and whose they are.
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { toGlobalId } from '../domain/global-id.js';
import { readScope } from '../domain/permission.js';
import { Identity } from '../schema/identity.js';
import { type ConnectionValue, PageArgs } from '../schema/page.js';
import { Resource, ResourceConnection, ResourceFilter, ResourceProperty } from '../schema/resource.js';
import type { ResourceCondition, ResourcePropertyView, ResourceView } from '../steps/ports/resource.js';
import type { RequestContext } from './context.js';
import { filterTree, idComparison, requiredLocalId } from './filter.js';
import { findIdentity } from './identity-loader.js';
import type { Batch } from './loader.js';
import type { NodeResolvers } from './node-resolver.js';
import { pageRequest, toConnection } from './page.js';

export const resourceById: Batch<string, ResourceView> = (ids, { ports, actor }) =>
  ports.resources.byIds(ids, readScope(actor, 'resource.read'));

export const propertiesById: Batch<string, readonly ResourcePropertyView[]> = (ids, { ports, actor }) =>
  ports.resources.properties(ids, readScope(actor, 'resource.read'));

@Resolver(() => Resource)
export class ResourceResolver {
  @Query(() => Resource, {
    nullable: true,
    description: 'One resource; null when there is none that the viewer may see.',
  })
  resource(
    @Arg('id', () => ID, { description: 'Global id.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<Resource | null> {
    return findResource(requiredLocalId('Resource', id), context);
  }

  @Query(() => ResourceConnection, { description: 'Resources the viewer may see, in order of their ids.' })
  resources(
    @Ctx() context: RequestContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ResourceFilter, { nullable: true, description: 'Which ones.' }) filter?: ResourceFilter | null,
  ): Promise<ConnectionValue<Resource>> {
    return resourcePage(context, page, filterTree(filter, conditionOf));
  }

  @FieldResolver(() => Identity, { nullable: true, description: 'Whose it is.' })
  owner(@Root() resource: Resource, @Ctx() context: RequestContext): Promise<Identity | null> {
    return findIdentity(resource.ownerId, context);
  }

  @FieldResolver(() => [ResourceProperty], {
    description: 'What is in it and what should be, in the order of the configuration.',
  })
  async properties(
    @Root() resource: Resource,
    @Ctx() context: RequestContext,
    @Arg('identifiers', () => [String], { nullable: true, description: 'Only these.' }) identifiers?:
      | readonly string[]
      | null,
  ): Promise<readonly ResourceProperty[]> {
    const views = (await context.loaders.load(propertiesById, resource.resourceId)) ?? [];
    const wanted = identifiers ? views.filter(({ property }) => identifiers.includes(property)) : views;
    return wanted.map((view) => Object.assign(new ResourceProperty(), view));
  }
}

/** What a person owns: the field of Identity that leads here. */
@Resolver(() => Identity)
export class IdentityResourceResolver {
  @FieldResolver(() => ResourceConnection, { description: 'Accounts and other resources owned in managed systems.' })
  ownedResources(
    @Root() identity: Identity,
    @Ctx() context: RequestContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ResourceFilter, { nullable: true, description: 'Which ones.' }) filter?: ResourceFilter | null,
  ): Promise<ConnectionValue<Resource>> {
    const owned: ResourceCondition = { ownerId: { eq: identity.identityId } };
    const asked = filterTree(filter, conditionOf);
    return resourcePage(context, page, asked === null ? owned : { and: [owned, asked] });
  }
}

/** By row id; null when there is none that the viewer may see. */
export async function findResource(id: string | null, context: RequestContext): Promise<Resource | null> {
  const view = id === null ? null : await context.loaders.load(resourceById, id);
  return view === null ? null : toResource(view);
}

async function resourcePage(
  { ports, actor }: RequestContext,
  args: PageArgs,
  filter: ResourceCondition | null,
): Promise<ConnectionValue<Resource>> {
  const scope = readScope(actor, 'resource.read');
  const request = pageRequest(args, 'ID');
  const page = await ports.resources.page(filter, scope, request);
  return toConnection<ResourceView, Resource>({
    page,
    request,
    order: 'ID',
    node: toResource,
    count: () => ports.resources.count(filter, scope),
  });
}

const conditionOf = (filter: ResourceFilter): ResourceCondition => ({
  text: filter.text ?? null,
  entityType: idComparison('EntityType', filter.entityTypeId),
  resourceType: idComparison('ResourceType', filter.resourceTypeId),
  ownerId: idComparison('Identity', filter.ownerId),
  isOrphan: filter.isOrphan ?? null,
  isUnused: filter.isUnused ?? null,
  lastSynchronizedAt: filter.lastSynchronizedAt ?? null,
});

const toResource = (view: ResourceView): Resource =>
  Object.assign(new Resource(), {
    ...view,
    id: toGlobalId('Resource', view.id),
    resourceId: view.id,
    externalId: view.key,
  });

export const nodeResolvers: NodeResolvers = { res: findResource };
