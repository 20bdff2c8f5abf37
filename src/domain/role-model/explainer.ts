// Which roles may stand behind what is found in an account, made once per model: the rules read backwards.
// Owns the index; whether a role does explain something of one identity is deduction.ts'.
import type { CompiledModel } from './model.js';
import { ruleIndex } from './rule-index.js';

export interface Explainers {
  /** `<type>`, `<type> link <property> <target>`, `<type> links <property>`, `<type> value <property>` → roles whose rules may give it. */
  readonly byFact: ReadonlyMap<string, readonly string[]>;
  /** `<type> links <property>`: links that some rule of the model gives. Others are nobody's business. */
  readonly managedLinks: ReadonlySet<string>;
  /** The same as pairs, and those of them that roles give. */
  readonly links: readonly TypeProperty[];
  readonly linksOfRoles: readonly TypeProperty[];
  readonly roleOfRule: ReadonlyMap<string, string>;
}

/** A multi-valued property of the accounts of a resource type. */
export interface TypeProperty {
  readonly resourceType: string;
  readonly property: string;
}

export const accountFact = (type: string): string => type;
export const linkFact = (type: string, property: string, target: string): string =>
  `${type}\nlink\n${property}\n${target}`;
export const linksFact = (type: string, property: string): string => `${type}\nlinks\n${property}`;
export const valueFact = (type: string, property: string): string => `${type}\nvalue\n${property}`;

const made = new WeakMap<CompiledModel, Explainers>();

export function explainers(model: CompiledModel): Explainers {
  const known = made.get(model) ?? makeExplainers(model);
  made.set(model, known);
  return known;
}

function makeExplainers(model: CompiledModel): Explainers {
  const { typeRules, navigationRules, queryRules, scalarRules } = model.configuration;
  const byFact = new Map<string, string[]>();
  const add = (fact: string, { role, isDenied = false }: { role: string | null; isDenied?: boolean }): void => {
    if (role !== null && !isDenied) byFact.set(fact, [...(byFact.get(fact) ?? []), role]);
  };
  for (const rule of typeRules) add(accountFact(rule.resourceType), rule);
  for (const rule of navigationRules) {
    add(linkFact(rule.resourceType, rule.property, rule.target), rule);
    // A link to one target at most is an ordinary value.
    add(valueFact(rule.resourceType, rule.property), rule);
  }
  for (const rule of queryRules) add(linksFact(rule.resourceType, rule.property), rule);
  for (const rule of scalarRules) add(valueFact(rule.resourceType, rule.property), rule);
  const linking = [...navigationRules, ...queryRules].filter((rule) => isMultivalued(model, rule));
  return {
    byFact,
    managedLinks: new Set(linking.map(({ resourceType, property }) => linksFact(resourceType, property))),
    links: pairsOf(linking),
    linksOfRoles: pairsOf(linking.filter(({ role }) => role !== null)),
    roleOfRule: ruleIndex(model).roleOfRule,
  };
}

const isMultivalued = ({ resourceTypes }: CompiledModel, { resourceType, property }: TypeProperty): boolean =>
  resourceTypes
    .get(resourceType)
    ?.targetEntityType.properties.some((each) => each.identifier === property && each.isMultivalued) === true;

const pairsOf = (rules: readonly TypeProperty[]): readonly TypeProperty[] => [
  ...new Map(
    rules.map(({ resourceType, property }) => [linksFact(resourceType, property), { resourceType, property }]),
  ).values(),
];

export interface SureRule {
  readonly rule: string;
  readonly resourceType: string;
  /** Only rows classified as the type can be its accounts. */
  readonly isClassified: boolean;
}

/** Correlation rules that say for sure whose an account is. */
export const sureRules = ({ configuration }: CompiledModel): readonly SureRule[] =>
  configuration.correlationRules
    .filter(({ confidencePercent }) => confidencePercent >= 100)
    .map(({ identifier, resourceType }) => ({
      rule: identifier,
      resourceType,
      isClassified: configuration.classificationRules.some((rule) => rule.resourceType === resourceType),
    }));
