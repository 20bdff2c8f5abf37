// SQLite's side of the seam: values by the affinity of their column, pages by key, each in a transaction of its own so that
// nobody waits long. Owns the words; the file, its lock, catalog and errors are beside it.
import { type Database, defaultOverlap, type Dialect, pageSize, type PageReader, type Statements } from '../dialect.js';
import { bound, type Fragment, raw, sql } from '../fragment.js';
import { type KeyOrder, pageAfter } from '../key-page.js';
import type { Column, TableLayout } from '../layout.js';
import { memberList } from '../member-list.js';
import { readColumns } from './catalog.js';
import { openFile } from './connection.js';
import { withConnection } from '../transaction.js';
import { sqliteErrors } from './failure.js';

export const sqlite: Dialect = {
  engine: 'sqlite',
  errors: sqliteErrors,
  members: memberList({ quoted, tableName, shown, value, isKey }),
  beginWriting: raw('begin immediate'),
  lockingRow: raw(''),
  open: openFile,
  readColumns,
  quoted,
  tableName,
  shown,
  value,
  isKey,
  isSame,
  canHold,
  pages,
  position,
  since,
};

function quoted(name: string): Fragment {
  return raw(`"${name.replaceAll('"', '""')}"`);
}

function tableName(_layout: Pick<TableLayout, 'schema'>, table: string): Fragment {
  return quoted(table);
}

// As bytes, because the library drops a byte order mark at the start of a text and everything behind a NUL.
function shown(column: Column): Fragment {
  return sql`cast(${textOf(column)} as blob)`;
}

function textOf(column: Column): Fragment {
  const name = quoted(column.name);
  if (column.isGenerated && column.type === 'blob') return sql`hex(${name})`;
  if (column.kind === 'boolean')
    return sql`case when ${name} is null then null when ${name} in (0, 'false') then 'false' else 'true' end`;
  switch (column.form) {
    case 'date':
      return sql`case typeof(${name}) when 'integer' then date(${name}, 'unixepoch') else ${name} end`;
    case 'timestamp':
    case 'timestamptz':
      return sql`case typeof(${name}) when 'integer' then strftime('%Y-%m-%dT%H:%M:%SZ', ${name}, 'unixepoch') else ${name} end`;
    case 'other':
      return sql`cast(${name} as text)`;
    default:
      return column.form satisfies never;
  }
}

// A text becomes what its column's affinity makes of it; booleans are 0 and 1.
function value(column: Column, text: string | null): Fragment {
  if (text === null) return bound(null);
  if (column.kind === 'boolean') return raw(text === 'true' ? '1' : '0');
  if (column.form === 'date') return bound(text.slice(0, 10));
  return column.kind === 'number' ? sql`cast(${bound(text)} as numeric)` : bound(text);
}

// The first condition lets an index help; the second is exact where the collation is not.
function isKey(column: Column, text: string): Fragment {
  const name = quoted(column.name);
  if (column.kind !== 'string') return sql`${name} = ${value(column, text)}`;
  if (column.type === 'blob') return sql`cast(${name} as text) = ${bound(text)}`;
  return sql`${name} = ${bound(text)} and ${name} = ${bound(text)} collate binary`;
}

function isSame(column: Column, text: string | null): Fragment {
  const name = quoted(column.name);
  if (column.kind === 'string') return sql`cast(${name} as text) is ${bound(text)} collate binary`;
  return sql`${name} is ${value(column, text)}`;
}

async function canHold(_statements: Statements, column: Column, text: string): Promise<boolean> {
  return (column.kind !== 'number' || /^-?\d+(\.\d+)?$/.test(text)) && !text.includes('\0');
}

/** Every row that is there all the time, once; what comes or goes meanwhile is there or not. */
async function* pages<T>(
  database: Database,
  layout: TableLayout,
  signal: AbortSignal,
  read: PageReader<T>,
  condition?: Fragment,
): AsyncGenerator<T> {
  for (let key: string | null = null; ; ) {
    const after: string | null = key;
    const page = await withConnection(database, signal, async (statements) => {
      await statements.run(raw('begin'));
      const rows = await pageAfter(sqlite, statements, layout, keyOrder(layout.key), after, condition);
      return { rows, content: await read(statements, rows) };
    });
    // The file is free again while the page is used.
    if (page.rows.length > 0) yield page.content;
    if (page.rows.length < pageSize) return;
    key = page.rows.at(-1)?.k ?? null;
  }
}

function keyOrder(column: Column): KeyOrder {
  const name = quoted(column.name);
  if (column.kind !== 'string') return { by: name, after: (key) => value(column, key) };
  if (column.type === 'blob') return { by: sql`cast(${name} as text)`, after: bound };
  return { by: sql`${name} collate binary`, after: bound };
}

function position(column: Column): Fragment {
  return sql`max(${quoted(column.name)})`;
}

// Times are text in SQLite, or seconds since 1970: julianday() takes both.
function since(column: Column, from: string, overlap: number | null): Fragment {
  const name = quoted(column.name);
  const back = (units: number) => bound(String(overlap ?? units));
  if (column.kind === 'number')
    return sql`${name} >= cast(${bound(from)} as numeric) - cast(${back(defaultOverlap.units)} as numeric)`;
  const day = sql`julianday(${textOf(column)})`;
  return sql`${day} >= julianday(${time(from)}) - cast(${back(defaultOverlap.seconds)} as real) / 86400`;
}

function time(text: string): Fragment {
  return /^\d+$/.test(text) ? sql`datetime(${bound(text)}, 'unixepoch')` : bound(text);
}
