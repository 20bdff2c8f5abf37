// An entry as the server sent it. Attribute names are looked up without regard to case; values are bytes until asked for
// as text. Owns no meaning of any attribute.
import type { SearchEntry } from 'ldapts';

export interface LdapEntry {
  readonly dn: string;
  /** Attribute description in lower case, options included (`member;range=0-1499`) → values. */
  readonly attributes: ReadonlyMap<string, readonly Buffer[]>;
}

export function toEntry(entry: SearchEntry): LdapEntry {
  return {
    dn: entry.name,
    attributes: new Map(entry.attributes.map(({ type, parsedBuffers }) => [type.toLowerCase(), parsedBuffers])),
  };
}

/** All values as bytes; none when the attribute is absent. */
export function bytesOf(entry: LdapEntry, attribute: string): readonly Buffer[] {
  return entry.attributes.get(attribute.toLowerCase()) ?? [];
}

/** All values as text. */
export function textsOf(entry: LdapEntry, attribute: string): readonly string[] {
  return bytesOf(entry, attribute).map((value) => value.toString('utf8'));
}

/** The first value as text, or null when the attribute is absent. */
export function textOf(entry: LdapEntry, attribute: string): string | null {
  return bytesOf(entry, attribute)[0]?.toString('utf8') ?? null;
}
