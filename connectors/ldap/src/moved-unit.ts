// Rows in a unit that was renamed or moved: the log of changes tells of the unit alone, though every row beneath has
// another name and place. Owns which rows these are, and which name each had before.
import { equalTo, isLdapResult, type LdapClient, type LdapEntry, textOf } from '@joinery/ldap-client';
import type { Directory } from './directory.js';
import type { Layout } from './layout.js';

/** What the log says of one entry. */
export interface Touched {
  readonly uuid: string;
  /** Names it had, the latest last. */
  readonly names: readonly string[];
  readonly wasAdded: boolean;
}

/** Of the entries that were renamed: what is beneath them now and is of the type, wherever that is. */
export async function entriesBeneath(
  client: LdapClient,
  directory: Directory,
  layout: Layout,
  touched: readonly Touched[],
): Promise<readonly Touched[]> {
  // Rows that lie directly in their place have no unit between.
  if (layout.setting.scope === 'one') return [];
  const found = new Map<string, Touched>();
  for (const { uuid, names } of touched.filter((entry) => entry.names.length > 1)) {
    const now = await nameOf(client, directory, uuid);
    const [before] = names;
    if (now === null || before === undefined || now === before) continue;
    for (const entry of await beneath(client, directory, layout, now)) {
      const own = textOf(entry, 'entryUUID') ?? '';
      const old = `${entry.dn.slice(0, -now.length)}${before}`;
      if (own !== uuid) found.set(own, { uuid: own, names: [old, entry.dn], wasAdded: false });
    }
  }
  return [...found.values()];
}

/** Null when it is gone since: what was beneath it is told for itself. */
async function nameOf(client: LdapClient, { facts }: Directory, uuid: string): Promise<string | null> {
  const filter = equalTo('entryUUID', uuid);
  const { entries } = await client.search({ base: facts.suffix, filter, attributes: ['1.1'] });
  return entries[0]?.dn ?? null;
}

async function beneath(
  client: LdapClient,
  { settings }: Directory,
  { filter }: Layout,
  base: string,
): Promise<readonly LdapEntry[]> {
  const found: LdapEntry[] = [];
  try {
    for await (const page of client.searchPages({ base, filter, attributes: ['entryUUID'] }, settings.pageSize))
      found.push(...page);
  } catch (error) {
    if (!isLdapResult(error, 32)) throw error;
  }
  return found;
}

/** Each once, with every name it had; what was made meanwhile was never known by another. */
export function joined(moved: readonly Touched[], touched: readonly Touched[]): readonly Touched[] {
  const known = new Map(touched.map((entry) => [entry.uuid, entry]));
  const names = new Map(moved.map((entry) => [entry.uuid, entry.names]));
  return [
    ...moved.filter(({ uuid }) => !known.has(uuid)),
    ...touched.map((entry) =>
      entry.wasAdded ? entry : { ...entry, names: [...(names.get(entry.uuid) ?? []), ...entry.names] },
    ),
  ];
}
