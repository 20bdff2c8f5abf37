// Listings in pages of every common kind, each item once.
// Owns that a listing is whole or an error; what an item means is item.ts.
import { ConnectorError } from '@joinery/connector-kit';
import { type HttpRequest, positionedPages } from '@joinery/http-client';
import { type ApiAnswer, type Connection, demand, itemsOf, valueOf } from './answer.js';
import type { Values } from './expression.js';
import type { Listing } from './model.js';
import { requestOf } from './template.js';

/** Most items on a page of ours where the service gives all at once. */
const largestPage = 500;

export interface Reading {
  readonly connection: Connection;
  readonly listing: Listing;
  readonly values: Values;
  readonly operation: string;
  readonly keyOf: (item: unknown) => string;
  readonly signal: AbortSignal;
}

export function listItems(reading: Reading): AsyncIterable<readonly unknown[]> {
  const { kind } = reading.listing.paging;
  switch (kind) {
    case 'none':
      return allAtOnce(reading);
    case 'page':
      return byNumber(reading);
    case 'offset':
      return byOffset(reading);
    case 'cursor':
      return byCursor(reading);
    case 'link':
    case 'url':
      return byAddress(reading);
    default:
      return kind satisfies never;
  }
}

function asked({ connection, listing, values, operation, signal }: Reading, query: HttpRequest['query']) {
  const { paging, request } = listing;
  const size = paging.sizeParameter === null ? {} : { [paging.sizeParameter]: paging.size };
  const first = requestOf(request, values, operation);
  const whole: HttpRequest = { ...first, query: { ...first.query, ...size, ...query }, isRead: true };
  return demand(connection, whole, { signal });
}

const totalOf = ({ listing: { paging } }: Reading, answer: ApiAnswer): number | null => {
  if (paging.total === null) return null;
  const total = Number(valueOf(answer, paging.total));
  return Number.isFinite(total) ? total : null;
};

/** Leaves out what was told before. */
function fresh({ keyOf }: Reading, items: readonly unknown[], told: Set<string>): readonly unknown[] {
  return items.filter((item) => {
    const key = keyOf(item);
    const isNew = !told.has(key);
    told.add(key);
    return isNew;
  });
}

async function* allAtOnce(reading: Reading): AsyncGenerator<readonly unknown[]> {
  const answer = await asked(reading, {});
  const all = itemsOf(answer, reading.listing.items);
  const total = totalOf(reading, answer);
  if (total !== null && total > all.length) throw incomplete(reading, `it has ${total} rows and gave ${all.length}`);
  const items = fresh(reading, all, new Set());
  for (let start = 0; start < items.length; start += largestPage) yield items.slice(start, start + largestPage);
}

async function* byNumber(reading: Reading): AsyncGenerator<readonly unknown[]> {
  const { paging, items } = reading.listing;
  const told = new Set<string>();
  let last = '';
  let total: number | null = null;
  for (let page = paging.first; ; page += 1) {
    const answer = await asked(reading, { [paging.parameter]: page });
    const found = itemsOf(answer, items);
    total = totalOf(reading, answer) ?? total;
    if (found.length === 0) break;
    const keys = JSON.stringify(found.map(reading.keyOf));
    if (keys === last) throw incomplete(reading, `page ${page} is the page before once more`);
    last = keys;
    const news = fresh(reading, found, told);
    if (news.length > 0) yield news;
    if (total !== null && told.size >= total) return;
  }
  if (total !== null && told.size < total) throw incomplete(reading, `it has ${total} rows and gave ${told.size}`);
}

function byOffset(reading: Reading): AsyncIterable<readonly unknown[]> {
  const { paging, items } = reading.listing;
  return positionedPages<unknown>({
    operation: reading.operation,
    pageSize: paging.size,
    keyOf: reading.keyOf,
    fetch: async (position) => {
      const answer = await asked(reading, { [paging.parameter]: paging.first + position });
      return { rows: itemsOf(answer, items), total: totalOf(reading, answer) };
    },
  });
}

async function* byCursor(reading: Reading): AsyncGenerator<readonly unknown[]> {
  const { paging, items } = reading.listing;
  const told = new Set<string>();
  const cursors = new Set<string>();
  let query: HttpRequest['query'] = {};
  for (;;) {
    const answer = await asked(reading, query);
    const news = fresh(reading, itemsOf(answer, items), told);
    if (news.length > 0) yield news;
    const next = nextOf(reading, answer);
    if (next === null) return;
    if (cursors.has(next)) throw incomplete(reading, 'the service gave one cursor twice');
    cursors.add(next);
    query = { [paging.parameter]: next };
  }
}

async function* byAddress(reading: Reading): AsyncGenerator<readonly unknown[]> {
  const { connection, listing, operation, signal } = reading;
  const told = new Set<string>();
  const seen = new Set<string>();
  let answer = await asked(reading, {});
  for (;;) {
    const news = fresh(reading, itemsOf(answer, listing.items), told);
    if (news.length > 0) yield news;
    const next = listing.paging.kind === 'link' ? nextLink(answer) : nextOf(reading, answer);
    if (next === null) return;
    // Credentials go to the configured origin only.
    const path = connection.client.linked(answer.request.path, next);
    if (seen.has(path)) throw incomplete(reading, 'the service leads in a circle');
    seen.add(path);
    answer = await demand(connection, { method: 'GET', path, operation }, { signal });
  }
}

function nextOf({ listing: { paging } }: Reading, answer: ApiAnswer): string | null {
  const next = paging.next === null ? null : valueOf(answer, paging.next);
  return (typeof next === 'string' && next !== '') || typeof next === 'number' ? String(next) : null;
}

/** The address of the header Link with rel="next" (RFC 8288). */
function nextLink({ answer }: ApiAnswer): string | null {
  const links = (answer.headers.link ?? '').matchAll(/<([^>]*)>([^<]*)/g);
  for (const [, address = '', parameters = ''] of links)
    if (/;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next(?=[\s;,]|$))/i.test(parameters)) return address;
  return null;
}

const incomplete = ({ operation }: Reading, reason: string): ConnectorError =>
  new ConnectorError({
    code: 'UNREACHABLE',
    message: `Could not ${operation}: ${reason}.`,
    hint: 'Nothing is taken from a listing that is not complete; check "paging" in the settings.',
  });
