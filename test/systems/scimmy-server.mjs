// The process of scimmy.mjs: SCIMMY speaks the protocol, a store in memory keeps the rows, and a few addresses beneath
// /control are the hands of tests. Configuration comes as JSON in SCIMMY_SERVER.
import { randomUUID } from 'node:crypto';
import { register } from 'node:module';

// scimmy-routers needs Express 4: Express 5 parses the query anew on each access, and `count` is lost.
const express4 = import.meta.resolve('express4');
register(
  `data:text/javascript,${encodeURIComponent(
    `export const resolve = (name, context, next) => name === 'express' ? next(${JSON.stringify(express4)}, context) : next(name, context);`,
  )}`,
);
const { default: express } = await import('express4');
const { default: SCIMMY } = await import('scimmy');
const { default: SCIMMYRouters } = await import('scimmy-routers');

const { port, clientId, clientSecret } = JSON.parse(process.env.SCIMMY_SERVER ?? '{}');
const refuse = (status, scimType, message) => new SCIMMY.Types.Error(status, scimType, message);

/** Rows by id, ids by lower-cased name, and for users the groups they are in. */
const stores = {
  user: { nameOf: (row) => row.userName, isUnique: true, rows: new Map(), ids: new Map() },
  group: { nameOf: (row) => row.displayName, isUnique: true, rows: new Map(), ids: new Map() },
};
const groupsOfUser = new Map();
const tokens = new Set();
let throttledSeconds = null;

const plain = (value) => JSON.parse(JSON.stringify(value));
const nameKey = (store, row) => String(store.nameOf(row)).toLowerCase();

function save(store, id, data) {
  const before = store.rows.get(id);
  const now = new Date();
  // What is not shown is not sent back by a change of something else; a user is active unless it is said otherwise.
  const kept = before?.password === undefined ? {} : { password: before.password };
  const initial = store === stores.user && before === undefined ? { active: true } : {};
  const row = { ...initial, ...kept, ...data, id, meta: { created: before?.meta.created ?? now, lastModified: now } };
  if (before !== undefined) store.ids.delete(nameKey(store, before));
  store.rows.set(id, row);
  store.ids.set(nameKey(store, row), id);
  return row;
}

function ingress(kind, resource, given) {
  const store = stores[kind];
  if (resource.id !== undefined && !store.rows.has(resource.id)) throw missing(resource.id);
  // SCIMMY keeps write-only attributes out of JSON.
  const data = { ...plain(given), ...(given.password === undefined ? {} : { password: given.password }) };
  const taken = store.ids.get(nameKey(store, data));
  if (taken !== undefined && taken !== resource.id)
    throw refuse(409, 'uniqueness', `${store.nameOf(data)} already exists`);
  const id = resource.id ?? randomUUID();
  if (kind === 'user') {
    checkUser(data);
    return shownUser(save(store, id, data));
  }
  checkMembers(data);
  const before = membersOf(store.rows.get(id));
  const row = save(store, id, data);
  reindexMembers(id, before, membersOf(row));
  return row;
}

// As services do that check passwords: the conformance suite wants to see one refused.
function checkUser({ password }) {
  if (password !== undefined && password.length < 8)
    throw refuse(400, 'invalidValue', 'The password is shorter than 8 characters');
}

function checkMembers({ members = [] }) {
  const unknown = members.find(({ value }) => !stores.user.rows.has(value) && !stores.group.rows.has(value));
  if (unknown !== undefined) throw refuse(400, 'invalidValue', `The member ${unknown.value} does not exist`);
}

const membersOf = (group) => new Set((group?.members ?? []).map(({ value }) => value));

function reindexMembers(groupId, before, after) {
  for (const user of before) if (!after.has(user)) groupsOfUser.get(user)?.delete(groupId);
  for (const user of after) {
    if (!groupsOfUser.has(user)) groupsOfUser.set(user, new Set());
    groupsOfUser.get(user).add(groupId);
  }
}

function shownUser(row) {
  const groups = [...(groupsOfUser.get(row.id) ?? [])].map((id) => ({
    value: id,
    display: stores.group.rows.get(id)?.displayName,
  }));
  return groups.length === 0 ? row : { ...row, groups };
}

function egress(kind, resource, request) {
  const { rows } = stores[kind];
  const show = kind === 'user' ? shownUser : (row) => row;
  if (resource.id !== undefined) {
    const row = rows.get(resource.id);
    if (row === undefined) throw missing(resource.id);
    return show(row);
  }
  const id = idAskedFor(resource.filter);
  if (id !== null) return rows.has(id) ? [show(rows.get(id))] : [];
  if (resource.filter !== undefined) return resource.filter.match([...rows.values()].map(show));
  return pageOf([...rows.values()], resource, request).map(show);
}

const idAskedFor = (filter) =>
  filter?.length === 1 && Array.isArray(filter[0].id) && filter[0].id[0] === 'eq' && Object.keys(filter[0]).length === 1
    ? filter[0].id[1]
    : null;

// SCIMMY would bring all rows into shape for each page, half a millisecond each: the page is cut here, and `sendPage`
// says where it began.
function pageOf(all, resource, request) {
  const { startIndex = 1, count = 20 } = resource.constraints ?? {};
  request.startIndex = startIndex;
  resource.constraints = { startIndex: 1, count, totalResults: all.length };
  return all.slice(startIndex - 1, startIndex - 1 + count);
}

function degress(kind, { id }) {
  const store = stores[kind];
  const row = store.rows.get(id);
  if (row === undefined) throw missing(id);
  store.rows.delete(id);
  store.ids.delete(nameKey(store, row));
  if (kind === 'group') return reindexMembers(id, membersOf(row), new Set());
  for (const groupId of groupsOfUser.get(id) ?? []) {
    const group = stores.group.rows.get(groupId);
    save(stores.group, groupId, { ...group, members: group.members.filter(({ value }) => value !== id) });
  }
  groupsOfUser.delete(id);
}

const missing = (id) => refuse(404, null, `Resource ${id} not found`);

for (const [kind, resource] of [
  ['user', SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false)],
  ['group', SCIMMY.Resources.Group],
])
  SCIMMY.Resources.declare(resource)
    .ingress((row, data) => ingress(kind, row, data))
    .egress((row, request) => egress(kind, row, request))
    .degress((row) => degress(kind, row));

// SCIMMY takes no escaped quote in a filter (RFC 7644, 3.4.2.2) and compares names case by case: names are looked up here.
const byName = /^(?:(userName)|(displayName)) eq ("(?:[^"\\]|\\.)*")$/;

function findByName(request, _response, next) {
  const found = byName.exec(request.query.filter ?? '');
  if (found === null) return next();
  const store = found[1] === undefined ? stores.group : stores.user;
  if (request.path !== (store === stores.user ? '/Users' : '/Groups')) return next();
  const id = store.ids.get(String(JSON.parse(found[3])).toLowerCase());
  request.query.filter = `id eq "${id ?? 'nobody'}"`;
  next();
}

function sendPage(request, response, next) {
  const send = response.send.bind(response);
  response.send = (body) => {
    if (request.startIndex !== undefined && Array.isArray(body?.Resources)) body.startIndex = request.startIndex;
    return send(body);
  };
  next();
}

function throttle(_request, response, next) {
  if (throttledSeconds === null) return next();
  response
    .status(429)
    .set('Retry-After', String(throttledSeconds))
    .json({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: '429',
      detail: 'Too many requests',
    });
}

function signedIn(request) {
  if (!tokens.has((request.header('authorization') ?? '').replace(/^Bearer /, ''))) throw new Error('Invalid token');
  return 'joinery';
}

function giveToken(request, response) {
  const [scheme, encoded = ''] = (request.header('authorization') ?? '').split(' ');
  const [headerId, headerSecret] = Buffer.from(encoded, 'base64').toString().split(':').map(decodeURIComponent);
  const [id, secret] =
    scheme === 'Basic' ? [headerId, headerSecret] : [request.body.client_id, request.body.client_secret];
  if (request.body.grant_type !== 'client_credentials')
    return response.status(400).json({ error: 'unsupported_grant_type' });
  if (id !== clientId || secret !== clientSecret) return response.status(401).json({ error: 'invalid_client' });
  const token = randomUUID();
  tokens.add(token);
  response.json({ access_token: token, token_type: 'Bearer', expires_in: 3_600 });
}

function reset() {
  for (const { rows, ids } of Object.values(stores)) {
    rows.clear();
    ids.clear();
  }
  groupsOfUser.clear();
  throttledSeconds = null;
}

/** Rows straight into the store: thousands in one call, as an importer of the service would. */
function put(kind, rows) {
  return rows.map((row) => {
    const id = stores[kind].ids.get(nameKey(stores[kind], row)) ?? randomUUID();
    save(stores[kind], id, row);
    return id;
  });
}

const control = express.Router();
control.use(express.json({ limit: '64mb' }));
control.post('/reset', (_request, response) => (reset(), response.json({})));
control.post('/throttle', ({ body }, response) => ((throttledSeconds = body.seconds), response.json({})));
control.post('/revoke', (_request, response) => (tokens.clear(), response.json({})));
control.post('/rows/:kind', ({ params, body }, response) => response.json(put(params.kind, body)));
control.get('/rows/:kind', ({ params }, response) => response.json([...stores[params.kind].rows.values()]));
control.post('/sign-in', ({ body }, response) => {
  const row = stores.user.rows.get(stores.user.ids.get(String(body.userName).toLowerCase()));
  response.json({ accepted: row?.active !== false && row?.password !== undefined && row.password === body.password });
});

const app = express();
app.disable('etag');
app.use('/control', control);
app.post('/oauth/token', express.urlencoded({ extended: false }), giveToken);
app.use(
  '/scim/v2',
  throttle,
  findByName,
  sendPage,
  new SCIMMYRouters({
    type: 'oauth',
    handler: signedIn,
    context: (request) => request,
  }),
);
app.listen(port, '127.0.0.1');
