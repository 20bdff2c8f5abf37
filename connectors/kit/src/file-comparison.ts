// Incremental reading of a system that is one file: a file that is the same as the last time is not even parsed.
// Owns the mark of the file in the cookie; finding what changed in it is comparison.ts'.
import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { changesByComparison } from './comparison.js';
import type { ChangePage, ListPage } from './contract.js';
import { ConnectorError, cookieRefused } from './failure.js';

/** A file whose rows are listed, and what the cookie depends on. */
export interface ComparedFile {
  readonly path: string;
  readonly objectType: string;
  /** Everything of the settings that decides what a row looks like: when it changes, the file is read again. */
  readonly meaning: unknown;
  /** All rows of the file; ends normally only when the whole file was read. */
  list(): AsyncIterable<ListPage>;
}

/** Nobody can change a file without a trace in its times when they are this old at the time of reading, in milliseconds. */
const settledAfterMs = 10_000;
const version = 'file-1';

interface FileMark {
  /** Size, inode and times, as the file system told them. */
  readonly identity: string;
  /** The times are old enough to tell every later change; null: only the digest decides. */
  readonly isSettled: boolean;
  readonly digest: string;
  readonly meaning: string;
}

/**
 * The body of `changes` for a file. Answers «nothing» without reading when size, inode and times say so beyond doubt,
 * without parsing when the content is the same, and otherwise compares row by row. Errors of the file system come out as
 * Node throws them; a file that changes meanwhile fails with TIMEOUT.
 */
export async function* fileChangesByComparison(file: ComparedFile, cookie: string | null): AsyncGenerator<ChangePage> {
  const given = cookie === null ? null : marked(cookie);
  const meaning = digestOf(JSON.stringify(file.meaning));
  if (given !== null && cookie !== null && given.mark.meaning === meaning && given.mark.isSettled) {
    if ((await identityOf(file.path)).identity === given.mark.identity) return yield { changes: [], cookie };
  }
  const mark = await markOf(file.path, meaning);
  if (given !== null && given.mark.meaning === meaning && given.mark.digest === mark.digest)
    return yield { changes: [], cookie: cookieOf(mark, given.rows) };
  yield* comparedPages(file, given?.rows ?? null, cookie, mark);
}

// Every page but the last carries the cookie that was given, as comparison.ts has it.
async function* comparedPages(
  file: ComparedFile,
  rows: string | null,
  cookie: string | null,
  mark: FileMark,
): AsyncGenerator<ChangePage> {
  let held: ChangePage | null = null;
  for await (const page of changesByComparison(() => file.list(), file.objectType, rows)) {
    if (held !== null) yield { changes: held.changes, cookie: cookie ?? held.cookie };
    held = page;
  }
  if ((await identityOf(file.path)).identity !== mark.identity) throw changedMeanwhile(file.path);
  if (held !== null) yield { changes: held.changes, cookie: cookieOf(mark, held.cookie) };
}

async function markOf(path: string, meaning: string): Promise<FileMark> {
  const before = await identityOf(path);
  const hash = createHash('sha256');
  const handle = await open(path, 'r');
  try {
    for await (const chunk of handle.createReadStream({ autoClose: false })) hash.update(chunk as Buffer);
  } finally {
    await handle.close();
  }
  if ((await identityOf(path)).identity !== before.identity) throw changedMeanwhile(path);
  return { ...before, digest: hash.digest('base64url'), meaning };
}

async function identityOf(path: string): Promise<Pick<FileMark, 'identity' | 'isSettled'>> {
  const { size, ino, mtimeNs, ctimeNs, mtimeMs, ctimeMs } = await stat(path, { bigint: true });
  const ageMs = Date.now() - Number(mtimeMs > ctimeMs ? mtimeMs : ctimeMs);
  // The time of the inode cannot be set back by hand, unlike the time of the content.
  return { identity: [size, ino, mtimeNs, ctimeNs].join('/'), isSettled: ageMs > settledAfterMs };
}

function cookieOf(mark: FileMark, rows: string): string {
  const text = `${JSON.stringify(mark)}~${rows}`;
  return `${version}~${digestOf(text)}~${text}`;
}

function marked(cookie: string): { readonly mark: FileMark; readonly rows: string } {
  const [foundVersion, sum, mark, rows] = cookie.split('~');
  if (foundVersion !== version || mark === undefined || rows === undefined)
    throw cookieRefused('its cookie has an unknown form');
  if (sum !== digestOf(`${mark}~${rows}`)) throw cookieRefused('its cookie is damaged');
  // What carries our checksum was written by us.
  return { mark: JSON.parse(mark) as FileMark, rows };
}

function changedMeanwhile(path: string): ConnectorError {
  return new ConnectorError({
    code: 'TIMEOUT',
    message: `The file ${path} was changed while it was being read.`,
    hint: 'Try again when it is saved.',
  });
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 16);
