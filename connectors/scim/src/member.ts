// Members named in a delta, by key or by name, as the ids the service wants.
// Owns looking them up, few at a time; what is not found is for the plan to judge.
import { type Connection, findResource } from './resource.js';
import type { ScimType } from './schema.js';

/** Most look-ups at once; the client has fewer connections anyway. */
const atOnce = 8;

/** Each member and its id; null where there is none. What has the form of an id is taken as one, without asking. */
export async function resolvedIds(
  connection: Connection,
  type: ScimType,
  members: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string | null>> {
  const unique = [...new Set(members)];
  // A group is asked for even by its id: it is changed by a request of its own, after the user.
  const asked = type.name === 'group' ? unique : unique.filter((key) => !connection.settings.idPattern.test(key));
  const ids = new Map<string, string | null>(unique.map((key) => [key, key]));
  for (let start = 0; start < asked.length; start += atOnce) {
    const some = asked.slice(start, start + atOnce);
    const found = await Promise.all(some.map((key) => findResource(connection, type, key, signal)));
    some.forEach((key, index) => ids.set(key, found[index]?.id ?? null));
  }
  return ids;
}

/** The first member that is not there, or null. */
export function missingMembers(ids: ReadonlyMap<string, string | null>): string | null {
  for (const [key, id] of ids) if (id === null) return key;
  return null;
}
