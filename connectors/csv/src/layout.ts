// What the columns of a file mean: attributes, links and the key, and a record as a row of the contract.
// Owns the conversion between cells and values in both directions.
import type {
  AttributeDescription,
  ObjectTypeDescription,
  ScalarValue,
  StoredRow,
  TargetObject,
} from '@joinery/connector-kit';
import { damaged } from './failure.js';
import { type CsvRecord, quoteField } from './record.js';
import type { CsvColumn, CsvFile, CsvLink, CsvSettings } from './settings.js';
import type { TableHeader } from './table.js';

interface Placed<T> {
  readonly what: T;
  /** Position of the column in the file. */
  readonly at: number;
}

/** The columns of one file, found in its header. */
export interface Layout {
  readonly file: CsvFile;
  readonly width: number;
  readonly keyAt: number;
  readonly columns: readonly Placed<CsvColumn>[];
  readonly links: readonly Placed<CsvLink>[];
  readonly protectsFormulas: boolean;
  readonly type: ObjectTypeDescription;
}

/** Finds the configured columns in the header; throws when one is missing. */
export function layoutOf(file: CsvFile, header: TableHeader, settings: CsvSettings): Layout {
  const names = header.record.values;
  const place = <T extends { readonly column: string }>(what: T): Placed<T> => ({
    what,
    at: indexOfColumn(file, names, what.column),
  });
  const links = file.links.map(place);
  const columns = (file.columns ?? discovered(file, names, links)).map(place);
  const keyAt = indexOfColumn(file, names, file.key);
  const others = columns.filter((column) => column.at !== keyAt);
  return {
    file,
    width: names.length,
    keyAt,
    columns: others,
    links,
    protectsFormulas: settings.protectsFormulas,
    type: descriptionOf(file, columns, keyAt),
  };
}

function indexOfColumn(file: CsvFile, names: readonly string[], column: string): number {
  const at = names.indexOf(column);
  if (at !== -1) return at;
  throw damaged(
    file.path,
    1,
    `the column "${column}" is missing; the header has: ${names.join(', ')}`,
    'Add the column to the file, or correct the settings (also the delimiter).',
  );
}

function discovered(file: CsvFile, names: readonly string[], links: readonly Placed<CsvLink>[]): readonly CsvColumn[] {
  return names
    .filter((name) => !links.some((link) => link.what.column === name))
    .map((name) => ({ name, column: name, type: 'string', isRequired: name === file.key, isReadOnly: false }));
}

function descriptionOf(file: CsvFile, columns: readonly Placed<CsvColumn>[], keyAt: number): ObjectTypeDescription {
  const keyName = keyAttributeOf(columns, keyAt, file);
  const key: AttributeDescription = { name: keyName, type: 'string', isRequired: true };
  const others = columns
    .filter((column) => column.at !== keyAt)
    .map(({ what }) => ({
      name: what.name,
      type: what.type,
      isRequired: what.isRequired,
      isReadOnly: what.isReadOnly,
    }));
  return {
    name: file.objectType,
    keyAttribute: keyName,
    attributes: [key, ...others],
    links: file.links.map(({ name, targetObjectType }) => ({ name, targetObjectType })),
  };
}

function keyAttributeOf(columns: readonly Placed<CsvColumn>[], keyAt: number, file: CsvFile): string {
  return columns.find((column) => column.at === keyAt)?.what.name ?? file.key;
}

/** The key of a record; throws when it is empty. */
export function keyOf(layout: Layout, record: CsvRecord): string {
  const key = cellText(layout, record, layout.keyAt);
  if (key !== '') return key;
  throw damaged(
    layout.file.path,
    record.line,
    `the key column "${layout.file.key}" is empty`,
    'Give the row a key, or delete it.',
  );
}

/** The record as values and members; throws when a cell does not fit its column's type. */
export function toRow(layout: Layout, record: CsvRecord): StoredRow {
  const attributes = Object.fromEntries(
    layout.columns.map((column) => [column.what.name, valueOf(layout, record, column)]),
  );
  const links = Object.fromEntries(
    layout.links.map(({ what, at }) => [what.name, new Set(membersOf(cellText(layout, record, at), what.separator))]),
  );
  return { attributes, links };
}

/** The record as the contract shows it. */
export function toTargetObject(layout: Layout, record: CsvRecord): TargetObject {
  const row = toRow(layout, record);
  const key = keyOf(layout, record);
  return {
    objectType: layout.file.objectType,
    key,
    attributes: { [layout.type.keyAttribute]: key, ...row.attributes },
    links: Object.fromEntries(Object.entries(row.links).map(([name, members]) => [name, [...members].sort()])),
  };
}

function valueOf(layout: Layout, record: CsvRecord, { what, at }: Placed<CsvColumn>): ScalarValue {
  const text = cellText(layout, record, at);
  if (text === '') {
    if (!what.isRequired) return null;
    throw damaged(
      layout.file.path,
      record.line,
      `the column "${what.column}" is empty`,
      'Fill the cell in, or say in the settings that it is not required.',
    );
  }
  const value = parseValue(what.type, text);
  if (value !== undefined) return value;
  throw damaged(
    layout.file.path,
    record.line,
    `the column "${what.column}" holds ${JSON.stringify(text.slice(0, 40))}, which is no ${what.type}`,
    what.type === 'date' ? 'Write dates as YYYY-MM-DD.' : 'Correct the cell, or the type in the settings.',
  );
}

function parseValue(type: CsvColumn['type'], text: string): ScalarValue | undefined {
  switch (type) {
    case 'string':
      return text;
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case 'boolean':
      return /^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : undefined;
    case 'date':
      return /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined;
    default:
      return type satisfies never;
  }
}

function membersOf(text: string, separator: string): readonly string[] {
  return text
    .split(separator)
    .map((member) => member.trim())
    .filter((member) => member !== '');
}

function cellText(layout: Layout, record: CsvRecord, at: number): string {
  const text = record.values[at] ?? '';
  return layout.protectsFormulas && text.startsWith("'") && isFormula(text.slice(1)) ? text.slice(1) : text;
}

/** Why the values cannot stand in a cell, or null. */
export function cellProblem(layout: Layout, row: StoredRow): string | null {
  const broken = Object.entries(row.attributes).find(
    ([, value]) => typeof value === 'string' && /\0|\p{Surrogate}/u.test(value),
  );
  if (broken !== undefined) return `the value of "${broken[0]}" holds a character that UTF-8 text cannot hold`;
  for (const { what } of layout.links) {
    const member = [...(row.links[what.name] ?? [])].find(
      (key) => key.includes(what.separator) || key !== key.trim() || key === '' || /\0|\p{Surrogate}/u.test(key),
    );
    if (member !== undefined)
      return `the member ${JSON.stringify(member)} of "${what.name}" cannot stand in a list separated by "${what.separator}"`;
  }
  return null;
}

/** The fields of the row: those that did not change keep their very text. `before` is null for a new record. */
export function rawsOf(
  layout: Layout,
  key: string,
  row: StoredRow,
  before: { readonly record: CsvRecord; readonly row: StoredRow } | null,
): readonly string[] {
  const raws = before === null ? Array.from({ length: layout.width }, () => '') : [...before.record.raws];
  if (before === null) raws[layout.keyAt] = field(layout, key);
  for (const { what, at } of layout.columns) {
    const value = row.attributes[what.name] ?? null;
    if (before === null || value !== (before.row.attributes[what.name] ?? null))
      raws[at] = field(layout, value === null ? '' : String(value));
  }
  for (const { what, at } of layout.links) {
    const members = row.links[what.name];
    if (members !== undefined && members !== before?.row.links[what.name])
      raws[at] = field(layout, [...members].join(what.separator));
  }
  return raws;
}

function field(layout: Layout, value: string): string {
  const text = layout.protectsFormulas && isFormula(value) ? `'${value}` : value;
  return quoteField(text, layout.file.delimiter);
}

// What Excel and LibreOffice take for a formula, full-width variants included.
function isFormula(text: string): boolean {
  return /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/.test(text);
}
