// From an entry to a row of the contract, links included. Owns large attributes, which the directory tells in ranges, and
// which members of a group belong to which link.
import type { TargetObject } from '@joinery/connector-kit';
import {
  allOf,
  equalTo,
  type Filter,
  extendedNames,
  type LdapClient,
  type LdapEntry,
  parseFilter,
  present,
  textsOf,
} from '@joinery/ldap-client';
import { valueOf } from './attribute.js';
import type { Catalog, Layout, LinkLayout } from './catalog.js';
import { extendedName, guidName } from './identifier.js';
import { kindOf } from './kind.js';

/** Most values of one attribute in one answer; the limit of Active Directory itself. */
const rangeSize = 1_500;

/** GUIDs of groups that are members themselves; null where no link needs to tell them from users. */
export type NestedGroups = ReadonlySet<string> | null;

/** What to ask for so that `toObject` finds everything. */
export function wantedOf(layout: Layout): readonly string[] {
  return [...layout.wanted, ...layout.links.map((link) => rangeOf(attributeOfLink(link), 0))];
}

/** The attribute of the row itself that tells the link. */
export function attributeOfLink({ isBack, back, forward }: LinkLayout): string {
  return isBack && back !== null ? back : forward;
}

/** What to ask for before a change: memberships of a large group are asked of the members named in the delta instead. */
export function wantedForChange(layout: Layout): readonly string[] {
  const links = layout.links.filter(({ isBack, isMulti, back }) => isBack || !isMulti || back === null);
  const ofState = layout.settings.kind === 'user' ? ['userAccountControl'] : [];
  return [...new Set([...layout.wanted, ...ofState]), ...links.map((link) => rangeOf(attributeOfLink(link), 0))];
}

function rangeOf(attribute: string, from: number): string {
  return `${attribute};range=${from}-${from + rangeSize - 1}`;
}

export function guidOf(entry: LdapEntry): string {
  return extendedName(entry.dn).guid ?? '';
}

export const dnOf = (entry: LdapEntry): string => extendedName(entry.dn).dn;

/** The row; asks for the rest of what did not fit into the entry. */
export async function toObject(
  client: LdapClient,
  layout: Layout,
  entry: LdapEntry,
  nested: NestedGroups,
): Promise<TargetObject> {
  const attributes = layout.attributes
    .filter(({ form }) => form !== 'password')
    .map((attribute) => [attribute.name, valueOf(attribute, entry)] as const);
  const links: Record<string, readonly string[]> = {};
  for (const link of layout.links) links[link.link.name] = await keysOf(client, link, entry, nested);
  return { objectType: layout.type.name, key: guidOf(entry), attributes: Object.fromEntries(attributes), links };
}

async function keysOf(
  client: LdapClient,
  link: LinkLayout,
  entry: LdapEntry,
  nested: NestedGroups,
): Promise<readonly string[]> {
  const names = await namesOf(client, attributeOfLink(link), entry);
  const keys = names.map(({ guid }) => guid).filter((guid) => guid !== null);
  const own =
    nested !== null && link.telling !== null
      ? keys.filter((key) => nested.has(key) === (link.telling === 'groups'))
      : keys;
  return [...new Set(own)].sort();
}

/** All values of an attribute that holds names, whatever ranges they came in. */
export async function namesOf(
  client: LdapClient,
  attribute: string,
  entry: LdapEntry,
): Promise<readonly { readonly guid: string | null; readonly dn: string }[]> {
  const names = [...textsOf(entry, attribute)];
  let range = rangeIn(entry, attribute);
  while (range !== null) {
    names.push(...range.values);
    range = range.next === null ? null : rangeIn(await nextRange(client, attribute, entry, range.next), attribute);
  }
  return names.map(extendedName);
}

interface ValueRange {
  readonly values: readonly string[];
  /** Number of the first value that is missing; null at the end. */
  readonly next: number | null;
}

function rangeIn(entry: LdapEntry, attribute: string): ValueRange | null {
  const prefix = `${attribute.toLowerCase()};range=`;
  const name = [...entry.attributes.keys()].find((candidate) => candidate.startsWith(prefix));
  if (name === undefined) return null;
  const last = name.slice(prefix.length).split('-')[1] ?? '*';
  return { values: textsOf(entry, name), next: last === '*' ? null : Number(last) + 1 };
}

async function nextRange(client: LdapClient, attribute: string, entry: LdapEntry, from: number): Promise<LdapEntry> {
  const search = { base: guidName(guidOf(entry)), scope: 'base', filter: present('objectClass') } as const;
  const { entries } = await client.search({
    ...search,
    attributes: [rangeOf(attribute, from)],
    controls: [extendedNames()],
  });
  // Deleted meanwhile: what was told so far is all there is.
  return entries[0] ?? { dn: entry.dn, attributes: new Map() };
}

/** The groups that are members of another group; of that one alone when its name is given. */
export async function nestedGroups(
  client: LdapClient,
  catalog: Catalog,
  layout: Layout,
  groupDn: string | null,
): Promise<NestedGroups> {
  if (!layout.links.some(({ telling }) => telling !== null)) return null;
  const isMember: Filter = groupDn === null ? present('memberOf') : equalTo('memberOf', groupDn);
  const filter = allOf(parseFilter(kindOf('group').filter), isMember);
  const search = { base: catalog.namingContext, filter, attributes: ['1.1'], controls: [extendedNames()] };
  const guids = new Set<string>();
  for await (const page of client.searchPages(search, 1_000)) for (const entry of page) guids.add(guidOf(entry));
  return guids;
}
