// A real SQLite file, as the conformance suite wants it; the test's own hands use SQLite's library themselves.
import { copyFile, mkdtemp, open, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConformanceTarget, Switch } from '@joinery/connector-kit';
import sqlite from 'node-sqlite3-wasm';
import { corruptCookies, objectTypes, tableTarget } from './table-target.js';

type File = InstanceType<typeof sqlite.Database>;

export interface SqliteGround {
  readonly target: ConformanceTarget;
  readonly file: string;
  /** Does something with the file, as another program would. */
  use<T>(work: (database: File) => T): Promise<T>;
  /** Takes away the lock of a program that is not there. */
  removeLock(): Promise<void>;
  close(): Promise<void>;
}

const tables = `
  create table account (id text primary key, name text, mail text, hired date, seen datetime, quota numeric, active boolean not null default 1);
  create table team (id text primary key, title text check (length(title) <= 40));
  create table member (account_id text not null references account on update cascade, team_id text not null references team, primary key (account_id, team_id));`;

export async function prepareSqliteGround(): Promise<SqliteGround> {
  const folder = await mkdtemp(join(tmpdir(), 'joinery-sqlite-'));
  const file = join(folder, 'app.db');
  const use = <T>(work: (database: File) => T): Promise<T> => using(file, work);
  await use((database) => database.exec(tables));
  return {
    target: targetOf(file, use),
    file,
    use,
    removeLock: () => rm(`${file}.lock`, { recursive: true }),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

async function using<T>(file: string, work: (database: File) => T): Promise<T> {
  for (;;) {
    const database = new sqlite.Database(file);
    try {
      database.exec('begin immediate');
      const result = work(database);
      database.exec('commit');
      return result;
    } catch (error) {
      if (!String(error).includes('locked')) throw error;
      await delay(5);
    } finally {
      if (database.inTransaction) database.exec('rollback');
      database.close();
    }
  }
}

function targetOf(file: string, use: SqliteGround['use']): ConformanceTarget {
  const held = holding(file);
  const corrupt = corrupting(file);
  return {
    ...tableTarget,
    settings: { engine: 'sqlite', file, objectTypes: objectTypes() },
    reset: () => use((database) => database.exec('delete from member; delete from account; delete from team')),
    outside: {
      insert: (rows) =>
        use((database) => {
          const statement = database.prepare('insert into account (id, name, mail) values (?, ?, ?)');
          for (const { key, attributes } of rows)
            statement.run([key, attributes.name ?? null, attributes.mail ?? null]);
          statement.finalize();
        }),
      keys: () => use((database) => database.all('select id from account order by id').map(({ id }) => id as string)),
    },
    link: linkOf(use),
    outage: {
      start: () => rename(file, `${file}.away`),
      stop: () => rename(`${file}.away`, file),
    },
    hang: { ...held, of: 'everything' },
    throttling: { ...held, retryAfterMs: 1_000 },
    brokenListing: corrupt,
    halfAnswer: corrupt,
    incremental: {
      change: (key, { name = null, mail = null }) =>
        use((database) => {
          const values = [name, mail, key];
          database.run('update account set name = coalesce(?, name), mail = coalesce(?, mail) where id = ?', values);
        }),
      remove: (key) =>
        use((database) => {
          database.run('delete from member where account_id = ?', key);
          database.run('delete from account where id = ?', key);
        }),
      rename: (key, to) => use((database) => void database.run('update account set id = ? where id = ?', [to, key])),
      corruptCookies,
    },
    disabling: {
      isDisabled: (key) =>
        use((database) => database.get('select active from account where id = ?', key)?.active === 0),
    },
  };
}

function linkOf(use: SqliteGround['use']): NonNullable<ConformanceTarget['link']> {
  return {
    objectType: 'account',
    name: 'teams',
    memberKey: (n) => `t${n}`,
    prepare: (count) =>
      use((database) => {
        const statement = database.prepare('insert or ignore into team (id) values (?)');
        for (let n = 0; n < count; n += 1) statement.run(`t${n}`);
        statement.finalize();
      }),
    addFromOutside: (key, member) =>
      use((database) => void database.run('insert into member values (?, ?)', [key, member])),
    removeFromOutside: (key, member) =>
      use((database) => {
        database.run('delete from member where account_id = ? and team_id = ?', [key, member]);
      }),
    unknownMember: 't-nobody',
  };
}

// Somebody else is in the middle of a long transaction.
function holding(file: string): Switch {
  let holder: File | null = null;
  return {
    start: async () => {
      holder = new sqlite.Database(file);
      holder.exec('begin exclusive');
    },
    stop: async () => {
      holder?.exec('rollback');
      holder?.close();
    },
  };
}

// The disk has lost what is behind the first pages.
function corrupting(file: string): Switch {
  return {
    start: async () => {
      await copyFile(file, `${file}.whole`);
      const { size } = await stat(file);
      const handle = await open(file, 'r+');
      const from = Math.min(4_096 * 5, size - 4_096);
      await handle.write(Buffer.alloc(size - from, 0xa5), 0, size - from, from);
      await handle.close();
    },
    stop: () => rename(`${file}.whole`, file),
  };
}
