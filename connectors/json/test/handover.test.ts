// A change reaches the other program once and whole: sent again, sent by many at once, or with us killed in between.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { callContext, handoverSteps, type HandoverStep } from '@joinery/connector-kit';
import { waitFor } from '../../../test/support/wait-for.js';
import { apply, create, type Folder, makeFolder, openFolder, settingsOf, update } from './folder.js';

let folder: Folder;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

/** Another process that hands over users u0, u1 … under their own keys, and kills itself at a step when one is named. */
function writer(count: number, dyingAt: HandoverStep | null): ChildProcess {
  const built = (name: string): string => JSON.stringify(new URL(`../dist/${name}.js`, import.meta.url).href);
  const program = `
    const { openJsonSession } = await import(${built('session')});
    const { jsonSettings } = await import(${built('settings')});
    const reached = (step) => { if (step === ${JSON.stringify(dyingAt)}) process.kill(process.pid, 'SIGKILL'); };
    const session = openJsonSession(jsonSettings(${JSON.stringify(settingsOf(folder))}), { reached });
    for (let n = 0; n < ${count}; n += 1) {
      const delta = { kind: 'create', objectType: 'user', key: 'u' + n, set: { note: 'x'.repeat(20000) }, add: {}, remove: {} };
      const outcome = await session.apply(delta, { signal: new AbortController().signal, deadline: Date.now() + 50000, idempotencyKey: 'key ' + n });
      if (outcome.kind !== 'applied') { console.error(JSON.stringify(outcome)); process.exitCode = 1; }
    }`;
  return spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function ended(child: ChildProcess): Promise<unknown> {
  await once(child, 'exit');
  return child.signalCode ?? child.exitCode;
}

const note = 'x'.repeat(20_000);

describe('a change sent again under its key', () => {
  test('is alreadySo, while the document waits and after it was taken away', async () => {
    const session = openFolder(folder);
    expect(await apply(session, create('u1'), 'k1')).toEqual({ kind: 'applied', key: 'u1' });
    expect(await apply(session, create('u1'), 'k1')).toEqual({ kind: 'alreadySo', key: 'u1' });
    expect(folder.take()).toHaveLength(1);
    expect(await apply(openFolder(folder), create('u1'), 'k1')).toEqual({ kind: 'alreadySo', key: 'u1' });
    expect(folder.names()).toEqual([]);
  });

  test('would be handed over twice without the journal (control)', async () => {
    await apply(openFolder(folder), create('u1'), 'k1');
    folder.take();
    rmSync(join(folder.path, '.joinery'), { recursive: true });
    expect(await apply(openFolder(folder), create('u1'), 'k1')).toMatchObject({ kind: 'applied' });
    expect(folder.names()).toHaveLength(1);
  });

  test('is refused when it is another change', async () => {
    const session = openFolder(folder);
    await apply(session, create('u1'), 'k1');
    expect(await apply(session, create('u2'), 'k1')).toMatchObject({
      kind: 'refused',
      failure: { code: 'CONSTRAINT_VIOLATION', message: expect.stringContaining('another change') },
    });
    expect(folder.documents().map(({ key }) => key)).toEqual(['u1']);
  });

  test('four times at once makes one document', async () => {
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => apply(openFolder(folder), create('u1'), 'k1')));
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['alreadySo', 'alreadySo', 'alreadySo', 'applied']);
    expect(folder.names()).toHaveLength(1);
    expect(folder.leftovers()).toEqual([]);
  });

  test.each(handoverSteps)('after a crash at the step "%s" makes one whole document', async (step) => {
    expect(await ended(writer(1, step))).toBe('SIGKILL');
    const isDelivered = step === 'delivered';
    expect(folder.names()).toHaveLength(isDelivered ? 1 : 0);
    const taken = folder.take();
    expect(await apply(openFolder(folder), create('u0', { note }), 'key 0')).toEqual({
      kind: isDelivered ? 'alreadySo' : 'applied',
      key: 'u0',
    });
    expect([...taken, ...folder.documents()].map(({ id, set }) => [id, set])).toEqual([['key 0', { note }]]);
  });
});

describe('the other program', () => {
  test('never sees half a document, and sees them in the order of their making', async () => {
    const child = writer(200, null);
    const seen: string[] = [];
    const halves: unknown[] = [];
    const look = (): void => {
      try {
        seen.push(...folder.take().map(({ key }) => key));
      } catch (error) {
        halves.push(error);
      }
    };
    await waitFor(
      () => {
        look();
        return seen.length === 200 || halves.length > 0;
      },
      { what: 'all documents', deadlineMs: 50_000 },
    );
    expect(halves).toEqual([]);
    expect(await (child.exitCode === null ? ended(child) : child.exitCode)).toBe(0);
    expect(seen).toEqual(Array.from({ length: 200 }, (_unused, n) => `u${n}`));
  });

  test('finds documents of the same instant in the order in which they were made', async () => {
    const now = (): Date => new Date('2024-05-01T10:00:00.123Z');
    const session = openFolder(folder, {}, { now });
    for (const key of ['c', 'a', 'b']) await apply(session, create(key), key);
    expect(folder.documents().map(({ key }) => key)).toEqual(['c', 'a', 'b']);
    expect(folder.names()[0]).toMatch(/^20240501T100000\.123Z-0000-[0-9a-f]{16}\.json$/);
  });

  test('finds files with the rights of the settings', async () => {
    await apply(openFolder(folder, { fileMode: '600' }), create('u1'), 'k1');
    expect(statSync(join(folder.path, folder.names()[0] ?? '')).mode & 0o777).toBe(0o600);
  });
});

describe('a folder that is away', () => {
  test('leaves a change not applied, and takes it when it is back', async () => {
    const session = openFolder(folder);
    renameSync(folder.path, `${folder.path}.away`);
    expect(await apply(session, create('u1'), 'k1')).toMatchObject({
      kind: 'unreachable',
      failure: { code: 'UNREACHABLE', targetCode: 'ENOENT' },
    });
    await expect(session.check(callContext(5_000))).rejects.toMatchObject({ failure: { code: 'UNREACHABLE' } });
    renameSync(`${folder.path}.away`, folder.path);
    await session.check(callContext(5_000));
    expect(await apply(session, create('u1'), 'k1')).toMatchObject({ kind: 'applied' });
    expect(folder.leftovers()).toEqual([]);
  });

  test('when the journal names the draft already leaves it unknown, and the next try finishes', async () => {
    const reached = (step: HandoverStep): void => {
      if (step === 'noted') renameSync(folder.path, `${folder.path}.away`);
    };
    expect(await apply(openFolder(folder, {}, { reached }), create('u1'), 'k1')).toMatchObject({ kind: 'unknown' });
    renameSync(`${folder.path}.away`, folder.path);
    expect(await apply(openFolder(folder), create('u1'), 'k1')).toMatchObject({ kind: 'applied' });
    expect(folder.names()).toHaveLength(1);
  });
});

describe('the journal', () => {
  test('forgets after the retention, and keeps what is younger', async () => {
    const day = 24 * 60 * 60 * 1_000;
    await apply(openFolder(folder), create('u1'), 'k1');
    const journal = join(folder.path, '.joinery');
    const old = new Date(Date.now() - 4 * day);
    for (const name of readdirSync(journal)) utimesSync(join(journal, name), old, old);
    folder.take();
    await apply(openFolder(folder, { retentionDays: 5 }), update('u2', { set: { mail: 'a@b' } }), 'k2');
    expect(readdirSync(journal)).toHaveLength(2);
    await apply(openFolder(folder, { retentionDays: 3 }), update('u2', { set: { mail: 'a@b' } }), 'k2');
    expect(readdirSync(journal)).toHaveLength(1);
  });
});
