// What PostgreSQL's catalog says about tables: columns, types, rights, unique indexes.
// Owns the query and the kinds of types; fitting the settings to it is catalog.ts's, one folder up.
import type { AttributeDescription } from '@joinery/connector-kit';
import type { CatalogColumn, SqlRow, Statements } from '../dialect.js';
import { bound, type Fragment, sql } from '../fragment.js';
import type { Column } from '../layout.js';
import type { SqlSettings } from '../settings.js';

export async function readColumns(
  statements: Statements,
  { schema }: SqlSettings,
  tables: readonly string[],
): Promise<readonly CatalogColumn[]> {
  return (await statements.run(catalogQuery(schema, tables))).rows.map(toColumn);
}

const catalogQuery = (schema: string, tables: readonly string[]): Fragment => sql`
  select c.relname::text as "table", a.attname::text as "column", format_type(a.atttypid, -1) as "type",
         format_type(coalesce(nullif(t.typbasetype, 0), t.oid), -1) as "base", t.typcategory::text as "category",
         a.attnotnull and not a.atthasdef and a.attidentity = '' as "needsValue",
         a.attidentity = 'a' or a.attgenerated <> '' as "generated",
         has_table_privilege(c.oid, 'select') as "readable",
         c.relkind not in ('r', 'p') or exists (
           select from pg_index i
           where i.indrelid = c.oid and i.indisunique and i.indpred is null and i.indnkeyatts = 1 and i.indkey[0] = a.attnum
         ) as "unique"
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_type t on t.oid = a.atttypid
  where n.nspname = ${bound(schema)}::text and c.relname::text = any(${bound(tables)}::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'f')
  order by c.relname, a.attnum`;

function toColumn(row: SqlRow): CatalogColumn {
  const base = row.base ?? '';
  return {
    table: row.table ?? '',
    isReadable: row.readable === 't',
    name: row.column ?? '',
    type: row.type ?? 'text',
    kind: kindOf(base, row.category ?? ''),
    form: formOf(base),
    needsValue: row.needsValue === 't',
    isGenerated: row.generated === 't',
    isUnique: row.unique === 't',
  };
}

function kindOf(base: string, category: string): AttributeDescription['type'] {
  if (category === 'B') return 'boolean';
  if (['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision'].includes(base)) return 'number';
  return formOf(base) === 'other' ? 'string' : 'date';
}

function formOf(base: string): Column['form'] {
  switch (base) {
    case 'date':
      return 'date';
    case 'timestamp without time zone':
      return 'timestamp';
    case 'timestamp with time zone':
      return 'timestamptz';
    default:
      return 'other';
  }
}
