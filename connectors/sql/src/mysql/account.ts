// MariaDB's accounts, roles and privileges: what they are called, and reading them from its system tables.
// Owns the queries; changes are in account-command.ts.
import { createHash } from 'node:crypto';
import type { ObjectTypeDescription, TargetObject } from '@joinery/connector-kit';
import {
  type AccountPage,
  type AccountWorld,
  type FoundAccount,
  isManaged,
  linkNames,
  linksOf,
  typeOfKind,
} from '../accounts/engine.js';
import { pageSize, type SqlRow, type Statements } from '../dialect.js';
import { bound, type Fragment, joined, raw, sql } from '../fragment.js';
import type { AccountType } from '../settings.js';

export function describeAccounts(world: AccountWorld): readonly ObjectTypeDescription[] {
  return world.types.map((type) => ({
    name: type.name,
    keyAttribute: 'name',
    attributes: [
      { name: 'name', type: 'string', isRequired: true },
      ...(type.kind === 'databaseAccounts' ? accountAttributes : []),
    ],
    links: linksOf(world, type),
    ...(type.kind === 'databaseAccounts' ? { disabling, passwordAttribute: 'password' } : {}),
  }));
}

const disabling = { attribute: 'enabled', disabledValue: false, enabledValue: true } as const;

const accountAttributes: ObjectTypeDescription['attributes'] = [
  { name: 'password', type: 'string', isWriteOnly: true },
  { name: 'enabled', type: 'boolean' },
  { name: 'connectionLimit', type: 'number' },
  { name: 'certificateIssuer', type: 'string' },
  { name: 'certificateSubject', type: 'string' },
];

/** Longest names, in characters. */
const longest = { user: 80, host: 60, role: 128 } as const;

/** An account's key is user@host; the host begins behind the last @. A role has no host. */
export function partsOf(type: AccountType, key: string): { readonly user: string; readonly host: string } {
  if (type.kind !== 'databaseAccounts') return { user: key, host: '' };
  const at = key.lastIndexOf('@');
  return { user: key.slice(0, at), host: key.slice(at + 1) };
}

export function accountKeyProblem(type: AccountType, key: string): string | null {
  if (key.includes('\0')) return 'a name cannot hold a NUL character';
  if (type.kind === 'databasePrivileges') return null;
  if (type.kind === 'databaseRoles')
    return /^(none|public)$/i.test(key) || key.trimEnd() !== key || [...key].length > longest.role
      ? `"${key}" cannot be the name of a role`
      : null;
  if (!/^.+@[^@]+$/su.test(key)) return 'the key of an account is user@host, such as anna@%';
  const { user, host } = partsOf(type, key);
  if (/[\u{10000}-\u{10ffff}]/u.test(user)) return 'a user name may have no characters beyond U+FFFF';
  if ([...user].length > longest.user) return `a user name may have ${longest.user} characters, this one has more`;
  return host !== host.toLowerCase() || !/^[\w.:%/-]+$/.test(host) || host.length > longest.host
    ? `the host of an account is a name or address in small letters, or a pattern with %, and no "${host}"`
    : null;
}

const accountQuery = sql`
  select convert(u.User using utf8mb4) as ${raw('`user`')}, convert(u.Host using utf8mb4) as ${raw('`host`')}, u.is_role as role,
         coalesce(json_value(g.Priv, '$.account_locked'), 0) in (1, 'true') as locked,
         nullif(u.max_user_connections, 0) as connections, cast(u.x509_issuer as char) as issuer, cast(u.x509_subject as char) as subject,
         json_value(g.Priv, '$.plugin') as plugin, json_value(g.Priv, '$.authentication_string') as secret,
         u.Super_priv = 'Y' as super, concat(u.User, '@', u.Host) = current_user() as own,
         u.User = 'mariadb.sys' as ${raw('`system`')}
  from mysql.user u join mysql.global_priv g on g.User = u.User and g.Host = u.Host`;

const exactly = (column: string, text: string): Fragment =>
  sql`cast(convert(${raw(column)} using utf8mb4) as binary) = cast(${bound(text)} as binary)`;

export async function readAccount(
  statements: Statements,
  world: AccountWorld,
  type: AccountType,
  key: string,
): Promise<FoundAccount | null> {
  if (!isManaged(type, key)) return null;
  if (type.kind === 'databasePrivileges') return readPrivilege(statements, world, type, key);
  const { user, host } = partsOf(type, key);
  const { rows } = await statements.run(
    sql`${accountQuery} where ${exactly('u.User', user)} and ${exactly('u.Host', host)} and ${isOfKind(type)}`,
  );
  return (await foundAccounts(statements, world, type, rows))[0] ?? null;
}

function isOfKind(type: AccountType): Fragment {
  return raw(type.kind === 'databaseRoles' ? "u.is_role = 'Y'" : "u.is_role = 'N' and u.User <> ''");
}

export async function pageOfAccounts(
  statements: Statements,
  world: AccountWorld,
  type: AccountType,
  after: string | null,
): Promise<AccountPage> {
  if (type.kind === 'databasePrivileges') return pageOfPrivileges(statements, world, type, after);
  const name = sql`cast(convert(concat(u.User, '@', u.Host) using utf8mb4) as binary)`;
  const limit = raw(String(pageSize));
  const { rows } = await statements.run(
    sql`${accountQuery} where ${isOfKind(type)} and ${name} > cast(${bound(after ?? '')} as binary) order by ${name} limit ${limit}`,
  );
  const own = rows.filter((row) => isManaged(type, keyOf(type, row)));
  const final = rows.at(-1);
  return {
    found: await foundAccounts(statements, world, type, own),
    last: rows.length < pageSize || final === undefined ? null : `${final.user ?? ''}@${final.host ?? ''}`,
  };
}

function keyOf(type: AccountType, { user, host }: SqlRow): string {
  return type.kind === 'databaseRoles' ? (user ?? '') : `${user ?? ''}@${host ?? ''}`;
}

async function foundAccounts(
  statements: Statements,
  world: AccountWorld,
  type: AccountType,
  rows: readonly SqlRow[],
): Promise<readonly FoundAccount[]> {
  const links = await linksOfAccounts(statements, world, rows);
  return rows.map((row) => ({
    object: toObject(world, type, row, links),
    protection: protectionOf(row),
    hasPassword: (password) => row.plugin === 'mysql_native_password' && row.secret === nativeHash(password),
  }));
}

// What MariaDB keeps of a password by default.
function nativeHash(password: string): string {
  const first = createHash('sha1').update(password).digest();
  return `*${createHash('sha1').update(first).digest('hex').toUpperCase()}`;
}

function protectionOf(row: SqlRow): string | null {
  if (row.super === '1') return 'it has the privilege SUPER, and such accounts Joinery never touches';
  if (row.own === '1') return 'it is the account this connection signs in with';
  return row.system === '1' ? 'it belongs to MariaDB itself' : null;
}

/** Link → user and host as one text → keys. */
type Links = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

const idOf = ({ user, host }: SqlRow): string => JSON.stringify([user, host]);

async function linksOfAccounts(statements: Statements, world: AccountWorld, rows: readonly SqlRow[]): Promise<Links> {
  const links = new Map<string, ReadonlyMap<string, readonly string[]>>();
  if (rows.length === 0) return links;
  const users = joined(
    rows.map((row) => bound(row.user ?? '')),
    ', ',
  );
  const roles = typeOfKind(world, 'databaseRoles');
  if (roles !== undefined) links.set(linkNames.databaseRoles, collected(await memberships(statements, users), roles));
  const privileges = typeOfKind(world, 'databasePrivileges');
  if (privileges !== undefined)
    links.set(linkNames.databasePrivileges, collected(await grants(statements, world, users), privileges));
  return links;
}

function collected(rows: readonly SqlRow[], type: AccountType): ReadonlyMap<string, readonly string[]> {
  const byAccount = new Map<string, string[]>();
  for (const row of rows) {
    const key = row.key ?? '';
    if (!isManaged(type, key)) continue;
    const keys = byAccount.get(idOf(row));
    if (keys === undefined) byAccount.set(idOf(row), [key]);
    else keys.push(key);
  }
  return byAccount;
}

const account = raw('convert(m.User using utf8mb4) as `user`, convert(m.Host using utf8mb4) as `host`');

// Who made a role holds it, too, to be able to grant it; that is no membership of anybody's wish.
async function memberships(statements: Statements, users: Fragment): Promise<readonly SqlRow[]> {
  const { rows } = await statements.run(
    sql`select ${account}, convert(m.Role using utf8mb4) as ${raw('`key`')} from mysql.roles_mapping m where m.User in (${users}) and m.Admin_option = 'N'`,
  );
  return rows;
}

async function grants(statements: Statements, { database }: AccountWorld, users: Fragment): Promise<readonly SqlRow[]> {
  const { rows } = await statements.run(
    sql`select ${account}, convert(m.Table_name using utf8mb4) as name, cast(m.Table_priv as char) as privileges from mysql.tables_priv m where m.User in (${users}) and m.Db = ${bound(database)}`,
  );
  return rows.flatMap(({ user, host, name, privileges }) =>
    (privileges ?? '')
      .toUpperCase()
      .split(',')
      .filter((privilege) => tablePrivileges.includes(privilege))
      .map((privilege) => ({ user: user ?? '', host: host ?? '', key: privilegeKey(privilege, database, name ?? '') })),
  );
}

const tablePrivileges: readonly string[] = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];

function privilegeKey(privilege: string, database: string, table: string): string {
  return `${privilege} ON ${plainName(database)}.${plainName(table)}`;
}

function plainName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_$]*$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``;
}

/** A privilege and the table it is on, as the catalog calls it. */
interface TablePrivilege {
  readonly key: string;
  readonly privilege: string;
  readonly table: string;
}

/** All privileges on the tables of the connection's database. */
export async function privilegesOf(
  statements: Statements,
  { database }: AccountWorld,
): Promise<readonly TablePrivilege[]> {
  const { rows } = await statements.run(
    sql`select table_name as name from information_schema.tables where table_schema = ${bound(database)} order by table_name`,
  );
  return rows.flatMap(({ name }) =>
    tablePrivileges.map((privilege) => ({
      key: privilegeKey(privilege, database, name ?? ''),
      privilege,
      table: name ?? '',
    })),
  );
}

async function readPrivilege(
  statements: Statements,
  world: AccountWorld,
  type: AccountType,
  key: string,
): Promise<FoundAccount | null> {
  return (await privilegesOf(statements, world)).some((known) => known.key === key) ? privilegeFound(type, key) : null;
}

async function pageOfPrivileges(
  statements: Statements,
  world: AccountWorld,
  type: AccountType,
  after: string | null,
): Promise<AccountPage> {
  const all = (await privilegesOf(statements, world)).map(({ key }) => key).sort();
  const keys = all.filter((key) => after === null || key > after).slice(0, pageSize);
  return {
    found: keys.filter((key) => isManaged(type, key)).map((key) => privilegeFound(type, key)),
    last: keys.length < pageSize ? null : (keys.at(-1) ?? null),
  };
}

function privilegeFound(type: AccountType, key: string): FoundAccount {
  return { object: { objectType: type.name, key, attributes: { name: key }, links: {} }, protection: null };
}

function toObject(world: AccountWorld, type: AccountType, row: SqlRow, links: Links): TargetObject {
  const key = keyOf(type, row);
  const linked = linksOf(world, type).map(
    ({ name }) => [name, [...new Set(links.get(name)?.get(idOf(row)))].sort()] as const,
  );
  return {
    objectType: type.name,
    key,
    attributes: {
      name: key,
      ...(type.kind === 'databaseAccounts'
        ? {
            enabled: row.locked !== '1',
            connectionLimit: row.connections === null || row.connections === undefined ? null : Number(row.connections),
            certificateIssuer: textOrNull(row.issuer),
            certificateSubject: textOrNull(row.subject),
          }
        : {}),
    },
    links: Object.fromEntries(linked),
  };
}

function textOrNull(text: string | null | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
