// Pages by keyset in SQL: each page starts where the last one ended, whatever was inserted meanwhile.
// Owns order, comparison with the cursor, and the look-ahead row; leaves columns and filters to each view.
import type { KeysetValue, Page, PageRequest } from '../../domain/page.js';
import type { Sql } from '../database.js';
import { allOf, anyOf, type Fragment, joined, literal, rendered, sql } from '../fragment.js';

export interface KeysetColumn {
  /** Trusted SQL text, e.g. `r.key`; never from a client. */
  readonly column: string;
  /** How the cursor's text is read back. */
  readonly type: 'text' | 'uuid' | 'timestamptz' | 'date' | 'bigint' | 'int' | 'boolean';
  readonly isDescending?: boolean;
  /** Nulls come last, in both directions. Default false. */
  readonly isNullable?: boolean;
}

export interface PageQuery<Raw, Row> {
  /** Select list, trusted. */
  readonly select: Fragment;
  /** Tables and joins, with their values. */
  readonly from: Fragment;
  readonly where: Fragment;
  /** Must end with a unique column. */
  readonly order: readonly KeysetColumn[];
  readonly page: PageRequest;
  readonly row: (raw: Raw) => Row;
}

export async function readPage<Raw, Row>(database: Sql, query: PageQuery<Raw, Row>): Promise<Page<Row>> {
  const { text, parameters } = rendered(statement(query));
  const { rows } = await database.query<Raw & { readonly keyset: readonly KeysetValue[] }>(text, parameters);
  const seen = rows.slice(0, query.page.first);
  const inOrder = query.page.isBackward === true ? seen.toReversed() : seen;
  return {
    rows: inOrder.map(query.row),
    keys: inOrder.map((raw) => raw.keyset),
    hasNextPage: rows.length > seen.length,
  };
}

/** Exact. Runs only when a client selects totalCount. */
export async function countRows(database: Sql, from: Fragment, where: Fragment): Promise<number> {
  const { text, parameters } = rendered(sql`select count(*)::int as count from ${from} where ${where}`);
  const { rows } = await database.query<{ readonly count: number }>(text, parameters);
  return rows[0]?.count ?? 0;
}

/** How many rows hold each value of a column (trusted SQL text); values that no row holds are absent. */
export async function countsOf(
  database: Sql,
  from: Fragment,
  where: Fragment,
  column: string,
): Promise<ReadonlyMap<string, number>> {
  const { text, parameters } = rendered(
    sql`select ${literal(column)} as value, count(*)::int as count from ${from} where ${where} group by 1`,
  );
  const { rows } = await database.query<{ readonly value: string; readonly count: number }>(text, parameters);
  return new Map(rows.map(({ value, count }) => [value, count]));
}

function statement<Raw, Row>({ select, from, where, order, page }: PageQuery<Raw, Row>): Fragment {
  const isBackward = page.isBackward === true;
  const keys = literal(order.map(({ column }) => `(${column})::text`).join(', '));
  const condition = page.after === null ? where : allOf([where, beyond(order, page.after, isBackward)]);
  const sorted = literal(order.map((column) => sortOf(column, isBackward)).join(', '));
  return sql`select ${select}, array[${keys}] as keyset from ${from} where ${condition} order by ${sorted} limit ${page.first + 1}`;
}

function sortOf({ column, isDescending = false, isNullable = false }: KeysetColumn, isBackward: boolean): string {
  const direction = isDescending === isBackward ? 'asc' : 'desc';
  if (!isNullable) return `${column} ${direction}`;
  return `${column} ${direction} nulls ${isBackward ? 'first' : 'last'}`;
}

/** Rows strictly after the cursor in the direction walked. */
function beyond(order: readonly KeysetColumn[], after: readonly KeysetValue[], isBackward: boolean): Fragment {
  const isUniform = order.every(
    (column) => !column.isNullable && Boolean(column.isDescending) === Boolean(order[0]?.isDescending),
  );
  // A row comparison can use an index over these columns; a chain of ors cannot.
  return isUniform ? rowBeyond(order, after, isBackward) : chainBeyond(order, after, isBackward);
}

function rowBeyond(order: readonly KeysetColumn[], after: readonly KeysetValue[], isBackward: boolean): Fragment {
  const columns = literal(order.map(({ column }) => column).join(', '));
  const values = joined(
    order.map((column, index) => valueOf(column, after[index])),
    ', ',
  );
  return sql`(${columns}) ${literal(isUpward(order[0], isBackward) ? '>' : '<')} (${values})`;
}

function chainBeyond(order: readonly KeysetColumn[], after: readonly KeysetValue[], isBackward: boolean): Fragment {
  return anyOf(
    order.map((column, index) => {
      const ties = order
        .slice(0, index)
        .map(
          (earlier, place) => sql`${literal(earlier.column)} is not distinct from ${valueOf(earlier, after[place])}`,
        );
      return allOf([...ties, columnBeyond(column, after[index] ?? null, isBackward)]);
    }),
  );
}

function columnBeyond(column: KeysetColumn, value: KeysetValue, isBackward: boolean): Fragment {
  const it = literal(column.column);
  if (value === null) return isBackward ? sql`${it} is not null` : literal('false');
  const further = sql`${it} ${literal(isUpward(column, isBackward) ? '>' : '<')} ${valueOf(column, value)}`;
  return column.isNullable === true && !isBackward ? sql`(${further} or ${it} is null)` : further;
}

const isUpward = (column: KeysetColumn | undefined, isBackward: boolean): boolean =>
  Boolean(column?.isDescending) === isBackward;

const valueOf = (column: KeysetColumn, value: KeysetValue | undefined): Fragment =>
  sql`${value ?? null}::${literal(column.type)}`;
