// Which accounts follow from the roles held, and what each should contain, every value with its rule.
// Owns type, scalar and navigation rules; which existing account is meant, and what must change, is reconcile.ts'.
import type { ScalarValue } from '@joinery/connector-kit';
import type { ExpectedResource, ExpectedValue } from '../assignment.js';
import type { TimeOffset, Uniqueness } from '../configuration.js';
import type { DueAccount, ExpectedAccount, FailedAccount, RuleFailure } from './evaluation.js';
import { failureOf } from './held-role.js';
import type { CompiledModel, CompiledResourceType, ExpressionInput } from './model.js';
import type { OpenValues, QueryTry, UniqueWish } from './open-value.js';
import { withParameterChecks } from './parameter-check.js';
import { type RulesOfType, ruleIndex, type ValueRule } from './rule-index.js';
import { seenIn, seenToday, type TimedRule, type Timeline, type Timing } from './timeline.js';

/** What is expected today: of accounts whose role rule failed nothing can be said. */
export function expectedAccounts(model: CompiledModel, timeline: Timeline): readonly ExpectedAccount[] {
  const { scenes } = timeline;
  if (scenes.every((scene) => scene === null)) return [];
  const failed = failedTypes(
    model,
    scenes.flatMap((scene) => (scene === null ? [] : [...scene.held.failures])),
  );
  return ruleIndex(model).types.flatMap((rules) => {
    const resourceType = rules.type.definition.identifier;
    const failure = failed.get(resourceType);
    const account = failure === undefined ? accountOf(rules, timeline) : failedAccount(resourceType, failure);
    return account === null ? [] : [checked(account, timeline, model)];
  });
}

const checked = (account: ExpectedAccount, { present }: Timeline, model: CompiledModel): ExpectedAccount =>
  account.kind === 'failed' || present === null ? account : withParameterChecks(account, present.held, model);

function failedTypes(
  model: CompiledModel,
  failures: readonly (readonly [string, RuleFailure])[],
): ReadonlyMap<string, RuleFailure> {
  const failed = new Map<string, RuleFailure>();
  for (const [role, failure] of failures) {
    for (const type of model.effectsOf.get(role) ?? []) failed.set(type, failure);
  }
  return failed;
}

const failedAccount = (resourceType: string, failure: RuleFailure): FailedAccount => ({
  kind: 'failed',
  resourceType,
  failure,
});

function accountOf(rules: RulesOfType, timeline: Timeline): ExpectedAccount | null {
  const resourceType = rules.type.definition.identifier;
  // A failing expression must name its rule: the rule being tried is noted before it runs.
  const tried = { rule: '' };
  try {
    return dueAccount(rules, timeline, tried);
  } catch (error) {
    return failedAccount(resourceType, failureOf(tried.rule, error));
  }
}

/** What a rule sees where it counts today, and the notes of which one was tried; null where it does not count. */
type Applying = (rule: TimedRule & { readonly identifier: string }, timing: Timing) => ExpressionInput | null;

function dueAccount(rules: RulesOfType, timeline: Timeline, tried: { rule: string }): DueAccount | null {
  const { definition } = rules.type;
  const hours = definition.fulfillHoursAheadOfTime;
  const aheadDays = hours === 0 ? 0 : timeline.ahead(hours);
  const applying: Applying = (rule, timing) => {
    tried.rule = rule.identifier;
    return seenToday(rule, timeline, timing);
  };
  const given = rules.typeRules.find(
    (rule) => applying(rule, { offset: rule.timeOffset, aheadDays: rule.isDenied ? 0 : aheadDays }) !== null,
  );
  if (given === undefined || given.isDenied) return null;
  // A rule about a property that says nothing of time counts as long as the account.
  const isOfToday = aheadDays === 0 && given.timeOffset === null;
  const asked: Asked = (rule, isDenied = false) => {
    if (!isOfToday || rule.timeOffset !== null)
      return applying(rule, { offset: rule.timeOffset ?? given.timeOffset, aheadDays: isDenied ? 0 : aheadDays });
    // The usual case, some hundred times for each identity.
    tried.rule = rule.identifier;
    return timeline.present === null ? null : seenIn(rule, timeline.present);
  };
  const uniques: UniqueWish[] = [];
  const values = valuesOf(rules, asked, uniques);
  const open = openValues(queriesOf(rules, asked), uniques);
  return {
    kind: 'due',
    resourceType: definition.identifier,
    rule: given.identifier,
    role: given.role,
    values,
    links: linksOf(rules, asked),
    ...(open === null ? {} : { open }),
    ...missingOf(definition.dependsOnOwnerProperties, timeline),
  };
}

type Asked = (
  rule: TimedRule & { readonly identifier: string; readonly timeOffset: TimeOffset | null },
  isDenied?: boolean,
) => ExpressionInput | null;

function missingOf(properties: readonly string[], { scenes }: Timeline): Pick<DueAccount, 'missing'> {
  if (properties.length === 0) return {};
  const person = scenes.find((scene) => scene !== null)?.setting.input.person ?? {};
  const missing = properties.filter((property) => emptyAsNull(person[property] ?? null) === null);
  return missing.length === 0 ? {} : { missing };
}

const openValues = (queries: readonly QueryTry[], uniques: readonly UniqueWish[]): OpenValues | null =>
  queries.length + uniques.length === 0 ? null : { queries, uniques };

/** The first rule that applies gives the value; a property with no rule that applies is left alone. Notes what must be unique. */
function valuesOf(rules: RulesOfType, asked: Asked, uniques: UniqueWish[]): ExpectedResource['values'] {
  const values: Record<string, ExpectedValue> = {};
  for (const { property, rules: own } of rules.values) {
    for (const rule of own) {
      const seen = asked(rule);
      if (seen === null) continue;
      if (rule.uniqueness === null) values[property] = givenValue(rule, rule.value(seen));
      else uniques.push(uniqueWish(property, rule, rule.uniqueness, seen));
      break;
    }
  }
  return values;
}

const givenValue = ({ identifier, traits }: ValueRule, value: ScalarValue): ExpectedValue =>
  traits === null
    ? { value: emptyAsNull(value), rule: identifier }
    : { value: emptyAsNull(value), rule: identifier, ...traits };

const uniqueWish = (property: string, rule: ValueRule, uniqueness: Uniqueness, seen: ExpressionInput): UniqueWish => ({
  property,
  rule: rule.identifier,
  uniqueness,
  ...rule.traits,
  valueAt: (attempt) => rule.value({ ...seen, attempt }),
});

const noQueries: readonly QueryTry[] = [];

/** Queries with something to look for. */
function queriesOf({ queries }: RulesOfType, asked: Asked): readonly QueryTry[] {
  if (queries.length === 0) return noQueries;
  return queries.flatMap((rule): readonly QueryTry[] => {
    const seen = asked(rule);
    const value = seen === null ? null : emptyAsNull(rule.sought(seen));
    if (value === null) return [];
    const { identifier, property, isMultivalued, role, confidencePercent } = rule;
    return [{ property, isMultivalued, rule: identifier, role, confidencePercent, value: String(value) }];
  });
}

/** Several rules may give the same link: the one that comes first by name stands for it, unless one denies it. */
function linksOf(rules: RulesOfType, asked: Asked): ExpectedResource['links'] {
  const links: Record<string, Record<string, string>> = {};
  // Denials stand right before what they deny.
  let denied: RulesOfType['links'][number] | null = null;
  for (const rule of rules.links) {
    if (rule.property === denied?.property && rule.target === denied.target) continue;
    if (asked(rule, rule.isDenied) === null) continue;
    if (rule.isDenied) {
      denied = rule;
      continue;
    }
    const targets = links[rule.property] ?? {};
    targets[rule.target] ??= rule.identifier;
    links[rule.property] = targets;
  }
  return links;
}

/** An empty text is no value: that is how expressions read what is absent. */
const emptyAsNull = (value: ScalarValue): ScalarValue => (value === '' ? null : value);

/** The key of a new account; a failure when the expression fails or gives nothing. */
export function keyOfAccount(type: CompiledResourceType, input: ExpressionInput): string | RuleFailure {
  const rule = `${type.definition.identifier}.key`;
  try {
    const key = type.keyExpression.evaluate(input);
    if (key !== null && key !== '') return String(key);
    return {
      rule,
      message: `The key of a ${type.definition.displayName} is empty: «${type.keyExpression.text}» gave nothing.`,
    };
  } catch (error) {
    return failureOf(rule, error);
  }
}

/** Correlation rules with the value each looks for. Rules that fail or give nothing look for nothing. */
export function correlationValues(
  type: CompiledResourceType,
  input: ExpressionInput,
): readonly { readonly rule: string; readonly value: string }[] {
  return type.correlationRules.flatMap((rule) => {
    const value = valueOrNull(() => rule.sourceExpression.evaluate(input));
    return value === null || value === '' ? [] : [{ rule: rule.identifier, value: String(value) }];
  });
}

function valueOrNull(evaluate: () => ScalarValue): ScalarValue {
  try {
    return evaluate();
  } catch {
    return null;
  }
}
