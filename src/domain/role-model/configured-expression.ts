// Every expression a configuration holds, with the place it stands at and the result it must give.
// One list for checking (adapters/configuration.ts) and for compiling (compile.ts), so that the two cannot differ.
import type { Configuration, EntityTypeDefinition, PropertyType } from '../configuration.js';
import type { ExpressionRequest, ExpressionSubject } from './expression.js';

/** Kind of list, index in it, and the key: where a thing stands in the configuration. */
export type ConfigurationPath = readonly [keyof Configuration, ...(string | number)[]];

export interface ConfiguredExpression {
  readonly path: ConfigurationPath;
  readonly request: ExpressionRequest;
}

interface Types {
  readonly person: EntityTypeDefinition | undefined;
  /** Target entity type of a resource type. */
  readonly target: (resourceType: string) => EntityTypeDefinition | undefined;
}

/** Leaves out what refers to something that is not there: a dangling reference is a problem of its own. */
export function expressionsOf(configuration: Configuration): readonly ConfiguredExpression[] {
  const types = typesOf(configuration);
  return [
    ...conditions(configuration, types),
    ...configuration.resourceTypes.flatMap((type, index) =>
      expression(['resourceTypes', index, 'key'], type.key, 'person', types.person, 'string'),
    ),
    ...values(configuration, types),
    ...correlations(configuration, types),
  ];
}

const ruleLists = ['roleRules', 'typeRules', 'scalarRules', 'navigationRules'] as const;

const conditions = (configuration: Configuration, types: Types): readonly ConfiguredExpression[] =>
  ruleLists.flatMap((kind) =>
    configuration[kind].flatMap((rule, index) =>
      rule.when === null ? [] : expression([kind, index, 'when'], rule.when, 'person', types.person, 'boolean'),
    ),
  );

const values = (configuration: Configuration, types: Types): readonly ConfiguredExpression[] =>
  configuration.scalarRules.flatMap((rule, index) => {
    const property = types.target(rule.resourceType)?.properties.find((known) => known.identifier === rule.property);
    return property === undefined
      ? []
      : expression(['scalarRules', index, 'value'], rule.value, 'person', types.person, property.type);
  });

const correlations = (configuration: Configuration, types: Types): readonly ConfiguredExpression[] =>
  configuration.correlationRules.flatMap((rule, index) => [
    ...expression(['correlationRules', index, 'source'], rule.source, 'person', types.person, 'string'),
    ...expression(
      ['correlationRules', index, 'target'],
      rule.target,
      'resource',
      types.target(rule.resourceType),
      'string',
    ),
  ]);

function expression(
  path: ConfigurationPath,
  text: string,
  subject: ExpressionSubject,
  entityType: EntityTypeDefinition | undefined,
  expected: PropertyType,
): readonly ConfiguredExpression[] {
  return entityType === undefined ? [] : [{ path, request: { text, subject, entityType, expected } }];
}

function typesOf(configuration: Configuration): Types {
  const byIdentifier = new Map(configuration.entityTypes.map((type) => [type.identifier, type]));
  const targets = new Map(
    configuration.resourceTypes.map((type) => [type.identifier, byIdentifier.get(type.targetEntityType)]),
  );
  return {
    person: configuration.entityTypes.find((type) => type.identity !== null),
    target: (resourceType) => targets.get(resourceType),
  };
}
