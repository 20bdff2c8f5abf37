// The API over real HTTP: who gets in, what errors say, how much may be asked, what stands beside GraphQL.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { startServer } from '../../src/server/start.js';
import { createTokens } from '../../src/server/token.js';
import { addResource, type ServedCompany, serveCompany } from './company.js';

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

const viewer = '{ viewer { profiles identity { identifier } serviceAccount { identifier } } }';
const codes = (body: { errors?: readonly { extensions: Record<string, unknown> }[] }) =>
  body.errors?.map(({ extensions }) => extensions.code);

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
      ((await company.post(person, viewer)).body.data?.viewer as { profiles: string[] } | undefined)?.profiles;
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
    const { status, body } = await company.post(null, viewer, {}, headers as Record<string, string>);
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
    expect(String((entry?.details as { err?: Error }).err)).toContain(canary);
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

describe('limits', () => {
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
    ['tokens', `{ viewer { ${'locale '.repeat(3_000)} } }`, 'GRAPHQL_PARSE_FAILED'],
  ])('refuse an operation by its %s', async (_what, query, code) => {
    const { status, body } = await company.post('camille.roy', query);
    expect([status, codes(body)]).toEqual([400, [code]]);
  });

  it('measure through fragments', async () => {
    const query = `query { viewer { identity { ...A } } } fragment A on Identity { directReports(first: 100) { nodes { ...B } } } fragment B on Identity { directReports(first: 100) { nodes { id } } }`;
    const { body } = await company.post('camille.roy', query);
    expect(codes(body)).toEqual(['COST_EXCEEDED']);
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

describe('people and resources', () => {
  it('pages people both ways without losing or repeating one', async () => {
    const query = `query ($first: Int, $after: String, $last: Int, $before: String) {
      identities(first: $first, after: $after, last: $last, before: $before, orderBy: [{ field: START_DATE, direction: DESC }, { field: DISPLAY_NAME }]) {
        totalCount nodes { identifier } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
    const page = async (variables: object) =>
      (await company.post('camille.roy', query, variables)).body.data?.identities as never as {
        totalCount: number;
        nodes: { identifier: string }[];
        pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
      };
    const names = ({ nodes }: { nodes: { identifier: string }[] }) => nodes.map(({ identifier }) => identifier);
    const whole = await page({ first: 100 });
    expect(whole.totalCount).toBe(7);
    expect(names(whole)).toEqual([
      'tom.soon',
      'camille.roy',
      'ada.lindqvist',
      'ines.aubry',
      'lea.gone',
      'omar.benali',
      'paul.martin',
    ]);
    const one = await page({ first: 3 });
    const two = await page({ first: 3, after: one.pageInfo.endCursor });
    const three = await page({ first: 3, after: two.pageInfo.endCursor });
    expect([...names(one), ...names(two), ...names(three)]).toEqual(names(whole));
    expect([one, two, three].map(({ pageInfo }) => pageInfo.hasNextPage)).toEqual([true, true, false]);
    const last = await page({ last: 3 });
    const before = await page({ last: 3, before: last.pageInfo.startCursor });
    expect([...names(before), ...names(last)]).toEqual(names(whole).slice(1));
    expect([last.pageInfo.hasPreviousPage, last.pageInfo.hasNextPage, before.pageInfo.hasNextPage]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('refuses a cursor under another order', async () => {
    const query = `query ($after: String, $field: IdentityOrderField!) { identities(first: 1, after: $after, orderBy: [{ field: $field }]) { pageInfo { endCursor } } }`;
    const first = await company.post('camille.roy', query, { field: 'DISPLAY_NAME' });
    const { endCursor } = (first.body.data?.identities as never as { pageInfo: { endCursor: string } }).pageInfo;
    const other = await company.post('camille.roy', query, { field: 'IDENTIFIER', after: endCursor });
    expect(codes(other.body)).toEqual(['BAD_USER_INPUT']);
  });

  it.each([
    ['text', '{ text: "CAMILLE" }', ['camille.roy']],
    ['key', '{ identifier: { startsWith: "PA" } }', ['paul.martin']],
    ['wild cards as letters', '{ identifier: { contains: "%" } }', []],
    ['state', '{ lifecycleState: [LEFT, FUTURE] }', ['lea.gone', 'tom.soon']],
    [
      'no manager',
      '{ managerId: { isNull: true }, lifecycleState: [ACTIVE] }',
      ['ada.lindqvist', 'ines.aubry', 'omar.benali'],
    ],
    ['last day', '{ endDate: { lt: "2022-01-01" } }', ['lea.gone']],
    [
      'a tree',
      '{ or: [{ text: "camille" }, { and: [{ identifier: { in: ["omar.benali", "lea.gone"] } }, { not: { lifecycleState: [LEFT] } }] }] }',
      ['camille.roy', 'omar.benali'],
    ],
    ['change', '{ updatedAt: { since: "-P1D" }, identifier: { eq: "paul.martin" } }', ['paul.martin']],
    ['an empty choice', '{ or: [] }', []],
  ])('filters people by %s', async (_what, filter, expected) => {
    const { body } = await company.post(
      'camille.roy',
      `{ identities(filter: ${filter}) { totalCount nodes { identifier } } }`,
    );
    expect(body.errors).toBeUndefined();
    expect(body.data?.identities).toEqual({
      totalCount: expected.length,
      nodes: expected.map((identifier) => ({ identifier })),
    });
  });

  it('leads from a person to department, manager and reports, and back by id', async () => {
    const { body } = await company.post(
      'camille.roy',
      `{ identity(identifier: "camille.roy") { id kind department { id displayName manager { identifier } } manager { id identifier directReports { totalCount nodes { identifier } } } } }`,
    );
    const identity = body.data?.identity as never as {
      id: string;
      department: { id: string };
      manager: { id: string };
    };
    expect(identity).toMatchObject({
      kind: 'EMPLOYEE',
      department: { displayName: 'Finance', manager: { identifier: 'ines.aubry' } },
      manager: { identifier: 'ines.aubry', directReports: { totalCount: 4 } },
    });
    const again = await company.post('camille.roy', 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', {
      ids: [identity.id, identity.department.id, 'idn_nonsense', 'zzz_1', `asg_${'0'.repeat(32)}:x`],
    });
    expect(again.body.data?.nodes).toEqual([
      { __typename: 'Identity', id: identity.id },
      { __typename: 'Department', id: identity.department.id },
      null,
      null,
      null,
    ]);
  });

  it('shows resources to their owners and managers, and to those who oversee', async () => {
    const account = await addResource(company.database, 'expenseLine', 'camille.roy', {
      login: 'camille.roy',
      fullName: 'Camille Roy',
      profile: 'user',
    });
    const stray = await addResource(company.database, 'expenseLine', 'stray', { login: 'stray', fullName: 'Stray' });
    await company.database.query(
      `insert into resource_assignment (id, identity_id, resource_type, resource_id, resource_key, is_due, expected, expected_hash, workflow_state, provisioning_state)
       select gen_random_uuid(), p.id, 'expense-account', $1, 'camille.roy', true, $2, '', 'CALCULATED', 'VERIFIED' from resource p where p.key = 'camille.roy' and p.entity_type = 'person'`,
      [
        account,
        JSON.stringify({
          key: 'camille.roy',
          rule: 'r',
          values: { profile: { value: 'approver', rule: 'approver-profile' } },
          links: {},
        }),
      ],
    );
    const query = `{ resources(filter: { entityTypeId: { eq: "ety_expenseLine" } }) { totalCount nodes { displayName externalId isOrphan owner { identifier } properties(identifiers: ["profile"]) { currentValue expectedValue isConforming } } } }`;
    const seen = async (person: string) =>
      (await company.post(person, query)).body.data?.resources as never as {
        totalCount: number;
        nodes: { displayName: string }[];
      };
    expect((await seen('camille.roy')).nodes).toEqual([
      {
        displayName: 'Camille Roy',
        externalId: 'camille.roy',
        isOrphan: false,
        owner: { identifier: 'camille.roy' },
        properties: [{ currentValue: 'user', expectedValue: 'approver', isConforming: false }],
      },
    ]);
    expect((await seen('ines.aubry')).totalCount).toBe(1);
    expect((await seen('paul.martin')).totalCount).toBe(0);
    expect((await seen('omar.benali')).nodes.map(({ displayName }) => displayName)).toEqual(
      expect.arrayContaining(['Camille Roy', 'Stray']),
    );
    const direct = await company.post('paul.martin', `{ resource(id: "res_${stray.replaceAll('-', '')}") { id } }`);
    expect(direct.body).toMatchObject({ data: { resource: null } });
  });
});
