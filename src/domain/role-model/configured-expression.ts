// Every expression a configuration holds, with the place it stands at and the result it must give.
// One list for checking (adapters/configuration.ts) and for compiling (compile.ts), so that the two cannot differ.
import type { Configuration, EntityTypeDefinition, PropertyType } from '../configuration.js';
import type { ExpressionRequest, ExpressionVariables } from './expression.js';

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
  readonly entityType: (identifier: string) => EntityTypeDefinition | undefined;
  /** Dimensions that the context rule gives; none without one. */
  readonly context: Pick<ExpressionVariables, 'context'>;
  /** Parameters of a role, for the rules tied to it. */
  readonly parametersOf: (role: string | null) => Pick<ExpressionVariables, 'parameters'>;
}

/** Leaves out what refers to something that is not there: a dangling reference is a problem of its own. */
export function expressionsOf(configuration: Configuration): readonly ConfiguredExpression[] {
  const types = typesOf(configuration);
  return [
    ...contexts(configuration, types),
    ...conditions(configuration, types),
    ...configuration.resourceTypes.flatMap((type, index) =>
      expression(['resourceTypes', index, 'key'], type.key, types.person, 'string', attemptIf(type.isKeyUnique)),
    ),
    ...parameters(configuration, types),
    ...values(configuration, types),
    ...queries(configuration, types),
    ...correlations(configuration, types),
    ...approvers(configuration, types),
    ...configuration.classificationRules.flatMap((rule, index) =>
      resourceExpression(['classificationRules', index, 'when'], rule.when, types.target(rule.resourceType), 'boolean'),
    ),
  ];
}

function contexts(configuration: Configuration, types: Types): readonly ConfiguredExpression[] {
  return configuration.contextRules.flatMap((rule, index) => {
    const { positions } = rule;
    const position = positions === null ? undefined : types.entityType(positions.entityType);
    if (positions !== null && position === undefined) return [];
    const variables: ExpressionVariables = { isTimeless: true, ...(position === undefined ? {} : { position }) };
    return [
      ...(positions === null || positions.exclude === null
        ? []
        : expression(
            ['contextRules', index, 'positions', 'exclude'],
            positions.exclude,
            types.person,
            'boolean',
            variables,
          )),
      ...Object.entries(rule.dimensions).flatMap(([dimension, text]) =>
        expression(['contextRules', index, 'dimensions', dimension], text, types.person, 'string', variables),
      ),
    ];
  });
}

const ruleLists = ['roleRules', 'typeRules', 'scalarRules', 'navigationRules', 'queryRules'] as const;

const conditions = (configuration: Configuration, types: Types): readonly ConfiguredExpression[] =>
  ruleLists.flatMap((kind) =>
    configuration[kind].flatMap((rule, index) =>
      rule.when === null
        ? []
        : expression([kind, index, 'when'], rule.when, types.person, 'boolean', {
            ...types.context,
            // The parameters of a role rule's role are what that rule gives: there are none before.
            ...(kind === 'roleRules' ? {} : types.parametersOf(rule.role)),
          }),
    ),
  );

const parameters = (configuration: Configuration, types: Types): readonly ConfiguredExpression[] =>
  configuration.roleRules.flatMap((rule, index) =>
    Object.entries(rule.parameters).flatMap(([parameter, text]) =>
      expression(['roleRules', index, 'parameters', parameter], text, types.person, 'string', types.context),
    ),
  );

const values = (configuration: Configuration, types: Types): readonly ConfiguredExpression[] =>
  configuration.scalarRules.flatMap((rule, index) => {
    const property = types.target(rule.resourceType)?.properties.find((known) => known.identifier === rule.property);
    return property === undefined
      ? []
      : expression(['scalarRules', index, 'value'], rule.value, types.person, property.type, {
          ...types.context,
          ...types.parametersOf(rule.role),
          ...attemptIf(rule.uniqueness !== null),
        });
  });

const queries = (configuration: Configuration, types: Types): readonly ConfiguredExpression[] =>
  configuration.queryRules.flatMap((rule, index) => {
    const property = types.target(rule.resourceType)?.properties.find((known) => known.identifier === rule.property);
    const linked = types.entityType(property?.references ?? '');
    const variables = { ...types.context, ...types.parametersOf(rule.role) };
    return [
      ...expression(['queryRules', index, 'source'], rule.source, types.person, 'string', variables),
      ...resourceExpression(['queryRules', index, 'target'], rule.target, linked, 'string'),
    ];
  });

const correlations = (configuration: Configuration, types: Types): readonly ConfiguredExpression[] =>
  configuration.correlationRules.flatMap((rule, index) => [
    ...expression(['correlationRules', index, 'source'], rule.source, types.person, 'string'),
    ...resourceExpression(
      ['correlationRules', index, 'target'],
      rule.target,
      types.target(rule.resourceType),
      'string',
    ),
  ]);

const approverLists = ['singleRoles', 'compositeRoles', 'risks'] as const;

const approvers = (configuration: Configuration, types: Types): readonly ConfiguredExpression[] =>
  approverLists.flatMap((kind) =>
    configuration[kind].flatMap((holder, index) =>
      holder.approvers.flatMap((approver, at) =>
        approver.kind === 'expression'
          ? expression([kind, index, 'approvers', at, 'expression'], approver.expression, types.person, 'string')
          : [],
      ),
    ),
  );

const attemptIf = (isUnique: boolean): Pick<ExpressionVariables, 'attempt'> => (isUnique ? { attempt: true } : {});

/** Over `person`. */
function expression(
  path: ConfigurationPath,
  text: string,
  entityType: EntityTypeDefinition | undefined,
  expected: PropertyType,
  variables: ExpressionVariables = {},
): readonly ConfiguredExpression[] {
  return entityType === undefined
    ? []
    : [{ path, request: { text, subject: 'person', entityType, expected, variables } }];
}

/** Over `resource`: it sees nothing of the person. */
const resourceExpression = (
  path: ConfigurationPath,
  text: string,
  entityType: EntityTypeDefinition | undefined,
  expected: PropertyType,
): readonly ConfiguredExpression[] =>
  entityType === undefined ? [] : [{ path, request: { text, subject: 'resource', entityType, expected } }];

function typesOf(configuration: Configuration): Types {
  const byIdentifier = new Map(configuration.entityTypes.map((type) => [type.identifier, type]));
  const targets = new Map(
    configuration.resourceTypes.map((type) => [type.identifier, byIdentifier.get(type.targetEntityType)]),
  );
  const roles = new Map(
    [...configuration.singleRoles, ...configuration.compositeRoles].map((role) => [
      role.identifier,
      role.parameters.map(({ identifier }) => identifier),
    ]),
  );
  const [contextRule] = configuration.contextRules;
  return {
    person: configuration.entityTypes.find((type) => type.identity !== null),
    target: (resourceType) => targets.get(resourceType),
    entityType: (identifier) => byIdentifier.get(identifier),
    context: contextRule === undefined ? {} : { context: Object.keys(contextRule.dimensions) },
    parametersOf: (role) => {
      const own = role === null ? undefined : roles.get(role);
      return own === undefined || own.length === 0 ? {} : { parameters: own };
    },
  };
}
