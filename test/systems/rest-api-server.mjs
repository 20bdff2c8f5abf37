// The process of rest-api.mjs: a small REST API like those of many services, with users, teams, an API key, page
// tokens, ETags and a feed of changes. Rows are kept in memory; /control is the hands of tests.
// Configuration comes as JSON in REST_API.
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

const { port, apiKey } = JSON.parse(process.env.REST_API ?? '{}');

/** Rows by id, ids by unique name, and what happened to each kind, oldest first. */
const kinds = {
  users: { prefix: 'usr', unique: 'login', fields: ['login', 'profile', 'status', 'hired_on'], ...emptyKind() },
  teams: { prefix: 'team', unique: 'name', fields: ['name', 'description'], ...emptyKind() },
};
let throttledSeconds = null;

function emptyKind() {
  return { rows: new Map(), ids: new Map(), feed: [], seq: 0 };
}

class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const text = (value) => value === undefined || value === null || typeof value === 'string';

function checkUser(row) {
  if (typeof row.login !== 'string' || row.login === '')
    throw new Refusal(422, 'validation_failed', 'login is missing');
  if (!text(row.profile?.nickname) || !text(row.profile?.title))
    throw new Refusal(422, 'validation_failed', 'profile holds something that is no text');
  if (!['active', 'suspended'].includes(row.status))
    throw new Refusal(422, 'validation_failed', 'status must be active or suspended');
  if (row.password !== undefined && row.password.length < 8)
    throw new Refusal(422, 'weak_password', 'password is shorter than 8 characters');
}

function checkTeam(row) {
  if (typeof row.name !== 'string' || row.name === '') throw new Refusal(422, 'validation_failed', 'name is missing');
}

function save(kindName, id, given) {
  const kind = kinds[kindName];
  const before = kind.rows.get(id);
  const now = new Date().toISOString();
  const start = kindName === 'users' ? { status: 'active', profile: {} } : { members: [] };
  const row = { ...start, ...before, ...given, id, created_at: before?.created_at ?? now, updated_at: now };
  if (kindName === 'users') row.profile = { ...before?.profile, ...given.profile };
  (kindName === 'users' ? checkUser : checkTeam)(row);
  const taken = kind.ids.get(row[kind.unique]);
  if (taken !== undefined && taken !== id) throw new Refusal(409, `${kind.unique}_taken`, `${kind.unique} is taken`);
  if (before !== undefined) kind.ids.delete(before[kind.unique]);
  kind.rows.set(id, row);
  kind.ids.set(row[kind.unique], id);
  note(kind, id, false);
  return row;
}

function note(kind, id, deleted) {
  kind.seq += 1;
  kind.feed.push({ seq: kind.seq, id, deleted });
}

function remove(kindName, id) {
  const kind = kinds[kindName];
  const row = kind.rows.get(id);
  kind.rows.delete(id);
  kind.ids.delete(row[kind.unique]);
  note(kind, id, true);
  if (kindName !== 'users') return;
  for (const [teamId, team] of kinds.teams.rows)
    if (team.members.includes(id)) save('teams', teamId, { members: team.members.filter((member) => member !== id) });
}

const newId = (kindName) => `${kinds[kindName].prefix}_${randomBytes(8).toString('hex')}`;
const hidden = new Set(['password', 'members']);
const shown = (row) => Object.fromEntries(Object.entries(row).filter(([field]) => !hidden.has(field)));
const etagOf = (row) => `"${createHash('sha256').update(JSON.stringify(row)).digest('hex').slice(0, 16)}"`;

function route(method, path, query, body, headers) {
  const [, kindName, id, sub, member] = path.split('/').map(decodeURIComponent);
  const kind = Object.hasOwn(kinds, kindName) ? kinds[kindName] : undefined;
  if (kind === undefined) throw new Refusal(404, 'no_such_address', 'There is nothing here');
  if (id === undefined) return collection(kindName, kind, method, query, body);
  if (id === 'changes' && method === 'GET') return changesOf(kindName, kind, query);
  const row = kind.rows.get(id);
  if (row === undefined) throw new Refusal(404, `${kind.prefix}_not_found`, 'There is no such row');
  if (sub === 'members' && kindName === 'teams') return membership(method, id, row, query, member, body);
  return single(kindName, method, id, row, body, headers);
}

function collection(kindName, kind, method, query, body) {
  if (method === 'POST') return created(kindName, save(kindName, newId(kindName), body));
  const wanted = query.get(kind.unique);
  const rows = wanted === null ? [...kind.rows.values()] : [kind.rows.get(kind.ids.get(wanted))].filter(Boolean);
  return page(rows, query, shown);
}

const created = (kindName, row) => ({ status: 201, headers: { location: `/${kindName}/${row.id}` }, body: shown(row) });

/** A page after the row that the token names; the order is that of creation. */
function page(rows, query, show) {
  const limit = Math.min(Number(query.get('limit') ?? 50), 500);
  const start = Number(query.get('page_token') ?? 0);
  if (!Number.isInteger(start)) throw new Refusal(400, 'bad_page_token', 'page_token is not ours');
  const more = start + limit < rows.length ? String(start + limit) : null;
  return { status: 200, body: { data: rows.slice(start, start + limit).map(show), next_page_token: more } };
}

function changesOf(kindName, kind, query) {
  const after = query.get('after');
  if (after === null) return { status: 200, body: { changes: [], last: kind.seq } };
  if (!/^\d+$/.test(after) || Number(after) > kind.seq)
    throw new Refusal(410, 'too_old', 'after is not known any more');
  const changes = kind.feed.slice(Number(after), Number(after) + 200);
  return { status: 200, body: { changes, last: changes.at(-1)?.seq ?? kind.seq } };
}

function single(kindName, method, id, row, body, headers) {
  const condition = headers['if-match'];
  if (method !== 'GET' && condition !== undefined && condition !== etagOf(row))
    throw new Refusal(412, 'version_conflict', 'The row was changed meanwhile');
  switch (method) {
    case 'GET':
      return { status: 200, headers: { etag: etagOf(row) }, body: shown(row) };
    case 'PATCH':
      return { status: 200, body: shown(save(kindName, id, body)) };
    case 'DELETE':
      remove(kindName, id);
      return { status: 204 };
    default:
      throw new Refusal(405, 'no_such_method', 'This is not offered');
  }
}

function membership(method, id, team, query, member, body) {
  if (method === 'GET') return page(team.members, query, (userId) => ({ id: userId }));
  const users = member === undefined ? (body?.user_ids ?? []) : [member];
  const unknown = users.find((userId) => !kinds.users.rows.has(userId));
  if (unknown !== undefined && (method === 'POST' || method === 'PUT'))
    throw new Refusal(404, 'usr_not_found', `There is no user ${unknown}`);
  const gone = new Set(users);
  const kept = team.members.filter((userId) => !gone.has(userId));
  save('teams', id, { members: method === 'DELETE' ? kept : [...kept, ...gone] });
  return { status: 204 };
}

function control(path, body) {
  const [, , what, kindName] = path.split('/');
  if (what === 'reset') {
    for (const kind of Object.values(kinds)) Object.assign(kind, emptyKind());
    throttledSeconds = null;
  }
  if (what === 'throttle') throttledSeconds = body.seconds;
  if (what === 'put')
    return body.map((row) => {
      const kind = kinds[kindName];
      const id = kind.ids.get(row[kind.unique]) ?? newId(kindName);
      save(kindName, id, row);
      return id;
    });
  if (what === 'rows') return [...kinds[kindName].rows.values()];
  return {};
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const read = Buffer.concat(chunks).toString();
  if (read === '') return undefined;
  try {
    return JSON.parse(read);
  } catch {
    throw new Refusal(400, 'bad_json', 'The body is no JSON');
  }
}

async function answerOf(request) {
  const url = new URL(request.url, `http://127.0.0.1:${port}`);
  const body = await bodyOf(request);
  if (url.pathname.startsWith('/control/')) return { status: 200, body: control(url.pathname, body) };
  if (request.headers['x-api-key'] !== apiKey) throw new Refusal(401, 'bad_key', 'The API key is not known');
  if (throttledSeconds !== null)
    return { status: 429, headers: { 'retry-after': String(throttledSeconds) }, body: { error: { code: 'too_many' } } };
  return route(request.method, url.pathname, url.searchParams, body, request.headers);
}

const server = createServer(async (request, response) => {
  const answer = await answerOf(request).catch((error) => {
    if (error instanceof Refusal)
      return { status: error.status, body: { error: { code: error.code, message: error.message } } };
    return { status: 500, body: { error: { code: 'broken', message: String(error) } } };
  });
  response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
  response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
});
server.listen(port, '127.0.0.1');
