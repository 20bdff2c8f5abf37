// What a data folder and /proc say about the server that runs on it. Owns the reading of postmaster.pid;
// a server is recognised by its folder, because process numbers are used again.
import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** `starting`, `ready`, `stopping`, or empty while the file is being written. */
  readonly status: string;
}

/** The server that runs on the folder, or null. */
export function findPostmaster(dataDir: string): Postmaster | null {
  const said = readPidFile(dataDir);
  return said !== null && isServerOf(said.pid, dataDir) ? said : null;
}

/**
 * Removes a postmaster.pid that only looks alive: a zombie nobody reaped, or a foreign process with its number.
 * One of a dead process stays: PostgreSQL itself then checks for backends that still use the memory.
 */
export function removeFalsePidFile(dataDir: string): void {
  const said = readPidFile(dataDir);
  if (said === null || !existsSync(`/proc/${said.pid}`) || isServerOf(said.pid, dataDir)) return;
  rmSync(join(dataDir, 'postmaster.pid'), { force: true });
}

/** Changes when a process number is used again; null when there is no such process, or only its zombie. */
export function startTimeOf(pid: number): string | null {
  if (process.platform !== 'linux') return answersSignal(pid) ? 'unknown' : null;
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the program's name, which may itself hold spaces and brackets: state first, start time twentieth.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function readPidFile(dataDir: string): Postmaster | null {
  const path = join(dataDir, 'postmaster.pid');
  if (!existsSync(path)) return null;
  const lines = readFileSync(path, 'utf8').split('\n');
  const pid = Number.parseInt(lines[0] ?? '', 10);
  // Lines: pid, folder, start, port, socket folder, address, memory key, status.
  return Number.isNaN(pid) ? null : { pid, port: Number.parseInt(lines[3] ?? '0', 10), status: lines[7]?.trim() ?? '' };
}

function isServerOf(pid: number, dataDir: string): boolean {
  if (startTimeOf(pid) === null) return false;
  if (process.platform !== 'linux') return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDir);
  } catch {
    return looksLikeServer(pid, dataDir);
  }
}

/** Root of a container may not ask where another user's process works; name and owner are open to all. */
function looksLikeServer(pid: number, dataDir: string): boolean {
  try {
    const name = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    return name === 'postgres' && statSync(`/proc/${pid}`).uid === statSync(dataDir).uid;
  } catch {
    return false;
  }
}

function answersSignal(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
