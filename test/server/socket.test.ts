// GraphQL over real WebSockets: who may connect, what one socket may ask, when it is closed, and what its errors say.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import WebSocket from 'ws';
import { processEnvironment } from '../../src/adapters/environment.js';
import { granted, refused } from '../../src/domain/refusal.js';
import { requestViews } from '../../src/store/views/request.js';
import { waitFor } from '../support/wait-for.js';
import { listen, rowIdOf, type ServedCompany, serveCompany } from './company.js';

const canary = 'CANARY-2b90cd';
let company: ServedCompany;

beforeAll(async () => {
  company = await serveCompany({
    server: { reauthoriseMs: 50 },
    ports: (database, models) => ({
      requests: requestViews(database, models, processEnvironment('UTC')),
      server: {
        get version(): string {
          throw new Error(canary);
        },
        isDemo: true,
        queueBackend: 'postgres',
      },
    }),
  });
});
afterAll(async () => company.stop());

const watch = 'subscription { assignmentRequestChanged { __typename } }';
const open = (token: string | null, query: string, field = 'viewer') =>
  listen<Record<string, unknown>>(company.server.url, token, query, field);

async function closeOf(
  address: string,
  options: WebSocket.ClientOptions,
  use?: (socket: WebSocket) => void,
): Promise<number> {
  const socket = new WebSocket(address, 'graphql-transport-ws', options);
  return new Promise((resolve) => {
    socket.on('open', () => use?.(socket));
    socket.on('error', () => undefined);
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('close', (code) => resolve(code));
  });
}

const address = () => `${company.server.url.replace('http', 'ws')}/graphql`;
const init = (token: string) =>
  JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });

describe('a socket', () => {
  it('answers operations of who signed in', async () => {
    const asked = open(await company.token('camille.roy'), '{ viewer { identity { identifier } } }');
    await asked.ended;
    expect(asked.items).toEqual([{ identity: { identifier: 'camille.roy' } }]);
    await asked.stop();
  });

  it.each([
    ['without a token', null],
    ['with a bad token', 'abc.def.ghi'],
  ])('is closed with 4401 %s', async (_how, token) => {
    const asked = open(token, watch);
    await asked.ended;
    expect(asked.closed()?.code).toBe(4401);
  });

  it('is closed with 4403 for somebody who left', async () => {
    const asked = open(await company.token('lea.gone'), watch);
    await asked.ended;
    expect(asked.closed()?.code).toBe(4403);
  });

  it('is closed with 4408 when it does not sign in', async () => {
    expect(await closeOf(address(), {})).toBe(4408);
  });

  it('is closed with 4401 when it asks before it signed in', async () => {
    const code = await closeOf(address(), {}, (socket) =>
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: watch } })),
    );
    expect(code).toBe(4401);
  });

  it('is refused to pages of other origins, and elsewhere than on /graphql', async () => {
    expect(await closeOf(address(), { origin: 'https://evil.example' })).toBe(403);
    expect(await closeOf(`${company.server.url.replace('http', 'ws')}/other`, {})).toBe(404);
    const own = await closeOf(address(), { origin: company.server.url }, (socket) => socket.close(4999));
    expect(own).toBe(4999);
  });

  it('is closed when a message is too large', async () => {
    const code = await closeOf(address(), {}, (socket) => socket.send('x'.repeat(70_000)));
    expect(code).toBe(1009);
  });

  it('is closed with 4403 when its token expires', async () => {
    const token = await company.server.tokens.sign('camille.roy', 1);
    const watching = open(token, watch);
    await watching.ended;
    expect(watching.closed()).toMatchObject({ code: 4403, reason: 'The token has expired' });
  });

  it('is closed with 4403 when its owner may no longer act', async () => {
    const watching = open(await company.token('paul.martin'), watch, 'assignmentRequestChanged');
    const asked = open(await company.token('paul.martin'), '{ viewer { locale } }');
    await asked.ended;
    await asked.stop();
    await company.database.query(`update resource set removed_at = now() where key = 'paul.martin'`);
    await watching.ended;
    expect(watching.closed()?.code).toBe(4403);
    await company.database.query(`update resource set removed_at = null where key = 'paul.martin'`);
  });

  it('is closed with 4403 when a stream finds that its owner may no longer act, before the next look does', async () => {
    const paul = {
      kind: 'identity',
      identityId: await rowIdOf(company.database, 'paul.martin'),
      identifier: 'paul.martin',
      displayName: 'Paul Martin',
      profiles: ['employee'],
    } as const;
    const left = refused({
      code: 'FORBIDDEN',
      rule: 'actor.left',
      message: 'Paul Martin left.',
      hint: 'Ask somebody.',
    });
    const actors = { person: async () => granted(paul), service: async () => left, again: async () => left };
    const other = await serveCompany({
      server: { actors, reauthoriseMs: 3_600_000 },
      ports: (database, models) => ({ requests: requestViews(database, models, processEnvironment('UTC')) }),
    });
    const watching = listen(other.server.url, await other.token('paul.martin'), watch, 'assignmentRequestChanged');
    await watching.ended;
    expect(watching.closed()?.code).toBe(4403);
    await other.stop();
  });

  it('carries at most twenty operations at once', async () => {
    const socket = new WebSocket(address(), 'graphql-transport-ws');
    const answers: { id?: string; type: string; payload?: { message: string }[] }[] = [];
    socket.on('message', (data: Buffer) => answers.push(JSON.parse(data.toString('utf8')) as (typeof answers)[number]));
    await new Promise((resolve) => socket.on('open', resolve));
    socket.send(init(await company.token('camille.roy')));
    await waitFor(() => answers.some(({ type }) => type === 'connection_ack'), { what: 'the acknowledgement' });
    for (let id = 1; id <= 21; id += 1)
      socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload: { query: watch } }));
    const refused = await waitFor(() => answers.find(({ type }) => type === 'error'), {
      what: 'the refusal of the last',
    });
    expect(refused.id).toBe('21');
    expect(refused.payload?.[0]?.message).toContain('20');
    socket.close();
  });

  it('gives one person at most ten sockets', async () => {
    const token = await company.token('ada.lindqvist');
    const sockets = await Promise.all(Array.from({ length: 10 }, () => signedIn(token)));
    expect(await closeOf(address(), {}, (socket) => socket.send(init(token)))).toBe(4429);
    for (const socket of sockets) socket.close();
    const again = await waitFor(() => signedIn(token), { what: 'a free place' });
    again.close();
  });
});

async function signedIn(token: string): Promise<WebSocket> {
  const socket = new WebSocket(address(), 'graphql-transport-ws');
  return new Promise((resolve, reject) => {
    socket.on('open', () => socket.send(init(token)));
    socket.on('message', () => resolve(socket));
    socket.on('close', (code) => reject(new Error(String(code))));
  });
}

describe('operations over a socket', () => {
  const errorsOf = async (query: string) => {
    const asked = open(await company.token('camille.roy'), query);
    await asked.ended;
    await asked.stop();
    return asked.errors;
  };
  const nested = `{ viewer { identity ${'{ manager '.repeat(12)} { id } ${'}'.repeat(12)} } }`;

  it.each([
    ['depth', nested, 'BAD_USER_INPUT'],
    [
      'aliases',
      `{ ${Array.from({ length: 21 }, (_, index) => `a${index}: viewer { locale }`).join(' ')} }`,
      'BAD_USER_INPUT',
    ],
    [
      'cost',
      '{ identities(first: 100) { nodes { directReports(first: 100) { nodes { id displayName } } } } }',
      'COST_EXCEEDED',
    ],
    ['tokens', `{ viewer { ${'locale '.repeat(3_000)} } }`, 'GRAPHQL_PARSE_FAILED'],
    ['field', '{ viewer { profile } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['page', '{ identities(first: 1000) { nodes { id } } }', 'BAD_USER_INPUT'],
    ['text', String.raw`{ identity(identifier: "a\u0000") { id } }`, 'BAD_USER_INPUT'],
    ['variables', 'query ($n: Int!) { identities(first: $n) { nodes { id } } }', 'BAD_USER_INPUT'],
  ])('are refused by their %s as over HTTP', async (_what, query, code) => {
    const errors = await errorsOf(query);
    expect(errors.map(({ extensions }) => extensions?.code)).toEqual([code]);
  });

  it('hide what failed', async () => {
    const errors = await errorsOf('{ server { version } }');
    expect(errors.map(({ extensions }) => extensions?.code)).toEqual(['INTERNAL']);
    expect(JSON.stringify(errors)).not.toContain(canary);
  });

  it('refuse a stream cursor that is none, and one of another server', async () => {
    for (const cursor of ['nonsense', Buffer.from('s1.99999').toString('base64url')]) {
      const errors = await errorsOf(`subscription { assignmentRequestChanged(after: "${cursor}") { __typename } }`);
      expect(errors.map(({ message, extensions }) => [extensions?.code, message.includes('cursor')])).toEqual([
        ['BAD_USER_INPUT', true],
      ]);
    }
  });
});
