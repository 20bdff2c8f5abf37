// Incremental reading where the API tells what changed after a point it gives itself.
// Owns the cookie; how rows are read is row.ts.
import { createHash } from 'node:crypto';
import { type Change, type ChangePage, ConnectorError, cookieRefused } from '@joinery/connector-kit';
import { type ApiAnswer, type Connection, demand, itemsOf } from './answer.js';
import { evaluate, evaluateIfThere } from './expression.js';
import type { ApiChanges, ApiType } from './model.js';
import { findItem, rowOf } from './row.js';
import { requestOf } from './template.js';

const version = 'since-1';
/** Most changes on a page of ours. */
const largestPage = 500;

export async function* changesSince(
  connection: Connection,
  type: ApiType,
  changes: ApiChanges,
  cookie: string | null,
  signal: AbortSignal,
): AsyncGenerator<ChangePage> {
  let since = cookie === null ? null : sinceIn(cookie, type);
  for (let isFirst = true; ; isFirst = false) {
    const answer = await askChanges(connection, type, changes, since, signal);
    const items = itemsOf(answer, changes.items);
    const next = nextOf(answer, changes, since);
    if (cookie === null) return yield { changes: [], cookie: cookieOf(next, type) };
    if (items.length === 0) {
      if (isFirst) yield { changes: [], cookie: cookieOf(next, type) };
      return;
    }
    if (next === since) throw standsStill(type);
    const told = await changesOf(connection, type, changes, items, signal);
    for (let start = 0; start + largestPage < told.length; start += largestPage)
      yield { changes: told.slice(start, start + largestPage), cookie: cookieOf(since ?? next, type) };
    const rest = Math.floor(Math.max(told.length - 1, 0) / largestPage) * largestPage;
    yield { changes: told.slice(rest), cookie: cookieOf(next, type) };
    since = next;
  }
}

async function askChanges(
  connection: Connection,
  type: ApiType,
  { request }: ApiChanges,
  since: string | null,
  signal: AbortSignal,
): Promise<ApiAnswer> {
  try {
    const sent = { ...requestOf(request, { since }, `read changes of ${type.name}`), isRead: true };
    return await demand(connection, sent, { signal });
  } catch (error) {
    // 404, 410: the service no longer knows the point from which to go on.
    if (since !== null && error instanceof ConnectorError && error.failure.code === 'NOT_FOUND')
      throw cookieRefused('the service no longer has the changes since then');
    throw error;
  }
}

function nextOf({ answer, body }: ApiAnswer, { next }: ApiChanges, since: string | null): string {
  const value = evaluate(next, { body, headers: answer.headers, since });
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `The expression of the setting "${next.setting}" gives no point from which to go on.`,
    hint: 'Correct the expression, or check what the service answers.',
  });
}

/** Of several changes of one row on a page the last stands: the row is told as it is now. */
async function changesOf(
  connection: Connection,
  type: ApiType,
  { key, deleted, item }: ApiChanges,
  items: readonly unknown[],
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const last = new Map<string, unknown>();
  for (const change of items) {
    const of = String(evaluate(key, { item: change }));
    last.delete(of);
    last.set(of, change);
  }
  const told: Change[] = [];
  for (const [of, change] of last) {
    const isGone = deleted !== null && evaluateIfThere(deleted, { item: change }) === true;
    const found = isGone
      ? null
      : item === null
        ? ((await findItem(connection, type, of, signal))?.item ?? null)
        : evaluate(item, { item: change });
    told.push(
      found === null
        ? { kind: 'delete', objectType: type.name, key: of }
        : { kind: 'upsert', objectType: type.name, key: of, object: await rowOf(connection, type, found, signal) },
    );
  }
  return told;
}

const standsStill = ({ name }: ApiType): ConnectorError =>
  new ConnectorError({
    code: 'INVALID_VALUE',
    message: `Could not read changes of ${name}: the service gives the same point to go on from again.`,
    hint: 'Check the setting "next" of "changes": it must be after the changes of the answer.',
  });

function cookieOf(since: string, { name }: ApiType): string {
  const data = Buffer.from(since).toString('base64url');
  return `${version}.${checksum(name, data)}.${data}`;
}

function sinceIn(cookie: string, { name }: ApiType): string {
  const [found, sum, data] = cookie.split('.');
  if (found !== version || data === undefined) throw cookieRefused('its cookie has an unknown form');
  if (sum !== checksum(name, data)) throw cookieRefused(`its cookie is damaged or was not made for "${name}"`);
  return Buffer.from(data, 'base64url').toString();
}

const checksum = (objectType: string, data: string): string =>
  createHash('sha256').update(`${objectType}\n${data}`).digest('base64url').slice(0, 16);
