// Incremental reading for systems that do not tell what changed: everything is listed and compared with the last time.
// Owns the cookie, which holds a digest of each row seen; how rows are listed stays with the package.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Change, ChangePage, ListPage, TargetObject } from './contract.js';
import { cookieRefused } from './failure.js';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Most changes on a page, so that memory does not depend on how much changed. */
const largestPage = 500;
/** Bytes of a row's digest: a change stays unseen once in 2^48, and 100,000 rows make a cookie of about one megabyte. */
const digestBytes = 6;
const digestLength = (digestBytes * 4) / 3;
const version = 'comparison-1';

/** Key → digest of the row. */
type Digests = Map<string, string>;

/**
 * The body of `changes` for a package whose system tells no changes: lists everything, compares, and tells what is new,
 * different or gone. Keeps keys and digests in memory, never rows. A page before the last carries the cookie that was
 * given: going on from there after a break tells those changes again and leaves none out. Deletions come last, and only
 * when the listing ended normally.
 */
export async function* changesByComparison(
  list: () => AsyncIterable<ListPage>,
  objectType: string,
  cookie: string | null,
): AsyncGenerator<ChangePage> {
  const before = cookie === null ? null : await digestsIn(cookie, objectType);
  const now: Digests = new Map();
  if (before === null || cookie === null) {
    for await (const page of list()) for (const object of page.objects) now.set(object.key, digestOf(object));
    return yield { changes: [], cookie: await cookieOf(now, objectType) };
  }
  let changes: readonly Change[] = [];
  let hasChanged = false;
  for await (const some of comparedPages(list(), objectType, before, now)) {
    if (changes.length > 0) yield { changes, cookie };
    changes = some;
    hasChanged = true;
  }
  yield { changes, cookie: hasChanged ? await cookieOf(now, objectType) : cookie };
}

/** Pages of changes, none empty; afterwards `now` holds what was seen and `before` is used up. */
async function* comparedPages(
  pages: AsyncIterable<ListPage>,
  objectType: string,
  before: Digests,
  now: Digests,
): AsyncGenerator<readonly Change[]> {
  let found: Change[] = [];
  for await (const change of comparedChanges(pages, objectType, before, now)) {
    if (found.length === largestPage) {
      yield found;
      found = [];
    }
    found.push(change);
  }
  if (found.length > 0) yield found;
}

async function* comparedChanges(
  pages: AsyncIterable<ListPage>,
  objectType: string,
  before: Digests,
  now: Digests,
): AsyncGenerator<Change> {
  for await (const page of pages)
    for (const object of page.objects) {
      const { key } = object;
      const digest = digestOf(object);
      const known = now.get(key) ?? before.get(key);
      now.set(key, digest);
      before.delete(key);
      if (known !== digest) yield { kind: 'upsert', objectType, key, object };
    }
  for (const key of before.keys()) yield { kind: 'delete', objectType, key };
}

/** The digest of everything a row says, whatever the order of its attributes. */
function digestOf({ attributes, links }: TargetObject): string {
  const told = JSON.stringify([inOrder(attributes), inOrder(links)]);
  return createHash('sha256').update(told).digest().subarray(0, digestBytes).toString('base64url');
}

function inOrder(values: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
}

// version.checksum.data; the data are lines of digest and key, sorted, so that the same rows give the same cookie.
async function cookieOf(digests: Digests, objectType: string): Promise<string> {
  const lines = [...digests].map(([key, digest]) => `${JSON.stringify(key)}${digest}`).sort();
  const data = await compress(lines.join('\n'));
  return `${version}.${checksum(objectType, data)}.${data.toString('base64url')}`;
}

async function digestsIn(cookie: string, objectType: string): Promise<Digests> {
  const [foundVersion, sum, text] = cookie.split('.');
  if (foundVersion !== version || text === undefined) throw cookieRefused('its cookie has an unknown form');
  const data = Buffer.from(text, 'base64url');
  if (sum !== checksum(objectType, data))
    throw cookieRefused(`its cookie is damaged or was not made for "${objectType}"`);
  const lines = (await decompress(data)).toString('utf8').split('\n');
  return new Map(lines.filter((line) => line !== '').map(entryOf));
}

function entryOf(line: string): readonly [string, string] {
  return [String(JSON.parse(line.slice(0, -digestLength))), line.slice(-digestLength)];
}

function checksum(objectType: string, data: Buffer): string {
  return createHash('sha256').update(`${objectType}\n`).update(data).digest('base64url').slice(0, 16);
}
