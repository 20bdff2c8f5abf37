// How the cases read changes: pages since a cookie, asked again to see that nothing is told twice, and replayed.
import assert from 'node:assert/strict';
import type { Change, ChangePage, TargetObject } from '../contract.js';
import { context, type Rig } from './rig.js';

/** The pages of changes since the cookie, at least one, each with its own. */
export async function pagesSince(
  { target, session }: Pick<Rig, 'target' | 'session'>,
  cookie: string | null,
  objectType = target.objectType,
): Promise<readonly ChangePage[]> {
  assert.ok(session.changes !== undefined, 'a package with EXPORT_INCREMENTAL must have `changes`');
  const pages: ChangePage[] = [];
  for await (const page of session.changes(objectType, cookie, context())) pages.push(page);
  assert.ok(pages.length > 0, 'a reading of changes must give at least one page, for its cookie');
  for (const page of pages) assert.equal(typeof page.cookie, 'string', 'every page must carry a cookie');
  return pages;
}

/** Changes, and the cookie after the last. */
export interface Told {
  readonly changes: readonly Change[];
  readonly cookie: string;
}

/** All changes since the cookie. */
export async function toldSince(
  rig: Pick<Rig, 'target' | 'session'>,
  cookie: string | null,
  objectType?: string,
): Promise<Told> {
  const pages = await pagesSince(rig, cookie, objectType);
  return { changes: pages.flatMap((page) => page.changes), cookie: pages.at(-1)?.cookie ?? '' };
}

/** The cookie of a first reading, which tells no changes. */
export async function firstCookie(rig: Rig, objectType?: string): Promise<string> {
  const { changes, cookie } = await toldSince(rig, null, objectType);
  assert.deepEqual(changes, [], 'the first reading must tell no changes');
  return cookie;
}

/** What changed since the cookie; asked again at once it must be nothing. */
export async function toldOnce(rig: Rig, cookie: string, objectType?: string): Promise<readonly Change[]> {
  const told = await toldSince(rig, cookie, objectType);
  const again = await toldSince(rig, told.cookie, objectType);
  assert.deepEqual(again.changes, [], 'what was told must not be told again');
  return told.changes;
}

/** Demands that exactly this row is told, once, as it is now. */
export function assertUpsert(changes: readonly Change[], row: TargetObject): void {
  const { objectType, key } = row;
  assert.deepEqual(changes, [{ kind: 'upsert', objectType, key, object: row }]);
}

/** What was listed before, with the changes applied in their order. */
export function replayed(before: readonly TargetObject[], changes: readonly Change[]): readonly TargetObject[] {
  const rows = new Map(before.map((row) => [row.key, row]));
  for (const { kind, key, object } of changes) {
    if (kind === 'delete') rows.delete(key);
    else if (object !== undefined) rows.set(key, object);
  }
  return inOrder([...rows.values()]);
}

/** Rows in the order of their keys. */
export function inOrder(rows: readonly TargetObject[]): readonly TargetObject[] {
  return [...rows].sort((a, b) => (a.key < b.key ? -1 : 1));
}
