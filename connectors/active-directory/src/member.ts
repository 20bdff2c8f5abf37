// Links, changed by additions and removals only. Owns resolving members before the first write, so that an unknown one
// keeps the whole delta from being applied, and what the directory says to a member added or removed twice.
import type { Delta } from '@joinery/connector-kit';
import { flagControl, isLdapResult, type LdapChange, type LdapClient, type LdapEntry } from '@joinery/ldap-client';
import type { Catalog, Layout, LinkLayout } from './catalog.js';
import { missingReference } from './encoding.js';
import { guidName } from './identifier.js';
import { batchesOf, type Found, resolveKeys, thoseHaving } from './lookup.js';
import { attributeOfLink, namesOf } from './row.js';
import type { Step } from './step.js';

/** Most members in one request; Active Directory takes more, but not on every version and not quickly. */
const chunkSize = 500;
/** Additions of what is there and removals of what is not succeed. Samba heeds it for everything but `member`. */
const permissiveModify = '1.2.840.113556.1.4.1413';
/** What servers say to a member that is there already, or not there. */
const alreadyCodes = [16, 20, 53, 68] as const;

/** The change of one link: objects that are there, and whose membership is not yet as wanted. */
export interface LinkChange {
  readonly link: LinkLayout;
  readonly add: readonly Found[];
  readonly remove: readonly Found[];
}

interface Ground {
  readonly client: LdapClient;
  readonly catalog: Catalog;
  readonly layout: Layout;
}

/** What of the delta's links is still to be done; `entry` null for a new row. Throws when a member to add is unknown. */
export async function plannedLinks(
  ground: Ground,
  delta: Delta,
  entry: LdapEntry | null,
  row: Found | null,
): Promise<readonly LinkChange[]> {
  const changes: LinkChange[] = [];
  for (const link of ground.layout.links) {
    const { name } = link.link;
    const [add, remove] = [delta.add[name] ?? [], delta.remove[name] ?? []];
    if (add.length + remove.length === 0) continue;
    changes.push(await plannedLink(ground, delta, link, entry, row));
  }
  return changes.filter(({ add, remove }) => add.length + remove.length > 0);
}

async function plannedLink(
  ground: Ground,
  delta: Delta,
  link: LinkLayout,
  entry: LdapEntry | null,
  row: Found | null,
): Promise<LinkChange> {
  const { client, catalog } = ground;
  const { name, targetObjectType } = link.link;
  const [add, remove] = [delta.add[name] ?? [], delta.remove[name] ?? []];
  const target = catalog.layouts.find(({ type }) => type.name === targetObjectType) ?? ground.layout;
  const found = await resolveKeys(client, catalog, target, [...add, ...remove]);
  const unknown = add.find((key) => !found.has(key));
  if (unknown !== undefined) throw missingReference(delta, name, unknown);
  const [added, removed] = [objectsOf(found, add), objectsOf(found, remove)];
  const present =
    row === null || entry === null
      ? new Set<string>()
      : await presentOf(ground, link, entry, row, [...added, ...removed]);
  return {
    link,
    add: added.filter(({ guid }) => !present.has(guid)),
    remove: removed.filter(({ guid }) => present.has(guid)),
  };
}

function objectsOf(found: ReadonlyMap<string, Found>, keys: readonly string[]): readonly Found[] {
  const objects = keys.map((key) => found.get(key)).filter((object) => object !== undefined);
  return [...new Map(objects.map((object) => [object.guid, object])).values()];
}

async function presentOf(
  { client, catalog }: Ground,
  link: LinkLayout,
  entry: LdapEntry,
  row: Found,
  objects: readonly Found[],
): Promise<ReadonlySet<string>> {
  if (!link.isBack && link.isMulti && link.back !== null)
    return thoseHaving(client, catalog, link.back, row.dn, objects);
  const names = await namesOf(client, attributeOfLink(link), entry);
  return new Set(names.flatMap(({ guid }) => (guid === null ? [] : [guid])));
}

/** The requests that make the change; `row` is where the row is when they are sent. */
export function linkSteps(ground: Ground, row: Found, change: LinkChange): readonly Step[] {
  const { link, add, remove } = change;
  if (link.isBack)
    return [
      ...remove.map((other) => () => changeMembers(ground, link, other, [], [row])),
      ...add.map((other) => () => changeMembers(ground, link, other, [row], [])),
    ];
  // One value: the old one has to go in the same request in which the new one comes.
  if (!link.isMulti) return [() => changeMembers(ground, link, row, add, remove)];
  return [
    ...batchesOf(remove, chunkSize).map((some) => () => changeMembers(ground, link, row, [], some)),
    ...batchesOf(add, chunkSize).map((some) => () => changeMembers(ground, link, row, some, [])),
  ];
}

async function changeMembers(
  ground: Ground,
  link: LinkLayout,
  owner: Found,
  add: readonly Found[],
  remove: readonly Found[],
): Promise<boolean> {
  try {
    await sendMembers(ground.client, link, owner, add, remove);
    return true;
  } catch (error) {
    if (!isLdapResult(error, ...alreadyCodes) || link.back === null) throw error;
    return sendRest(ground, link, owner, add, remove, error);
  }
}

// Another administrator was faster with some of them: the others are sent alone.
async function sendRest(
  { client, catalog }: Ground,
  link: LinkLayout,
  owner: Found,
  add: readonly Found[],
  remove: readonly Found[],
  refusal: unknown,
): Promise<boolean> {
  const present = await thoseHaving(client, catalog, link.back ?? '', owner.dn, [...add, ...remove]);
  const restToAdd = add.filter(({ guid }) => !present.has(guid));
  const restToRemove = remove.filter(({ guid }) => present.has(guid));
  const rest = restToAdd.length + restToRemove.length;
  if (rest === 0) return false;
  if (rest === add.length + remove.length) throw refusal;
  await sendMembers(client, link, owner, restToAdd, restToRemove);
  return true;
}

async function sendMembers(
  client: LdapClient,
  { forward }: LinkLayout,
  owner: Found,
  add: readonly Found[],
  remove: readonly Found[],
): Promise<void> {
  const change = (operation: 'add' | 'delete', objects: readonly Found[]): readonly LdapChange[] =>
    objects.length === 0 ? [] : [{ operation, attribute: forward, values: objects.map(({ dn }) => dn) }];
  await client.modify(
    guidName(owner.guid),
    [...change('delete', remove), ...change('add', add)],
    [flagControl(permissiveModify, false)],
  );
}
