// What must fit together in the part of a configuration that says when and where: dimensions, contexts, criteria of rules,
// time offsets, and roles that are offered. Used by configuration-check.ts and configuration-reference.ts.
import type { Configuration, ContextCriterion, DimensionDefinition, EntityTypeDefinition } from './configuration.js';
import type { ConfigurationConflict, Reference } from './configuration-conflict.js';
import type { ConfigurationPath } from './role-model/configured-expression.js';

const ruleKinds = ['roleRules', 'typeRules', 'scalarRules', 'navigationRules', 'queryRules'] as const;
const timedKinds = ['typeRules', 'scalarRules', 'navigationRules', 'queryRules'] as const;

export const contextReferences = (configuration: Configuration): readonly Reference[] => [
  ...configuration.dimensions.map(
    (dimension, at): Reference => ({
      path: ['dimensions', at, 'entityType'],
      to: ['entityTypes'],
      what: 'entity type',
      name: dimension.entityType,
    }),
  ),
  ...configuration.contextRules.flatMap((rule, at): readonly Reference[] => [
    { path: ['contextRules', at, 'policy'], to: ['policies'], what: 'policy', name: rule.policy },
    {
      path: ['contextRules', at, 'positions', 'entityType'],
      to: ['entityTypes'],
      what: 'entity type',
      name: rule.positions?.entityType ?? null,
    },
    ...Object.keys(rule.dimensions).map(
      (name): Reference => ({
        path: ['contextRules', at, 'dimensions', name],
        to: ['dimensions'],
        what: 'dimension',
        name,
      }),
    ),
  ]),
  ...ruleKinds.flatMap((kind) =>
    configuration[kind].flatMap((rule, at) =>
      rule.context.map(
        ({ dimension }): Reference => ({
          path: [kind, at, 'context', dimension],
          to: ['dimensions'],
          what: 'dimension',
          name: dimension,
        }),
      ),
    ),
  ),
];

export const contextConflicts = (configuration: Configuration): readonly ConfigurationConflict[] => [
  ...configuration.contextRules.slice(1).map(
    (_, index): ConfigurationConflict => ({
      path: ['contextRules', index + 1],
      why: `is a second context rule, besides ${configuration.contextRules[0]?.identifier}`,
      hint: 'Keep one: a person has the contexts that one rule makes.',
    }),
  ),
  ...configuration.dimensions.flatMap((dimension, at) => dimensionConflicts(dimension, at, configuration)),
  ...configuration.contextRules.flatMap((_, at) => positionConflicts(configuration, at)),
  ...ruleKinds.flatMap((kind) =>
    configuration[kind].flatMap((rule, at) =>
      rule.context.flatMap((criterion) =>
        criterionConflicts(criterion, [kind, at, 'context', criterion.dimension], configuration),
      ),
    ),
  ),
  ...timedKinds.flatMap((kind) =>
    configuration[kind].flatMap(({ timeOffset }, at) => offsetConflicts(timeOffset, [kind, at, 'timeOffset'])),
  ),
  ...configuration.roleRules.flatMap((_, at) => offerConflicts(configuration, at)),
  ...aheadConflicts(configuration),
];

const typeOf = ({ entityTypes }: Configuration, identifier: string | null): EntityTypeDefinition | undefined =>
  entityTypes.find((type) => type.identifier === identifier);

function property(
  path: ConfigurationPath,
  type: EntityTypeDefinition | undefined,
  name: string | null,
): readonly ConfigurationConflict[] {
  if (type === undefined || name === null) return [];
  const found = type.properties.find(({ identifier }) => identifier === name);
  if (found !== undefined && !found.isMultivalued && !found.isSecret) return [];
  const plain = type.properties.filter(({ isMultivalued, isSecret }) => !isMultivalued && !isSecret);
  return [
    {
      path,
      why:
        found === undefined
          ? `${type.identifier} has no property «${name}»`
          : `«${name}» is ${found.isSecret ? 'secret' : 'multi-valued'}`,
      hint: `Name a property with one value: ${plain.map(({ identifier }) => identifier).join(', ')}.`,
    },
  ];
}

function dimensionConflicts(
  { entityType, parent }: DimensionDefinition,
  at: number,
  configuration: Configuration,
): readonly ConfigurationConflict[] {
  if (parent === null) return [];
  const path: ConfigurationPath = ['dimensions', at, 'parent'];
  if (entityType !== null) return property(path, typeOf(configuration, entityType), parent);
  return [
    {
      path,
      why: 'names a property, but the dimension says no entity type whose rows are its values',
      hint: 'Add entityType:, or remove parent:.',
    },
  ];
}

function positionConflicts(configuration: Configuration, at: number): readonly ConfigurationConflict[] {
  const positions = configuration.contextRules[at]?.positions ?? null;
  if (positions === null) return [];
  const type = typeOf(configuration, positions.entityType);
  return (['person', 'startDate', 'endDate'] as const).flatMap((name) =>
    property(['contextRules', at, 'positions', name], type, positions[name]),
  );
}

function criterionConflicts(
  { dimension, includesBelow }: ContextCriterion,
  path: ConfigurationPath,
  { contextRules, dimensions }: Configuration,
): readonly ConfigurationConflict[] {
  const [contextRule] = contextRules;
  if (contextRule === undefined)
    return [
      {
        path,
        why: 'asks for a context, but no context rule makes any',
        hint: 'Add a rule to contextRules:, or write the condition in when:.',
      },
    ];
  const known = dimensions.find(({ identifier }) => identifier === dimension);
  if (known === undefined) return [];
  if (!Object.hasOwn(contextRule.dimensions, dimension))
    return [
      {
        path,
        why: `the context rule ${contextRule.identifier} gives no «${dimension}»: nobody would ever satisfy it`,
        hint: `Add ${dimension}: to its dimensions, or use one of: ${Object.keys(contextRule.dimensions).join(', ')}.`,
      },
    ];
  if (!includesBelow || known.parent !== null) return [];
  return [
    {
      path,
      why: `nothing is below a value of «${dimension}»: the dimension says no parent`,
      hint: 'Add entityType: and parent: to the dimension, or leave out under:.',
    },
  ];
}

const offsetConflicts = (
  offset: Configuration['typeRules'][number]['timeOffset'],
  path: ConfigurationPath,
): readonly ConfigurationConflict[] =>
  offset === null || offset.mode === 'AROUND' || offset.before <= offset.after
    ? []
    : [
        {
          path,
          why: `ends before it begins: ${offset.before} days to ${offset.after} days`,
          hint: 'Both count from the same day: let `before` be the smaller number; earlier is negative.',
        },
      ];

function offerConflicts(configuration: Configuration, at: number): readonly ConfigurationConflict[] {
  const rule = configuration.roleRules[at];
  if (rule === undefined) return [];
  const role = [...configuration.singleRoles, ...configuration.compositeRoles].find(
    ({ identifier }) => identifier === rule.role,
  );
  const contradiction: readonly ConfigurationConflict[] =
    rule.isDenied && rule.gives !== 'REQUIRED'
      ? [
          {
            path: ['roleRules', at, 'gives'],
            why: 'says how the role is offered, but the rule takes it away',
            hint: 'Remove gives:, or isDenied:.',
          },
        ]
      : [];
  const names = role?.parameters.map(({ identifier }) => identifier) ?? [];
  const unknown = Object.keys(rule.parameters).filter((name) => role !== undefined && !names.includes(name));
  return [
    ...contradiction,
    ...unknown.map(
      (name): ConfigurationConflict => ({
        path: ['roleRules', at, 'parameters', name],
        why: `${rule.role} has no parameter «${name}»`,
        hint: names.length === 0 ? 'Remove it.' : `Write one of: ${names.join(', ')}.`,
      }),
    ),
  ];
}

function aheadConflicts({ entityTypes, resourceTypes }: Configuration): readonly ConfigurationConflict[] {
  const person = entityTypes.find(({ identity }) => identity !== null);
  if (person === undefined || person.identity?.startDate !== null) return [];
  return resourceTypes.flatMap(({ fulfillHoursAheadOfTime: hours }, at): readonly ConfigurationConflict[] =>
    hours === 0
      ? []
      : [
          {
            path: ['resourceTypes', at, 'fulfillHoursAheadOfTime'],
            why: `counts from the first day, but the identity of ${person.identifier} says no startDate`,
            hint: 'Name the property of the first day in identity:.',
          },
        ],
  );
}
