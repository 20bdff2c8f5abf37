// What only a real PostgreSQL can show: schema errors, types, SQLSTATEs, lost connections, hostile names.
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  callContext,
  type ConnectorError,
  type ConnectorSession,
  type ConnectorSettings,
  type Delta,
} from '@joinery/connector-kit';
import sql from '@joinery/connector-sql';
import { waitFor } from '../../../test/support/wait-for.js';
import { prepareSqlGround } from './conformance-target.js';

const ground = await prepareSqlGround();
const { admin, target } = ground;
afterAll(() => ground.close());
beforeEach(() => target.reset());

const account = (settings: ConnectorSettings): ConnectorSettings => ({
  ...target.settings,
  objectTypes: [{ name: 'account', table: 'account', key: 'id', ...settings }],
});

async function using<T>(settings: ConnectorSettings, use: (session: ConnectorSession) => Promise<T>): Promise<T> {
  const session = await sql.open(settings);
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

const change = (kind: Delta['kind'], key: string, set: Delta['set'] = {}, more: Partial<Delta> = {}): Delta => ({
  kind,
  objectType: 'account',
  key,
  set,
  add: {},
  remove: {},
  ...more,
});
const write = (session: ConnectorSession, delta: Delta) =>
  session.apply(delta, { ...callContext(20_000), idempotencyKey: 'k' });

async function checkError(settings: ConnectorSettings): Promise<ConnectorError> {
  return using(settings, (session) =>
    session.check(callContext(10_000)).then(
      () => Promise.reject(new Error('the check passed')),
      (error: ConnectorError) => error,
    ),
  );
}

describe('settings that the schema contradicts', () => {
  const wrong: readonly (readonly [string, ConnectorSettings, RegExp])[] = [
    ['a table that is not there', account({ table: 'acount' }), /no table "acount" in the schema "public"/],
    [
      'a key column that is not there',
      account({ key: 'ident' }),
      /table "account" has no column "ident"; it has: id, name, mail/,
    ],
    ['a column that is not there', account({ attributes: [{ name: 'email' }] }), /no column "email"/],
    ['a key that is not unique', account({ key: 'name' }), /"name" of the table "account" is not unique/],
    ['another type', account({ attributes: [{ name: 'name', type: 'number' }] }), /character|text/],
    [
      'a join table that is not there',
      account({
        links: [{ name: 'l', joinTable: 'gone', ownColumn: 'a', otherColumn: 'b', targetObjectType: 'account' }],
      }),
      /no table "gone"/,
    ],
  ];
  test.each(wrong)('%s: the check says so by name', async (_name, settings, message) => {
    const error = await checkError(settings);
    expect(error.failure.code).toBe('INVALID_VALUE');
    expect(error.message).toMatch(message);
  });

  test('a table the account may not read: FORBIDDEN', async () => {
    await admin.query('create table hidden (id text primary key)');
    expect((await checkError(account({ table: 'hidden' }))).failure).toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('hidden'),
    });
    await admin.query('drop table hidden');
  });

  test('a database that is not there: UNREACHABLE', async () => {
    expect((await checkError({ ...target.settings, database: 'no_such_database' })).failure).toMatchObject({
      code: 'UNREACHABLE',
      targetCode: '3D000',
    });
  });
});

describe('types', () => {
  test('are described as the columns are', async () => {
    const [type] = await using(account({}), (session) => session.describe(callContext(10_000)));
    expect(type?.attributes.map(({ name, type: kind, isRequired }) => [name, kind, isRequired])).toEqual([
      ['id', 'string', true],
      ['name', 'string', false],
      ['mail', 'string', false],
      ['hired', 'date', false],
      ['seen', 'date', false],
      ['quota', 'number', false],
      ['active', 'boolean', false],
    ]);
  });

  test('go in and out as the contract says, and the same value is alreadySo', async () => {
    const set = { hired: '2024-02-29', seen: '2024-02-29T23:30:00.500+02:00', quota: 12.5, active: false };
    await using(account({}), async (session) => {
      expect(await write(session, change('create', 'a', set))).toMatchObject({ kind: 'applied' });
      expect((await session.read('account', 'a', callContext(10_000)))?.attributes).toEqual({
        id: 'a',
        name: null,
        mail: null,
        hired: '2024-02-29',
        seen: '2024-02-29T21:30:00.500Z',
        quota: 12.5,
        active: false,
      });
      expect(await write(session, change('update', 'a', set))).toMatchObject({ kind: 'alreadySo' });
      expect(await write(session, change('update', 'a', { quota: 13 }))).toMatchObject({ kind: 'applied' });
    });
  });

  test('of keys other than text: a key the column cannot hold belongs to no row', async () => {
    await admin.query('create table numbered (id integer primary key, name text)');
    await admin.query(`grant all on numbered to "${String(target.settings.user)}"`);
    await using(account({ table: 'numbered' }), async (session) => {
      expect(await write(session, change('create', '7', { name: 'seven' }))).toMatchObject({ kind: 'applied' });
      expect((await session.read('account', '7', callContext(10_000)))?.key).toBe('7');
      expect(await session.read('account', 'seven', callContext(10_000))).toBeNull();
      expect(await write(session, change('delete', 'seven'))).toMatchObject({ kind: 'alreadySo' });
      expect(await write(session, change('update', 'seven', { name: 'x' }))).toMatchObject({
        kind: 'refused',
        failure: { code: 'NOT_FOUND' },
      });
      expect(await write(session, change('create', 'seven'))).toMatchObject({
        kind: 'refused',
        failure: { code: 'INVALID_VALUE' },
      });
    });
    await admin.query('drop table numbered');
  });
});

describe('what the database refuses', () => {
  const role = String(target.settings.user);
  const cases: readonly (readonly [string, string, Delta, string, string])[] = [
    [
      'a rule of a check',
      "alter table account add constraint no_x check (name <> 'x')",
      change('create', 'a', { name: 'x' }),
      'CONSTRAINT_VIOLATION',
      '23514',
    ],
    [
      'another row with the same value',
      'create unique index on account (mail); insert into account (id, mail) values ($$z$$, $$a@x$$)',
      change('create', 'a', { mail: 'a@x' }),
      'ALREADY_EXISTS',
      '23505',
    ],
    [
      'a value too long',
      'alter table account alter column name type varchar(3)',
      change('create', 'a', { name: 'long name' }),
      'INVALID_VALUE',
      '22001',
    ],
    ['a NUL character', 'select 1', change('create', 'a', { name: 'a\0b' }), 'INVALID_VALUE', '22021'],
    ['a number too big', 'select 1', change('create', 'a', { quota: 1e12 }), 'INVALID_VALUE', '22003'],
    ['a missing right', `revoke insert on account from ${role}`, change('create', 'a'), 'FORBIDDEN', '42501'],
    [
      'a row others refer to',
      "create table badge (owner text references account); insert into account (id) values ('a'); insert into badge values ('a')",
      change('delete', 'a'),
      'CONSTRAINT_VIOLATION',
      '23503',
    ],
    [
      'a constraint checked at the commit',
      'alter table account add column boss text references account deferrable initially deferred',
      change('create', 'a', { boss: 'nobody' }),
      'CONSTRAINT_VIOLATION',
      '23503',
    ],
    [
      'a trigger of the application',
      "create function stop() returns trigger language plpgsql as $$ begin raise exception 'not on Sundays'; end $$; create trigger stop before insert on account for each row execute function stop()",
      change('create', 'a'),
      'CONSTRAINT_VIOLATION',
      'P0001',
    ],
  ];

  test.each(cases)('%s: refused, with its own code, nothing written', async (_name, setUp, delta, code, targetCode) => {
    await admin.query(setUp);
    const rows = await target.outside.keys();
    const outcome = await using(account({}), (session) => write(session, delta));
    expect(outcome).toMatchObject({ kind: 'refused', failure: { code, targetCode } });
    expect(await target.outside.keys()).toEqual(rows);
    await restore();
  });

  // Each case bends the tables; they are made anew.
  async function restore(): Promise<void> {
    await admin.query(
      'drop table if exists badge; drop table member; drop table account; drop function if exists stop()',
    );
    await admin.query(`create table account (id text primary key, name text, mail text, hired date, seen timestamptz, quota numeric(10,2), active boolean not null default true);
      create table member (account_id text not null references account, team_id text not null references team, primary key (account_id, team_id));
      grant select, insert, update, delete on account, member to ${role}`);
  }
});

describe('connections', () => {
  // Other tests use the server at the same time.
  const ours = "application_name = 'joinery' and datname = current_database()";

  test('that the server ends while idle do not end the process, and the next call works', async () => {
    await using(target.settings, async (session) => {
      await session.check(callContext(10_000));
      await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${ours}`);
      await waitFor(
        async () =>
          await session.check(callContext(10_000)).then(
            () => true,
            () => false,
          ),
        { what: 'a working connection' },
      );
    });
  });

  test('of calls that were aborted are closed, with their locks', async () => {
    await admin.query("insert into account (id) values ('a')");
    const blocker = await admin.connect();
    await blocker.query("begin; select from account where id = 'a' for update");
    await using(target.settings, async (session) => {
      const outcome = await session.apply(change('update', 'a', { name: 'x' }), {
        ...callContext(300),
        idempotencyKey: 'k',
      });
      expect(outcome).toMatchObject({ kind: 'unreachable', failure: { code: 'TIMEOUT' } });
      await blocker.query('rollback');
      await waitFor(async () => (await waiting()) === 0, { what: 'the end of the aborted statement' });
      expect((await session.read('account', 'a', callContext(10_000)))?.attributes.name).toBeNull();
    });
    blocker.release();
  });

  test('of a session that was closed under a call: the system is away for that call, nothing is refused for good', async () => {
    const session = await sql.open(target.settings);
    await session.check(callContext(10_000));
    await session.close();
    expect(await write(session, change('create', 'a'))).toMatchObject({
      kind: 'unreachable',
      failure: { code: 'UNREACHABLE' },
    });
  });

  async function waiting(): Promise<number> {
    const { rows } = await admin.query<{ n: string }>(
      `select count(*) as n from pg_stat_activity where ${ours} and state <> 'idle'`,
    );
    return Number(rows[0]?.n);
  }

  test('beyond what the server allows are throttled', async () => {
    const role = String(target.settings.user);
    await admin.query(`alter role ${role} connection limit 0`);
    const outcome = await using(target.settings, (session) => write(session, change('create', 'a')));
    await admin.query(`alter role ${role} connection limit -1`);
    expect(outcome).toMatchObject({ kind: 'throttled', failure: { code: 'RATE_LIMITED' }, retryAfterMs: 5_000 });
  });
});

describe('writing from several places at once', () => {
  test('adds every member once', async () => {
    await admin.query(
      "insert into team (id) select 't' || n from generate_series(1, 40) n; insert into account (id) values ('a')",
    );
    await using(target.settings, async (session) => {
      const adds = Array.from({ length: 40 }, (_unused, n) =>
        write(session, change('update', 'a', { name: `${n % 2}` }, { add: { teams: [`t${n + 1}`] } })),
      );
      for (const outcome of await Promise.all(adds)) expect(['applied', 'alreadySo']).toContain(outcome.kind);
      expect((await session.read('account', 'a', callContext(10_000)))?.links.teams).toHaveLength(40);
    });
  });
});

describe('names of tables and columns', () => {
  test('are quoted, whatever characters they hold', async () => {
    const name = `Odd "name"; drop table account; --`;
    const escaped = name.replaceAll('"', '""');
    await admin.query(`create table "${escaped}" ("The ""key""" text primary key, "select" text)`);
    await admin.query(`grant all on "${escaped}" to "${String(target.settings.user)}"`);
    const settings = account({ table: name, key: 'The "key"', attributes: [{ name: 'label', column: 'select' }] });
    await using(settings, async (session) => {
      expect(await write(session, change('create', 'a', { label: 'x' }))).toMatchObject({ kind: 'applied' });
      expect(await session.read('account', 'a', callContext(10_000))).toMatchObject({
        key: 'a',
        attributes: { 'The "key"': 'a', label: 'x' },
      });
      expect(await write(session, change('delete', 'a'))).toMatchObject({ kind: 'applied' });
    });
    expect(await target.outside.keys()).toEqual([]);
  });
});
