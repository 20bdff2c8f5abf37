// The REST service behind a fault proxy, as the conformance suite wants it: users as rows, teams with members as the link.
import {
  type ConformanceTarget,
  type FaultProxy,
  type NetworkFault,
  type OutsideRow,
  startFaultProxy,
  type Switch,
} from '@joinery/connector-kit';
import http from '@joinery/connector-http';
import { type RestKind, type RestRow, type RestApi, startRestApi } from '../../../test/systems/rest-api.mjs';

/** The service, its proxy and the target of the suite. */
export interface RestGround {
  readonly target: ConformanceTarget;
  readonly service: RestApi;
  readonly settings: ReturnType<typeof settingsFor>;
  close(): Promise<void>;
}

export async function prepareRestGround(): Promise<RestGround> {
  const service = await startRestApi();
  const proxy = await startFaultProxy({ host: '127.0.0.1', port: service.port });
  const settings = settingsFor(`http://127.0.0.1:${proxy.port}`, service.apiKey);
  const close = async (): Promise<void> => {
    await proxy.close();
    await service.stop();
  };
  return { target: targetOf(service, proxy, settings), service, settings, close };
}

const paging = (size: number) => ({
  kind: 'cursor',
  parameter: 'page_token',
  next: 'body.next_page_token',
  sizeParameter: 'limit',
  size,
});
const changes = (kind: RestKind) => ({
  path: `/${kind}/changes`,
  query: { after: 'since' },
  items: 'body.changes',
  key: 'item.id',
  deleted: 'item.deleted',
  next: 'body.last',
});

const user = {
  name: 'user',
  key: 'id',
  nameAttribute: 'login',
  keyPattern: 'usr_[0-9a-f]{16}',
  attributes: [
    { name: 'id', readOnly: true },
    { name: 'login', required: true },
    { name: 'nickname', path: 'profile.nickname' },
    { name: 'title', path: 'profile.title' },
    { name: 'hiredOn', path: 'hired_on', type: 'date' },
    {
      name: 'active',
      type: 'boolean',
      path: 'status',
      read: 'item.status == "active"',
      write: 'value ? "active" : "suspended"',
    },
    { name: 'password', writeOnly: true },
    { name: 'createdAt', path: 'created_at', type: 'date', readOnly: true },
  ],
  list: { path: '/users', items: 'body.data', paging: paging(200) },
  read: { path: '/users/{key}' },
  find: { path: '/users', query: { login: 'name' }, items: 'body.data' },
  create: { path: '/users' },
  update: { path: '/users/{key}' },
  delete: { path: '/users/{key}' },
  disabling: { attribute: 'active', disabledValue: false, enabledValue: true },
  passwordAttribute: 'password',
  changes: changes('users'),
};

const team = {
  name: 'team',
  key: 'id',
  nameAttribute: 'name',
  keyPattern: 'team_[0-9a-f]{16}',
  attributes: [{ name: 'id', readOnly: true }, { name: 'name', required: true }, { name: 'description' }],
  list: { path: '/teams', items: 'body.data', paging: paging(100) },
  read: { path: '/teams/{key}' },
  find: { path: '/teams', query: { name: 'name' }, items: 'body.data' },
  create: { path: '/teams' },
  update: { path: '/teams/{key}' },
  delete: { path: '/teams/{key}' },
  links: [
    {
      name: 'members',
      targetObjectType: 'user',
      list: { path: '/teams/{key}/members', items: 'body.data', paging: paging(500) },
      member: 'item.id',
      add: { method: 'POST', path: '/teams/{key}/members', body: '{"user_ids": members}', batch: 500 },
      remove: { method: 'DELETE', path: '/teams/{key}/members', body: '{"user_ids": members}', batch: 500 },
    },
  ],
  changes: changes('teams'),
};

/** The configuration of this API, which has no package of its own. */
export function settingsFor(baseUrl: string, apiKey: string) {
  return {
    baseUrl,
    authentication: 'header',
    headerName: 'X-API-Key',
    headerSecret: apiKey,
    idempotencyHeader: 'Idempotency-Key',
    ifMatch: true,
    errors: [
      {
        when: 'status == 409 && body.error.code.endsWith("_taken")',
        code: 'ALREADY_EXISTS',
        message: 'body.error.message',
      },
      { when: 'body.error.code == "usr_not_found" && status == 404', code: 'NOT_FOUND', message: 'body.error.message' },
    ],
    objectTypes: [user, team],
  };
}

function targetOf(service: RestApi, proxy: FaultProxy, settings: RestGround['settings']): ConformanceTarget {
  const during = (fault: NetworkFault): Switch => ({
    start: async () => proxy.set(fault),
    stop: async () => proxy.set({}),
  });
  return {
    connector: http,
    settings,
    wrongCredentials: { ...settings, headerSecret: 'canary-Wrong/81aa@' },
    objectType: 'user',
    attributes: ['nickname', 'title'],
    key: (n) => `u${String(n).padStart(6, '0')}`,
    reset: async () => void (await service.reset()),
    outside: {
      insert: async (rows) => void (await service.put('users', rows.map(userOf))),
      keys: async () => (await service.rows('users')).map(({ login }) => String(login)).sort(),
    },
    link: membersOf(service),
    outage: during({ down: true }),
    hang: { ...during({ silent: true }), of: 'everything' },
    lostAnswer: during({ cutAnswerTo: 'idempotency-key' }),
    // Less than a page: on another connection it breaks as well.
    brokenListing: during({ cutAfterBytes: 10_000 }),
    halfAnswer: during({ cutAfterBytes: 150 }),
    throttling: {
      start: async () => void (await service.throttle(7)),
      stop: async () => void (await service.throttle(null)),
      retryAfterMs: 7_000,
    },
    incremental: {
      change: async (key, attributes) =>
        void (await service.request('PATCH', `/users/${await idOf(service, 'users', key)}`, { profile: attributes })),
      rename: async (key, login) =>
        void (await service.request('PATCH', `/users/${await idOf(service, 'users', key)}`, { login })),
      remove: async (key) => void (await service.request('DELETE', `/users/${await idOf(service, 'users', key)}`)),
      corruptCookies: ['', 'nonsense', 'since-1.abc.def'],
    },
    disabling: { isDisabled: async (key) => (await rowOf(service, 'users', key))?.status === 'suspended' },
    password: {
      value: (n) => `Good-Password-${n}`,
      accepts: async (key, password) => (await rowOf(service, 'users', key))?.password === password,
      refused: 'tiny-1',
    },
    rename: { attribute: 'login', value: (n) => `renamed-${n}` },
    readOnlyAttribute: 'createdAt',
  };
}

const userOf = ({ key, attributes }: OutsideRow) => ({ login: key, profile: attributes });

function membersOf(service: RestApi): NonNullable<ConformanceTarget['link']> {
  let ids: readonly string[] = [];
  const change = async (method: string, key: string, member: string): Promise<void> =>
    void (await service.request(method, `/teams/${await idOf(service, 'teams', key)}/members/${member}`));
  return {
    objectType: 'team',
    name: 'members',
    memberKey: (n) => ids[n] ?? '',
    memberName: (n) => `member-${n}`,
    prepare: async (count) => {
      const users = Array.from({ length: count }, (_none, n) => ({ login: `member-${n}` }));
      ids = await service.put('users', users);
    },
    addFromOutside: (key, member) => change('PUT', key, member),
    removeFromOutside: (key, member) => change('DELETE', key, member),
    unknownMember: 'usr_0000000000000000',
  };
}

async function rowOf(service: RestApi, kind: RestKind, name: string): Promise<RestRow | undefined> {
  return (await service.rows(kind)).find((row) => (kind === 'users' ? row.login : row.name) === name);
}

async function idOf(service: RestApi, kind: RestKind, name: string): Promise<string> {
  return (await rowOf(service, kind, name))?.id ?? 'nobody';
}
