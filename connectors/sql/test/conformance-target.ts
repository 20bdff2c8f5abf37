// A real PostgreSQL database behind a fault proxy, as the conformance suite wants it.
import { type ConformanceTarget, type FaultProxy, startFaultProxy } from '@joinery/connector-kit';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../test/support/database.js';
import { corruptCookies, cutConnections, networkFaults, objectTypes, tableTarget } from './table-target.js';

const rolePassword = 'canary-Right/5f2c@';

/** A database with the tables of a small application, its account, and the proxy in front. */
export interface SqlGround {
  readonly target: ConformanceTarget;
  readonly admin: pg.Pool;
  close(): Promise<void>;
}

const tables = `
  create table account (id text primary key, name text, mail text, hired date, seen timestamptz, quota numeric(10,2), active boolean not null default true);
  create table team (id text primary key, title varchar(40));
  create table member (account_id text not null references account, team_id text not null references team, primary key (account_id, team_id));`;

/** Every change of a row, and of its memberships, marks it with the number of the transaction. */
const marks = `
  alter table account add column changed xid8;
  create function mark() returns trigger language plpgsql as $$ begin new.changed = pg_current_xact_id(); return new; end $$;
  create trigger mark before insert or update on account for each row execute function mark();
  create function mark_owner() returns trigger language plpgsql as $$ begin
    update account set changed = null where id = coalesce(new.account_id, old.account_id); return null; end $$;
  create trigger mark after insert or delete on member for each row execute function mark_owner();`;

/** `marked`: rows are marked when they change, and changes are found by the mark. */
export async function prepareSqlGround({ marked = false } = {}): Promise<SqlGround> {
  const database = await createTestDatabase('connector_sql');
  const role = `app_${database.name}`;
  const admin = new pg.Pool({ connectionString: database.url, max: 2 });
  await admin.query(tables);
  if (marked) await admin.query(marks);
  await admin.query(`create role ${role} login password '${rolePassword}'`);
  await admin.query(`grant select, insert, update, delete on all tables in schema public to ${role}`);
  const url = new URL(database.url);
  const proxy = await startFaultProxy({ host: url.hostname, port: Number(url.port) });
  return {
    target: targetOf(admin, proxy, database, role, marked),
    admin,
    close: () => clear(admin, proxy, database, role),
  };
}

async function clear(admin: pg.Pool, proxy: FaultProxy, database: TestDatabase, role: string): Promise<void> {
  await proxy.close();
  await admin.query(`drop owned by ${role}`);
  await admin.query(`drop role ${role}`);
  await admin.end();
  await database.drop();
}

function targetOf(
  admin: pg.Pool,
  proxy: FaultProxy,
  database: TestDatabase,
  role: string,
  marked: boolean,
): ConformanceTarget {
  const settings = {
    host: '127.0.0.1',
    port: proxy.port,
    database: database.name,
    user: role,
    password: rolePassword,
    objectTypes: objectTypes(marked ? { column: 'changed' } : undefined),
  };
  const limit = async (connections: number) => {
    await admin.query(`alter role ${role} connection limit ${connections}`);
    cutConnections(proxy);
  };
  return {
    ...tableTarget,
    ...networkFaults(proxy),
    settings,
    wrongCredentials: { ...settings, password: 'canary-Wrong/81aa@' },
    reset: async () => void (await admin.query('truncate account, team, member')),
    outside: outsideOf(admin),
    link: linkOf(admin),
    halfAnswer: {
      start: async () => proxy.set({ cutAfterBytes: 60 }),
      stop: async () => proxy.set({}),
    },
    throttling: { start: () => limit(0), stop: () => limit(-1), retryAfterMs: 5_000 },
    incremental: {
      change: async (key, { name = null, mail = null }) =>
        void (await admin.query(
          'update account set name = coalesce($2, name), mail = coalesce($3, mail) where id = $1',
          [key, name, mail],
        )),
      remove: async (key) => {
        await admin.query('delete from member where account_id = $1', [key]);
        await admin.query('delete from account where id = $1', [key]);
      },
      rename: async (key, to) => void (await admin.query('update account set id = $2 where id = $1', [key, to])),
      corruptCookies,
    },
    disabling: {
      isDisabled: async (key) =>
        (await admin.query('select 1 from account where id = $1 and not active', [key])).rowCount === 1,
    },
  };
}

function outsideOf(admin: pg.Pool): ConformanceTarget['outside'] {
  const insertion = 'insert into account (id, name, mail) select * from unnest($1::text[], $2::text[], $3::text[])';
  return {
    insert: async (rows) => {
      const texts = (name: string) => rows.map((row) => row.attributes[name] ?? null);
      await admin.query(insertion, [rows.map((row) => row.key), texts('name'), texts('mail')]);
    },
    keys: async () =>
      (await admin.query<{ id: string }>('select id from account order by id')).rows.map((row) => row.id),
  };
}

function linkOf(admin: pg.Pool): NonNullable<ConformanceTarget['link']> {
  const teams = "insert into team (id) select 't' || n from generate_series(0, $1 - 1) n on conflict do nothing";
  return {
    objectType: 'account',
    name: 'teams',
    memberKey: (n) => `t${n}`,
    prepare: async (count) => void (await admin.query(teams, [count])),
    addFromOutside: async (key, member) =>
      void (await admin.query('insert into member values ($1, $2)', [key, member])),
    removeFromOutside: async (key, member) =>
      void (await admin.query('delete from member where account_id = $1 and team_id = $2', [key, member])),
    unknownMember: 't-nobody',
  };
}
