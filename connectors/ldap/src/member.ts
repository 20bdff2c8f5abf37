// Members of links: keys of rows here, names of entries (DNs) or plain names in the directory. Translated in bulk, by
// requests for many at once. Nothing is remembered beyond a call: a name may belong to another entry tomorrow.
import {
  anyOf,
  allOf,
  comparableName,
  equalTo,
  type Filter,
  type LdapClient,
  type LdapEntry,
  textsOf,
} from '@joinery/ldap-client';
import type { Layout } from './layout.js';
import { isMeant, keyFilter, keyOf, nameOf } from './row.js';
import type { ServerFacts } from './server.js';
import { entryAt } from './server.js';
import type { LdapLink } from './settings.js';

/** Most entries asked for by one filter; servers take longer ones badly, and answers stay below limits of size. */
const chunkSize = 200;
/** Most requests under way on one connection; servers close it on more. */
const mostAtOnce = 16;

/** How members of one link are written in the directory. */
export interface MemberPlace {
  readonly link: LdapLink;
  readonly target: Layout;
}

/** An entry that can be a member, and its key. */
export interface Member {
  readonly key: string;
  readonly entry: LdapEntry;
}

/** What the directory writes for a member. */
export function memberValue({ link, target }: MemberPlace, { entry }: Pick<Member, 'entry'>): string | null {
  return link.value === 'dn' ? entry.dn : nameOf(target, entry);
}

/** A form in which equal members are equal text. */
export function comparableMember(link: LdapLink, value: string): string {
  return link.value === 'dn' ? comparableName(value) : value;
}

/** The entries of those keys (or names, where the directory gives keys); what is not there is left out. */
export async function membersOfKeys(
  client: LdapClient,
  facts: ServerFacts,
  target: Layout,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Member>> {
  const wanted = [...new Set(keys)];
  const found =
    target.setting.key === 'dn'
      ? await entriesOfNames(client, facts, target, wanted)
      : await entriesMatching(
          client,
          target,
          wanted.map((key) => keyFilter(target, key)),
        );
  const byText = new Map<string, Member>();
  for (const entry of found) {
    const key = keyOf(target, entry);
    if (key === null) continue;
    for (const text of [key, nameOf(target, entry) ?? key]) if (!byText.has(text)) byText.set(text, { key, entry });
    if (target.setting.key === 'dn') byText.set(comparableName(entry.dn), { key, entry });
  }
  return new Map(wanted.flatMap((text) => pairOf(target, text, byText)));
}

function pairOf(
  target: Layout,
  text: string,
  byText: ReadonlyMap<string, Member>,
): readonly (readonly [string, Member])[] {
  const member = byText.get(text) ?? byText.get(text.toLowerCase()) ?? byText.get(comparableName(text));
  return member !== undefined && isMeant(target, member.entry, text) ? [[text, member]] : [];
}

/** Comparable value of a member → its key; members that are no rows of the target type are left out. */
export async function keysOfMembers(
  client: LdapClient,
  facts: ServerFacts,
  place: MemberPlace,
  values: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { link, target } = place;
  const wanted = [...new Map(values.map((value) => [comparableMember(link, value), value])).values()];
  const entries =
    link.value === 'dn'
      ? await entriesOfNames(client, facts, target, wanted)
      : await entriesMatching(
          client,
          target,
          wanted.map((value) => equalTo(target.setting.rdnAttribute, value)),
        );
  return new Map(entries.flatMap((entry) => keyPair(place, entry)));
}

function keyPair(place: MemberPlace, entry: LdapEntry): readonly (readonly [string, string])[] {
  const [value, key] = [memberValue(place, { entry }), keyOf(place.target, entry)];
  return value === null || key === null ? [] : [[comparableMember(place.link, value), key]];
}

async function entriesOfNames(
  client: LdapClient,
  facts: ServerFacts,
  target: Layout,
  names: readonly string[],
): Promise<readonly LdapEntry[]> {
  if (facts.hasEntryDn)
    return entriesMatching(
      client,
      target,
      names.map((name) => equalTo('entryDN', name)),
    );
  const found = await inTurn(names, async (name) => {
    const entry = await entryAt(client, name, target.requested);
    return entry !== null && isOfType(target, entry) ? [entry] : [];
  });
  return found.flat();
}

// Without entryDN the entry is asked for itself, and what it is has to be looked at here.
function isOfType(target: Layout, entry: LdapEntry): boolean {
  const classes = textsOf(entry, 'objectClass').map((name) => name.toLowerCase());
  return classes.length === 0 || target.setting.objectClasses.every((name) => classes.includes(name.toLowerCase()));
}

/** Entries of the type that match one of the filters. */
export async function entriesMatching(
  client: LdapClient,
  layout: Layout,
  filters: readonly Filter[],
  attributes: readonly string[] = keyAttributes(layout),
): Promise<readonly LdapEntry[]> {
  const requests = chunks(filters, chunkSize).flatMap((some) =>
    layout.setting.places.map((base) => ({ base, filter: allOf(layout.filter, anyOf(...some)) })),
  );
  const answers = await inTurn(requests, ({ base, filter }) =>
    client.search({ base, scope: layout.setting.scope, filter, attributes }),
  );
  return answers.flatMap((answer) => answer.entries);
}

/** The attributes that say which row an entry is. */
export function keyAttributes({ setting: { key, rdnAttribute } }: Layout): readonly string[] {
  return [rdnAttribute, ...(key === 'dn' ? [] : [key])];
}

export function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_unused, n) => items.slice(n * size, (n + 1) * size));
}

async function inTurn<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (const some of chunks(items, mostAtOnce)) results.push(...(await Promise.all(some.map(run))));
  return results;
}
