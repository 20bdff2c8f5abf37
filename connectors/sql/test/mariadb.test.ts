// What only a real MariaDB can show: types, collations, strictness, TLS, and its numbers for errors.
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ConnectorSettings } from '@joinery/connector-kit';
import { prepareMariaDbGround } from './mariadb-target.js';
import { change, keysOf, patience, using, write } from './session.js';

const ground = await prepareMariaDbGround();
const { admin, target, server } = ground;
// Not by `server.run`: it would stop our own process while a connection it waits for is being closed.
const run = (statements: string) => admin.query(statements);
afterAll(() => ground.close());
beforeEach(() => target.reset());

const account = (settings: ConnectorSettings = {}): ConnectorSettings => ({
  ...target.settings,
  objectTypes: [{ name: 'account', table: 'account', key: 'id', ...settings }],
});

test('values go in and out as the contract says, and the same value is alreadySo', async () => {
  const set = {
    hired: '2024-02-29',
    seen: '2024-02-29T23:30:00.500+02:00',
    local: '2024-02-29T23:30:00',
    quota: 12.5,
    active: false,
  };
  const attributes = ['id', 'hired', 'seen', 'local', 'quota', 'active'].map((name) => ({ name }));
  await using(account({ attributes }), async (session) => {
    expect(await write(session, change('create', 'a', set))).toMatchObject({ kind: 'applied' });
    expect((await session.read('account', 'a', patience()))?.attributes).toEqual({
      id: 'a',
      ...set,
      seen: '2024-02-29T21:30:00.500Z',
      local: '2024-02-29T23:30:00.000',
    });
    expect(await write(session, change('update', 'a', set))).toMatchObject({ kind: 'alreadySo' });
    expect(await write(session, change('update', 'a', { quota: 13 }))).toMatchObject({ kind: 'applied' });
  });
});

test('texts compare exactly where the collation does not, keys too', async () => {
  await run('create table app.soft (id varchar(50) primary key, name varchar(50)) collate utf8mb4_general_ci');
  await using(account({ table: 'soft' }), async (session) => {
    expect(await write(session, change('create', 'Anna', { name: 'x' }))).toMatchObject({ kind: 'applied' });
    expect(await session.read('account', 'anna', patience())).toBeNull();
    expect(await session.read('account', 'Anna ', patience())).toBeNull();
    expect(await write(session, change('delete', 'ANNA'))).toMatchObject({ kind: 'alreadySo' });
    expect(await write(session, change('update', 'Anna', { name: 'X' }))).toMatchObject({ kind: 'applied' });
    expect(await write(session, change('create', 'ANNA'))).toMatchObject({ failure: { code: 'ALREADY_EXISTS' } });
    expect(await keysOf(session, 'account')).toEqual(['Anna']);
  });
});

test('keys that are numbers: a key the column cannot hold belongs to no row', async () => {
  await run('create table app.numbered (id bigint primary key, name varchar(9))');
  await using(account({ table: 'numbered' }), async (session) => {
    expect(await write(session, change('create', '9007199254740993', { name: 'big' }))).toMatchObject({
      kind: 'applied',
    });
    expect((await session.read('account', '9007199254740993', patience()))?.key).toBe('9007199254740993');
    expect(await session.read('account', '9007199254740992', patience())).toBeNull();
    expect(await session.read('account', 'seven', patience())).toBeNull();
    expect(await write(session, change('delete', 'seven'))).toMatchObject({ kind: 'alreadySo' });
  });
});

test('a view is read, page by page', async () => {
  await run("create view app.seen as select id, name from app.account where name = 'y'");
  await admin.query("insert into account (id, name) select concat('a', seq), 'y' from seq_1_to_1200");
  await using(account({ table: 'seen' }), async (session) => {
    expect(new Set(await keysOf(session, 'account')).size).toBe(1_200);
  });
});

describe('what MariaDB refuses', () => {
  const cases: readonly (readonly [string, string, ReturnType<typeof change>, string, string])[] = [
    [
      'a rule of a check',
      "alter table app.account add constraint no_x check (name is null or name <> 'x')",
      change('create', 'a', { name: 'x' }),
      'CONSTRAINT_VIOLATION',
      '4025',
    ],
    ['a value too long', 'select 1', change('create', 'a', { name: 'x'.repeat(501) }), 'INVALID_VALUE', '1406'],
    ['a number too big', 'select 1', change('create', 'a', { quota: 1e12 }), 'INVALID_VALUE', '1264'],
    [
      'a trigger of the application',
      "create trigger app.stop before delete on app.account for each row signal sqlstate '45000' set message_text = 'not on Sundays'",
      change('delete', 'z'),
      'CONSTRAINT_VIOLATION',
      '1644',
    ],
    ['a missing right', "revoke insert on app.* from app@'127.0.0.1'", change('create', 'a'), 'FORBIDDEN', '1142'],
  ];
  test.each(cases)(
    '%s: refused with its own number, nothing written',
    async (_name, setUp, delta, code, targetCode) => {
      await run(setUp);
      await admin.query("insert into account (id) values ('z')");
      const outcome = await using(account(), (session) => write(session, delta));
      await run("drop trigger if exists app.stop; grant insert on app.* to app@'127.0.0.1'");
      expect(outcome).toMatchObject({ kind: 'refused', failure: { code, targetCode } });
      expect(await target.outside.keys()).toEqual(['z']);
    },
  );

  test('a statement behind another one: only one is carried out at a time', async () => {
    await using(account(), async (session) => {
      const key = "a'; drop table account; -- ";
      expect(await write(session, change('create', key))).toMatchObject({ kind: 'applied' });
      expect(await keysOf(session, 'account')).toEqual([key]);
    });
  });
});

describe('TLS', () => {
  test('with the authority of the settings is used', async () => {
    const settings = { ...account(), host: 'localhost', ssl: 'verify', caCertificate: server.authority };
    await run("alter user app@'127.0.0.1' require ssl");
    await using(settings, (session) => session.check(patience()));
    await run("alter user app@'127.0.0.1' require none");
  });

  test('with another authority is refused as unreachable', async () => {
    const settings = { ...account(), ssl: 'verify' };
    await using(settings, async (session) => {
      expect(await write(session, change('create', 'a'))).toMatchObject({
        kind: 'unreachable',
        failure: { code: 'UNREACHABLE' },
      });
    });
  });
});
