// APIs of other shapes than the one of the conformance tests, described in settings, against real servers.
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  type ApplyOutcome,
  callContext,
  type ConnectorError,
  type ConnectorSession,
  type Delta,
} from '@joinery/connector-kit';
import http from '@joinery/connector-http';
import { type Asked, type Origin, type Reply, startOrigin } from '../../../test/support/origin.js';

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

type Settings = Readonly<Record<string, unknown>>;

async function api(
  reply: (asked: Asked, count: number) => Reply,
  type: Settings,
  more: Settings = {},
): Promise<{ readonly server: Origin; readonly session: ConnectorSession }> {
  const server = await startOrigin(reply);
  endings.push(() => server.close());
  const session = await http.open({ baseUrl: server.url, objectTypes: [{ ...thing, ...type }], ...more });
  endings.push(() => session.close());
  return { server, session };
}

const thing = {
  name: 'thing',
  key: 'id',
  attributes: [{ name: 'id' }, { name: 'title' }, { name: 'size', type: 'number' }],
  list: { path: '/things', items: 'body' },
  read: { path: '/things/{key}' },
  create: { path: '/things' },
  update: { path: '/things/{key}' },
  delete: { path: '/things/{key}' },
};

const json = (body: unknown, headers: Readonly<Record<string, string>> = {}): Reply => ({
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...headers },
});
const missing: Reply = { status: 404, body: '{}' };
const context = () => ({ ...callContext(20_000), idempotencyKey: 'k' });
const apply = (session: ConnectorSession, delta: Partial<Delta>): Promise<ApplyOutcome> =>
  session.apply({ kind: 'update', objectType: 'thing', key: 'a', set: {}, add: {}, remove: {}, ...delta }, context());

async function listed(session: ConnectorSession): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const page of session.list('thing', context())) keys.push(...page.objects.map(({ key }) => key));
  return keys;
}

const messageOf = async (type: Settings, more: Settings = {}): Promise<string> =>
  http.open({ baseUrl: 'https://api.example.com', objectTypes: [{ ...thing, ...type }], ...more }).then(
    () => 'it was accepted',
    (error: ConnectorError) => error.message,
  );

describe('settings that cannot work are refused by name and place', () => {
  test.each([
    [{ list: { path: '/things', items: 'body.(' } }, 'objectTypes[0].list.items', 'at character 6'],
    [{ list: { path: '/things', items: 'boddy.items' } }, 'objectTypes[0].list.items', '«boddy» is not known here'],
    [{ read: { path: '/things/{name}' } }, 'objectTypes[0].read.path', 'known: key'],
    [
      { create: { path: '/things', body: 'set.title.matches("a+")' } },
      'objectTypes[0].create.body',
      'matches(…) is not',
    ],
    [{ read: { path: '/things?id={key}' } }, 'objectTypes[0].read.path', 'is no path'],
    [
      { list: { path: '/t', items: 'body', paging: { kind: 'page' } } },
      'objectTypes[0].list.paging.parameter',
      'missing',
    ],
    [{ key: 'nr' }, 'objectTypes[0].key', 'names the attribute "nr"'],
    [{ links: [{ name: 'x', targetObjectType: 'y', field: 'z' }] }, 'links[0].targetObjectType', 'does not name'],
    [{ nameAttribute: 'title' }, 'objectTypes[0].find', 'missing'],
  ])('%j', async (type, setting, reason) => {
    const message = await messageOf(type);
    expect(message).toContain(setting);
    expect(message).toContain(reason);
  });

  test('and so is a condition of an error', async () => {
    expect(await messageOf({}, { errors: [{ when: 'stat == 1', code: 'NOT_FOUND' }] })).toContain('"errors[0].when"');
  });

  test('and an expression that is too large or nested too deep', async () => {
    const deep = Array.from({ length: 3 }, (_none, n) => `body.map(x${n}, `).join('') + '1' + ')'.repeat(3);
    expect(await messageOf({ list: { path: '/t', items: deep } })).toContain('stands inside 2 other loops');
    const large = Array.from({ length: 600 }, () => '1').join(' + ');
    expect(await messageOf({ list: { path: '/t', items: large } })).toContain('objectTypes[0].list.items');
  });
});

describe('listings', () => {
  const rows = Array.from({ length: 7 }, (_none, n) => ({ id: `k${n}` }));
  const keys = rows.map(({ id }) => id);
  const at = (asked: Asked) => new URL(asked.url, 'http://x').searchParams;

  test('are read page by page, by number', async () => {
    const { session } = await api(
      (asked) => json(rows.slice((Number(at(asked).get('page')) - 1) * 3, Number(at(asked).get('page')) * 3)),
      {
        list: {
          path: '/things',
          items: 'body',
          paging: { kind: 'page', parameter: 'page', sizeParameter: 'n', size: 3 },
        },
      },
    );
    expect(await listed(session)).toEqual(keys);
  });

  test('are read by position', async () => {
    const paging = { kind: 'offset', parameter: 'from', sizeParameter: 'max', size: 3, total: 'body.total' };
    const { session } = await api(
      (asked) => {
        const from = Number(at(asked).get('from'));
        return json({ total: rows.length, rows: rows.slice(from, from + Number(at(asked).get('max'))) });
      },
      { list: { path: '/things', items: 'body.rows', paging } },
    );
    expect(await listed(session)).toEqual(keys);
  });

  test.each(['link', 'url'])('are read by the address of the next page (%s)', async (kind) => {
    const paging = kind === 'link' ? { kind } : { kind, next: 'body.next' };
    const { session } = await api(
      (asked) => {
        const from = Number(at(asked).get('from') ?? 0);
        const next = from + 3 < rows.length ? `/things?from=${from + 3}` : null;
        const links: Readonly<Record<string, string>> =
          next === null ? {} : { link: `</first>; rel="first", <${next}>; rel="next"` };
        return json({ rows: rows.slice(from, from + 3), next }, links);
      },
      { list: { path: '/things', items: 'body.rows', paging } },
    );
    expect(await listed(session)).toEqual(keys);
  });

  test('never follow an address of another origin', async () => {
    const elsewhere = await startOrigin(() => json([]));
    endings.push(() => elsewhere.close());
    const { session } = await api(() => json({ rows, next: `${elsewhere.url}/things` }), {
      list: { path: '/things', items: 'body.rows', paging: { kind: 'url', next: 'body.next' } },
    });
    await expect(listed(session)).rejects.toThrow('was not followed');
    expect(elsewhere.asked).toEqual([]);
  });

  test.each([
    ['gives fewer rows than it counts', json({ rows, total: 9 }), 'it has 9 rows and gave 7'],
    ['gives no list', json({ rows: null, total: 0 }), 'gives no list'],
    ['gives a row without a key', json({ rows: [{}], total: 1 }), 'has no "id"'],
  ])('fail when the service %s', async (_what, reply, reason) => {
    const { session } = await api(() => reply, {
      list: { path: '/things', items: 'body.rows', paging: { kind: 'none', total: 'body.total' } },
    });
    await expect(listed(session)).rejects.toThrow(reason);
  });

  test('fail when a cursor comes back', async () => {
    const paging = { kind: 'cursor', parameter: 'c', next: 'body.next' };
    const { session } = await api(() => json({ rows, next: 'again' }), {
      list: { path: '/things', items: 'body.rows', paging },
    });
    await expect(listed(session)).rejects.toThrow('one cursor twice');
  });
});

describe('values', () => {
  test('go into paths percent-encoded, into queries encoded, and into bodies as JSON', async () => {
    const odd = `a/../b?c=d&e#"'\\{x} ü`;
    const { server, session } = await api((asked) => (asked.method === 'GET' ? missing : json({})), {
      create: {
        path: '/things',
        query: { by: 'key' },
        body: '{"name": set.title, "tags": ["new", set.title], "n": 1}',
      },
    });
    await apply(session, { kind: 'create', key: odd, set: { title: odd } });
    const [read, created] = server.asked;
    expect(read?.url).toBe(`/things/${encodeURIComponent(odd)}`);
    expect(created?.url).toBe(`/things?by=${encodeURIComponent(odd)}`);
    expect(JSON.parse(created?.body ?? '')).toEqual({ name: odd, tags: ['new', odd], n: 1 });
  });

  test('never lead a level up, or to the whole collection', async () => {
    const { server, session } = await api(() => json({}), {});
    expect(await session.read('thing', '..', context())).toBeNull();
    expect((await apply(session, { kind: 'delete', key: '.' })).kind).toBe('alreadySo');
    expect(server.asked).toEqual([]);
  });

  test('are read from where the settings say, and nothing inherited is a field', async () => {
    const attributes = [
      { name: 'id', path: 'meta.nr' },
      { name: 'title', read: 'item.first + " " + item.last' },
      { name: 'size', type: 'number', read: 'item.half * 2' },
      { name: 'odd', read: 'item.constructor.name' },
      { name: 'deep', path: 'toString.name' },
    ];
    const { session } = await api(() => json({ meta: { nr: 12345678901234 }, first: 'Ada', last: 'King', half: 1.5 }), {
      attributes,
    });
    const row = await session.read('thing', '12345678901234', context());
    expect(row?.attributes).toEqual({ id: '12345678901234', title: 'Ada King', size: 3, odd: null, deep: null });
  });
});

describe('writing', () => {
  test('sends whole items to services without PATCH, with the version and the members of the item', async () => {
    let item: Record<string, unknown> = { id: 'a', title: 'old', size: 1, other: ['m1', 'm2'] };
    const { server, session } = await api(
      (asked) => {
        if (asked.method === 'PUT') item = JSON.parse(asked.body) as Record<string, unknown>;
        return json(item, { etag: '"v1"' });
      },
      {
        update: { method: 'PUT', path: '/things/{key}', send: 'whole' },
        links: [{ name: 'others', targetObjectType: 'thing', field: 'other' }],
      },
      { ifMatch: true },
    );
    const delta = { set: { title: 'new' }, add: { others: ['m3'] }, remove: { others: ['m1'] } };
    expect((await apply(session, delta)).kind).toBe('applied');
    expect(item).toEqual({ id: 'a', title: 'new', size: 1, other: ['m2', 'm3'] });
    expect(server.asked.find(({ method }) => method === 'PUT')?.headers['if-match']).toBe('"v1"');
    expect((await apply(session, delta)).kind).toBe('alreadySo');
  });

  test('looks again when the version has moved, and gives up after some tries with nothing applied', async () => {
    const { server, session } = await api(
      (asked) => (asked.method === 'GET' ? json({ id: 'a', title: 'old' }, { etag: '"v"' }) : { status: 412 }),
      {},
      { ifMatch: true },
    );
    const outcome = await apply(session, { set: { title: 'new' } });
    expect(outcome).toMatchObject({ kind: 'unreachable', failure: { code: 'TIMEOUT', targetCode: '412' } });
    expect(server.asked.filter(({ method }) => method === 'PATCH')).toHaveLength(4);
  });

  test('takes the key of a new row from its address where the body has none', async () => {
    const { session } = await api(
      (asked) => (asked.method === 'POST' ? { status: 201, headers: { location: '/things/n-7?x=1' } } : json([])),
      { nameAttribute: 'title', find: { path: '/things', query: { title: 'name' }, items: 'body' } },
    );
    expect(await apply(session, { kind: 'create', key: 'seven' })).toEqual({ kind: 'applied', key: 'n-7' });
  });

  test('says CAPABILITY_MISSING for what the settings have no request for', async () => {
    const { session } = await api(() => json({ id: 'a' }), { delete: undefined });
    expect(await apply(session, { kind: 'delete' })).toMatchObject({ failure: { code: 'CAPABILITY_MISSING' } });
  });
});

describe('what an answer means', () => {
  const errors = [
    { when: 'body.ok == false && body.error == "ratelimited"', code: 'RATE_LIMITED' },
    { when: 'body.ok == false && body.error == "already"', code: 'ALREADY_SO' },
    { when: 'body.ok == false', code: 'FORBIDDEN', message: 'body.error' },
  ];
  const saying = (error: string) => (asked: Asked) =>
    asked.method === 'GET' ? json({ id: 'a', title: 'old' }) : json({ ok: false, error }, { 'retry-after': '3' });

  test.each([
    ['ratelimited', { kind: 'throttled', retryAfterMs: 3_000 }],
    ['already', { kind: 'alreadySo' }],
    ['not yours', { kind: 'refused', failure: { code: 'FORBIDDEN', targetMessage: 'not yours' } }],
  ])('is said by the settings, also for status 200: %s', async (error, outcome) => {
    const { session } = await api(saying(error), {}, { errors });
    expect(await apply(session, { set: { title: 'new' } })).toMatchObject(outcome);
  });
});

describe('an expression that fails over the answer to a write', () => {
  test('is no refusal: the change was applied', async () => {
    const failing = { when: 'body.nr.startsWith("x")', code: 'FORBIDDEN' };
    const { session } = await api(
      (asked) => (asked.method === 'GET' ? json({ id: 'a', nr: 1 }) : json({ nr: 1 })),
      {},
      {
        errors: [failing],
      },
    );
    expect(await apply(session, { set: { title: 'new' } })).toMatchObject({ kind: 'applied' });
  });

  test('leaves a creation unknown when nothing tells its key', async () => {
    const { session } = await api((asked) => (asked.method === 'POST' ? json({ nr: 1 }) : json([])), {
      nameAttribute: 'title',
      find: { path: '/things', query: { title: 'name' }, items: 'body' },
      create: { path: '/things', item: 'body.nr.row' },
    });
    expect(await apply(session, { kind: 'create', key: 'x' })).toMatchObject({ kind: 'unknown' });
  });
});

describe('members that are added one by one', () => {
  const links = [
    {
      name: 'others',
      targetObjectType: 'thing',
      list: { path: '/things/{key}/others', items: 'body' },
      add: { path: '/things/{key}/others/{member}' },
      remove: { path: '/things/{key}/others/{member}' },
    },
  ];
  const world = (broken: string) => (asked: Asked) => {
    if (asked.method !== 'GET') return asked.url.endsWith(broken) ? { status: 422, body: '{}' } : json({});
    if (asked.url.endsWith('/others')) return json([]);
    return asked.url.endsWith('nobody') ? missing : json({ id: asked.url.split('/').at(-1) });
  };

  test('are all looked up first: an unknown one stops the others', async () => {
    const { server, session } = await api(world('-'), { links });
    const outcome = await apply(session, { add: { others: ['x', 'nobody'] } });
    expect(outcome).toMatchObject({ kind: 'refused', failure: { code: 'CONSTRAINT_VIOLATION' } });
    expect(server.asked.every(({ method }) => method === 'GET')).toBe(true);
  });

  test('leave it unknown when one of them fails after others were added', async () => {
    const { session } = await api(world('/y'), { links });
    expect(await apply(session, { add: { others: ['x', 'y'] } })).toMatchObject({ kind: 'unknown' });
    expect(await apply(session, { add: { others: ['y'] } })).toMatchObject({ kind: 'refused' });
  });
});
