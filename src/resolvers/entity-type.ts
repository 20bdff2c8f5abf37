// Entity types and properties, and what leads to them from rows of managed systems.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { isAllowed } from '../domain/permission.js';
import { Connector } from '../schema/connector.js';
import { EntityProperty, EntityType } from '../schema/entity-type.js';
import { Resource, ResourceProperty } from '../schema/resource.js';
import {
  entityProperty,
  entityPropertyOf,
  entityTypeOf,
  findConnector,
  findEntityProperty,
  findEntityType,
} from './configured.js';
import type { RequestContext } from './context.js';
import type { NodeResolvers } from './node-resolver.js';

@Resolver(() => EntityType)
export class EntityTypeResolver {
  @FieldResolver(() => Connector, {
    nullable: true,
    description: 'The managed system its rows live in; null when the viewer may not see connectors.',
  })
  async connector(
    @Root() { identifier }: EntityType,
    @Ctx() { actor, ports }: RequestContext,
  ): Promise<Connector | null> {
    if (!isAllowed(actor, 'connector.read')) return null;
    const model = await ports.models.current();
    const definition = model.configuration.entityTypes.find((type) => type.identifier === identifier);
    return definition === undefined ? null : findConnector(model, definition.connector);
  }

  @FieldResolver(() => [EntityProperty], { description: 'In the order of the configuration.' })
  async properties(
    @Root() { identifier }: EntityType,
    @Ctx() { ports }: RequestContext,
  ): Promise<readonly EntityProperty[]> {
    const { configuration } = await ports.models.current();
    const definition = configuration.entityTypes.find((type) => type.identifier === identifier);
    return definition?.properties.map((property) => entityProperty(definition, property)) ?? [];
  }
}

@Resolver(() => EntityProperty)
export class EntityPropertyResolver {
  @FieldResolver(() => EntityType, { nullable: true, description: 'What a navigation property links to.' })
  async targetEntityType(
    @Root() { references }: EntityProperty,
    @Ctx() { ports }: RequestContext,
  ): Promise<EntityType | null> {
    return references === null ? null : findEntityType(await ports.models.current(), references);
  }
}

@Resolver(() => Resource)
export class ResourceEntityTypeResolver {
  @FieldResolver(() => EntityType, { description: 'Class of rows it belongs to.' })
  async entityType(@Root() resource: Resource, @Ctx() { ports }: RequestContext): Promise<EntityType> {
    return entityTypeOf(await ports.models.current(), resource.entityType);
  }
}

@Resolver(() => ResourceProperty)
export class ResourcePropertyResolver {
  @FieldResolver(() => EntityProperty, { description: 'Which property.' })
  async property(@Root() value: ResourceProperty, @Ctx() { ports }: RequestContext): Promise<EntityProperty> {
    return entityPropertyOf(await ports.models.current(), value.entityType, value.property);
  }
}

export const nodeResolvers: NodeResolvers = {
  ety: async (local, { ports }) => findEntityType(await ports.models.current(), local),
  prp: async (local, { ports }) => findEntityProperty(await ports.models.current(), local),
};
