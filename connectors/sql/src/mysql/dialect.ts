// The side of MySQL and MariaDB of the seam: exact comparisons whatever the collation, pages by key in one snapshot.
// Owns the words; connections, catalog and errors are beside it.
import { type Database, defaultOverlap, type Dialect, pageSize, type PageReader, type Statements } from '../dialect.js';
import { bound, type Fragment, raw, sql } from '../fragment.js';
import { type KeyOrder, pageAfter } from '../key-page.js';
import type { Column, TableLayout } from '../layout.js';
import { memberList } from '../member-list.js';
import { readColumns } from './catalog.js';
import { mysqlErrors } from './failure.js';
import { openPool } from './pool.js';

export const mysql: Dialect = {
  engine: 'mysql',
  errors: mysqlErrors,
  members: memberList({ quoted, tableName, shown, value, isKey }),
  beginWriting: raw('start transaction'),
  lockingRow: raw(' for update'),
  open: openPool,
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
  return raw(`\`${name.replaceAll('`', '``')}\``);
}

function tableName({ schema }: Pick<TableLayout, 'schema'>, table: string): Fragment {
  return sql`${quoted(schema)}.${quoted(table)}`;
}

function shown(column: Column): Fragment {
  const name = quoted(column.name);
  if (column.kind === 'boolean')
    return sql`case ${name} when 0 then 'false' else if(${name} is null, null, 'true') end`;
  if (column.isGenerated && /blob|binary/.test(column.type)) return sql`hex(${name})`;
  switch (column.form) {
    case 'date':
      return sql`nullif(date_format(${name}, '%Y-%m-%d'), '0000-00-00')`;
    case 'timestamp':
      return sql`nullif(date_format(${name}, '%Y-%m-%dT%H:%i:%s.%f'), '0000-00-00T00:00:00.000000')`;
    case 'timestamptz':
      return sql`nullif(date_format(${name}, '%Y-%m-%dT%H:%i:%s.%fZ'), '0000-00-00T00:00:00.000000Z')`;
    case 'other':
      return column.kind === 'string' ? sql`convert(${name} using utf8mb4)` : sql`cast(${name} as char)`;
    default:
      return column.form satisfies never;
  }
}

function value(column: Column, text: string | null): Fragment {
  return bound(text === null ? null : stored(column, text));
}

function stored(column: Column, text: string): string {
  if (column.kind === 'boolean') return text === 'true' ? '1' : '0';
  switch (column.form) {
    case 'date':
      return text.slice(0, 10);
    case 'timestamp':
      return text.replace('T', ' ').replace(/(Z|[+-]\d\d:?\d\d)$/, '');
    case 'timestamptz':
      return inUtc(text);
    case 'other':
      return text;
    default:
      return column.form satisfies never;
  }
}

// JavaScript's dates hold milliseconds; the rest of a fraction is kept as text.
function inUtc(text: string): string {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text.length === 10 ? `${text}T00:00:00` : text}Z`;
  const date = new Date(zoned.replace(/\.\d+/, ''));
  if (Number.isNaN(date.getTime())) return text;
  return `${date.toISOString().slice(0, 19).replace('T', ' ')}${fraction === '' ? '' : `.${fraction}`}`;
}

// The first condition lets an index help; the second is exact where the collation is not (case, trailing blanks).
function isKey(column: Column, text: string): Fragment {
  const name = quoted(column.name);
  if (column.kind !== 'string') return sql`${name} = ${compared(column, text)}`;
  return sql`${name} = ${bound(text)} and ${bytes(name)} = cast(${bound(text)} as binary)`;
}

function isSame(column: Column, text: string | null): Fragment {
  const name = quoted(column.name);
  if (column.kind !== 'string') return sql`${name} <=> ${compared(column, text)}`;
  return sql`${bytes(name)} <=> cast(${bound(text)} as binary)`;
}

function bytes(name: Fragment): Fragment {
  return sql`cast(convert(${name} using utf8mb4) as binary)`;
}

function compared(column: Column, text: string | null): Fragment {
  const isCast = /^(decimal|datetime|date)/.test(column.type) && column.kind !== 'boolean' && column.type !== 'decimal';
  return isCast ? sql`cast(${value(column, text)} as ${raw(column.type)})` : value(column, text);
}

async function canHold(_statements: Statements, column: Column, text: string): Promise<boolean> {
  return column.kind !== 'number' || /^-?\d+(\.\d+)?$/.test(text);
}

/** All rows as they were at one instant, for tables of a transactional engine. */
async function* pages<T>(
  database: Database,
  layout: TableLayout,
  signal: AbortSignal,
  read: PageReader<T>,
  condition?: Fragment,
): AsyncGenerator<T> {
  const { statements, giveBack } = await database.lend(signal);
  try {
    await statements.run(raw('set transaction isolation level repeatable read'));
    await statements.run(raw('start transaction with consistent snapshot, read only'));
    for (let key: string | null = null; ; ) {
      const rows = await pageAfter(mysql, statements, layout, keyOrder(layout.key), key, condition);
      if (rows.length > 0) yield await read(statements, rows);
      if (rows.length < pageSize) break;
      key = rows.at(-1)?.k ?? null;
    }
    await statements.run(raw('rollback'));
    giveBack('whole');
  } finally {
    giveBack('broken');
  }
}

function keyOrder(column: Column): KeyOrder {
  return { by: quoted(column.name), after: (key) => compared(column, key) };
}

function position(column: Column): Fragment {
  return sql`cast(max(${quoted(column.name)}) as char)`;
}

function since(column: Column, from: string, overlap: number | null): Fragment {
  const name = quoted(column.name);
  const back = bound(String(overlap ?? (column.kind === 'number' ? defaultOverlap.units : defaultOverlap.seconds)));
  if (column.kind === 'number') return sql`${name} >= cast(${bound(from)} as decimal(65,0)) - ${back}`;
  return sql`${name} >= cast(${bound(from)} as datetime(6)) - interval ${back} second`;
}
