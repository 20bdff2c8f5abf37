// Statements as text: names quoted, values always parameters, types from the catalog.
// Owns every piece of SQL that touches the tables of the settings; runs none.
import type { Column, LinkTable, TableLayout } from './catalog.js';

/** A name as SQL text, whatever characters it holds. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function tableName(schema: string, table: string): string {
  return `${quoted(schema)}.${quoted(table)}`;
}

/** The n-th parameter as a value of the column's type. */
function parameter(n: number, column: Column): string {
  return `$${n}::${column.type}`;
}

/** The column as text, dates in ISO 8601 whatever the session's settings are. */
function shown(column: Column): string {
  const name = quoted(column.name);
  switch (column.form) {
    case 'date':
      return `to_char(${name}, 'YYYY-MM-DD')`;
    case 'timestamp':
      return `to_char(${name}, 'YYYY-MM-DD"T"HH24:MI:SS.US')`;
    case 'timestamptz':
      return `to_char(${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
    case 'other':
      return `${name}::text`;
    default:
      return column.form satisfies never;
  }
}

// Text-like types compare as text: some have no equality (json), some a looser one (citext).
function isSame(column: Column, n: number): string {
  const name = quoted(column.name);
  if (column.kind !== 'string') return `${name} is not distinct from ${parameter(n, column)}`;
  return `${name}::text is not distinct from (${parameter(n, column)})::text`;
}

/** All rows, or with `where` those of the key in parameter 1: columns k, a0, a1 … */
export function selectRows(layout: TableLayout, where: 'all' | 'key'): string {
  const columns = [
    `${shown(layout.key)} as k`,
    ...layout.attributes.map(({ column }, n) => `${shown(column)} as a${n}`),
  ];
  const condition = where === 'all' ? '' : ` where ${quoted(layout.key.name)} = ${parameter(1, layout.key)}`;
  return `select ${columns.join(', ')} from ${tableName(layout.schema, layout.table)}${condition}`;
}

/** The members of the keys in parameter 1: columns own and other. */
export function selectMembers(layout: TableLayout, { link, own, other }: LinkTable): string {
  return (
    `select ${quoted(own.name)}::text as own, ${quoted(other.name)}::text as other from ${tableName(layout.schema, link.joinTable)}` +
    ` where ${quoted(own.name)} = any($1::${own.type}[]) and ${quoted(other.name)} is not null`
  );
}

/** Whether the row of the key in parameter 1 has the values in parameters 2 …: columns s0, s1 … (`t` or `f`). */
export function compareRow(layout: TableLayout, columns: readonly Column[], locks: boolean): string {
  const compared = columns.map((column, n) => `${isSame(column, n + 2)} as s${n}`);
  const table = tableName(layout.schema, layout.table);
  return `select ${['1 as found', ...compared].join(', ')} from ${table} where ${quoted(layout.key.name)} = ${parameter(1, layout.key)}${locks ? ' for update' : ''}`;
}

export function insertRow(layout: TableLayout, columns: readonly Column[]): string {
  const all = [layout.key, ...columns];
  const names = all.map((column) => quoted(column.name)).join(', ');
  return `insert into ${tableName(layout.schema, layout.table)} (${names}) values (${all.map((column, n) => parameter(n + 1, column)).join(', ')})`;
}

export function updateRow(layout: TableLayout, columns: readonly Column[]): string {
  const assignments = columns.map((column, n) => `${quoted(column.name)} = ${parameter(n + 2, column)}`).join(', ');
  return `update ${tableName(layout.schema, layout.table)} set ${assignments} where ${quoted(layout.key.name)} = ${parameter(1, layout.key)}`;
}

export function deleteRow(layout: TableLayout): string {
  return `delete from ${tableName(layout.schema, layout.table)} where ${quoted(layout.key.name)} = ${parameter(1, layout.key)}`;
}

/** Adds the members in parameter 2 that are not there yet. */
export function addMembers(layout: TableLayout, { link, own, other }: LinkTable): string {
  const table = tableName(layout.schema, link.joinTable);
  return (
    `insert into ${table} (${quoted(own.name)}, ${quoted(other.name)}) select ${parameter(1, own)}, m from unnest($2::${other.type}[]) m` +
    ` where not exists (select from ${table} where ${quoted(own.name)} = ${parameter(1, own)} and ${quoted(other.name)} = m) on conflict do nothing`
  );
}

/** How many of the members in parameter 2 are there: column n. */
export function countMembers(layout: TableLayout, { link, own, other }: LinkTable): string {
  return (
    `select count(distinct ${quoted(other.name)}) as n from ${tableName(layout.schema, link.joinTable)}` +
    ` where ${quoted(own.name)} = ${parameter(1, own)} and ${quoted(other.name)} = any($2::${other.type}[])`
  );
}

/** Removes the members in parameter 2; members whose text the type cannot hold are compared as text. */
export function removeMembers(layout: TableLayout, { link, own, other }: LinkTable): string {
  return `delete from ${tableName(layout.schema, link.joinTable)} where ${quoted(own.name)} = ${parameter(1, own)} and ${quoted(other.name)}::text = any($2::text[])`;
}

export function removeAllMembers(layout: TableLayout, { link, own }: LinkTable): string {
  return `delete from ${tableName(layout.schema, link.joinTable)} where ${quoted(own.name)} = ${parameter(1, own)}`;
}
