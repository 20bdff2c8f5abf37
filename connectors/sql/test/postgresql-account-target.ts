// The roles of a real PostgreSQL as accounts, behind a fault proxy, as the conformance suite wants them. Roles belong to the
// whole server, which other tests use at the same time: theirs are left out by their names, and one ground waits for the
// other, whose names are the same.
import { type ConformanceTarget, type FaultProxy, startFaultProxy } from '@joinery/connector-kit';
import sql from '@joinery/connector-sql';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../test/support/database.js';
import { corruptCookies, cutConnections, networkFaults } from './table-target.js';

const rolePassword = 'canary-Right/5f2c@';

export interface AccountGround {
  readonly target: ConformanceTarget;
  readonly admin: pg.Pool;
  close(): Promise<void>;
}

const functions = `
  create table public.ledger (id text primary key);
  create function make(key text, comment text, label text, app text) returns void language plpgsql as $$ begin
    execute format('create role %I login admin %I', key, app);
    if comment is not null then execute format('comment on role %I is %L', key, comment); end if;
    if label is not null then execute format('alter role %I set joinery.label = %L', key, label); end if;
  end $$;
  create function drop_all(names text) returns void language plpgsql as $$ declare r record; begin
    for r in select rolname from pg_roles where rolname ~ names loop
      execute format('drop owned by %I', r.rolname); execute format('drop role %I', r.rolname);
    end loop;
  end $$;
  create function prepare(count integer, app text) returns void language plpgsql as $$ begin
    for n in 0 .. count - 1 loop
      if not exists (select from pg_roles where rolname = 'r_t' || n) then
        execute format('create role %I admin %I', 'r_t' || n, app);
      end if;
    end loop;
  end $$;`;

/** The number of the lock that a ground holds on the server. */
const turn = 7_105;

export async function prepareAccountGround(): Promise<AccountGround> {
  const server = new pg.Client({ connectionString: process.env.TEST_DATABASE_URL });
  await server.connect();
  await server.query('select pg_advisory_lock($1)', [turn]);
  const database = await createTestDatabase('connector_sql_accounts');
  const role = `app_${database.name}`;
  const admin = new pg.Pool({ connectionString: database.url, max: 2 });
  await admin.query(functions);
  await admin.query(`create role ${role} login createrole password '${rolePassword}'`);
  await admin.query(`grant pg_signal_backend to ${role}; grant set on parameter joinery.label to ${role};
    grant all on ledger to ${role} with grant option`);
  const { rows } = await admin.query<{ names: string }>("select string_agg(rolname, '|') as names from pg_roles");
  const others = `${rows[0]?.names ?? ''}|app_.*`;
  const url = new URL(database.url);
  const proxy = await startFaultProxy({ host: url.hostname, port: Number(url.port) });
  const close = async () => {
    await proxy.close();
    await admin.query(`select drop_all('^(?!(${others})$)'), drop_all('^r_')`);
    await admin.query(`drop owned by ${role}; drop role ${role}`);
    await admin.end();
    await database.drop();
    await server.end();
  };
  return { target: targetOf(admin, proxy, database, role, others), admin, close };
}

function targetOf(
  admin: pg.Pool,
  proxy: FaultProxy,
  database: TestDatabase,
  role: string,
  others: string,
): ConformanceTarget {
  const settings = {
    host: '127.0.0.1',
    port: proxy.port,
    database: database.name,
    user: role,
    password: rolePassword,
    objectTypes: [
      {
        name: 'login',
        kind: 'databaseAccounts',
        names: `^(?!(${others})$)`,
        parameters: [{ name: 'label', parameter: 'joinery.label' }],
      },
      { name: 'group', kind: 'databaseRoles', names: '^r_' },
      { name: 'privilege', kind: 'databasePrivileges' },
    ],
  };
  const limit = async (connections: number) => {
    await admin.query(`alter role ${role} connection limit ${connections}`);
    cutConnections(proxy);
  };
  return {
    ...networkFaults(proxy),
    connector: sql,
    settings,
    objectType: 'login',
    attributes: ['comment', 'label'],
    // For every grant PostgreSQL works out anew which of all roles the granting one administers.
    biggestGroup: 500,
    key: (n) => `u${String(n).padStart(6, '0')}`,
    wrongCredentials: { ...settings, password: 'canary-Wrong/81aa@' },
    reset: async () => void (await admin.query(`select drop_all('^(?!(${others})$)')`)),
    outside: outsideOf(admin, role, others),
    link: linkOf(admin, role),
    halfAnswer: { start: async () => proxy.set({ cutAfterBytes: 60 }), stop: async () => proxy.set({}) },
    throttling: { start: () => limit(0), stop: () => limit(-1), retryAfterMs: 5_000 },
    incremental: incrementalOf(admin),
    disabling: {
      isDisabled: async (key) => {
        const found = await admin.query('select 1 from pg_roles where rolname = $1 and not rolcanlogin', [key]);
        return found.rowCount === 1;
      },
    },
    password: { value: (n) => `Pass-word/${n} 'x' ß`, accepts: (key, password) => signsIn(database, key, password) },
  };
}

async function signsIn(database: TestDatabase, user: string, password: string): Promise<boolean> {
  const url = new URL(database.url);
  const client = new pg.Client({
    host: url.hostname,
    port: Number(url.port),
    database: database.name,
    user,
    password,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function outsideOf(admin: pg.Pool, role: string, others: string): ConformanceTarget['outside'] {
  return {
    insert: async (rows) =>
      void (await admin.query(
        'select make(key, comment, label, $2) from json_to_recordset($1::json) as r(key text, comment text, label text)',
        [JSON.stringify(rows.map(({ key, attributes }) => ({ key, ...attributes }))), role],
      )),
    keys: async () =>
      (
        await admin.query<{ name: string }>('select rolname as name from pg_roles where rolname ~ $1 order by 1', [
          `^(?!(${others}|r_.*)$)`,
        ])
      ).rows.map(({ name }) => name),
  };
}

function linkOf(admin: pg.Pool, role: string): NonNullable<ConformanceTarget['link']> {
  return {
    objectType: 'login',
    name: 'roles',
    memberKey: (n) => `r_t${n}`,
    prepare: async (count) => void (await admin.query('select prepare($1, $2)', [count, role])),
    addFromOutside: (key, member) => command(admin, 'grant %I to %I', [member, key]),
    removeFromOutside: (key, member) => command(admin, 'revoke %I from %I granted by %I', [member, key, role]),
    unknownMember: 'r_nobody',
  };
}

function incrementalOf(admin: pg.Pool): NonNullable<ConformanceTarget['incremental']> {
  return {
    change: async (key, { comment, label }) => {
      if (comment !== undefined) await command(admin, 'comment on role %I is %L', [key, comment]);
      if (label !== undefined) await command(admin, 'alter role %I set joinery.label = %L', [key, label]);
    },
    remove: async (key) => {
      await command(admin, 'drop owned by %I', [key]);
      await command(admin, 'drop role %I', [key]);
    },
    rename: (key, to) => command(admin, 'alter role %I rename to %I', [key, to]),
    corruptCookies,
  };
}

async function command(admin: pg.Pool, template: string, words: readonly unknown[]): Promise<void> {
  const { rows } = await admin.query<{ text: string }>('select format($1, variadic $2::text[]) as text', [
    template,
    words,
  ]);
  await admin.query(rows[0]?.text ?? '');
}
