// What a configuration says differently from another one, definition by definition: what a person reads before it comes into force.
// Owns comparing and masking; who is concerned is configuration-change.ts', what it does to people a plan's.
import type { Configuration } from './configuration.js';
import { canonicalText } from './configuration-change.js';
import { shownSettings } from './connection-setting.js';

export interface ConfigurationChange {
  /** The list it stands in. */
  readonly kind: keyof Configuration;
  /** Identifier inside the list; of a profile its name. */
  readonly identifier: string;
  readonly change: 'ADDED' | 'REMOVED' | 'CHANGED';
  /** Null when added. Changed: only the keys that differ, with dots between levels; a key that was not there is left out. */
  readonly before: Readonly<Record<string, unknown>> | null;
  /** Null when removed; as `before`. */
  readonly after: Readonly<Record<string, unknown>> | null;
}

type Definition = Readonly<Record<string, unknown>>;

/** By kind, then by identifier. A mere change of order is none. */
export function configurationChanges(before: Configuration, after: Configuration): readonly ConfigurationChange[] {
  const kinds = [
    ...new Set([...Object.keys(before), ...Object.keys(after)]),
  ].sort() as readonly (keyof Configuration)[];
  return kinds.flatMap((kind) => changesOfKind(kind, byIdentifier(before[kind]), byIdentifier(after[kind])));
}

function changesOfKind(
  kind: keyof Configuration,
  before: ReadonlyMap<string, Definition>,
  after: ReadonlyMap<string, Definition>,
): readonly ConfigurationChange[] {
  const identifiers = [...new Set([...before.keys(), ...after.keys()])].sort();
  return identifiers.flatMap((identifier): readonly ConfigurationChange[] => {
    const [old, next] = [before.get(identifier) ?? null, after.get(identifier) ?? null];
    if (old === null) return [{ kind, identifier, change: 'ADDED', before: null, after: next }];
    if (next === null) return [{ kind, identifier, change: 'REMOVED', before: old, after: null }];
    const keys = differingKeys(flat(old), flat(next));
    if (keys.length === 0) return [];
    return [{ kind, identifier, change: 'CHANGED', before: only(flat(old), keys), after: only(flat(next), keys) }];
  });
}

/** One that stands twice is told apart by its number: nothing may hide behind another. */
function byIdentifier(definitions: readonly object[] | undefined): ReadonlyMap<string, Definition> {
  const found = new Map<string, Definition>();
  for (const definition of (definitions ?? []) as readonly Definition[]) {
    const name = nameOf(definition);
    let place = name;
    for (let number = 2; found.has(place); number += 1) place = `${name}#${number}`;
    found.set(place, definition);
  }
  return found;
}

const nameOf = ({ identifier, profile }: Definition): string => {
  const name = identifier ?? profile;
  return typeof name === 'string' ? name : '';
};

/** Settings are told apart by their first level: what is inside one is shown, or hidden, together. */
function flat(value: Definition, prefix = ''): ReadonlyMap<string, unknown> {
  return new Map(
    Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
      const path = `${prefix}${key}`;
      const isLeaf = !isRecord(inner) || Object.keys(inner).length === 0 || prefix === settingsPrefix;
      return isLeaf ? [[path, inner]] : [...flat(inner, `${path}.`)];
    }),
  );
}
const settingsPrefix = 'settings.';

const differingKeys = (before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): readonly string[] =>
  [...new Set([...before.keys(), ...after.keys()])]
    .filter(
      (key) => before.has(key) !== after.has(key) || canonicalText(before.get(key)) !== canonicalText(after.get(key)),
    )
    .sort();

const only = (values: ReadonlyMap<string, unknown>, keys: readonly string[]): Definition =>
  Object.fromEntries(keys.filter((key) => values.has(key)).map((key) => [key, values.get(key)]));

/** `secrets`: names of the secret settings of the connection's package; null: unknown, then no text is shown. */
export function maskedChange(change: ConfigurationChange, secrets: readonly string[] | null): ConfigurationChange {
  if (change.kind !== 'connections') return change;
  return { ...change, before: masked(change.before, secrets), after: masked(change.after, secrets) };
}

function masked(value: Definition | null, secrets: readonly string[] | null): Definition | null {
  if (value === null) return null;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key === 'settings' && isRecord(inner)) return [key, shownSettings(inner, secrets)];
      if (!key.startsWith(settingsPrefix)) return [key, inner];
      const name = key.slice(settingsPrefix.length);
      return [key, shownSettings({ [name]: inner }, secrets)[name]];
    }),
  );
}

const isRecord = (value: unknown): value is Definition =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
