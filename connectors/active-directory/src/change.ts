// Incremental reading: the directory tells which objects were touched or deleted, then their present rows are read.
// Owns what becomes of an object that is no row of the type (any more); how the directory tells is beside it.
import type { Change, ChangePage } from '@joinery/connector-kit';
import { allOf, anyOf, equalTo, extendedNames, type LdapClient, parseFilter } from '@joinery/ldap-client';
import type { Catalog, Layout } from './catalog.js';
import { guidBytes } from './identifier.js';
import { rowsOf } from './listing.js';
import { batchesOf } from './lookup.js';
import { guidOf } from './row.js';

/** Most changes on a page. */
const largestPage = 500;

/** What the directory tells: GUIDs, in the order of the changes. */
export interface Touched {
  readonly present: readonly string[];
  readonly deleted: readonly string[];
}

interface Ground {
  readonly client: LdapClient;
  readonly catalog: Catalog;
  readonly layout: Layout;
}

/**
 * Pages of what became of the touched objects; the last one, which may be empty, carries `next`. A page before it carries
 * `before`: going on from there tells its changes again.
 */
export async function* changePages(
  ground: Ground,
  touched: Touched,
  before: string,
  next: string,
): AsyncGenerator<ChangePage> {
  const deleted = new Set(touched.deleted);
  const present = [...new Set(touched.present)].filter((guid) => !deleted.has(guid));
  let waiting: readonly Change[] = [];
  for (const guids of batchesOf(present, largestPage)) {
    if (waiting.length > 0) yield { changes: waiting, cookie: before };
    waiting = await changesOf(ground, guids);
  }
  for (const keys of batchesOf([...deleted], largestPage)) {
    if (waiting.length > 0) yield { changes: waiting, cookie: before };
    waiting = keys.map((key) => deletion(ground, key));
  }
  yield { changes: waiting, cookie: next };
}

async function changesOf(ground: Ground, guids: readonly string[]): Promise<readonly Change[]> {
  const { client, catalog, layout } = ground;
  const rows = new Map((await rowsOf(client, catalog, layout, guids)).map((row) => [row.key, row]));
  const outside = await ofTheKind(
    ground,
    guids.filter((guid) => !rows.has(guid)),
  );
  return guids.flatMap((key): readonly Change[] => {
    const object = rows.get(key);
    if (object !== undefined) return [{ kind: 'upsert', objectType: layout.type.name, key, object }];
    return outside.has(key) ? [deletion(ground, key)] : [];
  });
}

function deletion({ layout }: Ground, key: string): Change {
  return { kind: 'delete', objectType: layout.type.name, key };
}

// Moved out of the places of its type, or no longer passing its filter: gone as far as the type is concerned. What is of
// another kind never was a row, and what was deleted since is told the next time.
async function ofTheKind({ client, catalog, layout }: Ground, guids: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const batch of batchesOf(guids)) {
    const { entries } = await client.search({
      base: catalog.namingContext,
      filter: allOf(
        parseFilter(layout.traits.filter),
        anyOf(...batch.map((guid) => equalTo('objectGUID', guidBytes(guid)))),
      ),
      attributes: ['1.1'],
      controls: [extendedNames()],
    });
    for (const entry of entries) found.add(guidOf(entry));
  }
  return found;
}
