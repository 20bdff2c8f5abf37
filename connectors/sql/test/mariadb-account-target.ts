// The accounts of a real MariaDB, behind a fault proxy, as the conformance suite wants them.
import { type ConformanceTarget, type FaultProxy, type OutsideRow, startFaultProxy } from '@joinery/connector-kit';
import sql from '@joinery/connector-sql';
import { type Connection, createConnection, escape } from 'mysql2/promise';
import { type MariaDb, startMariaDb } from '../../../test/systems/mariadb.mjs';
import { corruptCookies, cutConnections, networkFaults } from './table-target.js';

const accountPassword = 'canary-Right/5f2c@';

export interface MariaDbAccountGround {
  readonly target: ConformanceTarget;
  readonly server: MariaDb;
  readonly admin: Connection;
  close(): Promise<void>;
}

const rights = `
  create user app@'127.0.0.1' identified by '${accountPassword}';
  grant create user, connection admin on *.* to app@'127.0.0.1';
  grant select on mysql.* to app@'127.0.0.1';
  grant all on app.* to app@'127.0.0.1' with grant option;
  install soname 'simple_password_check';`;

export async function prepareMariaDbAccountGround(): Promise<MariaDbAccountGround> {
  const server = await startMariaDb();
  server.run(`create database app character set utf8mb4; create table app.ledger (id int primary key); ${rights}`);
  const { host, port, user, password } = server;
  const admin = await createConnection({ host, port, user, password, database: 'app', multipleStatements: true });
  const proxy = await startFaultProxy({ host, port });
  return {
    target: targetOf(admin, proxy, server),
    server,
    admin,
    close: async () => {
      await proxy.close();
      await admin.end();
      await server.stop();
    },
  };
}

function targetOf(admin: Connection, proxy: FaultProxy, server: MariaDb): ConformanceTarget {
  const settings = {
    engine: 'mysql',
    host: '127.0.0.1',
    port: proxy.port,
    database: 'app',
    user: 'app',
    password: accountPassword,
    objectTypes: [
      { name: 'login', kind: 'databaseAccounts', names: '^(?!(root|admin|app|mariadb\\.sys)@)' },
      { name: 'group', kind: 'databaseRoles', names: '^t' },
      { name: 'privilege', kind: 'databasePrivileges' },
    ],
  };
  const limit = async (connections: number) => {
    await admin.query(`alter user app@'127.0.0.1' with max_user_connections ${connections}`);
    cutConnections(proxy);
  };
  return {
    ...networkFaults(proxy),
    lostAnswer: { start: async () => proxy.set({ cutAnswerTo: "user 'u" }), stop: async () => proxy.set({}) },
    connector: sql,
    settings,
    objectType: 'login',
    attributes: ['certificateIssuer', 'certificateSubject'],
    key: (n) => `u${String(n).padStart(6, '0')}@%`,
    // Every role is granted by a command of its own, after which MariaDB works out the account's rights anew.
    biggestGroup: 500,
    unsupportedText: [
      { text: '😀', reason: 'MariaDB keeps what certificates must say without characters beyond U+FFFF' },
    ],
    plainKeysOnly: 'a key is user@host, and hosts have few characters',
    wrongCredentials: { ...settings, password: 'canary-Wrong/81aa@' },
    reset: () => reset(admin),
    outside: outsideOf(admin),
    link: linkOf(admin),
    halfAnswer: { start: async () => proxy.set({ cutAfterBytes: 60 }), stop: async () => proxy.set({}) },
    throttling: { start: () => limit(-1), stop: () => limit(0), retryAfterMs: 5_000 },
    incremental: {
      change: async (key, attributes) => void (await admin.query(`alter user ${name(key)}${demands(attributes)}`)),
      remove: async (key) => void (await admin.query(`drop user ${name(key)}`)),
      rename: async (key, to) => void (await admin.query(`rename user ${name(key)} to ${name(to)}`)),
      corruptCookies,
    },
    disabling: {
      isDisabled: async (key) => {
        const [rows] = await admin.query(`show create user ${name(key)}`);
        return JSON.stringify(rows).includes('ACCOUNT LOCK');
      },
    },
    password: {
      value: (n) => `Pass-word/${n} 'x' ß`,
      accepts: (key, password) => withoutDemands(admin, key, (user) => signsIn(server, user, password)),
      refused: 'short',
    },
  };
}

// Who must show a certificate cannot sign in with a password alone: the demand is lifted meanwhile.
async function withoutDemands(
  admin: Connection,
  key: string,
  run: (user: string) => Promise<boolean>,
): Promise<boolean> {
  const user = key.slice(0, key.lastIndexOf('@'));
  const demanded =
    'select cast(x509_issuer as char) as certificateIssuer, cast(x509_subject as char) as certificateSubject from mysql.user where User = ?';
  const [rows] = await admin.query(demanded, [user]);
  const [before] = rows as { certificateIssuer: string; certificateSubject: string }[];
  const attributes = {
    certificateIssuer: before?.certificateIssuer || null,
    certificateSubject: before?.certificateSubject || null,
  };
  await admin.query(`alter user ${name(key)} require none`);
  const isAccepted = await run(user);
  await admin.query(`alter user ${name(key)} ${demands(attributes)}`);
  return isAccepted;
}

async function signsIn({ host, port }: MariaDb, user: string, password: string): Promise<boolean> {
  try {
    const connection = await createConnection({ host, port, user, password });
    await connection.end();
    return true;
  } catch {
    return false;
  }
}

function name(key: string): string {
  const at = key.lastIndexOf('@');
  return `${escape(key.slice(0, at))}@${escape(key.slice(at + 1))}`;
}

function demands({ certificateIssuer = null, certificateSubject = null }: OutsideRow['attributes']): string {
  const wanted = [
    ...(certificateIssuer === null ? [] : [`issuer ${escape(String(certificateIssuer))}`]),
    ...(certificateSubject === null ? [] : [`subject ${escape(String(certificateSubject))}`]),
  ];
  return wanted.length === 0 ? '' : ` require ${wanted.join(' and ')}`;
}

const ours = "('root', 'admin', 'app', 'mariadb.sys')";

// Straight in the system tables, because thousands of commands about accounts take minutes.
async function reset(admin: Connection): Promise<void> {
  await admin.query(`delete from mysql.global_priv where User not in ${ours};
    delete from mysql.roles_mapping; delete from mysql.tables_priv where User not in ${ours}; flush privileges`);
}

async function insert(admin: Connection, rows: readonly (readonly string[])[]): Promise<void> {
  for (const part of pieces(rows))
    await admin.query('insert into mysql.global_priv (Host, User, Priv) values ?', [part]);
  await admin.query('flush privileges');
}

function outsideOf(admin: Connection): ConformanceTarget['outside'] {
  return {
    insert: (rows) =>
      insert(
        admin,
        rows.map(({ key, attributes }) => {
          const at = key.lastIndexOf('@');
          return [key.slice(at + 1), key.slice(0, at), JSON.stringify(privOf(attributes))];
        }),
      ),
    keys: async () => {
      const [rows] = await admin.query(
        `select concat(User, '@', Host) as name from mysql.user where is_role = 'N' and User not in ${ours} order by 1`,
      );
      return (rows as { name: string }[]).map((row) => row.name);
    },
  };
}

function privOf({ certificateIssuer, certificateSubject }: OutsideRow['attributes']) {
  const issuer = certificateIssuer ?? '';
  const subject = certificateSubject ?? '';
  const type = issuer === '' && subject === '' ? 0 : 3;
  return {
    access: 0,
    plugin: 'mysql_native_password',
    authentication_string: '*A4B6157319038724E3560894F7F932C8886EBFCF',
    ssl_type: type,
    ssl_cipher: '',
    x509_issuer: issuer,
    x509_subject: subject,
  };
}

function linkOf(admin: Connection): NonNullable<ConformanceTarget['link']> {
  return {
    objectType: 'login',
    name: 'roles',
    memberKey: (n) => `t${n}`,
    prepare: async (count) => {
      const names = Array.from({ length: count }, (_unused, n) => `t${n}`);
      const [rows] = await admin.query("select User as name from mysql.user where is_role = 'Y'");
      const known = new Set((rows as { name: string }[]).map(({ name: role }) => role));
      const roles = names.filter((role) => !known.has(role));
      // Both may grant the roles, as if they had made them.
      const held = roles.flatMap((role) => [
        ['127.0.0.1', 'app', role, 'Y'],
        ['127.0.0.1', 'admin', role, 'Y'],
      ]);
      for (const part of pieces(held)) await admin.query('insert into mysql.roles_mapping values ?', [part]);
      await insert(
        admin,
        roles.map((role) => ['', role, '{"access":0,"is_role":true}']),
      );
    },
    addFromOutside: async (key, member) => void (await admin.query(`grant ${member} to ${name(key)}`)),
    removeFromOutside: async (key, member) => void (await admin.query(`revoke ${member} from ${name(key)}`)),
    unknownMember: 'tNobody',
  };
}

function pieces<T>(all: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / 500) }, (_unused, n) => all.slice(n * 500, n * 500 + 500));
}
