// SCIMMY behind a fault proxy, as the conformance suite wants it: users as rows, groups with members as the link.
import {
  type ConformanceTarget,
  type FaultProxy,
  type NetworkFault,
  type OutsideRow,
  startFaultProxy,
  type Switch,
} from '@joinery/connector-kit';
import scim from '@joinery/connector-scim';
import { type Scimmy, type ScimmyRow, startScimmy } from '../../../test/systems/scimmy.mjs';

/** The service, its proxy and the target of the suite. */
export interface ScimGround {
  readonly target: ConformanceTarget;
  readonly service: Scimmy;
  readonly settings: Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

export async function prepareScimGround(): Promise<ScimGround> {
  const service = await startScimmy();
  const proxy = await startFaultProxy({ host: '127.0.0.1', port: service.port });
  const origin = `http://127.0.0.1:${proxy.port}`;
  const settings = {
    baseUrl: `${origin}/scim/v2`,
    authentication: 'oauth2',
    oauthEndpoint: `${origin}/oauth/token`,
    clientId: service.clientId,
    clientSecret: service.clientSecret,
    // SCIMMY takes no notice of it; it marks writes for the proxy that loses their answers.
    idempotencyHeader: 'Idempotency-Key',
    bulk: true,
    // SCIMMY takes a second for each change of a group of thousands, however many members it adds.
    membersPerRequest: 2_500,
  };
  const close = async (): Promise<void> => {
    await proxy.close();
    await service.stop();
  };
  return { target: targetOf(service, proxy, settings), service, settings, close };
}

function targetOf(service: Scimmy, proxy: FaultProxy, settings: ScimGround['settings']): ConformanceTarget {
  const during = (fault: NetworkFault): Switch => ({
    start: async () => proxy.set(fault),
    stop: async () => proxy.set({}),
  });
  const members = membersOf(service);
  return {
    connector: scim,
    settings,
    wrongCredentials: { ...settings, clientSecret: 'canary-Wrong/81aa@' },
    objectType: 'user',
    attributes: ['nickName', 'title'],
    key: (n) => `u${String(n).padStart(6, '0')}`,
    reset: async () => {
      members.forget();
      await service.reset();
    },
    outside: {
      insert: async (rows) => void (await service.put('user', rows.map(userOf))),
      keys: async () => (await service.rows('user')).map((row) => String(row.userName)).sort(),
    },
    link: members.link,
    outage: during({ down: true }),
    hang: { ...during({ silent: true }), of: 'everything' },
    lostAnswer: during({ cutAnswerTo: 'idempotency-key' }),
    // Less than a page: on another connection it breaks as well.
    brokenListing: during({ cutAfterBytes: 40_000 }),
    halfAnswer: during({ cutAfterBytes: 150 }),
    throttling: {
      start: async () => void (await service.throttle(7)),
      stop: async () => void (await service.throttle(null)),
      retryAfterMs: 7_000,
    },
    incremental: {
      change: (key, attributes) => changeFromOutside(service, key, attributes),
      rename: (key, userName) => changeFromOutside(service, key, { userName }),
      remove: async (key) => void (await request(service, 'DELETE', `/Users/${await idOf(service, 'user', key)}`)),
      corruptCookies: ['', 'nonsense', 'comparison-1.abc.def'],
    },
    disabling: { isDisabled: async (key) => (await rowOf(service, 'user', key))?.active === false },
    password: {
      value: (n) => `Good-Password-${n}`,
      accepts: (key, password) => service.signsIn(key, password),
      refused: 'tiny-1',
    },
    rename: { attribute: 'userName', value: (n) => `renamed-${n}` },
    readOnlyAttribute: 'meta.created',
    unsupportedText: [
      { text: 'NULL', reason: 'userName is not case-exact (RFC 7643, 4.1.1), so it is the same name as null' },
    ],
  };
}

const userOf = ({ key, attributes }: OutsideRow) => ({
  userName: key,
  ...Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null)),
});

/** Users that can be members, made on demand; a group's members changed by requests of their own. */
function membersOf(service: Scimmy) {
  let ids: readonly string[] = [];
  const link: NonNullable<ConformanceTarget['link']> = {
    objectType: 'group',
    name: 'members',
    memberKey: (n) => ids[n] ?? '',
    memberName: (n) => `member-${n}`,
    prepare: async (count) => {
      const users = Array.from({ length: count }, (_none, n) => ({ userName: `member-${n}` }));
      ids = await service.put('user', users);
    },
    addFromOutside: (key, member) =>
      changeMembers(service, key, { op: 'add', path: 'members', value: [{ value: member }] }),
    removeFromOutside: (key, member) =>
      changeMembers(service, key, { op: 'remove', path: `members[value eq "${member}"]` }),
    unknownMember: '00000000-0000-4000-8000-000000000000',
  };
  return {
    link,
    forget: () => {
      ids = [];
    },
  };
}

async function changeMembers(service: Scimmy, group: string, operation: object): Promise<void> {
  await patch(service, `/Groups/${await idOf(service, 'group', group)}`, [operation]);
}

async function changeFromOutside(service: Scimmy, key: string, attributes: OutsideRow['attributes']): Promise<void> {
  const operations = Object.entries(attributes).map(([path, value]) =>
    value === null ? { op: 'remove', path } : { op: 'replace', path, value },
  );
  await patch(service, `/Users/${await idOf(service, 'user', key)}`, operations);
}

async function patch(service: Scimmy, path: string, operations: readonly object[]): Promise<void> {
  await request(service, 'PATCH', path, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: operations,
  });
}

/** A plain request that goes round the connector. */
export async function request(service: Scimmy, method: string, path: string, body?: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${await service.token()}`, 'content-type': 'application/scim+json' };
  const answer = await fetch(`${service.baseUrl}${path}`, { method, headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

async function rowOf(service: Scimmy, kind: 'user' | 'group', name: string): Promise<ScimmyRow | undefined> {
  return (await service.rows(kind)).find((row) => (kind === 'user' ? row.userName : row.displayName) === name);
}

async function idOf(service: Scimmy, kind: 'user' | 'group', name: string): Promise<string> {
  return (await rowOf(service, kind, name))?.id ?? 'nobody';
}
