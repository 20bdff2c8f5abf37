// Pages by keyset: how many rows, from where, which way; the limits of the API.
import { type Decision, granted, refused } from './refusal.js';

export const defaultPageSize = 25;
export const maximumPageSize = 100;

/** A sort value as text (what PostgreSQL prints), or null. */
export type KeysetValue = string | number | null;

/** One element of an order: a field of the noun's own list of fields, and its direction. */
export interface OrderBy<Field extends string = string> {
  readonly field: Field;
  readonly direction: 'ASC' | 'DESC';
}

export interface PageRequest {
  readonly first: number;
  /** Sort values of the last row seen, ending with its id; null = from the start (or the end, backward). */
  readonly after: readonly KeysetValue[] | null;
  /** Walks towards the start; rows still come in the order asked for. Default false. */
  readonly isBackward?: boolean;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Sort values of each row, ending with its id, in the order of `rows`: what a cursor holds. */
  readonly keys: readonly (readonly KeysetValue[])[];
  /** More rows in the direction walked. */
  readonly hasNextPage: boolean;
}

/** `first` above the maximum is refused, not clamped. */
export function pageSizeOf(first: number | null | undefined, field = 'first'): Decision<number> {
  if (first === null || first === undefined) return granted(defaultPageSize);
  if (first >= 1 && first <= maximumPageSize) return granted(first);
  return refused({
    code: 'LIMIT_EXCEEDED',
    rule: 'page.size',
    field: [field],
    message: `A page of ${first} was asked for; a page has 1 to ${maximumPageSize} rows.`,
    hint:
      field === 'last'
        ? `Ask for last: ${maximumPageSize} and go on with before: pageInfo.startCursor.`
        : `Ask for first: ${maximumPageSize} and go on with after: pageInfo.endCursor.`,
  });
}
