// Statements on the tables of the settings: names quoted, values always bound, in the dialect's words.
// Owns what is asked; runs none.
import type { Dialect } from './dialect.js';
import { type Fragment, joined, raw, sql } from './fragment.js';
import type { Column, LinkTable, TableLayout } from './layout.js';

/** A column and the value it shall have. */
export interface Assignment {
  readonly column: Column;
  readonly value: string | null;
}

/** Columns k, a0, a1 … of rows; conditions and order are put behind it. */
export function selectRows(dialect: Dialect, layout: TableLayout): Fragment {
  const shown = layout.attributes.map(({ column }, n) => sql`${dialect.shown(column)} as ${raw(`a${n}`)}`);
  const columns = joined([sql`${dialect.shown(layout.key)} as k`, ...shown], ', ');
  return sql`select ${columns} from ${dialect.tableName(layout, layout.table)}`;
}

export function selectRow(dialect: Dialect, layout: TableLayout, key: string): Fragment {
  return sql`${selectRows(dialect, layout)} where ${dialect.isKey(layout.key, key)}`;
}

/** Whether the row of that key has the values: columns s0, s1 … */
export function compareRow(
  dialect: Dialect,
  layout: TableLayout,
  key: string,
  assignments: readonly Assignment[],
  locks: boolean,
): Fragment {
  const same = assignments.map(({ column, value }, n) => sql`${dialect.isSame(column, value)} as ${raw(`s${n}`)}`);
  const columns = joined([raw('1 as found'), ...same], ', ');
  const locking = locks ? dialect.lockingRow : raw('');
  return sql`select ${columns} from ${dialect.tableName(layout, layout.table)} where ${dialect.isKey(layout.key, key)}${locking}`;
}

export function insertRow(
  dialect: Dialect,
  layout: TableLayout,
  key: string,
  assignments: readonly Assignment[],
): Fragment {
  const all = [{ column: layout.key, value: key }, ...assignments];
  const names = joined(
    all.map(({ column }) => dialect.quoted(column.name)),
    ', ',
  );
  const values = joined(
    all.map(({ column, value }) => dialect.value(column, value)),
    ', ',
  );
  return sql`insert into ${dialect.tableName(layout, layout.table)} (${names}) values (${values})`;
}

export function updateRow(
  dialect: Dialect,
  layout: TableLayout,
  key: string,
  assignments: readonly Assignment[],
): Fragment {
  const settings = joined(
    assignments.map(({ column, value }) => sql`${dialect.quoted(column.name)} = ${dialect.value(column, value)}`),
    ', ',
  );
  return sql`update ${dialect.tableName(layout, layout.table)} set ${settings} where ${dialect.isKey(layout.key, key)}`;
}

export function deleteRow(dialect: Dialect, layout: TableLayout, key: string): Fragment {
  return sql`delete from ${dialect.tableName(layout, layout.table)} where ${dialect.isKey(layout.key, key)}`;
}

export function removeAllMembers(dialect: Dialect, layout: TableLayout, table: LinkTable, key: string): Fragment {
  return sql`delete from ${dialect.tableName(layout, table.link.joinTable)} where ${dialect.isKey(table.own, key)}`;
}
