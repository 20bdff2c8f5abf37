// What only a real SQLite file can show: types, refusals, others who hold the file, and what a killed process leaves.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ConnectorSettings } from '@joinery/connector-kit';
import { prepareSqliteGround } from './sqlite-target.js';
import { change, keysOf, patience, using, write } from './session.js';

const ground = await prepareSqliteGround();
afterAll(() => ground.close());
beforeEach(() => ground.target.reset());

const account = (settings: ConnectorSettings = {}): ConnectorSettings => ({
  engine: 'sqlite',
  file: ground.file,
  objectTypes: [{ name: 'account', table: 'account', key: 'id', ...settings }],
});

describe('values', () => {
  test('go in and out as the contract says, and the same value is alreadySo', async () => {
    const set = { hired: '2024-02-29', seen: '2024-02-29T21:30:00.500Z', quota: 12.5, active: false };
    await using(account(), async (session) => {
      expect(await write(session, change('create', 'a', set))).toMatchObject({ kind: 'applied' });
      expect((await session.read('account', 'a', patience()))?.attributes).toEqual({
        id: 'a',
        name: null,
        mail: null,
        ...set,
      });
      expect(await write(session, change('update', 'a', set))).toMatchObject({ kind: 'alreadySo' });
      expect(await write(session, change('update', 'a', { quota: 13 }))).toMatchObject({ kind: 'applied' });
    });
  });

  test('with a NUL are refused instead of being cut', async () => {
    await using(account(), async (session) => {
      const outcome = await write(session, change('create', 'a', { name: 'a\0b' }));
      expect(outcome).toMatchObject({ kind: 'refused', failure: { code: 'INVALID_VALUE' } });
      expect(await session.read('account', 'a\0b', patience())).toBeNull();
    });
  });

  test('compare exactly where the column ignores case, and every row is listed', async () => {
    await ground.use((database) => database.exec('create table soft (id text collate nocase primary key, name text)'));
    await using(account({ table: 'soft' }), async (session) => {
      expect(await write(session, change('create', 'Anna', { name: 'x' }))).toMatchObject({ kind: 'applied' });
      expect(await session.read('account', 'anna', patience())).toBeNull();
      expect(await write(session, change('update', 'Anna', { name: 'X' }))).toMatchObject({ kind: 'applied' });
      expect(await write(session, change('create', 'ANNA'))).toMatchObject({ failure: { code: 'ALREADY_EXISTS' } });
      expect(await keysOf(session, 'account')).toEqual(['Anna']);
    });
  });

  test('of a view are read, and writing to it is refused', async () => {
    await ground.use((database) => database.exec("create view seen as select id, name from account where name <> 'x'"));
    await using(account({ table: 'seen' }), async (session) => {
      await ground.use((database) => database.exec("insert into account (id, name) values ('a', 'y'), ('b', 'x')"));
      expect(await keysOf(session, 'account')).toEqual(['a']);
      expect(await write(session, change('update', 'a', { name: 'z' }))).toMatchObject({ kind: 'refused' });
    });
  });
});

describe('what SQLite refuses', () => {
  const cases: readonly (readonly [string, string, ReturnType<typeof change>, string, string])[] = [
    [
      'an unknown column value',
      "create trigger stop before insert on account begin select raise(abort, 'not on Sundays'); end",
      change('create', 'a'),
      'CONSTRAINT_VIOLATION',
      'not on Sundays',
    ],
    [
      'a rule of a check',
      'select 1',
      change('create', 't', { title: 'x'.repeat(41) }, { objectType: 'team' }),
      'CONSTRAINT_VIOLATION',
      'CHECK constraint failed',
    ],
  ];
  test.each(cases)('%s: refused in its own words, nothing written', async (_name, setUp, delta, code, words) => {
    await ground.use((database) => database.exec(setUp));
    const outcome = await using(ground.target.settings, (session) => write(session, delta));
    await ground.use((database) => database.exec('drop trigger if exists stop'));
    expect(outcome).toMatchObject({
      kind: 'refused',
      failure: { code, targetMessage: expect.stringContaining(words) },
    });
    expect(await ground.target.outside.keys()).toEqual([]);
  });

  test('a file that is no database: the system is away, nothing is refused for good', async () => {
    await writeFile(
      `${ground.file}.txt`,
      'This is a text and nothing else, longer than a header of SQLite would be. '.repeat(20),
    );
    const settings = { ...account(), file: `${ground.file}.txt` };
    await using(settings, async (session) => {
      expect(await write(session, change('create', 'a'))).toMatchObject({ kind: 'unreachable' });
    });
  });
});

// A process that has begun to write and is killed: its turn, SQLite's lock and half a transaction stay behind.
async function killedWriter(): Promise<void> {
  const library = createRequire(import.meta.url).resolve('node-sqlite3-wasm');
  const dist = new URL('../dist/sqlite/lock.js', import.meta.url).href;
  const program = `
    const { takeTurn } = await import(${JSON.stringify(dist)});
    const { default: sqlite } = await import(${JSON.stringify(library)});
    await takeTurn(${JSON.stringify(ground.file)}, Date.now() + 5000, new AbortController().signal);
    const database = new sqlite.Database(${JSON.stringify(ground.file)});
    database.exec("begin immediate; insert into account (id) values ('half')");
    process.stdout.write('ready');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('a file', () => {
  test('that a killed process had locked is used again, without what it had not committed', async () => {
    await killedWriter();
    expect(existsSync(`${ground.file}.lock`)).toBe(true);
    await using(account(), async (session) => {
      expect(await write(session, change('create', 'a'))).toMatchObject({ kind: 'applied' });
      expect(await keysOf(session, 'account')).toEqual(['a']);
    });
    expect((await readdir(dirname(ground.file))).filter((name) => name.includes('turn'))).toEqual([]);
  });

  test('that an unknown program holds is left to it, with the way out in the hint', async () => {
    await mkdir(`${ground.file}.lock`);
    const outcome = await using(account(), (session) => write(session, change('create', 'a')));
    expect(outcome).toMatchObject({ kind: 'throttled', failure: { code: 'RATE_LIMITED', targetCode: 'SQLITE_BUSY' } });
    expect(JSON.stringify(outcome)).toContain('remove the folder');
    expect(existsSync(`${ground.file}.lock`)).toBe(true);
    await ground.removeLock();
  });

  test('takes writes from several sessions at once, each once', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_unused, n) =>
        using(account(), (session) => write(session, change('create', `k${n % 6}`, { name: 'x' }))),
      ),
    );
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual([
      ...Array.from({ length: 6 }, () => 'alreadySo'),
      ...Array.from({ length: 6 }, () => 'applied'),
    ]);
  });

  test('is free for others while a listing is used', async () => {
    await ground.use((database) => {
      for (let n = 0; n < 1_200; n += 1) database.run('insert into account (id) values (?)', `r${n}`);
    });
    await using(account(), async (session) => {
      for await (const page of session.list('account', patience()))
        expect(await ground.use((database) => page.objects.length > 0 && database.inTransaction)).toBe(true);
    });
  });
});
