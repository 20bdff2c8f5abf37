// Pages by position (startIndex, offset): complete, or an error, also when rows come and go meanwhile.
// Owns overlap and repetition; what a page is asked for with is the package's.
import { ConnectorError } from '@joinery/connector-kit';

export interface PositionedPage<Row> {
  readonly rows: readonly Row[];
  /** All rows there are, when the service says. */
  readonly total: number | null;
}

export interface PositionedListing<Row> {
  /** Completes «Could not …», e.g. `list user`. */
  readonly operation: string;
  readonly pageSize: number;
  readonly keyOf: (row: Row) => string;
  /** The page whose first row has that position, from 0. */
  readonly fetch: (position: number, count: number) => Promise<PositionedPage<Row>>;
}

/** How often the whole is gone through before it is given up. */
const mostRounds = 4;

/**
 * Every row once. Each page begins with the last row of the page before: when that is another row, rows have moved and some
 * may have been passed over, so all is gone through again, leaving out what was told.
 */
export async function* positionedPages<Row>(listing: PositionedListing<Row>): AsyncGenerator<readonly Row[]> {
  const told = new Set<string>();
  for (let round = 1; round <= mostRounds; round += 1) {
    const isComplete = yield* oneRound(listing, told);
    if (isComplete) return;
  }
  throw new ConnectorError({
    code: 'TIMEOUT',
    message: `Could not ${listing.operation}: rows moved between pages ${mostRounds} times, so some may be missing.`,
    hint: 'Read when fewer people work in the system, or set another kind of paging.',
  });
}

async function* oneRound<Row>(
  { operation, pageSize, keyOf, fetch }: PositionedListing<Row>,
  told: Set<string>,
): AsyncGenerator<readonly Row[], boolean> {
  let position = 0;
  let last: string | null = null;
  for (;;) {
    const { rows, total } = await fetch(position, pageSize);
    const [first] = rows;
    const wanted = total === null ? null : total - position;
    if (first === undefined) {
      if (last !== null) return false;
      if (wanted !== null && wanted > 0) throw cutShort(operation, position, total);
      return true;
    }
    if (last !== null && keyOf(first) !== last) return false;
    const fresh = rows.filter((row) => !told.has(keyOf(row)));
    for (const row of fresh) told.add(keyOf(row));
    if (fresh.length > 0) yield unique(fresh, keyOf);
    if (wanted !== null && rows.length >= wanted) return true;
    if (rows.length === 1 && wanted !== null) throw cutShort(operation, position + 1, total);
    if (rows.length === 1) return true;
    position += rows.length - 1;
    last = keyOf(rows[rows.length - 1] ?? first);
  }
}

function unique<Row>(rows: readonly Row[], keyOf: (row: Row) => string): readonly Row[] {
  return [...new Map(rows.map((row) => [keyOf(row), row])).values()];
}

function cutShort(operation: string, position: number, total: number | null): ConnectorError {
  return new ConnectorError({
    code: 'UNREACHABLE',
    message: `Could not ${operation}: the service says that there are ${total} rows, but gives none at position ${position + 1}.`,
    hint: 'Nothing is taken from a listing that is not complete; it is read again.',
  });
}
