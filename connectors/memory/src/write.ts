// What becomes of one delta: refused by the store's rules, or kept.
// Owns the rules and the keys the store gives; faults and answers are the session's.
import { randomUUID } from 'node:crypto';
import {
  type ApplyOutcome,
  type Delta,
  deltaRefusal,
  effectOf,
  type ObjectTypeDescription,
  objectTypeOf,
  refusal,
  withoutKey,
} from '@joinery/connector-kit';
import { completed, keyIn, tableOf } from './row.js';
import type { MemoryObjectType, MemorySettings } from './settings.js';
import { record, type Store } from './store.js';

/** Decides and keeps; an idempotency key that was applied is never applied again. */
export function write(store: Store, settings: MemorySettings, delta: Delta, idempotencyKey: string): ApplyOutcome {
  const type = objectTypeOf(settings.objectTypes, delta.objectType);
  const known = store.answered.get(idempotencyKey);
  const effect = withKeys(store, settings, type, delta);
  const outcome: ApplyOutcome =
    known === undefined
      ? (ruleRefusal(store, settings, type, delta, effect) ?? effectOn(store, type, effect))
      : { kind: 'alreadySo', key: (known.effect ?? known.delta).key };
  record(store, {
    idempotencyKey,
    delta,
    ...(type.nameAttribute === undefined ? {} : { effect }),
    outcome: outcome.kind,
    pid: process.pid,
    at: Date.now(),
  });
  return outcome;
}

function effectOn(store: Store, type: ObjectTypeDescription, effect: Delta): ApplyOutcome {
  const present = tableOf(store.tables, type.name).get(effect.key);
  return effectOf(present === undefined ? null : completed(type, present), effect).outcome;
}

/** The delta with keys in place of names; a new row of a type whose keys the store gives gets one. */
function withKeys(store: Store, settings: MemorySettings, type: ObjectTypeDescription, delta: Delta): Delta {
  const { nameAttribute } = type;
  const found = keyIn(tableOf(store.tables, type.name), type, delta.key);
  const isNew = found === undefined && delta.kind === 'create' && nameAttribute !== undefined;
  const named = nameAttribute === undefined || delta.kind !== 'create' ? {} : { [nameAttribute]: delta.key };
  return {
    ...withoutKey(delta, type),
    key: found ?? (isNew ? randomUUID() : delta.key),
    set: { ...withoutKey(delta, type).set, ...named },
    add: withMemberKeys(store, settings, type, delta.add),
    remove: withMemberKeys(store, settings, type, delta.remove),
  };
}

function withMemberKeys(
  store: Store,
  settings: MemorySettings,
  type: ObjectTypeDescription,
  links: Delta['add'],
): Delta['add'] {
  const toKeys = (name: string, members: readonly string[]): readonly string[] => {
    const target = type.links.find((link) => link.name === name)?.targetObjectType;
    const targetType = settings.objectTypes.find((candidate) => candidate.name === target);
    if (targetType?.nameAttribute === undefined) return members;
    return members.map((member) => keyIn(tableOf(store.tables, targetType.name), targetType, member) ?? member);
  };
  return Object.fromEntries(Object.entries(links).map(([name, members]) => [name, toKeys(name, members)]));
}

function ruleRefusal(
  store: Store,
  settings: MemorySettings,
  type: MemoryObjectType,
  delta: Delta,
  effect: Delta,
): ApplyOutcome | null {
  const problem = deltaRefusal(delta, type);
  if (problem !== null) return { kind: 'refused', failure: problem };
  return (
    nameRefusal(store, type, delta, effect) ??
    passwordRefusal(type, delta) ??
    (settings.checkLinks ? memberRefusal(store, type, delta, effect) : null)
  );
}

function nameRefusal(store: Store, type: MemoryObjectType, delta: Delta, effect: Delta): ApplyOutcome | null {
  const name = type.nameAttribute === undefined ? undefined : effect.set[type.nameAttribute];
  if (delta.kind !== 'update' || typeof name !== 'string') return null;
  const owner = keyIn(tableOf(store.tables, type.name), type, name);
  return owner === undefined || owner === effect.key
    ? null
    : refusal(delta, 'ALREADY_EXISTS', `another row has the name ${JSON.stringify(name)}`);
}

function passwordRefusal({ passwordAttribute, shortestPassword }: MemoryObjectType, delta: Delta): ApplyOutcome | null {
  const password = passwordAttribute === undefined ? undefined : delta.set[passwordAttribute];
  if (typeof password !== 'string' || shortestPassword === undefined || password.length >= shortestPassword)
    return null;
  return refusal(delta, 'CONSTRAINT_VIOLATION', `its password must have at least ${shortestPassword} characters`);
}

function memberRefusal(store: Store, type: MemoryObjectType, delta: Delta, effect: Delta): ApplyOutcome | null {
  for (const link of type.links) {
    const members = tableOf(store.tables, link.targetObjectType);
    const stranger = effect.add[link.name]?.find((member) => !members.has(member));
    if (stranger !== undefined)
      return refusal(delta, 'CONSTRAINT_VIOLATION', `there is no row ${JSON.stringify(stranger)} to link to`);
  }
  return null;
}
