// A record reaches the change file once, whatever ends us in between, and never as half of one.
import { appendFileSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { appendSteps, type AppendStep } from '../src/change-file.js';
import { attributeLine } from '../src/change-record.js';
import { apply, create, deletion, type Folder, makeFolder, openChanges, update } from './folder.js';

let folder: Folder;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

const ann = create('person', 'ann', { set: { name: 'Ann' } });
const count = (): number => folder.text().split('dn: uid=ann').length - 1;
const dyingAt = (wanted: AppendStep, then: () => void = () => undefined) => ({
  reached: (step: string): void => {
    if (step !== wanted) return;
    then();
    throw new Error('killed');
  },
});

describe('a record', () => {
  test('stands in the file with its key as a comment, ended by a blank line', async () => {
    await apply(openChanges(folder), ann, 'order 1\n# evil');
    expect(folder.text()).toBe(
      [
        'version: 1',
        '',
        '# joinery: "order 1\\n# evil"',
        'dn: uid=ann,ou=people,dc=example,dc=org',
        'changetype: add',
        'objectClass: inetOrgPerson',
        'uid: ann',
        'cn: Ann',
        '',
        '',
      ].join('\n'),
    );
  });

  test('sent again is alreadySo, also after the file was taken away', async () => {
    const session = openChanges(folder);
    expect(await apply(session, ann, 'k1')).toEqual({ kind: 'applied', key: 'ann' });
    expect(await apply(session, ann, 'k1')).toEqual({ kind: 'alreadySo', key: 'ann' });
    expect(count()).toBe(1);
    unlinkSync(folder.changes);
    expect(await apply(openChanges(folder), ann, 'k1')).toEqual({ kind: 'alreadySo', key: 'ann' });
    expect(readdirSync(folder.path)).toEqual(['.joinery']);
  });

  test('is refused when its key stands for another one', async () => {
    await apply(openChanges(folder), ann, 'k1');
    expect(await apply(openChanges(folder), deletion('person', 'ann'), 'k1')).toMatchObject({ kind: 'refused' });
    expect(count()).toBe(1);
  });

  test.each(appendSteps)('after a crash at the step "%s" stands there once', async (step) => {
    expect(await apply(openChanges(folder, {}, dyingAt(step)), ann, 'k1')).toMatchObject({ kind: 'unknown' });
    expect(await apply(openChanges(folder), ann, 'k1')).toMatchObject({
      kind: step === 'noted' ? 'applied' : 'alreadySo',
    });
    expect(count()).toBe(1);
  });

  test('after a crash and another record stands there once', async () => {
    await apply(openChanges(folder, {}, dyingAt('written')), ann, 'k1');
    await apply(openChanges(folder), create('person', 'bob', { set: { name: 'Bob' } }), 'k2');
    expect(await apply(openChanges(folder), ann, 'k1')).toMatchObject({ kind: 'alreadySo' });
    expect(count()).toBe(1);
  });

  test('is unknown, and not written again, when the file was taken away between crash and next try', async () => {
    await apply(openChanges(folder), create('person', 'bob', { set: { name: 'Bob' } }), 'k0');
    await apply(
      openChanges(
        folder,
        {},
        dyingAt('written', () => renameSync(folder.changes, `${folder.changes}.taken`)),
      ),
      ann,
      'k1',
    );
    expect(await apply(openChanges(folder), ann, 'k1')).toMatchObject({
      kind: 'unknown',
      failure: { hint: expect.stringContaining('# joinery: "k1"') },
    });
    expect(readFileSync(`${folder.changes}.taken`, 'utf8')).toContain('# joinery: "k1"');
  });

  test('waits while the file ends in the middle of a record', async () => {
    writeFileSync(folder.changes, 'dn: uid=x,dc=example\nchangetype: de');
    expect(await apply(openChanges(folder), ann, 'k1')).toMatchObject({
      kind: 'unreachable',
      failure: { code: 'UNREACHABLE', message: expect.stringContaining('cut off') },
    });
    appendFileSync(folder.changes, 'lete\n\n');
    expect(await apply(openChanges(folder), ann, 'k1')).toMatchObject({ kind: 'applied' });
    expect(folder.text().startsWith('dn: uid=x,dc=example\nchangetype: delete\n\n# joinery: "k1"\n')).toBe(true);
  });

  test('is not made when nothing would be left of the change', async () => {
    const session = openChanges(folder);
    const secret = update('person', 'ann', { set: { password: 'canary' } });
    expect(await apply(session, secret, 'k1')).toMatchObject({
      kind: 'refused',
      failure: { code: 'CAPABILITY_MISSING', hint: expect.stringContaining('includeWriteOnly') },
    });
    expect(await apply(session, update('person', 'ann', {}), 'k2')).toMatchObject({ kind: 'refused' });
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test('goes nowhere while the folder is away', async () => {
    renameSync(folder.path, `${folder.path}.away`);
    expect(await apply(openChanges(folder), ann, 'k1')).toMatchObject({
      kind: 'unreachable',
      failure: { code: 'UNREACHABLE' },
    });
    renameSync(`${folder.path}.away`, folder.path);
    expect(readdirSync(join(folder.path))).toEqual([]);
  });
});

describe('a line', () => {
  test.each([
    ['plain', 'cn: plain'],
    ['', 'cn: '],
    [' blank first', `cn:: ${Buffer.from(' blank first').toString('base64')}`],
    ['blank last ', `cn:: ${Buffer.from('blank last ').toString('base64')}`],
    [':x', 'cn:: Ong='],
    ['<x', 'cn:: PHg='],
    ['a\nb', 'cn:: YQpi'],
    ['é', 'cn:: w6k='],
  ])('of %j is safe to read', (value, line) => {
    expect(attributeLine('cn', value)).toBe(line);
  });

  test('is folded at 76 columns', () => {
    const lines = attributeLine('cn', 'x'.repeat(200)).split('\n');
    expect(lines.map((line) => line.length)).toEqual([76, 76, 54]);
    expect(lines.map((line) => line.trimStart()).join('')).toBe(`cn: ${'x'.repeat(200)}`);
  });
});
