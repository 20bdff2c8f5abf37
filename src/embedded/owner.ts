// Whose server it is: the process with whose end it ends. Written beside the data, so that a later start
// can tell a neighbour's server (use it) from one left behind (clear it away).
import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { startTimeOf } from './postmaster.js';

const ownerFile = 'joinery.owner';
const ownerShape = z.object({ pid: z.number(), startTime: z.string() });

export function writeOwner(dataDir: string, pid: number): void {
  writeFileSync(join(dataDir, ownerFile), JSON.stringify({ pid, startTime: startTimeOf(pid) ?? '' }));
}

export function removeOwner(dataDir: string): void {
  rmSync(join(dataDir, ownerFile), { force: true });
}

export function hasLivingOwner(dataDir: string): boolean {
  try {
    const { pid, startTime } = ownerShape.parse(JSON.parse(readFileSync(join(dataDir, ownerFile), 'utf8')));
    return startTimeOf(pid) === startTime;
  } catch {
    return false;
  }
}

/**
 * Interrupts the server when another process than its parent ends. The kernel ties a process to its parent only,
 * so a small shell waits for the owner, and looks once more whether the server is still the same.
 */
export function tieToOwner(dataDir: string, server: number, owner: number): void {
  if (process.platform !== 'linux') return;
  const script = 'tail --pid="$1" -f /dev/null; [ "$(head -n 1 "$2/postmaster.pid")" = "$3" ] && kill -INT "$3"';
  const args = ['-c', script, 'sh', String(owner), dataDir, String(server)];
  spawn('sh', args, { detached: true, stdio: 'ignore', cwd: '/' }).unref();
}
