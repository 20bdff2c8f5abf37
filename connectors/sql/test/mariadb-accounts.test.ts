// MariaDB's own accounts: who is never touched, names of any characters, privileges, and nothing half done.
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { prepareMariaDbAccountGround } from './mariadb-account-target.js';
import { change, keysOf, patience, using, write } from './session.js';

const ground = await prepareMariaDbAccountGround();
const { admin, target } = ground;
afterAll(() => ground.close());
beforeEach(() => target.reset());

const login = { objectType: 'login' } as const;
const everything = { ...target.settings, objectTypes: [{ name: 'login', kind: 'databaseAccounts' }] };

test('accounts with SUPER and the account of the connection are never touched', async () => {
  for (const [name, reason] of [
    ['admin@127.0.0.1', 'SUPER'],
    ['app@127.0.0.1', 'signs in'],
  ] as const)
    for (const delta of [change('update', name, { enabled: false }, login), change('delete', name, {}, login)])
      expect(await using(everything, (session) => write(session, delta))).toMatchObject({
        kind: 'refused',
        failure: { code: 'FORBIDDEN', message: expect.stringContaining(reason) },
      });
});

test('names and passwords of any characters are data', async () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .map((some) => `u${some}'"\`;\\1aA-`)
    .filter((some) => !/[\0\p{Cc}\p{Cs}]|[\u{10000}-\u{10ffff}]/u.test(some));
  await using(target.settings, (session) =>
    fc.assert(
      fc.asyncProperty(text, text, async (user, word) => {
        // The server refuses a password that is the name.
        fc.pre(user !== word);
        const key = `${user}@%`;
        const set = { password: word, certificateSubject: word };
        expect(await write(session, change('create', key, set, login))).toMatchObject({ kind: 'applied' });
        expect((await session.read('login', key, patience()))?.attributes.certificateSubject).toBe(word);
        expect(await target.outside.keys()).toEqual([key]);
        expect(await write(session, change('update', key, { password: word }, login))).toMatchObject({
          kind: 'alreadySo',
        });
        expect(await write(session, change('delete', key, {}, login))).toMatchObject({ kind: 'applied' });
      }),
      { numRuns: 40 },
    ),
  );
});

test('keys that are no user@host are refused by name', async () => {
  await using(target.settings, async (session) => {
    for (const key of ['anna', '@%', 'anna@', "anna@%' or '1'='1", 'anna@HOST'])
      expect(await write(session, change('create', key, {}, login))).toMatchObject({
        failure: { code: 'INVALID_VALUE' },
      });
  });
});

test('an account without a password lets nobody in', async () => {
  await using(target.settings, async (session) => {
    expect(await write(session, change('create', 'u1@%', {}, login))).toMatchObject({ kind: 'applied' });
    expect(await target.password?.accepts('u1@%', '')).toBe(false);
  });
});

test('a creation that fails half-way is taken back', async () => {
  await target.link?.prepare(1);
  // The connection's account may not grant this role.
  await admin.query("create role tForeign with admin admin@'127.0.0.1'");
  const delta = change('create', 'u1@%', {}, { ...login, add: { roles: ['t0', 'tForeign'] } });
  const outcome = await using(target.settings, (session) => write(session, delta));
  expect(outcome.kind).toBe('refused');
  expect(await target.outside.keys()).toEqual([]);
});

test('a change that fails half-way is unknown, so that it is read back', async () => {
  await target.link?.prepare(1);
  await admin.query("create role tForeign with admin admin@'127.0.0.1'");
  await using(target.settings, async (session) => {
    await write(session, change('create', 'u1@%', {}, login));
    const delta = change('update', 'u1@%', {}, { ...login, add: { roles: ['t0', 'tForeign'] } });
    expect(await write(session, delta)).toMatchObject({ kind: 'unknown', failure: { code: 'OUTCOME_UNKNOWN' } });
    expect((await session.read('login', 'u1@%', patience()))?.links.roles).toEqual(['t0']);
  });
});

test('privileges on tables are granted, read and revoked by delta', async () => {
  const key = 'SELECT ON app.ledger';
  await using(target.settings, async (session) => {
    expect(await keysOf(session, 'privilege')).toContain(key);
    await write(session, change('create', 'u1@%', {}, { ...login, add: { privileges: [key] } }));
    expect((await session.read('login', 'u1@%', patience()))?.links.privileges).toEqual([key]);
    const removal = change('update', 'u1@%', {}, { ...login, remove: { privileges: [key] } });
    expect(await write(session, removal)).toMatchObject({ kind: 'applied' });
    expect(await write(session, removal)).toMatchObject({ kind: 'alreadySo' });
  });
});
