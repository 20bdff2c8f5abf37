// Entity types for the tests of the computation, made of the names of their properties.
import type { EntityTypeDefinition, PropertyDefinition } from '../../../src/domain/configuration.js';

export const property = (identifier: string, more: Partial<PropertyDefinition> = {}): PropertyDefinition => ({
  identifier,
  displayName: identifier,
  attribute: identifier,
  type: 'string',
  references: null,
  isMultivalued: false,
  isSecret: false,
  ...more,
});

export const entityType = (
  identifier: string,
  key: string,
  properties: readonly PropertyDefinition[],
  more: Partial<EntityTypeDefinition> = {},
): EntityTypeDefinition => ({
  identifier,
  displayName: identifier,
  connector: 'c',
  connection: 'c',
  objectType: identifier,
  key,
  displayProperty: key,
  properties,
  lastUsedProperty: null,
  identity: null,
  ...more,
});

export const positionType = entityType(
  'position',
  'id',
  ['id', 'person', 'department', 'site', 'from', 'until', 'state'].map((name) => property(name)),
);

export const departmentType = entityType(
  'department',
  'id',
  ['id', 'parent'].map((name) => property(name)),
);
