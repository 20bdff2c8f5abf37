// The rules of a model in the order they are evaluated in, made once per model.
// Owns that order (domain.md §4) and which conditions may be remembered; leaves evaluating to held-role.ts and expected-account.ts.
import type { CalculatedRole } from '../assignment.js';
import { traitsOf, type ValueTraits } from '../comparison.js';
import type {
  ContextCriterion,
  NavigationRule,
  RoleRule,
  ScalarRule,
  TimeOffset,
  TypeRule,
  Uniqueness,
} from '../configuration.js';
import type {
  Compiled,
  CompiledExpression,
  CompiledModel,
  CompiledResourceType,
  CompiledRoleRule,
  ExpressionInput,
  ExpressionVariable,
} from './model.js';

/** Whether a rule's condition holds; throws what its expression throws. */
export type Condition = (input: ExpressionInput) => boolean;
export type Conditioned<Rule> = Rule & {
  readonly applies: Condition;
  readonly context: readonly ContextCriterion[];
  /** It has criteria, or reads `context`: it is tried in each context. */
  readonly needsContext: boolean;
  readonly needsParameters: boolean;
};

/** All rules about one role: lowest priority number first, denials first at equal priority. */
export interface RulesOfRole {
  readonly role: string;
  /** Without those that only suggest. */
  readonly rules: readonly GrantingRule[];
}
/** `grant` is one object for all identities: a hundred roles each for a hundred thousand people would be ten million. */
export type GrantingRule = Conditioned<RoleRule> & {
  readonly grant: CalculatedRole;
  /** The role's parameters as the rule gives them; null: it gives none. */
  readonly parametersIn: (input: ExpressionInput) => Readonly<Record<string, string>> | null;
};

export interface RulesOfType {
  readonly type: CompiledResourceType;
  /** Those that deny come first. */
  readonly typeRules: readonly Conditioned<TypeRule>[];
  /** Sorted by property; the key is left out: it comes from the key expression and is read-only afterwards. */
  readonly values: readonly { readonly property: string; readonly rules: readonly ValueRule[] }[];
  /** The properties of `values` and of queries for one link: some rule gives them. */
  readonly managed: ReadonlySet<string>;
  /** Fixed links to several targets, sorted by property and target. */
  readonly links: readonly Conditioned<NavigationRule>[];
  /** Links that are looked for, sorted by property, the surest first. */
  readonly queries: readonly QueryValueRule[];
}
export type QueryValueRule = Conditioned<CompiledResourceType['queryRules'][number]> & {
  readonly isMultivalued: boolean;
  readonly sought: (input: ExpressionInput) => ReturnType<CompiledExpression['evaluate']>;
};
export type ValueRule = Conditioned<{
  readonly identifier: string;
  readonly role: string | null;
  readonly timeOffset: TimeOffset | null;
}> & {
  readonly value: (input: ExpressionInput) => ReturnType<CompiledExpression['evaluate']>;
  /** Null: compared as usual. */
  readonly traits: ValueTraits | null;
  /** Null: need not be unique. */
  readonly uniqueness: Uniqueness | null;
};

export interface RuleIndex {
  readonly compositeRules: readonly RulesOfRole[];
  readonly singleRules: readonly RulesOfRole[];
  /** Of roles that some rule suggests: all their rules, sorted by role. */
  readonly suggesting: readonly RulesOfRole[];
  /** Sorted by identifier. */
  readonly types: readonly RulesOfType[];
  /** Type, scalar and navigation rules tied to a role. */
  readonly roleOfRule: ReadonlyMap<string, string>;
}

const indexes = new WeakMap<CompiledModel, RuleIndex>();

export function ruleIndex(model: CompiledModel): RuleIndex {
  const known = indexes.get(model);
  if (known !== undefined) return known;
  const made = makeIndex(model);
  indexes.set(model, made);
  return made;
}

const typeIndexes = new WeakMap<CompiledResourceType, RulesOfType>();

/** The rules of one resource type, made once. */
export function ruleIndexOfType(type: CompiledResourceType): RulesOfType {
  const known = typeIndexes.get(type);
  if (known !== undefined) return known;
  const made = rulesOfType(type);
  typeIndexes.set(type, made);
  return made;
}

function makeIndex(model: CompiledModel): RuleIndex {
  const isComposite = (rule: RoleRule): boolean => model.singleRolesOf.has(rule.role);
  const types = [...model.resourceTypes.values()];
  const isGiving = (rule: RoleRule): boolean => rule.gives === 'REQUIRED' || rule.isDenied;
  const giving = model.roleRules.filter(isGiving);
  const suggested = new Set(model.roleRules.filter((rule) => !isGiving(rule)).map(({ role }) => role));
  return {
    compositeRules: rulesByRole(giving.filter(isComposite)),
    singleRules: rulesByRole(giving.filter((rule) => !isComposite(rule))),
    suggesting: rulesByRole(model.roleRules.filter(({ role }) => suggested.has(role))),
    types: sortedBy(types.map(ruleIndexOfType), ({ type }) => type.definition.identifier),
    roleOfRule: new Map(types.flatMap(rolesOfRules)),
  };
}

function rulesByRole(rules: readonly CompiledRoleRule[]): readonly RulesOfRole[] {
  const roles = new Map<string, GrantingRule[]>();
  for (const rule of [...rules].sort(byPriority))
    roles.set(rule.role, [...(roles.get(rule.role) ?? []), grantingRule(rule)]);
  return sortedBy(
    [...roles].map(([role, own]) => ({ role, rules: own })),
    ({ role }) => role,
  );
}

const grantingRule = (rule: CompiledRoleRule): GrantingRule => ({
  ...conditioned(rule, ...rule.parameterExpressions.values()),
  grant: { role: rule.role, reason: { kind: 'rule', cause: rule.identifier } },
  parametersIn: (input) => parametersIn(rule, input),
});

/** What gives nothing is left out: the role then lacks it. */
function parametersIn(
  { parameterExpressions }: CompiledRoleRule,
  input: ExpressionInput,
): Readonly<Record<string, string>> | null {
  if (parameterExpressions.size === 0) return null;
  const given = [...parameterExpressions].map(([name, expression]) => [name, String(expression.evaluate(input) ?? '')]);
  return Object.fromEntries(given.filter(([, value]) => value !== ''));
}

const byPriority = (a: RoleRule, b: RoleRule): number =>
  a.priority - b.priority || Number(b.isDenied) - Number(a.isDenied) || compareText(a.identifier, b.identifier);

function rulesOfType(type: CompiledResourceType): RulesOfType {
  const isMultivalued = new Set(
    type.targetEntityType.properties.filter((property) => property.isMultivalued).map(({ identifier }) => identifier),
  );
  const single = type.navigationRules.filter((rule) => !isMultivalued.has(rule.property) && !rule.isDenied);
  const inUse = inUseRules(type);
  const ruled = [...type.scalarRules.keys(), ...single.map((rule) => rule.property)];
  const properties = new Set([...ruled, ...inUse.map(({ property }) => property)]);
  properties.delete(type.targetEntityType.key);
  return {
    type,
    typeRules: type.typeRules.map((rule) => conditioned(rule)).sort((a, b) => Number(b.isDenied) - Number(a.isDenied)),
    managed: new Set([
      ...properties,
      ...type.queryRules.map(({ property }) => property).filter((name) => !isMultivalued.has(name)),
    ]),
    values: [...properties].sort(compareText).map((property) => ({
      property,
      rules: [
        ...(type.scalarRules.get(property) ?? []).map(scalarRule),
        ...single.filter((rule) => rule.property === property).map(fixedRule),
        ...inUse.filter((one) => one.property === property).map(({ rule }) => rule),
      ],
    })),
    links: type.navigationRules
      .filter((rule) => isMultivalued.has(rule.property))
      .map((rule) => conditioned(rule))
      .sort(byTarget),
    // Sorting keeps the order of rules that are about one property: the surest first.
    queries: sortedBy(
      type.queryRules.map((rule) => queryRule(rule, isMultivalued.has(rule.property))),
      ({ property }) => property,
    ),
  };
}

/** Denials of a link come before what gives it. */
const byTarget = (a: NavigationRule, b: NavigationRule): number =>
  compareText(a.property, b.property) ||
  compareText(a.target, b.target) ||
  Number(b.isDenied) - Number(a.isDenied) ||
  compareText(a.identifier, b.identifier);

const scalarRule = (rule: Compiled<ScalarRule> & { readonly valueExpression: CompiledExpression }): ValueRule => {
  const { applies, context, needsContext, needsParameters } = conditioned(rule, rule.valueExpression);
  const { identifier, role, timeOffset, uniqueness } = rule;
  const value = remembered(rule.valueExpression);
  const own = { identifier, role, timeOffset, uniqueness, traits: rareTraits(rule), value };
  return { ...own, context, applies, needsContext, needsParameters };
};

function rareTraits(rule: ScalarRule): ValueTraits | null {
  const traits = traitsOf(rule);
  return Object.keys(traits).length === 0 ? null : traits;
}

const queryRule = (rule: CompiledResourceType['queryRules'][number], isMultivalued: boolean): QueryValueRule => ({
  ...conditioned(rule, rule.sourceExpression),
  isMultivalued,
  sought: remembered(rule.sourceExpression),
});

/** A link to one target at most is an ordinary value: the target's key. */
const fixedRule = (rule: Compiled<NavigationRule>): ValueRule => {
  const { applies, context, needsContext, needsParameters } = conditioned(rule);
  const { identifier, role, timeOffset } = rule;
  const own = { identifier, role, timeOffset, uniqueness: null, traits: null, value: () => rule.target };
  return { ...own, context, applies, needsContext, needsParameters };
};

/** Stands for `onRemove` of a resource type where a rule is named. */
export const removalRule = (resourceType: string): string => `${resourceType}.onRemove`;

/** An account in use is not disabled, unless a rule says otherwise. */
function inUseRules({
  definition,
}: CompiledResourceType): readonly { readonly property: string; readonly rule: ValueRule }[] {
  const { identifier, onRemove } = definition;
  if (onRemove.kind !== 'DISABLE') return [];
  const { property, enabledValue } = onRemove;
  const always = { context: [], applies: () => true, needsContext: false, needsParameters: false };
  const own = { identifier: removalRule(identifier), role: null, timeOffset: null, uniqueness: null, traits: null };
  return [{ property, rule: { ...own, ...always, value: () => enabledValue } }];
}

const rolesOfRules = (type: CompiledResourceType): readonly (readonly [string, string])[] =>
  [...type.typeRules, ...[...type.scalarRules.values()].flat(), ...type.navigationRules, ...type.queryRules].flatMap(
    ({ identifier, role }) => (role === null ? [] : [[identifier, role] as const]),
  );

/** `more`: what else of the rule reads variables. */
export function conditioned<
  Rule extends { readonly condition: CompiledExpression | null; readonly context: readonly ContextCriterion[] },
>(rule: Rule, ...more: readonly CompiledExpression[]): Conditioned<Rule> {
  const { condition, context } = rule;
  const reads = (variable: ExpressionVariable): boolean =>
    [...(condition === null ? [] : [condition]), ...more].some(({ variables }) => variables.has(variable));
  const evaluate = condition === null ? null : remembered(condition);
  return {
    ...rule,
    applies: evaluate === null ? () => true : (input) => evaluate(input) === true,
    needsContext: context.length > 0 || reads('context'),
    needsParameters: reads('parameters'),
  };
}

const mostRemembered = 1_000;

// Rules mostly ask for one attribute with few values (a department, a site): the answer is remembered by that value.
// An expression is pure, so the same values give the same answer; failures are not remembered. An attribute with many
// values (a name) gains nothing by it: after that many different ones nothing is remembered any more.
export function remembered(
  expression: CompiledExpression,
): (input: ExpressionInput) => ReturnType<CompiledExpression['evaluate']> {
  const [property] = expression.reads;
  if (property === undefined || expression.reads.length > 1 || !readsPersonOnly(expression))
    return (input) => expression.evaluate(input);
  const answers = new Map<unknown, ReturnType<CompiledExpression['evaluate']>>();
  return (input) => {
    const value = input.person?.[property];
    const known = answers.get(value);
    if (known !== undefined) return known;
    const answer = expression.evaluate(input);
    if (answers.size < mostRemembered) answers.set(value, answer);
    return answer;
  };
}

/** Nothing but single properties of the person: no roles, no day, not the person as a whole. */
const readsPersonOnly = ({ text, variables }: CompiledExpression): boolean =>
  variables.size === 1 && variables.has('person') && !/\bperson\b(?!\s*\.)/.test(text);

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const sortedBy = <T>(items: readonly T[], text: (item: T) => string): readonly T[] =>
  [...items].sort((a, b) => compareText(text(a), text(b)));
