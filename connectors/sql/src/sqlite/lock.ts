// One process at a time on a SQLite file, safe against owners that were killed. The WebAssembly build of SQLite locks with
// a folder `<file>.lock`, which would stay for ever when its maker dies; so we take turns by claim files first, and whoever
// has the turn clears away what the dead left. Claims have names nobody uses again: removing a dead one harms nobody.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { readdir, realpath, rmdir, unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Longest wait between two looks, in milliseconds. */
const longestWaitMs = 40;

/** A turn; `end` gives it to the next. */
export interface Turn {
  /** Where the file really is. */
  readonly path: string;
  end(): Promise<void>;
}

/** Waits for a turn, until the instant `until` (then null), or until aborted. */
export async function takeTurn(file: string, until: number, signal: AbortSignal): Promise<Turn | null> {
  // By its real place, so that two ways to one file are one file.
  const path = await realpath(file);
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    const claim = await makeClaim(path);
    const others = await otherClaims(path, claim);
    const living = others.filter(isAlive);
    if (living.length === 0) {
      if (others.length > 0) await clearAfter(path, others);
      return { path, end: () => withdraw(claim) };
    }
    await withdraw(claim);
    if (Date.now() >= until) return null;
    await delay(Math.random() * Math.min(longestWaitMs, 4 * attempt) + 1, undefined, { signal });
  }
}

// The dead owner's own lock first: should we die here, its claim still tells of it.
async function clearAfter(path: string, dead: readonly string[]): Promise<void> {
  await rmdir(`${path}.lock`).catch(() => undefined);
  for (const claim of dead) await withdraw(join(dirname(path), claim));
}

async function withdraw(claim: string): Promise<void> {
  await unlink(claim).catch(() => undefined);
}

async function makeClaim(path: string): Promise<string> {
  const owner = `${machine()}.${process.pid}.${startOf(process.pid) ?? 0}`;
  const claim = join(dirname(path), `${prefixOf(path)}${owner}.${randomBytes(6).toString('hex')}`);
  await writeFile(claim, '', { flag: 'wx', mode: 0o600 });
  return claim;
}

function prefixOf(path: string): string {
  return `.${basename(path)}.joinery-turn.`;
}

// POSIX: a file that exists during the whole reading of a folder is found. So of two, the later claimant sees the earlier.
async function otherClaims(path: string, own: string): Promise<readonly string[]> {
  const names = await readdir(dirname(path));
  return names.filter((name) => name.startsWith(prefixOf(path)) && name !== basename(own));
}

// Of another machine we cannot know, and believe that it lives.
function isAlive(claim: string): boolean {
  const [owner, pid, start] = claim.split('.joinery-turn.')[1]?.split('.') ?? [];
  return owner !== machine() || isRunning(Number(pid), Number(start));
}

function isRunning(pid: number, start: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  // The number may have been given to another process since; without /proc we cannot know and believe it.
  const startNow = startOf(pid);
  return startNow === null ? process.platform !== 'linux' : startNow === start;
}

/** When the process started, in clock ticks since the machine did; null when it is not there or there is no /proc. */
function startOf(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...rest] = fields.slice(fields.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? null : Number(rest[18]);
  } catch {
    return null;
  }
}

let knownMachine: string | null = null;

/** This machine and process-number space: containers share folders, but not process numbers. */
function machine(): string {
  knownMachine ??= createHash('sha256').update(`${hostname()} ${namespaceOfProcesses()}`).digest('hex').slice(0, 12);
  return knownMachine;
}

function namespaceOfProcesses(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return 'none';
  }
}
