// Configured things as schema objects, made from the model: roles, rules, types, properties, systems.
// Total: what old rows name and the configuration no longer has is answered under its identifier, marked as no longer configured.
// `find…` is for global ids and answers null instead.
import type {
  CategoryDefinition,
  ConnectionDefinition,
  ConnectorDefinition,
  EntityTypeDefinition,
  NamedDefinition,
  PropertyDefinition,
  ResourceTypeDefinition,
  RoleDefinition,
  SynchronizationThresholds,
} from '../domain/configuration.js';
import { type NodeType, toGlobalId } from '../domain/global-id.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import { describeRules, type RuleDescription } from '../domain/role-model/rule.js';
import { ConnectionProfile, Connector, Threshold } from '../schema/connector.js';
import { EntityProperty, EntityType } from '../schema/entity-type.js';
import { Category, Policy } from '../schema/policy.js';
import { ResourceType } from '../schema/resource-type.js';
import { CompositeRole, type Role, SingleRole } from '../schema/role.js';
import { Rule } from '../schema/rule.js';

const made = <T extends object>(instance: T, values: T): T => Object.assign(instance, values);
const named = (type: NodeType, { identifier, displayName }: NamedDefinition) => ({
  id: toGlobalId(type, identifier),
  identifier,
  displayName,
});
const gone = (identifier: string): NamedDefinition => ({
  identifier,
  displayName: `${identifier} (no longer configured)`,
});
const byIdentifier = <T extends NamedDefinition>(list: readonly T[], identifier: string): T | undefined =>
  list.find((entry) => entry.identifier === identifier);

export function findPolicy({ configuration }: CompiledModel, identifier: string): Policy | null {
  const found = byIdentifier(configuration.policies, identifier);
  return found === undefined ? null : policy(found);
}
export const policyOf = (model: CompiledModel, identifier: string): Policy =>
  findPolicy(model, identifier) ?? policy(gone(identifier));
const policy = (definition: NamedDefinition & { readonly isSimulated?: boolean }): Policy =>
  made(new Policy(), { ...named('Policy', definition), isSimulated: definition.isSimulated ?? false });

export function findCategory({ configuration }: CompiledModel, identifier: string): Category | null {
  const found = byIdentifier(configuration.categories, identifier);
  return found === undefined ? null : category(found);
}
const category = (definition: CategoryDefinition): Category =>
  made(new Category(), { ...named('Category', definition), parent: definition.parent });

export function findRole(model: CompiledModel, identifier: string): Role | null {
  const found = model.roles.get(identifier);
  return found === undefined ? null : role(model, found);
}
export const roleOf = (model: CompiledModel, identifier: string): Role =>
  findRole(model, identifier) ?? role(model, { ...goneRole, ...gone(identifier) });

const goneRole: Omit<RoleDefinition, keyof NamedDefinition> = {
  description: null,
  category: null,
  policy: '',
  owner: null,
  isRequestable: false,
  isPrivileged: false,
  approvalWorkflow: 'NONE',
  approvers: [],
  maxDurationDays: null,
  parameters: [],
  gracePeriodDays: 0,
  prolongationWithoutApproval: false,
  implicitApproval: false,
  approvalDays: null,
};

export function role(model: CompiledModel, definition: RoleDefinition): Role {
  const {
    description,
    category: shelf,
    policy: set,
    owner,
    isRequestable,
    isPrivileged,
    approvalWorkflow,
    maxDurationDays,
  } = definition;
  const maxDuration = maxDurationDays === null ? null : `P${maxDurationDays}D`;
  const values = {
    description,
    category: shelf,
    policy: set,
    owner,
    isRequestable,
    isPrivileged,
    approvalWorkflow,
    maxDuration,
  };
  const parts = model.singleRolesOf.get(definition.identifier);
  return parts === undefined
    ? made(new SingleRole(), { ...named('SingleRole', definition), ...values })
    : made(new CompositeRole(), { ...named('CompositeRole', definition), ...values, parts });
}

export function findRule(model: CompiledModel, identifier: string): Rule | null {
  const found = rulesOf(model).find((one) => one.identifier === identifier);
  return found === undefined ? null : rule(found);
}
export const ruleOf = (model: CompiledModel, identifier: string): Rule =>
  findRule(model, identifier) ?? rule({ ...goneRule, identifier, summary: gone(identifier).displayName });

const goneRule: Omit<RuleDescription, 'identifier' | 'summary'> = {
  kind: 'SINGLE_ROLE',
  policy: '',
  resourceType: null,
  property: null,
  role: null,
  expression: null,
};

export const rule = (description: RuleDescription): Rule => {
  const { kind, identifier, summary, expression, policy: set } = description;
  return made(new Rule(), { id: toGlobalId('Rule', identifier), kind, identifier, summary, expression, policy: set });
};
const described = new WeakMap<CompiledModel, readonly RuleDescription[]>();
/** Described once per version: lists of values name a rule each. */
export function rulesOf(model: CompiledModel): readonly RuleDescription[] {
  const known = described.get(model) ?? describeRules(model.configuration);
  described.set(model, known);
  return known;
}

export function findResourceType(model: CompiledModel, identifier: string): ResourceType | null {
  const found = model.resourceTypes.get(identifier);
  return found === undefined ? null : resourceType(found.definition);
}
export const resourceTypeOf = (model: CompiledModel, identifier: string): ResourceType =>
  findResourceType(model, identifier) ??
  resourceType({
    ...gone(identifier),
    sourceEntityType: model.identityType.identifier,
    targetEntityType: '',
    connection: '',
    blockProvisioning: false,
  });

export const resourceType = (
  definition: Pick<
    ResourceTypeDefinition,
    keyof NamedDefinition | 'sourceEntityType' | 'targetEntityType' | 'connection' | 'blockProvisioning'
  >,
): ResourceType =>
  made(new ResourceType(), {
    ...named('ResourceType', definition),
    blocksProvisioningOrders: definition.blockProvisioning,
    approvalWorkflow: 'NONE',
    source: definition.sourceEntityType,
    target: definition.targetEntityType,
    connection: definition.connection,
  });

export function findEntityType({ configuration }: CompiledModel, identifier: string): EntityType | null {
  const found = byIdentifier(configuration.entityTypes, identifier);
  return found === undefined ? null : entityType(found);
}
export const entityTypeOf = (model: CompiledModel, identifier: string): EntityType =>
  findEntityType(model, identifier) ?? entityType(gone(identifier));
export const entityType = (definition: NamedDefinition): EntityType =>
  made(new EntityType(), named('EntityType', definition));

/** `local`: `<entity type>.<property>`; property names hold no dot. */
export function findEntityProperty(model: CompiledModel, local: string): EntityProperty | null {
  const cut = local.lastIndexOf('.');
  const type = byIdentifier(model.configuration.entityTypes, local.slice(0, Math.max(cut, 0)));
  const found = type === undefined ? undefined : byIdentifier(type.properties, local.slice(cut + 1));
  return type === undefined || found === undefined ? null : entityProperty(type, found);
}
export function entityPropertyOf(
  model: CompiledModel,
  entityTypeIdentifier: string,
  identifier: string,
): EntityProperty {
  const local = `${entityTypeIdentifier}.${identifier}`;
  return (
    findEntityProperty(model, local) ??
    made(new EntityProperty(), {
      ...gone(identifier),
      id: toGlobalId('EntityProperty', local),
      kind: 'SCALAR',
      isKey: false,
      isMultivalued: false,
      isSecret: true,
      references: null,
    })
  );
}
export const entityProperty = (type: EntityTypeDefinition, definition: PropertyDefinition): EntityProperty => {
  const { identifier, displayName, references, isMultivalued, isSecret } = definition;
  return made(new EntityProperty(), {
    id: toGlobalId('EntityProperty', `${type.identifier}.${identifier}`),
    identifier,
    displayName,
    kind: references === null ? 'SCALAR' : 'NAVIGATION',
    isKey: type.key === identifier,
    isMultivalued,
    isSecret,
    references,
  });
};

export function findConnector({ configuration }: CompiledModel, identifier: string): Connector | null {
  const found = byIdentifier(configuration.connectors, identifier);
  return found === undefined ? null : connector(found);
}
export const connector = (definition: ConnectorDefinition): Connector =>
  made(new Connector(), {
    ...named('Connector', definition),
    isEnabled: definition.isDisabled !== true,
    thresholds: thresholds(definition.thresholds),
  });

const rowKinds = ['insert', 'update', 'delete'] as const;
const linkKinds = ['link-add', 'link-remove'] as const;

/** Named like the violations they lead to. */
function thresholds({ rows, percent, links, linkPercent }: SynchronizationThresholds): readonly Threshold[] {
  const both = (kind: string, absolute: number, share: number): readonly Threshold[] => [
    made(new Threshold(), { name: `synchronization.${kind}.absolute`, limit: absolute, isPercentage: false }),
    made(new Threshold(), { name: `synchronization.${kind}.percent`, limit: share, isPercentage: true }),
  ];
  return [
    ...rowKinds.flatMap((kind) => both(kind, rows, percent)),
    ...linkKinds.flatMap((kind) => both(kind, links, linkPercent)),
  ];
}

export function findConnectionProfile({ configuration }: CompiledModel, identifier: string): ConnectionProfile | null {
  const found = byIdentifier(configuration.connections, identifier);
  return found === undefined ? null : connectionProfile(found);
}
export const connectionProfile = (definition: ConnectionDefinition): ConnectionProfile =>
  made(new ConnectionProfile(), {
    ...named('ConnectionProfile', definition),
    packageName: definition.package,
    configured: definition.settings,
  });
