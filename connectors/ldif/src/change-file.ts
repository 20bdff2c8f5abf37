// Appends records to one change file, each once for its idempotency key, also when we are killed or the file is taken away.
// Owns the note that tells afterwards what was done; what a record says is change-record.ts'.
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConnectorError, type HandoverPlace } from '@joinery/connector-kit';
import { damaged } from './failure.js';

/** `appended`: by this call. `before`: by an earlier one. `other`: the key stands for another record. */
export type Appending = 'appended' | 'before' | 'other';

export const appendSteps = ['noted', 'written'] as const;
export type AppendStep = (typeof appendSteps)[number];

interface Note {
  readonly digest: string;
  /** The file as it was before the record: its inode (0: there was none) and size. */
  readonly inode: number;
  readonly size: number;
  readonly isDone: boolean;
}

/** The comment that says which change a record is. */
export const commentOf = (idempotencyKey: string): string => `# joinery: ${JSON.stringify(idempotencyKey)}`;

/** One call at a time for a file: the package says `serial: connection`. `reached` is called after each step. */
export async function appendOnce(
  path: string,
  place: HandoverPlace,
  idempotencyKey: string,
  record: string,
  reached: (step: AppendStep) => void = () => undefined,
): Promise<Appending> {
  const digest = createHash('sha256').update(record).digest('hex');
  const notePath = join(
    place.journal,
    `${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 40)}.json`,
  );
  await mkdir(place.journal).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const known = await noteAt(notePath);
  if (known !== null && known.digest !== digest) return 'other';
  const text = `${commentOf(idempotencyKey)}\n${record}\n`;
  if (known !== null && (known.isDone || (await isInside(path, known, text)))) {
    await note(notePath, { ...known, isDone: true });
    return 'before';
  }
  const { inode, size } = await soundFile(path);
  const made: Note = { digest, inode, size, isDone: false };
  await note(notePath, made);
  reached('noted');
  await append(path, size === 0 ? `version: 1\n\n${text}` : text, place.mode);
  reached('written');
  await note(notePath, { ...made, isDone: true });
  return 'appended';
}

// We were killed between note and record, or between record and note: the file itself says which, while it is there.
async function isInside(path: string, { inode, size }: Note, text: string): Promise<boolean> {
  const file = await fileAt(path);
  if (file !== null && file.ino === inode && file.size === size) return false;
  const content = file === null ? '' : await readFile(path, 'utf8');
  if (content.includes(text)) return true;
  // Where there was no file, or an empty one, and there is none now, nothing was taken away.
  if (file !== null ? file.ino === inode && file.size >= size : inode === 0) return false;
  throw new ConnectorError({
    code: 'OUTCOME_UNKNOWN',
    message: `Nobody can tell whether the record was in the change file ${path} before it was taken away.`,
    hint: `Look for the line ${text.split('\n')[0] ?? ''} in what was taken away.`,
  });
}

async function soundFile(path: string): Promise<{ readonly inode: number; readonly size: number }> {
  const file = await fileAt(path);
  if (file === null || file.size === 0) return { inode: file?.ino ?? 0, size: 0 };
  const handle = await open(path, 'r');
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, Math.max(0, file.size - 2));
    if (buffer.toString('latin1') === '\n\n') return { inode: file.ino, size: file.size };
  } finally {
    await handle.close();
  }
  const { failure } = damaged(
    path,
    null,
    'it does not end with a blank line, so its last record is cut off',
    'Complete or remove the last record.',
  );
  throw new ConnectorError({ ...failure, code: 'UNREACHABLE', targetCode: failure.code });
}

async function append(path: string, text: string, mode: number): Promise<void> {
  const handle = await open(path, 'a', mode);
  try {
    const before = await handle.stat();
    try {
      await handle.writeFile(text);
    } catch (error) {
      // A full disk: half a record must not stay.
      await handle.truncate(before.size);
      throw error;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function note(path: string, content: Note): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, JSON.stringify(content), { mode: 0o600, flush: true });
  await rename(draft, path);
}

async function noteAt(path: string): Promise<Note | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  // Notes appear whole, so what is there was written by us.
  return text === null ? null : (JSON.parse(text) as Note);
}

const fileAt = (path: string): Promise<{ readonly ino: number; readonly size: number } | null> =>
  stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
