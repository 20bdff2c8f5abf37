// Which accounts follow from the roles held, and what each should contain, every value with its rule.
// Owns type, scalar and navigation rules; which existing account is meant, and what must change, is reconcile.ts'.
import type { ScalarValue } from '@joinery/connector-kit';
import type { ExpectedResource } from '../assignment.js';
import type { DueAccount, ExpectedAccount, FailedAccount, RuleFailure } from './evaluation.js';
import { failureOf } from './held-role.js';
import type { CompiledModel, CompiledResourceType, ExpressionInput } from './model.js';
import { type RulesOfType, ruleIndex } from './rule-index.js';

/** `input.roles`: all roles held. `failures`: roles whose rule failed; their accounts fail with them. */
export function expectedAccounts(
  model: CompiledModel,
  input: ExpressionInput,
  failures: ReadonlyMap<string, RuleFailure>,
): readonly ExpectedAccount[] {
  const held = new Set(input.roles);
  const failed = failedTypes(model, failures);
  return ruleIndex(model).types.flatMap((rules) => {
    const resourceType = rules.type.definition.identifier;
    const failure = failed.get(resourceType);
    const account = failure === undefined ? accountOf(rules, input, held) : failedAccount(resourceType, failure);
    return account === null ? [] : [account];
  });
}

function failedTypes(
  model: CompiledModel,
  failures: ReadonlyMap<string, RuleFailure>,
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

function accountOf(rules: RulesOfType, input: ExpressionInput, held: ReadonlySet<string>): ExpectedAccount | null {
  const resourceType = rules.type.definition.identifier;
  // A failing expression must name its rule: the rule being tried is noted before it runs.
  const tried = { rule: '' };
  try {
    return dueAccount(rules, input, held, tried);
  } catch (error) {
    return failedAccount(resourceType, failureOf(tried.rule, error));
  }
}

function dueAccount(
  rules: RulesOfType,
  input: ExpressionInput,
  held: ReadonlySet<string>,
  tried: { rule: string },
): DueAccount | null {
  const isHeld = (role: string | null): boolean => role === null || held.has(role);
  const given = rules.typeRules.find((rule) => {
    tried.rule = rule.identifier;
    return isHeld(rule.role) && rule.applies(input);
  });
  if (given === undefined) return null;
  return {
    kind: 'due',
    resourceType: rules.type.definition.identifier,
    rule: given.identifier,
    role: given.role,
    values: valuesOf(rules, input, isHeld, tried),
    links: linksOf(rules, input, isHeld, tried),
  };
}

type IsHeld = (role: string | null) => boolean;

/** The first rule that applies gives the value; a property with no rule that applies is left alone. */
function valuesOf(
  rules: RulesOfType,
  input: ExpressionInput,
  isHeld: IsHeld,
  tried: { rule: string },
): ExpectedResource['values'] {
  const values: Record<string, { readonly value: ScalarValue; readonly rule: string }> = {};
  for (const { property, rules: own } of rules.values) {
    for (const rule of own) {
      tried.rule = rule.identifier;
      if (!isHeld(rule.role) || !rule.applies(input)) continue;
      values[property] = { value: emptyAsNull(rule.value(input)), rule: rule.identifier };
      break;
    }
  }
  return values;
}

/** Several rules may give the same link: the one that comes first by name stands for it. */
function linksOf(
  rules: RulesOfType,
  input: ExpressionInput,
  isHeld: IsHeld,
  tried: { rule: string },
): ExpectedResource['links'] {
  const links: Record<string, Record<string, string>> = {};
  for (const rule of rules.links) {
    tried.rule = rule.identifier;
    if (!isHeld(rule.role) || !rule.applies(input)) continue;
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
