// What MySQL's and MariaDB's catalog says about tables: columns, types, rights, unique indexes.
// Owns the query and the kinds of types; fitting the settings to it is catalog.ts's, one folder up.
import type { AttributeDescription } from '@joinery/connector-kit';
import type { CatalogColumn, SqlRow, Statements } from '../dialect.js';
import { bound, type Fragment, joined, sql } from '../fragment.js';
import type { Column } from '../layout.js';
import type { SqlSettings } from '../settings.js';

export async function readColumns(
  statements: Statements,
  { schema }: SqlSettings,
  tables: readonly string[],
): Promise<readonly CatalogColumn[]> {
  const { rows } = await statements.run(catalogQuery(schema, tables));
  // Names compare without case in the catalog, but are distinct where the file system has case.
  return rows.map(toColumn).filter((column) => tables.includes(column.table));
}

const catalogQuery = (schema: string, tables: readonly string[]): Fragment => sql`
  select c.table_name as ${name('table')}, c.column_name as ${name('column')}, c.data_type as base,
         c.column_type as ${name('type')}, c.datetime_precision as fraction,
         c.is_nullable = 'NO' and c.column_default is null and c.extra not like '%auto_increment%' as needs_value,
         c.extra like '%GENERATED%' and c.extra not like '%DEFAULT_GENERATED%' as ${name('generated')},
         c.privileges like '%select%' as readable,
         t.table_type = 'VIEW' or exists (
           select 1 from information_schema.statistics i
           where i.table_schema = c.table_schema and i.table_name = c.table_name and i.non_unique = 0
           group by i.index_name
           having count(*) = 1 and max(i.column_name) = c.column_name and max(i.sub_part) is null
         ) as ${name('unique')}
  from information_schema.columns c
  join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name
  where c.table_schema = ${bound(schema)} and c.table_name in (${joined(tables.map(bound), ', ')})
  order by c.table_name, c.ordinal_position`;

function name(text: string): Fragment {
  return { texts: [`\`${text}\``], values: [] };
}

function toColumn(row: SqlRow): CatalogColumn {
  const base = (row.base ?? '').toLowerCase();
  return {
    table: row.table ?? '',
    isReadable: row.readable === '1',
    name: row.column ?? '',
    type: comparedAs(base, row.fraction ?? '0'),
    kind: kindOf(base, row.type ?? ''),
    form: formOf(base),
    needsValue: row.needs_value === '1',
    isGenerated: row.generated === '1' || /blob|binary|geometry|point|polygon|linestring/.test(base),
    isUnique: row.unique === '1',
  };
}

/** What a text is cast to before it is compared with the column: `datetime(3)`, `decimal(65,0)`; else the type's name. */
function comparedAs(base: string, fraction: string): string {
  if (/^(tiny|small|medium|big)?int$/.test(base)) return 'decimal(65,0)';
  return base === 'datetime' || base === 'timestamp' ? `datetime(${Number(fraction)})` : base;
}

const numbers = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'float', 'double', 'year']);

function kindOf(base: string, type: string): AttributeDescription['type'] {
  if (type.startsWith('tinyint(1)') || type === 'bit(1)') return 'boolean';
  if (numbers.has(base)) return 'number';
  return formOf(base) === 'other' ? 'string' : 'date';
}

function formOf(base: string): Column['form'] {
  switch (base) {
    case 'date':
      return 'date';
    case 'datetime':
      return 'timestamp';
    case 'timestamp':
      return 'timestamptz';
    default:
      return 'other';
  }
}
