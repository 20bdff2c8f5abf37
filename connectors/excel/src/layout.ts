// What the columns of a sheet mean: attributes, links and the key, and its rows as rows of the contract.
// Owns the conversion of cells to values and which rows count.
import type { ObjectTypeDescription, ScalarValue, TargetObject } from '@joinery/connector-kit';
import { damaged } from './failure.js';
import type { ExcelColumn, ExcelLink, ExcelTable } from './settings.js';
import { addressOf, type Cell, type Sheet } from './workbook.js';

interface Placed<T> {
  readonly what: T;
  /** Column of the sheet, counted from 0. */
  readonly at: number;
}

export interface Layout {
  readonly table: ExcelTable;
  readonly sheet: Sheet;
  readonly keyAt: number;
  readonly columns: readonly Placed<ExcelColumn>[];
  readonly links: readonly Placed<ExcelLink>[];
  readonly type: ObjectTypeDescription;
}

/** Finds the configured columns in the header row; throws when one is missing or named twice. */
export function layoutOf(table: ExcelTable, sheet: Sheet): Layout {
  const headers = headersOf(table, sheet);
  const place = <T extends { readonly header: string }>(what: T): Placed<T> => ({
    what,
    at: indexOfHeader(table, sheet, headers, what.header),
  });
  const links = table.links.map(place);
  const keyAt = indexOfHeader(table, sheet, headers, table.key);
  const columns = (table.columns ?? discovered(table, headers, links)).map(place);
  const keyName = columns.find(({ at }) => at === keyAt)?.what.name ?? table.key;
  const others = columns.filter(({ at }) => at !== keyAt);
  return { table, sheet, keyAt, columns: others, links, type: descriptionOf(table, keyName, others) };
}

function descriptionOf(
  table: ExcelTable,
  keyName: string,
  columns: readonly Placed<ExcelColumn>[],
): ObjectTypeDescription {
  const others = columns.map(({ what }) => ({
    name: what.name,
    type: what.type,
    isRequired: what.isRequired,
    isReadOnly: true,
  }));
  return {
    name: table.objectType,
    keyAttribute: keyName,
    attributes: [{ name: keyName, type: 'string', isRequired: true, isReadOnly: true }, ...others],
    links: table.links.map(({ name, targetObjectType }) => ({ name, targetObjectType })),
  };
}

function headersOf(table: ExcelTable, sheet: Sheet): readonly string[] {
  const headers = (sheet.rows[table.headerRow - 1] ?? []).map((cell) => textOf(cell).trim());
  const twice = headers.findIndex((header, at) => header !== '' && headers.indexOf(header) !== at);
  if (twice !== -1)
    throw damaged(
      { path: table.path, sheet: sheet.name, cell: addressOf(table.headerRow, twice + 1) },
      `the header names the column "${headers[twice]}" twice`,
      'Give every column its own name.',
    );
  return headers;
}

function indexOfHeader(table: ExcelTable, sheet: Sheet, headers: readonly string[], header: string): number {
  const at = headers.indexOf(header);
  if (at !== -1) return at;
  const known = headers.filter((name) => name !== '').join(', ');
  throw damaged(
    { path: table.path, sheet: sheet.name },
    `the column "${header}" is missing; row ${table.headerRow} has: ${known === '' ? 'nothing' : known}`,
    'Add the column to the sheet, or correct the settings (also "headerRow").',
  );
}

function discovered(
  table: ExcelTable,
  headers: readonly string[],
  links: readonly Placed<ExcelLink>[],
): readonly ExcelColumn[] {
  return headers
    .filter((header) => header !== '' && !links.some(({ what }) => what.header === header))
    .map((header) => ({ name: header, header, type: 'string', isRequired: header === table.key }));
}

/** Numbers, counted from 1, of the rows below the header that hold something: no empty rows, no merged headings. */
export function* rowNumbersOf(layout: Layout): Generator<number> {
  const { sheet, table, keyAt } = layout;
  const used = [keyAt, ...layout.columns.map(({ at }) => at), ...layout.links.map(({ at }) => at)];
  const headings = new Set(
    sheet.merged
      .filter(({ left, right, top, bottom }) => right > left && top === bottom && left <= keyAt + 1 && keyAt < right)
      .map(({ top }) => top),
  );
  for (let row = table.headerRow + 1; row <= sheet.rows.length; row += 1) {
    const isEmpty = used.every((at) => isBlank(sheet.rows[row - 1]?.[at]) && !sheet.flaws.has(addressOf(row, at + 1)));
    if (!isEmpty && !headings.has(row)) yield row;
  }
}

const isBlank = (cell: Cell | undefined): boolean =>
  cell === undefined || cell === null || (typeof cell === 'string' && cell.trim() === '');

/** The key in a row; throws when it is empty. */
export function keyOf(layout: Layout, row: number): string {
  const key = textOf(cellOf(layout, row, layout.keyAt)).trim();
  if (key !== '') return key;
  throw flaw(
    layout,
    row,
    layout.keyAt,
    `the key column "${layout.table.key}" is empty`,
    'Give the row a key, or delete it; a merged cell counts for its first row only.',
  );
}

/** A row as the contract shows it; throws when a cell does not fit its column's type. */
export function toTargetObject(layout: Layout, row: number): TargetObject {
  const key = keyOf(layout, row);
  const values = layout.columns.map((column) => [column.what.name, valueOf(layout, row, column)] as const);
  const links = layout.links.map(
    ({ what, at }) => [what.name, membersOf(textOf(cellOf(layout, row, at)), what.separator)] as const,
  );
  return {
    objectType: layout.table.objectType,
    key,
    attributes: { [layout.type.keyAttribute]: key, ...Object.fromEntries(values) },
    links: Object.fromEntries(links),
  };
}

function cellOf(layout: Layout, row: number, at: number): Cell {
  const problem = layout.sheet.flaws.get(addressOf(row, at + 1));
  if (problem !== undefined)
    throw flaw(layout, row, at, problem, 'Correct the formula, recalculate and save the workbook.');
  return layout.sheet.rows[row - 1]?.[at] ?? null;
}

function valueOf(layout: Layout, row: number, { what, at }: Placed<ExcelColumn>): ScalarValue {
  const cell = cellOf(layout, row, at);
  if (isBlank(cell)) {
    if (what.isRequired) throw flaw(layout, row, at, `the column "${what.header}" is empty`, 'Fill in the cell.');
    return null;
  }
  const value = typedValue(what.type, cell);
  if (value !== undefined) return value;
  throw flaw(
    layout,
    row,
    at,
    `the column "${what.header}" holds ${JSON.stringify(textOf(cell))}, which is no ${what.type}`,
    what.type === 'date'
      ? 'Enter a date and give the cell a date format.'
      : 'Correct the cell, or the type in the settings.',
  );
}

function typedValue(type: ExcelColumn['type'], cell: Cell): ScalarValue | undefined {
  const text = textOf(cell);
  switch (type) {
    case 'string':
      return text;
    case 'number':
      if (typeof cell === 'number') return cell;
      return typeof cell === 'string' && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case 'boolean':
      return /^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : undefined;
    case 'date':
      if (cell instanceof Date) return text;
      return typeof cell === 'string' && /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text))
        ? text
        : undefined;
    default:
      return type satisfies never;
  }
}

/** A cell as text. A date has no zone in a workbook, so it gets none; its time is exact to the second. */
function textOf(cell: Cell): string {
  if (cell === null) return '';
  if (!(cell instanceof Date)) return String(cell);
  const [day = '', time = ''] = new Date(Math.round(cell.getTime() / 1_000) * 1_000).toISOString().split(/[T.]/);
  return time === '00:00:00' ? day : `${day}T${time}`;
}

function membersOf(text: string, separator: string): readonly string[] {
  const members = text.split(separator).map((member) => member.trim());
  return [...new Set(members.filter((member) => member !== ''))].sort();
}

/** An error about one cell; `at` counts from 0. */
export function flaw(
  { table, sheet }: Layout,
  row: number,
  at: number,
  problem: string,
  hint: string,
  code?: 'AMBIGUOUS_MATCH',
): Error {
  return damaged({ path: table.path, sheet: sheet.name, cell: addressOf(row, at + 1) }, problem, hint, code);
}
