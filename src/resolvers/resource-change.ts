// The history of resources: pages, newest first, and the execution behind each change.
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { EntityTypeDefinition } from '../domain/configuration.js';
import { toGlobalId } from '../domain/global-id.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import { ActorUnion } from '../schema/actor.js';
import { type ConnectionValue, PageArgs } from '../schema/page.js';
import { PropertyChange } from '../schema/property-change.js';
import { Resource } from '../schema/resource.js';
import { ResourceChange, ResourceChangeConnection } from '../schema/resource-change.js';
import type { ResourceChangeView } from '../steps/ports/resource-change.js';
import type { RequestContext } from './context.js';
import { findJobExecution } from './job-execution-loader.js';
import type { Batch } from './loader.js';
import type { NodeResolvers } from './node-resolver.js';
import { pageRequest, toConnection } from './page.js';
import { isSecretProperty, propertyChanges } from './property-change.js';
import { findResource } from './resource.js';

const order = 'OCCURRED_AT:DESC';

@Resolver(() => Resource)
export class ResourceHistoryResolver {
  @FieldResolver(() => ResourceChangeConnection, { description: 'What happened to it, newest first.' })
  async history(
    @Root() { resourceId }: Resource,
    @Ctx() { ports }: RequestContext,
    @Args(() => PageArgs) args: PageArgs,
  ): Promise<ConnectionValue<ResourceChange>> {
    const request = pageRequest(args, order);
    const model = await ports.models.current();
    return toConnection<ResourceChangeView, ResourceChange>({
      page: await ports.resourceChanges.page(resourceId, request),
      request,
      order,
      node: (view) => toResourceChange(model, view),
      count: () => ports.resourceChanges.count(resourceId),
    });
  }
}

@Resolver(() => ResourceChange)
export class ResourceChangeResolver {
  @FieldResolver(() => ActorUnion, { nullable: true, description: 'The execution that read or wrote it.' })
  origin(@Root() { executionId }: ResourceChange, @Ctx() context: RequestContext): Promise<object | null> {
    return findJobExecution(executionId, context);
  }
}

export function toResourceChange({ configuration }: CompiledModel, view: ResourceChangeView): ResourceChange {
  const type = configuration.entityTypes.find(({ identifier }) => identifier === view.entityType);
  const { id, occurredAt, kind, executionId, delta } = view;
  return Object.assign(new ResourceChange(), {
    id: toGlobalId('ResourceChange', id),
    occurredAt,
    kind,
    executionId,
    changes: delta === null ? readChanges(type, view) : propertyChanges(type, delta),
  });
}

const readChanges = (
  type: EntityTypeDefinition | undefined,
  { entityType, changes }: ResourceChangeView,
): readonly PropertyChange[] =>
  (changes ?? []).map(({ property, from, to }) => {
    const isSecret = isSecretProperty(type, property);
    return Object.assign(new PropertyChange(), {
      entityType,
      propertyIdentifier: property,
      ruleIdentifier: null,
      isSecret,
      oldValue: isSecret ? null : from,
      newValue: isSecret ? null : to,
    });
  });

/** Ask only for changes of resources that the viewer may see. */
export const resourceChangeById: Batch<string, ResourceChangeView> = async (ids, { ports }) =>
  new Map((await ports.resourceChanges.byIds(ids)).map((view) => [view.id, view]));

/** Only of resources that the viewer may see. */
export const nodeResolvers: NodeResolvers = {
  rch: async (local, context) => {
    const view = await context.loaders.load(resourceChangeById, local);
    if (view === null || (await findResource(view.resourceId, context)) === null) return null;
    return toResourceChange(await context.ports.models.current(), view);
  },
};
