// Reading rows: one by its key, or all of them from one snapshot through a cursor of the server.
// Owns the conversion from the server's text to values of the contract.
import type { ListPage, ScalarValue, TargetObject } from '@joinery/connector-kit';
import type pg from 'pg';
import type { Column, LinkTable, TableLayout } from './catalog.js';
import { stateOf } from './failure.js';
import { lend, type SqlResult, type Statements, withConnection } from './pool.js';
import { selectMembers, selectRows } from './statement.js';

const pageSize = 500;

type Row = SqlResult['rows'][number];

/** The row of that key, or null; a key the column cannot hold belongs to no row. */
export async function readRow(
  pool: pg.Pool,
  layout: TableLayout,
  key: string,
  signal: AbortSignal,
): Promise<TargetObject | null> {
  return withConnection(pool, signal, async (statements) => {
    const rows = await rowsOfKey(statements, layout, key);
    const [object] = await toObjects(statements, layout, rows);
    return object ?? null;
  });
}

async function rowsOfKey(statements: Statements, layout: TableLayout, key: string): Promise<readonly Row[]> {
  try {
    return (await statements.run(selectRows(layout, 'key'), [key])).rows;
  } catch (error) {
    if (isNoSuchValue(error)) return [];
    throw error;
  }
}

/** Whether the server says that the text cannot be a value of the column's type (class 22). */
export function isNoSuchValue(error: unknown): boolean {
  return stateOf(error)?.startsWith('22') === true;
}

/** All rows as they were at one instant; memory is bounded by the page, here and on the server. */
export async function* listRows(pool: pg.Pool, layout: TableLayout, signal: AbortSignal): AsyncGenerator<ListPage> {
  const { statements, giveBack } = await lend(pool, signal);
  try {
    await statements.run('begin isolation level repeatable read read only');
    await statements.run(`declare page no scroll cursor for ${selectRows(layout, 'all')}`);
    for (;;) {
      const { rows } = await statements.run(`fetch ${pageSize} from page`);
      if (rows.length === 0) break;
      yield { objects: await toObjects(statements, layout, rows) };
    }
    await statements.run('rollback');
    giveBack('whole');
  } finally {
    // Left half-way or failed: the snapshot ends with its connection.
    giveBack('broken');
  }
}

async function toObjects(
  statements: Statements,
  layout: TableLayout,
  rows: readonly Row[],
): Promise<readonly TargetObject[]> {
  const keys = rows.map((row) => row.k ?? '');
  const members: (readonly [string, ReadonlyMap<string, ReadonlySet<string>>])[] = [];
  // One after the other: a connection carries out one statement at a time.
  for (const table of layout.links) members.push([table.link.name, await membersOf(statements, layout, table, keys)]);
  return rows.map((row) => toObject(layout, row, members));
}

async function membersOf(
  statements: Statements,
  layout: TableLayout,
  table: LinkTable,
  keys: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const members = new Map<string, Set<string>>(keys.map((key) => [key, new Set()]));
  if (keys.length === 0) return members;
  const { rows } = await statements.run(selectMembers(layout, table), [keys]);
  for (const { own, other } of rows) members.get(own ?? '')?.add(other ?? '');
  return members;
}

function toObject(
  layout: TableLayout,
  row: Row,
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
