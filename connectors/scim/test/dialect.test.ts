// How changes are written: the three dialects on SCIMMY, and what SCIMMY does not do on a strict server of our own.
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ApplyOutcome, callContext, type ConnectorSession, type Delta } from '@joinery/connector-kit';
import scim from '@joinery/connector-scim';
import { request } from './conformance-target.js';
import { startScimmy } from '../../../test/systems/scimmy.mjs';
import { type StrictOptions, type StrictServer, startStrictServer } from './strict-server.js';

const service = await startScimmy();
afterAll(() => service.stop());
beforeEach(async () => void (await service.reset()));

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

async function sessionOn(settings: Readonly<Record<string, unknown>>): Promise<ConnectorSession> {
  const session = await scim.open(settings);
  endings.push(() => session.close());
  return session;
}

const onScimmy = (settings: Readonly<Record<string, unknown>>) =>
  sessionOn({
    baseUrl: service.baseUrl,
    authentication: 'oauth2',
    oauthEndpoint: service.oauthEndpoint,
    clientId: service.clientId,
    clientSecret: service.clientSecret,
    clientPlacement: 'body',
    ...settings,
  });

async function onStrict(
  options: StrictOptions,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<readonly [StrictServer, ConnectorSession]> {
  const server = await startStrictServer(options);
  endings.push(() => server.close());
  return [server, await sessionOn({ baseUrl: server.baseUrl, ...settings })];
}

const context = () => ({ ...callContext(20_000), idempotencyKey: 'k' });
const apply = (session: ConnectorSession, delta: Partial<Delta>): Promise<ApplyOutcome> =>
  session.apply({ kind: 'update', objectType: 'user', key: 'ada', set: {}, add: {}, remove: {}, ...delta }, context());
const read = async (session: ConnectorSession, key = 'ada', objectType = 'user') =>
  session.read(objectType, key, context());

async function keysOf(session: ConnectorSession): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const page of session.list('user', context())) keys.push(...page.objects.map(({ key }) => key));
  return keys;
}

describe.each(['rfc', 'azure', 'put'])('the dialect %s', (patch) => {
  test('writes plain, nested, labelled and enterprise attributes, and takes them away', async () => {
    const session = await onScimmy({ patch });
    const before = { 'name.givenName': 'Ada', 'emails.work': 'ada@old.example', nickName: 'ada', department: 'R&D' };
    expect((await apply(session, { kind: 'create', set: before })).kind).toBe('applied');
    const set = {
      'name.givenName': 'Augusta',
      'name.familyName': 'King',
      'emails.work': 'ada@new.example',
      'emails.home': 'ada@home.example',
      'addresses.work.locality': 'London',
      'addresses.work.country': 'GB',
      department: null,
      costCenter: '"42"',
      manager: 'boss-1',
      nickName: null,
    };
    expect((await apply(session, { set })).kind).toBe('applied');
    expect((await read(session))?.attributes).toMatchObject(set);
    expect((await apply(session, { set })).kind).toBe('alreadySo');
    const gone = {
      'emails.work': null,
      'addresses.work.locality': null,
      'addresses.work.country': null,
      manager: null,
    };
    expect((await apply(session, { set: gone })).kind).toBe('applied');
    expect((await read(session))?.attributes).toMatchObject({ ...gone, 'emails.home': 'ada@home.example' });
  });

  test('changes members by difference, from the group and from the user', async () => {
    const session = await onScimmy({ patch });
    const [a = '', b = '', c = ''] = await service.put('user', [
      { userName: 'a' },
      { userName: 'b' },
      { userName: 'c' },
    ]);
    const group = { objectType: 'group', key: 'team' };
    await apply(session, { ...group, kind: 'create', add: { members: [a, b] } });
    await apply(session, { ...group, add: { members: [b, 'c'] }, remove: { members: [a] } });
    expect((await read(session, 'team', 'group'))?.links.members).toEqual([b, c].sort());
    expect((await apply(session, { key: 'a', add: { groups: ['team'] } })).kind).toBe('applied');
    expect((await apply(session, { key: 'a', add: { groups: ['team'] } })).kind).toBe('alreadySo');
    expect((await apply(session, { key: 'b', remove: { groups: ['team'] } })).kind).toBe('applied');
    expect((await read(session, 'team', 'group'))?.links.members).toEqual([a, c].sort());
    const [row] = await service.rows('group');
    expect(row?.members).toHaveLength(2);
  });
});

describe('a group', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const group = { objectType: 'group', key: 'team' };

  test('gets its members in as many requests as the settings say', async () => {
    const session = await onScimmy({ membersPerRequest: 2 });
    const ids = await service.put(
      'user',
      names.map((userName) => ({ userName })),
    );
    expect((await apply(session, { ...group, kind: 'create', add: { members: ids } })).kind).toBe('applied');
    expect((await read(session, 'team', 'group'))?.links.members).toEqual([...ids].sort());
    expect((await apply(session, { ...group, remove: { members: ids } })).kind).toBe('applied');
    expect((await read(session, 'team', 'group'))?.links.members).toEqual([]);
  });

  test('is unknown when one of several requests is refused, for a part is done', async () => {
    const session = await onScimmy({ membersPerRequest: 1 });
    const [a = ''] = await service.put('user', [{ userName: 'a' }]);
    const nobody = '00000000-0000-4000-8000-000000000000';
    const outcome = await apply(session, { ...group, kind: 'create', add: { members: [a, nobody] } });
    expect(outcome).toMatchObject({
      kind: 'unknown',
      failure: { code: 'OUTCOME_UNKNOWN', targetCode: 'invalidValue' },
    });
    expect((await read(session, 'team', 'group'))?.links.members).toEqual([a]);
  });
});

describe('a user', () => {
  test('is created with its groups, or not at all when one of them does not exist', async () => {
    const session = await onScimmy({});
    await apply(session, { objectType: 'group', key: 'team', kind: 'create' });
    const refused = await apply(session, { kind: 'create', add: { groups: ['team', 'nobodys'] } });
    expect(refused).toMatchObject({ kind: 'refused', failure: { code: 'CONSTRAINT_VIOLATION' } });
    expect(await service.rows('user')).toEqual([]);
    expect((await apply(session, { kind: 'create', add: { groups: ['team'] } })).kind).toBe('applied');
    expect((await read(session))?.links.groups).toHaveLength(1);
  });

  test('has the attributes that the settings add, at their paths', async () => {
    const attributes = [{ objectType: 'user', name: 'phone', path: 'phoneNumbers[type eq "pager"].value' }];
    const session = await onScimmy({ attributes });
    await apply(session, { kind: 'create', set: { phone: '1' } });
    expect((await service.rows('user'))[0]?.phoneNumbers).toEqual([{ type: 'pager', value: '1' }]);
    await expect(
      scim.open({ baseUrl: 'http://localhost', attributes: [{ ...attributes[0], path: 'a[b' }] }),
    ).rejects.toThrow('"attributes[0].path" is no path of SCIM');
  });

  test('is named by its externalId where the settings say so', async () => {
    const session = await onScimmy({ userNameAttribute: 'externalId' });
    const outcome = await apply(session, { kind: 'create', key: 'hr-1', set: { userName: 'ada' } });
    expect((await apply(session, { kind: 'create', key: 'hr-1', set: { userName: 'ada' } })).kind).toBe('alreadySo');
    expect((await read(session, 'hr-1'))?.key).toBe('key' in outcome ? outcome.key : '');
    expect((await apply(session, { key: 'hr-1', set: { userName: 'countess' } })).kind).toBe('applied');
  });

  test('gets the tokens it needs again when they were withdrawn', async () => {
    const session = await onScimmy({});
    await apply(session, { kind: 'create' });
    await service.revokeTokens();
    expect((await apply(session, { set: { nickName: 'a' } })).kind).toBe('applied');
  });
});

describe('several changes at once', () => {
  test('go in one bulk request where the service announces it', async () => {
    const session = await onScimmy({});
    const deltas = ['a', 'b', 'c'].map((key) => ({
      delta: { kind: 'create', objectType: 'user', key, set: {}, add: {}, remove: {} } as const,
      idempotencyKey: key,
    }));
    const outcomes = await session.applyMany?.(deltas, context());
    expect(outcomes?.map(({ kind }) => kind)).toEqual(['applied', 'applied', 'applied']);
    expect((await service.rows('user')).map(({ id }) => id)).toEqual(outcomes?.map((one) => 'key' in one && one.key));
  });
});

describe('changes found by meta.lastModified', () => {
  const changesOf = async (session: ConnectorSession, cookie: string | null) => {
    const pages = session.changes?.('user', cookie, context());
    const told: string[] = [];
    let last = '';
    for await (const page of pages ?? []) {
      told.push(...page.changes.map(({ kind, object }) => `${kind} ${String(object?.attributes.userName ?? '')}`));
      last = page.cookie;
    }
    return { told, cookie: last };
  };

  test('are what was made, changed and deleted since, each once', async () => {
    const session = await onScimmy({ incremental: 'lastModified', userGroups: 'none' });
    const [a = '', b = ''] = await service.put('user', [{ userName: 'a' }, { userName: 'b' }]);
    const start = await changesOf(session, null);
    await service.put('user', [{ userName: 'c' }]);
    await request(service, 'DELETE', `/Users/${a}`);
    const patch = { op: 'replace', path: 'userName', value: 'b2' };
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
    await request(service, 'PATCH', `/Users/${b}`, { schemas, Operations: [patch] });
    const next = await changesOf(session, start.cookie);
    expect([start.told, next.told]).toEqual([[], ['upsert c', 'upsert b2', 'delete ']]);
    expect((await changesOf(session, next.cookie)).told).toEqual([]);
    await expect(changesOf(session, 'modified-1.x.y')).rejects.toThrow('its cookie is damaged');
  });

  test('are refused together with the groups of users, which no modification tells', async () => {
    await expect(onScimmy({ incremental: 'lastModified' })).rejects.toThrow(
      '"incremental" lastModified and "userGroups"',
    );
  });
});

describe('a strict service', () => {
  test('is told the version a change is made to, and asked again when it has moved', async () => {
    const [server, session] = await onStrict({ needsVersion: true });
    await apply(session, { kind: 'create', set: { nickName: 'old' } });
    const [row] = server.rows.values();
    let conflicts = 2;
    server.beforeWrite = () => {
      if (row !== undefined && conflicts > 0) row.version += 1;
      conflicts -= 1;
    };
    expect((await apply(session, { set: { nickName: 'new' } })).kind).toBe('applied');
    expect(row?.nickName).toBe('new');
    server.beforeWrite = () => void (row !== undefined && (row.version += 1));
    const overtaken = await apply(session, { set: { nickName: 'newer' } });
    expect(overtaken).toMatchObject({ kind: 'unreachable', failure: { code: 'TIMEOUT', targetCode: '412' } });
    expect(row?.nickName).toBe('new');
    server.beforeWrite = null;
    expect((await apply(session, { kind: 'delete' })).kind).toBe('applied');
  });

  test('refuses what does not name the version: the control', async () => {
    const [, session] = await onStrict({ needsVersion: true }, { etag: 'never' });
    await apply(session, { kind: 'create' });
    expect(await apply(session, { set: { nickName: 'new' } })).toMatchObject({ kind: 'refused' });
  });

  test('gets PATCH to the letter: labelled values that are not there are added whole', async () => {
    const [server, session] = await onStrict({});
    await apply(session, { kind: 'create' });
    const set = { 'emails.work': 'a@b', 'addresses.home.locality': 'Bath', 'addresses.home.country': 'GB' };
    expect((await apply(session, { set })).kind).toBe('applied');
    expect((await apply(session, { set: { 'emails.work': 'c@d' } })).kind).toBe('applied');
    const [row] = server.rows.values();
    expect(row).toMatchObject({
      emails: [{ type: 'work', value: 'c@d' }],
      addresses: [{ type: 'home', locality: 'Bath', country: 'GB' }],
    });
  });

  test('refuses operations of another dialect: the control', async () => {
    const [, session] = await onStrict({}, { patch: 'azure' });
    await apply(session, { kind: 'create', set: { nickName: 'x' } });
    const outcome = await apply(session, { set: { nickName: 'y' } });
    expect(outcome).toMatchObject({ kind: 'refused', failure: { targetCode: 'invalidSyntax' } });
  });

  test('without PATCH gets whole resources, and what Joinery does not know stays in them', async () => {
    const [server, session] = await onStrict({ hasPatch: false, needsVersion: true }, { patch: 'put' });
    await apply(session, { kind: 'create', set: { nickName: 'old' } });
    const [row] = server.rows.values();
    if (row !== undefined) row.unknownToUs = { kept: true };
    expect((await apply(session, { set: { nickName: 'new' } })).kind).toBe('applied');
    expect([...server.rows.values()][0]).toMatchObject({ nickName: 'new', unknownToUs: { kept: true } });
  });

  test.each([
    ['by cursor', { hasCursor: true }, {}],
    ['by index, three at a time', {}, {}],
    ['not at all', { hasNoPages: true }, { paging: 'none' }],
  ])('is listed whole when it pages %s', async (_how, options, settings) => {
    const [server, session] = await onStrict(options, settings);
    for (let n = 0; n < 10; n += 1)
      server.rows.set(`id${n}`, { id: `id${n}`, userName: `u${n}`, version: 1, kind: 'Users' });
    expect([...(await keysOf(session))].sort()).toEqual([...server.rows.keys()].sort());
  });

  test('that announces no bulk gets the changes one by one', async () => {
    const [server, session] = await onStrict({});
    const delta = { kind: 'create', objectType: 'user', key: 'ada', set: {}, add: {}, remove: {} } as const;
    const outcomes = await session.applyMany?.([{ delta, idempotencyKey: 'k' }], context());
    expect(outcomes?.map(({ kind }) => kind)).toEqual(['applied']);
    expect(server.asked).not.toContain('POST /Bulk');
  });
});
