// All rules of a configuration as one list: kind, identifier, and a sentence a person can read.
// Owns the wording of rules; leaves what they do to evaluate.ts.
import type {
  Configuration,
  CorrelationRule,
  NavigationRule,
  RoleRule,
  ScalarRule,
  TypeRule,
} from '../configuration.js';

export const ruleKinds = [
  'SINGLE_ROLE',
  'COMPOSITE_ROLE',
  'RESOURCE_TYPE',
  'RESOURCE_CORRELATION',
  'SCALAR',
  'NAVIGATION',
] as const;
export type RuleKind = (typeof ruleKinds)[number];

export interface RuleDescription {
  readonly identifier: string;
  readonly kind: RuleKind;
  readonly policy: string;
  /** Null for a role rule. */
  readonly resourceType: string | null;
  readonly property: string | null;
  readonly role: string | null;
  /** e.g. `IF person.department == "finance" THEN role SAP user`. */
  readonly summary: string;
  /** The condition, or what computes the value; null when there is none. */
  readonly expression: string | null;
}

/** In the order of the files: role rules, type rules, values, links, correlations. */
export function describeRules(configuration: Configuration): readonly RuleDescription[] {
  const names = namesOf(configuration);
  return [
    ...configuration.roleRules.map((rule) => describeRoleRule(rule, names)),
    ...configuration.typeRules.map((rule) => describeTypeRule(rule, names)),
    ...configuration.scalarRules.map((rule) => describeScalarRule(rule, names)),
    ...configuration.navigationRules.map((rule) => describeNavigationRule(rule, names)),
    ...configuration.correlationRules.map((rule) => describeCorrelationRule(rule, names)),
  ];
}

interface Names {
  readonly roles: ReadonlyMap<string, string>;
  readonly composites: ReadonlySet<string>;
  readonly resourceTypes: ReadonlyMap<string, string>;
}

function namesOf(configuration: Configuration): Names {
  const roles = [...configuration.singleRoles, ...configuration.compositeRoles];
  return {
    roles: new Map(roles.map((role) => [role.identifier, role.displayName])),
    composites: new Set(configuration.compositeRoles.map((role) => role.identifier)),
    resourceTypes: new Map(configuration.resourceTypes.map((type) => [type.identifier, type.displayName])),
  };
}

const nameIn = (names: ReadonlyMap<string, string>, identifier: string): string => names.get(identifier) ?? identifier;

function sentence(when: string | null, role: string | null, names: Names, effect: string): string {
  const conditions = [role === null ? null : `holder of ${nameIn(names.roles, role)}`, when].filter(
    (part) => part !== null,
  );
  return conditions.length === 0 ? `ALWAYS ${effect}` : `IF ${conditions.join(' AND ')} THEN ${effect}`;
}

const describe = (
  kind: RuleKind,
  rule: {
    readonly identifier: string;
    readonly policy: string;
    readonly resourceType?: string;
    readonly property?: string;
    readonly role?: string | null;
  },
  summary: string,
  expression: string | null,
): RuleDescription => ({
  identifier: rule.identifier,
  kind,
  policy: rule.policy,
  resourceType: rule.resourceType ?? null,
  property: rule.property ?? null,
  role: rule.role ?? null,
  summary,
  expression,
});

function describeRoleRule(rule: RoleRule, names: Names): RuleDescription {
  const effect = `${rule.isDenied ? 'never ' : ''}role ${nameIn(names.roles, rule.role)}`;
  const kind = names.composites.has(rule.role) ? 'COMPOSITE_ROLE' : 'SINGLE_ROLE';
  return describe(kind, rule, sentence(rule.when, null, names, effect), rule.when);
}

function describeTypeRule(rule: TypeRule, names: Names): RuleDescription {
  const effect = `account ${nameIn(names.resourceTypes, rule.resourceType)}`;
  return describe('RESOURCE_TYPE', rule, sentence(rule.when, rule.role, names, effect), rule.when);
}

function describeScalarRule(rule: ScalarRule, names: Names): RuleDescription {
  const effect = `${rule.property} of ${nameIn(names.resourceTypes, rule.resourceType)} = ${rule.value}`;
  return describe('SCALAR', rule, sentence(rule.when, rule.role, names, effect), rule.value);
}

function describeNavigationRule(rule: NavigationRule, names: Names): RuleDescription {
  const effect = `${rule.property} of ${nameIn(names.resourceTypes, rule.resourceType)} has ${rule.target}`;
  return describe('NAVIGATION', rule, sentence(rule.when, rule.role, names, effect), rule.when);
}

function describeCorrelationRule(rule: CorrelationRule, names: Names): RuleDescription {
  const account = nameIn(names.resourceTypes, rule.resourceType);
  const summary = `IF ${rule.target} = ${rule.source} THEN ${account} belongs to the person (${rule.confidencePercent} %)`;
  return describe('RESOURCE_CORRELATION', rule, summary, rule.target);
}
