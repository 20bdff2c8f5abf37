// What must fit together in rules about values: links that are looked for, values that are unique, compared loosely or only written,
// and what an account waits for. Used by configuration-check.ts; references are configuration-reference.ts'.
import type {
  Configuration,
  EntityTypeDefinition,
  PropertyDefinition,
  QueryRule,
  ScalarRule,
} from './configuration.js';
import type { ConfigurationConflict } from './configuration-conflict.js';
import type { ConfigurationPath } from './role-model/configured-expression.js';

export function valueConflicts(configuration: Configuration): readonly ConfigurationConflict[] {
  const types = new Map(configuration.entityTypes.map((type) => [type.identifier, type]));
  const targets = new Map(
    configuration.resourceTypes.map((type) => [type.identifier, types.get(type.targetEntityType)]),
  );
  const propertyOf = ({ resourceType, property }: Pick<QueryRule, 'resourceType' | 'property'>) =>
    targets.get(resourceType)?.properties.find(({ identifier }) => identifier === property);
  return [
    ...configuration.queryRules.flatMap((rule, at) =>
      queryConflicts(configuration, rule, ['queryRules', at, 'property'], targets.get(rule.resourceType)),
    ),
    ...configuration.scalarRules.flatMap((rule, at) => scalarConflicts(configuration, rule, at, propertyOf(rule))),
    ...keyConflicts(configuration),
    ...ownerConflicts(configuration),
  ];
}

function queryConflicts(
  configuration: Configuration,
  { resourceType, property: name }: QueryRule,
  path: ConfigurationPath,
  type: EntityTypeDefinition | undefined,
): readonly ConfigurationConflict[] {
  if (type === undefined) return [];
  const property = type.properties.find(({ identifier }) => identifier === name);
  if (property === undefined) {
    const linking = type.properties.filter(({ references }) => references !== null).map(({ identifier }) => identifier);
    const hint = linking.length === 0 ? 'Add one that says references:.' : `Write one of: ${linking.join(', ')}.`;
    return [{ path, why: `${type.identifier} has no property «${name}»`, hint }];
  }
  if (property.references === null)
    return [
      {
        path,
        why: `«${name}» of ${type.identifier} points to no entity type: there is nowhere to look`,
        hint: 'Say in the property which entity type it references.',
      },
    ];
  const isSame = (rule: { readonly resourceType: string; readonly property: string }): boolean =>
    rule.resourceType === resourceType && rule.property === name;
  const other = configuration.navigationRules.find(isSame) ?? configuration.scalarRules.find(isSame);
  if (other === undefined) return [];
  return [
    {
      path,
      why: `«${name}» of ${resourceType} has a query rule and another rule, ${other.identifier}`,
      hint: 'A property has query rules, or others, never both: keep one kind.',
    },
  ];
}

function scalarConflicts(
  configuration: Configuration,
  rule: ScalarRule,
  at: number,
  property: PropertyDefinition | undefined,
): readonly ConfigurationConflict[] {
  if (property === undefined || property.isMultivalued) return [];
  const text = property.type === 'string';
  const conflicts: ConfigurationConflict[] = [];
  if (property.isSecret && rule.isMapped)
    conflicts.push({
      path: ['scalarRules', at, 'isMapped'],
      why: `must be false: «${property.identifier}» is secret, so it is never read and can never be compared`,
      hint: 'Add isMapped: false.',
    });
  if (rule.comparison !== 'EXACT' && !text)
    conflicts.push({
      path: ['scalarRules', at, 'comparison'],
      why: `«${property.identifier}» is a ${property.type}, which has neither case nor accents`,
      hint: 'Remove comparison:.',
    });
  if (rule.uniqueness !== null && !text)
    conflicts.push({
      path: ['scalarRules', at, 'uniqueness'],
      why: `«${property.identifier}» is a ${property.type}: only texts can be made unique`,
      hint: 'Remove uniqueness:, or make the property a text.',
    });
  return [
    ...conflicts,
    ...(text ? freeConflict(configuration, rule, at) : []),
    ...severalConflict(configuration, rule, at),
  ];
}

/** A rule beside it that reserves nothing could give what is reserved for somebody else. */
function freeConflict({ scalarRules }: Configuration, rule: ScalarRule, at: number): readonly ConfigurationConflict[] {
  if (rule.uniqueness !== null) return [];
  const unique = scalarRules.find(
    (other) =>
      other.uniqueness !== null && other.resourceType === rule.resourceType && other.property === rule.property,
  );
  if (unique === undefined) return [];
  return [
    {
      path: ['scalarRules', at, 'uniqueness'],
      why: `is missing: ${unique.identifier} makes «${rule.property}» of ${rule.resourceType} unique, this rule could give the same value again`,
      hint: 'Add uniqueness: KEEP or FOLLOW to all rules of the property.',
    },
  ];
}

/** Each of several accounts gets the values of the first: none of them can be unique. */
function severalConflict(
  { resourceTypes }: Configuration,
  rule: ScalarRule,
  at: number,
): readonly ConfigurationConflict[] {
  const type = resourceTypes.find(({ identifier }) => identifier === rule.resourceType);
  const isSeveral = type?.correlateMultipleResources === true || type?.suggestAllCorrelations === true;
  if (rule.uniqueness === null || !isSeveral) return [];
  return [
    {
      path: ['scalarRules', at, 'uniqueness'],
      why: `«${rule.property}» cannot be unique: one person may have several ${rule.resourceType}`,
      hint: 'Remove uniqueness:, or correlateMultipleResources: and suggestAllCorrelations: of the resource type.',
    },
  ];
}

function keyConflicts({ resourceTypes }: Configuration): readonly ConfigurationConflict[] {
  return resourceTypes.flatMap(({ isKeyUnique, key }, at): readonly ConfigurationConflict[] =>
    !isKeyUnique || /\battempt\b/.test(key)
      ? []
      : [
          {
            path: ['resourceTypes', at, 'key'],
            why: 'must be unique, but gives the same key at every attempt',
            hint: 'Let it read `attempt` (0, 1, 2 …), or remove isKeyUnique:.',
          },
        ],
  );
}

function ownerConflicts({ entityTypes, resourceTypes }: Configuration): readonly ConfigurationConflict[] {
  return resourceTypes.flatMap(({ sourceEntityType, dependsOnOwnerProperties }, at) => {
    const owner = entityTypes.find(({ identifier }) => identifier === sourceEntityType);
    if (owner === undefined) return [];
    const readable = owner.properties.filter(({ isMultivalued, isSecret }) => !isMultivalued && !isSecret);
    const names = readable.map(({ identifier }) => identifier);
    return dependsOnOwnerProperties.flatMap((name, index): readonly ConfigurationConflict[] =>
      names.includes(name)
        ? []
        : [
            {
              path: ['resourceTypes', at, 'dependsOnOwnerProperties', index],
              why: `${owner.identifier} has no property «${name}» with one value that may be read`,
              hint: `Write one of: ${names.join(', ')}.`,
            },
          ],
    );
  });
}
