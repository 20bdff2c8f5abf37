// A data folder comes into being: initdb into a neighbour folder, then one rename, so that a half-made one is never used.
// Owns the password and its file; starting and stopping is postgres.ts.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { commandAs } from './account.js';
import type { Place } from './place.js';

export interface ClusterOptions {
  /** The superuser's name. */
  readonly user: string;
  /** The superuser's password; without it a random one is made. */
  readonly password?: string;
  /** Skip the final flush to disk: for data that nobody will miss. */
  readonly isDisposable: boolean;
}

const passwordFile = 'joinery.password';

/** Makes the data folder unless it is there. Gives whether it was made. */
export function createCluster(place: Place, initdb: string, options: ClusterOptions): boolean {
  if (existsSync(join(place.dataDir, 'PG_VERSION'))) return false;
  mkdirSync(dirname(place.dataDir), { recursive: true });
  removeUnfinished(place.dataDir);
  const unfinished = `${place.dataDir}.new-${process.pid}`;
  const secret = join(dirname(place.dataDir), `${basename(unfinished)}.password`);
  try {
    // initdb wants the folder empty or absent, and its account may be unable to make one here.
    ownedBy(place, unfinished, (path) => mkdirSync(path, { mode: 0o700 }));
    ownedBy(place, secret, (path) =>
      writeFileSync(path, options.password ?? randomBytes(24).toString('base64url'), { mode: 0o600 }),
    );
    runInitdb(place, [initdb, '-D', unfinished, ...initdbOptions(options), `--pwfile=${secret}`]);
    renameSync(secret, join(unfinished, passwordFile));
    renameSync(unfinished, place.dataDir);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    rmSync(secret, { force: true });
    throw error;
  }
  return true;
}

/** The superuser's password of an existing cluster. */
export function readPassword(dataDir: string): string {
  return readFileSync(join(dataDir, passwordFile), 'utf8').trim();
}

function initdbOptions(options: ClusterOptions): readonly string[] {
  return [
    `--username=${options.user}`,
    '--auth=scram-sha-256',
    // Bare machines have no locales; PostgreSQL brings this one itself.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--encoding=UTF8',
    '--no-instructions',
    ...(options.isDisposable ? ['--no-sync'] : []),
  ];
}

function runInitdb(place: Place, command: readonly string[]): void {
  const { file, args, ...identity } = commandAs(place.account, command, true);
  const { status, stderr, error } = spawnSync(file, [...args], { ...identity, cwd: '/', encoding: 'utf8' });
  if (error !== undefined)
    throw new Error(`Making a database in ${place.dataDir} failed: ${file} cannot be run.`, { cause: error });
  if (status !== 0) throw new Error(`Making a database in ${place.dataDir} failed: ${stderr.trim()}`);
}

function ownedBy(place: Place, path: string, make: (path: string) => void): void {
  make(path);
  if (place.account.kind === 'user') chownSync(path, place.account.uid, place.account.gid);
}

/** What starts that were killed during initdb left behind. */
function removeUnfinished(dataDir: string): void {
  const prefix = `${basename(dataDir)}.new-`;
  const left = readdirSync(dirname(dataDir)).filter(
    (name) => name.startsWith(prefix) && !isAlive(Number.parseInt(name.slice(prefix.length), 10)),
  );
  for (const name of left) rmSync(join(dirname(dataDir), name), { recursive: true, force: true });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
