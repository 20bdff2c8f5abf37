// What was touched since a number of the controller (uSNChanged), where DirSync is not allowed. Deletions are seen only by
// an account that may read the container of deleted objects; numbers mean something on one controller alone.
import { type ChangePage, cookieRefused } from '@joinery/connector-kit';
import {
  allOf,
  atLeast,
  equalTo,
  extendedNames,
  type Filter,
  flagControl,
  type LdapClient,
  parseFilter,
  present,
  textOf,
} from '@joinery/ldap-client';
import type { Catalog, Layout } from './catalog.js';
import { changePages } from './change.js';
import { containers, rowsBeneath } from './container.js';
import { cookieOf, markIn } from './cookie.js';
import { deletedObjects, requireDeletedObjects, showDeleted } from './deleted.js';
import { guidOf } from './row.js';

interface Ground {
  readonly client: LdapClient;
  readonly catalog: Catalog;
  readonly layout: Layout;
}

const pageSize = 1_000;

export async function* changesByUsn(ground: Ground, cookie: string | null): AsyncGenerator<ChangePage> {
  const { catalog, layout } = ground;
  const origin = `${catalog.namingContext} ${catalog.server}`;
  // Asked first: what changes while we read is told again the next time, never left out.
  const mark = await highestNumber(ground);
  const next = cookieOf(layout.type.name, { way: 'usnChanged', origin, mark: String(mark) });
  await requireDeletedObjects(ground.client, catalog);
  if (cookie === null) return yield { changes: [], cookie: next };
  const from = Number(markIn(layout.type.name, cookie, 'usnChanged', origin));
  if (!Number.isSafeInteger(from) || from > mark)
    throw cookieRefused('the domain controller was restored to an earlier state');
  const since = atLeast('uSNChanged', String(from + 1));
  const own = await guidsOf(ground, catalog.namingContext, allOf(parseFilter(layout.traits.filter), since));
  // A number does not say what changed: a unit that got a description may as well have been moved.
  const units = await guidsOf(ground, catalog.namingContext, allOf(containers, since));
  const touched = {
    present: [...own, ...(await rowsBeneath(ground, units))],
    deleted: await guidsOf(
      ground,
      deletedObjects(catalog),
      allOf(parseFilter(layout.traits.deletedFilter), equalTo('isDeleted', 'TRUE'), since),
    ),
  };
  yield* changePages(ground, touched, cookie, next);
}

async function highestNumber({ client }: Ground): Promise<number> {
  const search = {
    base: '',
    scope: 'base',
    filter: present('objectClass'),
    attributes: ['highestCommittedUSN'],
  } as const;
  const { entries } = await client.search(search);
  return Number(entries[0] === undefined ? 0 : textOf(entries[0], 'highestCommittedUSN'));
}

async function guidsOf({ client }: Ground, base: string, filter: Filter): Promise<readonly string[]> {
  const controls = [extendedNames(), flagControl(showDeleted, true)];
  const guids: string[] = [];
  for await (const page of client.searchPages({ base, filter, attributes: ['1.1'], controls }, pageSize))
    guids.push(...page.map(guidOf));
  return guids;
}
