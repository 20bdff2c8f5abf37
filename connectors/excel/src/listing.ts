// Reading a sheet: one row, all rows, or only what it holds.
import type { ListPage, ObjectTypeDescription, TargetObject } from '@joinery/connector-kit';
import { flaw, keyOf, type Layout, layoutOf, rowNumbersOf, toTargetObject } from './layout.js';
import type { ExcelSettings, ExcelTable } from './settings.js';
import { openSheet } from './workbook.js';

const pageSize = 500;

async function openLayout(table: ExcelTable, settings: ExcelSettings, signal: AbortSignal): Promise<Layout> {
  return layoutOf(table, await openSheet(table, settings, signal));
}

/** All rows in the order of the sheet. Every row is looked at before the first page goes out. */
export async function* listRows(
  table: ExcelTable,
  settings: ExcelSettings,
  signal: AbortSignal,
): AsyncGenerator<ListPage> {
  const layout = await openLayout(table, settings, signal);
  const rows = [...soundRows(layout)];
  for (let from = 0; from < rows.length; from += pageSize) {
    signal.throwIfAborted();
    yield { objects: rows.slice(from, from + pageSize).map((row) => toTargetObject(layout, row)) };
  }
}

/** The row of that key or null. */
export async function readRow(
  table: ExcelTable,
  settings: ExcelSettings,
  key: string,
  signal: AbortSignal,
): Promise<TargetObject | null> {
  const layout = await openLayout(table, settings, signal);
  const row = [...soundRows(layout)].find((number) => keyOf(layout, number) === key);
  return row === undefined ? null : toTargetObject(layout, row);
}

export async function describeTable(
  table: ExcelTable,
  settings: ExcelSettings,
  signal: AbortSignal,
): Promise<ObjectTypeDescription> {
  return (await openLayout(table, settings, signal)).type;
}

/** Throws when a row does not fit. */
export async function checkTable(table: ExcelTable, settings: ExcelSettings, signal: AbortSignal): Promise<void> {
  for await (const page of listRows(table, settings, signal)) void page;
}

function* soundRows(layout: Layout): Generator<number> {
  const seen = new Map<string, number>();
  for (const row of rowNumbersOf(layout)) {
    const key = keyOf(layout, row);
    const earlier = seen.get(key);
    if (earlier !== undefined)
      throw flaw(
        layout,
        row,
        layout.keyAt,
        `the key ${JSON.stringify(key)} stands in row ${earlier} already`,
        'Keep one row a key.',
        'AMBIGUOUS_MATCH',
      );
    seen.set(key, row);
    yield row;
  }
}
