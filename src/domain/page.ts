// Pages by keyset: how many rows, from where; the limits of the API.
import { type Decision, granted, refused } from './refusal.js';

export const defaultPageSize = 25;
export const maximumPageSize = 100;

export interface PageRequest {
  readonly first: number;
  /** Sort values of the last row seen, ending with its id; null = from the start. */
  readonly after: readonly (string | number | null)[] | null;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly hasNextPage: boolean;
}

/** `first` above the maximum is refused, not clamped. */
export function pageSizeOf(first: number | null | undefined): Decision<number> {
  if (first === null || first === undefined) return granted(defaultPageSize);
  if (first >= 1 && first <= maximumPageSize) return granted(first);
  return refused({
    code: 'LIMIT_EXCEEDED', rule: 'page.size', field: ['first'],
    message: `A page of ${first} was asked for; a page has 1 to ${maximumPageSize} rows.`,
    hint: `Ask for first: ${maximumPageSize} and go on with after: pageInfo.endCursor.`,
  });
}
