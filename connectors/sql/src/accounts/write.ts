// Applies one delta to a database account or role: looked at first, checked whole, then written.
// Owns what is refused before anything is sent; the statements are the engine's.
import {
  type ApplyOutcome,
  ConnectorError,
  type Delta,
  deltaRefusal,
  effectOf,
  type MarkSent,
  type ObjectTypeDescription,
  outcomeOf,
  refusal,
  type StoredRow,
  withoutKey,
} from '@joinery/connector-kit';
import type { Access, Statements } from '../dialect.js';
import type { AccountType } from '../settings.js';
import { withConnection } from '../transaction.js';
import {
  type AccountChange,
  type AccountEngine,
  type AccountWorld,
  type FoundAccount,
  isManaged,
  linkNames,
  typeOfKind,
} from './engine.js';

/** A connection's accounts, and how its engine deals with them. */
export interface Accounts {
  readonly access: Access;
  readonly engine: AccountEngine;
  readonly world: AccountWorld;
}

/** Tries when somebody else changed the same account at the same instant. */
const mostTries = 4;

interface Work {
  readonly accounts: Accounts;
  readonly type: AccountType;
  readonly description: ObjectTypeDescription;
  readonly delta: Delta;
  readonly signal: AbortSignal;
  readonly markSent: MarkSent;
}

export async function applyToAccount(
  accounts: Accounts,
  type: AccountType,
  sent: Delta,
  signal: AbortSignal,
  markSent: MarkSent,
): Promise<ApplyOutcome> {
  const description = accounts.engine.describe(accounts.world).find(({ name }) => name === type.name);
  if (description === undefined) return refusal(sent, 'CONNECTOR_BUG', 'its object type got lost');
  const problem = deltaRefusal(sent, description);
  if (problem !== null) return { kind: 'refused', failure: problem };
  const delta = withoutKey(sent, description);
  const refused = refusalBefore(accounts, type, delta);
  return refused ?? tried({ accounts, type, description, delta, signal, markSent });
}

function refusalBefore({ engine }: Accounts, type: AccountType, delta: Delta): ApplyOutcome | null {
  if (type.kind === 'databasePrivileges')
    return refusal(delta, 'CAPABILITY_MISSING', 'privileges come and go with the tables they are on');
  const problem = engine.keyProblem(type, delta.key);
  // What cannot be is not there either.
  if (problem !== null && delta.kind === 'delete') return { kind: 'alreadySo', key: delta.key };
  if (problem !== null) return refusal(delta, delta.kind === 'create' ? 'INVALID_VALUE' : 'NOT_FOUND', problem);
  return null;
}

async function tried(work: Work): Promise<ApplyOutcome> {
  const { access, engine } = work.accounts;
  const { delta } = work;
  for (let attempt = 1; ; attempt += 1) {
    let wasSent = false;
    const markSent = (): void => {
      wasSent = true;
      work.markSent();
    };
    try {
      return await withConnection(access.database, work.signal, (statements) =>
        changeAccount({ ...work, markSent }, statements),
      );
    } catch (error) {
      const { errors } = access.dialect;
      const isUndone = engine.isTransactional || !wasSent;
      if (attempt < mostTries && isUndone && errors.isWorthRepeating(error)) continue;
      const typed = errors.typed(error, `${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}`);
      if (errors.isAnswer(error) && isUndone) return outcomeOf(typed, false);
      throw typed;
    }
  }
}

async function changeAccount(work: Work, statements: Statements): Promise<ApplyOutcome> {
  const { accounts, type, delta } = work;
  const { engine, world } = accounts;
  await engine.begin(statements, delta.key);
  const present = await engine.read(statements, world, type, delta.key);
  const decided = await decide(work, statements, present);
  if ('kind' in decided) {
    await engine.end(statements, delta.key);
    return decided;
  }
  work.signal.throwIfAborted();
  if (!engine.isTransactional) work.markSent();
  await engine.change(statements, world, decided.change);
  if (engine.isTransactional) await assertTakenAway(work, statements, decided.change);
  work.signal.throwIfAborted();
  work.markSent();
  await engine.end(statements, delta.key);
  if (isDisabled(work)) await engine.cutOff(statements, delta.key);
  return { kind: 'applied', key: delta.key };
}

// A database may leave alone what somebody else granted, without a word.
async function assertTakenAway(
  { accounts, type, delta }: Work,
  statements: Statements,
  wanted: AccountChange,
): Promise<void> {
  const removed = [...(wanted.remove.databaseRoles ?? []), ...(wanted.remove.databasePrivileges ?? [])];
  if (removed.length === 0) return;
  const found = await accounts.engine.read(statements, accounts.world, type, delta.key);
  const held = new Set(Object.values(found?.object.links ?? {}).flat());
  const kept = removed.find((key) => held.has(key));
  if (kept === undefined) return;
  throw new ConnectorError({
    code: 'FORBIDDEN',
    message: `Could not take ${JSON.stringify(kept)} from ${type.name} ${JSON.stringify(delta.key)}: somebody else granted it.`,
    hint: 'Who granted it can revoke it.',
  });
}

function isDisabled({ description: { disabling }, delta }: Work): boolean {
  return (
    delta.kind === 'update' && disabling !== undefined && delta.set[disabling.attribute] === disabling.disabledValue
  );
}

type Decision = ApplyOutcome | { readonly change: AccountChange };

async function decide(work: Work, statements: Statements, present: FoundAccount | null): Promise<Decision> {
  const { delta, type } = work;
  const isThere = present !== null;
  if (isThere && present.protection !== null) return refusal(delta, 'FORBIDDEN', present.protection);
  if (!isThere && delta.kind === 'create' && !isManaged(type, delta.key))
    return refusal(delta, 'FORBIDDEN', 'the setting "names" of its object type leaves such names to others');
  const effect = effectOf(isThere ? storedRow(present) : null, withoutPassword(work));
  const isEqual = effect.outcome.kind === 'alreadySo' && !setsPassword(work, present);
  if (isEqual || effect.outcome.kind === 'refused') return effect.outcome;
  const missing = await missingMembers(work, statements);
  if (missing !== null) return refusal(delta, 'CONSTRAINT_VIOLATION', missing);
  return { change: changeOf(work, present) };
}

// A creation is enabled unless it says otherwise: absent values are not compared.
function storedRow({ object }: FoundAccount): StoredRow {
  const links = Object.entries(object.links).map(([name, keys]) => [name, new Set(keys)] as const);
  return { attributes: object.attributes, links: Object.fromEntries(links) };
}

function withoutPassword({ delta, description }: Work): Delta {
  const { passwordAttribute } = description;
  const set = Object.entries(delta.set).filter(([name]) => name !== passwordAttribute);
  return { ...delta, set: Object.fromEntries(set) };
}

// An account that is equal otherwise was made by the same creation before: its password is not set a second time.
function setsPassword({ delta, description }: Work, present: FoundAccount | null): boolean {
  const { passwordAttribute = '' } = description;
  const password = delta.set[passwordAttribute];
  if (delta.kind !== 'update' || password === undefined) return false;
  return typeof password !== 'string' || present?.hasPassword?.(password) !== true;
}

async function missingMembers({ accounts, delta }: Work, statements: Statements): Promise<string | null> {
  for (const kind of ['databaseRoles', 'databasePrivileges'] as const) {
    const type = typeOfKind(accounts.world, kind);
    const keys = delta.add[linkNames[kind]] ?? [];
    if (type === undefined || keys.length === 0) continue;
    const [first] = await accounts.engine.missing(statements, type, [...new Set(keys)]);
    if (first !== undefined) return `there is no ${type.name} ${JSON.stringify(first)}`;
  }
  return null;
}

function changeOf({ accounts: { world }, type, delta }: Work, present: FoundAccount | null): AccountChange {
  const held = (link: string) => new Set(present?.object.links[link]);
  const members = (from: Delta['add'], isWanted: (isHeld: boolean) => boolean): AccountChange['add'] =>
    Object.fromEntries(
      (['databaseRoles', 'databasePrivileges'] as const)
        .filter((kind) => typeOfKind(world, kind) !== undefined)
        .map((kind) => {
          const isHeld = held(linkNames[kind]);
          return [kind, [...new Set(from[linkNames[kind]] ?? [])].filter((key) => isWanted(isHeld.has(key)))];
        }),
    );
  return {
    kind: delta.kind,
    type,
    key: delta.key,
    present,
    set: delta.set,
    add: members(delta.add, (isHeld) => !isHeld),
    remove: members(delta.remove, (isHeld) => isHeld),
  };
}
