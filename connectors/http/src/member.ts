// Members of links: named by key or by name, compared with those there are, and changed by requests.
// Owns looking them up; when a change is applied is write.ts.
import { type ApplyOutcome, type Delta, refusal } from '@joinery/connector-kit';
import type { HttpRequest } from '@joinery/http-client';
import type { Connection } from './answer.js';
import { type ApiLink, type ApiType, type MemberRequest, notConfigured } from './model.js';
import { findItem, type FoundItem, membersOf, typeNamed } from './row.js';
import { requestOf } from './template.js';

/** Most look-ups at once; the client has fewer connections anyway. */
const atOnce = 8;

export interface MemberChange {
  readonly link: ApiLink;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** The keys of all members of the delta; an outcome that refuses when one to add is not there. */
export async function resolvedMembers(
  connection: Connection,
  type: ApiType,
  delta: Delta,
  signal: AbortSignal,
): Promise<readonly MemberChange[] | ApplyOutcome> {
  const changes: MemberChange[] = [];
  for (const link of type.links) {
    const other = typeNamed(connection, link.targetObjectType);
    const add = await keysOf(connection, link, other, delta.add[link.name] ?? [], signal);
    const unknown = [...add].find(([, key]) => key === null);
    if (unknown !== undefined)
      return refusal(delta, 'CONSTRAINT_VIOLATION', `there is no ${other.name} ${JSON.stringify(unknown[0])}`);
    const remove = await keysOf(connection, link, other, delta.remove[link.name] ?? [], signal);
    if (add.size + remove.size > 0) changes.push({ link, added: known(add), removed: known(remove) });
  }
  return changes;
}

const known = (keys: ReadonlyMap<string, string | null>): readonly string[] => [
  ...new Set([...keys.values()].filter((key): key is string => key !== null)),
];

// Where members are added one by one, the service would refuse an unknown one after it has added others.
async function keysOf(
  connection: Connection,
  link: ApiLink,
  other: ApiType,
  members: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string | null>> {
  const unique = [...new Set(members)];
  const isWhole = link.field !== null || (link.add !== null && link.add.batch > 1);
  const isKey = (member: string): boolean =>
    isWhole && (other.nameAttribute === null || other.keyPattern?.test(member) === true);
  const keys = new Map<string, string | null>(unique.map((member) => [member, member]));
  const asked = unique.filter((member) => !isKey(member));
  for (let start = 0; start < asked.length; start += atOnce) {
    const some = asked.slice(start, start + atOnce);
    const found = await Promise.all(some.map((member) => findItem(connection, other, member, signal)));
    some.forEach((member, index) => keys.set(member, found[index]?.key ?? null));
  }
  return keys;
}

/** Of the changes those that are none already taken out. */
export async function memberChanges(
  connection: Connection,
  changes: readonly MemberChange[],
  { key, item }: FoundItem,
  signal: AbortSignal,
): Promise<readonly MemberChange[]> {
  const real: MemberChange[] = [];
  for (const { link, added, removed } of changes) {
    const present = await membersOf(connection, link, key, item, signal);
    const change = {
      link,
      added: added.filter((member) => !present.has(member)),
      removed: removed.filter((member) => present.has(member) && !added.includes(member)),
    };
    if (change.added.length + change.removed.length > 0) real.push(change);
  }
  return real;
}

/** The requests that add and remove; links that stand in the item have none of their own. */
export function memberRequests(
  type: ApiType,
  changes: readonly MemberChange[],
  key: string,
  operation: string,
): readonly HttpRequest[] {
  return changes
    .filter(({ link }) => link.field === null)
    .flatMap(({ link, added, removed }) => [
      ...requestsFor(type, link, 'remove', removed, key, operation),
      ...requestsFor(type, link, 'add', added, key, operation),
    ]);
}

function requestsFor(
  type: ApiType,
  link: ApiLink,
  direction: 'add' | 'remove',
  members: readonly string[],
  key: string,
  operation: string,
): readonly HttpRequest[] {
  if (members.length === 0) return [];
  const template: MemberRequest | null = link[direction];
  if (template === null) throw notConfigured(`${operation} of "${type.name}"`, `links.${link.name}.${direction}`);
  const count = Math.ceil(members.length / template.batch);
  return Array.from({ length: count }, (_none, n) => {
    const some = members.slice(n * template.batch, (n + 1) * template.batch);
    return requestOf(template, { key, member: some[0], members: some }, operation);
  });
}
