// Makes a checked configuration ready to compute with: expressions compiled, rules grouped by what they give.
// Expects what the check has accepted: anything wrong here is a fault and is thrown.
import type {
  ClassificationRule,
  Configuration,
  CorrelationRule,
  EntityTypeDefinition,
  NavigationRule,
  QueryRule,
  ResourceTypeDefinition,
  RoleDefinition,
  RoleRule,
  ScalarRule,
  TypeRule,
} from '../configuration.js';
import { type ConfigurationPath, expressionsOf } from './configured-expression.js';
import type { ExpressionCompiler } from './expression.js';
import type {
  Compiled,
  CompiledContextRule,
  CompiledExpression,
  CompiledModel,
  CompiledResourceType,
  CompiledRoleRule,
} from './model.js';
import { describeRules } from './rule.js';
import { withoutSimulated } from './simulation.js';

/** The model in force, and beside it the one of plans where policies are simulated. */
export function compileModel(
  version: number,
  configuration: Configuration,
  compile: ExpressionCompiler,
): CompiledModel {
  const real = withoutSimulated(configuration);
  const whole = compileWhole(version, configuration, compile);
  if (real === null) return whole;
  // Explanations of plans name simulated rules, too.
  return { ...compileWhole(version, real, compile), ruleText: whole.ruleText, simulation: whole };
}

function compileWhole(version: number, configuration: Configuration, compile: ExpressionCompiler): CompiledModel {
  const expressions = compileAll(configuration, compile);
  const singleRolesOf = new Map(configuration.compositeRoles.map((role) => [role.identifier, role.singleRoles]));
  return {
    version,
    configuration,
    contextRule: contextRule(configuration, expressions),
    identityType: identityTypeOf(configuration),
    roles: new Map<string, RoleDefinition>(
      [...configuration.singleRoles, ...configuration.compositeRoles].map((role) => [role.identifier, role]),
    ),
    singleRolesOf,
    roleRules: orderedRoleRules(configuration, expressions),
    resourceTypes: new Map(
      configuration.resourceTypes.map((type, index) => [
        type.identifier,
        resourceType(configuration, type, index, expressions),
      ]),
    ),
    approverExpressions: approverExpressions(configuration, expressions),
    effectsOf: effects(configuration, singleRolesOf),
    ruleText: ruleTexts(configuration, expressions),
    simulation: null,
  };
}

type Expressions = (path: ConfigurationPath) => CompiledExpression;

function compileAll(configuration: Configuration, compile: ExpressionCompiler): Expressions {
  const compiled = new Map<string, CompiledExpression>();
  for (const { path, request } of expressionsOf(configuration)) {
    const outcome = compile(request);
    if (!outcome.ok)
      throw new Error(`The applied configuration cannot be compiled at ${path.join('.')}: ${outcome.problem.message}`);
    compiled.set(path.join('.'), outcome.expression);
  }
  return (path) => {
    const found = compiled.get(path.join('.'));
    if (found === undefined)
      throw new Error(`The applied configuration has a dangling reference at ${path.join('.')}.`);
    return found;
  };
}

function identityTypeOf(configuration: Configuration): EntityTypeDefinition {
  const found = configuration.entityTypes.find((type) => type.identity !== null);
  if (found === undefined) throw new Error('The applied configuration has no entity type marked as identity.');
  return found;
}

function contextRule(configuration: Configuration, expressions: Expressions): CompiledContextRule | null {
  const [definition] = configuration.contextRules;
  if (definition === undefined) return null;
  const { positions, dimensions } = definition;
  return {
    definition,
    positionType: configuration.entityTypes.find((type) => type.identifier === positions?.entityType) ?? null,
    exclude:
      positions === null || positions.exclude === null
        ? null
        : expressions(['contextRules', 0, 'positions', 'exclude']),
    dimensions: new Map(
      Object.keys(dimensions).map((dimension) => [
        dimension,
        expressions(['contextRules', 0, 'dimensions', dimension]),
      ]),
    ),
  };
}

const withCondition = <Rule extends { readonly when: string | null }>(
  kind: keyof Configuration,
  rule: Rule,
  index: number,
  expressions: Expressions,
): Compiled<Rule> => ({ ...rule, condition: rule.when === null ? null : expressions([kind, index, 'when']) });

function orderedRoleRules(configuration: Configuration, expressions: Expressions): readonly CompiledRoleRule[] {
  const composites = new Set(configuration.compositeRoles.map((role) => role.identifier));
  const rank = (rule: RoleRule): number => (composites.has(rule.role) ? 0 : 1);
  return configuration.roleRules
    .map(
      (rule, index): CompiledRoleRule => ({
        ...withCondition('roleRules', rule, index, expressions),
        parameterExpressions: new Map(
          Object.keys(rule.parameters).map((name) => [name, expressions(['roleRules', index, 'parameters', name])]),
        ),
      }),
    )
    .sort(
      (a, b) =>
        rank(a) - rank(b) ||
        a.priority - b.priority ||
        Number(b.isDenied) - Number(a.isDenied) ||
        (a.identifier < b.identifier ? -1 : 1),
    );
}

function resourceType(
  configuration: Configuration,
  definition: ResourceTypeDefinition,
  index: number,
  expressions: Expressions,
): CompiledResourceType {
  const targetEntityType = configuration.entityTypes.find((type) => type.identifier === definition.targetEntityType);
  if (targetEntityType === undefined)
    throw new Error(`The resource type ${definition.identifier} has no target entity type.`);
  const isOwn = (rule: { readonly resourceType: string }): boolean => rule.resourceType === definition.identifier;
  return {
    definition,
    targetEntityType,
    keyExpression: expressions(['resourceTypes', index, 'key']),
    typeRules: indexed(configuration.typeRules, isOwn).map(
      ([rule, at]): Compiled<TypeRule> => withCondition('typeRules', rule, at, expressions),
    ),
    scalarRules: scalarRules(indexed(configuration.scalarRules, isOwn), expressions),
    navigationRules: indexed(configuration.navigationRules, isOwn).map(
      ([rule, at]): Compiled<NavigationRule> => withCondition('navigationRules', rule, at, expressions),
    ),
    correlationRules: indexed(configuration.correlationRules, isOwn).map(([rule, at]) =>
      correlationRule(rule, at, expressions),
    ),
    queryRules: surestFirst(
      indexed(configuration.queryRules, isOwn).map(([rule, at]) => queryRule(rule, at, expressions)),
    ),
    classificationRules: surestFirst(
      indexed(configuration.classificationRules, isOwn).map(([rule, at]) => classificationRule(rule, at, expressions)),
    ),
  };
}

const indexed = <Rule>(rules: readonly Rule[], isOwn: (rule: Rule) => boolean): readonly (readonly [Rule, number])[] =>
  rules.map((rule, index) => [rule, index] as const).filter(([rule]) => isOwn(rule));

type CompiledScalarRule = Compiled<ScalarRule> & { readonly valueExpression: CompiledExpression };

function scalarRules(
  rules: readonly (readonly [ScalarRule, number])[],
  expressions: Expressions,
): ReadonlyMap<string, readonly CompiledScalarRule[]> {
  const compiled = rules.map(
    ([rule, index]): CompiledScalarRule => ({
      ...withCondition('scalarRules', rule, index, expressions),
      valueExpression: expressions(['scalarRules', index, 'value']),
    }),
  );
  const byProperty = new Map<string, readonly CompiledScalarRule[]>();
  for (const rule of compiled.sort((a, b) => a.priority - b.priority)) {
    byProperty.set(rule.property, [...(byProperty.get(rule.property) ?? []), rule]);
  }
  return byProperty;
}

const correlationRule = (
  rule: CorrelationRule,
  index: number,
  expressions: Expressions,
): CompiledResourceType['correlationRules'][number] => ({
  ...rule,
  sourceExpression: expressions(['correlationRules', index, 'source']),
  targetExpression: expressions(['correlationRules', index, 'target']),
});

const queryRule = (
  rule: QueryRule,
  index: number,
  expressions: Expressions,
): CompiledResourceType['queryRules'][number] => ({
  ...withCondition('queryRules', rule, index, expressions),
  sourceExpression: expressions(['queryRules', index, 'source']),
  targetExpression: expressions(['queryRules', index, 'target']),
});

const classificationRule = (
  rule: ClassificationRule,
  index: number,
  expressions: Expressions,
): CompiledResourceType['classificationRules'][number] => ({
  ...rule,
  whenExpression: expressions(['classificationRules', index, 'when']),
});

/** Of equally sure ones the first in the files. */
const surestFirst = <Rule extends { readonly confidencePercent: number }>(rules: readonly Rule[]): readonly Rule[] =>
  [...rules].sort((a, b) => b.confidencePercent - a.confidencePercent);

/** A composite role has the effects of its single roles besides its own. */
function effects(
  configuration: Configuration,
  singleRolesOf: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, readonly string[]> {
  const rules = [
    ...configuration.typeRules,
    ...configuration.scalarRules,
    ...configuration.navigationRules,
    ...configuration.queryRules,
  ];
  const own = new Map<string, Set<string>>();
  for (const { role, resourceType: type } of rules) {
    if (role !== null) own.set(role, (own.get(role) ?? new Set()).add(type));
  }
  const roles = [...configuration.singleRoles, ...configuration.compositeRoles].map((role) => role.identifier);
  const all = roles.map((role): [string, readonly string[]] => {
    const parts = [role, ...(singleRolesOf.get(role) ?? [])].flatMap((part) => [...(own.get(part) ?? [])]);
    return [role, [...new Set(parts)].sort()];
  });
  return new Map(all.filter(([, types]) => types.length > 0));
}

function ruleTexts(configuration: Configuration, expressions: Expressions): CompiledModel['ruleText'] {
  const reads = readsByRule(configuration, expressions);
  return new Map(
    describeRules(configuration).map((rule) => [
      rule.identifier,
      { kind: rule.kind, summary: rule.summary, expression: rule.expression, reads: reads.get(rule.identifier) ?? [] },
    ]),
  );
}

/** By their text: the same text over the same person is the same expression, wherever it stands. */
function approverExpressions(
  configuration: Configuration,
  expressions: Expressions,
): ReadonlyMap<string, CompiledExpression> {
  const placed = expressionsOf(configuration).filter(({ path }) => path[2] === 'approvers');
  return new Map(placed.map(({ path, request }) => [request.text, expressions(path)]));
}

function readsByRule(configuration: Configuration, expressions: Expressions): ReadonlyMap<string, readonly string[]> {
  const reads = new Map<string, readonly string[]>();
  for (const { path, request } of expressionsOf(configuration)) {
    const [kind, index] = path;
    const holder = configuration[kind][Number(index)];
    // Keys of resource types and approvers of roles belong to no rule.
    if (holder === undefined || !kind.endsWith('Rules') || !('identifier' in holder) || request.subject !== 'person')
      continue;
    reads.set(holder.identifier, [...new Set([...(reads.get(holder.identifier) ?? []), ...expressions(path).reads])]);
  }
  return reads;
}
