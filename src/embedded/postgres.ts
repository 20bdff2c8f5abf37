// Starts, joins and stops a PostgreSQL of our own from the npm binaries: on 127.0.0.1 alone, never as root, with a
// password, ending with its owner even by kill -9. Owns one server's life; what is in the database is not its matter.
// Drawing and reasons: docs/embedded-database.md.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fchownSync, openSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { commandAs } from './account.js';
import { findBinaries } from './binary.js';
import { createCluster, readPassword } from './cluster.js';
import { hasLivingOwner, removeOwner, tieToOwner, writeOwner } from './owner.js';
import { findData, findPlace, openShelter, type Place } from './place.js';
import { findPostmaster, removeFalsePidFile, startTimeOf } from './postmaster.js';

export interface EmbeddedPostgresOptions {
  /** Made at the first start. */
  readonly dataDir: string;
  /** Default: any free one. A given one that is occupied is an error. */
  readonly port?: number;
  /** Told in a sentence what a person may want to know. */
  readonly log: (message: string) => void;
  /** PostgreSQL settings by name, over ours. */
  readonly extraSettings?: Readonly<Record<string, string>>;
  /** Superuser, made with the data folder. Default `joinery`. */
  readonly user?: string;
  /** Its password, made with the data folder. Default: a random one, kept in the folder. */
  readonly password?: string;
  /** The process with whose end the server ends. Default: this one. */
  readonly owner?: number;
  /** For what cannot stay in the data folder's place (see the log). Default `/var/lib/joinery`, else a temporary folder. */
  readonly shelter?: string;
}

export interface EmbeddedPostgres {
  /** With user and password; names the database `postgres`. */
  readonly url: string;
  readonly port: number;
  /** Where the data really are. */
  readonly dataDir: string;
  /** Ends the server unless it belongs to another process. Connections are cut, nothing is lost. */
  stop(): Promise<void>;
  /** Resolves when the server's process has ended, asked or not; never for one of another process. */
  readonly ended: Promise<void>;
}

const readyDeadlineMs = 120_000;
const stopDeadlineMs = 30_000;

/** Throws when it cannot start, with PostgreSQL's own last words. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const place = findPlace(options.dataDir, options.shelter);
  if (findPostmaster(place.dataDir) !== null) {
    if (hasLivingOwner(place.dataDir)) return joined(place, options);
    options.log(`Clearing away the PostgreSQL that an earlier run left in ${place.dataDir}.`);
    await stopServer(place.dataDir);
  }
  const binaries = findBinaries(place.account, () => openShelter(options.shelter));
  prepareData(place, binaries.initdb, options);
  const port = options.port ?? (await freePort());
  const server = await launch(place, binaries.postgres, port, options);
  const ended = new Promise<void>((resolve) => void server.once('exit', () => resolve()));
  return { ...described(place, port, options), stop: () => stopServer(place.dataDir), ended };
}

/** Ends the server on that folder, whoever started it. Nothing happens when there is none. */
export async function stopEmbeddedPostgres(dataDir: string, shelter?: string): Promise<void> {
  const found = findData(dataDir, shelter);
  if (found !== null) await stopServer(found);
}

async function joined(place: Place, options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const port = await becomesReady(place.dataDir, () => null);
  options.log(`Using the PostgreSQL that another process runs in ${place.dataDir}.`);
  return { ...described(place, port, options), stop: async () => {}, ended: new Promise(() => {}) };
}

function described(
  place: Place,
  port: number,
  options: EmbeddedPostgresOptions,
): Omit<EmbeddedPostgres, 'stop' | 'ended'> {
  const user = encodeURIComponent(options.user ?? 'joinery');
  const password = encodeURIComponent(readPassword(place.dataDir));
  return { url: `postgres://${user}:${password}@127.0.0.1:${port}/postgres`, port, dataDir: place.dataDir };
}

function prepareData(place: Place, initdb: string, options: EmbeddedPostgresOptions): void {
  if (place.dataDir !== resolve(options.dataDir)) {
    options.log(
      `The database lies in ${place.dataDir}: PostgreSQL runs as an ordinary user, who cannot reach ${options.dataDir}.`,
    );
  }
  createCluster(place, initdb, {
    user: options.user ?? 'joinery',
    password: options.password,
    isDisposable: options.extraSettings?.fsync === 'off',
  });
  removeFalsePidFile(place.dataDir);
}

async function launch(
  place: Place,
  postgres: string,
  port: number,
  options: EmbeddedPostgresOptions,
): Promise<ChildProcess> {
  const owner = options.owner ?? process.pid;
  const logFile = openLog(place);
  const logStart = statSync(logFile.path).size;
  const command = [postgres, '-D', place.dataDir, '-p', String(port), ...settingArguments(options.extraSettings)];
  writeOwner(place.dataDir, owner);
  const server = spawnServer(place, command, logFile.descriptor, owner === process.pid);
  closeSync(logFile.descriptor);
  if (server.pid !== undefined && owner !== process.pid) tieToOwner(place.dataDir, server.pid, owner);
  await becomesReady(place.dataDir, () => failureOf(server, logFile.path, logStart));
  return server;
}

function spawnServer(place: Place, command: readonly string[], log: number, diesWithParent: boolean): ChildProcess {
  const { file, args, ...identity } = commandAs(place.account, command, diesWithParent);
  // A session of its own: Ctrl-C in the terminal must reach us alone, who end the server last.
  const server = spawn(file, [...args], { ...identity, cwd: '/', detached: true, stdio: ['ignore', log, log] });
  server.on('error', () => {});
  server.unref();
  return server;
}

function openLog(place: Place): { readonly path: string; readonly descriptor: number } {
  const path = join(place.dataDir, 'joinery.log');
  const descriptor = openSync(path, 'a', 0o600);
  if (place.account.kind === 'user') fchownSync(descriptor, place.account.uid, place.account.gid);
  return { path, descriptor };
}

function settingArguments(extra: Readonly<Record<string, string>> = {}): readonly string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...extra,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Waits for `ready` in postmaster.pid, which names the port too. */
async function becomesReady(dataDir: string, failure: () => string | null): Promise<number> {
  const deadline = Date.now() + readyDeadlineMs;
  while (Date.now() < deadline) {
    const failed = failure();
    if (failed !== null) throw new Error(`PostgreSQL in ${dataDir} did not start. ${failed}`);
    const server = findPostmaster(dataDir);
    if (server?.status === 'ready') return server.port;
    await delay(10);
  }
  throw new Error(
    `PostgreSQL in ${dataDir} was not ready after ${readyDeadlineMs / 1000} s; its log: ${join(dataDir, 'joinery.log')}.`,
  );
}

function failureOf(server: ChildProcess, logPath: string, logStart: number): string | null {
  if (server.pid === undefined) return `${server.spawnfile} cannot be run.`;
  if (server.exitCode === null && server.signalCode === null) return null;
  const words = readFileSync(logPath).subarray(logStart).toString('utf8').trim().split('\n').slice(-6).join('\n  ');
  return `It said:\n  ${words}`;
}

/** Fast shutdown; a server that does not end is made to by immediate shutdown, which the next start recovers from. */
async function stopServer(dataDir: string): Promise<void> {
  const server = findPostmaster(dataDir);
  if (server !== null && !(await endsAfter('SIGINT', server.pid)) && !(await endsAfter('SIGQUIT', server.pid))) {
    throw new Error(
      `PostgreSQL in ${dataDir} (process ${server.pid}) did not end within ${(2 * stopDeadlineMs) / 1000} s.`,
    );
  }
  removeOwner(dataDir);
}

async function endsAfter(signal: 'SIGINT' | 'SIGQUIT', pid: number): Promise<boolean> {
  const startTime = startTimeOf(pid);
  if (startTime === null) return true;
  process.kill(pid, signal);
  const deadline = Date.now() + stopDeadlineMs;
  while (Date.now() < deadline) {
    if (startTimeOf(pid) !== startTime) return true;
    await delay(10);
  }
  return false;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('The system gave no free port on 127.0.0.1.');
  return address.port;
}
