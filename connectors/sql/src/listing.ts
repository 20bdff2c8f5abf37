// Reading rows: one by its key, or all of them page by page.
// Owns the conversion from the database's text to values of the contract.
import type { ListPage, ScalarValue, TargetObject } from '@joinery/connector-kit';
import type { Access, Dialect, SqlRow, Statements } from './dialect.js';
import type { Column, LinkTable, TableLayout } from './layout.js';
import { selectRow } from './statement.js';
import { withConnection } from './transaction.js';

/** The row of that key, or null; a key the column cannot hold belongs to no row. */
export async function readRow(
  { database, dialect }: Access,
  layout: TableLayout,
  key: string,
  signal: AbortSignal,
): Promise<TargetObject | null> {
  return withConnection(database, signal, async (statements) => {
    const rows = await rowsOfKey(dialect, statements, layout, key);
    const [object] = await toObjects(dialect, statements, layout, rows);
    return object ?? null;
  });
}

async function rowsOfKey(
  dialect: Dialect,
  statements: Statements,
  layout: TableLayout,
  key: string,
): Promise<readonly SqlRow[]> {
  try {
    return (await statements.run(selectRow(dialect, layout, key))).rows;
  } catch (error) {
    if (dialect.errors.isNoSuchValue(error)) return [];
    throw error;
  }
}

/** All rows; memory is bounded by the page, here and in the database. */
export async function* listRows(
  { database, dialect }: Access,
  layout: TableLayout,
  signal: AbortSignal,
): AsyncGenerator<ListPage> {
  const read = (statements: Statements, rows: readonly SqlRow[]) => toObjects(dialect, statements, layout, rows);
  for await (const objects of dialect.pages(database, layout, signal, read)) yield { objects };
}

/** Rows of `selectRows` as objects, with their members. */
export async function toObjects(
  dialect: Dialect,
  statements: Statements,
  layout: TableLayout,
  rows: readonly SqlRow[],
): Promise<readonly TargetObject[]> {
  const keys = rows.map((row) => row.k ?? '');
  const members: (readonly [string, ReadonlyMap<string, ReadonlySet<string>>])[] = [];
  // One after the other: a connection carries out one statement at a time.
  for (const table of layout.links)
    members.push([table.link.name, await membersOf(dialect, statements, layout, table, keys)]);
  return rows.map((row) => toObject(layout, row, members));
}

async function membersOf(
  dialect: Dialect,
  statements: Statements,
  layout: TableLayout,
  table: LinkTable,
  keys: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const members = new Map<string, Set<string>>(keys.map((key) => [key, new Set()]));
  if (keys.length === 0) return members;
  for (const { own, other } of await dialect.members.of(statements, layout, table, keys))
    members.get(own ?? '')?.add(other ?? '');
  return members;
}

function toObject(
  layout: TableLayout,
  row: SqlRow,
  members: readonly (readonly [string, ReadonlyMap<string, ReadonlySet<string>>])[],
): TargetObject {
  const key = row.k ?? '';
  const attributes = layout.attributes.map(
    ({ attribute, column }, n) => [attribute.name, valueOf(column, row[`a${n}`] ?? null)] as const,
  );
  return {
    objectType: layout.type.name,
    key,
    attributes: { [layout.type.keyAttribute]: valueOf(layout.key, key), ...Object.fromEntries(attributes) },
    links: Object.fromEntries(members.map(([name, byKey]) => [name, [...(byKey.get(key) ?? [])].sort()])),
  };
}

function valueOf(column: Column, text: string | null): ScalarValue {
  if (text === null) return null;
  switch (column.kind) {
    case 'string':
      return text;
    case 'boolean':
      return text === 'true';
    case 'number':
      return numberOf(text);
    case 'date':
      return shortened(text);
    default:
      return column.kind satisfies never;
  }
}

// A number JavaScript cannot hold stays text rather than becoming another number.
function numberOf(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)) ? value : text;
}

/** Milliseconds as JavaScript writes them; microseconds only where there are any. */
function shortened(text: string): string {
  return text.replace(/(\.\d{3})000(Z?)$/, '$1$2');
}
