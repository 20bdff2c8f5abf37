// Change records are imported by a real directory with its own tools, and its own exports are read back.
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from '@jest/globals';
import { type OpenLdap, startOpenLdap } from '../../../test/systems/openldap.mjs';
import { runProgram } from '../../../test/systems/program.mjs';
import {
  apply,
  create,
  deletion,
  type Folder,
  groups,
  listAll,
  makeFolder,
  openChanges,
  openExport,
  people,
  update,
} from './folder.js';

const root = mkdtempSync(join(tmpdir(), 'ldif-directory-'));
let server: OpenLdap;
let folder: Folder;
beforeAll(async () => {
  chmodSync(root, 0o755); // the server runs as a user of its own
  server = await startOpenLdap({ folder: join(root, 'slapd') });
}, 240_000);
afterAll(async () => {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

const account = (): readonly string[] => ['-x', '-H', server.url, '-D', server.admin.dn, '-w', server.admin.password];
const modify = (path: string): string => runProgram(['ldapmodify', ...account(), '-f', path]);

/** The directory as ldapsearch exports it. */
function exportDirectory(): void {
  folder.write(runProgram(['ldapsearch', ...account(), '-LLL', '-b', server.suffix, '(objectClass=*)']));
}

const odd = [
  `O'Brien "the" boss`,
  'a,b;c|d\te',
  'line one\r\nline two',
  ' blanks around ',
  ':colon first',
  '<angle first',
  '# hash first',
  'naïve Ω 漢字 😀 '.repeat(20),
  '*)(uid=*',
  'a+b=c\\2a<>',
  '\u0001 control',
  'x'.repeat(200),
];

// A directory bounds names of entries, not values.
const keyOf = (n: number, text: string): string => `${n} ${[...text.trim()].slice(0, 40).join('').trim()}`;

describe('change records', () => {
  test('make entries with any text in names and values, which the export shows as they were', async () => {
    const session = openChanges(folder);
    for (const [n, text] of odd.entries())
      expect(
        await apply(
          session,
          create('person', keyOf(n, text), { set: { name: text, surname: 's', note: text } }),
          `c${n}`,
        ),
      ).toMatchObject({ kind: 'applied' });
    modify(folder.changes);
    exportDirectory();
    const rows = await listAll(openExport(folder), 'person');
    const shown = new Map(rows.map(({ key, attributes }) => [key, attributes]));
    for (const [n, text] of odd.entries())
      expect(shown.get(keyOf(n, text))).toMatchObject({ name: text, surname: 's', note: text });
  });

  test('change values and members, clear values and delete entries', async () => {
    const session = openChanges(folder);
    const changes = [
      create('person', 'ann', { set: { name: 'Ann', surname: 'A', note: 'old' } }),
      create('person', 'bob, jr', { set: { name: 'Bob', surname: 'B' } }),
      create('group', 'sales', { add: { members: ['ann'] } }),
      update('person', 'ann', { set: { name: 'Anna', note: null } }),
      update('person', 'ann', { set: { note: null } }),
      update('group', 'sales', { add: { members: ['bob, jr'] }, remove: { members: ['ann'] } }),
      create('person', 'cid', { set: { name: 'Cid', surname: 'C' } }),
      deletion('person', 'cid'),
    ];
    for (const [n, delta] of changes.entries())
      expect(await apply(session, delta, `m${n}`)).toEqual({ kind: 'applied', key: delta.key });
    modify(folder.changes);
    exportDirectory();
    const exported = openExport(folder);
    expect(await exported.read('person', 'ann', context())).toMatchObject({ attributes: { name: 'Anna', note: null } });
    expect(await exported.read('person', 'cid', context())).toBeNull();
    expect(await exported.read('group', 'sales', context())).toMatchObject({ links: { members: ['bob, jr'] } });
  });

  test('set a password with which somebody signs in, when the settings hand it over', async () => {
    const session = openChanges(folder, { includeWriteOnly: true });
    const set = { name: 'Dan', surname: 'D', password: 'päss: word ' };
    await apply(session, create('person', 'dan', { set }), 'p1');
    modify(folder.changes);
    const words = ['ldapwhoami', '-x', '-H', server.url, '-D', `uid=dan,${people}`, '-w', set.password];
    expect(runProgram(words)).toContain('uid=dan');
  });

  test('come as one file each, in the order of their names, when there is a folder for them', async () => {
    const session = openChanges(folder, { changeFile: undefined, changeFolder: folder.path });
    await apply(session, create('person', 'eve', { set: { name: 'Eve', surname: 'E' } }), 'f1');
    await apply(session, update('person', 'eve', { set: { name: 'Eva' } }), 'f2');
    expect(await apply(session, update('person', 'eve', { set: { name: 'Eva' } }), 'f2')).toMatchObject({
      kind: 'alreadySo',
    });
    const files = readdirSync(folder.path)
      .filter((name) => name.endsWith('.ldif'))
      .sort();
    expect(files).toHaveLength(2);
    for (const name of files) modify(join(folder.path, name));
    exportDirectory();
    expect(await openExport(folder).read('person', 'eve', context())).toMatchObject({ attributes: { name: 'Eva' } });
  });
});

describe('an export', () => {
  test('shows members only as keys of the object type they belong to', async () => {
    const session = openChanges(folder);
    await apply(session, create('person', 'fay', { set: { name: 'Fay', surname: 'F' } }), 'e1');
    await apply(session, create('group', 'odd', { add: { members: ['fay', 'nobody'] } }), 'e2');
    modify(folder.changes);
    exportDirectory();
    expect(await openExport(folder).read('group', 'odd', context())).toMatchObject({ links: { members: ['fay'] } });
    expect((await listAll(openExport(folder), 'group')).every(({ objectType }) => objectType === 'group')).toBe(true);
    expect(groups).toContain(server.suffix);
  });
});

const context = (): { readonly signal: AbortSignal; readonly deadline: number } => ({
  signal: new AbortController().signal,
  deadline: Date.now() + 20_000,
});
