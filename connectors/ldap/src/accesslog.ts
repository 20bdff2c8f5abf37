// What changed by the log of changes OpenLDAP keeps (overlay accesslog): which entries, in which order, since which
// moment. Owns the cookie, which is the last change seen of each server; rows are read as they are now.
import { createHash } from 'node:crypto';
import { type Change, type ChangePage, cookieRefused, type TargetObject } from '@joinery/connector-kit';
import {
  allOf,
  atLeast,
  atMost,
  comparableName,
  equalTo,
  isWithin,
  type LdapClient,
  type LdapEntry,
  parentName,
  textOf,
  textsOf,
} from '@joinery/ldap-client';
import type { Directory } from './directory.js';
import type { Layout } from './layout.js';
import { rowsMatching } from './listing.js';
import { chunks } from './member.js';
import { entriesBeneath, joined, type Touched } from './moved-unit.js';
import { keyFilter, nameInDn } from './row.js';
import { entryAt } from './server.js';

/** Server number → the stamp (CSN) of the last change seen of it. */
export type Marks = Readonly<Record<string, string>>;

/** Most rows on a page of changes. */
const largestPage = 500;

/** The stamps of the last changes in the directory; null when the log or the stamps cannot be read. */
export async function logMarks(client: LdapClient, { settings, facts }: Directory): Promise<Marks | null> {
  const [log, suffix] = [
    await entryAt(client, settings.accesslogDn, ['1.1']),
    await entryAt(client, facts.suffix, ['contextCSN']),
  ];
  const stamps = suffix === null ? [] : textsOf(suffix, 'contextCSN');
  return log === null || stamps.length === 0 ? null : latest(stamps);
}

function latest(stamps: readonly string[], marks: Marks = {}): Marks {
  const result: Record<string, string> = { ...marks };
  for (const stamp of stamps) {
    const known = result[serverOf(stamp)];
    if (known === undefined || stamp > known) result[serverOf(stamp)] = stamp;
  }
  return result;
}

// 20261130185650.075211Z#000000#000#000000: time, counter, server, counter.
function serverOf(stamp: string): string {
  return stamp.split('#')[2] ?? '';
}

export async function* logChanges(
  client: LdapClient,
  directory: Directory,
  layout: Layout,
  text: string | null,
): AsyncGenerator<ChangePage> {
  const now = await logMarks(client, directory);
  const base = directory.settings.accesslogDn;
  if (now === null) throw cookieRefused(`the log "${base}" cannot be read`);
  if (text === null) {
    const isAnchored = await isAnchoredAt(client, base, now);
    return yield { changes: [], cookie: cookieOf(layout, { marks: now, isAnchored }) };
  }
  const cookie = cookieIn(layout, text, now);
  await refusePurged(client, directory, cookie);
  const { entries, stamps } = await touchedEntries(client, directory, layout, cookie.marks);
  let changes: readonly Change[] = [];
  const all = joined(await entriesBeneath(client, directory, layout, entries), entries);
  for await (const some of changesOf(client, directory, layout, all)) {
    // Going on from a page before the last tells these again, and leaves none out.
    if (changes.length > 0) yield { changes, cookie: text };
    changes = some;
  }
  const isAnchored = cookie.isAnchored || stamps.length > 0;
  yield { changes, cookie: cookieOf(layout, { marks: latest(stamps, cookie.marks), isAnchored }) };
}

interface TouchedEntries {
  readonly entries: readonly Touched[];
  readonly stamps: readonly string[];
}

const logAttributes = ['reqType', 'reqDN', 'reqNewRDN', 'reqNewSuperior', 'reqEntryUUID', 'entryCSN'];

async function touchedEntries(
  client: LdapClient,
  { settings }: Directory,
  layout: Layout,
  before: Marks,
): Promise<TouchedEntries> {
  const byUuid = new Map<string, Touched>();
  const stamps: string[] = [];
  const written = [equalTo('objectClass', 'auditWriteObject'), equalTo('reqResult', '0')];
  const filter = allOf(...written, atLeast('entryCSN', oldestOf(before)));
  const search = { base: settings.accesslogDn, scope: 'one', filter, attributes: logAttributes } as const;
  for await (const page of client.searchPages(search, settings.pageSize))
    for (const entry of page) {
      const stamp = textOf(entry, 'entryCSN') ?? '';
      if (stamp <= (before[serverOf(stamp)] ?? '')) continue;
      stamps.push(stamp);
      note(byUuid, layout, entry);
    }
  return { entries: [...byUuid.values()], stamps };
}

function note(byUuid: Map<string, Touched>, layout: Layout, entry: LdapEntry): void {
  const [uuid, dn] = [textOf(entry, 'reqEntryUUID'), textOf(entry, 'reqDN')];
  if (uuid === null || dn === null) return;
  const known = byUuid.get(uuid);
  const names = [dn, ...newName(entry, dn)];
  if (known === undefined && !names.some((name) => isPlace(layout, name))) return;
  // Anew at the end: entries come in the order of their last change.
  byUuid.delete(uuid);
  byUuid.set(uuid, {
    uuid,
    names: [...(known?.names ?? []), ...names],
    wasAdded: known?.wasAdded ?? textOf(entry, 'reqType') === 'add',
  });
}

function newName(entry: LdapEntry, dn: string): readonly string[] {
  const rdn = textOf(entry, 'reqNewRDN');
  return rdn === null ? [] : [`${rdn},${textOf(entry, 'reqNewSuperior') ?? parentName(dn) ?? ''}`];
}

function isPlace({ setting: { places, scope } }: Layout, dn: string): boolean {
  const parent = parentName(dn) ?? '';
  return places.some((place) =>
    scope === 'one' ? comparableName(parent) === comparableName(place) : isWithin(dn, place),
  );
}

async function* changesOf(
  client: LdapClient,
  directory: Directory,
  layout: Layout,
  touched: readonly Touched[],
): AsyncGenerator<readonly Change[]> {
  for (const some of chunks(touched, largestPage)) {
    const uuids = some.map(({ uuid }) => equalTo('entryUUID', uuid));
    const rows = inOrder(await rowsMatching(client, directory, layout, uuids), some);
    const gone = await goneKeys(client, directory, layout, some, rows);
    const changes = [...gone.map((key) => deletion(layout, key)), ...rows.map((object) => upsert(object))];
    if (changes.length > 0) yield changes;
  }
}

// In the order of their last changes, where the key tells which row is which entry.
function inOrder(rows: readonly TargetObject[], touched: readonly Touched[]): readonly TargetObject[] {
  const order = new Map(touched.map(({ uuid }, n) => [uuid, n]));
  return [...rows].sort((a, b) => (order.get(a.key) ?? 0) - (order.get(b.key) ?? 0));
}

function upsert(object: TargetObject): Change {
  return { kind: 'upsert', objectType: object.objectType, key: object.key, object };
}

function deletion(layout: Layout, key: string): Change {
  return { kind: 'delete', objectType: layout.type.name, key };
}

/** Keys that the entries had and no row has now. */
async function goneKeys(
  client: LdapClient,
  directory: Directory,
  layout: Layout,
  touched: readonly Touched[],
  rows: readonly TargetObject[],
): Promise<readonly string[]> {
  const present = new Set(rows.map(({ key }) => key));
  const old = [...new Set(touched.flatMap((entry) => oldKeys(layout, entry)))].filter((key) => !present.has(key));
  if (layout.setting.key === 'entryUUID') return old;
  // Another entry may have the name by now; it is told for itself.
  const taken = await rowsMatching(
    client,
    directory,
    layout,
    old.map((key) => keyFilter(layout, key)),
  );
  const takenKeys = new Set(taken.map(({ key }) => key));
  return old.filter((key) => !takenKeys.has(key));
}

function oldKeys(layout: Layout, { uuid, names, wasAdded }: Touched): readonly string[] {
  // Made and gone between two readings: nobody ever knew it.
  const known = names
    .slice(wasAdded ? 1 : 0)
    .filter((name) => nameInDn(layout, name) !== null && isPlace(layout, name));
  if (layout.setting.key === 'entryUUID') return wasAdded || known.length === 0 ? [] : [uuid];
  return known.map((name) => (layout.setting.key === 'dn' ? name : (nameInDn(layout, name) ?? '')));
}

/** The log keeps entries for some days: a cookie older than the oldest of them cannot be gone on from. */
async function refusePurged(client: LdapClient, { settings }: Directory, { marks, isAnchored }: Cookie): Promise<void> {
  if (await isAnchoredAt(client, settings.accesslogDn, marks)) return;
  // The log had nothing yet when the cookie was made; it cannot have lost anything within a day.
  if (!isAnchored && Date.now() - timeOf(oldestOf(marks)) < 24 * 3_600_000) return;
  throw cookieRefused('the log of changes no longer reaches back that far');
}

/** Whether the log still has the change of the oldest mark, or an earlier one. */
async function isAnchoredAt(client: LdapClient, base: string, marks: Marks): Promise<boolean> {
  const filter = allOf(equalTo('objectClass', 'auditWriteObject'), atMost('entryCSN', oldestOf(marks)));
  for await (const page of client.searchPages({ base, scope: 'one', filter, attributes: ['1.1'] }, 1))
    if (page.length > 0) return true;
  return false;
}

function oldestOf(marks: Marks): string {
  return Object.values(marks).sort()[0] ?? '';
}

function timeOf(stamp: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(stamp) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

interface Cookie {
  readonly marks: Marks;
  /** Whether the log had the change of the oldest mark when the cookie was made. */
  readonly isAnchored: boolean;
}

// checksum.data; made for one object type, and never for a moment the server has not reached yet.
function cookieOf(layout: Layout, cookie: Cookie): string {
  const data = JSON.stringify(cookie);
  return `${checksum(layout, data)}.${Buffer.from(data).toString('base64url')}`;
}

function cookieIn(layout: Layout, text: string, now: Marks): Cookie {
  const [sum, encoded = ''] = text.split('.');
  const data = Buffer.from(encoded, 'base64url').toString('utf8');
  if (sum !== checksum(layout, data))
    throw cookieRefused(`its cookie is damaged or was not made for "${layout.type.name}"`);
  const cookie = JSON.parse(data) as Cookie;
  const isAhead = Object.entries(cookie.marks).some(([server, stamp]) => stamp > (now[server] ?? ''));
  if (isAhead) throw cookieRefused('its cookie is of another server, or the directory was restored from an older copy');
  return cookie;
}

function checksum(layout: Layout, data: string): string {
  return createHash('sha256').update(`${layout.type.name}\n${data}`).digest('base64url').slice(0, 16);
}
