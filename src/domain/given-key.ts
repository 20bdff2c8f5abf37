// Keys that a managed system gives: an account is asked for under a name, and bears the key that came back from then on.
// Owns what takes the new key; who carries what out is no matter here.
import type { ExpectedResource, ResourceDelta } from './assignment.js';
import { isUnstorable } from './resource.js';

/** A key that the system gave, and what may bear it. */
export interface GivenKey {
  readonly key: string;
  readonly entityType: string;
  /** The property that holds the key. */
  readonly keyProperty: string;
  /** Resource types whose accounts are rows of the entity type: one key is one account of any of them. */
  readonly resourceTypes: readonly string[];
}

/** Null: the row has the key it was asked for, or there is none to speak of. */
export const givenKeyOf = (delta: ResourceDelta, key: string | null): string | null =>
  key === null || key === delta.key || delta.kind === 'DELETE' || key.trim() === '' || isUnstorable(key) ? null : key;

/** The delta as it was carried out. Its name stays with it: were the row gone, it would be asked for under that again. */
export function withGivenKey(delta: ResourceDelta, key: string, keyProperty: string | null): ResourceDelta {
  return {
    ...delta,
    key,
    ...(delta.kind === 'CREATE' ? { name: delta.name ?? delta.key } : {}),
    scalars: delta.scalars.map((scalar) => (scalar.property === keyProperty ? { ...scalar, to: key } : scalar)),
  };
}

/** A later change of an account that is there by now: what was to be created is changed. */
export function laterWithGivenKey(delta: ResourceDelta, key: string, keyProperty: string): ResourceDelta {
  const { name: _, ...renamed } = withGivenKey(delta, key, keyProperty);
  return renamed.kind === 'CREATE' ? { ...renamed, kind: 'UPDATE' } : renamed;
}

/** As the database gives a document back, its keys are in another order than the one it is compared by. */
export const inComparedOrder = (expected: ExpectedResource): ExpectedResource => ({
  ...expected,
  values: sorted(expected.values),
  links: sorted(
    Object.fromEntries(Object.entries(expected.links).map(([property, targets]) => [property, sorted(targets)])),
  ),
});

const sorted = <T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
