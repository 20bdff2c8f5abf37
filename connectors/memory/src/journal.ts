// The append-only file behind a durable store: every write received, as one JSON line, synced before it is answered.
// Other processes read it on; a process killed between the effect and its own commit leaves the effect visible here.
import { existsSync, fstatSync, fsyncSync, openSync, readFileSync, readSync, truncateSync, writeSync } from 'node:fs';
import type { ApplyOutcome, Delta, TargetObject } from '@joinery/connector-kit';

/** A write the store received through the connector, with what became of it. */
export interface LedgerEntry {
  readonly idempotencyKey: string;
  readonly delta: Delta;
  /** The delta with the keys of the store, where names were sent. */
  readonly effect?: Delta;
  readonly outcome: ApplyOutcome['kind'];
  readonly pid: number;
  /** When, in milliseconds since 1970, by this machine's clock. */
  readonly at: number;
}

/** A change made from outside by a test. */
export type OutsideChange =
  | { readonly put: TargetObject }
  | { readonly drop: { readonly objectType: string; readonly key: string } };

export type JournalLine = LedgerEntry | OutsideChange;

/** An open journal; `offset` is how far this process has read. */
export interface Journal {
  readonly descriptor: number;
  offset: number;
}

export function openJournal(path: string): Journal {
  return { descriptor: openSync(path, 'a+', 0o600), offset: 0 };
}

/** The lines other processes (or an earlier one) wrote since the last call. */
export function readOn(journal: Journal): readonly JournalLine[] {
  const { size } = fstatSync(journal.descriptor);
  if (size <= journal.offset) return [];
  const unread = Buffer.alloc(size - journal.offset);
  readSync(journal.descriptor, unread, 0, unread.length, journal.offset);
  const complete = unread.lastIndexOf(0x0a) + 1;
  journal.offset += complete;
  return parseLines(unread.subarray(0, complete).toString('utf8'));
}

/** Appends one line; a write received through a connector is on the disk before this returns. Only after `readOn`, so that the offset stays right. */
export function append(journal: Journal, line: JournalLine): void {
  const { size } = fstatSync(journal.descriptor);
  // A killed writer may have left half a line: close it, so that ours starts on its own.
  const text = Buffer.from(`${size > journal.offset ? '\n' : ''}${JSON.stringify(line)}\n`);
  writeSync(journal.descriptor, text);
  if ('delta' in line) fsyncSync(journal.descriptor);
  journal.offset = size + text.length;
}

/** Every write a durable store received, in order, from all processes. */
export function readLedger(path: string): readonly LedgerEntry[] {
  if (!existsSync(path)) return [];
  return parseLines(readFileSync(path, 'utf8')).filter((line): line is LedgerEntry => 'delta' in line);
}

export function clearJournal(path: string): void {
  if (existsSync(path)) truncateSync(path);
}

function parseLines(text: string): readonly JournalLine[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as JournalLine];
    } catch {
      return []; // half a line of a killed writer: that write was never answered nor applied
    }
  });
}
