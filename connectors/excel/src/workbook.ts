// A workbook as sheets of cells: opened within bounds, its values typed, its errors not silently empty.
// The values are read-excel-file's; what that leaves out (error values, missing results, merged ranges) is read here.
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { types } from 'node:util';
import { readSheet } from 'read-excel-file/node';
import { type Archive, NoArchive, openArchive, textOf } from './archive.js';
import { changedFile, damaged, fileError } from './failure.js';
import type { ExcelSettings, ExcelTable } from './settings.js';

/** A value as a spreadsheet has it; an empty cell is null. */
export type Cell = string | number | boolean | Date | null;

/** Cells of which only the first has a value, rows and columns counted from 1. */
export interface MergedRange {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export interface Sheet {
  readonly name: string;
  /** Row n of the sheet is `rows[n - 1]`. */
  readonly rows: readonly (readonly Cell[])[];
  /** Address → what is wrong with the cell. */
  readonly flaws: ReadonlyMap<string, string>;
  readonly merged: readonly MergedRange[];
}

/** The first bytes of the container in which programs put encrypted workbooks and those of before 2007. */
const oldContainer = Buffer.from([0xd0, 0xcf, 0x11, 0xe0]);

/** Reads the sheet of the table whole; the file is in memory meanwhile, so its size is bounded by the settings. */
export async function openSheet(table: ExcelTable, settings: ExcelSettings, signal: AbortSignal): Promise<Sheet> {
  const content = await contentOf(table.path, settings.maxBytes);
  signal.throwIfAborted();
  if (content.subarray(0, 4).equals(oldContainer))
    throw damaged(
      { path: table.path },
      'it is encrypted with a password, or of the old kind (.xls)',
      'Save it as .xlsx without a password.',
    );
  try {
    const archive = openArchive(content, settings.maxUnpackedBytes);
    const { name, part } = findSheet(archive, table);
    const data = await readSheet(Readable.from([content]), name, { trim: false });
    return { name, rows: data as unknown as Sheet['rows'], ...notesOf(textOf(archive, part) ?? '') };
  } catch (error) {
    throw workbookError(error, table);
  }
}

async function contentOf(path: string, maxBytes: number): Promise<Buffer> {
  try {
    const handle = await open(path, 'r');
    try {
      const before = await handle.stat({ bigint: true });
      if (before.size > maxBytes)
        throw damaged(
          { path },
          `it has ${before.size} bytes, and the setting "maxBytes" allows ${maxBytes}`,
          'Split the workbook, take out pictures, or raise the setting: a workbook is read into memory.',
        );
      const content = await handle.readFile();
      const after = await handle.stat({ bigint: true });
      if (after.mtimeNs !== before.mtimeNs || after.size !== before.size) throw changedFile(path);
      return content;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, path);
  }
}

function findSheet(archive: Archive, { path, sheet }: ExcelTable): { readonly name: string; readonly part: string } {
  const workbook = textOf(archive, 'xl/workbook.xml');
  const relations = textOf(archive, 'xl/_rels/workbook.xml.rels');
  if (workbook === null || relations === null) throw new NoArchive('it is an archive, but no workbook');
  const sheets = elementsOf(workbook, 'sheet').map((found) => ({ name: found.name ?? '', id: found['r:id'] ?? '' }));
  const found = typeof sheet === 'number' ? sheets[sheet - 1] : sheets.find(({ name }) => name === sheet);
  if (found === undefined)
    throw damaged(
      { path },
      `it has no sheet ${typeof sheet === 'number' ? `number ${sheet}` : `"${sheet}"`}; its sheets are: ${sheets.map(({ name }) => name).join(', ')}`,
      'Correct the setting "sheet", or name the sheet so.',
    );
  const target = elementsOf(relations, 'Relationship').find(({ Id }) => Id === found.id)?.Target ?? '';
  return { name: found.name, part: target.startsWith('/') ? target.slice(1) : `xl/${target}` };
}

function elementsOf(xml: string, element: string): readonly Readonly<Record<string, string | undefined>>[] {
  return [...xml.matchAll(new RegExp(`<(?:\\w+:)?${element}\\s([^>]*)>`, 'g'))].map(([, text]) =>
    attributesOf(text ?? ''),
  );
}

function attributesOf(text: string): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    [...text.matchAll(/([\w:]+)\s*=\s*"([^"]*)"/g)].map(([, name, value]) => [name, plain(value ?? '')]),
  );
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function plain(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex: string, decimal: string, name: string) =>
    name === undefined
      ? String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
      : (entities[name] ?? whole),
  );
}

// read-excel-file shows an error value and a formula whose result was never saved as an empty cell. Somebody whose
// department is #REF! must not lose it: so such cells are known here, and refused where they are used.
function notesOf(xml: string): Pick<Sheet, 'flaws' | 'merged'> {
  const flaws = new Map<string, string>();
  const cells = /<(?:\w+:)?c\s([^>]*?)(?:\/>|>(.*?)<\/(?:\w+:)?c>)/gs;
  for (const [whole, attributes = '', content = ''] of xml.matchAll(cells)) {
    if (!/\st="e"|<(?:\w+:)?f[\s>/]/.test(whole)) continue;
    const { r: address = '', t: type } = attributesOf(attributes);
    if (type === 'e') flaws.set(address, `it holds the error ${/<(?:\w+:)?v>(.*?)<\//s.exec(content)?.[1] ?? ''}`);
    else if (!/<(?:\w+:)?v[\s>/]/.test(content))
      flaws.set(address, 'it holds a formula whose result was not saved with the workbook');
  }
  return { flaws, merged: elementsOf(xml, 'mergeCell').flatMap(({ ref }) => rangeOf(ref ?? '')) };
}

function rangeOf(reference: string): readonly MergedRange[] {
  const [, left = '', top, right = '', bottom] = /^([A-Z]+)(\d+):([A-Z]+)(\d+)$/.exec(reference) ?? [];
  if (left === '') return [];
  return [{ left: columnOf(left), right: columnOf(right), top: Number(top), bottom: Number(bottom) }];
}

function columnOf(letters: string): number {
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
}

/** The address of a cell, rows and columns counted from 1. */
export function addressOf(row: number, column: number): string {
  let letters = '';
  for (let rest = column; rest > 0; rest = Math.floor((rest - 1) / 26))
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  return `${letters}${row}`;
}

function workbookError(error: unknown, { path, sheet }: ExcelTable): unknown {
  if (!types.isNativeError(error)) return error;
  const hint = 'Open it in a spreadsheet program and save it as .xlsx again, or restore it.';
  if (error instanceof NoArchive) return damaged({ path }, `it cannot be read, because ${error.message}`, hint);
  const [, row, column, problem] = /row (\d+), col (\d+): (\w+)/.exec(error.message) ?? [];
  if (error.name === 'InvalidSpreadsheetError' && problem !== undefined)
    return damaged(
      { path, sheet: String(sheet), cell: addressOf(Number(row), Number(column)) },
      `it is damaged (${problem})`,
      hint,
    );
  if (error.name === 'InvalidInputError' || error.name === 'InvalidSpreadsheetError' || error.name === 'UnzipError')
    return damaged({ path }, `it is damaged (${error.message})`, hint);
  return error;
}
