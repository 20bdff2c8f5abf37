// Reading a file: one row, all rows, or only whether it is sound.
import type { ListPage, ObjectTypeDescription, TargetObject } from '@joinery/connector-kit';
import { damaged } from './failure.js';
import { keyOf, type Layout, layoutOf, toTargetObject } from './layout.js';
import type { CsvRecord } from './record.js';
import type { CsvFile, CsvSettings } from './settings.js';
import { isBlank, openTable } from './table.js';

const pageSize = 500;

interface FileBatch {
  readonly layout: Layout;
  readonly records: readonly CsvRecord[];
}

/** All rows in file order; ends normally only when the whole file was read and is sound. */
export async function* listRows(file: CsvFile, settings: CsvSettings, signal: AbortSignal): AsyncGenerator<ListPage> {
  const lines = new Map<string, number>();
  for await (const { layout, records } of readFile(file, settings, signal)) {
    for (const record of records) noteKey(file, lines, keyOf(layout, record), record.line);
    for (let from = 0; from < records.length; from += pageSize) {
      yield { objects: records.slice(from, from + pageSize).map((record) => toTargetObject(layout, record)) };
    }
  }
}

/** The row of that key or null; reads the whole file, because the key may be there twice. */
export async function readRow(
  file: CsvFile,
  settings: CsvSettings,
  key: string,
  signal: AbortSignal,
): Promise<TargetObject | null> {
  const lines = new Map<string, number>();
  let found: TargetObject | null = null;
  for await (const { layout, records } of readFile(file, settings, signal)) {
    for (const record of records) {
      if (keyOf(layout, record) !== key) continue;
      noteKey(file, lines, key, record.line);
      found = toTargetObject(layout, record);
    }
  }
  return found;
}

/** What the file holds, from its header. */
export async function describeFile(
  file: CsvFile,
  settings: CsvSettings,
  signal: AbortSignal,
): Promise<ObjectTypeDescription> {
  for await (const { layout } of readFile(file, settings, signal)) return layout.type;
  throw damaged(file.path, null, 'it has no header', 'Restore the file.');
}

/** Throws when a row does not fit; returns nothing when the file is sound. */
export async function checkFile(file: CsvFile, settings: CsvSettings, signal: AbortSignal): Promise<void> {
  for await (const page of listRows(file, settings, signal)) void page;
}

/** Remembers a key; throws when it was there before. */
export function noteKey(file: CsvFile, lines: Map<string, number>, key: string, line: number): void {
  const earlier = lines.get(key);
  if (earlier !== undefined) {
    throw damaged(
      file.path,
      line,
      `the key ${JSON.stringify(key)} stands on line ${earlier} already`,
      'Keep one row a key.',
      'AMBIGUOUS_MATCH',
    );
  }
  lines.set(key, line);
}

async function* readFile(file: CsvFile, settings: CsvSettings, signal: AbortSignal): AsyncGenerator<FileBatch> {
  const table = await openTable(file.path, {
    delimiter: file.delimiter,
    needsFinalLineBreak: settings.needsFinalLineBreak,
    signal,
  });
  let layout: Layout | null = null;
  try {
    for await (const { header, records } of table.batches) {
      layout ??= layoutOf(file, header, settings);
      yield { layout, records: records.filter((record) => !isBlank(record)) };
    }
  } finally {
    await table.handle.close();
  }
}
