// What SQLite's catalog says about tables: columns, declared types, unique indexes.
// Owns the query and the kinds of types; fitting the settings to it is catalog.ts's, one folder up.
import type { AttributeDescription } from '@joinery/connector-kit';
import type { CatalogColumn, SqlRow, Statements } from '../dialect.js';
import { bound, type Fragment, joined, sql } from '../fragment.js';
import type { Column } from '../layout.js';
import type { SqlSettings } from '../settings.js';

export async function readColumns(
  statements: Statements,
  _settings: SqlSettings,
  tables: readonly string[],
): Promise<readonly CatalogColumn[]> {
  return (await statements.run(catalogQuery(tables))).rows.map(toColumn);
}

const catalogQuery = (tables: readonly string[]): Fragment => sql`
  select t.name as "table", c.name as "column", upper(c.type) as "type", c.hidden as "hidden",
         (c."notnull" <> 0 and c.dflt_value is null and c.pk = 0) as "needsValue",
         t.type = 'view' or (c.pk = 1 and (select max(p.pk) from pragma_table_xinfo(t.name) p) = 1) or exists (
           select 1 from pragma_index_list(t.name) i
           where i."unique" = 1 and i.partial = 0
             and (select count(*) from pragma_index_info(i.name)) = 1
             and (select x.name from pragma_index_info(i.name) x) = c.name
         ) as "unique"
  from sqlite_schema t join pragma_table_xinfo(t.name) c
  where t.type in ('table', 'view') and t.name in (${joined(tables.map(bound), ', ')})
  order by t.name, c.cid`;

function toColumn(row: SqlRow): CatalogColumn {
  const declared = row.type ?? '';
  const kind = kindOf(declared);
  return {
    table: row.table ?? '',
    isReadable: true,
    name: row.column ?? '',
    type: affinityOf(declared),
    kind,
    form: formOf(declared),
    needsValue: row.needsValue === '1',
    isGenerated: row.hidden !== '0' || declared.includes('BLOB'),
    isUnique: row.unique === '1',
  };
}

// https://www.sqlite.org/datatype3.html#determination_of_column_affinity
function affinityOf(declared: string): string {
  if (declared.includes('INT')) return 'integer';
  if (/CHAR|CLOB|TEXT/.test(declared)) return 'text';
  if (declared === '' || declared.includes('BLOB')) return 'blob';
  return /REAL|FLOA|DOUB/.test(declared) ? 'real' : 'numeric';
}

function kindOf(declared: string): AttributeDescription['type'] {
  if (declared.startsWith('BOOL')) return 'boolean';
  if (formOf(declared) !== 'other') return 'date';
  return /INT|REAL|FLOA|DOUB|NUM|DEC/.test(declared) ? 'number' : 'string';
}

function formOf(declared: string): Column['form'] {
  if (declared === 'DATE') return 'date';
  return /^(DATETIME|TIMESTAMP)/.test(declared) ? 'timestamptz' : 'other';
}
