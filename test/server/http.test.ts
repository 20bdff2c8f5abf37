// The API over real HTTP: who gets in, what errors say, how much may be asked, what stands beside GraphQL.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { startServer } from '../../src/server/start.js';
import { createTokens } from '../../src/server/token.js';
import { codes, partOf, type ServedCompany, serveCompany } from './company.js';

const canary = 'CANARY-7f3a91';
let company: ServedCompany;

beforeAll(async () => {
  company = await serveCompany({
    ports: () => ({
      server: {
        get version(): string {
          throw new Error(`connection to postgres://joinery:${canary}@db failed`);
        },
        isDemo: true,
        queueBackend: 'postgres',
      },
    }),
  });
});
afterAll(async () => company.stop());

const errorOf = (details: object | undefined): string =>
  String(details !== undefined && 'err' in details ? details.err : '');
const viewer = '{ viewer { profiles identity { identifier } serviceAccount { identifier } } }';

describe('signing in', () => {
  it('answers who asks', async () => {
    const { status, body } = await company.post('camille.roy', viewer);
    expect(status).toBe(200);
    expect(body.data).toEqual({
      viewer: { profiles: ['employee'], identity: { identifier: 'camille.roy' }, serviceAccount: null },
    });
  });

  it('knows the profiles that follow from data and from the configuration', async () => {
    const profiles = async (person: string) =>
      partOf<{ profiles: string[] }>(await company.post(person, viewer), 'viewer').profiles;
    expect(await profiles('ines.aubry')).toContain('manager');
    expect(await profiles('paul.martin')).toContain('application-owner');
    expect(await profiles('omar.benali')).toContain('operator');
    expect(await profiles('ada.lindqvist')).toContain('administrator');
  });

  it('knows service accounts', async () => {
    const { body } = await company.post('service:ci-script', viewer);
    expect(body.data).toEqual({
      viewer: { profiles: ['script'], identity: null, serviceAccount: { identifier: 'ci-script' } },
    });
  });

  it.each([
    ['no token', {}],
    ['no bearer', { authorization: 'Basic Zm9vOmJhcg==' }],
    ['a token that is none', { authorization: 'Bearer abc.def.ghi' }],
    [
      'an unsigned token',
      {
        authorization: `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"ada.lindqvist"}').toString('base64url')}.`,
      },
    ],
  ])('refuses %s with 401', async (_what, headers) => {
    const { status, body } = await company.post(null, viewer, {}, headers);
    expect(status).toBe(401);
    expect(codes(body)).toEqual(['UNAUTHENTICATED']);
    expect(body.data).toBeUndefined();
  });

  it('refuses a token of another key, an expired one, and the cookie of the queue board', async () => {
    const other = createTokens({ secret: 'x'.repeat(40), oidc: null });
    const tokens = [
      await other.sign('ada.lindqvist', 60),
      await company.server.tokens.sign('ada.lindqvist', -1),
      await company.server.tokens.sign('ada.lindqvist', 60, 'joinery-board'),
    ];
    for (const token of tokens) {
      const { status } = await company.post(null, viewer, {}, { authorization: `Bearer ${token}` });
      expect(status).toBe(401);
    }
  });

  it('refuses people who left or have not begun', async () => {
    for (const person of ['lea.gone', 'tom.soon', 'nobody.known']) {
      const { status, body } = await company.post(person, viewer);
      expect([status, codes(body)]).toEqual([403, ['FORBIDDEN']]);
    }
  });

  it('shows the schema to nobody without a token', async () => {
    const { status } = await company.post(null, '{ __schema { types { name } } }');
    expect(status).toBe(401);
  });
});

describe('errors', () => {
  it('hide what failed, name a trace, and keep it in the log', async () => {
    const { status, body, headers } = await company.post('camille.roy', '{ server { version } }');
    expect(status).toBe(200);
    expect(codes(body)).toEqual(['INTERNAL']);
    expect(JSON.stringify(body)).not.toContain(canary);
    const traceId = body.errors?.[0]?.extensions.traceId;
    expect(traceId).toBe(headers.get('x-trace-id'));
    const entry = company.logged.find(({ details }) => 'traceId' in details && details.traceId === traceId);
    expect(errorOf(entry?.details)).toContain(canary);
  });

  it('say what is wrong with a document, and nothing of the schema around it', async () => {
    const unknown = await company.post('camille.roy', '{ viewer { profile } }');
    expect([unknown.status, codes(unknown.body)]).toEqual([400, ['GRAPHQL_VALIDATION_FAILED']]);
    expect(unknown.body.errors?.[0]?.message).not.toContain('Did you mean');
    const broken = await company.post('camille.roy', '{ viewer {');
    expect([broken.status, codes(broken.body)]).toEqual([400, ['GRAPHQL_PARSE_FAILED']]);
  });

  it('refuse keys that could change objects of the program', async () => {
    const { JsonScalar } = await import('../../src/schema/scalar.js');
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      expect(() => JsonScalar.parseValue(JSON.parse(`{"a":[{"${key}":{"isAdmin":true}}]}`))).toThrow(key);
    }
    expect(JsonScalar.parseValue({ a: ['b', null, 1] })).toEqual({ a: ['b', null, 1] });
  });

  it('print no body and no stack when the body is broken, too large or of another type', async () => {
    const token = `Bearer ${await company.token('camille.roy')}`;
    const send = (body: string, type = 'application/json') =>
      fetch(`${company.server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': type, authorization: token },
        body,
      });
    const broken = await send(`{"query": "${canary}`);
    const large = await send(JSON.stringify({ query: `# ${canary.repeat(10_000)}` }));
    const plain = await send('{"query":"{viewer{profiles}}"}', 'text/plain');
    expect([broken.status, large.status, plain.status]).toEqual([400, 413, 415]);
    for (const answer of [broken, large, plain]) {
      const text = await answer.text();
      expect(text).not.toContain(canary);
      expect(text).not.toContain('node_modules');
    }
  });

  it('do not answer simple requests a foreign page could send', async () => {
    const token = `Bearer ${await company.token('camille.roy')}`;
    const answer = await fetch(`${company.server.url}/graphql?query={viewer{profiles}}`, {
      headers: { authorization: token },
    });
    expect(answer.status).toBe(400);
  });
});

describe('text no database keeps', () => {
  const byKey = 'query ($key: String) { identity(identifier: $key) { id } }';

  it.each([
    ['U+0000 in an argument', String.raw`{ identity(identifier: "a\u0000") { id } }`, {}, 'identifier'],
    ['U+0000 in a variable', byKey, { key: 'a\0' }, '$key'],
    ['half a pair in a variable', byKey, { key: '\udc00' }, '$key'],
    ['U+0000 deep in a filter', '{ identities(filter: { text: "\\u0000" }) { nodes { id } } }', {}, 'filter.text'],
  ])('is refused: %s', async (_what, query, variables, name) => {
    const { status, body } = await company.post('camille.roy', query, variables);
    expect([status, codes(body)]).toEqual([400, ['BAD_USER_INPUT']]);
    expect(body.errors?.[0]?.message).toContain(name);
  });

  it('does not concern whole pairs', async () => {
    const { body } = await company.post('camille.roy', byKey, { key: '\u{1F600}' });
    expect([body.data, body.errors]).toEqual([{ identity: null }, undefined]);
  });
});

describe('input that no row can meet', () => {
  it.each(['chg_01a2', 'acc_x', 'asg_x', 'val_x:y', 'idn_1', 'res_zz', 'pln_0', 'dep_0'])(
    'finds nothing by the id %s',
    async (id) => {
      const { body } = await company.post('ada.lindqvist', 'query ($id: ID!) { node(id: $id) { id } }', { id });
      expect([body.data, body.errors]).toEqual([{ node: null }, undefined]);
    },
  );

  it('refuses durations the calendar does not reach', async () => {
    const query = 'query ($since: Duration) { identities(filter: { updatedAt: { since: $since } }) { nodes { id } } }';
    const { body } = await company.post('camille.roy', query, { since: '-P999999Y' });
    expect(codes(body)).toEqual(['BAD_USER_INPUT']);
    const near = await company.post('camille.roy', query, { since: '-P999Y11M1,5DT3600S' });
    expect(near.body.errors).toBeUndefined();
  });
});

describe('limits', () => {
  const reports = '... on Identity { directReports(first: 100) { nodes { id } } }';
  const nested = (levels: number): string =>
    `{ viewer { identity ${'{ manager '.repeat(levels)} { id } ${'}'.repeat(levels)} } }`;

  it.each([
    ['depth', nested(12), 'BAD_USER_INPUT'],
    [
      'aliases',
      `{ ${Array.from({ length: 21 }, (_, index) => `a${index}: viewer { locale }`).join(' ')} }`,
      'BAD_USER_INPUT',
    ],
    [
      'aliases of __typename',
      `{ ${Array.from({ length: 21 }, (_, index) => `a${index}: __typename`).join(' ')} }`,
      'BAD_USER_INPUT',
    ],
    [
      'cost',
      '{ identities(first: 100) { nodes { directReports(first: 100) { nodes { id displayName } } } } }',
      'COST_EXCEEDED',
    ],
    [
      'cost by variable',
      'query ($n: Int = 100) { identities(first: $n) { nodes { directReports(first: $n) { nodes { id } } } } }',
      'COST_EXCEEDED',
    ],
    [
      'cost of a page in a fragment',
      '{ identities { ...A } } fragment A on IdentityConnection { nodes { directReports(first: 100) { nodes { id displayName } } } }',
      'COST_EXCEEDED',
    ],
    [
      'cost of hits',
      '{ search(text: "ro") { node { ... on Identity { directReports(first: 100) { nodes { id identifier displayName email jobTitle } } } } } }',
      'COST_EXCEEDED',
    ],
    ['cost by ids', `{ nodes(ids: [${'"idn_x",'.repeat(100)}]) { ${reports} } }`, 'COST_EXCEEDED'],
    [
      'cost by ids in a default',
      `query ($ids: [ID!]! = [${'"idn_x",'.repeat(100)}]) { nodes(ids: $ids) { ${reports} } }`,
      'COST_EXCEEDED',
    ],
    ['tokens', `{ viewer { ${'locale '.repeat(3_000)} } }`, 'GRAPHQL_PARSE_FAILED'],
  ])('refuse an operation by its %s', async (_what, query, code) => {
    const { status, body } = await company.post('camille.roy', query);
    expect([status, codes(body)]).toEqual([400, [code]]);
  });

  it('count each id of a list given as a variable', async () => {
    const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { ${reports} } }`;
    const asked = (count: number) => company.post('camille.roy', query, { ids: Array(count).fill('idn_x') });
    expect(codes((await asked(100)).body)).toEqual(['COST_EXCEEDED']);
    expect((await asked(2)).body.errors).toBeUndefined();
  });

  it('measure through fragments', async () => {
    const query = `query { viewer { identity { ...A } } } fragment A on Identity { directReports(first: 100) { nodes { ...B } } } fragment B on Identity { directReports(first: 100) { nodes { id } } }`;
    const { body } = await company.post('camille.roy', query);
    expect(codes(body)).toEqual(['COST_EXCEEDED']);
  });

  it('cost no time themselves, however fragments are nested', async () => {
    const nest = Array.from(
      { length: 150 },
      (_, index) => `fragment F${index} on IdentityConnection { ...F${index + 1} ...F${index + 1} }`,
    );
    const query = `{ identities { ...F0 } } ${nest.join(' ')} fragment F150 on IdentityConnection { __typename }`;
    expect(codes((await company.post('camille.roy', query)).body)).toEqual(['COST_EXCEEDED']);
  });

  it('let ordinary operations and the questions of tools pass', async () => {
    const { getIntrospectionQuery } = await import('graphql');
    expect((await company.post('camille.roy', getIntrospectionQuery())).body.errors).toBeUndefined();
    expect((await company.post('camille.roy', nested(6))).body.errors).toBeUndefined();
  });

  it('refuse a page of 1000 and a cursor that is none', async () => {
    const large = await company.post('camille.roy', '{ identities(first: 1000) { nodes { id } } }');
    expect(codes(large.body)).toEqual(['BAD_USER_INPUT']);
    expect(large.body.errors?.[0]?.message).toContain('1 to 100');
    const malformed = await company.post('camille.roy', '{ identities(after: "nonsense") { nodes { id } } }');
    expect(codes(malformed.body)).toEqual(['BAD_USER_INPUT']);
    expect(malformed.body.errors?.[0]?.message).toContain('cursor');
  });
});

describe('beside GraphQL', () => {
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${company.server.url}${path}`, { headers, redirect: 'manual' });

  it('says that it lives and what is ready', async () => {
    expect((await get('/livez')).status).toBe(200);
    const ready = await get('/readyz');
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ready', checks: { database: { ok: true, detail: 'answers' } } },
    ]);
  });

  it('lists whom the demo lets sign in, and signs them in', async () => {
    const people = (await (await get('/demo/people')).json()) as { identifier: string; profiles: string[] }[];
    expect(people[0]).toMatchObject({ identifier: 'ada.lindqvist', displayName: 'Ada Lindqvist' });
    expect(people.map(({ identifier }) => identifier)).not.toContain('lea.gone');
    const signIn = (body: string) =>
      fetch(`${company.server.url}/demo/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
    const { token } = (await (await signIn('{"person":"camille.roy"}')).json()) as { token: string };
    const proof = await company.server.tokens.verify(token);
    expect(proof?.subject).toBe('camille.roy');
    expect((proof?.expiresAt ?? 0) - Date.now()).toBeGreaterThan(11.9 * 3_600_000);
    const unknown = await signIn('{"person":"no.body"}');
    expect([unknown.status, await unknown.json()]).toEqual([
      404,
      { error: expect.stringContaining('no.body'), hint: expect.stringContaining('/demo/people') },
    ]);
    expect((await signIn('{"person":7}')).status).toBe(400);
    expect((await signIn('{"person":"lea.gone"}')).status).toBe(403);
  });

  it('keeps the key of the demo from other users of the machine', async () => {
    const { mode } = await stat(join(company.home, 'token.key'));
    expect(mode & 0o777).toBe(0o600);
  });

  it('shows the queues to operators only', async () => {
    const bearer = async (person: string) => ({ authorization: `Bearer ${await company.token(person)}` });
    expect((await get('/queues')).status).toBe(401);
    expect((await get('/queues/api/queues')).status).toBe(401);
    expect((await get('/queues', await bearer('camille.roy'))).status).toBe(403);
    expect((await get('/queues', await bearer('omar.benali'))).status).toBe(200);
    expect((await get('/queues/api/queues', await bearer('omar.benali'))).status).toBe(200);
  });

  it('gives operators a cookie that opens the queues and nothing else', async () => {
    const open = (headers: Record<string, string>, body = '') =>
      fetch(`${company.server.url}/queues/session`, { method: 'POST', headers, redirect: 'manual', body });
    expect((await open({ authorization: `Bearer ${await company.token('camille.roy')}` })).status).toBe(403);
    const form = await open(
      { 'content-type': 'application/x-www-form-urlencoded' },
      `token=${await company.token('omar.benali')}`,
    );
    expect(form.status).toBe(303);
    const cookie = form.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Strict/i);
    const [pair = ''] = cookie.split(';');
    expect((await get('/queues/api/queues', { cookie: pair })).status).toBe(200);
    const { status } = await company.post(
      null,
      viewer,
      {},
      { cookie: pair, authorization: `Bearer ${pair.split('=')[1]}` },
    );
    expect(status).toBe(401);
  });

  it('moves on to the next free port and says so', async () => {
    const blocker = createServer();
    const port = await new Promise<number>((resolve) =>
      blocker.listen(0, '127.0.0.1', () => resolve((blocker.address() as { port: number }).port)),
    );
    const second = await serveCompany({ server: { port } });
    expect(second.server.port).toBeGreaterThan(port);
    expect(second.server.occupiedPort).toBe(port);
    expect(second.logged.map(({ message }) => message).join()).toContain(String(port));
    await second.stop();
    await new Promise((resolve) => blocker.close(resolve));
  });

  it('refuses to serve the demo to other machines', async () => {
    const options = { host: '0.0.0.0', port: 0, isDemo: true } as Parameters<typeof startServer>[0];
    await expect(startServer(options)).rejects.toThrow('127.0.0.1');
  });
});
