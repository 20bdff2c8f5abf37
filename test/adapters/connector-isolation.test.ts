// Packages that misbehave, each in a process of its own: the worker lives on, and the orders end as they must.
// Real processes; the control loads the same package without a wall, in a process that may die of it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { type IsolationOptions, packageLoader } from '../../src/adapters/connector-isolation.js';
import { provisionOrder } from '../../src/steps/provision.js';
import { connection, makeDue, makeOrder, openWorld, orderRow, type World } from '../support/execution-world.js';
import { waitFor } from '../support/wait-for.js';

const hostile = new URL('../support/hostile-connector.mjs', import.meta.url).href;
const secret = 'Tr0ub4dor&3';
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

const surroundings: Readonly<Record<string, string | undefined>> = {
  PATH: process.env.PATH,
  HOME: '/home/joinery',
  DATABASE_URL: 'postgresql://joinery:database-secret@db/joinery',
  JOINERY_TOKEN_SECRET: 'token-secret',
};

interface Prison {
  readonly world: World;
  readonly folder: string;
  readonly lines: string[];
  pid(): number;
}

async function imprison(mischief?: string, options: Partial<IsolationOptions> = {}): Promise<Prison> {
  const folder = mkdtempSync(join(tmpdir(), 'joinery-hostile-'));
  folders.push(folder);
  const lines: string[] = [];
  const take = (_details: object, line: string): void => void lines.push(line);
  const load = packageLoader({
    isolation: 'process',
    memoryMb: 64,
    environment: (name) => surroundings[name],
    log: { info: take, warn: take },
    ...options,
  });
  const settings = { folder, password: secret, ...(mischief === undefined ? {} : { mischief }) };
  const world = await openWorld({ connection: { package: hostile, settings, deadlineSeconds: 20 }, load });
  const pid = (): number => Number(readFileSync(join(folder, 'pid'), 'utf8'));
  return { world, folder, lines, pid };
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a package in its own process', () => {
  // Each of these happens after the effect and before the answer: only reading back can tell that it was applied.
  test.each([
    ['ends itself in the middle of a write', 'exit'],
    ['breaks off', 'abort'],
    ['throws where nobody listens', 'throwLater'],
    ['fills its heap', 'fillHeap'],
    ['holds buffers without end', 'holdBuffers'],
    ['cuts its own channel', 'disconnect'],
    ['throws nothing at all', 'throwNothing'],
    ['answers nonsense', 'answerNonsense'],
    ['answers what cannot be sent', 'answerCyclic'],
    ['answers calls that nobody made', 'flood'],
  ])('that %s leaves the worker alone, and the order is executed after reading back', async (_what, mischief) => {
    const { world } = await imprison(mischief);
    const order = await makeOrder(world.database, { key: 'ann' });
    await provisionOrder(world.provision, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'EXECUTED', error: null });
    const next = await makeOrder(world.database, { key: 'bob' });
    await provisionOrder(world.provision, next.id);
    expect(await orderRow(world.database, next)).toMatchObject({ state: 'EXECUTED', attempt: 1 });
    expect(world.faults).toEqual([]);
    await world.close();
  });

  test.each([
    ['spins', 'spin'],
    ['never answers', 'hang'],
  ])('that %s is ended after the deadline, and the order goes on in a new one', async (_what, mischief) => {
    const { world, pid } = await imprison(mischief);
    await world.gateway.check(connection);
    const first = pid();
    world.models.change({ deadlineSeconds: 1 });
    const order = await makeOrder(world.database, { key: 'ann' });
    await provisionOrder(world.provision, order.id);
    await waitFor(() => !isAlive(first), { what: 'the end of the hanging process', deadlineMs: 30_000 });
    world.models.change({ deadlineSeconds: 20 });
    await waitFor(
      async () => {
        if ((await orderRow(world.database, order)).state === 'EXECUTED') return true;
        await makeDue(world.database, order);
        await provisionOrder(world.provision, order.id);
        return false;
      },
      { what: 'the order to be executed', deadlineMs: 30_000 },
    );
    expect(world.faults).toEqual([]);
    await world.close();
  });

  test('that dies while it is read is a transient failure, said in a sentence', async () => {
    const { world, pid } = await imprison();
    await world.gateway.check(connection);
    const pages = world.gateway.list('account', new AbortController().signal)[Symbol.asyncIterator]();
    await pages.next();
    process.kill(pid(), 'SIGKILL');
    await expect(pages.next()).rejects.toMatchObject({
      failure: { code: 'TIMEOUT', message: expect.stringContaining('is gone: it was ended by SIGKILL') },
    });
    await world.gateway.check(connection);
    await world.close();
  });

  test('that is killed between two calls is started again by the next', async () => {
    const { world, pid } = await imprison();
    await world.gateway.check(connection);
    const first = pid();
    process.kill(first, 'SIGKILL');
    await waitFor(() => !isAlive(first), { what: 'its end' });
    await waitFor(async () => world.gateway.check(connection).then(() => true), { what: 'a new one' });
    expect(pid()).not.toBe(first);
    await world.close();
  });

  test('sees its own secret and nobody else’s, and what it prints is logged without it', async () => {
    const { world, lines } = await imprison();
    await world.gateway.check(connection);
    await waitFor(() => lines.length >= 2, { what: 'its output' });
    const output = lines.join('\n');
    expect(output).toContain('"HOME":"/home/joinery"');
    expect(output).toContain('my own password is ***');
    expect(output).not.toMatch(/database-secret|token-secret|DATABASE_URL|JOINERY_|NODE_OPTIONS/);
    await world.close();
  });

  test.each([
    ['in a line that is too long', 'sayAtTheCut'],
    ['in two halves, in a line without an end', 'sayInHalves'],
  ])('that says its secret %s leaves no part of it in the log', async (_how, mischief) => {
    const { world, folder, lines } = await imprison(mischief);
    const order = await makeOrder(world.database, { key: 'ann' });
    await provisionOrder(world.provision, order.id);
    await waitFor(() => lines.some((line) => line.length > 1_000), { what: 'the long line' });
    writeFileSync(join(folder, 'heard'), '');
    await waitFor(() => lines.some((line) => line.endsWith(': the next line')), { what: 'the line after it' });
    expect(lines.join('\n')).not.toMatch(/Tr0u|dor&3/);
    expect(lines).toHaveLength(2);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(10_100);
    await world.close();
  });

  test('that dies while it says its secret leaves no part of it in the log', async () => {
    const { world, lines } = await imprison('sayAndDie');
    const order = await makeOrder(world.database, { key: 'ann' });
    await provisionOrder(world.provision, order.id);
    await waitFor(() => lines.some((line) => line.includes('the last words')), { what: 'its last words' });
    expect(lines).toEqual(['A connector package said: the last words: ']);
    await world.close();
  });

  test('is asked for pages only as they are wanted', async () => {
    const { world, folder } = await imprison();
    const keys: string[] = [];
    for await (const page of world.gateway.list('account', new AbortController().signal)) {
      keys.push(...page.map(({ key }) => key));
      expect(readFileSync(join(folder, 'pages'), 'utf8')).toBe(String(keys.length));
    }
    expect(keys).toEqual(['row-0', 'row-1', 'row-2', 'row-3']);
    await world.close();
  });

  test('tells what changed', async () => {
    const { world } = await imprison();
    const pages: unknown[] = [];
    for await (const page of world.gateway.changes?.('account', 'c', new AbortController().signal) ?? [])
      pages.push(page);
    expect(pages).toEqual([{ upserted: [], deletedKeys: ['old'], cookie: 'c+' }]);
    await world.close();
  });

  test('is closed and gone when the gateway closes', async () => {
    const { world, pid, folder } = await imprison();
    await world.gateway.check(connection);
    await world.close();
    expect(existsSync(join(folder, 'closed'))).toBe(true);
    await waitFor(() => !isAlive(pid()), { what: 'its end' });
  });
});

test('packages that are not there, and things that are none, say what was looked for', async () => {
  const silent = { info: () => undefined, warn: () => undefined };
  const environment = (name: string): string | undefined => surroundings[name];
  const load = packageLoader({ isolation: 'process', memoryMb: 64, environment, log: silent });
  await expect(load('no-such-thing')).rejects.toThrow(
    /"no-such-thing" \(@joinery\/connector-no-such-thing or no-such-thing\) cannot be loaded.*Install it/,
  );
  await expect(load('@joinery/connector-kit')).rejects.toThrow(/not a connector package/);
  await expect(load('csv')).resolves.toMatchObject({ name: 'csv', serial: 'connection' });
});

describe('the process', () => {
  const program = (isolation: string, folder: string, then: string): string => `
    const { packageLoader } = await import(${JSON.stringify(new URL('../../dist/adapters/connector-isolation.js', import.meta.url).href)});
    const log = { info: () => undefined, warn: () => undefined };
    const load = packageLoader({ isolation: '${isolation}', memoryMb: 64, environment: (name) => process.env[name], log });
    const definition = await load(${JSON.stringify(hostile)});
    const session = await definition.open({ folder: ${JSON.stringify(folder)}, mischief: 'exit' });
    const context = { signal: new AbortController().signal, deadline: Date.now() + 20_000, idempotencyKey: 'k' };
    ${then}`;
  const delta = `{ kind: 'create', objectType: 'account', key: 'ann', set: {}, add: {}, remove: {} }`;
  const write = `console.log('outcome', (await session.apply(${delta}, context)).kind);`;
  const run = (text: string): string => {
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', text], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    return stdout + stderr;
  };
  const newFolder = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'joinery-hostile-'));
    folders.push(folder);
    return folder;
  };

  test('outlives a package that ends itself', () => {
    expect(run(program('process', newFolder(), write))).toContain('outcome unknown');
  });

  test('control: without isolation the same package takes it down', () => {
    expect(run(program('none', newFolder(), write))).not.toContain('outcome');
  });

  test('takes its packages with it when it is killed', async () => {
    const folder = newFolder();
    run(program('process', folder, `await session.check(context); process.kill(process.pid, 'SIGKILL');`));
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    await waitFor(() => !isAlive(pid), { what: 'the end of the package' });
  });
});
