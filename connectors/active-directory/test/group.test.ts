// Groups of a real domain: memberships from both sides, groups in groups, and more members than fit into one answer.
import assert from 'node:assert/strict';
import { afterAll, beforeEach, describe, test } from '@jest/globals';
import { callContext } from '@joinery/connector-kit';
import { extendedNames, openLdapPool, present, withLdapClient } from '@joinery/ldap-client';
import { namesOf } from '../src/row.js';
import { adSettings } from '../src/settings.js';
import { settingsOf } from './conformance-target.js';
import { bothSides, connect, type Connection, resultOf } from './connection.js';
import { type Domain, groups, people, startDomain } from './domain.js';

const domain: Domain = await startDomain();
const ad: Connection = await connect(domain, { objectTypes: bothSides });

beforeEach(() => domain.empty());
afterAll(async () => {
  await ad.session.close();
  await domain.stop();
});

const keyOf = async (objectType: string, name: string): Promise<string> => (await ad.row(objectType, name)).key;
const groupDn = (name: string): string => `CN=${name},${groups}`;

async function make(objectType: string, ...names: readonly string[]): Promise<void> {
  for (const name of names) assert.equal(resultOf(await ad.apply('create', objectType, name)), 'applied', name);
}

/** Account names of who is in the group, also through other groups: asked of the directory itself. */
async function everybodyIn(group: string): Promise<readonly string[]> {
  const found = await domain.search(people, `(memberOf:1.2.840.113556.1.4.1941:=${groupDn(group)})`);
  return found.map(({ sAMAccountName }) => String(sAMAccountName)).sort();
}

describe('a membership', () => {
  test('added on the user is seen on the group, and removed on the group is seen on the user', async () => {
    await make('user', 'anna');
    await make('group', 'staff', 'sales');
    const add = { groups: ['staff', await keyOf('group', 'sales')] };
    assert.equal(resultOf(await ad.apply('update', 'user', 'anna', { add })), 'applied');
    assert.equal(resultOf(await ad.apply('update', 'user', 'anna', { add })), 'alreadySo');
    assert.deepEqual((await ad.row('group', 'staff')).links.members, [await keyOf('user', 'anna')]);
    assert.equal(resultOf(await ad.apply('update', 'group', 'staff', { remove: { members: ['anna'] } })), 'applied');
    assert.deepEqual((await ad.row('user', 'anna')).links.groups, [await keyOf('group', 'sales')]);
    assert.equal(
      resultOf(await ad.apply('update', 'user', 'anna', { remove: { groups: ['staff', 'sales'] } })),
      'applied',
    );
    assert.deepEqual((await ad.row('user', 'anna')).links.groups, []);
  });

  test('comes with a new user, and a creation that was cut after the account is finished by the next', async () => {
    await make('group', 'staff', 'sales');
    const parts = { set: { displayName: 'Anna' }, add: { groups: ['staff', 'sales'] } };
    assert.equal(resultOf(await ad.apply('create', 'user', 'anna', parts)), 'applied');
    assert.equal((await ad.row('user', 'anna')).links.groups?.length, 2);
    await domain.changeMembers('delete', groupDn('sales'), [`CN=anna,${people}`]);
    assert.equal(resultOf(await ad.apply('create', 'user', 'anna', parts)), 'applied');
    assert.equal((await ad.row('user', 'anna')).links.groups?.length, 2);
    assert.equal(resultOf(await ad.apply('create', 'user', 'anna', parts)), 'alreadySo');
  });

  test('of a user in a group that does not exist keeps the account from being made', async () => {
    const outcome = await ad.apply('create', 'user', 'anna', { add: { groups: ['no-such-group'] } });
    assert.equal(resultOf(outcome), 'CONSTRAINT_VIOLATION');
    assert.equal(await domain.account('anna', ['1.1']), null);
  });

  test('of groups in groups is a link of its own, and makes members of members', async () => {
    await make('user', 'anna');
    await make('group', 'all', 'staff');
    await ad.apply('update', 'group', 'all', { add: { subgroups: ['staff'] } });
    await ad.apply('update', 'group', 'staff', { add: { members: ['anna'] } });
    const { links } = await ad.row('group', 'all');
    assert.deepEqual([links.members, links.subgroups], [[], [await keyOf('group', 'staff')]]);
    assert.deepEqual(await everybodyIn('all'), ['anna']);
    for await (const { objects } of ad.session.list('group', callContext(30_000)))
      assert.deepEqual(objects.find(({ key }) => key === links.subgroups?.[0])?.links.members, [
        await keyOf('user', 'anna'),
      ]);
    assert.equal(resultOf(await ad.apply('update', 'group', 'all', { remove: { subgroups: ['staff'] } })), 'applied');
    assert.deepEqual(await everybodyIn('all'), []);
  });

  test('with one value only gives way to another in one request', async () => {
    await make('user', 'anna', 'boss', 'chief');
    assert.equal(resultOf(await ad.apply('update', 'user', 'anna', { add: { manager: ['boss'] } })), 'applied');
    const change = { add: { manager: ['chief'] }, remove: { manager: ['boss'] } };
    assert.equal(resultOf(await ad.apply('update', 'user', 'anna', change)), 'applied');
    assert.deepEqual((await ad.row('user', 'anna')).links.manager, [await keyOf('user', 'chief')]);
  });
});

describe('a group', () => {
  test('has a scope and a kind, which can be given and changed', async () => {
    await ad.apply('create', 'group', 'list', { set: { scope: 'universal', security: false } });
    assert.equal((await domain.account('list', ['groupType']))?.groupType, '8');
    await ad.apply('update', 'group', 'list', { set: { security: true } });
    const { attributes } = await ad.row('group', 'list');
    assert.deepEqual([attributes.scope, attributes.security], ['universal', true]);
    assert.equal((await domain.account('list', ['groupType']))?.groupType, '-2147483640');
    assert.equal(resultOf(await ad.apply('update', 'group', 'list', { set: { scope: 'planetary' } })), 'INVALID_VALUE');
  });

  test('is read whole when the directory tells its members in ranges', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    await make('user', ...names);
    await ad.apply('create', 'group', 'staff', { add: { members: names } });
    const pool = openLdapPool(adSettings(settingsOf(domain)).address);
    try {
      const told = await withLdapClient(pool, new AbortController().signal, async (client) => {
        // A first range of three, as a directory with a small limit gives it; groups of 5,000 are in the conformance suite.
        const search = { base: groupDn('staff'), scope: 'base', filter: present('objectClass') } as const;
        const controls = [extendedNames()];
        const { entries } = await client.search({ ...search, attributes: ['member;range=0-2'], controls });
        const [first] = entries;
        assert.ok(first !== undefined);
        assert.ok(first.attributes.has('member;range=0-2'), 'the directory must have answered in ranges');
        return namesOf(client, 'member', first);
      });
      assert.deepEqual(told.map(({ guid }) => String(guid)).sort(), (await ad.row('group', 'staff')).links.members);
      assert.equal(told.length, names.length);
    } finally {
      pool.close();
    }
  });
});
