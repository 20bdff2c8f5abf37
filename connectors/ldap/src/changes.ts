// What changed since a cookie, in the best way the server offers: its log of changes, or a comparison with the last time.
// Owns which way that is; a cookie of one way is refused by another.
import {
  type ChangePage,
  changesByComparison,
  cookieRefused,
  type ListPage,
  type TargetObject,
} from '@joinery/connector-kit';
import { isLdapResult, type LdapClient, type LdapEntry, textOf, textsOf } from '@joinery/ldap-client';
import { logChanges, logMarks } from './accesslog.js';
import { type Directory, memberPlace } from './directory.js';
import { isSameName, type Layout } from './layout.js';
import { entryPages, listRows, rowsMatching, toRows } from './listing.js';
import { keyFilter, keyOf } from './row.js';
import type { ChangesMode, LdapLink } from './settings.js';

const prefixes: Readonly<Record<ChangesMode, string>> = {
  accesslog: 'accesslog:',
  entryCSN: 'entryCSN:',
  comparison: 'comparison:',
};

export async function* readChanges(
  client: LdapClient,
  directory: Directory,
  layout: Layout,
  cookie: string | null,
): AsyncGenerator<ChangePage> {
  const mode = await modeOf(client, directory, layout);
  const prefix = prefixes[mode];
  if (cookie !== null && !cookie.startsWith(prefix))
    throw cookieRefused('its cookie is damaged, or changes are found in another way now');
  const inner = cookie === null ? null : cookie.slice(prefix.length);
  for await (const page of pagesOf(mode, client, directory, layout, inner))
    yield { changes: page.changes, cookie: `${prefix}${page.cookie}` };
}

function pagesOf(
  mode: ChangesMode,
  client: LdapClient,
  directory: Directory,
  layout: Layout,
  cookie: string | null,
): AsyncIterable<ChangePage> {
  switch (mode) {
    case 'accesslog':
      return logChanges(client, directory, layout, cookie);
    case 'entryCSN':
      return stampChanges(client, directory, layout, cookie);
    case 'comparison':
      return changesByComparison(() => listRows(client, directory, layout), layout.type.name, cookie);
    default:
      return mode satisfies never;
  }
}

async function modeOf(client: LdapClient, directory: Directory, layout: Layout): Promise<ChangesMode> {
  const { changes } = directory.settings;
  const wished = changes ?? ((await hasLog(client, directory)) ? 'accesslog' : 'entryCSN');
  if (wished === 'accesslog' && canUseLog(directory, layout)) return 'accesslog';
  return wished === 'comparison' || directory.facts.schema.attribute('entryCSN') === null ? 'comparison' : 'entryCSN';
}

// The log tells of entries by name and entryUUID: keys must follow from these. It does not tell that groups changed
// because a member was renamed, so keys of members must not change with their names.
function canUseLog(directory: Directory, { setting: { key, rdnAttribute, links } }: Layout): boolean {
  const isTold = key === 'entryUUID' || key === 'dn' || isSameName(key, rdnAttribute);
  const isStable = (link: LdapLink): boolean =>
    link.side === 'own' && memberPlace(directory, link).target.setting.key === 'entryUUID';
  return isTold && links.every(isStable);
}

async function hasLog(client: LdapClient, directory: Directory): Promise<boolean> {
  try {
    return (await logMarks(client, directory)) !== null;
  } catch (error) {
    if (isLdapResult(error)) return false;
    throw error;
  }
}

/**
 * Comparison of change stamps instead of whole rows: every entry has one (entryCSN), and the server moves it with each
 * change. Members are compared as well: overlays that keep them in order after a deletion or a renaming move no stamp.
 */
async function* stampChanges(
  client: LdapClient,
  directory: Directory,
  layout: Layout,
  cookie: string | null,
): AsyncGenerator<ChangePage> {
  const pages = changesByComparison(() => stampPages(client, directory, layout), layout.type.name, cookie);
  for await (const page of pages) {
    const keys = page.changes.filter(({ kind }) => kind === 'upsert').map(({ key }) => key);
    const filters = keys.map((key) => keyFilter(layout, key));
    const rows = new Map((await rowsMatching(client, directory, layout, filters)).map((row) => [row.key, row]));
    // What is gone again since it was listed is told next time: its key is in the cookie.
    const changes = page.changes.flatMap((change) => {
      if (change.kind === 'delete') return [change];
      const object = rows.get(change.key);
      return object === undefined ? [] : [{ ...change, object }];
    });
    yield { changes, cookie: page.cookie };
  }
}

async function* stampPages(client: LdapClient, directory: Directory, layout: Layout): AsyncGenerator<ListPage> {
  const { links, key, rdnAttribute } = layout.setting;
  const own = links.flatMap(({ side, attribute, reverseAttribute }) =>
    side === 'own' ? [attribute] : (reverseAttribute ?? []),
  );
  const others = links.filter(({ side, reverseAttribute }) => side === 'other' && reverseAttribute === null);
  const attributes = [rdnAttribute, 'entryCSN', ...(key === 'dn' ? [] : [key]), ...own];
  for await (const entries of entryPages(client, directory, layout, attributes))
    yield { objects: await stamps(client, directory, layout, entries, own, others) };
}

async function stamps(
  client: LdapClient,
  directory: Directory,
  layout: Layout,
  entries: readonly LdapEntry[],
  own: readonly string[],
  others: readonly LdapLink[],
): Promise<readonly TargetObject[]> {
  const only = { ...layout, setting: { ...layout.setting, links: others }, attributes: [] };
  const linked = others.length === 0 ? [] : await toRows(client, directory, only, entries);
  const links = new Map(linked.map((row) => [row.key, row.links]));
  return entries.flatMap((entry) => {
    const key = keyOf(layout, entry);
    if (key === null) return [];
    const members = own.map((attribute) => [attribute, [...textsOf(entry, attribute)].sort()] as const);
    return {
      objectType: layout.type.name,
      key,
      attributes: { stamp: textOf(entry, 'entryCSN'), name: entry.dn },
      links: { ...Object.fromEntries(members), ...links.get(key) },
    };
  });
}
