// What rows are found by: the values of correlation rules on both sides, of query rules on the side of the row that is
// linked, of properties that must be unique; and which resource type a row is classified as. Matching values is the store's.
import type { ScalarValue } from '@joinery/connector-kit';
import type { Attributes } from './configuration.js';
import type { CompiledExpression, CompiledModel, CompiledResourceType } from './role-model/model.js';

export interface CorrelationExpressions {
  readonly source: ReadonlyMap<string, CompiledExpression>;
  /** By correlation rule, or `queryKey` of a query rule. */
  readonly target: ReadonlyMap<string, CompiledExpression>;
  /** Properties in which no two rows may hold the same. */
  readonly unique: readonly string[];
  /** Surest first. */
  readonly classes: readonly {
    readonly resourceType: string;
    readonly confidencePercent: number;
    readonly rule: string;
    readonly expression: CompiledExpression;
  }[];
}

/** Identifiers hold no colon: these keys are no correlation rules. */
export const queryKey = (rule: string): string => `query:${rule}`;
export const uniqueKey = (property: string): string => `unique:${property}`;

/** Values that differ in case only are one value where they must be unique: many systems do not tell them apart. */
export const uniqueText = (value: ScalarValue | undefined): string => String(value ?? '').toLowerCase();

/** What is read of rows of this entity type. */
export function correlationExpressionsOf(model: CompiledModel, entityType: string): CorrelationExpressions {
  const types = [...model.resourceTypes.values()];
  const owned = types.filter(({ targetEntityType }) => targetEntityType.identifier === entityType);
  const owners = types.filter(({ definition }) => definition.sourceEntityType === entityType);
  return {
    source: new Map(
      owners.flatMap(({ correlationRules }) =>
        correlationRules.map(({ identifier, sourceExpression }) => [identifier, sourceExpression]),
      ),
    ),
    target: new Map([
      ...owned.flatMap(({ correlationRules }) =>
        correlationRules.map(({ identifier, targetExpression }) => [identifier, targetExpression] as const),
      ),
      ...types.flatMap((type) => queriesOver(type, entityType)),
    ]),
    unique: [...new Set(owned.flatMap(uniqueProperties))].sort(),
    classes: owned
      .flatMap(({ definition, classificationRules }) =>
        classificationRules.map(({ identifier, confidencePercent, whenExpression }) => ({
          resourceType: definition.identifier,
          confidencePercent,
          rule: identifier,
          expression: whenExpression,
        })),
      )
      .sort((a, b) => b.confidencePercent - a.confidencePercent),
  };
}

const queriesOver = (
  { queryRules, targetEntityType }: CompiledResourceType,
  entityType: string,
): readonly (readonly [string, CompiledExpression])[] =>
  queryRules
    .filter(({ property }) =>
      targetEntityType.properties.some(
        ({ identifier, references }) => identifier === property && references === entityType,
      ),
    )
    .map(({ identifier, targetExpression }) => [queryKey(identifier), targetExpression]);

/** The key, too, where keys are generated. */
export const uniqueProperties = ({ definition, targetEntityType, scalarRules }: CompiledResourceType) => [
  ...(definition.isKeyUnique ? [targetEntityType.key] : []),
  ...[...scalarRules].flatMap(([property, rules]) =>
    rules.some(({ uniqueness }) => uniqueness !== null) ? [property] : [],
  ),
];

export const isQueried = ({ target }: CorrelationExpressions): boolean =>
  [...target.keys()].some((key) => key.startsWith(queryKey('')));

const remembered = new WeakMap<CompiledModel, Map<string, CorrelationExpressions>>();

function rememberedExpressions(model: CompiledModel, entityType: string): CorrelationExpressions {
  const known = remembered.get(model) ?? new Map<string, CorrelationExpressions>();
  remembered.set(model, known);
  const expressions = known.get(entityType) ?? correlationExpressionsOf(model, entityType);
  known.set(entityType, expressions);
  return expressions;
}

/** What a single row that was read is found by; undefined where nothing but correlation rules reads such rows: those are for rows without owner. */
export function rowKeysOf(
  model: CompiledModel,
  entityType: string,
  attributes: Attributes,
): Pick<CorrelationValues, 'target' | 'classified'> | undefined {
  const expressions = rememberedExpressions(model, entityType);
  const isKept = isQueried(expressions) || expressions.unique.length + expressions.classes.length > 0;
  if (!isKept) return undefined;
  // Rules over rows see no day.
  const { target, classified } = correlationValues({ ...expressions, source: new Map() }, attributes, '');
  return { target, classified };
}

/** Changes when a rule is added, removed or rewritten; input of a digest. */
export const correlationText = ({ source, target, unique, classes }: CorrelationExpressions): string =>
  JSON.stringify([
    textsOf(source),
    textsOf(target),
    unique,
    classes.map(({ resourceType, confidencePercent, expression }) => [
      resourceType,
      confidencePercent,
      expression.text,
    ]),
  ]);

const textsOf = (expressions: ReadonlyMap<string, CompiledExpression>) =>
  [...expressions].map(([rule, { text }]) => ({ rule, text })).sort((a, b) => (a.rule < b.rule ? -1 : 1));

export interface CorrelationValues {
  readonly source: Readonly<Record<string, string>>;
  readonly target: Readonly<Record<string, string>>;
  /** Null: no rule says so. */
  readonly classified: { readonly resourceType: string; readonly confidencePercent: number } | null;
  /** Rules that failed on this row, with the reason. Such a row is correlated by its other rules only. */
  readonly problems: readonly string[];
}

/** Empty values give no key: two rows without a mail address have nothing in common. */
export function correlationValues(
  expressions: CorrelationExpressions,
  attributes: Attributes,
  today: string,
): CorrelationValues {
  const problems: string[] = [];
  const tried = (rule: string, expression: CompiledExpression, as: 'person' | 'resource'): string => {
    const { text, problem } = textOf(expression, { [as]: attributes, roles: [], today });
    if (problem !== null) problems.push(`${rule}: ${problem}`);
    return text;
  };
  const valuesOf = (rules: ReadonlyMap<string, CompiledExpression>, as: 'person' | 'resource') =>
    [...rules].map(([rule, expression]) => [rule, tried(rule, expression, as)] as const);
  const unique = expressions.unique.map((property) => [uniqueKey(property), uniqueText(attributes[property])] as const);
  const source = filled(valuesOf(expressions.source, 'person'));
  const target = filled([...valuesOf(expressions.target, 'resource'), ...unique]);
  const found = expressions.classes.find(({ rule, expression }) => tried(rule, expression, 'resource') === 'true');
  const classified =
    found === undefined ? null : { resourceType: found.resourceType, confidencePercent: found.confidencePercent };
  return { source, target, classified, problems };
}

const filled = (values: readonly (readonly [string, string])[]): Readonly<Record<string, string>> =>
  Object.fromEntries(values.filter(([, value]) => value !== ''));

type Input = Parameters<CompiledExpression['evaluate']>[0];

function textOf(
  expression: CompiledExpression,
  input: Input,
): { readonly text: string; readonly problem: string | null } {
  try {
    const value = expression.evaluate(input);
    return { text: value === null ? '' : String(value), problem: null };
  } catch (error) {
    return { text: '', problem: error instanceof Error ? error.message : 'it failed' };
  }
}
