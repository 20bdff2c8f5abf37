// Finding rows by what they are called: the key the directory gave, or the name. Owns that text is never read as a pattern.
import {
  allOf,
  anyOf,
  equalTo,
  extendedNames,
  type Filter,
  isLdapResult,
  isWithin,
  comparableName,
  type LdapClient,
  type LdapEntry,
  parseName,
  present,
  textOf,
} from '@joinery/ldap-client';
import type { Catalog, Layout } from './catalog.js';
import { guidBytes, guidName, isGuid } from './identifier.js';
import { dnOf, guidOf } from './row.js';

/** Most keys in one filter. */
const batchSize = 100;

/** An object and both of its names. */
export interface Found {
  readonly guid: string;
  readonly dn: string;
}

/** The row of that key or name, or null; one outside the places of its type is none. */
export async function findRow(
  client: LdapClient,
  catalog: Catalog,
  layout: Layout,
  key: string,
  wanted: readonly string[],
): Promise<LdapEntry | null> {
  const byKey = isGuid(key) ? await entryAt(client, layout, guidName(key), wanted) : null;
  const entry = byKey ?? (await findByName(client, catalog, layout, key, wanted));
  return entry !== null && isInPlace(layout, entry) ? entry : null;
}

/** Whether it is under one of the places of its type. */
export function isInPlace({ settings }: Layout, entry: LdapEntry): boolean {
  const dn = dnOf(entry);
  return settings.places.length === 0 || settings.places.some((place) => isBelow(dn, place));
}

/** Beneath, but not the place itself: the unit that holds rows is none of them. */
export function isBelow(dn: string, place: string): boolean {
  return isWithin(dn, place) && comparableName(dn) !== comparableName(place);
}

async function findByName(
  client: LdapClient,
  catalog: Catalog,
  layout: Layout,
  name: string,
  wanted: readonly string[],
): Promise<LdapEntry | null> {
  if (layout.traits.nameAttribute === 'distinguishedName')
    return isName(name) ? entryAt(client, layout, name, wanted) : null;
  const { entries } = await client.search({
    base: catalog.namingContext,
    filter: allOf(layout.filter, equalTo(layout.traits.nameAttribute, name)),
    attributes: wanted,
    controls: [extendedNames()],
  });
  // The directory overlooks blanks at the ends; a key with blanks is another key.
  return entries.find((entry) => isSameName(textOf(entry, layout.traits.nameAttribute), name)) ?? null;
}

const isSameName = (found: string | null, name: string): boolean => found?.toLowerCase() === name.toLowerCase();

const isName = (text: string): boolean => (parseName(text)?.length ?? 0) > 0;

async function entryAt(
  client: LdapClient,
  layout: Layout,
  base: string,
  wanted: readonly string[],
): Promise<LdapEntry | null> {
  try {
    const search = { base, scope: 'base', filter: layout.filter, attributes: wanted } as const;
    return (await client.search({ ...search, controls: [extendedNames()] })).entries[0] ?? null;
  } catch (error) {
    // No such object, or no name at all: nothing is called that.
    if (isLdapResult(error, 32, 34)) return null;
    throw error;
  }
}

/** Whoever has the account name or the place a creation wants, of whatever kind and wherever; null when nobody. */
export async function findHolder(
  client: LdapClient,
  catalog: Catalog,
  accountName: string,
  dn: string,
): Promise<string | null> {
  const byAccount = await client.search({
    base: catalog.namingContext,
    filter: equalTo('sAMAccountName', accountName),
    attributes: ['1.1'],
  });
  if (byAccount.entries[0] !== undefined) return byAccount.entries[0].dn;
  return (await existingName(client, dn)) ? dn : null;
}

/** Whether there is an object of that name (DN). */
export async function existingName(client: LdapClient, dn: string): Promise<boolean> {
  try {
    const search = { base: dn, scope: 'base', filter: present('objectClass'), attributes: ['1.1'] } as const;
    return (await client.search(search)).entries.length > 0;
  } catch (error) {
    if (isLdapResult(error, 32, 34)) return false;
    throw error;
  }
}

/** The objects of those keys or names that are there; also those outside the places of their type, which links may name. */
export async function resolveKeys(
  client: LdapClient,
  catalog: Catalog,
  layout: Layout,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Found>> {
  const found = new Map<string, Found>();
  for (const batch of batchesOf([...new Set(keys)]))
    for (const entry of await entriesOf(client, catalog, layout, batch)) {
      const object = { guid: guidOf(entry), dn: dnOf(entry) };
      for (const key of batch) if (isCalled(layout, entry, key)) found.set(key, object);
    }
  return found;
}

async function entriesOf(
  client: LdapClient,
  catalog: Catalog,
  layout: Layout,
  keys: readonly string[],
): Promise<readonly LdapEntry[]> {
  const { nameAttribute } = layout.traits;
  const filters = keys.flatMap((key) => [
    ...(isGuid(key) ? [equalTo('objectGUID', guidBytes(key))] : []),
    ...(isGuid(key) || (nameAttribute === 'distinguishedName' && !isName(key)) ? [] : [equalTo(nameAttribute, key)]),
  ]);
  if (filters.length === 0) return [];
  const { entries } = await client.search({
    base: catalog.namingContext,
    filter: allOf(layout.filter, anyOf(...filters)),
    attributes: [nameAttribute],
    controls: [extendedNames()],
  });
  return entries;
}

function isCalled(layout: Layout, entry: LdapEntry, key: string): boolean {
  if (isGuid(key)) return key.toLowerCase() === guidOf(entry);
  return layout.traits.nameAttribute === 'distinguishedName'
    ? comparableName(key) === comparableName(dnOf(entry))
    : isSameName(textOf(entry, layout.traits.nameAttribute), key);
}

/** Those of the objects that have the name in that attribute; asked of the objects, for the other side may have thousands. */
export async function thoseHaving(
  client: LdapClient,
  catalog: Catalog,
  attribute: string,
  dn: string,
  objects: readonly Found[],
): Promise<ReadonlySet<string>> {
  const having = new Set<string>();
  for (const batch of batchesOf(objects)) {
    const ofBatch: Filter = anyOf(...batch.map(({ guid }) => equalTo('objectGUID', guidBytes(guid))));
    const { entries } = await client.search({
      base: catalog.namingContext,
      filter: allOf(equalTo(attribute, dn), ofBatch),
      attributes: ['1.1'],
      controls: [extendedNames()],
    });
    for (const entry of entries) having.add(guidOf(entry));
  }
  return having;
}

export function batchesOf<T>(items: readonly T[], size = batchSize): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_unused, n) => items.slice(n * size, (n + 1) * size));
}
