// Mutual exclusion between processes that write the same file, safe against owners that were killed.
// Each claimant makes a claim file of its own name beside the file and holds the lock when it sees no other living
// claim. No claim is ever taken over: a dead owner's claim has a name nobody uses again, so removing it is harmless.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { readdir, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileError } from './failure.js';

/** A claim of another machine (or container) is dead when it was not renewed for this long, in milliseconds. */
const foreignClaimLifeMs = 60_000;
const renewEveryMs = 10_000;
/** How often to look for a claim whose folder was moved away, in milliseconds. */
const withdrawAgainMs = 500;
/** Longest wait between two looks at the lock, in milliseconds. */
const longestWaitMs = 40;

/** Runs while no other process and no other call of this one writes the file; waits for it until aborted. */
export async function withLock<T>(path: string, signal: AbortSignal, use: () => Promise<T>): Promise<T> {
  const claim = await acquire(path, signal);
  const renewal = setInterval(() => void utimes(claim, new Date(), new Date()).catch(() => undefined), renewEveryMs);
  renewal.unref();
  try {
    return await use();
  } finally {
    clearInterval(renewal);
    await withdraw(claim);
  }
}

// While we wrote, the folder may have been moved away, with our claim in it. When it comes back, a claim of a process
// that lives would hold everybody off: so it is withdrawn then.
async function withdraw(claim: string): Promise<void> {
  await unlink(claim).catch(() => undefined);
  const isFolderThere = await stat(dirname(claim)).then(
    () => true,
    () => false,
  );
  if (!isFolderThere) setTimeout(() => void withdraw(claim), withdrawAgainMs).unref();
}

async function acquire(path: string, signal: AbortSignal): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    const claim = await makeClaim(path);
    const others = await livingClaims(path, claim);
    if (others.length === 0) return claim;
    await withdraw(claim);
    // Random, so that two who withdrew from each other do not meet again for ever.
    await delay(Math.random() * Math.min(longestWaitMs, 4 * attempt) + 1, undefined, { signal });
  }
}

async function makeClaim(path: string): Promise<string> {
  const claim = join(
    dirname(path),
    `${claimPrefix(path)}${machine()}.${process.pid}.${startOf(process.pid) ?? 0}.${randomBytes(6).toString('hex')}`,
  );
  const note = `Joinery (process ${process.pid} on ${hostname()}) is writing ${basename(path)} since ${new Date().toISOString()}.\n`;
  await writeFile(claim, note, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    throw fileError(error, 'write a lock file beside', path);
  });
  return claim;
}

function claimPrefix(path: string): string {
  return `.${basename(path)}.joinery-lock.`;
}

// POSIX: a file that exists during the whole reading of a folder is found by it. So of two claimants, the one who
// made its claim second surely sees the first.
async function livingClaims(path: string, own: string): Promise<readonly string[]> {
  const folder = dirname(path);
  const names = (await readdir(folder)).filter(
    (name) => name.startsWith(claimPrefix(path)) && join(folder, name) !== own,
  );
  const living = await Promise.all(names.map(async (name) => ((await isAlive(folder, name, own)) ? [name] : [])));
  return living.flat();
}

async function isAlive(folder: string, name: string, own: string): Promise<boolean> {
  const [owner, pid, start] = name.split('.joinery-lock.')[1]?.split('.') ?? [];
  const alive = owner === machine() ? isRunning(Number(pid), Number(start)) : await isRenewed(join(folder, name), own);
  if (!alive) await unlink(join(folder, name)).catch(() => undefined);
  return alive;
}

// Both times come from the same file server, so no clock of ours matters.
async function isRenewed(claim: string, own: string): Promise<boolean> {
  try {
    return (await stat(own)).mtimeMs - (await stat(claim)).mtimeMs < foreignClaimLifeMs;
  } catch {
    return false; // it was just withdrawn
  }
}

function isRunning(pid: number, start: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const startNow = startOf(pid);
  // The number may have been given to another process since; without /proc we cannot know and believe it.
  return startNow === null ? !isLinux() : startNow === start;
}

function isLinux(): boolean {
  return process.platform === 'linux';
}

/** When the process started, in clock ticks since the machine did; null when it is not there or there is no /proc. */
function startOf(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...rest] = fields.slice(fields.lastIndexOf(')') + 2).split(' ');
    // A zombie is dead; only its parent has not noticed.
    return state === 'Z' ? null : Number(rest[18]);
  } catch {
    return null;
  }
}

let knownMachine: string | null = null;

/** This machine and process-number space: containers share folders, but not process numbers. */
function machine(): string {
  knownMachine ??= createHash('sha256').update(`${hostname()} ${pidNamespace()}`).digest('hex').slice(0, 12);
  return knownMachine;
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return 'none';
  }
}
