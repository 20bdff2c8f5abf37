// Reading rows: one by its key, all of them page by page, or those of given keys.
// Owns which places are searched; what a row says is in row.ts.
import type { ListPage, TargetObject } from '@joinery/connector-kit';
import { allOf, anyOf, equalTo, extendedNames, isWithin, type LdapClient, type LdapEntry } from '@joinery/ldap-client';
import type { Catalog, Layout } from './catalog.js';
import { guidBytes } from './identifier.js';
import { batchesOf, findRow, isInPlace } from './lookup.js';
import { dnOf, type NestedGroups, nestedGroups, toObject, wantedOf } from './row.js';

/** The row of that key or name, or null. */
export async function readRow(
  client: LdapClient,
  catalog: Catalog,
  layout: Layout,
  key: string,
): Promise<TargetObject | null> {
  const entry = await findRow(client, catalog, layout, key, wantedOf(layout));
  if (entry === null) return null;
  return toObject(client, layout, entry, await nestedGroups(client, catalog, layout, dnOf(entry)));
}

/** All rows of the type; each place is searched once, also when one is beneath another. */
export async function* listRows(
  client: LdapClient,
  catalog: Catalog,
  layout: Layout,
  pageSize: number,
): AsyncGenerator<ListPage> {
  const nested = await nestedGroups(client, catalog, layout, null);
  for (const base of basesOf(layout, catalog)) {
    const search = { base, filter: layout.filter, attributes: wantedOf(layout), controls: [extendedNames()] };
    for await (const entries of client.searchPages(search, pageSizeOf(layout, pageSize))) {
      const objects = await toObjects(client, layout, entries, nested);
      if (objects.length > 0) yield { objects };
    }
  }
}

// Rows with links may be large: fewer of them fit into the same memory.
function pageSizeOf(layout: Layout, pageSize: number): number {
  return layout.links.some(({ isBack, isMulti }) => isMulti && !isBack) ? Math.min(pageSize, 100) : pageSize;
}

function basesOf({ settings }: Layout, catalog: Catalog): readonly string[] {
  const { places } = settings;
  if (places.length === 0) return [catalog.namingContext];
  return places.filter(
    (place, n) =>
      !places.some((other, m) => (isWithin(other, place) ? m < n && isWithin(place, other) : isWithin(place, other))),
  );
}

async function toObjects(
  client: LdapClient,
  layout: Layout,
  entries: readonly LdapEntry[],
  nested: NestedGroups,
): Promise<readonly TargetObject[]> {
  const objects: TargetObject[] = [];
  for (const entry of entries)
    if (isInPlace(layout, entry)) objects.push(await toObject(client, layout, entry, nested));
  return objects;
}

/** The present rows of those GUIDs, in no order; who is gone or elsewhere is left out. */
export async function rowsOf(
  client: LdapClient,
  catalog: Catalog,
  layout: Layout,
  guids: readonly string[],
): Promise<readonly TargetObject[]> {
  const nested = guids.length === 0 ? null : await nestedGroups(client, catalog, layout, null);
  const objects: TargetObject[] = [];
  for (const batch of batchesOf(guids)) {
    const { entries } = await client.search({
      base: catalog.namingContext,
      filter: allOf(layout.filter, anyOf(...batch.map((guid) => equalTo('objectGUID', guidBytes(guid))))),
      attributes: wantedOf(layout),
      controls: [extendedNames()],
    });
    objects.push(...(await toObjects(client, layout, entries, nested)));
  }
  return objects;
}
