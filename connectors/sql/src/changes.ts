// Incremental reading by a column that grows with every change: only rows behind the last reading are read in full, and
// the keys of all rows, to know which are gone. Owns the cookie, which holds the position and a digest of every row told.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { type Change, type ChangePage, cookieRefused, type TargetObject } from '@joinery/connector-kit';
import type { Access, SqlRow, Statements } from './dialect.js';
import { type Fragment, sql } from './fragment.js';
import type { GrowingColumn, TableLayout } from './layout.js';
import { toObjects } from './listing.js';
import { withConnection } from './transaction.js';

const compress = promisify(gzip);
const decompress = promisify(gunzip);
const version = 'column-1';

/** Where the last reading ended: everything up to `position` was told, and what each row then was. */
interface Reading {
  readonly position: string | null;
  /** Key → digest of the row as it was told. */
  readonly digests: ReadonlyMap<string, string>;
}

/** Pages of changes; a page before the last carries the cookie that was given, so that a break loses none. */
export async function* changesByColumn(
  access: Access,
  layout: TableLayout,
  growing: GrowingColumn,
  cookie: string | null,
  signal: AbortSignal,
): AsyncGenerator<ChangePage> {
  const before = cookie === null ? null : await readingIn(cookie, layout, growing);
  // Asked before the rows are: what changes meanwhile is behind the position, and told the next time at the latest.
  const position = await positionOf(access, layout, growing, signal);
  const digests = new Map(before?.digests);
  for await (const objects of changedRows(access, layout, growing, before, signal)) {
    const changed = objects.filter((object) => digests.get(object.key) !== digestOf(object));
    for (const object of objects) digests.set(object.key, digestOf(object));
    if (cookie !== null && changed.length > 0) yield { changes: changed.map(toUpsert), cookie };
  }
  const gone = await goneKeys(access, layout, digests, signal);
  for (const key of gone) digests.delete(key);
  const { name: objectType } = layout.type;
  const deletions = gone.map((key): Change => ({ kind: 'delete', objectType, key }));
  yield { changes: cookie === null ? [] : deletions, cookie: await cookieOf({ position, digests }, layout, growing) };
}

const toUpsert = (object: TargetObject): Change => ({
  kind: 'upsert',
  objectType: object.objectType,
  key: object.key,
  object,
});

function changedRows(
  { database, dialect }: Access,
  layout: TableLayout,
  { column, overlap }: GrowingColumn,
  before: Reading | null,
  signal: AbortSignal,
): AsyncGenerator<readonly TargetObject[]> {
  const read = (statements: Statements, rows: readonly SqlRow[]) => toObjects(dialect, statements, layout, rows);
  if (before === null || before.position === null) return dialect.pages(database, layout, signal, read);
  // A row without a value in the column is always looked at.
  const since = dialect.since(column, before.position, overlap);
  const condition: Fragment = sql`(${since} or ${dialect.quoted(column.name)} is null)`;
  return dialect.pages(database, layout, signal, read, condition);
}

async function positionOf(
  { database, dialect }: Access,
  layout: TableLayout,
  { column }: GrowingColumn,
  signal: AbortSignal,
): Promise<string | null> {
  const { rows } = await withConnection(database, signal, (statements) =>
    statements.run(sql`select ${dialect.position(column)} as position from ${dialect.tableName(layout, layout.table)}`),
  );
  return rows[0]?.position ?? null;
}

/** Keys that were told and are not there any more. */
async function goneKeys(
  { database, dialect }: Access,
  layout: TableLayout,
  digests: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const gone = new Set(digests.keys());
  const keys = async (_statements: Statements, rows: readonly SqlRow[]) => rows.map((row) => row.k ?? '');
  const bare = { ...layout, attributes: [], links: [] };
  for await (const page of dialect.pages(database, bare, signal, keys)) for (const key of page) gone.delete(key);
  return [...gone];
}

function digestOf({ attributes, links }: TargetObject): string {
  return createHash('sha256')
    .update(JSON.stringify([attributes, links]))
    .digest('base64url')
    .slice(0, 8);
}

// version.checksum.data; what the column is belongs to the checksum, so that other settings refuse the cookie.
async function cookieOf(reading: Reading, layout: TableLayout, growing: GrowingColumn): Promise<string> {
  const data = await compress(JSON.stringify([reading.position, [...reading.digests]]));
  return `${version}.${checksum(layout, growing, data)}.${data.toString('base64url')}`;
}

async function readingIn(cookie: string, layout: TableLayout, growing: GrowingColumn): Promise<Reading> {
  const [foundVersion, sum, text] = cookie.split('.');
  if (foundVersion !== version || text === undefined) throw cookieRefused('its cookie has an unknown form');
  const data = Buffer.from(text, 'base64url');
  if (sum !== checksum(layout, growing, data))
    throw cookieRefused(`its cookie is damaged or was not made for "${layout.type.name}" with these settings`);
  const [position, digests] = JSON.parse((await decompress(data)).toString('utf8')) as [
    string | null,
    (readonly [string, string])[],
  ];
  return { position, digests: new Map(digests) };
}

function checksum(layout: TableLayout, { column }: GrowingColumn, data: Buffer): string {
  const made = `${layout.type.name}\n${layout.table}\n${column.name}\n`;
  return createHash('sha256').update(made).update(data).digest('base64url').slice(0, 16);
}
