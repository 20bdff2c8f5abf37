// The role catalogue as a list people search: which roles and rules a filter lets through, and what a role changes.
import type { RoleDefinition } from './configuration.js';
import type { FilterTree, IdComparison } from './filter.js';
import type { CompiledModel } from './role-model/model.js';
import type { RuleDescription, RuleKind } from './role-model/rule.js';

export interface RoleCondition extends FilterTree<RoleCondition> {
  readonly text?: string | null;
  /** Category identifier. */
  readonly category?: IdComparison | null;
  readonly isRequestable?: boolean | null;
  readonly isPrivileged?: boolean | null;
}

/** Every condition of a level must hold, with all of `and`, one of `or`, and not `not`. */
export function matchesRole(role: RoleDefinition, condition: RoleCondition | null): boolean {
  if (condition === null) return true;
  const { text, category, isRequestable, isPrivileged, and, or, not } = condition;
  return (
    holds(isRequestable, role.isRequestable) &&
    holds(isPrivileged, role.isPrivileged) &&
    isAmong(category, role.category) &&
    standsIn(text, [role.displayName, role.identifier, role.description]) &&
    (and ?? []).every((inner) => matchesRole(role, inner)) &&
    (!or || or.some((inner) => matchesRole(role, inner))) &&
    !(not && matchesRole(role, not))
  );
}

const holds = (asked: boolean | null | undefined, is: boolean): boolean => typeof asked !== 'boolean' || asked === is;

function isAmong(asked: IdComparison | null | undefined, value: string | null): boolean {
  if (!asked) return true;
  const { eq, in: among, nin, isNull } = asked;
  return (
    (typeof eq !== 'string' || eq === value) &&
    (!among || (value !== null && among.includes(value))) &&
    (!nin || value === null || !nin.includes(value)) &&
    (typeof isNull !== 'boolean' || isNull === (value === null))
  );
}

const standsIn = (text: string | null | undefined, places: readonly (string | null)[]): boolean =>
  !text || places.some((place) => place?.toLowerCase().includes(text.toLowerCase()) === true);

export interface RuleCondition {
  readonly kind?: readonly RuleKind[] | null;
  readonly text?: string | null;
}

export const matchesRule = (rule: RuleDescription, condition: RuleCondition | null): boolean =>
  condition === null ||
  ((!condition.kind || condition.kind.includes(rule.kind)) &&
    standsIn(condition.text, [rule.identifier, rule.summary, rule.expression]));

/** What holding a role changes: one of its rules. */
export interface RoleEffect {
  readonly rule: string;
  readonly resourceType: string;
  readonly entityType: string;
  readonly property: string | null;
  /** The linked resource of a navigation rule. */
  readonly target: { readonly entityType: string; readonly key: string } | null;
  readonly summary: string;
}

/** In the order of the configuration: accounts, then values, then links. */
export function effectsOfRole(model: CompiledModel, role: string): readonly RoleEffect[] {
  const types = [...model.resourceTypes.values()];
  return [
    ...types.flatMap((type) =>
      type.typeRules
        .filter((rule) => rule.role === role)
        .map(
          (rule): RoleEffect => ({
            rule: rule.identifier,
            ...placeOf(type.definition, null),
            target: null,
            summary: `Account: ${type.definition.displayName}`,
          }),
        ),
    ),
    ...types.flatMap((type) =>
      [...type.scalarRules.values()]
        .flat()
        .filter((rule) => rule.role === role)
        .map(
          (rule): RoleEffect => ({
            rule: rule.identifier,
            ...placeOf(type.definition, rule.property),
            target: null,
            summary: `${propertyName(type, rule.property)} of ${type.definition.displayName} is ${rule.value}`,
          }),
        ),
    ),
    ...types.flatMap((type) =>
      type.navigationRules
        .filter((rule) => rule.role === role)
        .map(
          (rule): RoleEffect => ({
            rule: rule.identifier,
            ...placeOf(type.definition, rule.property),
            target: targetOf(type, rule.property, rule.target),
            summary: `${propertyName(type, rule.property)} of ${type.definition.displayName} has ${rule.target}`,
          }),
        ),
    ),
  ];
}

type ResourceTypeOf = CompiledModel['resourceTypes'] extends ReadonlyMap<string, infer Type> ? Type : never;

const placeOf = (definition: ResourceTypeOf['definition'], property: string | null) => ({
  resourceType: definition.identifier,
  entityType: definition.targetEntityType,
  property,
});

const propertyOf = (type: ResourceTypeOf, property: string) =>
  type.targetEntityType.properties.find((known) => known.identifier === property);

const propertyName = (type: ResourceTypeOf, property: string): string =>
  propertyOf(type, property)?.displayName ?? property;

function targetOf(type: ResourceTypeOf, property: string, key: string): RoleEffect['target'] {
  const entityType = propertyOf(type, property)?.references ?? null;
  return entityType === null ? null : { entityType, key };
}

const mostSimilar = 5;

/** Other roles that change the same kinds of accounts, those of the same shelf first, then those more colleagues hold. */
export function similarRoles(
  model: CompiledModel,
  identifier: string,
  heldByPeers: ReadonlyMap<string, number>,
): readonly RoleDefinition[] {
  const category = model.roles.get(identifier)?.category ?? null;
  const types = new Set(model.effectsOf.get(identifier));
  const rank = (role: RoleDefinition): number => Number(role.category === category);
  const held = (role: RoleDefinition): number => heldByPeers.get(role.identifier) ?? 0;
  return [...model.roles.values()]
    .filter((role) => role.identifier !== identifier)
    .filter((role) => (model.effectsOf.get(role.identifier) ?? []).some((type) => types.has(type)))
    .sort((a, b) => rank(b) - rank(a) || held(b) - held(a) || (a.identifier < b.identifier ? -1 : 1))
    .slice(0, mostSimilar);
}
