// Members added to and removed from one attribute of one entry, by value: what others add meanwhile stays.
// Sent as it is wished first; only when the server says that something is so already is it looked at what is left.
import { isLdapResult, type LdapChange, type LdapClient, textsOf } from '@joinery/ldap-client';
import { chunks, comparableMember } from './member.js';
import { entryAt } from './server.js';
import type { LdapLink } from './settings.js';

/** Values to add to and remove from the attribute of one link. */
export interface MemberChange {
  readonly link: LdapLink;
  readonly add: readonly string[];
  readonly remove: readonly string[];
  /** Stands in where the server demands a member. */
  readonly placeholder: string | null;
}

/** Most values in one request. */
const mostValues = 500;
/** Tries while others change the same members at the same time. */
const mostTries = 5;

const valueExists = 20;
const noSuchValue = 16;
const mustHaveMember = 65;

/** What a modify changed: attributes were written or not, and these members. */
export interface Modified {
  readonly hasChanged: boolean;
  readonly members: readonly MemberChange[];
}

/** One request with changes of attributes and members; it is carried out whole or not at all. */
export async function modifyEntry(
  client: LdapClient,
  dn: string,
  changes: readonly LdapChange[],
  members: readonly MemberChange[],
): Promise<Modified> {
  let left = members;
  for (let attempt = 1; ; attempt += 1) {
    const all = [...changes, ...left.flatMap(toChanges)];
    if (all.length === 0) return { hasChanged: false, members: [] };
    try {
      await client.modify(dn, all);
      return { hasChanged: true, members: left };
    } catch (error) {
      if (attempt === mostTries || left.length === 0) throw error;
      const next = await afterRefusal(client, dn, left, error);
      if (next === null) throw error;
      left = next;
    }
  }
}

async function afterRefusal(
  client: LdapClient,
  dn: string,
  members: readonly MemberChange[],
  error: unknown,
): Promise<readonly MemberChange[] | null> {
  if (isLdapResult(error, valueExists, noSuchValue)) return whatIsLeft(client, dn, members);
  if (isLdapResult(error, mustHaveMember) && members.some(lacksPlaceholder)) return members.map(withPlaceholder);
  return null;
}

async function whatIsLeft(
  client: LdapClient,
  dn: string,
  members: readonly MemberChange[],
): Promise<readonly MemberChange[]> {
  const entry = await entryAt(client, dn, [...new Set(members.map(({ link }) => link.attribute))]);
  return members
    .map(({ link, add, remove, placeholder }) => {
      const texts = entry === null ? [] : textsOf(entry, link.attribute);
      const present = new Set(texts.map((value) => comparableMember(link, value)));
      const isPresent = (value: string): boolean => present.has(comparableMember(link, value));
      return { link, placeholder, add: add.filter((value) => !isPresent(value)), remove: remove.filter(isPresent) };
    })
    .filter(({ add, remove }) => add.length + remove.length > 0);
}

function lacksPlaceholder({ placeholder, add, remove }: MemberChange): boolean {
  return placeholder !== null && remove.length > 0 && !add.includes(placeholder);
}

function withPlaceholder(change: MemberChange): MemberChange {
  const { placeholder } = change;
  return placeholder !== null && lacksPlaceholder(change) ? { ...change, add: [...change.add, placeholder] } : change;
}

function toChanges({ link: { attribute }, add, remove }: MemberChange): readonly LdapChange[] {
  return [
    ...(remove.length === 0 ? [] : [{ operation: 'delete', attribute, values: remove } as const]),
    ...(add.length === 0 ? [] : [{ operation: 'add', attribute, values: add } as const]),
  ];
}

/** The change that takes this one back. The placeholder stays: without it the group might be empty again. */
export function inverted({ link, add, remove, placeholder }: MemberChange): MemberChange {
  return { link, placeholder, add: remove, remove: add.filter((value) => value !== placeholder) };
}

/** The changes in portions of a size servers take well; additions before removals, so that no group is empty between. */
export function portions(members: readonly MemberChange[]): readonly (readonly MemberChange[])[] {
  const count = members.reduce((sum, { add, remove }) => sum + add.length + remove.length, 0);
  if (count <= mostValues) return count === 0 ? [] : [members];
  return members.flatMap((change) => [
    ...chunks(change.add, mostValues).map((add) => [{ ...change, add, remove: [] }]),
    ...chunks(change.remove, mostValues).map((remove) => [{ ...change, add: [], remove }]),
  ]);
}
