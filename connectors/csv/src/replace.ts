// Replaces a file without ever losing a row: neither ours by a crash, nor a person's by our rename.
// Owns the order of the steps (docs: README.md «How a file is written»); what is written is the caller's.
//
//   written: new text beside the file, on the disk      checked: the file is still what we read
//   linked: a second name for the old file              renamed: the new file stands in its place
//   verified: the old file, under its second name, is what we read, so nobody wrote into it meanwhile
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, link, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ConnectorError } from '@joinery/connector-kit';
import { ChangedFile, fileError } from './failure.js';

export const replaceSteps = ['written', 'checked', 'linked', 'renamed', 'verified'] as const;
export type ReplaceStep = (typeof replaceSteps)[number];

/** What a test can do with a replacement; the connector itself passes none. */
export interface ReplaceOptions {
  /** Called after each step. */
  readonly reached?: (step: ReplaceStep) => Promise<void> | void;
  /** false: no lock, no comparison before the rename, no verification after it, as the control of the tests. */
  readonly isGuarded?: boolean;
}

/** Where the new text goes. */
export interface Sink {
  write(text: string): Promise<void>;
}

/** What the caller made of the file it read. */
export interface Rewrite<T> {
  readonly result: T;
  /** Digest (SHA-256, hexadecimal) of what was read. */
  readonly digest: string;
  /** false: the new text is not needed, the file stays. */
  readonly isChanged: boolean;
}

/** Somebody else changing the file again and again ends the attempt as TIMEOUT after this many. */
const mostAttempts = 8;

/** Call only while holding the lock of the file. `markSent` is called just before the change becomes visible. */
export async function replaceFile<T>(
  path: string,
  signal: AbortSignal,
  rewrite: (sink: Sink) => Promise<Rewrite<T>>,
  markSent: () => void,
  options: ReplaceOptions = {},
): Promise<T> {
  try {
    await settleLeftovers(path);
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      const done = await replaceOnce(path, signal, rewrite, markSent, options).catch(againWhenChanged);
      if (done !== null) return done.result;
    }
  } catch (error) {
    throw fileError(error, 'write', path);
  }
  throw new ConnectorError({
    code: 'TIMEOUT',
    message: `Could not write ${path}: somebody else keeps changing it.`,
    hint: 'Close the file in other programs.',
  });
}

function againWhenChanged(error: unknown): null {
  if (error instanceof ChangedFile) return null;
  throw error;
}

async function replaceOnce<T>(
  path: string,
  signal: AbortSignal,
  rewrite: (sink: Sink) => Promise<Rewrite<T>>,
  markSent: () => void,
  options: ReplaceOptions,
): Promise<{ readonly result: T } | null> {
  const reached = options.reached ?? (() => undefined);
  const isGuarded = options.isGuarded ?? true;
  const { rewritten, digestAfter } = await writeNew(path, rewrite);
  if (!rewritten.isChanged) return { result: rewritten.result };
  await reached('written');
  if (isGuarded && (await digestOf(path)) !== rewritten.digest) return null;
  await reached('checked');
  signal.throwIfAborted();
  const kept = keptPath(path, rewritten.digest, digestAfter);
  await link(path, kept);
  await reached('linked');
  markSent();
  await rename(newPath(path), path);
  await syncFolder(path);
  await reached('renamed');
  const isSettled = !isGuarded || (await settleKept(path, kept)) !== 'restored';
  if (!isGuarded) await unlink(kept);
  await reached('verified');
  return isSettled ? { result: rewritten.result } : null;
}

async function writeNew<T>(
  path: string,
  rewrite: (sink: Sink) => Promise<Rewrite<T>>,
): Promise<{ readonly rewritten: Rewrite<T>; readonly digestAfter: string }> {
  const { mode, uid, gid } = await stat(path);
  const target = newPath(path);
  const handle = await open(target, 'w', mode & 0o7777);
  const hash = createHash('sha256');
  try {
    const rewritten = await rewrite(bufferedSink(handle, hash));
    if (!rewritten.isChanged) await unlink(target);
    else await finishNew(handle, mode, uid, gid);
    return { rewritten, digestAfter: hash.digest('hex') };
  } catch (error) {
    await unlink(target).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
}

async function finishNew(handle: FileHandle, mode: number, uid: number, gid: number): Promise<void> {
  await handle.chmod(mode & 0o7777);
  // Only a privileged account may give files away; without that right the file belongs to Joinery's account from now on.
  await handle.chown(uid, gid).catch(() => undefined);
  await handle.sync();
}

function bufferedSink(handle: FileHandle, hash: Hash): Sink {
  return {
    write: async (text) => {
      const bytes = Buffer.from(text, 'utf8');
      hash.update(bytes);
      await handle.appendFile(bytes);
    },
  };
}

/**
 * Looks at the old file under its second name. `clean`: it is what we had read; the name is removed. `restored`: somebody
 * had changed it, so it stands in its place again and ours is undone. `kept`: somebody had changed both; theirs stays
 * under `<file>.conflict-…` for a person to look at.
 */
async function settleKept(path: string, kept: string): Promise<'clean' | 'restored' | 'kept'> {
  const { before, after } = digestsIn(kept);
  if ((await digestOf(kept)).startsWith(before)) {
    await unlink(kept);
    return 'clean';
  }
  const isOurs = (await digestOf(path)).startsWith(after);
  await rename(kept, isOurs ? path : `${path}.conflict-${before.slice(0, 12)}`);
  await syncFolder(path);
  return isOurs ? 'restored' : 'kept';
}

/** Finishes or undoes what a killed process left beside the file. Call only while holding the lock. */
export async function settleLeftovers(path: string): Promise<void> {
  for (const name of await leftoversOf(path)) {
    const leftover = join(dirname(path), name);
    if (leftover === newPath(path)) await unlink(leftover);
    // Two names of one file: the crash came before the rename, and nothing was changed.
    else if ((await stat(leftover)).ino === (await stat(path)).ino) await unlink(leftover);
    else await settleKept(path, leftover);
  }
}

/** Names of what a killed process left beside the file. */
export async function leftoversOf(path: string): Promise<readonly string[]> {
  const own = [basename(newPath(path)), keptPrefix(path)];
  return (await readdir(dirname(path))).filter((name) => own.some((start) => name.startsWith(start)));
}

function newPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.joinery-new`);
}

function keptPrefix(path: string): string {
  return `.${basename(path)}.joinery-before-`;
}

// The name itself says what the old file must be and what ours was: it appears and disappears in one piece.
function keptPath(path: string, before: string, after: string): string {
  return join(dirname(path), `${keptPrefix(path)}${before.slice(0, 40)}-${after.slice(0, 40)}`);
}

function digestsIn(kept: string): { readonly before: string; readonly after: string } {
  const [, before = '', after = ''] = /-([0-9a-f]{40})-([0-9a-f]{40})$/.exec(kept) ?? [];
  return { before, after };
}

async function digestOf(path: string): Promise<string> {
  const handle = await open(path, 'r');
  const hash = createHash('sha256');
  try {
    for await (const chunk of handle.createReadStream({ autoClose: false })) hash.update(chunk as Buffer);
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  // Some file systems cannot sync a folder; the rename is atomic all the same.
  await folder.sync().catch(() => undefined);
  await folder.close();
}
