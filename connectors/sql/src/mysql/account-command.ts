// Commands about MariaDB's accounts. They take no bound values, so the server itself quotes names and texts: each is bound
// to its function quote(), and only what that answers is put into a command. Owns the commands and their order: MariaDB
// undoes none, so everything is looked up before the first, and a creation that fails half-way is taken back.
import { randomBytes } from 'node:crypto';
import { ConnectorError, type ScalarValue } from '@joinery/connector-kit';
import type { AccountChange, AccountEngine, AccountWorld } from '../accounts/engine.js';
import type { Statements } from '../dialect.js';
import { bound, joined, raw, sql } from '../fragment.js';
import type { AccountType } from '../settings.js';
import { accountKeyProblem, describeAccounts, pageOfAccounts, partsOf, privilegesOf, readAccount } from './account.js';
import { mysqlErrors } from './failure.js';

/** Longest another change of the same account is waited for, in seconds. */
const lockSeconds = 5;

export const mariadbAccounts: AccountEngine = {
  describe: describeAccounts,
  check,
  page: pageOfAccounts,
  read: readAccount,
  keyProblem: accountKeyProblem,
  missing,
  begin,
  change,
  end: async (statements, key) => void (await statements.run(sql`select release_lock(${lockName(key)})`)),
  isTransactional: false,
  cutOff,
};

async function check(statements: Statements, world: AccountWorld): Promise<void> {
  const { rows } = await statements.run(raw('select version() as version'));
  const version = rows[0]?.version ?? '';
  if (!/mariadb/i.test(version))
    throw new ConnectorError({
      code: 'CAPABILITY_MISSING',
      message: `Could not read accounts: the server is MySQL ${version}; accounts and roles are managed on MariaDB only.`,
      hint: 'Leave the kinds databaseAccounts, databaseRoles and databasePrivileges out.',
    });
  const [type] = world.types;
  if (type !== undefined) await pageOfAccounts(statements, world, type, null);
}

const lockName = (key: string) => sql`concat('joinery ', md5(${bound(key)}))`;

async function begin(statements: Statements, key: string): Promise<void> {
  const seconds = raw(String(lockSeconds));
  const { rows } = await statements.run(sql`select get_lock(${lockName(key)}, ${seconds}) as got`);
  if (rows[0]?.got === '1') return;
  throw new ConnectorError({
    code: 'TIMEOUT',
    message: `Could not change ${JSON.stringify(key)}: somebody else has been changing it for ${lockSeconds} s.`,
    hint: 'It is tried again.',
  });
}

async function missing(statements: Statements, type: AccountType, keys: readonly string[]): Promise<readonly string[]> {
  const known = new Set(await knownKeys(statements, type, keys));
  return keys.filter((key) => !known.has(key));
}

async function knownKeys(statements: Statements, type: AccountType, keys: readonly string[]) {
  if (type.kind === 'databasePrivileges') {
    const { rows } = await statements.run(raw('select database() as name'));
    return (await privilegesOf(statements, { types: [type], database: rows[0]?.name ?? '' })).map(({ key }) => key);
  }
  const names = joined(keys.map(bound), ', ');
  const { rows } = await statements.run(
    sql`select convert(User using utf8mb4) as name from mysql.user where is_role = 'Y' and User in (${names})`,
  );
  return rows.map((row) => row.name ?? '');
}

/** The texts as the server writes them in a command. */
async function quotedTexts(statements: Statements, texts: readonly string[]): Promise<readonly string[]> {
  const columns = texts.map((text, n) => sql`quote(${bound(text)}) as ${raw(`q${n}`)}`);
  const { rows } = await statements.run(sql`select ${joined(columns, ', ')}`);
  return texts.map((_text, n) => rows[0]?.[`q${n}`] ?? '');
}

async function nameOf(statements: Statements, type: AccountType, key: string): Promise<string> {
  const { user, host } = partsOf(type, key);
  const [quotedUser = '', quotedHost = ''] = await quotedTexts(statements, [user, host]);
  return type.kind === 'databaseRoles' ? quotedUser : `${quotedUser}@${quotedHost}`;
}

async function change(statements: Statements, world: AccountWorld, wanted: AccountChange): Promise<void> {
  const name = await nameOf(statements, wanted.type, wanted.key);
  const noun = wanted.type.kind === 'databaseRoles' ? 'role' : 'user';
  if (wanted.kind === 'delete') return void (await statements.run(raw(`drop ${noun} ${name}`)));
  const links = await linkCommands(statements, world, wanted, name);
  const options = noun === 'role' ? '' : await optionsOf(statements, wanted);
  const own = wanted.kind === 'create' ? [`create ${noun} ${name}${options}`] : [];
  const changed = wanted.kind === 'update' && options !== '' ? [`alter user ${name}${options}`] : [];
  await runAll(statements, [...own, ...changed, ...links], wanted.kind === 'create' ? `drop ${noun} ${name}` : null);
}

// What the first command refuses was refused as a whole. Later on a creation is taken back; of a change nobody can say
// more than that it is half done: then it is read back.
async function runAll(statements: Statements, commands: readonly string[], undo: string | null): Promise<void> {
  for (const [n, command] of commands.entries())
    try {
      await statements.run(raw(command));
    } catch (error) {
      if (n === 0) throw error;
      if (undo === null) throw halfDone(error);
      await statements.run(raw(undo));
      throw error;
    }
}

function halfDone(error: unknown): ConnectorError {
  const { failure } = mysqlErrors.typed(error, 'carry out the whole change');
  const message = `A part of the change was made, then MariaDB refused the rest: ${failure.message}`;
  return new ConnectorError({ ...failure, code: 'OUTCOME_UNKNOWN', message });
}

// In the order MariaDB wants: how to sign in, what is required of the connection, limits, lock.
async function optionsOf(statements: Statements, wanted: AccountChange): Promise<string> {
  const { set } = wanted;
  const isWanted = set.password !== undefined || wanted.kind === 'create';
  const password = isWanted ? await passwordOf(statements, set.password ?? null) : '';
  const limit = set.connectionLimit === undefined ? '' : ` with max_user_connections ${limitOf(set.connectionLimit)}`;
  const lock = set.enabled === undefined ? '' : ` account ${set.enabled === false ? 'lock' : 'unlock'}`;
  return `${password}${await requirementOf(statements, wanted)}${limit}${lock}`;
}

// MariaDB lets everybody into an account without a password; so what has none gets one that nobody knows.
async function passwordOf(statements: Statements, password: ScalarValue): Promise<string> {
  const text = password === null || password === '' ? `aA1!${randomBytes(24).toString('base64')}` : String(password);
  const [quoted = ''] = await quotedTexts(statements, [text]);
  return ` identified by ${quoted}`;
}

async function requirementOf(statements: Statements, { set, present }: AccountChange): Promise<string> {
  if (set.certificateIssuer === undefined && set.certificateSubject === undefined) return '';
  const after = { ...present?.object.attributes, ...set };
  const [issuer, subject] = [String(after.certificateIssuer ?? ''), String(after.certificateSubject ?? '')];
  if (/[\u{10000}-\u{10ffff}]/u.test(`${issuer}${subject}`))
    throw new ConnectorError({
      code: 'INVALID_VALUE',
      message: 'Could not set what a certificate must say: MariaDB keeps it without characters beyond U+FFFF.',
      hint: 'Correct the mapping.',
    });
  const [quotedIssuer = '', quotedSubject = ''] = await quotedTexts(statements, [issuer, subject]);
  const demands = [
    ...(issuer === '' ? [] : [`issuer ${quotedIssuer}`]),
    ...(subject === '' ? [] : [`subject ${quotedSubject}`]),
  ];
  return ` require ${demands.length === 0 ? 'none' : demands.join(' and ')}`;
}

function limitOf(value: ScalarValue): number {
  if (value === null) return 0;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value < 2 ** 31) return value;
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `Could not set the connection limit ${String(value)}: it must be a whole number from 1 on.`,
    hint: 'Correct the mapping; disable the account to keep it from connecting.',
  });
}

async function linkCommands(
  statements: Statements,
  world: AccountWorld,
  { add, remove }: AccountChange,
  name: string,
): Promise<readonly string[]> {
  const roles = async (keys: readonly string[] = []) => (keys.length === 0 ? [] : quotedTexts(statements, keys));
  const [gone, come] = [await roles(remove.databaseRoles), await roles(add.databaseRoles)];
  return [
    ...gone.map((role) => `revoke ${role} from ${name}`),
    ...come.map((role) => `grant ${role} to ${name}`),
    ...(await privilegeCommands(statements, world, remove.databasePrivileges, (what) => `revoke ${what} from ${name}`)),
    ...(await privilegeCommands(statements, world, add.databasePrivileges, (what) => `grant ${what} to ${name}`)),
  ];
}

// The words of a privilege are those of the catalog, found by its key.
async function privilegeCommands(
  statements: Statements,
  world: AccountWorld,
  keys: readonly string[] = [],
  command: (what: string) => string,
): Promise<readonly string[]> {
  if (keys.length === 0) return [];
  const known = await privilegesOf(statements, world);
  const identifier = (text: string) => `\`${text.replaceAll('`', '``')}\``;
  return known
    .filter(({ key }) => keys.includes(key))
    .map(({ privilege, table }) => command(`${privilege} on ${identifier(world.database)}.${identifier(table)}`));
}

async function cutOff(statements: Statements, key: string): Promise<void> {
  const at = key.lastIndexOf('@');
  const [user = '', host = ''] = await quotedTexts(statements, [key.slice(0, at), key.slice(at + 1)]);
  // Without the right to do so, sessions last until they end by themselves; nobody signs in any more.
  await statements.run(raw(`kill user ${user}@${host}`)).catch(() => undefined);
}
