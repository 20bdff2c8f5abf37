// Commands about PostgreSQL's roles. They take no bound values, so the server itself quotes names and texts: every command
// is a fixed template for its function format(), whose arguments are bound. Owns the templates.
import { randomBytes } from 'node:crypto';
import { ConnectorError, type ScalarValue } from '@joinery/connector-kit';
import type { AccountChange, AccountEngine, AccountWorld } from '../accounts/engine.js';
import type { Statements } from '../dialect.js';
import { bound, joined, raw, sql } from '../fragment.js';
import type { AccountType } from '../settings.js';
import { accountKeyProblem, describeAccounts, pageOfRoles, privilegeQuery, readRole } from './account.js';
import { scramVerifier } from './verifier.js';

export const postgresqlAccounts: AccountEngine = {
  describe: describeAccounts,
  check,
  page: pageOfRoles,
  read: readRole,
  keyProblem: accountKeyProblem,
  missing,
  begin: async (statements, key) => {
    await statements.run(raw('begin'));
    await statements.run(sql`select pg_advisory_xact_lock(hashtextextended(${bound(`joinery role ${key}`)}, 0))`);
  },
  change,
  end: async (statements) => void (await statements.run(raw('commit'))),
  isTransactional: true,
  cutOff,
};

async function check(statements: Statements, { types }: AccountWorld): Promise<void> {
  const kinds = types.map((type) => type.kind);
  const roles = types.find((type) => type.kind === 'databaseRoles');
  if (kinds.includes('databaseAccounts') && roles?.names === null)
    throw new ConnectorError({
      code: 'INVALID_VALUE',
      message: `The setting "names" of the object type "${roles.name}" is missing: PostgreSQL does not tell roles from disabled accounts, so their names must.`,
      hint: 'Give it a regular expression, such as "^r_".',
    });
  await statements.run(raw('select 1 from pg_roles limit 1'));
}

async function missing(statements: Statements, type: AccountType, keys: readonly string[]): Promise<readonly string[]> {
  const known = type.kind === 'databasePrivileges' ? privilegeQuery : raw('select rolname::text as key from pg_roles');
  const { rows } = await statements.run(
    sql`select k.key from unnest(${bound(keys)}::text[]) k(key) where k.key not in (select key from (${known}) known)`,
  );
  return rows.map((row) => row.key ?? '');
}

/** Lets the server make a command of a template and its arguments, and runs it. `null` becomes NULL. */
async function command(statements: Statements, template: string, words: readonly (string | null)[]): Promise<void> {
  const made = sql`select format(${bound(template)}, variadic array[${joined(words.map(bound), ', ')}]::text[]) as command`;
  const { rows } = await statements.run(made);
  await statements.run(raw(rows[0]?.command ?? ''));
}

async function change(statements: Statements, _world: AccountWorld, wanted: AccountChange): Promise<void> {
  if (wanted.kind === 'delete') return drop(statements, wanted);
  if (wanted.kind === 'create') await command(statements, 'create role %I', [wanted.key]);
  await changeOptions(statements, wanted);
  await changeComment(statements, wanted);
  for (const { name, parameter } of wanted.type.parameters)
    if (Object.hasOwn(wanted.set, name)) await setParameter(statements, wanted, parameter, wanted.set[name] ?? null);
  await changeLinks(statements, wanted);
}

// What the role may do is taken away first, or its privileges would keep it from being dropped; what it owns still does.
async function drop(statements: Statements, wanted: AccountChange): Promise<void> {
  const privileges = wanted.present?.object.links.privileges ?? [];
  await changePrivileges(statements, 'revoke', wanted.key, privileges);
  await command(statements, 'drop role %I', [wanted.key]);
}

async function changeOptions(statements: Statements, { kind, type, key, set }: AccountChange): Promise<void> {
  if (type.kind !== 'databaseAccounts') return;
  const options: string[] = [];
  const words: (string | null)[] = [];
  if (set.enabled !== undefined || kind === 'create') options.push(set.enabled === false ? 'nologin' : 'login');
  // A limit is a number, or it would have been refused; format() has no place for numbers.
  if (set.connectionLimit !== undefined) options.push(`connection limit ${limitOf(set.connectionLimit)}`);
  if (set.validUntil !== undefined) {
    options.push('valid until %L');
    words.push(set.validUntil === null ? 'infinity' : String(set.validUntil));
  }
  if (set.password !== undefined) {
    options.push('password %L');
    words.push(set.password === null ? null : await scramVerifier(String(set.password), randomBytes(16)));
  }
  if (options.length > 0) await command(statements, `alter role %I ${options.join(' ')}`, [key, ...words]);
}

function limitOf(value: ScalarValue): number {
  if (value === null) return -1;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `Could not set the connection limit ${String(value)}: it must be a whole number from 0 on.`,
    hint: 'Correct the mapping.',
  });
}

async function changeComment(statements: Statements, { key, set }: AccountChange): Promise<void> {
  if (set.comment === undefined) return;
  await command(statements, 'comment on role %I is %L', [key, set.comment === null ? null : String(set.comment)]);
}

// Through the session, because a list such as search_path is not one quoted text.
async function setParameter(
  statements: Statements,
  { key }: AccountChange,
  parameter: string,
  value: ScalarValue,
): Promise<void> {
  const parts = parameter.split('.');
  const name = parts.map(() => '%I').join('.');
  if (value === null) return command(statements, `alter role %I reset ${name}`, [key, ...parts]);
  await statements.run(sql`select set_config(${bound(parameter)}, ${bound(String(value))}, true)`);
  return command(statements, `alter role %I set ${name} from current`, [key, ...parts]);
}

async function changeLinks(statements: Statements, { key, add, remove }: AccountChange): Promise<void> {
  const named = (roles: readonly string[]) => roles.map(() => '%I').join(', ');
  const [gone, come] = [remove.databaseRoles ?? [], add.databaseRoles ?? []];
  await revokeRoles(statements, key, gone);
  if (come.length > 0) await command(statements, `grant ${named(come)} to %I`, [...come, key]);
  await changePrivileges(statements, 'revoke', key, remove.databasePrivileges ?? []);
  await changePrivileges(statements, 'grant', key, add.databasePrivileges ?? []);
}

// Since PostgreSQL 16 a membership belongs to who granted it, and there may be several of one role.
async function revokeRoles(statements: Statements, key: string, roles: readonly string[]): Promise<void> {
  if (roles.length === 0) return;
  const { rows } = await statements.run(
    sql`select r.rolname::text as role, g.rolname::text as grantor from pg_auth_members m
        join pg_roles r on r.oid = m.roleid join pg_roles g on g.oid = m.grantor join pg_roles o on o.oid = m.member
        where o.rolname = ${bound(key)} and r.rolname = any(${bound(roles)}::text[])`,
  );
  const byGrantor = new Map<string, string[]>();
  for (const { role, grantor } of rows)
    byGrantor.set(grantor ?? '', [...(byGrantor.get(grantor ?? '') ?? []), role ?? '']);
  for (const [grantor, granted] of byGrantor) {
    const names = granted.map(() => '%I').join(', ');
    await command(statements, `revoke ${names} from %I granted by %I`, [...granted, key, grantor]);
  }
}

const onWhat = { table: 'on table %I.%I', schema: 'on schema %I' } as const;

// The words of a privilege are those of the catalog, found by its key.
async function changePrivileges(
  statements: Statements,
  verb: 'grant' | 'revoke',
  role: string,
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return;
  const { rows } = await statements.run(
    sql`select * from (${privilegeQuery}) p where p.key = any(${bound(keys)}::text[])`,
  );
  for (const { privilege, kind, schema, name } of rows) {
    const isTable = kind === 'table';
    const template = `${verb} ${privilege ?? ''} ${onWhat[isTable ? 'table' : 'schema']} ${verb === 'grant' ? 'to' : 'from'} %I`;
    await command(statements, template, isTable ? [schema ?? '', name ?? '', role] : [schema ?? '', role]);
  }
}

async function cutOff(statements: Statements, key: string): Promise<void> {
  const sessions = sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = ${bound(key)}`;
  // Without the right to do so, sessions last until they end by themselves; nobody signs in any more.
  await statements.run(sessions).catch(() => undefined);
}
