// PostgreSQL's own roles: who is never touched, names of any characters, privileges, and passwords that stay with us.
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startFaultProxy } from '@joinery/connector-kit';
import fc from 'fast-check';
import { prepareAccountGround } from './postgresql-account-target.js';
import { change, keysOf, patience, using, write } from './session.js';

const ground = await prepareAccountGround();
const { admin, target } = ground;
const app = String(target.settings.user);
afterAll(() => ground.close());
beforeEach(() => target.reset());

const login = { objectType: 'login' } as const;
const everything = {
  ...target.settings,
  objectTypes: [
    { name: 'login', kind: 'databaseAccounts' },
    { name: 'group', kind: 'databaseRoles', names: '^r_' },
    { name: 'privilege', kind: 'databasePrivileges' },
  ],
};

describe('never touched', () => {
  const cases = async () => {
    const { rows } = await admin.query<{ name: string }>('select current_user as name');
    return [
      [rows[0]?.name ?? '', 'superuser'],
      [app, 'signs in'],
    ] as const;
  };
  test('are superusers and the account of the connection: refused with the reason', async () => {
    for (const [name, reason] of await cases())
      for (const delta of [change('update', name, { enabled: false }, login), change('delete', name, {}, login)])
        expect(await using(everything, (session) => write(session, delta))).toMatchObject({
          kind: 'refused',
          failure: { code: 'FORBIDDEN', message: expect.stringContaining(reason) },
        });
  });

  test('are names the settings leave to others: none of them is made', async () => {
    const outcome = await using(target.settings, (session) => write(session, change('create', 'app_x', {}, login)));
    expect(outcome).toMatchObject({ kind: 'refused', failure: { code: 'FORBIDDEN' } });
    expect((await admin.query("select from pg_roles where rolname = 'app_x'")).rowCount).toBe(0);
  });
});

test('names too long are refused, because PostgreSQL would cut them', async () => {
  await using(target.settings, async (session) => {
    const delta = change('create', 'ä'.repeat(32), {}, login);
    expect(await write(session, delta)).toMatchObject({ kind: 'refused', failure: { code: 'INVALID_VALUE' } });
    expect(await write(session, change('create', 'ä'.repeat(31), {}, login))).toMatchObject({ kind: 'applied' });
  });
});

test('names, comments and passwords of any characters are data', async () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .map((some) => `u${some}'"%I;\\`)
    .filter((some) => Buffer.byteLength(some) <= 63 && !/[\0\r\n\p{Cc}\p{Cs}]/u.test(some));
  await using(target.settings, (session) =>
    fc.assert(
      fc.asyncProperty(text, text, async (name, comment) => {
        const created = change('create', name, { comment, label: comment, password: comment }, login);
        expect(await write(session, created)).toMatchObject({ kind: 'applied' });
        expect((await session.read('login', name, patience()))?.attributes).toMatchObject({ comment, label: comment });
        expect(await target.outside.keys()).toEqual([name]);
        expect(await write(session, change('delete', name, {}, login))).toMatchObject({ kind: 'applied' });
      }),
      { numRuns: 40 },
    ),
  );
});

test('a password never leaves the process in clear: what is sent is what the server keeps', async () => {
  const password = 'Clear/word-7';
  const url = new URL(String(admin.options.connectionString));
  const proxy = await startFaultProxy({ host: url.hostname, port: Number(url.port) });
  const through = { ...target.settings, port: proxy.port };
  // A message that held this text would be cut: the control is the text that surely is sent.
  proxy.set({ cutAnswerTo: password });
  const outcome = await using(through, (session) => write(session, change('create', 'u1', { password }, login)));
  proxy.set({ cutAnswerTo: 'SCRAM-SHA-256$' });
  const cut = await using(through, (session) => write(session, change('update', 'u1', { password }, login)));
  await proxy.close();
  expect(outcome).toMatchObject({ kind: 'applied' });
  expect(cut.kind).toBe('unreachable');
  const { rows } = await admin.query<{ kept: string }>(
    "select rolpassword as kept from pg_authid where rolname = 'u1'",
  );
  expect(rows[0]?.kept).toMatch(/^SCRAM-SHA-256\$4096:/);
});

describe('privileges', () => {
  test('are those on the tables and schemas of the database, and cannot be made', async () => {
    await using(target.settings, async (session) => {
      const keys = await keysOf(session, 'privilege');
      expect(keys).toEqual(expect.arrayContaining(['SELECT ON public.ledger', 'USAGE ON SCHEMA public']));
      const outcome = await write(session, change('create', 'DROP ON x', {}, { objectType: 'privilege' }));
      expect(outcome).toMatchObject({ kind: 'refused', failure: { code: 'CAPABILITY_MISSING' } });
    });
  });

  test('are granted, read and revoked by delta, to accounts and to roles', async () => {
    const key = 'SELECT ON public.ledger';
    await using(target.settings, async (session) => {
      for (const [objectType, name] of [
        ['login', 'u1'],
        ['group', 'r_1'],
      ] as const) {
        await write(session, change('create', name, {}, { objectType, add: { privileges: [key] } }));
        expect((await session.read(objectType, name, patience()))?.links.privileges).toEqual([key]);
        const { rows } = await admin.query<{ has: boolean }>('select has_table_privilege($1, $2, $3) as has', [
          name,
          'ledger',
          'select',
        ]);
        expect(rows[0]?.has).toBe(true);
        const removal = change('update', name, {}, { objectType, remove: { privileges: [key] } });
        expect(await write(session, removal)).toMatchObject({ kind: 'applied' });
        expect(await write(session, removal)).toMatchObject({ kind: 'alreadySo' });
        await write(session, change('delete', name, {}, { objectType }));
      }
    });
  });

  test('that somebody else granted stay, and that is said', async () => {
    await using(target.settings, async (session) => {
      await write(session, change('create', 'u1', {}, login));
      await admin.query('grant update on ledger to u1');
      const removal = change(
        'update',
        'u1',
        { comment: 'x' },
        { ...login, remove: { privileges: ['UPDATE ON public.ledger'] } },
      );
      expect(await write(session, removal)).toMatchObject({ kind: 'refused', failure: { code: 'FORBIDDEN' } });
      expect((await session.read('login', 'u1', patience()))?.attributes.comment).toBeNull();
    });
  });
});

test('a disabled account is thrown out, where the rights allow it', async () => {
  await using(target.settings, async (session) => {
    await write(session, change('create', 'u1', { password: 'Right/word-1' }, login));
    const { connectionString } = admin.options;
    const url = new URL(String(connectionString));
    url.username = 'u1';
    url.password = encodeURIComponent('Right/word-1');
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: url.href });
    const ended = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    expect(await write(session, change('update', 'u1', { enabled: false }, login))).toMatchObject({ kind: 'applied' });
    await ended;
  });
});

test('roles without a pattern of names are refused, because a disabled account would look like one', async () => {
  const objectTypes = [
    { name: 'login', kind: 'databaseAccounts' },
    { name: 'group', kind: 'databaseRoles' },
  ];
  await expect(using({ ...target.settings, objectTypes }, (session) => session.check(patience()))).rejects.toThrow(
    /setting "names" of the object type "group"/,
  );
});
