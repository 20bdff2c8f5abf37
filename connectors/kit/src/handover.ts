// Hands a document over to another program through a folder: whole or not at all, and once for each idempotency key,
// also after the other program has taken it away and also when we are killed in between.
// Owns the files and the journal of what was handed over; what a document says is the package's.
//
//   draft: written under a hidden name, on the disk     noted: the journal names the draft and the document
//   delivered: the draft has the document's name, at once and whole
import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Where documents go. Errors of the file system come out as Node throws them. */
export interface HandoverPlace {
  /** The other program takes every file from here whose name does not begin with a dot. */
  readonly folder: string;
  /** Ours: one small file a document, kept for as long as its key may come again. */
  readonly journal: string;
  /** Such as `.json`. */
  readonly extension: string;
  /** Rights of the files, such as 0o640. */
  readonly mode: number;
}

export interface HandoverDocument {
  readonly idempotencyKey: string;
  /** Decides the place of the document in the order of names. */
  readonly at: Date;
  /** What the document asks for, without its time: the same key must always mean the same. */
  readonly meaning: string;
  readonly text: string;
}

/** `delivered`: by this call. `before`: by an earlier one. `other`: the key stands for another document. */
export interface Handover {
  readonly kind: 'delivered' | 'before' | 'other';
  /** File name of the document. */
  readonly name: string;
}

export const handoverSteps = ['draft', 'noted', 'delivered'] as const;
export type HandoverStep = (typeof handoverSteps)[number];

interface Note {
  readonly name: string;
  readonly draft: string;
  readonly meaning: string;
}

/** Drafts of this age belong to nobody any more, in milliseconds. */
const draftLifeMs = 24 * 60 * 60 * 1_000;
const draftEnding = '.new';

/** `reached` is called after each step; from `noted` on the document may reach the other program. */
export async function handOver(
  place: HandoverPlace,
  document: HandoverDocument,
  reached: (step: HandoverStep) => void = () => undefined,
): Promise<Handover> {
  await mkdir(place.journal).catch(unlessThere);
  const notePath = join(place.journal, `${digestOf(document.idempotencyKey)}.json`);
  const known = await noteAt(notePath);
  if (known !== null) return finish(place, known, document);
  const name = nameOf(document, place.extension);
  const note = { name, draft: `.${name}.${randomUUID()}${draftEnding}`, meaning: digestOf(document.meaning) };
  await writeDurably(join(place.folder, note.draft), document.text, place.mode);
  reached('draft');
  const isOurs = await noteDown(notePath, note);
  if (!isOurs) await unlink(join(place.folder, note.draft));
  reached('noted');
  const handover = await finish(place, isOurs ? note : ((await noteAt(notePath)) ?? note), document);
  reached('delivered');
  return handover;
}

/** Forgets documents noted longer ago than `retentionMs`, and drafts nobody finished. */
export async function sweepHandovers(place: HandoverPlace, retentionMs: number, now: number): Promise<void> {
  await removeOlder(place.journal, (name) => !name.startsWith('.'), now - retentionMs);
  await removeOlder(place.journal, (name) => name.startsWith('.'), now - draftLifeMs);
  const isDraft = (name: string): boolean => name.startsWith('.') && name.endsWith(draftEnding);
  await removeOlder(place.folder, isDraft, now - Math.max(draftLifeMs, retentionMs));
}

async function removeOlder(folder: string, isMeant: (name: string) => boolean, than: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!isMeant(name)) continue;
    const path = join(folder, name);
    const file = await stat(path).catch(() => null);
    if (file?.isFile() === true && file.mtimeMs < than) await unlink(path).catch(() => undefined);
  }
}

// Whoever finds the note may finish: of two, one renames, and the other finds no draft.
async function finish(place: HandoverPlace, note: Note, document: HandoverDocument): Promise<Handover> {
  const isDelivered = await rename(join(place.folder, note.draft), join(place.folder, note.name)).then(
    () => true,
    async (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      // No draft because it was renamed, or because there is no folder.
      await stat(place.folder);
      return false;
    },
  );
  if (isDelivered) await syncFolder(place.folder);
  if (note.meaning !== digestOf(document.meaning)) return { kind: 'other', name: note.name };
  return { kind: isDelivered ? 'delivered' : 'before', name: note.name };
}

async function noteAt(path: string): Promise<Note | null> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  // Notes appear whole, so what is there was written by us.
  return text === null ? null : (JSON.parse(text) as Note);
}

/** Whether the note is ours: a link is made whole and only where there is none, unlike a file. */
async function noteDown(path: string, note: Note): Promise<boolean> {
  const draft = join(dirname(path), `.${randomUUID()}`);
  await writeDurably(draft, JSON.stringify(note), 0o600);
  try {
    await link(draft, path);
    await syncFolder(dirname(path));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await unlink(draft);
  }
}

async function writeDurably(path: string, text: string, mode: number): Promise<void> {
  const handle = await open(path, 'wx', mode);
  try {
    await handle.writeFile(text);
    await handle.chmod(mode);
    await handle.sync();
  } catch (error) {
    await unlink(path).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  // Some file systems cannot sync a folder; the rename is atomic all the same.
  await folder.sync().catch(() => undefined);
  await folder.close();
}

function unlessThere(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
}

let lastTime = '';
let countInTime = 0;

/** Names sort by time; documents of one process in the same millisecond by their turn. */
function nameOf({ at, idempotencyKey }: HandoverDocument, extension: string): string {
  const time = at.toISOString().replaceAll(/[-:]/g, '');
  countInTime = time === lastTime ? countInTime + 1 : 0;
  lastTime = time;
  return `${time}-${String(countInTime).padStart(4, '0')}-${digestOf(idempotencyKey).slice(0, 16)}${extension}`;
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 40);
