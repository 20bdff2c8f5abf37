// Listings page by page, each page beginning behind the last key of the one before: memory is one page, here and there.
// Owns the order of pages; whether they are of one snapshot is said by whoever opens the transactions.
import { type Dialect, pageSize, type SqlRow, type Statements } from './dialect.js';
import { type Fragment, joined, raw, sql } from './fragment.js';
import type { TableLayout } from './layout.js';
import { selectRows } from './statement.js';

/** The column as it is ordered and compared, and the key of the last row as such a value. */
export interface KeyOrder {
  readonly by: Fragment;
  readonly after: (key: string) => Fragment;
}

/** The page behind a key; null: the first one. */
export async function pageAfter(
  dialect: Dialect,
  statements: Statements,
  layout: TableLayout,
  order: KeyOrder,
  key: string | null,
  condition?: Fragment,
): Promise<readonly SqlRow[]> {
  const conditions = [
    ...(key === null ? [] : [sql`${order.by} > ${order.after(key)}`]),
    ...(condition === undefined ? [] : [condition]),
  ];
  const where = conditions.length === 0 ? raw('') : sql` where ${joined(conditions, ' and ')}`;
  const page = sql`${selectRows(dialect, layout)}${where} order by ${order.by} limit ${raw(String(pageSize))}`;
  return (await statements.run(page)).rows;
}
