// Upwards: from what stands in a target to the role that explains it. A role is deduced when it alone explains something
// and everything it gives is there. Owns the choice; whose an account is the store looks up, what is listed is reconciliation.ts'.
import type { ScalarValue } from '../assignment.js';
import { type ResourceContent, sameScalar } from '../resource.js';
import { evaluate } from './evaluate.js';
import type { DueAccount, IdentitySnapshot } from './evaluation.js';
import { accountFact, explainers, linkFact, linksFact, valueFact } from './explainer.js';
import type { CompiledModel } from './model.js';

/** An account of the identity: its own by assignment, or found by a sure correlation and nobody's yet. */
export interface FoundAccount {
  readonly resourceType: string;
  readonly resourceId: string;
  /** Found by the first load of its entity type. */
  readonly isPreExisting: boolean;
  readonly content: ResourceContent;
  /** Properties whose value was found different from the wish and waits for a decision. */
  readonly foundValues: readonly string[];
  /** `linkText` of links that need no explanation: kept by a person, or about to be taken away. */
  readonly settledLinks: ReadonlySet<string>;
}

export interface DeducedRole {
  readonly role: string;
  /** Row id of the account that shows it. */
  readonly resourceId: string;
  readonly isPreExisting: boolean;
}

/** Something in an account that no rule gives. `account`: that it is there at all. */
export interface Unexplained {
  readonly kind: 'account' | 'link' | 'value';
  readonly resourceType: string;
  readonly resourceId: string;
  /** Empty for the account itself. */
  readonly property: string;
  /** Key of what is linked; empty for the others. */
  readonly target: string;
}

export interface DeductionInput {
  readonly snapshot: IdentitySnapshot;
  /** All accounts found, conforming ones too: what a role gives is looked for in them. */
  readonly accounts: readonly FoundAccount[];
  readonly model: CompiledModel;
  readonly today: string;
}

export interface Deduction {
  /** Sorted by role. */
  readonly roles: readonly DeducedRole[];
  /** What no rule gives, even with these roles. */
  readonly unexplained: readonly Unexplained[];
}

export const linkText = (property: string, target: string): string => `${property}\n${target}`;

export function deduce(input: DeductionInput): Deduction {
  const given = givenWith(input, []);
  const facts = input.accounts.flatMap((account) => unexplainedIn(account, given, input.model));
  const candidates = candidatesFor(facts, input.model).map(
    (role): Candidate => ({ role, given: givenWith(input, [role]) }),
  );
  const sole = facts.flatMap((fact): readonly Shown[] => {
    const [first, ...others] = candidates.filter((candidate) => explains(input, candidate.given, fact, candidate.role));
    return first === undefined || others.length > 0 ? [] : [{ role: first.role, fact }];
  });
  const shown = candidates
    .filter((candidate) => isFree(input, candidate.role) && isComplete(input, given, candidate.given))
    .flatMap(({ role }) => sole.find((each) => each.role === role) ?? []);
  const singles = together(input, given, shown);
  const after = givenWith(
    input,
    singles.map(({ role }) => role),
  );
  return {
    roles: withComposites(input, singles).map((each) => deducedRole(input, each)),
    unexplained: facts.filter((fact) => !explains(input, after, fact, null)),
  };
}

/** What the rules give, by resource type. */
type Given = ReadonlyMap<string, DueAccount>;

interface Candidate {
  readonly role: string;
  readonly given: Given;
}

/** A role and what only it explains. */
interface Shown {
  readonly role: string;
  readonly fact: Unexplained;
}

/** The evaluation as it would be if the identity held these roles, too. */
function givenWith({ snapshot, model, today }: DeductionInput, roles: readonly string[]): Given {
  const rows = roles
    .filter((role) => snapshot.decisions.every((row) => row.role !== role))
    .map((role) => foundRow(snapshot.id, role));
  const { accounts } = evaluate({ ...snapshot, decisions: [...snapshot.decisions, ...rows] }, model, today);
  return new Map(accounts.flatMap((account) => (account.kind === 'due' ? [[account.resourceType, account]] : [])));
}

const foundRow = (identityId: string, role: string): IdentitySnapshot['decisions'][number] => ({
  identityId,
  role,
  workflowState: 'NON_CONFORMING',
  startDate: null,
  endDate: null,
  requestItemId: null,
  approvalStep: null,
  approvalStepCount: null,
  parameters: null,
  isDenied: false,
});

function unexplainedIn(account: FoundAccount, given: Given, model: CompiledModel): readonly Unexplained[] {
  const { resourceType, resourceId, content, foundValues, settledLinks } = account;
  const expected = given.get(resourceType);
  const { managedLinks } = explainers(model);
  const about = { resourceType, resourceId };
  const links = Object.entries(content.links).flatMap(([property, targets]) =>
    (managedLinks.has(linksFact(resourceType, property)) ? targets : [])
      .filter((target) => expected?.links[property]?.[target] === undefined)
      .filter((target) => !settledLinks.has(linkText(property, target)))
      .map((target): Unexplained => ({ kind: 'link', ...about, property, target })),
  );
  const isThere: readonly Unexplained[] =
    expected === undefined ? [{ kind: 'account', ...about, property: '', target: '' }] : [];
  return [
    ...isThere,
    ...links,
    ...foundValues.map((property): Unexplained => ({ kind: 'value', ...about, property, target: '' })),
  ];
}

/** Roles with a rule that may give one of these, sorted. Whether it does give it to this identity, the evaluation says. */
const candidatesFor = (facts: readonly Unexplained[], model: CompiledModel): readonly string[] => {
  const { byFact } = explainers(model);
  return [...new Set(facts.flatMap((fact) => textsOf(fact).flatMap((text) => byFact.get(text) ?? [])))].sort();
};

function textsOf({ kind, resourceType, property, target }: Unexplained): readonly string[] {
  switch (kind) {
    case 'account':
      return [accountFact(resourceType)];
    case 'link':
      return [linkFact(resourceType, property, target), linksFact(resourceType, property)];
    case 'value':
      return [valueFact(resourceType, property)];
    default:
      return kind satisfies never;
  }
}

/** A value is explained only where a rule of the role (null: of any role) gives what is there. */
function explains({ accounts, model }: DeductionInput, given: Given, fact: Unexplained, role: string | null): boolean {
  const account = given.get(fact.resourceType);
  if (account === undefined) return false;
  switch (fact.kind) {
    case 'account':
      return true;
    case 'link':
      return account.links[fact.property]?.[fact.target] !== undefined;
    case 'value': {
      const wish = account.values[fact.property];
      const giver = wish === undefined ? undefined : explainers(model).roleOfRule.get(wish.rule);
      if (wish === undefined || giver === undefined || (role !== null && giver !== role)) return false;
      const found = accounts.find(({ resourceId }) => resourceId === fact.resourceId);
      return sameScalar(wish.value, valueIn(found, fact.property));
    }
    default:
      return fact.kind satisfies never;
  }
}

const valueIn = (account: FoundAccount | undefined, property: string): ScalarValue =>
  account?.content.attributes[property] ?? null;

/** Whoever asked for it, was refused it or is losing it has a row of their own: nothing is put over that. */
const isFree = ({ snapshot }: DeductionInput, role: string): boolean =>
  snapshot.decisions.every((row) => row.role !== role);

/** Everything that comes with the role is there: its accounts, their links, and the values that its own rules give. */
function isComplete({ accounts, model }: DeductionInput, before: Given, given: Given): boolean {
  const { roleOfRule } = explainers(model);
  return [...given.values()].every((account) => {
    const known = before.get(account.resourceType);
    const found = accounts.filter(({ resourceType }) => resourceType === account.resourceType);
    if (known === undefined && found.length === 0) return false;
    return (
      newLinks(account, known).every(([property, target]) =>
        found.some(({ content }) => content.links[property]?.includes(target) === true),
      ) &&
      newValues(account, known)
        .filter(([, { rule }]) => roleOfRule.has(rule))
        .every(([property, { value }]) => found.some((each) => sameScalar(value, valueIn(each, property))))
    );
  });
}

const newLinks = (account: DueAccount, known: DueAccount | undefined): readonly (readonly [string, string])[] =>
  Object.entries(account.links).flatMap(([property, targets]) =>
    Object.keys(targets)
      .filter((target) => known?.links[property]?.[target] === undefined)
      .map((target) => [property, target] as const),
  );

const newValues = (account: DueAccount, known: DueAccount | undefined) =>
  Object.entries(account.values).filter(([property, { rule }]) => known?.values[property]?.rule !== rule);

/** Roles that hold one by one may contradict each other: the first ones by name stand. */
function together(input: DeductionInput, before: Given, shown: readonly Shown[]): readonly Shown[] {
  const chosen: Shown[] = [];
  for (const each of shown) {
    const roles = [...chosen, each].map(({ role }) => role);
    if (isComplete(input, before, givenWith(input, roles))) chosen.push(each);
  }
  return chosen;
}

/**
 * A composite role stands for its single roles where nothing else can: all of them were deduced, none of them belongs to
 * another composite role, and none of them can be had by itself.
 */
function withComposites(input: DeductionInput, singles: readonly Shown[]): readonly Shown[] {
  const { model } = input;
  const shown = new Map(singles.map((each) => [each.role, each]));
  const only = [...model.singleRolesOf].filter(
    ([composite, parts]) =>
      parts.length > 0 &&
      isFree(input, composite) &&
      parts.every((part) => shown.has(part) && isOnlyPartOf(model, part)),
  );
  const covered = new Set(only.flatMap(([, parts]) => parts));
  const composites = only.flatMap(([composite, parts]) => {
    const evidence = shown.get(parts[0] ?? '');
    return evidence === undefined ? [] : [{ ...evidence, role: composite }];
  });
  return [...singles.filter(({ role }) => !covered.has(role)), ...composites].sort((a, b) =>
    a.role < b.role ? -1 : 1,
  );
}

const isOnlyPartOf = (model: CompiledModel, role: string): boolean =>
  model.roles.get(role)?.isRequestable === false &&
  model.roleRules.every((rule) => rule.role !== role) &&
  [...model.singleRolesOf.values()].filter((parts) => parts.includes(role)).length === 1;

const deducedRole = ({ accounts }: DeductionInput, { role, fact }: Shown): DeducedRole => ({
  role,
  resourceId: fact.resourceId,
  isPreExisting: accounts.some(({ resourceId, isPreExisting }) => resourceId === fact.resourceId && isPreExisting),
});
