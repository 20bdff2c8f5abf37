// A real PostgreSQL database behind a fault proxy, as the conformance suite wants it.
import {
  type ConformanceTarget,
  type FaultProxy,
  type NetworkFault,
  startFaultProxy,
  type Switch,
} from '@joinery/connector-kit';
import sql from '@joinery/connector-sql';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../test/support/database.js';

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

export async function prepareSqlGround(): Promise<SqlGround> {
  const database = await createTestDatabase('connector_sql');
  const role = `app_${database.name}`;
  const admin = new pg.Pool({ connectionString: database.url, max: 2 });
  await admin.query(tables);
  await admin.query(`create role ${role} login password '${rolePassword}'`);
  await admin.query(`grant select, insert, update, delete on all tables in schema public to ${role}`);
  const url = new URL(database.url);
  const proxy = await startFaultProxy({ host: url.hostname, port: Number(url.port) });
  return { target: targetOf(admin, proxy, database, role), admin, close: () => clear(admin, proxy, database, role) };
}

async function clear(admin: pg.Pool, proxy: FaultProxy, database: TestDatabase, role: string): Promise<void> {
  await proxy.close();
  await admin.query(`drop owned by ${role}`);
  await admin.query(`drop role ${role}`);
  await admin.end();
  await database.drop();
}

function targetOf(admin: pg.Pool, proxy: FaultProxy, database: TestDatabase, role: string): ConformanceTarget {
  const settings = {
    host: '127.0.0.1',
    port: proxy.port,
    database: database.name,
    user: role,
    password: rolePassword,
    objectTypes: [
      {
        name: 'account',
        table: 'account',
        key: 'id',
        links: [
          {
            name: 'teams',
            joinTable: 'member',
            ownColumn: 'account_id',
            otherColumn: 'team_id',
            targetObjectType: 'team',
          },
        ],
      },
      { name: 'team', table: 'team', key: 'id' },
    ],
  };
  const during = (fault: NetworkFault): Switch => ({
    start: async () => proxy.set(fault),
    stop: async () => proxy.set({}),
  });
  return {
    connector: sql,
    settings,
    wrongCredentials: { ...settings, password: 'canary-Wrong/81aa@' },
    objectType: 'account',
    attributes: ['name', 'mail'],
    key: (n) => `u${String(n).padStart(6, '0')}`,
    reset: async () => void (await admin.query('truncate account, team, member')),
    outside: {
      insert: async (rows) =>
        void (await admin.query(
          'insert into account (id, name, mail) select * from unnest($1::text[], $2::text[], $3::text[])',
          [
            rows.map((row) => row.key),
            rows.map((row) => row.attributes.name ?? null),
            rows.map((row) => row.attributes.mail ?? null),
          ],
        )),
      keys: async () =>
        (await admin.query<{ id: string }>('select id from account order by id')).rows.map((row) => row.id),
    },
    link: {
      objectType: 'account',
      name: 'teams',
      memberKey: (n) => `t${n}`,
      prepare: async (count) =>
        void (await admin.query(
          "insert into team (id) select 't' || n from generate_series(0, $1 - 1) n on conflict do nothing",
          [count],
        )),
      addFromOutside: async (key, member) =>
        void (await admin.query('insert into member values ($1, $2)', [key, member])),
      unknownMember: 't-nobody',
    },
    outage: during({ down: true }),
    hang: { ...during({ silent: true }), of: 'everything' },
    lostAnswer: during({ cutAnswerTo: 'commit' }),
    brokenListing: during({ cutAfterBytes: 40_000 }),
  };
}
