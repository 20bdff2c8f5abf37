// Comparisons and trees of filters as SQL conditions. Columns are our own fragments; values are always bound.
import type {
  DayComparison,
  FilterTree,
  IdComparison,
  InstantComparison,
  TextComparison,
} from '../../domain/filter.js';
import { allOf, anyOf, type Fragment, literal, noneOf, sql } from '../fragment.js';

type Given<T> = T | null | undefined;

/** No conditions for an absent comparison. Columns come as trusted SQL text, e.g. `r.key`. */
export function textConditions(column: string, given: Given<TextComparison>): readonly Fragment[] {
  if (!given) return [];
  const it = literal(column);
  return [
    when(given.eq, (value) => sql`${it} = ${value}`),
    when(given.neq, (value) => sql`${it} is distinct from ${value}`),
    when(given.in, (value) => sql`${it} = any(${value}::text[])`),
    when(given.nin, (value) => sql`coalesce(${it} <> all(${value}::text[]), true)`),
    when(given.contains, (value) => sql`${it} ilike ${`%${escaped(value)}%`}`),
    when(given.startsWith, (value) => sql`${it} ilike ${`${escaped(value)}%`}`),
    when(given.isNull, (value) => nullness(it, value)),
  ].flat();
}

/** `type`: uuid for row ids, text for identifiers. A text that is no uuid matches nothing. */
export function idConditions(column: string, given: Given<IdComparison>, type: 'uuid' | 'text'): readonly Fragment[] {
  if (!given) return [];
  const it = literal(column);
  const list = literal(`${type}[]`);
  const fit = (values: readonly string[]) => (type === 'uuid' ? values.filter(isUuid) : values);
  return [
    when(given.eq, (value) => sql`${it} = any(${fit([value])}::${list})`),
    when(given.in, (value) => sql`${it} = any(${fit(value)}::${list})`),
    when(given.nin, (value) => sql`coalesce(${it} <> all(${fit(value)}::${list}), true)`),
    when(given.isNull, (value) => nullness(it, value)),
  ].flat();
}

export function instantConditions(column: string, given: Given<InstantComparison>): readonly Fragment[] {
  if (!given) return [];
  const it = literal(column);
  return [
    when(given.gt, (value) => sql`${it} > ${value.toISOString()}::timestamptz`),
    when(given.gte, (value) => sql`${it} >= ${value.toISOString()}::timestamptz`),
    when(given.lt, (value) => sql`${it} < ${value.toISOString()}::timestamptz`),
    when(given.lte, (value) => sql`${it} <= ${value.toISOString()}::timestamptz`),
    when(given.since, (value) => sql`${it} >= ${fromNow(value)}`),
    when(given.isNull, (value) => nullness(it, value)),
  ].flat();
}

/** `type`: text for columns that hold days as ISO text, which sorts as days do. */
export function dayConditions(
  column: string,
  given: Given<DayComparison>,
  type: 'date' | 'text' = 'date',
): readonly Fragment[] {
  if (!given) return [];
  const it = literal(column);
  const day = literal(type);
  return [
    when(given.eq, (value) => sql`${it} = ${value}::${day}`),
    when(given.gt, (value) => sql`${it} > ${value}::${day}`),
    when(given.gte, (value) => sql`${it} >= ${value}::${day}`),
    when(given.lt, (value) => sql`${it} < ${value}::${day}`),
    when(given.lte, (value) => sql`${it} <= ${value}::${day}`),
    when(given.isNull, (value) => nullness(it, value)),
  ].flat();
}

/** A list of enum values: one of them. An empty list matches nothing. */
export function oneOfConditions(column: string, given: Given<readonly string[]>): readonly Fragment[] {
  return given ? [sql`${literal(column)} = any(${given}::text[])`] : [];
}

/** `condition` is wanted when true, its contrary when false. */
export function flagConditions(condition: Fragment, given: Given<boolean>): readonly Fragment[] {
  if (given === null || given === undefined) return [];
  return [given ? condition : noneOf(condition)];
}

/** The whole tree as one condition; `level` gives the conditions of one level. True without a filter. */
export function treeCondition<Filter extends FilterTree<Filter>>(
  filter: Given<Filter>,
  level: (filter: Filter) => readonly Fragment[],
): Fragment {
  if (!filter) return literal('true');
  const inner = (one: Filter) => treeCondition(one, level);
  return allOf([
    ...level(filter),
    ...(filter.and ?? []).map(inner),
    ...(filter.or ? [anyOf(filter.or.map(inner))] : []),
    ...(filter.not ? [noneOf(inner(filter.not))] : []),
  ]);
}

function when<Value>(value: Given<Value>, condition: (value: Value) => Fragment): readonly Fragment[] {
  return value === null || value === undefined ? [] : [condition(value)];
}

const nullness = (column: Fragment, isNull: boolean): Fragment =>
  isNull ? sql`${column} is null` : sql`${column} is not null`;

// PostgreSQL reads ISO 8601 durations, but not a sign before the P.
function fromNow(duration: string): Fragment {
  const length = duration.replace(/^[+-]/, '');
  return duration.startsWith('-') ? sql`now() - ${length}::interval` : sql`now() + ${length}::interval`;
}

/** For `like`, whose default escape is the backslash: every character stands for itself. */
export const escaped = (text: string): string => text.replaceAll(/[\\%_]/g, String.raw`\$&`);

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const isUuid = (text: string): boolean => uuid.test(text);
