// What must fit together in the switches of a resource type: how its accounts end, who may be given several.
// Owns the rules about the life of accounts; properties of rules and references are configuration-check.ts'.
import type { Configuration, EntityTypeDefinition, PropertyType, ResourceTypeDefinition } from './configuration.js';
import type { ConfigurationConflict } from './configuration-conflict.js';
import type { ScalarValue } from './assignment.js';

export function accountConflicts(configuration: Configuration): readonly ConfigurationConflict[] {
  const types = new Map(configuration.entityTypes.map((type) => [type.identifier, type]));
  const correlated = new Set(configuration.correlationRules.map(({ resourceType }) => resourceType));
  return configuration.resourceTypes.flatMap((type, at) => [
    ...endConflicts(type, at, types.get(type.targetEntityType)),
    ...switchConflicts(type, at, correlated),
    ...unusedConflicts(type, at, types.get(type.targetEntityType)),
  ]);
}

type Conflict = Omit<ConfigurationConflict, 'path'>;

function endConflicts(
  { onRemove, allowUpdate, allowRemove }: ResourceTypeDefinition,
  at: number,
  target: EntityTypeDefinition | undefined,
): readonly ConfigurationConflict[] {
  if (onRemove.kind === 'DELETE') return [];
  const place = (key: string, conflict: Conflict | null): readonly ConfigurationConflict[] =>
    conflict === null ? [] : [{ path: ['resourceTypes', at, 'onRemove', key], ...conflict }];
  const isNever = onRemove.deleteAfterDays !== null && !allowRemove;
  return [
    ...place('disable', target === undefined ? null : propertyConflict(target, onRemove.property)),
    ...place('disable', allowUpdate ? null : { why: 'needs `allowUpdate`', hint: 'Disabling is an update: allow it.' }),
    ...place('disabledValue', valueConflict(target, onRemove.property, onRemove.disabledValue)),
    ...place('enabledValue', valueConflict(target, onRemove.property, onRemove.enabledValue)),
    ...place('enabledValue', onRemove.enabledValue === onRemove.disabledValue ? sameValue : null),
    ...place('deleteAfterDays', isNever ? { why: 'needs `allowRemove`', hint: 'Leave it out, or allow it.' } : null),
  ];
}

const sameValue: Conflict = {
  why: 'is the same as `disabledValue`',
  hint: 'Say what stands there while the account is in use.',
};

function propertyConflict(target: EntityTypeDefinition, name: string): Conflict | null {
  const property = target.properties.find(({ identifier }) => identifier === name);
  const hint = 'Name a property with one value that says whether the account is disabled.';
  if (property === undefined) return { why: `${target.identifier} has no property «${name}»`, hint };
  if (property.isMultivalued) return { why: `«${name}» holds links`, hint };
  return name === target.key ? { why: `«${name}» is the key of ${target.identifier}`, hint } : null;
}

const valueTypes: Readonly<Record<PropertyType, 'string' | 'number' | 'boolean'>> = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  date: 'string',
};

/** An absent value is a value of every property. */
function valueConflict(target: EntityTypeDefinition | undefined, name: string, value: ScalarValue): Conflict | null {
  const property = target?.properties.find(({ identifier }) => identifier === name);
  if (property === undefined || value === null || typeof value === valueTypes[property.type]) return null;
  return {
    why: `is ${JSON.stringify(value)}, but «${name}» is a ${property.type}`,
    hint: `Say a ${valueTypes[property.type]}, as the system shows it.`,
  };
}

/** Without a property that says when an account was last used, none is ever found unused. */
function unusedConflicts(
  { unusedAfterDays }: ResourceTypeDefinition,
  at: number,
  target: EntityTypeDefinition | undefined,
): readonly ConfigurationConflict[] {
  if (unusedAfterDays === null || target === undefined || target.lastUsedProperty !== null) return [];
  return [
    {
      path: ['resourceTypes', at, 'unusedAfterDays'],
      why: `has no effect: ${target.identifier} does not say when an account was last used`,
      hint: `Name the property as \`lastUsedProperty\` of ${target.identifier}, or leave it out.`,
    },
  ];
}

function switchConflicts(
  type: ResourceTypeDefinition,
  at: number,
  correlated: ReadonlySet<string>,
): readonly ConfigurationConflict[] {
  const place = (key: string, isConflict: boolean, conflict: Conflict): readonly ConfigurationConflict[] =>
    isConflict ? [{ path: ['resourceTypes', at, key], ...conflict }] : [];
  const isFound = correlated.has(type.identifier);
  const noRule: Conflict = {
    why: 'has no effect: no correlation rule finds accounts of this type',
    hint: `Write a correlation rule for ${type.identifier}, or leave it out.`,
  };
  return [
    ...place('removeOrphans', type.removeOrphans && !type.allowRemove, {
      why: 'needs `allowRemove`',
      hint: 'Leave it out: such accounts are listed. Or allow removing.',
    }),
    ...place('correlateMultipleResources', type.correlateMultipleResources && !isFound, noRule),
    ...place('suggestAllCorrelations', type.suggestAllCorrelations && !isFound, noRule),
  ];
}
