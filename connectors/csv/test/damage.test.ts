// A damaged file is refused altogether, with the file, the line and what to do.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { callContext, type ConnectorError, type ConnectorSettings } from '@joinery/connector-kit';
import csv from '@joinery/connector-csv';
import { apply, type Folder, makeFolder, openFolder, settingsOf, update } from './folder.js';

let folder: Folder;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

const typed = {
  objectTypes: [
    {
      name: 'user',
      key: 'id',
      columns: [
        { name: 'id' },
        { name: 'since', type: 'date', required: true },
        { name: 'seats', type: 'number' },
        { name: 'isActive', type: 'boolean' },
      ],
    },
  ],
};
const many = Array.from({ length: 3_000 }, (_unused, n) => `u${n},Name ${n}\n`).join('');

const damages: readonly (readonly [
  name: string,
  text: string | Buffer,
  message: RegExp,
  settings?: ConnectorSettings,
])[] = [
  ['nothing in it', '', /empty/],
  ['only a byte order mark', '\uFEFF', /empty/],
  ['a missing key column', 'ident,name\nu1,Ann\n', /line 1: the column "id" is missing; the header has: ident, name/],
  ['a missing column', 'id,seats,isActive\nu1,1,true\n', /line 1: the column "since" is missing/, typed],
  ['an empty header cell', 'id,,name\nu1,,Ann\n', /line 1: the header of column 2 is empty/],
  ['a column twice', 'id,name,name\nu1,a,b\n', /line 1: the header names the column "name" twice/],
  ['a column that would poison objects', 'id,__proto__\nu1,a\n', /__proto__/],
  ['a duplicate key', 'id,name\nu1,Ann\nu2,Bob\nu1,Ann\n', /line 4: the key "u1" stands on line 2 already/],
  ['a duplicate key far apart', `id,name\n${many}u7,Again\n`, /line 3002: the key "u7" stands on line 9 already/],
  ['an empty key', 'id,name\n,Ann\n', /line 2: the key column "id" is empty/],
  [
    'broken encoding',
    Buffer.from([...Buffer.from('id,name\nu1,Ann\nu2,Jos'), 0xe9, ...Buffer.from('\n')]),
    /line 3: it is not valid UTF-8/,
  ],
  ['an encoding with two bytes a character', Buffer.from('\uFEFFid,name\nu1,Ann\n', 'utf16le'), /not valid UTF-8/],
  ['a character cut in half at its end', Buffer.from('id,name\nu1,Jos\u00e9').subarray(0, -1), /not valid UTF-8/],
  ['zeros where a crash left them', 'id,name\nu1,Ann\n\0\0\0\0', /line 3: it holds a NUL character/],
  [
    'a quote that is never closed',
    'id,name\nu1,Ann\nu2,"Bob\nu3,Cid\n',
    /line 3: a quoted field begins here and is never closed/,
  ],
  [
    'text after a closing quote',
    'id,name\nu1,"Ann"a\n',
    /line 2: the closing quote of field 2 is followed by more text/,
  ],
  ['a quote inside a field that is not quoted', 'id,name\nu1,5" pipe\n', /line 2: .*holds a quote but is not quoted/],
  ['too few fields', 'id,name\nu1\nu2,Bob\n', /line 2: it has 1 fields, the header has 2/],
  ['too many fields', 'id,name\nu1,Ann,x\n', /line 2: it has 3 fields, the header has 2/],
  ['half of it, cut within a line', 'id,name,mail\nu1,Ann,a@x\nu2,Bo', /line 3: .*cut off/],
  [
    'half of it, cut within the last field',
    'id,name\nu1,Ann\nu2,Bo',
    /line 3: the file ends without a line break, so it may be cut off/,
  ],
  [
    'half of it, cut within a field of a reader that allows it',
    'id,name,mail\nu1,Ann,a@x\nu2,Bo',
    /line 3: it has 2 fields, the header has 3, and the file ends here/,
    { finalLineBreak: 'optional' },
  ],
  [
    'a date that is none',
    'id,since,seats,isActive\nu1,31/12/2024,1,true\n',
    /line 2: the column "since" holds "31\/12\/2024", which is no date/,
    typed,
  ],
  [
    'a number that is none',
    'id,since,seats,isActive\nu1,2024-12-31,many,true\n',
    /line 2: the column "seats" holds "many", which is no number/,
    typed,
  ],
  [
    'a truth that is none',
    'id,since,seats,isActive\nu1,2024-12-31,1,perhaps\n',
    /line 2: the column "isActive" holds "perhaps"/,
    typed,
  ],
  [
    'a required cell that is empty',
    'id,since,seats,isActive\nu1,,1,true\n',
    /line 2: the column "since" is empty/,
    typed,
  ],
];

async function listAll(settings: ConnectorSettings): Promise<readonly string[]> {
  const session = openFolder(folder, {}, settings);
  const keys: string[] = [];
  for await (const page of session.list('user', callContext(10_000)))
    keys.push(...page.objects.map((object) => object.key));
  return keys;
}

describe('a file with', () => {
  test.each(damages)('%s is not listed', async (_name, text, message, settings = {}) => {
    folder.write(text);
    const error: ConnectorError = await listAll(settings).then(
      () => Promise.reject(new Error('it was listed')),
      (reason: ConnectorError) => reason,
    );
    expect(error.message).toMatch(message);
    expect(error.message).toContain(folder.file);
    expect(['INVALID_VALUE', 'AMBIGUOUS_MATCH']).toContain(error.failure.code);
    expect(error.failure.hint).toBeTruthy();
  });

  test('damage holds writes back until it is repaired, and stays untouched', async () => {
    const session = openFolder(folder);
    folder.write('id,name\nu1,Ann\nu2,"Bob\n');
    expect(await apply(session, update('u1', { name: 'Anna' }))).toMatchObject({
      kind: 'unreachable',
      failure: { code: 'UNREACHABLE', message: expect.stringMatching(/line 3/) },
    });
    await expect(session.check(callContext(5_000))).rejects.toMatchObject({
      failure: { code: 'UNREACHABLE', targetCode: 'INVALID_VALUE' },
    });
    expect(folder.text()).toBe('id,name\nu1,Ann\nu2,"Bob\n');
    folder.write('id,name\nu1,Ann\nu2,"Bob"\n');
    await session.check(callContext(5_000));
    expect(await apply(session, update('u1', { name: 'Anna' }))).toMatchObject({ kind: 'applied' });
    expect(folder.leftovers()).toEqual([]);
  });

  test('a key twice is not written when the key is the one to change', async () => {
    folder.write('id,name\nu1,Ann\nu1,Ann\n');
    expect(await apply(openFolder(folder), update('u1', { name: 'Anna' }))).toMatchObject({ kind: 'unreachable' });
    expect(folder.text()).toBe('id,name\nu1,Ann\nu1,Ann\n');
  });
});

describe('a sound file', () => {
  test('may have blank lines, quoted line breaks, and typed columns', async () => {
    folder.write('id,since,seats,isActive\r\n\r\nu1,2024-12-31,"1.50",TRUE\r\n"u\n2",2024-12-31T08:00:00Z,,0\r\n\r\n');
    const session = openFolder(folder, {}, typed);
    expect((await session.read('user', 'u1', callContext(5_000)))?.attributes).toEqual({
      id: 'u1',
      since: '2024-12-31',
      seats: 1.5,
      isActive: true,
    });
    expect((await session.read('user', 'u\n2', callContext(5_000)))?.attributes).toEqual({
      id: 'u\n2',
      since: '2024-12-31T08:00:00Z',
      seats: null,
      isActive: false,
    });
  });

  test('needs no line break at its end when the settings say so', async () => {
    folder.write('id,name\nu1,Ann');
    expect(await listAll({ finalLineBreak: 'optional' })).toEqual(['u1']);
  });
});

describe('settings', () => {
  const wrong: readonly (readonly [string, ConnectorSettings, RegExp])[] = [
    ['neither path nor folder', { path: undefined }, /"path" and "folder"/],
    [
      'a link to an object type that is not there',
      { objectTypes: [{ name: 'user', key: 'id', links: [{ name: 'groups', targetObjectType: 'group' }] }] },
      /leads to the object type "group"/,
    ],
    [
      'a file outside the folder',
      { path: undefined, folder: '/tmp', objectTypes: [{ name: 'user', key: 'id', file: '../users.csv' }] },
      /objectTypes\[0\]\.file/,
    ],
    ['another encoding', { encoding: 'latin1' }, /"encoding"/],
  ];
  test.each(wrong)('with %s are refused', async (_name, settings, message) => {
    const all = Object.fromEntries(
      Object.entries(settingsOf(folder, settings)).filter(([, value]) => value !== undefined),
    );
    await expect(csv.open(all)).rejects.toThrow(message);
  });
});
