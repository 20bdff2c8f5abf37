// The deltas of the cases, each in one line. Owns what a creation on this target must hold besides.
import type { Delta, ScalarValue } from '../contract.js';
import type { ConformanceTarget, LinkTarget } from './target.js';

type Values = Readonly<Record<string, ScalarValue>>;

const nothing = { set: {}, add: {}, remove: {} } as const;

/** A creation of the target's object type, with the values every row of it must have. */
export function creation(target: ConformanceTarget, key: string, set: Values = {}): Delta {
  return { ...nothing, kind: 'create', objectType: target.objectType, key, set: { ...target.required, ...set } };
}

/** A creation of the object type that has the link. */
export function linkedCreation(
  target: ConformanceTarget,
  link: LinkTarget,
  key: string,
  members: readonly string[] = [],
): Delta {
  const required = link.required ?? (link.objectType === target.objectType ? target.required : {});
  return {
    ...nothing,
    kind: 'create',
    objectType: link.objectType,
    key,
    set: { ...required },
    add: members.length === 0 ? {} : { [link.name]: members },
  };
}

export function update(objectType: string, key: string, set: Values): Delta {
  return { ...nothing, kind: 'update', objectType, key, set };
}

export function deletion(objectType: string, key: string): Delta {
  return { ...nothing, kind: 'delete', objectType, key };
}

export function linkAddition({ objectType, name }: LinkTarget, key: string, members: readonly string[]): Delta {
  return { ...nothing, kind: 'update', objectType, key, add: { [name]: members } };
}

export function linkRemoval({ objectType, name }: LinkTarget, key: string, members: readonly string[]): Delta {
  return { ...nothing, kind: 'update', objectType, key, remove: { [name]: members } };
}
