// What the database says about the tables of the settings: columns, types, rights, keys.
// Owns the errors about tables and columns that are not as the settings say.
import { type AttributeDescription, ConnectorError, type ObjectTypeDescription } from '@joinery/connector-kit';
import type { SqlResult, Statements } from './pool.js';
import type { SqlAttribute, SqlLink, SqlObjectType, SqlSettings } from './settings.js';

/** A column as the catalog has it. */
export interface Column {
  readonly name: string;
  /** Its type without length, as SQL text: `character varying`, `uuid`. From the catalog, so safe in a statement. */
  readonly type: string;
  readonly kind: AttributeDescription['type'];
  readonly form: 'date' | 'timestamp' | 'timestamptz' | 'other';
  readonly needsValue: boolean;
  readonly isGenerated: boolean;
  readonly isUnique: boolean;
}

export interface LinkTable {
  readonly link: SqlLink;
  readonly own: Column;
  readonly other: Column;
}

/** An attribute and the column behind it. */
export interface PlacedAttribute {
  readonly attribute: SqlAttribute;
  readonly column: Column;
}

/** An object type with everything statements need. */
export interface TableLayout {
  readonly schema: string;
  readonly table: string;
  readonly key: Column;
  /** Without the key. */
  readonly attributes: readonly PlacedAttribute[];
  readonly links: readonly LinkTable[];
  readonly type: ObjectTypeDescription;
}

type Tables = ReadonlyMap<string, readonly Column[]>;

/** Reads the catalog and fits the settings to it; throws INVALID_VALUE or FORBIDDEN naming the table or column. */
export async function readLayouts(settings: SqlSettings, statements: Statements): Promise<readonly TableLayout[]> {
  const names = settings.objectTypes.flatMap((type) => [type.table, ...type.links.map((link) => link.joinTable)]);
  const { rows } = await statements.run(catalogQuery, [settings.schema, [...new Set(names)]]);
  const unreadable = rows.find((row) => row.readable !== 't');
  if (unreadable !== undefined) {
    throw new ConnectorError({
      code: 'FORBIDDEN',
      message: `The account "${settings.user}" may not read the table "${unreadable.table}".`,
      hint: 'Grant it SELECT on the table.',
    });
  }
  const tables: Tables = byTable(rows);
  return settings.objectTypes.map((type) => layoutOf(settings, type, tables));
}

const catalogQuery = `
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
  where n.nspname = $1::text and c.relname::text = any($2::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'f')
  order by c.relname, a.attnum`;

function byTable(rows: SqlResult['rows']): Tables {
  const tables = new Map<string, Column[]>();
  for (const row of rows) tables.set(row.table ?? '', [...(tables.get(row.table ?? '') ?? []), toColumn(row)]);
  return tables;
}

function toColumn(row: Readonly<Record<string, string | null>>): Column {
  const base = row.base ?? '';
  return {
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

function layoutOf(settings: SqlSettings, type: SqlObjectType, tables: Tables): TableLayout {
  const columns = columnsOf(settings, tables, type.table);
  const key = columnOf(type.table, columns, type.key);
  if (!key.isUnique)
    throw invalid(
      `The column "${type.key}" of the table "${type.table}" is not unique, so it cannot be a key.`,
      'Name the primary key, or give the column a unique index.',
    );
  const all = (type.attributes ?? columns.map(asAttribute)).map((attribute) => place(type, columns, attribute));
  const attributes = all.filter((placed) => placed.column !== key);
  const links = type.links.map((link) => linkTableOf(settings, tables, link));
  const keyAttribute = all.find((placed) => placed.column === key)?.attribute.name ?? type.key;
  return {
    schema: settings.schema,
    table: type.table,
    key,
    attributes,
    links,
    type: descriptionOf(type, keyAttribute, key, attributes),
  };
}

function columnsOf(settings: SqlSettings, tables: Tables, table: string): readonly Column[] {
  const rows = tables.get(table);
  if (rows !== undefined) return rows;
  throw invalid(
    `There is no table "${table}" in the schema "${settings.schema}" of the database "${settings.database}", or the account cannot see it.`,
    'Correct the settings; table names are case-sensitive here.',
  );
}

function columnOf(table: string, columns: readonly Column[], name: string): Column {
  const column = columns.find((candidate) => candidate.name === name);
  if (column !== undefined) return column;
  throw invalid(
    `The table "${table}" has no column "${name}"; it has: ${columns.map((known) => known.name).join(', ')}.`,
    'Correct the settings; column names are case-sensitive here.',
  );
}

function asAttribute(column: Column): SqlAttribute {
  return { name: column.name, column: column.name, type: null, isRequired: null, isReadOnly: false };
}

function place(type: SqlObjectType, columns: readonly Column[], attribute: SqlAttribute): PlacedAttribute {
  const column = columnOf(type.table, columns, attribute.column);
  if (attribute.type === null || attribute.type === column.kind) return { attribute, column };
  throw invalid(
    `The column "${column.name}" of the table "${type.table}" is ${column.type}, a ${column.kind}, but the settings call it a ${attribute.type}.`,
    'Leave the type out, or correct it.',
  );
}

function linkTableOf(settings: SqlSettings, tables: Tables, link: SqlLink): LinkTable {
  const columns = columnsOf(settings, tables, link.joinTable);
  return {
    link,
    own: columnOf(link.joinTable, columns, link.ownColumn),
    other: columnOf(link.joinTable, columns, link.otherColumn),
  };
}

function descriptionOf(
  type: SqlObjectType,
  keyAttribute: string,
  key: Column,
  attributes: readonly PlacedAttribute[],
): ObjectTypeDescription {
  const described = attributes.map(({ attribute, column }) => ({
    name: attribute.name,
    type: column.kind,
    isRequired: attribute.isRequired ?? column.needsValue,
    isReadOnly: attribute.isReadOnly || column.isGenerated,
  }));
  return {
    name: type.name,
    keyAttribute,
    attributes: [{ name: keyAttribute, type: key.kind, isRequired: true }, ...described],
    links: type.links.map(({ name, targetObjectType }) => ({ name, targetObjectType })),
  };
}

function invalid(message: string, hint: string): ConnectorError {
  return new ConnectorError({ code: 'INVALID_VALUE', message, hint });
}
