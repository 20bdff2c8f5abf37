// The text of an LDIF file as records (RFC 2849), streamed in bounded memory: lines unfolded, comments left out.
// Owns what makes a file unreadable; what an entry means is in entry.ts.
import { type FileHandle, open } from 'node:fs/promises';
import { changedFile, damaged } from './failure.js';

/** A value as it stands in the file. */
export interface LdifValue {
  readonly text: string;
  readonly isBase64: boolean;
  readonly line: number;
}

/** One entry of a content file. */
export interface LdifRecord {
  readonly dn: LdifValue;
  readonly line: number;
  /** Names are lower case, values in the order of the file. */
  readonly values: ReadonlyMap<string, readonly LdifValue[]>;
}

export interface LdifSource {
  readonly path: string;
  readonly charset: 'utf-8' | 'latin1';
  readonly needsFinalBlankLine: boolean;
}

interface Line {
  readonly text: string;
  readonly line: number;
}

const chunkBytes = 64 * 1024;
/** A record longer than this is no entry; in characters. */
const longestRecord = 32 * 1024 * 1024;

/** All records; ends normally only when the file was read to its end, which is whole. */
export async function* readRecords(source: LdifSource, signal: AbortSignal): AsyncGenerator<LdifRecord> {
  let lines: Line[] = [];
  let size = 0;
  for await (const line of unfoldedLines(source, signal)) {
    if (line.text !== '') {
      size += line.text.length;
      if (size > longestRecord)
        throw damaged(source.path, line.line, 'a record is longer than 32 MB', 'Restore the file.');
      lines.push(line);
      continue;
    }
    const record = recordOf(source, lines);
    if (record !== null) yield record;
    [lines, size] = [[], 0];
  }
  if (lines.length > 0 && source.needsFinalBlankLine)
    throw damaged(
      source.path,
      lines.at(-1)?.line ?? null,
      'the file does not end with a blank line, so it may be cut off',
      'Export it again; or set "finalBlankLine" to "optional" when its producer never writes one.',
    );
  const last = recordOf(source, lines);
  if (last !== null) yield last;
}

function recordOf({ path }: LdifSource, lines: readonly Line[]): LdifRecord | null {
  const specs = lines.map((line) => ({ ...specOf(path, line), line: line.line }));
  const [first, ...rest] = specs[0]?.name === 'version' ? checkedVersion(path, specs) : specs;
  if (first === undefined) return null;
  if (first.name !== 'dn')
    throw damaged(path, first.line, `a record begins with "${first.name}" instead of "dn"`, 'Restore the file.');
  const values = new Map<string, LdifValue[]>();
  for (const { name, ...value } of rest) {
    if (name === 'control' || (name === 'changetype' && value.text !== 'add'))
      throw damaged(
        path,
        value.line,
        'this is a change record',
        'Export the content of the directory (slapcat, ldapsearch -LLL).',
      );
    if (name === 'dn')
      throw damaged(path, value.line, 'a record has a second "dn"', 'Put a blank line between records.');
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return { dn: first, line: first.line, values };
}

function checkedVersion<T extends LdifValue>(path: string, [version, ...rest]: readonly T[]): readonly T[] {
  if (version?.text === '1') return rest;
  throw damaged(
    path,
    version?.line ?? 1,
    `its version is ${version?.text ?? ''}, and only 1 is known`,
    'Export it as version 1.',
  );
}

function specOf(path: string, { text, line }: Line): LdifValue & { readonly name: string } {
  const [, name, mark, value] = /^([A-Za-z0-9][A-Za-z0-9.;-]*):(:|<)? *([^]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw damaged(path, line, 'this is no "attribute: value" line', 'Restore the file.');
  if (mark === '<')
    throw damaged(
      path,
      line,
      `the value of "${name}" is a reference to a file or address, which is never followed`,
      'Export values, not references.',
    );
  return { name: name.toLowerCase(), text: value, isBase64: mark === ':', line };
}

/** The value as text; throws when it is binary. */
export function textOf(path: string, name: string, value: LdifValue): string {
  if (!value.isBase64) return value.text;
  const compact = value.text.trim();
  const bytes = Buffer.from(compact, 'base64');
  if (bytes.toString('base64').replaceAll('=', '') !== compact.replaceAll('=', ''))
    throw damaged(path, value.line, `the value of "${name}" is no base64`, 'Restore the file.');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw damaged(
      path,
      value.line,
      `the value of "${name}" is not text`,
      'Take the attribute out of the settings: only text is read.',
    );
  }
}

async function* unfoldedLines(source: LdifSource, signal: AbortSignal): AsyncGenerator<Line> {
  let held: { readonly parts: string[]; readonly line: number } | null = null;
  for await (const { text, line } of plainLines(source, signal)) {
    if (text.startsWith(' ')) {
      if (held === null)
        throw damaged(source.path, line, 'a continued line has nothing to continue', 'Restore the file.');
      held.parts.push(text.slice(1));
      continue;
    }
    if (held !== null) yield* whole(held);
    held = text === '' ? null : { parts: [text], line };
    if (text === '') yield { text, line };
  }
  if (held !== null) yield* whole(held);
}

// Comments may be folded, too; so they go only now.
function* whole({ parts, line }: { readonly parts: readonly string[]; readonly line: number }): Generator<Line> {
  if (parts[0]?.startsWith('#') !== true) yield { text: parts.join(''), line };
}

async function* plainLines(source: LdifSource, signal: AbortSignal): AsyncGenerator<Line> {
  const handle = await open(source.path, 'r');
  try {
    const before = await handle.stat({ bigint: true });
    let rest = '';
    let line = 0;
    for await (const text of decodedChunks(source, handle, signal, () => line)) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > longestRecord)
        throw damaged(source.path, line + 1, 'a line is longer than 32 MB', 'Restore the file.');
      for (const one of lines) yield { text: one.endsWith('\r') ? one.slice(0, -1) : one, line: (line += 1) };
    }
    if (rest !== '') {
      if (source.needsFinalBlankLine)
        throw damaged(source.path, line + 1, 'the file ends in the middle of a line', 'Export it again.');
      yield { text: rest, line: line + 1 };
    }
    const after = await handle.stat({ bigint: true });
    if (after.mtimeNs !== before.mtimeNs || after.size !== before.size) throw changedFile(source.path);
  } finally {
    await handle.close();
  }
}

async function* decodedChunks(
  { path, charset }: LdifSource,
  handle: FileHandle,
  signal: AbortSignal,
  linesSoFar: () => number,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(charset, { fatal: true });
  for (;;) {
    signal.throwIfAborted();
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, null);
    let text: string;
    try {
      text = decoder.decode(buffer.subarray(0, bytesRead), { stream: bytesRead > 0 });
    } catch {
      throw damaged(
        path,
        linesSoFar() + 1,
        'here or soon after it is not valid UTF-8',
        'Set "charset", or export it as UTF-8.',
      );
    }
    if (text.includes('\0'))
      throw damaged(path, linesSoFar() + 1, 'here or soon after it holds a NUL character', 'Restore the file.');
    yield text;
    if (bytesRead === 0) return;
  }
}
