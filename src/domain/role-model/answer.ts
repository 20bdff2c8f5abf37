// What accounts whose values were left open ask the directory, and putting its answers in: links that query rules found,
// values that are reserved. Owns which answer wins; what is left open is open-value.ts', reserving unique-value.ts'.
import type { ScalarValue } from '@joinery/connector-kit';
import type { DueAccount, Evaluation, ExpectedAccount, RuleFailure } from './evaluation.js';
import { failureOf } from './held-role.js';
import type { CompiledModel } from './model.js';
import type { ParameterCheck, QueryTry, UniqueWish } from './open-value.js';
import { boundParameters } from './parameter-check.js';

/** Of many identities at once. */
export interface Questions {
  /** All that are asked for: their reservations are wanted, and what they asked before is forgotten. */
  readonly identityIds: readonly string[];
  readonly queries: readonly { readonly identityId: string; readonly rule: string; readonly value: string }[];
  /** Rows that parameters name. */
  readonly keys: readonly { readonly entityType: string; readonly key: string }[];
}

/** What the directory knows. */
export interface Answers {
  /** By `questionKey`: keys of the rows found, at most a few; absent: none. */
  readonly matches: ReadonlyMap<string, readonly string[]>;
  /** By `reservationKey`. */
  readonly reservations: ReadonlyMap<string, Reservation | RuleFailure>;
  /** Those of the keys asked about that are there, by `questionKey` of entity type and key. */
  readonly present: ReadonlySet<string>;
}
export type Ask = (questions: Questions) => Promise<Answers>;

export const noAnswers: Answers = { matches: new Map(), reservations: new Map(), present: new Set() };

export interface Reservation {
  readonly value: string;
  readonly rule: string;
  /** What attempt 0 gave. */
  readonly base: string;
  readonly attempt: number;
  /** The target said that somebody else has it: the next attempt is due. */
  readonly isRefused: boolean;
}

export const questionKey = (rule: string, value: string): string => `${rule}\n${value}`;
export const reservationKey = (identityId: string, resourceType: string, property: string): string =>
  `${identityId}\n${resourceType}\n${property}`;

const asking = new WeakMap<CompiledModel, boolean>();

/** Whether any rule of the model leaves something open: without one nobody asks anything. */
export function leavesOpen(model: CompiledModel): boolean {
  const known = asking.get(model);
  if (known !== undefined) return known;
  const made =
    boundParameters(model).size > 0 ||
    [...model.resourceTypes.values()].some(
      ({ definition, queryRules, scalarRules }) =>
        definition.isKeyUnique ||
        queryRules.length > 0 ||
        [...scalarRules.values()].some((rules) => rules.some(({ uniqueness }) => uniqueness !== null)),
    );
  asking.set(model, made);
  return made;
}

/** What evaluations leave open, asked once for all of them. */
export async function answersTo(
  model: CompiledModel,
  evaluated: readonly { readonly id: string; readonly evaluation: Evaluation | null }[],
  ask: Ask,
): Promise<Answers> {
  if (!leavesOpen(model) || evaluated.length === 0) return noAnswers;
  const open = evaluated.flatMap(({ evaluation }) => (evaluation?.accounts ?? []).flatMap(checksOf));
  return ask({
    keys: open.map(({ entityType, value }) => ({ entityType, key: value })),
    identityIds: evaluated.map(({ id }) => id),
    queries: evaluated.flatMap(({ id, evaluation }) =>
      (evaluation?.accounts ?? []).flatMap((account) =>
        account.kind === 'due'
          ? (account.open?.queries ?? []).map(({ rule, value }) => ({ identityId: id, rule, value }))
          : [],
      ),
    ),
  });
}

const checksOf = (account: ExpectedAccount): readonly ParameterCheck[] =>
  account.kind === 'due' ? (account.open?.checks ?? []) : [];

/** The evaluation with everything in it. */
export function answeredEvaluation(evaluation: Evaluation, identityId: string, answers: Answers): Evaluation {
  const isOpen = evaluation.accounts.some((account) => account.kind === 'due' && account.open !== undefined);
  if (!isOpen) return evaluation;
  return {
    ...evaluation,
    accounts: evaluation.accounts.map((account) =>
      account.kind === 'due' ? answered(account, identityId, answers) : account,
    ),
  };
}

/** The account with everything in it. A query that finds two, or a value that nobody can have, fails it. */
export function answered(account: DueAccount, identityId: string, answers: Answers): ExpectedAccount {
  if (account.open === undefined) return account;
  const { open, ...closed } = account;
  const tried = { rule: '' };
  try {
    for (const check of open.checks ?? []) assertPresent(check, answers, tried);
    const found = linksFound(open.queries, answers, tried);
    const unique = open.uniques.map((wish) => uniqueValue(wish, account.resourceType, identityId, answers, tried));
    return withAnswers(closed, found, unique);
  } catch (error) {
    return { kind: 'failed', resourceType: account.resourceType, failure: failureOf(tried.rule, error) };
  }
}

function assertPresent(check: ParameterCheck, { present }: Answers, tried: { rule: string }): void {
  const { role, parameter, dimension, entityType, value } = check;
  tried.rule = `${role}.${parameter}`;
  if (present.has(questionKey(entityType, value))) return;
  throw new Error(
    `The parameter ${parameter} of ${role} is "${value}", which is no value of ${dimension}. Correct the data or the request, or bring the row back.`,
  );
}

interface FoundLink {
  readonly query: QueryTry;
  readonly key: string;
}

/** Of each property, and of each role where it holds several links, the first query that finds exactly one. */
function linksFound(queries: readonly QueryTry[], { matches }: Answers, tried: { rule: string }): readonly FoundLink[] {
  const found = new Map<string, FoundLink>();
  for (const query of queries) {
    const place = query.isMultivalued ? `${query.property}\n${query.role ?? ''}` : query.property;
    if (found.has(place)) continue;
    tried.rule = query.rule;
    const keys = matches.get(questionKey(query.rule, query.value)) ?? [];
    if (keys.length > 1) throw new Error(ambiguous(query, keys));
    const [key] = keys;
    if (key !== undefined) found.set(place, { query, key });
  }
  return [...found.values()];
}

const ambiguous = ({ rule, property, value }: QueryTry, keys: readonly string[]): string =>
  `Rule ${rule} finds several rows for ${property}, with "${value}": ${keys.slice(0, 5).join(', ')}. Correct the data, or make the rule ask for more.`;

type Given = DueAccount['values'][string] & { readonly property: string };

function uniqueValue(
  wish: UniqueWish,
  resourceType: string,
  identityId: string,
  { reservations }: Answers,
  tried: { rule: string },
): Given {
  tried.rule = wish.rule;
  const { property, rule, uniqueness: _, valueAt, ...traits } = wish;
  const reserved = reservations.get(reservationKey(identityId, resourceType, property));
  if (reserved !== undefined && 'message' in reserved) throw new Error(reserved.message);
  // An empty text is no value: there is nothing to reserve.
  if (reserved === undefined) return { property, rule, ...traits, value: emptyAsNull(valueAt(0)) };
  return { property, rule, ...traits, value: reserved.value };
}

const emptyAsNull = (value: ScalarValue): ScalarValue => (value === '' ? null : value);

function withAnswers(account: DueAccount, found: readonly FoundLink[], unique: readonly Given[]): DueAccount {
  const single = found
    .filter(({ query }) => !query.isMultivalued)
    .map(
      ({ query: { property, rule, confidencePercent }, key }): Given => ({
        property,
        rule,
        value: key,
        ...(confidencePercent < 100 ? { confidencePercent } : {}),
      }),
    );
  const several = found.filter(({ query }) => query.isMultivalued);
  const given = [...unique, ...single].map(({ property, ...value }) => [property, value] as const);
  return {
    ...account,
    values: sorted({ ...account.values, ...Object.fromEntries(given) }),
    ...(several.length === 0 ? {} : withLinks(account.links, several)),
  };
}

function withLinks(
  links: DueAccount['links'],
  found: readonly FoundLink[],
): Pick<DueAccount, 'links' | 'uncertainLinks'> {
  const all = copied(links);
  const uncertain: Record<string, Record<string, number>> = {};
  for (const { query, key } of found) {
    const { property, rule, confidencePercent } = query;
    const own = all[property] ?? {};
    // What another rule gives for sure stays with that rule.
    if (own[key] === undefined && confidencePercent < 100)
      uncertain[property] = { ...uncertain[property], [key]: confidencePercent };
    all[property] = { [key]: rule, ...own };
  }
  const sortedLinks = sorted(Object.fromEntries(Object.entries(all).map(([name, targets]) => [name, sorted(targets)])));
  return { links: sortedLinks, ...(Object.keys(uncertain).length === 0 ? {} : { uncertainLinks: uncertain }) };
}

const copied = (links: DueAccount['links']): Record<string, Readonly<Record<string, string>>> => ({ ...links });

/** Texts of accounts are compared as they come: the same order of keys whatever gave them. */
const sorted = <T>(entries: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
