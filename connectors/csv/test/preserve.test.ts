// What Joinery does not change stays as it is, byte by byte; what it writes, others read as it was meant.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { callContext } from '@joinery/connector-kit';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { quoteField, scanRecord } from '../src/record.js';
import { apply, create, deletion, type Folder, makeFolder, openFolder, update } from './folder.js';

let folder: Folder;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

const odd =
  '\uFEFF"id";name ;"unknown";mail\r\nu1;"Ann";"keep ""this""";a@x\r\n\r\n"u2"; Bob ;;\r\nu3;"two\nlines";x;\r\n';

describe('a rewritten file', () => {
  test('differs only in the fields that changed', async () => {
    folder.write(odd);
    expect(await apply(openFolder(folder, {}, { delimiter: ';' }), update('u1', { mail: 'b;c' }))).toMatchObject({
      kind: 'applied',
    });
    expect(folder.text()).toBe(odd.replace('a@x', '"b;c"'));
  });

  test('is not written at all when nothing changes', async () => {
    folder.write(odd);
    const session = openFolder(
      folder,
      { reached: () => Promise.reject(new Error('it was written')) },
      { delimiter: ';' },
    );
    expect(await apply(session, update('u1', { mail: 'a@x' }))).toEqual({ kind: 'alreadySo', key: 'u1' });
    expect(await apply(session, deletion('nobody'))).toEqual({ kind: 'alreadySo', key: 'nobody' });
  });

  test('gets new rows at its end with its own delimiter and line end, and loses deleted ones', async () => {
    folder.write(odd);
    const session = openFolder(folder, {}, { delimiter: ';' });
    await apply(session, create('u4', { mail: 'd@x' }));
    await apply(session, deletion('u2'));
    expect(folder.text()).toBe(`${odd.replace('"u2"; Bob ;;\r\n', '')}u4;;;d@x\r\n`);
  });

  test('gets the line end its last line lacked before a new row', async () => {
    folder.write('id,name\nu1,Ann');
    await apply(openFolder(folder, {}, { finalLineBreak: 'optional' }), create('u2', { name: 'Bob' }));
    expect(folder.text()).toBe('id,name\nu1,Ann\nu2,Bob\n');
  });

  test('takes the first row of a file that has only its header', async () => {
    folder.write('id,name\n');
    await apply(openFolder(folder), create('u1', { name: 'Ann' }));
    expect(folder.text()).toBe('id,name\nu1,Ann\n');
  });

  test('keeps columns the settings do not name', async () => {
    folder.write('id,secret,name\nu1,kept,Ann\n');
    const session = openFolder(
      folder,
      {},
      { objectTypes: [{ name: 'user', key: 'id', columns: [{ name: 'id' }, { name: 'label', column: 'name' }] }] },
    );
    await apply(session, update('u1', { label: 'Anna' }));
    expect(folder.text()).toBe('id,secret,name\nu1,kept,Anna\n');
    expect((await session.read('user', 'u1', callContext(5_000)))?.attributes).toEqual({ id: 'u1', label: 'Anna' });
  });
});

describe('text that a spreadsheet would run', () => {
  const formulas = ['=1+1', '+1', '-1', '@x', '\tx', '\uFF1D1'];

  test('is written as it is by default', async () => {
    folder.write('id,name\n');
    await apply(openFolder(folder), create('u1', { name: '=1+1' }));
    expect(folder.text()).toBe('id,name\nu1,=1+1\n');
  });

  test.each(formulas)('gets an apostrophe when it is protected, and reads as it was: %j', async (formula) => {
    folder.write('id,name\n');
    const session = openFolder(folder, {}, { protectFormulas: true });
    await apply(session, create('u1', { name: formula }));
    expect(folder.text()).toContain(`'${formula}`);
    expect((await session.read('user', 'u1', callContext(5_000)))?.attributes.name).toBe(formula);
    expect(await apply(session, update('u1', { name: formula }))).toMatchObject({ kind: 'alreadySo' });
  });
});

describe('members in a cell', () => {
  test('that cannot stand there are refused', async () => {
    folder.write('id,groups\nu1,a\n');
    const session = openFolder(
      folder,
      {},
      { objectTypes: [{ name: 'user', key: 'id', links: [{ name: 'groups', targetObjectType: 'user' }] }] },
    );
    const add = { ...update('u1', {}), add: { groups: ['x;y'] } };
    expect(await apply(session, add)).toMatchObject({ kind: 'refused', failure: { code: 'INVALID_VALUE' } });
    expect(folder.text()).toBe('id,groups\nu1,a\n');
  });
});

describe('the record scanner', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '"', ',', ';', '\n', '\r', ' ', "'", '\t') });

  test('reads what it writes, in any table, as another CSV library does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
        fc.constantFrom('\n', '\r\n'),
        (table, lineEnd) => {
          const rows = table.map((row) => [...row, ...Array.from({ length: 4 - row.length }, () => '-')]);
          const text = rows.map((row) => row.map((value) => quoteField(value, ',')).join(',') + lineEnd).join('');
          expect(scanAll(text)).toEqual(rows);
          expect(parse(text, { record_delimiter: lineEnd })).toEqual(rows);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('finds the same records however the text is cut into chunks', () => {
    const text = 'a,"b\r\nc","d"""\r\ne,f,g\r\n';
    const whole = ['a', 'b\r\nc', 'd"'];
    const found = Array.from({ length: text.length }, (_unused, cut) =>
      scanRecord(text.slice(0, cut), 0, 1, ',', false),
    );
    const records = found.flatMap((scan) => (scan.kind === 'record' ? [scan.record.values] : []));
    expect(records).toEqual(records.map(() => whole));
    expect(records.length).toBe('e,f,g\r\n'.length);
    expect(found.filter((scan) => scan.kind === 'flaw')).toEqual([]);
  });
});

function scanAll(text: string): readonly (readonly string[])[] {
  const rows: (readonly string[])[] = [];
  let position = 0;
  while (position < text.length) {
    const scan = scanRecord(text, position, 1, ',', true);
    if (scan.kind !== 'record') throw new Error(JSON.stringify(scan));
    rows.push(scan.record.values);
    position = scan.next;
  }
  return rows;
}
