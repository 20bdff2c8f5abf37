// Reading rows: one by its key, some by a filter, or all of them page by page.
// Owns which members a row shows; what entries look like as rows is in row.ts.
import { ConnectorError, type ListPage, type TargetObject } from '@joinery/connector-kit';
import {
  equalTo,
  type Filter,
  isLdapResult,
  isWithin,
  type LdapClient,
  type LdapEntry,
  textsOf,
} from '@joinery/ldap-client';
import { type Directory, memberPlace } from './directory.js';
import type { Layout } from './layout.js';
import { comparableMember, entriesMatching, keysOfMembers, type MemberPlace, memberValue } from './member.js';
import { isMeant, keyFilter, keyOf, toRow } from './row.js';
import type { LdapLink } from './settings.js';

/** The entry of that key (or name, where the directory gives keys), or null; throws AMBIGUOUS_MATCH for two. */
export async function findEntry(
  client: LdapClient,
  layout: Layout,
  key: string,
  attributes: readonly string[],
): Promise<LdapEntry | null> {
  if (layout.setting.key === 'dn') return entryOfType(client, layout, key, attributes);
  const filter = keyFilter(layout, key);
  const found = (await entriesMatching(client, layout, [filter], attributes)).filter((entry) =>
    isMeant(layout, entry, key),
  );
  const exact = found.find((entry) => keyOf(layout, entry) === key);
  if (found.length < 2 || (layout.setting.key === 'entryUUID' && exact !== undefined)) return exact ?? found[0] ?? null;
  throw new ConnectorError({
    code: 'AMBIGUOUS_MATCH',
    message: `Two entries are ${layout.type.name} ${JSON.stringify(key)}: ${found.map((entry) => entry.dn).join(' and ')}.`,
    hint: 'Remove one, or narrow the place or the filter of the object type.',
  });
}

/** Attributes to ask for when whole rows are wanted. */
export function rowAttributes({ requested, setting }: Layout): readonly string[] {
  const links = setting.links.flatMap(({ side, attribute, reverseAttribute }) =>
    side === 'own' ? [attribute] : (reverseAttribute ?? []),
  );
  return [...new Set([...requested, ...links])];
}

/** The row of that key, or null. */
export async function readRow(
  client: LdapClient,
  directory: Directory,
  layout: Layout,
  key: string,
): Promise<TargetObject | null> {
  const entry = await findEntry(client, layout, key, rowAttributes(layout));
  const [row] = entry === null ? [] : await toRows(client, directory, layout, [entry]);
  return row ?? null;
}

/** All rows; a page is what the server sends at once. */
export async function* listRows(client: LdapClient, directory: Directory, layout: Layout): AsyncGenerator<ListPage> {
  for await (const entries of entryPages(client, directory, layout, rowAttributes(layout)))
    yield { objects: await toRows(client, directory, layout, entries) };
}

/** All entries of the type with these attributes. */
export async function* entryPages(
  client: LdapClient,
  { settings: { pageSize } }: Directory,
  { setting: { places, scope }, filter }: Layout,
  attributes: readonly string[],
): AsyncGenerator<readonly LdapEntry[]> {
  for (const base of places) yield* client.searchPages({ base, scope, filter, attributes }, pageSize);
}

/** Entries as rows, with the keys of their members. */
export async function toRows(
  client: LdapClient,
  directory: Directory,
  layout: Layout,
  entries: readonly LdapEntry[],
): Promise<readonly TargetObject[]> {
  const members = new Map<string, MembersOf>();
  for (const link of layout.setting.links)
    members.set(link.name, await membersOf(client, directory, layout, link, entries));
  return entries.flatMap((entry) => {
    const key = keyOf(layout, entry);
    const links = Object.fromEntries([...members].map(([name, of]) => [name, [...new Set(of(entry))].sort()]));
    return key === null ? [] : [toRow(layout, entry, key, links)];
  });
}

type MembersOf = (entry: LdapEntry) => readonly string[];

async function membersOf(
  client: LdapClient,
  directory: Directory,
  layout: Layout,
  link: LdapLink,
  entries: readonly LdapEntry[],
): Promise<MembersOf> {
  if (link.side === 'other' && link.reverseAttribute === null)
    return othersOf(client, memberPlace(directory, link), layout, entries);
  // The server keeps the names of entries in a reverse attribute, whatever the other side holds.
  const own: LdapLink = link.side === 'own' ? link : { ...link, value: 'dn' };
  const attribute = link.reverseAttribute ?? link.attribute;
  const values = entries.flatMap((entry) => textsOf(entry, attribute));
  const keys = await keysOfMembers(client, directory.facts, memberPlace(directory, own), values);
  return (entry) => textsOf(entry, attribute).flatMap((value) => keys.get(comparableMember(own, value)) ?? []);
}

// The other side holds the link: those entries are asked for that name one of these.
async function othersOf(
  client: LdapClient,
  { link, target }: MemberPlace,
  layout: Layout,
  entries: readonly LdapEntry[],
): Promise<MembersOf> {
  const valueOf = (entry: LdapEntry): string => memberValue({ link, target: layout }, { entry }) ?? '';
  if (entries.length <= fewEntries) return othersOfEach(client, { link, target }, valueOf, entries);
  const filters = entries.map((entry) => equalTo(link.attribute, valueOf(entry)));
  const attributes = [...target.requested, link.attribute];
  const others = await entriesMatching(client, target, filters, attributes);
  const keys = new Map<string, string[]>();
  for (const other of new Map(others.map((entry) => [entry.dn, entry])).values())
    for (const value of textsOf(other, link.attribute)) {
      const member = comparableMember(link, value);
      keys.set(member, [...(keys.get(member) ?? []), keyOf(target, other) ?? '']);
    }
  return (entry) => keys.get(comparableMember(link, valueOf(entry))) ?? [];
}

/** So many rows are asked for one by one: whole groups with thousands of members would tell no more about them. */
const fewEntries = 4;

async function othersOfEach(
  client: LdapClient,
  { link, target }: MemberPlace,
  valueOf: (entry: LdapEntry) => string,
  entries: readonly LdapEntry[],
): Promise<MembersOf> {
  const found = new Map<LdapEntry, readonly string[]>();
  for (const entry of entries) {
    const others = await entriesMatching(client, target, [equalTo(link.attribute, valueOf(entry))]);
    found.set(
      entry,
      others.map((other) => keyOf(target, other) ?? ''),
    );
  }
  return (entry) => found.get(entry) ?? [];
}

/** The entry of that name if it is one of this type, or null. */
export async function entryOfType(
  client: LdapClient,
  { filter, setting }: Layout,
  dn: string,
  attributes: readonly string[],
): Promise<LdapEntry | null> {
  if (!setting.places.some((place) => isWithin(dn, place))) return null;
  try {
    const { entries } = await client.search({ base: dn, scope: 'base', filter, attributes });
    return entries[0] ?? null;
  } catch (error) {
    // No such entry, or a text that is no name.
    if (isLdapResult(error, 32, 34)) return null;
    throw error;
  }
}

/** Rows that match one of the filters, each once. */
export async function rowsMatching(
  client: LdapClient,
  directory: Directory,
  layout: Layout,
  filters: readonly Filter[],
): Promise<readonly TargetObject[]> {
  const entries = await entriesMatching(client, layout, filters, rowAttributes(layout));
  return toRows(client, directory, layout, [...new Map(entries.map((entry) => [entry.dn, entry])).values()]);
}
