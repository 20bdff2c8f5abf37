// A small SCIM service for what SCIMMY does not do: versions that must be named (ETag), cursors (RFC 9865), PATCH that
// keeps to the letter of RFC 7644, or whole resources only. Real HTTP; rows in memory.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

export interface StrictServer {
  readonly baseUrl: string;
  /** Method and path of every request, without its query. */
  readonly asked: string[];
  readonly rows: Map<string, StrictRow>;
  /** Requests answered at this instant, and at most so far. */
  readonly width: { now: number; most: number };
  /** Called before a write is looked at: another administrator's hand. */
  beforeWrite: (() => void) | null;
  /** The answer to the writes from now on, which do nothing; null: none. */
  refusal: Answer | null;
  /** What this request gets, by method and path, instead of being looked at; `silence`: no answer ever. null: it is looked at. */
  instead: ((request: string) => Answer | 'silence' | null) | null;
  close(): Promise<void>;
}

export interface StrictRow {
  [field: string]: unknown;
  readonly id: string;
  version: number;
}

export interface StrictOptions {
  /** Writes must name the version they are made to. */
  readonly needsVersion?: boolean;
  readonly hasCursor?: boolean;
  readonly hasPatch?: boolean;
  /** All rows at once, whatever is asked. */
  readonly hasNoPages?: boolean;
  readonly bulk?: BulkOptions;
}

export interface BulkOptions {
  readonly maxOperations: number;
  readonly maxPayloadSize: number;
  /** Answers every bulk request so, and does nothing. */
  readonly status?: number;
  /** Answers with the resources it made. */
  readonly showsResources?: boolean;
  /** What it does with the answers to the operations before it sends them. */
  readonly answers?: (answers: readonly object[]) => readonly object[];
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the service looks at of a request, or of an operation of a bulk request. */
interface Asked {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: { readonly 'if-match'?: string | undefined };
}

interface World extends StrictServer {
  readonly options: StrictOptions;
}

const refused = (status: number, scimType: string): Answer => ({ status, body: { status: String(status), scimType } });
const pageSize = 3;

export async function startStrictServer(options: StrictOptions): Promise<StrictServer> {
  const server = createServer((request, response) => {
    world.width.now += 1;
    world.width.most = Math.max(world.width.most, world.width.now);
    void read(request).then(async (body) => {
      // Long enough for requests made at once to be here at once.
      for (let turns = 0; turns < 10; turns += 1) await turn();
      const asked = `${request.method} ${(request.url ?? '').replace('/v2', '').replace(/\?.*/, '')}`;
      world.asked.push(asked);
      const instead = world.instead?.(asked) ?? null;
      if (instead === 'silence') return;
      const { status, body: sent, headers } = instead ?? answerOf(world, request, body);
      response.writeHead(status, { 'content-type': 'application/scim+json', ...headers });
      world.width.now -= 1;
      response.end(sent === undefined ? undefined : JSON.stringify(sent));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const world: World = {
    options,
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2`,
    asked: [],
    rows: new Map(),
    width: { now: 0, most: 0 },
    beforeWrite: null,
    refusal: null,
    instead: null,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return world;
}

async function read(request: IncomingMessage): Promise<StrictRow> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString() || '{}') as StrictRow;
}

function answerOf(world: World, request: Asked, body: StrictRow): Answer {
  const url = new URL(request.url ?? '/', world.baseUrl);
  const [, , kind = '', id] = url.pathname.split('/');
  if (kind === 'Bulk' && world.options.bulk !== undefined) return bulkAnswer(world, world.options.bulk, body);
  if (kind === 'ServiceProviderConfig') return { status: 200, body: configuration(world.options) };
  if (kind !== 'Users' && kind !== 'Groups') return { status: 404 };
  if (request.method === 'GET') return id === undefined ? listed(world, kind, url.searchParams) : one(world, id);
  world.beforeWrite?.();
  if (world.refusal !== null) return world.refusal;
  if (request.method === 'POST') return created(world, kind, body);
  return changed(world, request, id ?? '', body);
}

interface BulkOperation {
  readonly method: string;
  readonly path: string;
  readonly bulkId?: string;
  readonly version?: string;
  readonly data?: StrictRow;
}

/** Refuses what is over the limits it announced, as a whole. */
function bulkAnswer(world: World, bulk: BulkOptions, body: StrictRow): Answer {
  const operations = body.Operations as readonly BulkOperation[];
  if (bulk.status !== undefined) return { status: bulk.status };
  if (operations.length > bulk.maxOperations || JSON.stringify(body).length > bulk.maxPayloadSize)
    return { status: 413 };
  const answers = operations.map((operation) => {
    const { method, path, bulkId, version, data } = operation;
    const asked: Asked = { method, url: `/v2${path}`, headers: { 'if-match': version } };
    const { status, body: response } = answerOf(world, asked, data ?? ({} as StrictRow));
    const id = (response as { readonly id?: string } | undefined)?.id;
    const isShown = status >= 400 || bulk.showsResources === true;
    const location = method === 'POST' ? `${world.baseUrl}${path}/${id}` : `${world.baseUrl}${path}`;
    return { method, bulkId, location, status: String(status), ...(isShown ? { response } : {}) };
  });
  return { status: 200, body: { Operations: bulk.answers?.(answers) ?? answers } };
}

const configuration = ({ needsVersion = false, hasCursor = false, hasPatch = true, bulk }: StrictOptions) => ({
  patch: { supported: hasPatch },
  bulk: { supported: bulk !== undefined, ...bulk },
  filter: { supported: true, maxResults: pageSize },
  etag: { supported: needsVersion },
  pagination: { cursor: hasCursor, index: !hasCursor },
});

const shown = ({ version, kind, ...row }: StrictRow) => ({
  ...row,
  meta: { version: `W/"${version}"`, resource: kind },
});
const one = ({ rows }: World, id: string): Answer => {
  const row = rows.get(id);
  return row === undefined ? { status: 404 } : { status: 200, body: shown(row) };
};

function listed({ rows, options }: World, kind: string, query: URLSearchParams): Answer {
  const all = [...rows.values()].filter((row) => row.kind === kind);
  const name = /^(userName|displayName) eq (".*")$/.exec(query.get('filter') ?? '');
  if (name !== null) return list(all.filter((row) => row[name[1] ?? ''] === JSON.parse(name[2] ?? '""')));
  if (options.hasNoPages === true) return list(all);
  if (options.hasCursor === true) {
    const start = Number((query.get('cursor') || 'c0').slice(1));
    const next = start + pageSize < all.length ? { nextCursor: `c${start + pageSize}` } : {};
    return list(all.slice(start, start + pageSize), all.length, next);
  }
  const start = Number(query.get('startIndex') ?? 1) - 1;
  return list(all.slice(start, start + Math.min(Number(query.get('count')), pageSize)), all.length);
}

const list = (rows: readonly StrictRow[], totalResults = rows.length, more: object = {}): Answer => ({
  status: 200,
  body: { totalResults, Resources: rows.map(shown), ...more },
});

function created({ rows }: World, kind: string, body: StrictRow): Answer {
  const row = { ...body, id: randomUUID(), version: 1, kind };
  rows.set(row.id, row);
  return { status: 201, body: shown(row) };
}

function changed({ rows, options }: World, request: Asked, id: string, body: StrictRow): Answer {
  const row = rows.get(id);
  if (row === undefined) return { status: 404 };
  const version = request.headers['if-match'];
  const isMembership = request.method === 'PATCH' && JSON.stringify(body).includes('"members');
  if (options.needsVersion === true && version === undefined && !isMembership) return refused(428, 'invalidVers');
  if (version !== undefined && version !== `W/"${row.version}"`) return refused(412, 'invalidVers');
  if (request.method === 'DELETE') {
    rows.delete(id);
    return { status: 204 };
  }
  if (request.method === 'PUT') rows.set(id, { ...body, id, version: row.version + 1, kind: row.kind });
  if (request.method === 'PUT') return one({ rows } as World, id);
  if (options.hasPatch === false) return refused(501, '');
  const problem = patched(row, (body as unknown as { Operations: readonly Operation[] }).Operations);
  row.version += 1;
  return problem ?? { status: 204 };
}

interface Operation {
  readonly op: string;
  readonly path?: string;
  readonly value?: unknown;
}
type Element = Record<string, unknown>;

/** To the letter: lower-case operations with a path; a filter that matches nothing is noTarget, but for `remove`. */
function patched(row: StrictRow, operations: readonly Operation[]): Answer | null {
  for (const { op, path = '', value } of operations) {
    if (!['add', 'replace', 'remove'].includes(op) || path === '') return refused(400, 'invalidSyntax');
    const [, attribute = '', by, wanted, sub] = /^(\w+)(?:\[(\w+) eq "([^"]*)"\])?(?:\.(\w+))?$/.exec(path) ?? [];
    if (by === undefined) {
      const owner = sub === undefined ? row : ((row[attribute] ??= {}) as Element);
      const field = sub ?? attribute;
      if (op === 'remove') delete owner[field];
      else
        owner[field] =
          op === 'add' && Array.isArray(value) ? [...((owner[field] as unknown[]) ?? []), ...value] : value;
      continue;
    }
    const elements = (row[attribute] ?? []) as Element[];
    const element = elements.find((candidate) => candidate[by] === wanted);
    if (element === undefined && op !== 'remove') return refused(400, 'noTarget');
    if (sub !== undefined && element !== undefined && op !== 'remove') element[sub] = value;
    else row[attribute] = elements.filter((candidate) => candidate !== element);
  }
  return null;
}
