// Complete listings: by position, by cursor (RFC 9865), or all at once where the service has no pages.
// Owns that a listing is whole or an error; rows are resource.ts.
import { ConnectorError, type ListPage } from '@joinery/connector-kit';
import { type HttpRequest, positionedPages } from '@joinery/http-client';
import { elementsOf, fieldOf, isResource, type Resource } from './path.js';
import { type Connection, readJson, rowOf, serviceKnown, typeKnown } from './resource.js';
import type { ScimType } from './schema.js';

/** Most rows on a page of ours where the service gives all at once. */
const largestPage = 500;

/** Groups come with all their members, thousands each. */
const largestGroupPage = 50;

interface Listing {
  readonly connection: Connection;
  readonly type: ScimType;
  readonly pageSize: number;
  readonly narrowing: Narrowing;
  readonly signal: AbortSignal;
}

/** Which rows, and which of their attributes, are asked for; default all. */
export interface Narrowing {
  readonly filter?: string;
  readonly attributes?: string;
}

/** All rows, or those asked for. */
export async function* listRows(
  connection: Connection,
  objectType: string,
  signal: AbortSignal,
  narrowing: Narrowing = {},
): AsyncGenerator<ListPage> {
  const type = await typeKnown(connection, objectType, signal);
  const { hasCursor, maxResults } = await serviceKnown(connection, signal);
  const { paging, pageSize } = connection.settings;
  const most = type.name === 'group' ? largestGroupPage : maxResults;
  const size = Math.max(Math.min(pageSize, maxResults, most), 2);
  const listing = { connection, type, pageSize: size, narrowing, signal };
  const kind = paging === 'auto' ? (hasCursor ? 'cursor' : 'index') : paging;
  const request = requestOf(listing, {});
  for await (const rows of pagesOf(kind, listing))
    yield { objects: rows.map((resource) => rowOf(type, resource, request)) };
}

function pagesOf(kind: 'index' | 'cursor' | 'none', listing: Listing): AsyncIterable<readonly Resource[]> {
  switch (kind) {
    case 'index':
      return byPosition(listing);
    case 'cursor':
      return byCursor(listing);
    case 'none':
      return atOnce(listing);
    default:
      return kind satisfies never;
  }
}

function requestOf({ type, narrowing }: Listing, query: HttpRequest['query']): HttpRequest {
  return { method: 'GET', path: type.endpoint, query: { ...narrowing, ...query }, operation: `list ${type.name}` };
}

async function fetched({ connection, signal }: Listing, request: HttpRequest) {
  const body = await readJson(connection, request, signal);
  const total = fieldOf(body, 'totalResults');
  const rows = elementsOf(fieldOf(body, 'Resources'));
  const resources = rows.filter(isResource);
  const isWhole = resources.length === rows.length && (typeof total === 'number' || rows.length > 0);
  if (!isWhole) throw incomplete(request, 'the answer is no list of resources');
  return { body, resources, total: typeof total === 'number' ? total : null };
}

function byPosition(listing: Listing): AsyncIterable<readonly Resource[]> {
  return positionedPages<Resource>({
    operation: `list ${listing.type.name}`,
    pageSize: listing.pageSize,
    keyOf: (resource) => String(resource.id),
    fetch: async (position, count) => {
      const { resources, total } = await fetched(listing, requestOf(listing, { startIndex: position + 1, count }));
      return { rows: resources, total };
    },
  });
}

async function* byCursor(listing: Listing): AsyncGenerator<readonly Resource[]> {
  const told = new Set<string>();
  const cursors = new Set<string>();
  let cursor: string | undefined = '';
  while (cursor !== undefined) {
    const request = requestOf(listing, { cursor, count: listing.pageSize });
    const { body, resources } = await fetched(listing, request);
    const fresh = resources.filter(({ id }) => !told.has(String(id)));
    for (const { id } of fresh) told.add(String(id));
    if (fresh.length > 0) yield fresh;
    const next: unknown = fieldOf(body, 'nextCursor');
    cursor = typeof next === 'string' && next !== '' ? next : undefined;
    if (cursor !== undefined && cursors.has(cursor)) throw incomplete(request, 'the service gave one cursor twice');
    cursors.add(cursor ?? '');
  }
}

async function* atOnce(listing: Listing): AsyncGenerator<readonly Resource[]> {
  const request = requestOf(listing, {});
  const { resources, total } = await fetched(listing, request);
  if (total !== null && total > resources.length)
    throw incomplete(request, `it has ${total} rows and gave ${resources.length}; it has pages after all`);
  for (let start = 0; start < resources.length; start += largestPage) yield resources.slice(start, start + largestPage);
}

function incomplete({ operation }: HttpRequest, reason: string): ConnectorError {
  return new ConnectorError({
    code: 'UNREACHABLE',
    message: `Could not ${operation}: ${reason}.`,
    hint: 'Check "baseUrl" and "paging" of the connection.',
  });
}
