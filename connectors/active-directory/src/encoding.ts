// From values of a delta to values of the directory: only what differs from the row, and what no row may hold.
// Owns the bits of userAccountControl and groupType, of which only the named ones change, and the one by which an account
// needs no password: that goes when it is enabled or gets one.
import { ConnectorError, type Delta, type ScalarValue } from '@joinery/connector-kit';
import { comparableName, type LdapEntry, type LdapValue } from '@joinery/ldap-client';
import {
  type AdAttribute,
  disabledBit,
  isGroupScope,
  needsNoPasswordBit,
  neverExpiresBit,
  numberIn,
  scopeBits,
  securityBit,
  valueOf,
} from './attribute.js';
import type { Layout } from './catalog.js';
import { filetimeOfIso, generalizedTimeOfIso, neverFiletime } from './instant.js';
import type { Found } from './lookup.js';

/** Attribute of the directory → its new values; none: it goes. */
export type NewValues = ReadonlyMap<string, readonly LdapValue[]>;

/** Objects that values of the delta refer to, by the key the delta calls them. */
export type References = ReadonlyMap<string, Found>;

const normalAccount = 0x200;
const scopeMask = scopeBits.global | scopeBits.domainLocal | scopeBits.universal;
/** A global security group, which is what Active Directory makes of a group that says nothing. */
const usualGroup = scopeBits.global | securityBit;

/** The attributes of the delta whose value differs from the row's; all of them for a new row. */
export function differing(
  layout: Layout,
  delta: Delta,
  entry: LdapEntry | null,
  references: References,
): readonly AdAttribute[] {
  return layout.attributes.filter((attribute) => {
    if (!Object.hasOwn(delta.set, attribute.name) || attribute.isReadOnly) return false;
    const value = delta.set[attribute.name] ?? null;
    if (attribute.form === 'password') return value !== null;
    if (entry === null) return value !== null && !isNewAnyway(attribute, value);
    if (isTakenBack(attribute, delta)) return true;
    return !isSame(attribute, valueOf(attribute, entry), value, references);
  });
}

/** A new account is not locked, and its password was set just now. */
function isNewAnyway({ form }: AdAttribute, value: ScalarValue): boolean {
  return (form === 'locked' || form === 'mustChange') && value === false;
}

/** The demand to change a password is taken back by a new one, so it is told again. */
function isTakenBack({ form }: AdAttribute, { kind, set }: Delta): boolean {
  return (
    kind === 'update' && form === 'mustChange' && set.mustChangePassword === true && typeof set.password === 'string'
  );
}

function isSame({ form }: AdAttribute, present: ScalarValue, wanted: ScalarValue, references: References): boolean {
  if (present === null || wanted === null) return present === wanted;
  switch (form) {
    case 'time':
      return toSecond(String(present)) === toSecond(String(wanted));
    case 'filetime':
      return Date.parse(String(present)) === Date.parse(String(wanted));
    case 'reference':
      return present === references.get(String(wanted))?.guid;
    case 'place':
    case 'dn':
      return comparableName(String(present)) === comparableName(String(wanted));
    default:
      return present === wanted;
  }
}

const toSecond = (iso: string): number => Math.floor(Date.parse(iso) / 1_000);

/** What to write for those attributes; names and places are written by renaming. */
export function newValues(
  delta: Delta,
  attributes: readonly AdAttribute[],
  entry: LdapEntry | null,
  references: References,
): NewValues {
  const values = new Map<string, readonly LdapValue[]>();
  for (const attribute of attributes) {
    if (['rdn', 'place', 'dn'].includes(attribute.form)) continue;
    const [name, written] = writtenFor(attribute, delta.set[attribute.name] ?? null, entry, values, references);
    values.set(name, written);
  }
  const bits = accountBits(entry, values);
  if ((bits & needsNoPasswordBit) !== 0 && needsPassword(delta, values))
    values.set('userAccountControl', [signed(bits & ~needsNoPasswordBit)]);
  // A new password would take back the demand to change it, so that comes after; an account is enabled with its password.
  return new Map([...values].sort(([a], [b]) => rankOf(a) - rankOf(b)));
}

/** From now on: it gets one, or is enabled, which the directory then refuses to an account that has none. */
function needsPassword({ set }: Delta, values: NewValues): boolean {
  return values.has('unicodePwd') || (set.enabled === true && values.has('userAccountControl'));
}

function rankOf(name: string): number {
  if (name === 'unicodePwd') return 0;
  return name === 'pwdLastSet' ? 2 : 1;
}

function writtenFor(
  { name, form, source }: AdAttribute,
  value: ScalarValue,
  entry: LdapEntry | null,
  values: NewValues,
  references: References,
): readonly [string, readonly LdapValue[]] {
  switch (form) {
    case 'enabled':
      return bitOf('userAccountControl', accountBits(entry, values), disabledBit, value === false);
    case 'neverExpires':
      return bitOf('userAccountControl', accountBits(entry, values), neverExpiresBit, value === true);
    case 'security':
      return bitOf('groupType', groupBits(entry, values), securityBit, value === true);
    case 'scope':
      return ['groupType', [signed((groupBits(entry, values) & ~scopeMask) | scopeBit(value))]];
    case 'mustChange':
      return ['pwdLastSet', [value === true ? '0' : '-1']];
    case 'locked':
      return ['lockoutTime', ['0']];
    case 'password':
      return ['unicodePwd', [passwordValue(String(value))]];
    case 'filetime':
      return [source, [value === null ? neverFiletime : filetimeOfIso(String(value))]];
    case 'reference':
      return [source, value === null ? [] : [references.get(String(value))?.dn ?? String(value)]];
    default:
      return [source === '' ? name : source, value === null ? [] : [plainText(form, value)]];
  }
}

function plainText(form: AdAttribute['form'], value: string | number | boolean): LdapValue {
  switch (form) {
    case 'boolean':
      return value === true ? 'TRUE' : 'FALSE';
    case 'time':
      return generalizedTimeOfIso(String(value));
    case 'bytes':
      return Buffer.from(String(value), 'base64');
    default:
      return String(value);
  }
}

/** The value of unicodePwd: in quotes, as UTF-16 with the low byte first. */
export const passwordValue = (password: string): Buffer => Buffer.from(`"${password}"`, 'utf16le');

function bitOf(name: string, bits: number, bit: number, isSet: boolean): readonly [string, readonly LdapValue[]] {
  return [name, [signed(isSet ? bits | bit : bits & ~bit)]];
}

/** Bits of 32 as the directory writes them: below zero when the highest is set. */
const signed = (bits: number): string => String(bits | 0);

function accountBits(entry: LdapEntry | null, values: NewValues): number {
  return (
    pendingBits(values, 'userAccountControl') ??
    (entry === null ? null : numberIn(entry, 'userAccountControl')) ??
    normalAccount
  );
}

function groupBits(entry: LdapEntry | null, values: NewValues): number {
  return pendingBits(values, 'groupType') ?? (entry === null ? null : numberIn(entry, 'groupType')) ?? usualGroup;
}

function pendingBits(values: NewValues, name: string): number | null {
  const [pending] = values.get(name) ?? [];
  return pending === undefined ? null : Number(pending);
}

function scopeBit(value: ScalarValue): number {
  return isGroupScope(value) ? scopeBits[value] : scopeBits.global;
}

/** Active Directory refuses them, Samba not all of them. */
const forbidden = /["/\\[\]:;|=,+*?<>\p{Cc}]/u;

/** What the directory cannot hold, or would take for something else; null when there is nothing. */
export function valueProblem(layout: Layout, delta: Delta): string | null {
  const name = delta.set[layout.traits.nameAttribute];
  if (delta.kind === 'create' && typeof name === 'string' && comparableName(name) !== comparableName(delta.key))
    return `its attribute "${layout.traits.nameAttribute}" must be the name it is created by`;
  const called = delta.kind === 'create' ? delta.key : name;
  if (layout.traits.nameAttribute === 'sAMAccountName' && typeof called === 'string' && forbidden.test(called))
    return 'a sAMAccountName cannot hold the characters " / \\ [ ] : ; | = , + * ? < >, nor line ends and the like';
  for (const attribute of layout.attributes) {
    const value = delta.set[attribute.name];
    const problem = value === undefined || attribute.isReadOnly ? null : problemOf(attribute, value);
    if (problem !== null) return `its attribute "${attribute.name}" ${problem}`;
  }
  return null;
}

function problemOf({ form }: AdAttribute, value: ScalarValue): string | null {
  if (value === '') return 'cannot be an empty text; take it away with null';
  switch (form) {
    case 'enabled':
    case 'security':
    case 'scope':
    case 'rdn':
    case 'place':
    case 'dn':
      if (value === null) return 'must have a value';
      return form === 'scope' && !isGroupScope(value) ? `is none of ${Object.keys(scopeBits).join(', ')}` : null;
    case 'locked':
      return value === true ? 'can be set to false only: accounts lock themselves' : null;
    case 'number':
      return typeof value === 'number' && !Number.isInteger(value) ? 'takes whole numbers' : null;
    default:
      return null;
  }
}

/** The error for a value that refers to something that is not there. */
export function missingReference(delta: Delta, name: string, key: string): ConnectorError {
  return new ConnectorError({
    code: 'CONSTRAINT_VIOLATION',
    message: `Could not ${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}: "${name}" refers to ${JSON.stringify(key)}, which is not in the domain.`,
    hint: 'Provision that one first, or correct the mapping.',
  });
}
