// Filters asked of values in memory: for items of a stream, which show what an event said and not what a row holds by now.
// The meaning is that of store/views/filter.ts, which says the same in SQL.
import type { DayComparison, FilterTree, IdComparison, InstantComparison, TextComparison } from './filter.js';

type Given<T> = T | null | undefined;

const isGiven = <T>(value: Given<T>): value is T => value !== null && value !== undefined;

export function idMatches(value: string | null, asked: Given<IdComparison>): boolean {
  if (!isGiven(asked)) return true;
  if (isGiven(asked.isNull) && asked.isNull !== (value === null)) return false;
  if (isGiven(asked.eq) && value !== asked.eq) return false;
  if (isGiven(asked.in) && (value === null || !asked.in.includes(value))) return false;
  return !(isGiven(asked.nin) && value !== null && asked.nin.includes(value));
}

export function textMatches(value: string | null, asked: Given<TextComparison>): boolean {
  if (!isGiven(asked)) return true;
  if (!idMatches(value, asked)) return false;
  if (isGiven(asked.neq) && value === asked.neq) return false;
  const lower = value?.toLowerCase() ?? null;
  if (isGiven(asked.contains) && lower?.includes(asked.contains.toLowerCase()) !== true) return false;
  return !(isGiven(asked.startsWith) && lower?.startsWith(asked.startsWith.toLowerCase()) !== true);
}

/** Days are ISO text, which sorts as days do. */
export function dayMatches(value: string | null, asked: Given<DayComparison>): boolean {
  if (!isGiven(asked)) return true;
  if (isGiven(asked.isNull) && asked.isNull !== (value === null)) return false;
  return (
    holds(value, asked.eq, (day, other) => day === other) &&
    holds(value, asked.gt, (day, other) => day > other) &&
    holds(value, asked.gte, (day, other) => day >= other) &&
    holds(value, asked.lt, (day, other) => day < other) &&
    holds(value, asked.lte, (day, other) => day <= other)
  );
}

export function instantMatches(value: Date | null, asked: Given<InstantComparison>, now: Date): boolean {
  if (!isGiven(asked)) return true;
  if (isGiven(asked.isNull) && asked.isNull !== (value === null)) return false;
  return (
    holds(value, asked.gt, (instant, other) => instant > other) &&
    holds(value, asked.gte, (instant, other) => instant >= other) &&
    holds(value, asked.lt, (instant, other) => instant < other) &&
    holds(value, asked.lte, (instant, other) => instant <= other) &&
    holds(value, asked.since, (instant, duration) => instant >= fromNow(duration, now))
  );
}

/** One of these; nothing is one of an empty list. */
export const isOneOf = (value: string, asked: Given<readonly string[]>): boolean =>
  !isGiven(asked) || asked.includes(value);

export const isFlag = (value: boolean, asked: Given<boolean>): boolean => !isGiven(asked) || asked === value;

/** The whole tree; `level` answers for the conditions of one level. */
export function treeMatches<Filter extends FilterTree<Filter>>(
  filter: Given<Filter>,
  level: (filter: Filter) => boolean,
): boolean {
  if (!isGiven(filter)) return true;
  if (!level(filter)) return false;
  if (isGiven(filter.and) && !filter.and.every((inner) => treeMatches(inner, level))) return false;
  if (isGiven(filter.or) && !filter.or.some((inner) => treeMatches(inner, level))) return false;
  return !(isGiven(filter.not) && treeMatches(filter.not, level));
}

function holds<Value, Other>(
  value: Value | null,
  other: Given<Other>,
  compare: (value: Value, other: Other) => boolean,
): boolean {
  return !isGiven(other) || (value !== null && compare(value, other));
}

const duration =
  /^([+-]?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** The instant that far from now. Calendar months and years, then exact lengths, as PostgreSQL adds intervals. */
export function fromNow(text: string, now: Date): Date {
  const [, sign, ...parts] = duration.exec(text) ?? [];
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map((part) =>
    Number(part ?? 0),
  );
  const way = sign === '-' ? -1 : 1;
  const moved = new Date(now);
  moved.setUTCMonth(moved.getUTCMonth() + way * (years * 12 + months));
  // A month without that day: its last one.
  if (moved.getUTCDate() !== now.getUTCDate()) moved.setUTCDate(0);
  const length = (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds;
  return new Date(moved.getTime() + way * length * 1000);
}
