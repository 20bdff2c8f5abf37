// What a workbook says comes out typed; what it does not say for sure is refused with the sheet and the cell.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { callContext, type ConnectorSettings, type TargetObject } from '@joinery/connector-kit';
import excel from '@joinery/connector-excel';
import { type OfficeWorkbook, officeParts, writeWorkbook, zipped } from './workbook-file.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'excel-'));
  path = join(folder, 'people.xlsx');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const columns = [
  { name: 'id', header: 'Number' },
  { name: 'name', header: 'Name' },
  { name: 'hired', header: 'Hired', type: 'date' },
  { name: 'quota', header: 'Quota', type: 'number' },
  { name: 'active', header: 'Active', type: 'boolean' },
];
const staff = { name: 'person', sheet: 'Staff', key: 'Number', columns };

function settingsOf(type: ConnectorSettings = {}, more: ConnectorSettings = {}): ConnectorSettings {
  return { path, objectTypes: [{ ...staff, ...type }], ...more };
}

async function rows(settings: ConnectorSettings = settingsOf()): Promise<readonly TargetObject[]> {
  const session = await excel.open(settings);
  const found: TargetObject[] = [];
  for await (const page of session.list('person', callContext(20_000))) found.push(...page.objects);
  await session.close();
  return found;
}

const text = (address: string, value: string): string =>
  `<c r="${address}" t="inlineStr"><is><t xml:space="preserve">${value}</t></is></c>`;
const row = (n: number, cells: string): string => `<row r="${n}">${cells}</row>`;
const headings = row(
  1,
  ['Number', 'Name', 'Hired', 'Quota', 'Active'].map((name, at) => text(`${'ABCDE'[at]}1`, name)).join(''),
);

function writeOffice(workbook: Partial<OfficeWorkbook> & { readonly rows: string }): void {
  writeFileSync(path, zipped(officeParts(workbook)));
}

describe('a workbook of another library', () => {
  test('shows text, numbers, truth and dates with their types, and numbers as keys', async () => {
    await writeWorkbook(path, [
      { name: 'Cover', rows: [['Confidential']] },
      {
        name: 'Staff',
        rows: [
          ['Number', 'Name', 'Hired', 'Quota', 'Active', 'Groups'],
          [1001, ' Ann ', new Date('2024-02-29T00:00:00Z'), 0.5, true, 'a; b ;a'],
          ['1002', null, null, 12, false, null],
        ],
      },
    ]);
    const links = [{ name: 'groups', header: 'Groups', targetObjectType: 'person' }];
    expect(await rows(settingsOf({ links }))).toEqual([
      {
        objectType: 'person',
        key: '1001',
        attributes: { id: '1001', name: ' Ann ', hired: '2024-02-29', quota: 0.5, active: true },
        links: { groups: ['a', 'b'] },
      },
      {
        objectType: 'person',
        key: '1002',
        attributes: { id: '1002', name: null, hired: null, quota: 12, active: false },
        links: { groups: [] },
      },
    ]);
  });

  test('shows every column with a header as text when the settings name none, and finds the header lower down', async () => {
    await writeWorkbook(path, [
      { name: 'Staff', rows: [['Staff list 2024'], [], ['Number', null, 'Floor'], [7, 'ignored', 3]] },
    ]);
    expect(await rows(settingsOf({ headerRow: 3, columns: undefined }))).toMatchObject([
      { key: '7', attributes: { Number: '7', Floor: '3' } },
    ]);
  });

  test('refuses a formula whose result was not saved, with its cell', async () => {
    await writeWorkbook(path, [
      {
        name: 'Staff',
        rows: [
          ['Number', 'Name', 'Hired', 'Quota', 'Active'],
          [1, { type: 'Formula', value: '=A2&"x"' }],
        ],
      },
    ]);
    await expect(rows()).rejects.toThrow(/sheet "Staff", cell B2: it holds a formula whose result was not saved/);
  });
});

describe('a workbook as office suites write it', () => {
  const strings = ['<t>Number</t>', '<t>Name</t>', '<r><rPr><b/></rPr><t>Jos</t></r><r><t>é &amp; Co</t></r>'];

  test('gives shared and rich strings, saved results of formulas, and dates with a time', async () => {
    writeOffice({
      sharedStrings: strings,
      rows: `${headings}${row(2, '<c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="s"><v>2</v></c><c r="C2" s="2"><v>45351.75</v></c><c r="D2" s="3"><v>1234.5</v></c><c r="E2" t="b"><v>0</v></c>')}`,
    });
    expect(await rows()).toMatchObject([
      {
        key: '2',
        attributes: { name: 'José & Co', hired: '2024-02-29T18:00:00', quota: 1234.5, active: false },
      },
    ]);
  });

  test.each([
    ['of 1900', false, 45351],
    ['of 1904', true, 45351 - 1462],
  ])('gives the same day from the calendar %s', async (_name, isDate1904, serial) => {
    writeOffice({
      isDate1904,
      rows: `${headings}${row(2, `${text('A2', 'u1')}<c r="C2" s="1"><v>${serial}</v></c>`)}`,
    });
    expect(await rows()).toMatchObject([{ key: 'u1', attributes: { hired: '2024-02-29' } }]);
  });

  test('takes any text for text, names of program internals included', async () => {
    const names = ['__proto__', 'constructor', '_x0041_', '=1+1', 'a&#10;b', 'Ω 漢字 😀'];
    writeOffice({
      rows:
        headings + names.map((name, n) => row(n + 2, text(`A${n + 2}`, `u${n}`) + text(`B${n + 2}`, name))).join(''),
    });
    const found = (await rows()).map(({ attributes }) => attributes.name);
    expect(found).toEqual(['__proto__', 'constructor', 'A', '=1+1', 'a\nb', 'Ω 漢字 😀']);
  });

  test('leaves out empty rows and headings merged over the key column', async () => {
    writeOffice({
      merged: ['A3:E3'],
      rows: [
        headings,
        row(2, text('A2', 'u1')),
        row(3, text('A3', 'Branch office')),
        row(4, text('A4', '  ')),
        row(9, text('A9', 'u2')),
      ].join(''),
    });
    expect((await rows()).map(({ key }) => key)).toEqual(['u1', 'u2']);
  });

  test('does not mind errors in other sheets and other columns', async () => {
    writeOffice({ rows: `${headings}${row(2, `${text('A2', 'u1')}<c r="F2" t="e"><v>#REF!</v></c>`)}` });
    expect((await rows()).map(({ key }) => key)).toEqual(['u1']);
  });
});

const unsound: readonly (readonly [string, () => void | Promise<void>, RegExp, ConnectorSettings?])[] = [
  [
    'an error value',
    () => writeOffice({ rows: `${headings}${row(2, `${text('A2', 'u1')}<c r="B2" t="e"><f>X</f><v>#REF!</v></c>`)}` }),
    /cell B2: it holds the error #REF!/,
  ],
  [
    'a number without a date format where a date belongs',
    () => writeOffice({ rows: `${headings}${row(2, `${text('A2', 'u1')}<c r="C2"><v>45351</v></c>`)}` }),
    /cell C2: the column "Hired" holds "45351", which is no date/,
  ],
  [
    'text where a number belongs',
    () => writeOffice({ rows: `${headings}${row(2, `${text('A2', 'u1')}${text('D2', 'many')}`)}` }),
    /cell D2: .*no number/,
  ],
  [
    'text where a truth belongs',
    () => writeOffice({ rows: `${headings}${row(2, `${text('A2', 'u1')}${text('E2', 'perhaps')}`)}` }),
    /cell E2: .*no boolean/,
  ],
  [
    'a key twice',
    () => writeOffice({ rows: `${headings}${row(2, text('A2', 'u1'))}${row(5, text('A5', 'u1'))}` }),
    /cell A5: the key "u1" stands in row 2 already/,
  ],
  [
    'a row without a key',
    () => writeOffice({ rows: `${headings}${row(2, text('B2', 'Ann'))}` }),
    /cell A2: the key column "Number" is empty/,
  ],
  [
    'a key merged over two rows',
    () =>
      writeOffice({ merged: ['A2:A3'], rows: `${headings}${row(2, text('A2', 'u1'))}${row(3, text('B3', 'Ann'))}` }),
    /cell A3: the key column/,
  ],
  [
    'a header twice',
    () =>
      writeOffice({
        rows: row(1, ['A', 'B', 'C'].map((at) => text(`${at}1`, at === 'A' ? 'Number' : 'Name')).join('')),
      }),
    /cell C1: the header names the column "Name" twice/,
  ],
  [
    'a missing header',
    () => writeOffice({ rows: row(1, text('A1', 'Number')) }),
    /sheet "Staff": the column "Name" is missing; row 1 has: Number/,
  ],
  ['nothing in its sheet', () => writeOffice({ rows: '' }), /the column "Number" is missing; row 1 has: nothing/],
  [
    'no such sheet',
    () => writeOffice({ rows: headings, sheetName: 'Staff &amp; more' }),
    /it has no sheet "Staff"; its sheets are: Notes, Staff & more/,
  ],
  ['no such sheet number', () => writeOffice({ rows: headings }), /it has no sheet number 3/, { sheet: 3 }],
  [
    'a shared string that is not there',
    () => writeOffice({ rows: `${headings}${row(2, '<c r="A2" t="s"><v>99</v></c>')}` }),
    /cell A2: it is damaged \(VALUE_INVALID\)/,
  ],
  [
    'a password',
    () => writeFileSync(path, Buffer.from('d0cf11e0a1b11ae1', 'hex')),
    /encrypted with a password, or of the old kind/,
  ],
  ['nothing in it', () => writeFileSync(path, ''), /its end is missing/],
  ['text', () => writeFileSync(path, 'id,name\nu1,Ann\n'), /its end is missing/],
  [
    'an archive of something else',
    () => writeFileSync(path, zipped({ 'readme.txt': 'hello' })),
    /it is an archive, but no workbook/,
  ],
  [
    'its second half missing',
    () => writeFileSync(path, zipped(officeParts({ rows: headings })).subarray(0, 900)),
    /its end is missing/,
  ],
  [
    'a damaged part',
    () => {
      const bytes = zipped(officeParts({ rows: headings.repeat(3) }));
      bytes.fill(0x55, 60, 120);
      writeFileSync(path, bytes);
    },
    /is damaged/,
  ],
];

describe('a workbook with', () => {
  test.each(unsound)('%s is refused', async (_name, write, message, type = {}) => {
    await write();
    await expect(rows(settingsOf(type))).rejects.toMatchObject({
      message: expect.stringMatching(message),
      failure: { hint: expect.any(String), code: expect.stringMatching(/INVALID_VALUE|AMBIGUOUS_MATCH/) },
    });
    await expect(rows(settingsOf(type))).rejects.toThrow(path);
  });

  test('too many bytes is not read, packed or unpacked', async () => {
    writeOffice({ rows: headings + row(2, text('A2', ' '.repeat(3_000_000))) });
    await expect(rows(settingsOf({}, { maxBytes: 1_000 }))).rejects.toThrow(/setting "maxBytes" allows 1000/);
    await expect(rows(settingsOf({}, { maxUnpackedBytes: 2_000_000 }))).rejects.toThrow(
      /"maxUnpackedBytes" allows 2000000/,
    );
  });

  test('sizes that lie, to fill the memory, is refused', async () => {
    const bytes = zipped(officeParts({ rows: headings + row(2, text('A2', ' '.repeat(3_000_000))) }));
    const entry = bytes.lastIndexOf('xl/worksheets/staff.xml') - 46;
    bytes.writeUInt32LE(1_000, entry + 24);
    writeFileSync(path, bytes);
    await expect(rows(settingsOf({}, { maxUnpackedBytes: 2_000_000 }))).rejects.toThrow(/has two sizes/);
    bytes.writeUInt32LE(0, bytes.readUInt32LE(entry + 42) + 22);
    writeFileSync(path, bytes);
    await expect(rows(settingsOf({}, { maxUnpackedBytes: 2_000_000 }))).rejects.toThrow(/staff.xml is damaged/);
  });
});

describe('a connection to workbooks', () => {
  test('says UNREACHABLE for a file that is not there, and works when it is', async () => {
    const session = await excel.open(settingsOf());
    await expect(session.check(callContext(5_000))).rejects.toMatchObject({ failure: { code: 'UNREACHABLE' } });
    writeOffice({ rows: headings });
    await session.check(callContext(5_000));
  });

  test('refuses every write as a thing it cannot do', async () => {
    writeOffice({ rows: headings });
    const session = await excel.open(settingsOf());
    const delta = { kind: 'delete', objectType: 'person', key: 'u1', set: {}, add: {}, remove: {} } as const;
    expect(await session.apply(delta, { ...callContext(5_000), idempotencyKey: 'k' })).toMatchObject({
      kind: 'refused',
      failure: { code: 'CAPABILITY_MISSING' },
    });
  });
});
