// Units that were renamed or moved: the directory tells of the unit alone, though every row beneath it has another place.
// Owns which rows that are; how the directory tells of units is beside it.
import {
  anyOf,
  equalTo,
  extendedNames,
  type Filter,
  isLdapResult,
  type LdapClient,
  parseFilter,
} from '@joinery/ldap-client';
import type { Layout } from './catalog.js';
import { guidName } from './identifier.js';
import { guidOf } from './row.js';

const pageSize = 1_000;

/** What rows can lie in. */
export const containers: Filter = anyOf(
  equalTo('objectClass', 'organizationalUnit'),
  equalTo('objectClass', 'container'),
);

/** GUIDs of all beneath these units that are of the kind, wherever the units stand by now. */
export async function rowsBeneath(
  { client, layout }: { readonly client: LdapClient; readonly layout: Layout },
  units: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const unit of new Set(units)) {
    const search = { base: guidName(unit), filter: parseFilter(layout.traits.filter), attributes: ['1.1'] } as const;
    try {
      for await (const page of client.searchPages({ ...search, controls: [extendedNames()] }, pageSize))
        found.push(...page.map(guidOf));
    } catch (error) {
      // Deleted since: its rows went before it, and are told themselves.
      if (!isLdapResult(error, 32)) throw error;
    }
  }
  return found;
}
