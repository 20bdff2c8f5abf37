// Writing a file survives a crash at every step, a person editing it meanwhile, and other processes writing it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { callContext, type Delta } from '@joinery/connector-kit';
import { type ReplaceStep, replaceSteps } from '../src/replace.js';
import { apply, create, type Folder, makeFolder, openFolder, settingsOf, update } from './folder.js';

const before = 'id,name,note\nu1,Ann,x\nu2,Bob,y\n';
const after = 'id,name,note\nu1,Anna,x\nu2,Bob,y\n';

let folder: Folder;
beforeEach(() => {
  folder = makeFolder();
  folder.write(before);
});
afterEach(() => folder.remove());

/** Another process that applies the deltas and kills itself at a step, when one is named. */
function writer(deltas: readonly Delta[], dyingAt: ReplaceStep | null, isGuarded = true): ChildProcess {
  const built = (name: string): string => JSON.stringify(new URL(`../dist/${name}.js`, import.meta.url).href);
  const program = `
    const { openCsvSession } = await import(${built('session')});
    const { csvSettings } = await import(${built('settings')});
    const reached = (step) => { if (step === ${JSON.stringify(dyingAt)}) process.kill(process.pid, 'SIGKILL'); };
    const session = openCsvSession(csvSettings(${JSON.stringify(settingsOf(folder))}), { reached, isGuarded: ${isGuarded} });
    for (const delta of ${JSON.stringify(deltas)}) {
      const outcome = await session.apply(delta, { signal: new AbortController().signal, deadline: Date.now() + 50000, idempotencyKey: delta.key });
      if (outcome.kind !== 'applied' && ${isGuarded}) { console.error(JSON.stringify(outcome)); process.exitCode = 1; }
    }`;
  return spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function ended(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  await once(child, 'exit');
  return child.signalCode ?? child.exitCode;
}

describe('a crash', () => {
  test.each(replaceSteps)(
    'after the step "%s" leaves the old file or the new one, and the next process cleans up',
    async (step) => {
      expect(await ended(writer([update('u1', { name: 'Anna' })], step))).toBe('SIGKILL');
      const isVisible = step === 'renamed' || step === 'verified';
      expect(folder.text()).toBe(isVisible ? after : before);
      expect(folder.leftovers()).not.toEqual([]);

      const session = openFolder(folder);
      await session.check(callContext(5_000));
      expect(folder.text()).toBe(isVisible ? after : before);
      expect(await apply(session, update('u1', { name: 'Anna' }))).toEqual({
        kind: isVisible ? 'alreadySo' : 'applied',
        key: 'u1',
      });
      expect(folder.text()).toBe(after);
      expect(folder.leftovers()).toEqual([]);
    },
  );

  test('between rename and verification does not lose what a person saved into the old file meanwhile', async () => {
    // The person's editor had the old file open: what it saves goes where the second name leads.
    const keeper = join(folder.path, 'keeper');
    linkSync(folder.file, keeper);
    expect(await ended(writer([update('u1', { name: 'Anna' })], 'renamed'))).toBe('SIGKILL');
    appendFileSync(keeper, 'u3,Cid,z\n');
    const session = openFolder(folder);
    await session.check(callContext(5_000));
    expect(folder.text()).toBe(`${before}u3,Cid,z\n`);
    expect(await apply(session, update('u1', { name: 'Anna' }))).toMatchObject({ kind: 'applied' });
    expect(folder.text()).toBe(`${after}u3,Cid,z\n`);
  });

  test('of somebody who died holding the lock does not block the next', async () => {
    expect(await ended(writer([update('u1', { name: 'Anna' })], 'linked'))).toBe('SIGKILL');
    expect(folder.leftovers().some((name) => name.includes('joinery-lock'))).toBe(true);
    expect(await apply(openFolder(folder), create('u3'))).toMatchObject({ kind: 'applied' });
  });
});

/** A person who does something once, at a step of our writing. */
function personAt(step: ReplaceStep, act: () => void): (reached: ReplaceStep) => void {
  let isDone = false;
  return (reached) => {
    if (reached !== step || isDone) return;
    isDone = true;
    act();
  };
}

describe('a person editing the file', () => {
  const inPlace = (): void => appendFileSync(folder.file, 'u3,Cid,z\n');
  const byRename = (): void => {
    writeFileSync(`${folder.file}.edited`, `${before}u3,Cid,z\n`);
    renameSync(`${folder.file}.edited`, folder.file);
  };
  const moments: readonly (readonly [string, ReplaceStep, () => void])[] = [
    ['in place before we look again', 'written', inPlace],
    ['by another file before we look again', 'written', byRename],
    ['in place after we looked', 'checked', inPlace],
    ['by another file after we looked', 'checked', byRename],
    ['in place just before ours takes its place', 'linked', inPlace],
  ];

  test.each(moments)('%s keeps the change, and ours is made on top', async (_name, step, act) => {
    const session = openFolder(folder, { reached: personAt(step, act) });
    expect(await apply(session, update('u1', { name: 'Anna' }))).toEqual({ kind: 'applied', key: 'u1' });
    expect(folder.text()).toBe(`${after}u3,Cid,z\n`);
    expect(folder.leftovers()).toEqual([]);
  });

  test.each(moments)('%s loses the change when nothing is compared (control)', async (_name, step, act) => {
    const session = openFolder(folder, { reached: personAt(step, act), isGuarded: false });
    await apply(session, update('u1', { name: 'Anna' }));
    expect(folder.text()).toBe(after);
  });

  test('in both the old and the new file has the older version put aside under a name that says so', async () => {
    const keeper = join(folder.path, 'keeper');
    linkSync(folder.file, keeper);
    const act = (): void => {
      appendFileSync(keeper, 'u3,Cid,z\n');
      appendFileSync(folder.file, 'u4,Dan,w\n');
    };
    await apply(openFolder(folder, { reached: personAt('renamed', act) }), update('u1', { name: 'Anna' }));
    // Both edits came before the verification: neither may vanish.
    const conflict = folder.leftovers().find((name) => name.includes('.conflict-'));
    expect(folder.text()).toContain('u4,Dan,w');
    expect(readFileSync(join(folder.path, String(conflict)), 'utf8')).toContain('u3,Cid,z');
  });

  test('again and again ends the write as not applied', async () => {
    let n = 0;
    const reached = (step: ReplaceStep): void => {
      n += 1;
      if (step === 'written') appendFileSync(folder.file, `p${n},P,\n`);
    };
    expect(await apply(openFolder(folder, { reached }), update('u1', { name: 'Anna' }))).toMatchObject({
      kind: 'unreachable',
      failure: { code: 'TIMEOUT' },
    });
    expect(folder.text()).toContain('u1,Ann,x');
  });
});

describe('several processes writing a hundred rows each', () => {
  const rows = (name: string): readonly Delta[] =>
    Array.from({ length: 100 }, (_unused, n) => create(`${name}${n}`, { name }));
  const all = [...rows('a'), ...rows('b')].map((delta) => delta.key);

  async function writeBoth(isGuarded: boolean, round = ''): Promise<readonly string[]> {
    const children = [writer(rows(`a${round}`), null, isGuarded), writer(rows(`b${round}`), null, isGuarded)];
    expect(await Promise.all(children.map(ended))).toEqual([0, 0]);
    const lines = folder.text().split('\n').slice(3, -1);
    return lines.map((line) => line.slice(0, line.indexOf(',')));
  }

  test('leave every row there', async () => {
    expect([...(await writeBoth(true))].sort()).toEqual([...all].sort());
    expect(folder.leftovers()).toEqual([]);
  });

  test('lose rows when nothing keeps them apart (control)', async () => {
    // One round may pass by luck when one process is done before the other begins; ten in a row do not.
    let rounds = 0;
    let left = 0;
    do {
      rounds += 1;
      left = (await writeBoth(false, `${rounds}-`)).length;
    } while (left === rounds * all.length && rounds < 10);
    expect(left).toBeLessThan(rounds * all.length);
  });
});

describe('a folder moved away in the middle of a write', () => {
  test('leaves the file as it was, and no lock when it is back', async () => {
    const away = `${folder.path}.away`;
    const session = openFolder(folder, { reached: personAt('written', () => renameSync(folder.path, away)) });
    expect(await apply(session, update('u1', { name: 'Anna' }))).toMatchObject({
      kind: 'unreachable',
      failure: { code: 'UNREACHABLE' },
    });
    renameSync(away, folder.path);
    expect(folder.text()).toBe(before);
    expect(await apply(session, update('u1', { name: 'Anna' }))).toMatchObject({ kind: 'applied' });
    expect(folder.text()).toBe(after);
    expect(folder.leftovers()).toEqual([]);
  });
});

describe('the file itself', () => {
  test('keeps its mode, and a symbolic link stays a link', async () => {
    chmodSync(folder.file, 0o640);
    const alias = join(folder.path, 'alias.csv');
    symlinkSync(folder.file, alias);
    const session = openFolder({ ...folder, file: alias });
    expect(await apply(session, update('u1', { name: 'Anna' }))).toMatchObject({ kind: 'applied' });
    expect(statSync(folder.file).mode & 0o777).toBe(0o640);
    expect(folder.text()).toBe(after);
    expect(existsSync(alias)).toBe(true);
  });

  test('that nobody may write is refused as FORBIDDEN', async () => {
    chmodSync(folder.file, 0o444);
    expect(await apply(openFolder(folder), update('u1', { name: 'Anna' }))).toMatchObject({
      kind: 'refused',
      failure: { code: 'FORBIDDEN' },
    });
    expect(await apply(openFolder(folder, {}, { readOnly: true }), create('u9'))).toMatchObject({
      kind: 'refused',
      failure: { code: 'FORBIDDEN' },
    });
    expect(folder.text()).toBe(before);
  });
});
