// Why somebody does not have a role or an account: every rule that would give it, with the conditions that failed, and
// what stands above rules: dates, a person's denial, a rule that denies. Told from the inputs of the stored computation.
import { positionIn } from '../calendar.js';
import type { TypeRule } from '../configuration.js';
import { type AskedRule, type Condition, conditionsOf, settingFor } from './condition.js';
import { periodOf } from './context.js';
import type { LoadedIdentity } from './computation.js';
import { heldRoles, namesOf } from './held-role.js';
import type { Compiled, CompiledModel, CompiledRoleRule } from './model.js';
import { withParameters } from './role-parameter.js';
import type { Setting } from './setting.js';

export interface NearMiss {
  /** Identifier. */
  readonly rule: string;
  /** Empty: nothing of it fails any more; the computation is older than its inputs. */
  readonly failed: readonly FailedCondition[];
}

export interface FailedCondition extends Condition {
  /** The same as part of a sentence; left out: the expression does not hold. */
  readonly told?: string;
}

export interface MissInput {
  readonly model: CompiledModel;
  readonly identity: LoadedIdentity;
  readonly today: string;
  /** What is said of the denials of people, by role. */
  readonly denials?: ReadonlyMap<string, string>;
}

/** Rules told at most; those that failed by the least come first. */
const mostMisses = 20;

export function missesOfRole(input: MissInput, role: string): readonly NearMiss[] {
  const { model } = input;
  const composites = [...model.singleRolesOf]
    .filter(([, parts]) => parts.includes(role))
    .map(([composite]) => composite);
  const own = givingRules(model, role).map((rule) => missOf(input, rule, [role]));
  const bundled = composites.flatMap((composite) =>
    givingRules(model, composite).map((rule) => missOf(input, rule, [composite, role])),
  );
  return nearestFirst([...own, ...bundled]);
}

const givingRules = ({ roleRules }: CompiledModel, role: string): readonly CompiledRoleRule[] =>
  roleRules.filter((rule) => rule.role === role && !rule.isDenied && rule.gives === 'REQUIRED');

/** `roles`: the one the rule gives, and the one that follows from it. */
function missOf(input: MissInput, rule: CompiledRoleRule, roles: readonly string[]): NearMiss {
  const setting = settingOfRole(input, rule.role);
  const failed = conditionsOf({ ...rule, heldRole: null }, setting).filter(({ isSatisfied }) => !isSatisfied);
  const above = roles.flatMap((role) => [...personDenials(input, role), ...ruleDenials(input, role, rule.priority)]);
  return { rule: rule.identifier, failed: [...periodConditions(input), ...failed, ...above] };
}

/** Rules of single roles see the composite roles, never one another: see held-role.ts. */
export function settingOfRole({ model, identity, today }: MissInput, role: string): Setting {
  const isComposite = model.singleRolesOf.has(role);
  const seen = identity.stored.roles.filter(({ role: held, reason }) =>
    isComposite
      ? reason.kind !== 'rule' && reason.kind !== 'role'
      : reason.kind !== 'rule' || model.singleRolesOf.has(held),
  );
  return settingFor(identity.snapshot, model, namesOf(seen), today);
}

/** Rules about accounts see all roles held. */
export const settingOfAccount = ({ model, identity, today }: MissInput): Setting =>
  settingFor(identity.snapshot, model, namesOf(identity.stored.roles), today);

function periodConditions({ model, identity: { snapshot }, today }: MissInput): readonly Condition[] {
  const { startDate, endDate } = periodOf(snapshot, model);
  if (snapshot.isRemoved)
    return [{ expression: 'the source lists the person', actualValue: false, isSatisfied: false }];
  const position = positionIn(today, startDate, endDate);
  if (position === 'before')
    return [{ expression: 'first day <= today', actualValue: { 'first day': startDate, today }, isSatisfied: false }];
  if (position === 'after')
    return [{ expression: 'today <= last day', actualValue: { 'last day': endDate, today }, isSatisfied: false }];
  return [];
}

function personDenials(
  { identity: { snapshot }, model, denials }: MissInput,
  role: string,
): readonly FailedCondition[] {
  if (!snapshot.decisions.some((row) => row.role === role && row.isDenied)) return [];
  const said = denials?.get(role) ?? 'somebody denied it';
  const name = model.roles.get(role)?.displayName ?? role;
  return [
    {
      expression: `nobody has denied the role ${role}`,
      actualValue: said,
      isSatisfied: false,
      told: `${said}: the role ${name}`,
    },
  ];
}

/** A rule that denies counts against those of its own priority number and of higher ones. */
function ruleDenials(input: MissInput, role: string, priority: number): readonly FailedCondition[] {
  const { model } = input;
  return model.roleRules
    .filter((rule) => rule.role === role && rule.isDenied && rule.priority <= priority)
    .filter((rule) => areMet({ ...rule, heldRole: null }, settingOfRole(input, role)))
    .map((rule) => denial(model, rule.identifier));
}

const denial = (model: CompiledModel, rule: string): FailedCondition => ({
  expression: `not (${model.ruleText.get(rule)?.summary ?? rule})`,
  actualValue: rule,
  isSatisfied: false,
  told: `the rule ${rule} denies it (${model.ruleText.get(rule)?.summary ?? rule})`,
});

const areMet = (rule: AskedRule, setting: Setting): boolean =>
  conditionsOf(rule, setting).every(({ isSatisfied }) => isSatisfied);

export function missesOfAccount(input: MissInput, resourceType: string): readonly NearMiss[] {
  const type = input.model.resourceTypes.get(resourceType);
  if (type === undefined) return [];
  const { model } = input;
  const setting = settingOfAccount(input);
  const denials = type.typeRules
    .filter((rule) => rule.isDenied && areMet({ ...rule, heldRole: rule.role }, setting))
    .map(({ identifier }) => denial(model, identifier));
  const missing = type.definition.dependsOnOwnerProperties.flatMap((property) => ownerCondition(input, property));
  const misses = type.typeRules
    .filter(({ isDenied }) => !isDenied)
    .map((rule): NearMiss => {
      const failed = failedOf(input, rule, setting);
      return { rule: rule.identifier, failed: [...periodConditions(input), ...failed, ...denials, ...missing] };
    });
  return nearestFirst(misses);
}

function failedOf(input: MissInput, rule: Compiled<TypeRule>, setting: Setting): readonly Condition[] {
  const asked = { ...rule, heldRole: rule.role };
  return conditionsOf(asked, setting, parametersFor(input, asked)).filter(({ isSatisfied }) => !isSatisfied);
}

/** Of the role the rule is tied to, where the rule reads them. */
export function parametersFor(
  { model, identity, today }: MissInput,
  { heldRole, condition, valueExpression }: AskedRule,
): Readonly<Record<string, string>> | null {
  const isRead = [condition, valueExpression].some((expression) => expression?.variables.has('parameters') === true);
  if (heldRole === null || !isRead) return null;
  return withParameters(heldRoles(identity.snapshot, model, today), model).parameters.get(heldRole) ?? null;
}

function ownerCondition({ identity: { snapshot } }: MissInput, property: string): readonly Condition[] {
  const value = snapshot.attributes[property] ?? null;
  return value === null || value === ''
    ? [{ expression: `person.${property} is filled`, actualValue: null, isSatisfied: false }]
    : [];
}

const nearestFirst = (misses: readonly NearMiss[]): readonly NearMiss[] =>
  misses.toSorted((a, b) => a.failed.length - b.failed.length || (a.rule < b.rule ? -1 : 1)).slice(0, mostMisses);

/** For a manager: what would have to be otherwise, of the rule that came nearest. */
export function missText([nearest]: readonly NearMiss[]): string {
  if (nearest === undefined) return 'no rule gives it, and nobody has asked for it';
  if (nearest.failed.length === 0) return 'the computation is older than what it was made from';
  return nearest.failed
    .map(({ expression, actualValue, told }) => told ?? `${expression} does not hold (${shown(actualValue)})`)
    .join(', and ');
}

function shown(value: Condition['actualValue']): string {
  if (value === null || value === '') return 'it is empty';
  if (Array.isArray(value)) return value.length === 0 ? 'there are none' : `there are ${value.join(', ')}`;
  if (typeof value !== 'object') return `it is ${JSON.stringify(value)}`;
  return Object.entries(value)
    .map(([name, one]) => `${name} is ${JSON.stringify(one)}`)
    .join(', ');
}
