// Incremental reading where the service filters by meta.lastModified; deletions are found by comparing ids.
// Owns the cookie: the newest modification seen, what was seen of that instant, and the ids there were.
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Change, type ChangePage, cookieRefused, type TargetObject } from '@joinery/connector-kit';
import { listRows } from './listing.js';
import type { Connection } from './resource.js';

const version = 'modified-1';
const largestPage = 500;

interface Seen {
  /** The newest meta.lastModified, as the service wrote it; null when there was no row. */
  readonly newest: string | null;
  /** Digests of the rows modified at that instant: another change may share it. */
  readonly digests: Readonly<Record<string, string>>;
  readonly ids: readonly string[];
}

/** Rows modified since the newest modification seen, oldest first, then those that are gone. */
export async function* modifiedSince(
  connection: Connection,
  objectType: string,
  cookie: string | null,
  signal: AbortSignal,
): AsyncGenerator<ChangePage> {
  if (cookie === null) {
    const seen = await everything(connection, objectType, signal);
    return yield { changes: [], cookie: cookieOf(seen, objectType) };
  }
  const before = seenIn(cookie, objectType);
  const modified = await modifiedRows(connection, objectType, before, signal);
  // Asked for afterwards: what appears in between is modified later than all that was seen, and told the next time.
  const ids = await idsOf(connection, objectType, signal);
  const present = new Set(ids);
  const fresh = modified.filter((object) => present.has(object.key) && before.digests[object.key] !== digestOf(object));
  const gone = before.ids.filter((key) => !present.has(key));
  const changes = [
    ...fresh.map((object): Change => ({ kind: 'upsert', objectType, key: object.key, object })),
    ...gone.map((key): Change => ({ kind: 'delete', objectType, key })),
  ];
  const reached = cookieOf({ ...newestOf(modified, before), ids }, objectType);
  for (let start = 0; start + largestPage < changes.length; start += largestPage)
    yield { changes: changes.slice(start, start + largestPage), cookie };
  yield { changes: changes.slice(changes.length - (changes.length % largestPage || largestPage)), cookie: reached };
}

async function modifiedRows(
  connection: Connection,
  objectType: string,
  { newest }: Seen,
  signal: AbortSignal,
): Promise<readonly TargetObject[]> {
  const rows: TargetObject[] = [];
  const narrowing = newest === null ? {} : { filter: `meta.lastModified ge ${JSON.stringify(newest)}` };
  for await (const { objects } of listRows(connection, objectType, signal, narrowing)) rows.push(...objects);
  return rows.sort((a, b) => instantOf(a) - instantOf(b));
}

async function idsOf(connection: Connection, objectType: string, signal: AbortSignal): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { objects } of listRows(connection, objectType, signal, { attributes: 'id' }))
    ids.push(...objects.map(({ key }) => key));
  return ids;
}

async function everything(connection: Connection, objectType: string, signal: AbortSignal): Promise<Seen> {
  const ids: string[] = [];
  let seen: Pick<Seen, 'newest' | 'digests'> = { newest: null, digests: {} };
  for await (const { objects } of listRows(connection, objectType, signal)) {
    ids.push(...objects.map(({ key }) => key));
    seen = newestOf(objects, seen);
  }
  return { ...seen, ids };
}

type Newest = Pick<Seen, 'newest' | 'digests'>;

/** The newest instant among the rows and before, with the digests of all rows of that instant. */
function newestOf(rows: readonly TargetObject[], before: Newest): Newest {
  const instants = rows.map(instantOf).filter(Number.isFinite);
  const known = before.newest === null ? Number.NEGATIVE_INFINITY : Date.parse(before.newest);
  const latest = instants.reduce((a, b) => Math.max(a, b), known);
  const those = rows.filter((row) => instantOf(row) === latest);
  const [first] = those;
  if (first === undefined) return before;
  const fresh = Object.fromEntries(those.map((row) => [row.key, digestOf(row)]));
  return {
    newest: String(first.attributes[modification]),
    digests: latest === known ? { ...before.digests, ...fresh } : fresh,
  };
}

const modification = 'meta.lastModified';
const instantOf = ({ attributes }: TargetObject): number => Date.parse(String(attributes[modification]));

const digestOf = (object: TargetObject): string =>
  createHash('sha256').update(JSON.stringify(object)).digest('base64url').slice(0, 11);

function cookieOf(seen: Seen, objectType: string): string {
  const data = gzipSync(JSON.stringify(seen));
  return `${version}.${checksum(objectType, data)}.${data.toString('base64url')}`;
}

function seenIn(cookie: string, objectType: string): Seen {
  const [found, sum, text] = cookie.split('.');
  if (found !== version || text === undefined) throw cookieRefused('its cookie has an unknown form');
  const data = Buffer.from(text, 'base64url');
  if (sum !== checksum(objectType, data))
    throw cookieRefused(`its cookie is damaged or was not made for "${objectType}"`);
  return JSON.parse(gunzipSync(data).toString('utf8')) as Seen;
}

const checksum = (objectType: string, data: Buffer): string =>
  createHash('sha256').update(`${objectType}\n`).update(data).digest('base64url').slice(0, 16);
