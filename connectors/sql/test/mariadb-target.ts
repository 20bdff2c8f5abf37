// A real MariaDB behind a fault proxy, as the conformance suite wants it.
import { type ConformanceTarget, type FaultProxy, startFaultProxy } from '@joinery/connector-kit';
import { createConnection, type Connection } from 'mysql2/promise';
import { type MariaDb, startMariaDb } from '../../../test/systems/mariadb.mjs';
import { corruptCookies, cutConnections, networkFaults, objectTypes, tableTarget } from './table-target.js';

const accountPassword = 'canary-Right/5f2c@';

export interface MariaDbGround {
  readonly target: ConformanceTarget;
  readonly server: MariaDb;
  readonly admin: Connection;
  close(): Promise<void>;
}

// Names ignore case, as MariaDB does by default; keys do not.
const tables = `
  create table account (id varchar(190) character set utf8mb4 collate utf8mb4_bin primary key, name varchar(500), mail varchar(500), hired date,
    seen timestamp(3) null, local datetime(3), quota decimal(10,2), active boolean not null default true,
    changed timestamp(6) not null default current_timestamp(6) on update current_timestamp(6));
  create table team (id varchar(190) character set utf8mb4 collate utf8mb4_bin primary key, title varchar(40));
  create table member (account_id varchar(190) character set utf8mb4 collate utf8mb4_bin not null, team_id varchar(190) character set utf8mb4 collate utf8mb4_bin not null,
    primary key (account_id, team_id), foreign key (account_id) references account (id) on update cascade, foreign key (team_id) references team (id));
  create trigger come after insert on member for each row update account set changed = current_timestamp(6) where id = new.account_id;
  create trigger go after delete on member for each row update account set changed = current_timestamp(6) where id = old.account_id;`;

const rights = `
  create user app@'127.0.0.1' identified by '${accountPassword}';
  grant select, insert, update, delete on app.* to app@'127.0.0.1';`;

export async function prepareMariaDbGround(): Promise<MariaDbGround> {
  const server = await startMariaDb();
  server.run(`create database app character set utf8mb4; use app; ${tables} ${rights}`);
  const { host, port, user, password } = server;
  const admin = await createConnection({ host, port, user, password, database: 'app', multipleStatements: true });
  const proxy = await startFaultProxy({ host, port });
  return {
    target: targetOf(admin, proxy),
    server,
    admin,
    close: async () => {
      await proxy.close();
      await admin.end();
      await server.stop();
    },
  };
}

function targetOf(admin: Connection, proxy: FaultProxy): ConformanceTarget {
  const settings = {
    engine: 'mysql',
    host: '127.0.0.1',
    port: proxy.port,
    database: 'app',
    user: 'app',
    password: accountPassword,
    objectTypes: objectTypes({ column: 'changed' }),
  };
  const limit = async (connections: number) => {
    await admin.query(`alter user app@'127.0.0.1' with max_user_connections ${connections}`);
    cutConnections(proxy);
  };
  return {
    ...tableTarget,
    ...networkFaults(proxy),
    settings,
    wrongCredentials: { ...settings, password: 'canary-Wrong/81aa@' },
    reset: async () => {
      for (const table of ['member', 'account', 'team']) await admin.query(`delete from ${table}`);
    },
    outside: outsideOf(admin),
    link: linkOf(admin),
    halfAnswer: {
      start: async () => proxy.set({ cutAfterBytes: 60 }),
      stop: async () => proxy.set({}),
    },
    throttling: { start: () => limit(-1), stop: () => limit(0), retryAfterMs: 5_000 },
    incremental: {
      change: async (key, { name = null, mail = null }) =>
        void (await admin.execute(
          'update account set name = coalesce(?, name), mail = coalesce(?, mail) where id = ?',
          [name, mail, key],
        )),
      remove: async (key) => {
        await admin.execute('delete from member where account_id = ?', [key]);
        await admin.execute('delete from account where id = ?', [key]);
      },
      rename: async (key, to) => void (await admin.execute('update account set id = ? where id = ?', [to, key])),
      corruptCookies,
    },
    disabling: {
      isDisabled: async (key) => {
        const [rows] = await admin.execute('select active from account where id = ?', [key]);
        return (rows as { active: number }[])[0]?.active === 0;
      },
    },
  };
}

function outsideOf(admin: Connection): ConformanceTarget['outside'] {
  return {
    insert: async (rows) => {
      const values = rows.map(({ key, attributes }) => [key, attributes.name ?? null, attributes.mail ?? null]);
      if (values.length > 0) await admin.query('insert into account (id, name, mail) values ?', [values]);
    },
    keys: async () => {
      const [rows] = await admin.query('select id from account order by id');
      return (rows as { id: string }[]).map(({ id }) => id);
    },
  };
}

function linkOf(admin: Connection): NonNullable<ConformanceTarget['link']> {
  return {
    objectType: 'account',
    name: 'teams',
    memberKey: (n) => `t${n}`,
    prepare: async (count) =>
      void (await admin.query(`insert ignore into team (id) select concat('t', seq) from seq_0_to_${count - 1}`)),
    addFromOutside: async (key, member) =>
      void (await admin.execute('insert into member values (?, ?)', [key, member])),
    removeFromOutside: async (key, member) =>
      void (await admin.execute('delete from member where account_id = ? and team_id = ?', [key, member])),
    unknownMember: 't-nobody',
  };
}
