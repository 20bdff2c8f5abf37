// All rules of a configuration as one list: kind, identifier, and a sentence a person can read.
// Owns the wording of rules; leaves what they do to evaluate.ts.
import type {
  ClassificationRule,
  Configuration,
  ContextCriterion,
  CorrelationRule,
  NavigationRule,
  QueryRule,
  RoleRule,
  ScalarRule,
  TimeOffset,
  TypeRule,
} from '../configuration.js';

export const ruleKinds = [
  'SINGLE_ROLE',
  'COMPOSITE_ROLE',
  'RESOURCE_TYPE',
  'RESOURCE_CORRELATION',
  'RESOURCE_CLASSIFICATION',
  'SCALAR',
  'NAVIGATION',
  'QUERY',
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

/** In the order of the files: role rules, type rules, values, links, queries, correlations, classifications. */
export function describeRules(configuration: Configuration): readonly RuleDescription[] {
  const names = namesOf(configuration);
  return [
    ...configuration.roleRules.map((rule) => describeRoleRule(rule, names)),
    ...configuration.typeRules.map((rule) => describeTypeRule(rule, names)),
    ...configuration.scalarRules.map((rule) => describeScalarRule(rule, names)),
    ...configuration.navigationRules.map((rule) => describeNavigationRule(rule, names)),
    ...configuration.queryRules.map((rule) => describeQueryRule(rule, names)),
    ...configuration.correlationRules.map((rule) => describeCorrelationRule(rule, names)),
    ...configuration.classificationRules.map((rule) => describeClassificationRule(rule, names)),
  ];
}

interface Names {
  readonly roles: ReadonlyMap<string, string>;
  readonly composites: ReadonlySet<string>;
  readonly resourceTypes: ReadonlyMap<string, string>;
  readonly dimensions: ReadonlyMap<string, string>;
}

function namesOf(configuration: Configuration): Names {
  const roles = [...configuration.singleRoles, ...configuration.compositeRoles];
  return {
    roles: new Map(roles.map((role) => [role.identifier, role.displayName])),
    composites: new Set(configuration.compositeRoles.map((role) => role.identifier)),
    resourceTypes: new Map(configuration.resourceTypes.map((type) => [type.identifier, type.displayName])),
    dimensions: new Map(configuration.dimensions.map((each) => [each.identifier, each.displayName])),
  };
}

const nameIn = (names: ReadonlyMap<string, string>, identifier: string): string => names.get(identifier) ?? identifier;

/** The conditions of a rule that are the same for all kinds. */
interface Conditions {
  readonly when: string | null;
  readonly context: readonly ContextCriterion[];
  readonly timeOffset?: TimeOffset | null;
}

function sentence(
  { when, context, timeOffset = null }: Conditions,
  role: string | null,
  names: Names,
  what: string,
): string {
  const effect = `${what}${timeOffset === null ? '' : `, ${offsetText(timeOffset)}`}`;
  const conditions = [
    ...(role === null ? [] : [`holder of ${nameIn(names.roles, role)}`]),
    ...context.map((criterion) => criterionText(criterion, names)),
    ...(when === null ? [] : [when]),
  ];
  return conditions.length === 0 ? `ALWAYS ${effect}` : `IF ${conditions.join(' AND ')} THEN ${effect}`;
}

const criterionText = ({ dimension, values, includesBelow }: ContextCriterion, { dimensions }: Names): string =>
  `${nameIn(dimensions, dimension)} is ${includesBelow ? 'in or below ' : ''}${values.join(' or ')}`;

/** e.g. `from 3 days before the first day to 10 days after the last day`. */
function offsetText({ mode, before, after }: TimeOffset): string {
  const [first, last] = ['the first day', 'the last day'];
  switch (mode) {
    case 'AROUND':
      return `from ${dayText(before, first)} to ${dayText(after, last)}`;
    case 'BEFORE':
      return `from ${dayText(before, first)} to ${dayText(after, first)}`;
    case 'AFTER':
      return `from ${dayText(before, last)} to ${dayText(after, last)}`;
    default:
      return mode satisfies never;
  }
}

function dayText(days: number, edge: string): string {
  if (days === 0) return edge;
  const count = Math.abs(days);
  return `${count} ${count === 1 ? 'day' : 'days'} ${days < 0 ? 'before' : 'after'} ${edge}`;
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
  const offered = rule.gives === 'REQUIRED' ? '' : 'offer ';
  const effect = `${rule.isDenied ? 'never ' : offered}role ${nameIn(names.roles, rule.role)}`;
  const kind = names.composites.has(rule.role) ? 'COMPOSITE_ROLE' : 'SINGLE_ROLE';
  return describe(kind, rule, sentence(rule, null, names, effect), rule.when);
}

function describeTypeRule(rule: TypeRule, names: Names): RuleDescription {
  const effect = `${rule.isDenied ? 'never ' : ''}account ${nameIn(names.resourceTypes, rule.resourceType)}`;
  return describe('RESOURCE_TYPE', rule, sentence(rule, rule.role, names, effect), rule.when);
}

function describeScalarRule(rule: ScalarRule, names: Names): RuleDescription {
  const effect = `${rule.property} of ${nameIn(names.resourceTypes, rule.resourceType)} = ${rule.value}${traitText(rule)}`;
  return describe('SCALAR', rule, sentence(rule, rule.role, names, effect), rule.value);
}

/** How the value is kept, where that is not the usual. */
function traitText({ uniqueness, isMapped, comparison }: ScalarRule): string {
  const traits = [
    ...(uniqueness === null ? [] : [uniqueness === 'KEEP' ? 'unique and kept' : 'unique']),
    ...(isMapped ? [] : ['written only']),
    ...(comparison === 'EXACT' ? [] : [`whatever its ${comparison === 'IGNORE_CASE' ? 'case' : 'accents and case'}`]),
  ];
  return traits.length === 0 ? '' : ` (${traits.join(', ')})`;
}

function describeNavigationRule(rule: NavigationRule, names: Names): RuleDescription {
  const effect = `${rule.property} of ${nameIn(names.resourceTypes, rule.resourceType)} has ${rule.isDenied ? 'never ' : ''}${rule.target}`;
  return describe('NAVIGATION', rule, sentence(rule, rule.role, names, effect), rule.when);
}

function describeCorrelationRule(rule: CorrelationRule, names: Names): RuleDescription {
  const account = nameIn(names.resourceTypes, rule.resourceType);
  const summary = `IF ${rule.target} = ${rule.source} THEN ${account} belongs to the person (${rule.confidencePercent} %)`;
  return describe('RESOURCE_CORRELATION', rule, summary, rule.target);
}

function describeQueryRule(rule: QueryRule, names: Names): RuleDescription {
  const account = nameIn(names.resourceTypes, rule.resourceType);
  const effect = `${rule.property} of ${account} is the row whose ${rule.target} = ${rule.source} (${rule.confidencePercent} %)`;
  return describe('QUERY', rule, sentence(rule, rule.role, names, effect), rule.source);
}

function describeClassificationRule(rule: ClassificationRule, names: Names): RuleDescription {
  const account = nameIn(names.resourceTypes, rule.resourceType);
  const summary = `IF ${rule.when} THEN it is a ${account} (${rule.confidencePercent} %)`;
  return describe('RESOURCE_CLASSIFICATION', rule, summary, rule.when);
}
