// Names and places: rows keep their key wherever they go, and text in a name is never read as a pattern.
import assert from 'node:assert/strict';
import { afterAll, beforeEach, describe, test } from '@jest/globals';
import { callContext } from '@joinery/connector-kit';
import { bothSides, connect, type Connection, resultOf } from './connection.js';
import { type Domain, people, root, startDomain } from './domain.js';

const domain: Domain = await startDomain();
const ad: Connection = await connect(domain, { objectTypes: bothSides });

beforeEach(() => domain.empty());
afterAll(async () => {
  await ad.session.close();
  await domain.stop();
});

describe('a place', () => {
  test('is made, a user is made in it and moved out of it, keeping its key', async () => {
    const sales = `OU=Sales,${people}`;
    assert.equal(resultOf(await ad.apply('create', 'unit', sales, { set: { description: 'Sellers' } })), 'applied');
    await ad.apply('create', 'user', 'anna', { set: { place: sales } });
    const before = await ad.row('user', 'anna');
    assert.equal(before.attributes.place, sales);
    assert.equal(resultOf(await ad.apply('update', 'user', before.key, { set: { place: people } })), 'applied');
    const after = await ad.row('user', before.key);
    assert.deepEqual([after.key, after.attributes.distinguishedName], [before.key, `CN=anna,${people}`]);
    assert.equal(resultOf(await ad.apply('update', 'user', 'anna', { set: { place: people } })), 'alreadySo');
  });

  test('that is missing is named, and nothing is changed', async () => {
    const nowhere = `OU=Nowhere,${people}`;
    const made = await ad.apply('create', 'user', 'anna', { set: { place: nowhere } });
    assert.ok(made.kind === 'refused');
    assert.equal(made.failure.code, 'CONSTRAINT_VIOLATION');
    assert.ok(made.failure.message.includes(nowhere));
    await ad.apply('create', 'user', 'anna');
    const moved = await ad.apply('update', 'user', 'anna', { set: { place: nowhere, displayName: 'moved' } });
    assert.equal(resultOf(moved), 'CONSTRAINT_VIOLATION');
    assert.equal((await ad.row('user', 'anna')).attributes.displayName, null, 'nothing may be applied in part');
  });

  test('outside those of the settings is refused', async () => {
    await ad.apply('create', 'user', 'anna');
    assert.equal(resultOf(await ad.apply('update', 'user', 'anna', { set: { place: root } })), 'INVALID_VALUE');
    assert.equal(resultOf(await ad.apply('create', 'user', 'bert', { set: { place: root } })), 'INVALID_VALUE');
  });

  test('of units is changed by renaming and moving them, with what is in them', async () => {
    await ad.apply('create', 'unit', `OU=A,${people}`);
    await ad.apply('create', 'unit', `OU=B,${people}`);
    await ad.apply('create', 'user', 'anna', { set: { place: `OU=A,${people}` } });
    assert.equal(
      resultOf(
        await ad.apply('update', 'unit', `OU=A,${people}`, { set: { ou: 'A, renamed', place: `OU=B,${people}` } }),
      ),
      'applied',
    );
    assert.equal((await ad.row('user', 'anna')).attributes.place, `OU=A\\, renamed,OU=B,${people}`);
  });

  test('with rows in it is not deleted, unless the settings say so', async () => {
    await ad.apply('create', 'unit', `OU=A,${people}`);
    await ad.apply('create', 'user', 'anna', { set: { place: `OU=A,${people}` } });
    assert.equal(resultOf(await ad.apply('delete', 'unit', `OU=A,${people}`)), 'CONSTRAINT_VIOLATION');
    const bold = await connect(domain, { objectTypes: bothSides.map((type) => ({ ...type, deleteTree: true })) });
    assert.equal(resultOf(await bold.apply('delete', 'unit', `OU=A,${people}`)), 'FORBIDDEN');
    await bold.session.close();
  });

  test('of the settings that does not exist is named by a check', async () => {
    const wrong = await connect(domain, { objectTypes: [{ name: 'user', kind: 'user', places: [`OU=Gone,${root}`] }] });
    await assert.rejects(wrong.session.check(callContext(20_000)), /OU=Gone/);
    await wrong.session.close();
  });
});

describe('a name', () => {
  const names = [`O'Brien (the) boss`, '$1 {a} %_', '漢字 Ω 😀', '#1 & co', '(&(cn=x)'].map((name) =>
    name.replaceAll('=', '-'),
  );

  test('of any characters it may have makes, finds, changes and deletes its own row alone', async () => {
    await ad.apply('create', 'user', 'bystander');
    for (const name of names) assert.equal(resultOf(await ad.apply('create', 'user', name)), 'applied', name);
    for (const name of names) {
      assert.equal(resultOf(await ad.apply('update', 'user', name, { set: { info: name } })), 'applied', name);
      assert.equal((await ad.row('user', name)).attributes.info, name);
      assert.equal(resultOf(await ad.apply('delete', 'user', name)), 'applied', name);
    }
    const left = await domain.search(people, '(objectCategory=person)');
    assert.deepEqual(
      left.map(({ sAMAccountName }) => sAMAccountName),
      ['bystander'],
    );
  });

  test('that looks like a pattern or a query finds nothing', async () => {
    await ad.apply('create', 'user', 'anna');
    for (const name of [
      '*',
      'a*',
      '*)(objectClass=*',
      'anna ',
      ' anna',
      '\\2a',
      `CN=anna,${people}`,
      '<SID=S-1-5-18>',
    ]) {
      assert.equal(await ad.session.read('user', name, callContext(20_000)), null, name);
      assert.equal(resultOf(await ad.apply('delete', 'user', name)), 'alreadySo', name);
    }
    assert.ok((await domain.account('anna', ['1.1'])) !== null);
  });

  test('with characters no account name may have is refused in a sentence that lists them', async () => {
    const outcome = await ad.apply('create', 'user', 'a*b');
    assert.ok(outcome.kind === 'refused');
    assert.equal(outcome.failure.code, 'INVALID_VALUE');
    assert.match(outcome.failure.message, /sAMAccountName cannot hold/);
  });

  test('in the tree that another object has is refused before anything is changed', async () => {
    await ad.apply('create', 'user', 'anna');
    await ad.apply('create', 'user', 'bert');
    const outcome = await ad.apply('update', 'user', 'bert', { set: { cn: 'anna', displayName: 'x' } });
    assert.equal(resultOf(outcome), 'ALREADY_EXISTS');
    assert.equal((await ad.row('user', 'bert')).attributes.displayName, null);
  });
});
