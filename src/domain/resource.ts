// A row read from a managed system, in our property names, and the text its content hash is made of.
import type { ScalarValue } from '@joinery/connector-kit';
import type { Attributes } from './configuration.js';

export interface ResourceContent {
  readonly key: string;
  readonly attributes: Attributes;
  /** Property → keys of the linked resources, sorted, without repetition. */
  readonly links: Readonly<Record<string, readonly string[]>>;
}

/** Turns text into a short digest; given from outside because the domain has no cryptography. */
export type Digest = (text: string) => string;

/** The same content gives the same text, whatever the order of properties or links. Nulls and empty links do not count. */
export function canonicalContent(content: ResourceContent): string {
  const attributes = Object.keys(content.attributes)
    .filter((name) => content.attributes[name] !== null)
    .sort();
  const links = Object.keys(content.links)
    .filter((name) => (content.links[name] ?? []).length > 0)
    .sort();
  return JSON.stringify([
    content.key,
    attributes.map((name) => [name, content.attributes[name]]),
    links.map((name) => [name, [...(content.links[name] ?? [])].sort()]),
  ]);
}

/** Whether two values of a property are the same; a system that stores no value and one that stores '' mean the same. */
export const sameScalar = (a: ScalarValue, b: ScalarValue): boolean => (a === '' ? null : a) === (b === '' ? null : b);

// A lone half of a surrogate pair is no character: PostgreSQL refuses it, as it refuses NUL.
const unstorable = /\0|\p{Surrogate}/u;

/** Whether a value is a text that cannot be stored. One such value would undo the whole transaction it is written in. */
export const isUnstorable = (value: unknown): boolean => typeof value === 'string' && unstorable.test(value);

/** One change of a resource, as its history keeps it. */
export interface ResourceChangeRecord {
  readonly kind: 'CREATE' | 'UPDATE' | 'DELETE' | 'ASSOCIATE' | 'DISSOCIATE';
  /** Links as lists of keys. */
  readonly changes: readonly {
    readonly property: string;
    readonly from: ScalarValue | readonly string[];
    readonly to: ScalarValue | readonly string[];
  }[];
}
