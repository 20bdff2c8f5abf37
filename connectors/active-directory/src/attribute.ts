// Attributes as the contract sees them: each has a form that says where its value is and how it is read.
// Owns reading; what is written for a value is in encoding.ts, which attributes a type has in catalog.ts.
import type { AttributeDescription, ScalarValue } from '@joinery/connector-kit';
import { bytesOf, type LdapEntry, parentName, parseName, textOf, textsOf } from '@joinery/ldap-client';
import { extendedName, guidText, sidText } from './identifier.js';
import { isoOfFiletime, isoOfGeneralizedTime } from './instant.js';

/** How a value lies in the directory. */
export type AttributeForm =
  | 'text'
  | 'number'
  | 'boolean'
  | 'time'
  | 'filetime'
  | 'reference'
  | 'guid'
  | 'sid'
  | 'bytes'
  | 'enabled'
  | 'neverExpires'
  | 'mustChange'
  | 'locked'
  | 'password'
  | 'scope'
  | 'security'
  | 'rdn'
  | 'place'
  | 'dn';

export interface AdAttribute {
  readonly name: string;
  readonly form: AttributeForm;
  /** The attribute of the directory behind it; empty when it is read from the name alone. */
  readonly source: string;
  readonly isReadOnly: boolean;
}

/** Bits of userAccountControl. */
export const disabledBit = 0x2;
export const neverExpiresBit = 0x1_0000;
const lockedBit = 0x10;
/** Lets an account be enabled without a password. */
export const needsNoPasswordBit = 0x20;

/** Bits of groupType; the highest one makes it a number below zero. */
export const securityBit = 0x8000_0000;
export const scopeBits = { global: 0x2, domainLocal: 0x4, universal: 0x8 } as const;
export type GroupScope = keyof typeof scopeBits;

export const isGroupScope = (text: unknown): text is GroupScope =>
  typeof text === 'string' && Object.hasOwn(scopeBits, text);

/** The type of the contract for each form. */
export const typeOfForm: Readonly<Record<AttributeForm, AttributeDescription['type']>> = {
  text: 'string',
  number: 'number',
  boolean: 'boolean',
  time: 'date',
  filetime: 'date',
  reference: 'string',
  guid: 'string',
  sid: 'string',
  bytes: 'string',
  enabled: 'boolean',
  neverExpires: 'boolean',
  mustChange: 'boolean',
  locked: 'boolean',
  password: 'string',
  scope: 'string',
  security: 'boolean',
  rdn: 'string',
  place: 'string',
  dn: 'string',
};

/** The number in an attribute, or null when it is absent. */
export function numberIn(entry: LdapEntry, source: string): number | null {
  const text = textOf(entry, source);
  return text === null ? null : Number(text);
}

/** The value of the attribute in an entry that was read with extended names. */
export function valueOf({ form, source }: AdAttribute, entry: LdapEntry): ScalarValue {
  switch (form) {
    case 'place':
      return parentName(extendedName(entry.dn).dn);
    case 'dn':
      return extendedName(entry.dn).dn;
    case 'rdn':
      return parseName(extendedName(entry.dn).dn)?.[0]?.[0]?.value ?? null;
    case 'password':
      return null;
    case 'enabled':
    case 'neverExpires':
    case 'mustChange':
    case 'locked':
    case 'scope':
    case 'security':
      return stateOf(form, entry, source);
    default:
      return plainValue(form, entry, source);
  }
}

function stateOf(
  form: 'enabled' | 'neverExpires' | 'mustChange' | 'locked' | 'scope' | 'security',
  entry: LdapEntry,
  source: string,
): ScalarValue {
  const bits = numberIn(entry, source);
  if (bits === null) return form === 'locked' ? false : null;
  switch (form) {
    case 'enabled':
      return (bits & disabledBit) === 0;
    case 'neverExpires':
      return (bits & neverExpiresBit) !== 0;
    case 'mustChange':
      return bits === 0;
    case 'locked':
      return (bits & lockedBit) !== 0;
    case 'scope':
      return Object.entries(scopeBits).find(([, bit]) => (bits & bit) !== 0)?.[0] ?? null;
    case 'security':
      return (bits & securityBit) !== 0;
    default:
      return form satisfies never;
  }
}

type PlainForm = 'text' | 'number' | 'boolean' | 'time' | 'filetime' | 'reference' | 'guid' | 'sid' | 'bytes';

function plainValue(form: PlainForm, entry: LdapEntry, source: string): ScalarValue {
  const [first] = bytesOf(entry, source);
  if (first === undefined) return null;
  switch (form) {
    case 'text':
      // More than one only where the attribute is read-only here; their order is nobody's promise.
      return [...textsOf(entry, source)].sort().join('\n');
    case 'number':
      return numberOrText(first.toString());
    case 'boolean':
      return first.toString() === 'TRUE';
    case 'time':
      return isoOfGeneralizedTime(first.toString());
    case 'filetime':
      return isoOfFiletime(first.toString());
    case 'reference':
      return extendedName(first.toString()).guid;
    case 'guid':
      return guidText(first);
    case 'sid':
      return sidText(first);
    case 'bytes':
      return first.toString('base64');
    default:
      return form satisfies never;
  }
}

// A number JavaScript cannot hold would come back as another one.
function numberOrText(text: string): ScalarValue {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}
