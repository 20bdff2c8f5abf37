// Which rules read the day: what they give may be another thing tomorrow, although nothing else has changed.
// Made once per model, and asked for each identity; the day itself is evaluate.ts'.
import type { ExpectedAccount } from './evaluation.js';
import type { CompiledExpression, CompiledModel, CompiledResourceType } from './model.js';

/** Roles that rules reading the day are tied to; null = such a rule is tied to none. */
type TiedTo = readonly (string | null)[];

interface DayRules {
  /** Role rules are evaluated for everybody. */
  readonly isAnyRoleRule: boolean;
  readonly types: readonly { readonly resourceType: string; readonly giving: TiedTo; readonly filling: TiedTo }[];
}

/** Whether a rule evaluated for somebody with these roles and accounts reads the day. */
export function readsDay(
  model: CompiledModel,
  roles: readonly { readonly role: string }[],
  accounts: readonly ExpectedAccount[],
): boolean {
  const { isAnyRoleRule, types } = dayRules(model);
  if (isAnyRoleRule || types.length === 0) return isAnyRoleRule;
  const isHeld = (tied: string | null): boolean => tied === null || roles.some(({ role }) => role === tied);
  return types.some(
    ({ resourceType, giving, filling }) =>
      giving.some(isHeld) ||
      (accounts.some((account) => account.resourceType === resourceType) && filling.some(isHeld)),
  );
}

const known = new WeakMap<CompiledModel, DayRules>();

function dayRules(model: CompiledModel): DayRules {
  const found = known.get(model);
  if (found !== undefined) return found;
  const made = {
    isAnyRoleRule: model.roleRules.some(({ condition }) => isOfDay(condition)),
    types: [...model.resourceTypes.values()]
      .map(rulesOfType)
      .filter(({ giving, filling }) => giving.length + filling.length > 0),
  };
  known.set(model, made);
  return made;
}

function rulesOfType(type: CompiledResourceType): DayRules['types'][number] {
  const values = [...type.scalarRules.values()].flat();
  const always = [type.keyExpression, ...type.correlationRules.map(({ sourceExpression }) => sourceExpression)];
  return {
    resourceType: type.definition.identifier,
    giving: type.typeRules.filter(({ condition }) => isOfDay(condition)).map(({ role }) => role),
    filling: [
      ...(always.some(isOfDay) ? [null] : []),
      ...values
        .filter(({ condition, valueExpression }) => isOfDay(condition) || isOfDay(valueExpression))
        .map(({ role }) => role),
      ...type.navigationRules.filter(({ condition }) => isOfDay(condition)).map(({ role }) => role),
      ...type.queryRules
        .filter(({ condition, sourceExpression }) => isOfDay(condition) || isOfDay(sourceExpression))
        .map(({ role }) => role),
    ],
  };
}

/** The word within a text of the expression counts, too: then somebody is computed for nothing. */
const isOfDay = (expression: CompiledExpression | null): boolean =>
  expression !== null && /\btoday\b/.test(expression.text);
