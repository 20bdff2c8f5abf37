// Which differences between a reading and the directory Joinery made itself: what its orders wrote, and nothing else.
// Owns the comparison; which orders wrote to a row without having been seen yet is store/synchronization-own.ts'.
import type { ResourceDelta } from './assignment.js';
import { type ResourceContent, sameScalar } from './resource.js';
import { holds } from './verification.js';

/** `deltas`: what was, or may have been, written to the row since it was last seen, oldest first. Null: there is no row. */
export function isOwnChange(
  deltas: readonly ResourceDelta[],
  known: ResourceContent | null,
  read: ResourceContent | null,
): boolean {
  const written = folded(deltas);
  if (written === null || !holds(written, read)) return false;
  if (read === null) return true;
  // What a system fills in by itself when a row is created belongs to the creation.
  if (known === null) return deltas.some(({ kind }) => kind === 'CREATE');
  return isRestSame(written, known, read) && areLinksSame(written, known, read);
}

/** All of them as one: the later write of a property or link is the one that is there. */
function folded(deltas: readonly ResourceDelta[]): ResourceDelta | null {
  const last = deltas.at(-1);
  if (last === undefined) return null;
  const scalars = new Map(deltas.flatMap((delta) => delta.scalars.map((scalar) => [scalar.property, scalar])));
  const properties = new Set(deltas.flatMap((delta) => delta.links.map(({ property }) => property)));
  return {
    kind: last.kind,
    key: last.key,
    scalars: [...scalars.values()],
    links: [...properties].map((property) => ({ property, ...foldedLinks(deltas, property), rules: {} })),
  };
}

function foldedLinks(
  deltas: readonly ResourceDelta[],
  property: string,
): { readonly add: readonly string[]; readonly remove: readonly string[] } {
  const isThere = new Map<string, boolean>();
  for (const link of deltas.flatMap(({ links }) => links.filter((each) => each.property === property))) {
    for (const key of link.remove) isThere.set(key, false);
    for (const key of link.add) isThere.set(key, true);
  }
  const keysWhere = (wanted: boolean) => [...isThere].filter(([, is]) => is === wanted).map(([key]) => key);
  return { add: keysWhere(true), remove: keysWhere(false) };
}

function isRestSame({ scalars }: ResourceDelta, known: ResourceContent, read: ResourceContent): boolean {
  const ours = new Set(scalars.map(({ property }) => property));
  return [...new Set([...Object.keys(known.attributes), ...Object.keys(read.attributes)])].every(
    (property) =>
      ours.has(property) || sameScalar(known.attributes[property] ?? null, read.attributes[property] ?? null),
  );
}

function areLinksSame({ links }: ResourceDelta, known: ResourceContent, read: ResourceContent): boolean {
  const ours = new Set(links.flatMap(({ property, add, remove }) => [...add, ...remove].map(linkOf(property))));
  const [before, now] = [linksOf(known), linksOf(read)];
  return (
    [...before].every((link) => now.has(link) || ours.has(link)) &&
    [...now].every((link) => before.has(link) || ours.has(link))
  );
}

const linkOf =
  (property: string) =>
  (key: string): string =>
    JSON.stringify([property, key]);

const linksOf = ({ links }: ResourceContent): ReadonlySet<string> =>
  new Set(Object.entries(links).flatMap(([property, keys]) => keys.map(linkOf(property))));

/** How many links of a row that was and is there came and went. */
export function linkCounts(
  known: ResourceContent,
  read: ResourceContent,
): { readonly linksAdded: number; readonly linksRemoved: number } {
  const [before, now] = [linksOf(known), linksOf(read)];
  const without = (all: ReadonlySet<string>, others: ReadonlySet<string>) =>
    [...all].filter((link) => !others.has(link)).length;
  return { linksAdded: without(now, before), linksRemoved: without(before, now) };
}
