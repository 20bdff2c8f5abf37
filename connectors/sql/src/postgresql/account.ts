// PostgreSQL's roles as accounts, roles and privileges: what they are called, and reading them from the catalog.
// Owns the catalog queries; changes are in account-command.ts.
import type { ObjectTypeDescription, ScalarValue, TargetObject } from '@joinery/connector-kit';
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
import { bound, type Fragment, raw, sql } from '../fragment.js';
import type { AccountType } from '../settings.js';

export function describeAccounts(world: AccountWorld): readonly ObjectTypeDescription[] {
  return world.types.map((type) => ({
    name: type.name,
    keyAttribute: 'name',
    attributes: [
      { name: 'name', type: 'string', isRequired: true },
      ...(type.kind === 'databaseAccounts' ? accountAttributes : []),
      ...(type.kind === 'databasePrivileges' ? [] : ([{ name: 'comment', type: 'string' }] as const)),
      ...type.parameters.map(({ name }) => ({ name, type: 'string' }) as const),
    ],
    links: linksOf(world, type),
    ...(type.kind === 'databaseAccounts' ? { disabling, passwordAttribute: 'password' } : {}),
  }));
}

const disabling = { attribute: 'enabled', disabledValue: false, enabledValue: true } as const;

const accountAttributes: ObjectTypeDescription['attributes'] = [
  { name: 'password', type: 'string', isWriteOnly: true },
  { name: 'enabled', type: 'boolean' },
  { name: 'validUntil', type: 'date' },
  { name: 'connectionLimit', type: 'number' },
];

/** Longest identifier, in bytes; PostgreSQL cuts longer ones without an error. */
const longestName = 63;

export function accountKeyProblem(type: AccountType, key: string): string | null {
  if (key.includes('\0')) return 'a name cannot hold a NUL character';
  if (type.kind === 'databasePrivileges') return null;
  if (Buffer.byteLength(key) > longestName) return `a name may have ${longestName} bytes, this one has more`;
  return key === 'public' || key === 'none' ? `the name "${key}" is reserved` : null;
}

const roleQuery = sql`
  select r.oid::text as oid, r.rolname::text as name, r.rolcanlogin as enabled,
         case when isfinite(r.rolvaliduntil) then to_char(r.rolvaliduntil at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end as "validUntil",
         nullif(r.rolconnlimit, -1)::text as "connectionLimit", shobj_description(r.oid, 'pg_authid') as comment,
         (select to_json(s.setconfig)::text from pg_db_role_setting s where s.setrole = r.oid and s.setdatabase = 0) as settings,
         r.rolsuper as super, r.rolreplication or r.rolbypassrls as strong,
         r.rolname in (current_user, session_user) as own, r.rolname like 'pg\\_%' as system
  from pg_roles r`;

/** Whether the role belongs to the object type: roles are said by their names, accounts are the rest. */
function isOfType(world: AccountWorld, type: AccountType, name: string): boolean {
  if (!isManaged(type, name)) return false;
  const roles = typeOfKind(world, 'databaseRoles');
  if (type.kind === 'databaseRoles' || roles === undefined) return true;
  return !isManaged(roles, name) && !name.startsWith('pg_');
}

export async function readRole(
  statements: Statements,
  world: AccountWorld,
  type: AccountType,
  key: string,
): Promise<FoundAccount | null> {
  if (type.kind === 'databasePrivileges') return readPrivilege(statements, type, key);
  if (!isOfType(world, type, key)) return null;
  const { rows } = await statements.run(sql`${roleQuery} where r.rolname = ${bound(key)}`);
  return (await foundRoles(statements, world, type, rows))[0] ?? null;
}

export async function pageOfRoles(
  statements: Statements,
  world: AccountWorld,
  type: AccountType,
  after: string | null,
): Promise<AccountPage> {
  if (type.kind === 'databasePrivileges') return pageOfPrivileges(statements, type, after);
  const limit = raw(String(pageSize));
  const { rows } = await statements.run(
    sql`${roleQuery} where r.rolname > ${bound(after ?? '')}::name order by r.rolname limit ${limit}`,
  );
  const own = rows.filter((row) => isOfType(world, type, row.name ?? ''));
  return {
    found: await foundRoles(statements, world, type, own),
    last: rows.length < pageSize ? null : (rows.at(-1)?.name ?? null),
  };
}

async function foundRoles(
  statements: Statements,
  world: AccountWorld,
  type: AccountType,
  rows: readonly SqlRow[],
): Promise<readonly FoundAccount[]> {
  const ids = rows.map((row) => row.oid ?? '');
  const links = await linksOfRoles(statements, world, ids);
  return rows.map((row) => ({ object: toObject(world, type, row, links), protection: protectionOf(row) }));
}

function protectionOf(row: SqlRow): string | null {
  if (row.super === 't') return 'it is a superuser, which Joinery never touches';
  if (row.own === 't') return 'it is the account this connection signs in with';
  if (row.system === 't') return 'it belongs to PostgreSQL itself';
  return row.strong === 't' ? 'it may replicate or bypass row security, which Joinery never touches' : null;
}

type Links = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

async function linksOfRoles(statements: Statements, world: AccountWorld, ids: readonly string[]): Promise<Links> {
  const links = new Map<string, Map<string, string[]>>();
  if (ids.length === 0) return links;
  const collect = (name: string, rows: readonly SqlRow[], isShown: (key: string) => boolean): void => {
    const byRole = new Map<string, string[]>();
    for (const { oid, key } of rows)
      if (isShown(key ?? '')) byRole.set(oid ?? '', [...(byRole.get(oid ?? '') ?? []), key ?? '']);
    links.set(name, byRole);
  };
  const roles = typeOfKind(world, 'databaseRoles');
  if (roles !== undefined)
    collect(linkNames.databaseRoles, (await statements.run(memberships(ids))).rows, (key) => isManaged(roles, key));
  const privileges = typeOfKind(world, 'databasePrivileges');
  if (privileges !== undefined)
    collect(linkNames.databasePrivileges, (await statements.run(grants(ids))).rows, (key) =>
      isManaged(privileges, key),
    );
  return links;
}

const memberships = (ids: readonly string[]): Fragment =>
  sql`select distinct m.member::text as oid, r.rolname::text as key from pg_auth_members m join pg_roles r on r.oid = m.roleid where m.member = any(${bound(ids)}::oid[])`;

// Tables, views and schemas of this database, with every privilege that can be granted on them.
const objects = sql`(
  select format('%I.%I', n.nspname, c.relname) as what, c.relacl as acl, 'table' as kind, n.nspname::text as schema, c.relname::text as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  union all
  select format('SCHEMA %I', n.nspname), n.nspacl, 'schema', n.nspname::text, null from pg_namespace n
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema')`;

const grants = (ids: readonly string[]): Fragment =>
  sql`select distinct a.grantee::text as oid, a.privilege_type || ' ON ' || o.what as key from ${objects} o, aclexplode(o.acl) a where a.grantee = any(${bound(ids)}::oid[]) and a.privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'USAGE', 'CREATE')`;

/** All privileges of this database: columns key, privilege, kind, schema, name. */
export const privilegeQuery = sql`
  select p.privilege || ' ON ' || o.what as key, p.privilege, o.kind, o.schema, o.name
  from ${objects} o
  join (values ('table', 'SELECT'), ('table', 'INSERT'), ('table', 'UPDATE'), ('table', 'DELETE'), ('table', 'TRUNCATE'),
               ('table', 'REFERENCES'), ('table', 'TRIGGER'), ('schema', 'USAGE'), ('schema', 'CREATE')) p(kind, privilege)
    on p.kind = o.kind`;

async function readPrivilege(statements: Statements, type: AccountType, key: string): Promise<FoundAccount | null> {
  const { rows } = await statements.run(sql`select 1 from (${privilegeQuery}) p where p.key = ${bound(key)}`);
  return rows.length === 0 || !isManaged(type, key) ? null : privilege(type, key);
}

async function pageOfPrivileges(statements: Statements, type: AccountType, after: string | null): Promise<AccountPage> {
  const limit = raw(String(pageSize));
  const { rows } = await statements.run(
    sql`select key from (${privilegeQuery}) p where key collate "C" > ${bound(after ?? '')} order by key collate "C" limit ${limit}`,
  );
  const keys = rows.map((row) => row.key ?? '');
  const last = rows.length < pageSize ? null : (keys.at(-1) ?? null);
  return { found: keys.filter((key) => isManaged(type, key)).map((key) => privilege(type, key)), last };
}

function privilege(type: AccountType, key: string): FoundAccount {
  return { object: { objectType: type.name, key, attributes: { name: key }, links: {} }, protection: null };
}

function toObject(world: AccountWorld, type: AccountType, row: SqlRow, links: Links): TargetObject {
  const key = row.name ?? '';
  const linked = linksOf(world, type).map(
    ({ name }) => [name, [...(links.get(name)?.get(row.oid ?? '') ?? [])].sort()] as const,
  );
  return {
    objectType: type.name,
    key,
    attributes: {
      name: key,
      ...(type.kind === 'databaseAccounts' ? accountValues(row) : {}),
      comment: row.comment ?? null,
      ...parameterValues(type, row.settings ?? '[]'),
    },
    links: Object.fromEntries(linked),
  };
}

function accountValues(row: SqlRow): Readonly<Record<string, ScalarValue>> {
  const limit = row.connectionLimit ?? null;
  return {
    enabled: row.enabled === 't',
    validUntil: row.validUntil?.replace(/(\.\d{3})000Z$/, '$1Z') ?? null,
    connectionLimit: limit === null ? null : Number(limit),
  };
}

function parameterValues(type: AccountType, settings: string): Readonly<Record<string, ScalarValue>> {
  const set = JSON.parse(settings) as readonly string[];
  return Object.fromEntries(
    type.parameters.map(({ name, parameter }) => {
      const entry = set.find((text) => text.toLowerCase().startsWith(`${parameter.toLowerCase()}=`));
      return [name, entry === undefined ? null : entry.slice(parameter.length + 1)];
    }),
  );
}
