// Incremental reading: exactly the differences, and no work for a file nobody touched.
import { appendFileSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type Change, type ChangePage, callContext, type ConnectorSession } from '@joinery/connector-kit';
import { apply, create, type Folder, makeFolder, openFolder } from './folder.js';

let folder: Folder;
beforeEach(() => {
  folder = makeFolder();
  folder.write('id,name\nu1,Ann\nu2,Bob\n');
});
afterEach(() => folder.remove());

interface Reading {
  readonly changes: readonly Change[];
  readonly cookie: string;
  readonly pages: readonly ChangePage[];
}

async function read(session: ConnectorSession, cookie: string | null): Promise<Reading> {
  const pages: ChangePage[] = [];
  for await (const page of session.changes?.('user', cookie, callContext(90_000)) ?? []) pages.push(page);
  return { changes: pages.flatMap((page) => page.changes), cookie: String(pages.at(-1)?.cookie), pages };
}

const told = ({ changes }: Reading): readonly string[] => changes.map(({ kind, key }) => `${kind} ${key}`);
const longAgo = new Date('2024-01-01T00:00:00Z');

describe('changes of a file', () => {
  test('are what was added, changed and deleted since, our own writes included', async () => {
    const session = openFolder(folder);
    const first = await read(session, null);
    expect(first.changes).toEqual([]);
    folder.write('id,name\nu2,Bobby\nu3,Cid\n');
    const second = await read(session, first.cookie);
    expect(told(second)).toEqual(['upsert u2', 'upsert u3', 'delete u1']);
    await apply(session, create('u4', { name: 'Dan' }));
    const third = await read(session, second.cookie);
    expect(told(third)).toEqual(['upsert u4']);
    expect(told(await read(session, third.cookie))).toEqual([]);
  });

  test('of the same size with the old time are found: the inode tells, or the content', async () => {
    utimesSync(folder.file, longAgo, longAgo);
    const first = await read(openFolder(folder), null);
    writeFileSync(folder.file, 'id,name\nu1,Ann\nu2,Bud\n');
    utimesSync(folder.file, longAgo, longAgo);
    expect(told(await read(openFolder(folder), first.cookie))).toEqual(['upsert u2']);
  });

  test('are none, without parsing, for a file that was only saved again', async () => {
    const first = await read(openFolder(folder), null);
    const copy = `${folder.file}.copy`;
    writeFileSync(copy, readFileSync(folder.file));
    renameSync(copy, folder.file);
    const second = await read(openFolder(folder), first.cookie);
    expect(second.changes).toEqual([]);
    expect(second.cookie).not.toBe(first.cookie);
  });

  test('are none, without opening it, for a file whose times are old enough to be believed', async () => {
    const young = await read(openFolder(folder), null);
    const later = Date.now() + 60_000;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => later);
    try {
      const old = await read(openFolder(folder), young.cookie);
      expect(old.cookie).not.toBe(young.cookie); // it was opened, and is believed from now on
      expect((await read(openFolder(folder), old.cookie)).cookie).toBe(old.cookie);
    } finally {
      clock.mockRestore();
    }
  });

  test('come anew when the settings show other attributes of an untouched file', async () => {
    const first = await read(openFolder(folder), null);
    const columns = { objectTypes: [{ name: 'user', key: 'id', columns: [{ name: 'id' }] }] };
    expect(told(await read(openFolder(folder, {}, columns), first.cookie))).toEqual(['upsert u1', 'upsert u2']);
  });

  test('keep the old cookie until the last page, so that a break tells them again', async () => {
    const first = await read(openFolder(folder), null);
    appendFileSync(folder.file, Array.from({ length: 1_200 }, (_unused, n) => `v${n},Name\n`).join(''));
    const second = await read(openFolder(folder), first.cookie);
    expect(second.changes).toHaveLength(1_200);
    expect(second.pages.slice(0, -1).map((page) => page.cookie)).toEqual(
      second.pages.slice(0, -1).map(() => first.cookie),
    );
    expect(second.pages.at(-1)?.cookie).not.toBe(first.cookie);
  });

  test('are refused, not invented, for a damaged file and for a damaged cookie', async () => {
    const first = await read(openFolder(folder), null);
    await expect(read(openFolder(folder), `${first.cookie.slice(0, -3)}xyz`)).rejects.toMatchObject({
      failure: { targetCode: 'COOKIE_REFUSED' },
    });
    folder.write('id,name\nu1,Ann\nu2,"Bo');
    await expect(read(openFolder(folder), first.cookie)).rejects.toThrow(/line 3/);
    folder.remove();
    await expect(read(openFolder(folder), first.cookie)).rejects.toMatchObject({ failure: { code: 'UNREACHABLE' } });
  });
});
