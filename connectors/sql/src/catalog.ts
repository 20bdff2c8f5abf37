// What the settings make of the tables the database has: object types with everything statements need.
// Owns the errors about tables and columns that are not as the settings say; reading the catalog is the dialects'.
import { type AttributeDescription, ConnectorError, type ObjectTypeDescription } from '@joinery/connector-kit';
import type { CatalogColumn, Dialect, Statements } from './dialect.js';
import type { Column, GrowingColumn, LinkTable, PlacedAttribute, TableLayout } from './layout.js';
import type { SqlAttribute, SqlLink, SqlObjectType, SqlSettings } from './settings.js';

type Tables = ReadonlyMap<string, readonly Column[]>;

/** Reads the catalog and fits the settings to it; throws INVALID_VALUE or FORBIDDEN naming the table or column. */
export async function readLayouts(
  settings: SqlSettings,
  dialect: Dialect,
  statements: Statements,
): Promise<readonly TableLayout[]> {
  const names = settings.objectTypes.flatMap((type) => [type.table, ...type.links.map((link) => link.joinTable)]);
  if (names.length === 0) return [];
  const columns = await dialect.readColumns(statements, settings, [...new Set(names)]);
  const unreadable = columns.find((column) => !column.isReadable);
  if (unreadable !== undefined) {
    throw new ConnectorError({
      code: 'FORBIDDEN',
      message: `The account "${settings.user}" may not read the table "${unreadable.table}".`,
      hint: 'Grant it SELECT on the table.',
    });
  }
  const tables: Tables = byTable(columns);
  return settings.objectTypes.map((type) => layoutOf(settings, type, tables));
}

function byTable(columns: readonly CatalogColumn[]): Tables {
  const tables = new Map<string, Column[]>();
  for (const column of columns) tables.set(column.table, [...(tables.get(column.table) ?? []), column]);
  return tables;
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
    changes: growingColumn(type, columns),
  };
}

function growingColumn(type: SqlObjectType, columns: readonly Column[]): GrowingColumn | null {
  if (type.changes === null) return null;
  const column = columnOf(type.table, columns, type.changes.column);
  if (column.kind === 'number' || column.kind === 'date' || column.type === 'xid8')
    return { column, overlap: type.changes.overlap };
  throw invalid(
    `The column "${column.name}" of the table "${type.table}" is ${column.type}; changes are found by numbers, times or xid8.`,
    'Name another column, or leave "changes" out: then all rows are compared.',
  );
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
    ...(type.disabling === null ? {} : { disabling: disablingOf(type.disabling, type, described) }),
  };
}

function disablingOf(
  disabling: NonNullable<SqlObjectType['disabling']>,
  type: SqlObjectType,
  attributes: readonly AttributeDescription[],
): NonNullable<SqlObjectType['disabling']> {
  if (attributes.some((attribute) => attribute.name === disabling.attribute && attribute.isReadOnly !== true))
    return disabling;
  throw invalid(
    `The object type "${type.name}" is disabled by the attribute "${disabling.attribute}", which it does not have or may not write.`,
    `Name one of: ${attributes.map((attribute) => attribute.name).join(', ')}.`,
  );
}

function invalid(message: string, hint: string): ConnectorError {
  return new ConnectorError({ code: 'INVALID_VALUE', message, hint });
}
