// Entries as rows: which text is the key, which the name, and what each attribute says. Members come from member.ts.
import type { ScalarValue, TargetObject } from '@joinery/connector-kit';
import {
  bytesOf,
  comparableName,
  equalTo,
  type Filter,
  anyOf,
  type LdapEntry,
  parentName,
  parseName,
  rdnOf,
  rdnText,
  textOf,
  textsOf,
} from '@joinery/ldap-client';
import { isSameName, type Layout, type PlacedAttribute } from './layout.js';
import { toScalar } from './value.js';

const uuidPattern = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** The key of the entry, or null when it has none and so is no row. */
export function keyOf(layout: Layout, entry: LdapEntry): string | null {
  const { key, rdnAttribute } = layout.setting;
  if (key === 'dn') return entry.dn;
  return isSameName(key, rdnAttribute) ? nameOf(layout, entry) : textOf(entry, key);
}

/** The value the entry is named by; null when it is named by another attribute. */
export function nameOf({ setting: { rdnAttribute } }: Layout, entry: LdapEntry): string | null {
  const values = textsOf(entry, rdnAttribute);
  if (values.length === 1) return values[0] ?? null;
  const rdn = comparableName(rdnOf(entry.dn));
  return values.find((value) => comparableName(rdnText(rdnAttribute, value)) === rdn) ?? values[0] ?? null;
}

/** The name in a DN that may be of an entry that is gone; null when it is named by another attribute. */
export function nameInDn({ setting: { rdnAttribute } }: Layout, dn: string): string | null {
  const part = parseName(dn)?.[0]?.find(({ attribute }) => isSameName(attribute, rdnAttribute));
  return part?.value ?? null;
}

/** What finds the entry of a key, or of a name where the directory gives keys. */
export function keyFilter({ setting: { key, rdnAttribute } }: Layout, text: string): Filter {
  switch (key) {
    case 'dn':
      return equalTo('entryDN', text);
    case 'entryUUID':
      return uuidPattern.test(text)
        ? anyOf(equalTo('entryUUID', text), equalTo(rdnAttribute, text))
        : equalTo(rdnAttribute, text);
    default:
      return equalTo(key, text);
  }
}

/** Whether the entry is the one meant; directories take names of other case or blanks for the same, a key is a key. */
export function isMeant(layout: Layout, entry: LdapEntry, text: string): boolean {
  const key = keyOf(layout, entry);
  if (layout.setting.key === 'dn') return comparableName(entry.dn) === comparableName(text);
  if (layout.setting.key !== 'entryUUID') return key === text;
  return key === text.toLowerCase() || nameOf(layout, entry) === text;
}

/** The row of an entry that has a key. */
export function toRow(layout: Layout, entry: LdapEntry, key: string, links: TargetObject['links']): TargetObject {
  const shown = layout.attributes.filter(({ isWriteOnly }) => !isWriteOnly);
  return {
    objectType: layout.type.name,
    key,
    attributes: Object.fromEntries(shown.map((attribute) => [attribute.name, valueOf(layout, attribute, entry, key)])),
    links,
  };
}

/** The value of one attribute as the row shows it. */
export function valueOf(layout: Layout, attribute: PlacedAttribute, entry: LdapEntry, key: string): ScalarValue {
  switch (attribute.role) {
    case 'key':
      return key;
    case 'name':
      return nameOf(layout, entry);
    case 'place':
      return parentName(entry.dn);
    case 'disabling':
      return disablingValue(layout, textOf(entry, attribute.attribute));
    case 'password':
      return null;
    case 'plain':
      return toScalar(attribute, bytesOf(entry, attribute.attribute));
    default:
      return attribute.role satisfies never;
  }
}

// The password policy keeps passing locks (too many wrong passwords) in the same attribute; those disable nobody.
function disablingValue({ setting: { disabling } }: Layout, value: string | null): string | null {
  return disabling?.attribute === 'pwdAccountLockedTime' && value !== disabling.disabledValue ? null : value;
}
