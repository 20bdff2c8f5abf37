// The conditions of a rule one by one, each with what it looks at: conjuncts of its expression, criteria of its context,
// the role it is tied to. Told from the inputs of the computation; owns no rule of its own.
import type { ScalarValue } from '@joinery/connector-kit';
import type { ContextCriterion } from '../configuration.js';
import { type Context, contextsOf, meets } from './context.js';
import type { IdentitySnapshot } from './evaluation.js';
import type { CompiledExpression, CompiledModel, ExpressionInput } from './model.js';
import { type Setting, settingOf } from './setting.js';

export type ReadValue = ScalarValue | readonly string[];

export interface Condition {
  readonly expression: string;
  /** What it reads, or an object of all that it reads. */
  readonly actualValue: ReadValue | Readonly<Record<string, ReadValue>>;
  readonly isSatisfied: boolean;
}

/** A rule of any kind, as far as it has conditions. */
export interface AskedRule {
  readonly identifier: string;
  readonly condition: CompiledExpression | null;
  readonly context: readonly ContextCriterion[];
  /** The role it is tied to; null, and for rules that give roles: none. */
  readonly heldRole: string | null;
  /** What computes the value it gives; left out: it gives none. */
  readonly valueExpression?: CompiledExpression;
}

const asked = new WeakMap<CompiledModel, ReadonlyMap<string, AskedRule>>();

/** All rules that give something, by identifier. */
export function askedRules(model: CompiledModel): ReadonlyMap<string, AskedRule> {
  const known = asked.get(model) ?? new Map(allRules(model).map((rule) => [rule.identifier, rule]));
  asked.set(model, known);
  return known;
}

const allRules = ({ roleRules, resourceTypes }: CompiledModel): readonly AskedRule[] => [
  ...roleRules.map((rule) => ({ ...rule, heldRole: null })),
  ...[...resourceTypes.values()].flatMap((type) =>
    [...type.typeRules, ...[...type.scalarRules.values()].flat(), ...type.navigationRules, ...type.queryRules].map(
      (rule) => ({ ...rule, heldRole: rule.role }),
    ),
  ),
];

/** Where rules are asked about: the person with these roles on this day. */
export const settingFor = (
  snapshot: IdentitySnapshot,
  model: CompiledModel,
  roles: readonly string[],
  today: string,
): Setting => settingOf({ person: snapshot.attributes, roles, today }, contextsOf(snapshot, model), today);

/** In one context of the person: the one in which the fewest fail, the first of several. */
export function conditionsOf(
  rule: AskedRule,
  setting: Setting,
  parameters: Readonly<Record<string, string>> | null = null,
): readonly Condition[] {
  const isTried = rule.context.length > 0 || rule.condition?.variables.has('context') === true;
  const places = isTried ? setting.inContexts : [];
  const tried =
    places.length === 0
      ? [conditionsIn(rule, null, setting.input, parameters)]
      : places.map(({ context, input }) => conditionsIn(rule, context, input, parameters));
  return tried.reduce((best, next) => (countFailed(next) < countFailed(best) ? next : best));
}

const countFailed = (conditions: readonly Condition[]): number =>
  conditions.filter(({ isSatisfied }) => !isSatisfied).length;

function conditionsIn(
  { condition, context: criteria, heldRole }: AskedRule,
  context: Context | null,
  input: ExpressionInput,
  parameters: Readonly<Record<string, string>> | null,
): readonly Condition[] {
  const seen = parameters === null ? input : { ...input, parameters };
  const parts = condition === null ? [] : (condition.conjuncts?.() ?? [condition]);
  return [
    ...(heldRole === null ? [] : [roleCondition(heldRole, input.roles)]),
    ...criteria.map((criterion) => criterionCondition(criterion, context)),
    ...parts.map((part) => expressionCondition(part, seen)),
  ];
}

const roleCondition = (role: string, roles: readonly string[]): Condition => ({
  expression: `"${role}" in roles`,
  actualValue: roles,
  isSatisfied: roles.includes(role),
});

function criterionCondition(criterion: ContextCriterion, context: Context | null): Condition {
  const { dimension, values, includesBelow } = criterion;
  const [only] = values;
  const wanted = values.length === 1 ? `== ${JSON.stringify(only)}` : `in ${JSON.stringify(values)}`;
  return {
    expression: `context.${dimension} ${wanted}${includesBelow ? ' or below' : ''}`,
    actualValue: context?.values[dimension] ?? null,
    isSatisfied: context !== null && meets(context, [criterion]),
  };
}

/** An expression that fails is not satisfied: its message stands where its value would. */
export function expressionCondition(expression: CompiledExpression, input: ExpressionInput): Condition {
  const { text } = expression;
  try {
    return {
      expression: text,
      actualValue: valueRead(expression, input),
      isSatisfied: expression.evaluate(input) === true,
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { expression: text, actualValue: message, isSatisfied: false };
  }
}

/** What an expression looks at: the value when it reads one, else each by its name. */
export function valueRead(expression: CompiledExpression, input: ExpressionInput): Condition['actualValue'] {
  const read = valuesRead(expression, input);
  const [first] = read;
  return first !== undefined && read.length === 1 ? first[1] : Object.fromEntries(read);
}

function valuesRead({ reads, variables, text }: CompiledExpression, input: ExpressionInput) {
  const row = variables.has('resource') ? input.resource : input.person;
  return [
    ...reads.map((property): readonly [string, ReadValue] => [property, row?.[property] ?? null]),
    ...namedIn('context', text, input.context),
    ...namedIn('position', text, input.position),
    ...namedIn('parameters', text, input.parameters),
    ...(variables.has('roles') ? [['roles', input.roles] as const] : []),
    ...(variables.has('today') ? [['today', input.today] as const] : []),
  ];
}

/** `context.site` stands in the text of an expression that was accepted: its names are known. */
function namedIn(
  variable: string,
  text: string,
  values: Readonly<Record<string, ScalarValue>> | undefined,
): readonly (readonly [string, ReadValue])[] {
  const names = [...text.matchAll(new RegExp(String.raw`\b${variable}\.(\w+)`, 'g'))].map(([, name]) => name ?? '');
  return [...new Set(names)].map((name) => [`${variable}.${name}`, values?.[name] ?? null]);
}
