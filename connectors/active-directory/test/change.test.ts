// Incremental reading of a real domain: what others did since, whichever way it is found.
import assert from 'node:assert/strict';
import { afterAll, beforeEach, describe, test } from '@jest/globals';
import { type Change, ConnectorError, isCookieRefused } from '@joinery/connector-kit';
import { bothSides, connect, type Connection } from './connection.js';
import { type Domain, groups, people, root, startDomain } from './domain.js';

const domain: Domain = await startDomain();
const byDirSync: Connection = await connect(domain, { objectTypes: bothSides });
const groupsOnly = bothSides.map((type) => (type.name === 'user' ? { ...type, links: [] } : type));
const byNumber: Connection = await connect(domain, { objectTypes: groupsOnly, changes: 'usnChanged' });
const byComparison: Connection = await connect(domain, { objectTypes: bothSides, changes: 'comparison' });

beforeEach(() => domain.empty());
afterAll(async () => {
  for (const { session } of [byDirSync, byNumber, byComparison]) await session.close();
  await domain.stop();
});

const told = (changes: readonly Change[], names: ReadonlyMap<string, string>): readonly string[] =>
  changes.map(({ kind, key }) => `${kind} ${names.get(key) ?? key}`).sort();

async function keysOf(
  ad: Connection,
  objectType: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const keys = new Map<string, string>();
  for (const name of names) keys.set((await ad.row(objectType, name)).key, name);
  return keys;
}

for (const [way, ad] of [
  ['DirSync', byDirSync],
  ['numbers of changes', byNumber],
  ['comparison', byComparison],
] as const) {
  describe(`by ${way}`, () => {
    test('tells who was changed, deleted, moved away and moved here, and nobody else', async () => {
      const names = ['stays', 'changes', 'goes', 'leaves'];
      for (const name of names) await ad.apply('create', 'user', name);
      await domain.load(`dn: CN=comes,${root}\nobjectClass: user\nsAMAccountName: comes\n`);
      const keys = new Map(await keysOf(ad, 'user', names));
      const { cookie } = await ad.changes('user', null);
      await domain.replace(`CN=changes,${people}`, { title: 'Head' });
      await domain.admin.del(`CN=goes,${people}`);
      await domain.admin.modifyDN(`CN=leaves,${people}`, `CN=leaves,${root}`);
      await domain.admin.modifyDN(`CN=comes,${root}`, `CN=comes,${people}`);
      const { changes, cookie: next } = await ad.changes('user', cookie);
      for (const [key, name] of await keysOf(ad, 'user', ['comes'])) keys.set(key, name);
      assert.deepEqual(told(changes, keys), ['delete goes', 'delete leaves', 'upsert changes', 'upsert comes']);
      assert.deepEqual((await ad.changes('user', next)).changes, []);
      await domain.admin.del(`CN=leaves,${root}`);
    });

    test('tells the group whose members somebody changed, with those it has now', async () => {
      await ad.apply('create', 'user', 'anna');
      for (const name of ['staff', 'sales']) await ad.apply('create', 'group', name);
      const keys = await keysOf(ad, 'group', ['staff', 'sales']);
      const { cookie } = await ad.changes('group', null);
      await domain.changeMembers('add', `CN=sales,${groups}`, [`CN=anna,${people}`]);
      const { changes, cookie: next } = await ad.changes('group', cookie);
      assert.deepEqual(told(changes, keys), ['upsert sales']);
      assert.deepEqual(changes[0]?.object?.links.members, [(await ad.row('user', 'anna')).key]);
      await domain.changeMembers('delete', `CN=sales,${groups}`, [`CN=anna,${people}`]);
      assert.deepEqual((await ad.changes('group', next)).changes[0]?.object?.links.members, []);
    });

    test('tells a unit that was renamed, and those in it whose place that changed', async () => {
      await ad.apply('create', 'unit', `OU=A,${people}`);
      await ad.apply('create', 'user', 'anna', { set: { place: `OU=A,${people}` } });
      const { key } = await ad.row('user', 'anna');
      const { cookie } = await ad.changes('unit', null);
      const { cookie: ofUsers } = await ad.changes('user', null);
      await domain.admin.modifyDN(`OU=A,${people}`, `OU=B,${people}`);
      const { changes } = await ad.changes('unit', cookie);
      assert.deepEqual(
        changes.map(({ object }) => object?.attributes.ou),
        ['B'],
      );
      const moved = await ad.changes('user', ofUsers);
      assert.deepEqual(
        moved.changes.map(({ object }) => [object?.key, object?.attributes.place]),
        [[key, `OU=B,${people}`]],
      );
    });

    test('refuses the cookie of another way', async () => {
      const other = ad === byComparison ? byDirSync : byComparison;
      const { cookie } = await other.changes('user', null);
      await assert.rejects(
        ad.changes('user', cookie),
        (error: unknown) => error instanceof ConnectorError && isCookieRefused(error.failure),
      );
    });
  });
}

test('DirSync tells the users who joined and left a group, though only the group was written', async () => {
  for (const name of ['anna', 'bert', 'carl']) await byDirSync.apply('create', 'user', name);
  await byDirSync.apply('create', 'group', 'staff', { add: { members: ['anna', 'carl'] } });
  const keys = await keysOf(byDirSync, 'user', ['anna', 'bert', 'carl']);
  const { cookie } = await byDirSync.changes('user', null);
  await domain.changeMembers('delete', `CN=staff,${groups}`, [`CN=anna,${people}`]);
  await domain.changeMembers('add', `CN=staff,${groups}`, [`CN=bert,${people}`]);
  const { changes } = await byDirSync.changes('user', cookie);
  assert.deepEqual(told(changes, keys), ['upsert anna', 'upsert bert']);
});

test('DirSync wants everything read when a group of its places was deleted: the domain does not tell who was in it', async () => {
  await byDirSync.apply('create', 'user', 'anna');
  await byDirSync.apply('create', 'group', 'staff', { add: { members: ['anna'] } });
  const { cookie } = await byDirSync.changes('user', null);
  await domain.admin.del(`CN=staff,${groups}`);
  await assert.rejects(
    byDirSync.changes('user', cookie),
    (error: unknown) => error instanceof ConnectorError && isCookieRefused(error.failure),
  );
  const { cookie: next } = await byDirSync.changes('user', null);
  assert.deepEqual((await byDirSync.changes('user', next)).changes, []);
});
