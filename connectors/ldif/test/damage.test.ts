// What RFC 2849 allows is read; what it does not, or what cannot be known for sure, is refused with its line.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ConnectorSettings } from '@joinery/connector-kit';
import ldif from '@joinery/connector-ldif';
import { type Folder, listAll, makeFolder, objectTypes, openExport, people } from './folder.js';

let folder: Folder;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

const entry = (uid: string, more = ''): string =>
  `dn: uid=${uid},${people}\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: ${uid}\n${more}\n`;

const keys = async (settings: ConnectorSettings = {}): Promise<readonly string[]> =>
  (await listAll(openExport(folder, settings), 'person')).map(({ key }) => key);

describe('a file', () => {
  test('may have comments, folded anything, CRLF, a version, options and other entries', async () => {
    const text = [
      'version: 1',
      '# a comment that',
      '  goes on',
      '',
      '',
      `DN: uid=ann,`,
      ` ${people}`,
      'objectclass: INETORGPERSON',
      'uid:: YW5u',
      'cn;lang-de: Änne',
      'CN:Anna',
      'description:: bGluZSBvbmUK',
      ' bGluZSB0d28=',
      'jpegPhoto:: /9j/4AAQ',
      '#uid: other',
      '',
      'dn: ou=people,dc=example,dc=org',
      'changetype: add',
      'objectClass: organizationalUnit',
      '',
      '',
    ];
    for (const lineEnd of ['\n', '\r\n']) {
      folder.write(text.join(lineEnd));
      expect(await listAll(openExport(folder), 'person')).toEqual([
        {
          objectType: 'person',
          key: 'ann',
          attributes: { uid: 'ann', name: 'Anna', surname: null, note: 'line one\nline two' },
          links: {},
        },
      ]);
    }
  });

  test('may have another charset when the settings say so', async () => {
    folder.write(Buffer.from(`dn: uid=u1,${people}\nobjectClass: inetOrgPerson\nuid: u1\ncn: José\n\n`, 'latin1'));
    await expect(keys()).rejects.toThrow(/not valid UTF-8/);
    expect((await listAll(openExport(folder, { charset: 'latin1' }), 'person'))[0]?.attributes.name).toBe('José');
  });

  test('has numbers, truths and dates in LDAP syntax', async () => {
    const [person] = objectTypes;
    const attributes = [
      { name: 'floor', attribute: 'roomNumber', type: 'number' },
      { name: 'active', type: 'boolean' },
      { name: 'since', type: 'date' },
      { name: 'seen', type: 'date' },
    ];
    folder.write(entry('u1', 'roomNumber: 3\nactive: TRUE\nsince: 20240229000000Z\nseen: 20240229101500.5Z\n'));
    const rows = await listAll(openExport(folder, { objectTypes: [{ ...person, attributes }] }), 'person');
    expect(rows[0]?.attributes).toEqual({
      uid: 'u1',
      floor: 3,
      active: true,
      since: '2024-02-29',
      seen: '2024-02-29T10:15:00Z',
    });
    folder.write(entry('u1', 'since: 29.02.2024\n'));
    await expect(listAll(openExport(folder, { objectTypes: [{ ...person, attributes }] }), 'person')).rejects.toThrow(
      /line 5: "since" of the entry .* which is no date/,
    );
  });
});

const damages: readonly (readonly [string, string, RegExp])[] = [
  ['its end missing', entry('u1') + entry('u2').slice(0, -1), /line 9: the file does not end with a blank line/],
  ['half a line at its end', entry('u1') + entry('u2').slice(0, -5), /ends in the middle of a line/],
  ['a key twice', entry('u1') + entry('u2') + entry('u1'), /line 11: the key "u1" of person stands on line 1 already/],
  [
    'an entry without a key',
    entry('u1').replace('uid: u1\n', ''),
    /line 1: the entry .* has no values of its key "uid"/,
  ],
  ['an entry with two keys', entry('u1', 'uid: other\n'), /has 2 values of its key/],
  ['a required attribute missing', entry('u1').replace('cn: u1\n', ''), /line 1: the entry .* has no "cn"/],
  ['a change record', `dn: uid=u1,${people}\nchangetype: delete\n\n`, /line 2: this is a change record/],
  ['a control', `dn: uid=u1,${people}\ncontrol: 1.2.840 true\nchangetype: add\n\n`, /line 2: this is a change record/],
  [
    'a reference to a file',
    entry('u1', 'description:< file:///etc/passwd\n'),
    /line 5: the value of "description" is a reference/,
  ],
  [
    'no base64 where it says so',
    entry('u1', 'description:: not base64!\n'),
    /line 5: the value of "description" is no base64/,
  ],
  [
    'binary data where text belongs',
    entry('u1', 'description:: /9j/4A==\n'),
    /line 5: the value of "description" is not text/,
  ],
  ['a record without a name', `uid: u1\ncn: x\n\n`, /line 1: a record begins with "uid" instead of "dn"/],
  [
    'records that run into each other',
    entry('u1').trimEnd() + '\n' + entry('u2'),
    /line 5: a record has a second "dn"/,
  ],
  ['a line that is none', entry('u1', 'nonsense\n'), /line 5: this is no "attribute: value" line/],
  ['a continuation of nothing', ` continued\n\n`, /line 1: a continued line has nothing to continue/],
  ['another version', `version: 2\n\n`, /line 1: its version is 2/],
  ['a NUL character', entry('u1', 'description: a\0b\n'), /NUL character/],
];

describe('a file with', () => {
  test.each(damages)('%s is refused', async (_name, text, message) => {
    folder.write(text);
    await expect(keys()).rejects.toMatchObject({
      message: expect.stringMatching(message),
      failure: { hint: expect.any(String), code: expect.stringMatching(/INVALID_VALUE|AMBIGUOUS_MATCH/) },
    });
  });

  test('no blank line at its end is read when the settings say so', async () => {
    folder.write(entry('u1').trimEnd());
    expect(await keys({ finalBlankLine: 'optional' })).toEqual(['u1']);
  });
});

describe('settings', () => {
  const content = { mode: 'content', file: '/tmp/x.ldif', objectTypes };
  const changes = { mode: 'changes', changeFile: '/tmp/x.ldif', objectTypes };
  test.each([
    ['of the other mode', { ...content, changeFile: 'x' }, /"changeFile" does not go with the mode "content"/],
    ['without a file', { ...content, file: undefined }, /"file" is missing/],
    ['with a file and a folder of changes', { ...changes, changeFolder: 'x' }, /one must be given and not both/],
    [
      'without a place for new entries',
      { ...changes, objectTypes: [{ ...objectTypes[0], base: undefined }] },
      /has no "base"/,
    ],
    ['with a link to nothing', { ...content, objectTypes: [objectTypes[1]] }, /leads to the object type "person"/],
    [
      'with an attribute that is no name',
      { ...content, objectTypes: [{ ...objectTypes[0], key: 'a b' }] },
      /objectTypes\[0\]\.key/,
    ],
  ])('%s are refused', async (_name, settings, message) => {
    const given = JSON.parse(JSON.stringify(settings)) as ConnectorSettings;
    await expect(ldif.open(given)).rejects.toThrow(message);
  });
});
