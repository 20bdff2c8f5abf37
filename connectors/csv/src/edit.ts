// One pass over a file that applies deltas: untouched records go through as they are, changed ones are written anew.
// Owns which rows change; how the new file takes the place of the old one is in replace.ts.
import {
  type ApplyOutcome,
  type ConnectorFailure,
  type Delta,
  deltaRefusal,
  effectOf,
  refusal,
  type StoredRow,
  withoutKey,
} from '@joinery/connector-kit';
import { cellProblem, keyOf, type Layout, layoutOf, rawsOf, toRow } from './layout.js';
import { noteKey } from './listing.js';
import type { CsvRecord } from './record.js';
import type { Rewrite, Sink } from './replace.js';
import type { CsvFile, CsvSettings } from './settings.js';
import { isBlank, openTable, type TableHeader } from './table.js';

/** A delta and where its outcome belongs. */
export interface PlacedDelta {
  readonly delta: Delta;
  readonly at: number;
}

interface Found {
  readonly record: CsvRecord;
  readonly row: StoredRow;
}

interface Editing {
  readonly layout: Layout;
  readonly lineEnd: string;
  readonly byKey: ReadonlyMap<string, readonly PlacedDelta[]>;
  readonly outcomes: Map<number, ApplyOutcome>;
  readonly lines: Map<string, number>;
}

/** Reads the file, writes its new text to the sink, answers the outcomes by position. */
export async function editFile(
  file: CsvFile,
  settings: CsvSettings,
  deltas: readonly PlacedDelta[],
  sink: Sink,
  signal: AbortSignal,
): Promise<Rewrite<ReadonlyMap<number, ApplyOutcome>>> {
  const table = await openTable(file.path, {
    delimiter: file.delimiter,
    needsFinalLineBreak: settings.needsFinalLineBreak,
    signal,
  });
  try {
    let editing: Editing | null = null;
    let lastLineEnd = '';
    let isChanged = false;
    for await (const { header, records } of table.batches) {
      const isFirst = editing === null;
      editing ??= startEditing(layoutOf(file, header, settings), header, deltas);
      const texts = records.map((record) => editedText(editing as Editing, record));
      isChanged ||= texts.some((text) => text !== null);
      const kept = records.map((record, index) => texts[index] ?? textOf(file, record.raws, record.lineEnd));
      await sink.write((isFirst ? headerText(file, header) : '') + kept.join(''));
      lastLineEnd = records.at(-1)?.lineEnd ?? (isFirst ? header.record.lineEnd : lastLineEnd);
    }
    // openTable has thrown already when there is no header.
    const added = editing === null ? '' : addedText(editing);
    if (added !== '' && editing !== null) await sink.write((lastLineEnd === '' ? editing.lineEnd : '') + added);
    return { result: editing?.outcomes ?? new Map(), digest: table.digest(), isChanged: isChanged || added !== '' };
  } finally {
    await table.handle.close();
  }
}

function startEditing(layout: Layout, header: TableHeader, deltas: readonly PlacedDelta[]): Editing {
  const outcomes = new Map<number, ApplyOutcome>();
  const byKey = new Map<string, PlacedDelta[]>();
  for (const placed of deltas) {
    const problem = refusalOf(layout, placed.delta);
    if (problem !== null) {
      outcomes.set(placed.at, { kind: 'refused', failure: problem });
      continue;
    }
    const normal = { ...placed, delta: withoutEmptyText(withoutKey(placed.delta, layout.type)) };
    byKey.set(normal.delta.key, [...(byKey.get(normal.delta.key) ?? []), normal]);
  }
  return {
    layout,
    lineEnd: header.record.lineEnd === '' ? '\n' : header.record.lineEnd,
    byKey,
    outcomes,
    lines: new Map(),
  };
}

function refusalOf(layout: Layout, delta: Delta): ConnectorFailure | null {
  const problem = deltaRefusal(delta, layout.type);
  if (problem !== null) return problem;
  const added = {
    attributes: { ...delta.set, key: delta.key },
    links: Object.fromEntries(Object.entries(delta.add).map(([name, members]) => [name, new Set(members)])),
  };
  const cell = delta.kind === 'delete' ? null : cellProblem(layout, added);
  if (cell === null) return null;
  const outcome = refusal(delta, 'INVALID_VALUE', cell);
  return 'failure' in outcome ? outcome.failure : null;
}

// An empty cell and an absent value are the same thing in a CSV file.
function withoutEmptyText(delta: Delta): Delta {
  if (!Object.values(delta.set).includes('')) return delta;
  return {
    ...delta,
    set: Object.fromEntries(Object.entries(delta.set).map(([name, value]) => [name, value === '' ? null : value])),
  };
}

/** The new text of a record, empty when it is deleted, null when it stays as it is. */
function editedText(editing: Editing, record: CsvRecord): string | null {
  if (isBlank(record)) return null;
  const key = keyOf(editing.layout, record);
  const deltas = editing.byKey.get(key);
  if (deltas === undefined) return null;
  noteKey(editing.layout.file, editing.lines, key, record.line);
  const before: Found = { record, row: toRow(editing.layout, record) };
  const after = applyInOrder(editing, deltas, before.row);
  if (after === before.row) return null;
  if (after === null) return '';
  return textOf(
    editing.layout.file,
    rawsOf(editing.layout, key, after, before),
    record.lineEnd === '' ? editing.lineEnd : record.lineEnd,
  );
}

/** Text of the rows that were created. */
function addedText({ layout, lineEnd, byKey, lines, ...editing }: Editing): string {
  const added: string[] = [];
  for (const [key, deltas] of byKey) {
    if (lines.has(key)) continue;
    const row = applyInOrder({ layout, lineEnd, byKey, lines, ...editing }, deltas, null);
    if (row !== null) added.push(textOf(layout.file, rawsOf(layout, key, row, null), lineEnd));
  }
  return added.join('');
}

function applyInOrder(
  { outcomes }: Editing,
  deltas: readonly PlacedDelta[],
  present: StoredRow | null,
): StoredRow | null {
  return deltas.reduce<StoredRow | null>((row, { delta, at }) => {
    const effect = effectOf(row, delta);
    outcomes.set(at, effect.outcome);
    return effect.row;
  }, present);
}

function headerText(file: CsvFile, { record, hasByteOrderMark }: TableHeader): string {
  return (hasByteOrderMark ? '\uFEFF' : '') + textOf(file, record.raws, record.lineEnd);
}

function textOf(file: CsvFile, raws: readonly string[], lineEnd: string): string {
  return raws.join(file.delimiter) + lineEnd;
}
