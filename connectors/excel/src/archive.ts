// The ZIP archive a workbook is: its directory, and what unpacking it would cost, before anything is unpacked.
// Owns the bounds; what the parts of a workbook mean is in workbook.ts.
import { constants, inflateRawSync } from 'node:zlib';

/** One file of the archive, as the directory at its end has it. */
interface Entry {
  readonly isPacked: boolean;
  readonly isEncrypted: boolean;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly headerAt: number;
}

export interface Archive {
  readonly content: Buffer;
  readonly entries: ReadonlyMap<string, Entry>;
}

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const headerSignature = 0x04034b50;
/** The end record is 22 bytes and a comment of at most 65,535. */
const longestEnd = 22 + 65_535;

/** Why the bytes are no archive we read; completes «because …». */
export class NoArchive extends Error {}

/** Reads the directory and unpacks every part once for its size: an archive that lies about sizes does not get further. */
export function openArchive(content: Buffer, maxUnpackedBytes: number): Archive {
  const archive = { content, entries: new Map(entriesIn(content)) };
  const total = [...archive.entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);
  if (total > maxUnpackedBytes)
    throw new NoArchive(
      `unpacked it has ${total} bytes, and the setting "maxUnpackedBytes" allows ${maxUnpackedBytes}`,
    );
  for (const name of archive.entries.keys()) bytesOf(archive, name);
  return archive;
}

/** The text of a part, or null when there is none of that name. */
export function textOf(archive: Archive, name: string): string | null {
  return bytesOf(archive, name)?.toString('utf8') ?? null;
}

function bytesOf({ content, entries }: Archive, name: string): Buffer | null {
  const entry = entries.get(name);
  if (entry === undefined) return null;
  if (entry.isEncrypted) throw new NoArchive('its parts are encrypted');
  const packed = packedBytes(content, entry, name);
  if (!entry.isPacked) return packed;
  try {
    const bytes = inflateRawSync(packed, { maxOutputLength: entry.bytes + 1, finishFlush: constants.Z_SYNC_FLUSH });
    if (bytes.length === entry.bytes) return bytes;
  } catch {
    // Answered below.
  }
  throw new NoArchive(`its part ${name} is damaged`);
}

function packedBytes(content: Buffer, { headerAt, packedBytes: length, bytes }: Entry, name: string): Buffer {
  if (headerAt + 30 > content.length || content.readUInt32LE(headerAt) !== headerSignature)
    throw new NoArchive(`its part ${name} is damaged`);
  const said = content.readUInt32LE(headerAt + 22);
  // A part written as a stream says its size afterwards; one that says another size in front is made to deceive.
  if (said !== bytes && said !== 0) throw new NoArchive(`its part ${name} has two sizes`);
  const from = headerAt + 30 + content.readUInt16LE(headerAt + 26) + content.readUInt16LE(headerAt + 28);
  if (from + length > content.length) throw new NoArchive(`its part ${name} is cut off`);
  return content.subarray(from, from + length);
}

function* entriesIn(content: Buffer): Generator<readonly [string, Entry]> {
  const end = endOf(content);
  const count = content.readUInt16LE(end + 10);
  let at = content.readUInt32LE(end + 16);
  if (count === 0xffff || at === 0xffffffff) throw new NoArchive('it is an archive of the 64-bit kind');
  for (let n = 0; n < count; n += 1) {
    if (at + 46 > content.length || content.readUInt32LE(at) !== entrySignature)
      throw new NoArchive('its directory is damaged');
    const nameLength = content.readUInt16LE(at + 28);
    yield [content.toString('utf8', at + 46, at + 46 + nameLength), entryAt(content, at)];
    at += 46 + nameLength + content.readUInt16LE(at + 30) + content.readUInt16LE(at + 32);
  }
}

function entryAt(content: Buffer, at: number): Entry {
  const method = content.readUInt16LE(at + 10);
  if (method !== 0 && method !== 8) throw new NoArchive('it is packed in a way no spreadsheet program uses');
  return {
    isPacked: method === 8,
    isEncrypted: (content.readUInt16LE(at + 8) & 1) === 1,
    packedBytes: content.readUInt32LE(at + 20),
    bytes: content.readUInt32LE(at + 24),
    headerAt: content.readUInt32LE(at + 42),
  };
}

function endOf(content: Buffer): number {
  for (let at = content.length - 22; at >= Math.max(0, content.length - longestEnd); at -= 1)
    if (content.readUInt32LE(at) === endSignature) return at;
  throw new NoArchive('its end is missing, so it is cut off or no workbook');
}
