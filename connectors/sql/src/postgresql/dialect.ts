// PostgreSQL's side of the seam: types as casts, rows through a server-side cursor, members as arrays.
// Owns the words; connections, catalog and errors are beside it.
import {
  type Database,
  defaultOverlap,
  type Dialect,
  type MemberStatements,
  pageSize,
  type PageReader,
  type Statements,
} from '../dialect.js';
import { bound, type Fragment, raw, sql } from '../fragment.js';
import type { Column, LinkTable, TableLayout } from '../layout.js';
import { selectRows } from '../statement.js';
import { readColumns } from './catalog.js';
import { postgresqlErrors } from './failure.js';
import { openPool } from './pool.js';

export const postgresql: Dialect = {
  engine: 'postgresql',
  errors: postgresqlErrors,
  members: memberStatements(),
  beginWriting: raw('begin'),
  lockingRow: raw(' for update'),
  open: openPool,
  readColumns,
  quoted,
  tableName,
  shown,
  value,
  isKey: (column, text) => sql`${quoted(column.name)} = ${value(column, text)}`,
  isSame,
  canHold,
  pages,
  position,
  since,
};

function quoted(name: string): Fragment {
  return raw(`"${name.replaceAll('"', '""')}"`);
}

function tableName({ schema }: Pick<TableLayout, 'schema'>, table: string): Fragment {
  return sql`${quoted(schema)}.${quoted(table)}`;
}

function value(column: Column, text: string | null): Fragment {
  return sql`${bound(text)}::${raw(column.type)}`;
}

function shown(column: Column): Fragment {
  const name = quoted(column.name);
  switch (column.form) {
    case 'date':
      return sql`to_char(${name}, 'YYYY-MM-DD')`;
    case 'timestamp':
      return sql`to_char(${name}, 'YYYY-MM-DD"T"HH24:MI:SS.US')`;
    case 'timestamptz':
      return sql`to_char(${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
    case 'other':
      return sql`${name}::text`;
    default:
      return column.form satisfies never;
  }
}

// Text-like types compare as text: some have no equality (json), some a looser one (citext).
function isSame(column: Column, text: string | null): Fragment {
  const name = quoted(column.name);
  if (column.kind !== 'string') return sql`${name} is not distinct from ${value(column, text)}`;
  return sql`${name}::text is not distinct from (${value(column, text)})::text`;
}

// A failed cast would end the transaction, so keys of other types than text are tried behind a savepoint.
async function canHold(statements: Statements, column: Column, text: string): Promise<boolean> {
  if (column.kind === 'string' && /^(text|character varying|citext)$/.test(column.type)) return true;
  await statements.run(raw('savepoint key'));
  try {
    await statements.run(sql`select ${value(column, text)}`);
    await statements.run(raw('release savepoint key'));
    return true;
  } catch (error) {
    if (!postgresqlErrors.isNoSuchValue(error)) throw error;
    await statements.run(raw('rollback to savepoint key'));
    return false;
  }
}

/** All rows as they were at one instant; memory is bounded by the page, here and on the server. */
async function* pages<T>(
  database: Database,
  layout: TableLayout,
  signal: AbortSignal,
  read: PageReader<T>,
  condition?: Fragment,
): AsyncGenerator<T> {
  const where = condition === undefined ? raw('') : sql` where ${condition}`;
  const { statements, giveBack } = await database.lend(signal);
  try {
    await statements.run(raw('begin isolation level repeatable read read only'));
    await statements.run(sql`declare page no scroll cursor for ${selectRows(postgresql, layout)}${where}`);
    for (;;) {
      const { rows } = await statements.run(raw(`fetch ${pageSize} from page`));
      if (rows.length === 0) break;
      yield await read(statements, rows);
    }
    await statements.run(raw('rollback'));
    giveBack('whole');
  } finally {
    // Left half-way or failed: the snapshot ends with its connection.
    giveBack('broken');
  }
}

function memberStatements(): MemberStatements {
  return {
    of: async (statements, layout, table, keys) => (await statements.run(selectMembers(layout, table, keys))).rows,
    count: async (statements, layout, table, key, members) =>
      Number((await statements.run(countMembers(layout, table, key, members))).rows[0]?.n),
    add: async (statements, layout, table, key, members) =>
      (await statements.run(addMembers(layout, table, key, members))).rowCount,
    remove: async (statements, layout, table, key, members) =>
      (await statements.run(removeMembers(layout, table, key, members))).rowCount,
  };
}

function list(column: Column, texts: readonly string[]): Fragment {
  return sql`${bound(texts)}::${raw(column.type)}[]`;
}

function selectMembers(layout: TableLayout, { link, own, other }: LinkTable, keys: readonly string[]): Fragment {
  const [ownName, otherName] = [quoted(own.name), quoted(other.name)];
  return sql`select ${ownName}::text as own, ${otherName}::text as other from ${tableName(layout, link.joinTable)} where ${ownName} = any(${list(own, keys)}) and ${otherName} is not null`;
}

function addMembers(layout: TableLayout, table: LinkTable, key: string, members: readonly string[]): Fragment {
  const { link, own, other } = table;
  const [ownName, otherName, join] = [quoted(own.name), quoted(other.name), tableName(layout, link.joinTable)];
  const isThere = sql`select from ${join} where ${ownName} = ${value(own, key)} and ${otherName} = m`;
  return sql`insert into ${join} (${ownName}, ${otherName}) select ${value(own, key)}, m from unnest(${list(other, members)}) m where not exists (${isThere}) on conflict do nothing`;
}

function countMembers(layout: TableLayout, table: LinkTable, key: string, members: readonly string[]): Fragment {
  const { link, own, other } = table;
  return sql`select count(distinct ${quoted(other.name)}) as n from ${tableName(layout, link.joinTable)} where ${quoted(own.name)} = ${value(own, key)} and ${quoted(other.name)} = any(${list(other, members)})`;
}

// Members whose text the type cannot hold are compared as text.
function removeMembers(layout: TableLayout, table: LinkTable, key: string, members: readonly string[]): Fragment {
  const { link, own, other } = table;
  return sql`delete from ${tableName(layout, link.joinTable)} where ${quoted(own.name)} = ${value(own, key)} and ${quoted(other.name)}::text = any(${bound(members)}::text[])`;
}

// A transaction has its number before others see what it wrote: up to the oldest that still runs, all is there to see.
function position(column: Column): Fragment {
  if (column.type === 'xid8') return raw('max(pg_snapshot_xmin(pg_current_snapshot())::text)');
  return sql`max(${quoted(column.name)})::text`;
}

function since(column: Column, from: string, overlap: number | null): Fragment {
  const [name, last] = [quoted(column.name), value(column, from)];
  if (column.type === 'xid8') return sql`${name} >= ${last}`;
  if (column.kind === 'number')
    return sql`${name} >= ${last} - ${bound(String(overlap ?? defaultOverlap.units))}::numeric`;
  return sql`${name} >= ${last} - make_interval(secs => ${bound(String(overlap ?? defaultOverlap.seconds))}::float8)`;
}
