// A CSV file as a stream of records: decoded strictly, shape-checked, hashed, in bounded memory.
// Owns what makes a file unreadable; what a record means is in layout.ts.
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { changedFile, damaged, fileError } from './failure.js';
import { type CsvRecord, lineBreaks, scanRecord } from './record.js';

const chunkBytes = 64 * 1024;
/** A record longer than this is a quote that was never closed; in characters. */
const longestRecord = 16 * 1024 * 1024;
const forbiddenHeaders = new Set(['__proto__', 'constructor', 'prototype']);

/** How a file is written: what a rewrite has to keep. */
export interface TableHeader {
  readonly record: CsvRecord;
  readonly hasByteOrderMark: boolean;
}

/** A batch of records in file order, the first one possibly empty; blank lines come as records of one empty field. */
export interface TableBatch {
  readonly header: TableHeader;
  readonly records: readonly CsvRecord[];
}

export interface TableOptions {
  readonly delimiter: string;
  readonly needsFinalLineBreak: boolean;
  readonly signal: AbortSignal;
}

/** A file being read; `digest` and the checks of its end are valid when `batches` has ended. */
export interface OpenTable {
  readonly handle: FileHandle;
  readonly batches: AsyncGenerator<TableBatch>;
  digest(): string;
}

/** Opens a file; the caller closes `handle`. Throws UNREACHABLE when it is not there. */
export async function openTable(path: string, options: TableOptions): Promise<OpenTable> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw fileError(error, 'read', path);
  });
  const hash = createHash('sha256');
  return {
    handle,
    batches: readBatches(path, handle, options, (chunk) => hash.update(chunk)),
    digest: () => hash.digest('hex'),
  };
}

interface Cursor {
  readonly rest: string;
  readonly line: number;
  readonly header: TableHeader | null;
}

async function* readBatches(
  path: string,
  handle: FileHandle,
  options: TableOptions,
  onChunk: (chunk: Buffer) => void,
): AsyncGenerator<TableBatch> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const before = await handle.stat({ bigint: true });
  let cursor: Cursor = { rest: '', line: 1, header: null };
  let scanAt = 0;
  let hasYielded = false;
  for (;;) {
    options.signal.throwIfAborted();
    const { chunk, isLast } = await readChunk(path, handle);
    onChunk(chunk);
    cursor = { ...cursor, rest: cursor.rest + decode(path, decoder, chunk, isLast, cursor) };
    if (!isLast && cursor.rest.length < scanAt) continue;
    const { batch, cursor: next } = takeRecords(path, cursor, options, isLast);
    cursor = next;
    // A record longer than a chunk is scanned again only when its text has doubled: linear work, not quadratic.
    scanAt = cursor.rest.length * 2;
    if (cursor.header !== null && (batch.length > 0 || !hasYielded)) {
      hasYielded = true;
      yield { header: cursor.header, records: batch };
    }
    if (isLast) break;
    if (cursor.rest.length > longestRecord)
      throw damaged(path, cursor.line, 'a quoted field begins here and does not end', 'Close the quote.');
  }
  if (cursor.header === null)
    throw damaged(path, null, 'it is empty; its first line must name the columns', 'Restore the file.');
  await assertUnchanged(path, handle, before);
}

async function readChunk(
  path: string,
  handle: FileHandle,
): Promise<{ readonly chunk: Buffer; readonly isLast: boolean }> {
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, null);
    return { chunk: buffer.subarray(0, bytesRead), isLast: bytesRead === 0 };
  } catch (error) {
    throw fileError(error, 'read', path);
  }
}

function decode(
  path: string,
  decoder: InstanceType<typeof TextDecoder>,
  chunk: Buffer,
  isLast: boolean,
  { rest, line }: Cursor,
): string {
  try {
    const text = decoder.decode(chunk, { stream: !isLast });
    if (!text.includes('\0')) return text;
    const at = line + lineBreaks(rest, 0, rest.length) + lineBreaks(text, 0, text.indexOf('\0'));
    throw damaged(
      path,
      at,
      'it holds a NUL character, so it is no text file or was cut off by a crash',
      'Save the file as UTF-8, or restore it.',
    );
  } catch (error) {
    if (!(error instanceof TypeError) && (error as NodeJS.ErrnoException).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw error;
    const readable = new TextDecoder('utf-8', { ignoreBOM: true }).decode(chunk);
    const at =
      line + lineBreaks(rest, 0, rest.length) + lineBreaks(readable, 0, Math.max(readable.indexOf('\uFFFD'), 0));
    throw damaged(path, at, 'it is not valid UTF-8', 'Save the file as UTF-8.');
  }
}

function takeRecords(
  path: string,
  cursor: Cursor,
  options: TableOptions,
  isLast: boolean,
): { readonly batch: readonly CsvRecord[]; readonly cursor: Cursor } {
  const batch: CsvRecord[] = [];
  let { header, line } = cursor;
  let position = header === null && cursor.rest.startsWith('\uFEFF') ? 1 : 0;
  const hasByteOrderMark = position === 1;
  while (position < cursor.rest.length) {
    const scan = scanRecord(cursor.rest, position, line, options.delimiter, isLast);
    if (scan.kind === 'incomplete') break;
    if (scan.kind === 'flaw')
      throw damaged(path, scan.flaw.line, scan.flaw.problem, 'Repair the line, or restore the file.');
    if (header === null) header = checkedHeader(path, scan.record, hasByteOrderMark, options);
    else batch.push(checkedRecord(path, scan.record, header, options));
    position = scan.next;
    line = scan.nextLine;
  }
  const isWaitingForHeader = header === null && !isLast;
  return { batch, cursor: { header, line, rest: isWaitingForHeader ? cursor.rest : cursor.rest.slice(position) } };
}

function checkedHeader(path: string, record: CsvRecord, hasByteOrderMark: boolean, options: TableOptions): TableHeader {
  const unnamed = record.values.findIndex((name) => name.trim() === '');
  if (unnamed !== -1)
    throw damaged(
      path,
      record.line,
      `the header of column ${unnamed + 1} is empty`,
      'Name every column in the first line.',
    );
  const twice = record.values.find((name, index) => record.values.indexOf(name) !== index);
  if (twice !== undefined)
    throw damaged(path, record.line, `the header names the column "${twice}" twice`, 'Give every column its own name.');
  const forbidden = record.values.find((name) => forbiddenHeaders.has(name));
  if (forbidden !== undefined)
    throw damaged(path, record.line, `a column cannot be called "${forbidden}"`, 'Rename the column.');
  checkEnd(path, record, options);
  return { record, hasByteOrderMark };
}

function checkedRecord(path: string, record: CsvRecord, header: TableHeader, options: TableOptions): CsvRecord {
  checkEnd(path, record, options);
  const expected = header.record.values.length;
  if (isBlank(record) || record.values.length === expected) return record;
  const cut = record.lineEnd === '' ? ', and the file ends here: it is cut off' : '';
  throw damaged(
    path,
    record.line,
    `it has ${record.values.length} fields, the header has ${expected}${cut}`,
    cut === '' ? 'Repair the line: a delimiter is missing or too many.' : 'Restore the whole file.',
  );
}

function checkEnd(path: string, record: CsvRecord, options: TableOptions): void {
  if (record.lineEnd !== '' || !options.needsFinalLineBreak) return;
  throw damaged(
    path,
    record.line,
    'the file ends without a line break, so it may be cut off',
    'Restore the whole file; or end its last line; or set "finalLineBreak" to "optional" when its producer never writes one.',
  );
}

/** A line without anything on it. */
export function isBlank(record: CsvRecord): boolean {
  return record.raws.length === 1 && record.raws[0] === '';
}

// Somebody saving the file in place while we read could give us half old, half new.
async function assertUnchanged(
  path: string,
  handle: FileHandle,
  before: { readonly mtimeNs: bigint; readonly size: bigint },
): Promise<void> {
  const after = await handle.stat({ bigint: true });
  if (after.mtimeNs === before.mtimeNs && after.size === before.size) return;
  throw changedFile(path);
}
