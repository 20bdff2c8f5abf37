// The HTTP client against real servers on this machine: credentials, what may have been applied, and what is never done.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type ConnectorError, type ConnectorFailure } from '@joinery/connector-kit';
import {
  type ConfiguredHttpClient,
  type HttpClient,
  httpClientSettings,
  type HttpRequest,
  jsonOf,
  openHttpClient,
  pathSegment,
  retryAfterMs,
  succeeded,
} from '@joinery/http-client';
import { makeCertificates } from '../../../test/systems/certificate.mjs';
import { freePort } from '../../../test/systems/program.mjs';
import { waitFor } from '../../../test/support/wait-for.js';
import { type Asked, type Origin, type Reply, startOrigin } from '../../../test/support/origin.js';

const endings: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

async function origin(reply: (asked: Asked, count: number) => Reply): Promise<Origin> {
  const started = await startOrigin(reply);
  endings.push(() => started.close());
  return started;
}

function clientOf(configured: ConfiguredHttpClient): HttpClient {
  const client = openHttpClient(httpClientSettings(configured));
  endings.push(() => client.close());
  return client;
}

const reading: HttpRequest = { method: 'GET', path: '/thing', operation: 'read the thing' };
const writing: HttpRequest = { method: 'POST', path: '/thing', body: { a: 1 }, operation: 'make the thing' };
const call = () => ({ signal: AbortSignal.timeout(10_000) });

async function failureOf(promise: Promise<unknown>): Promise<ConnectorFailure> {
  const error = await promise.then(
    (value) => {
      throw new Error(`it answered ${JSON.stringify(value)}`);
    },
    (reason: unknown) => reason as ConnectorError,
  );
  return error.failure;
}

const codeOf = async (promise: Promise<unknown>): Promise<string> => (await failureOf(promise)).code;

describe('a request', () => {
  test('carries path, query and body as they were given, and the idempotency key on writes alone', async () => {
    const server = await origin(() => ({ body: '{"ok":true}' }));
    const client = clientOf({ baseUrl: `${server.url}/api/`, idempotencyHeader: 'Idempotency-Key' });
    const path = `/things/${pathSegment('a/b ?#%ü')}`;
    const read = { ...reading, path, query: { q: 'x&y=z', none: undefined, n: 1 } };
    await client.send(read, { ...call(), idempotencyKey: 'k1' });
    await client.send(writing, { ...call(), idempotencyKey: 'k1' });
    expect(server.asked.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['GET', '/api/things/a%2Fb%20%3F%23%25%C3%BC?q=x%26y%3Dz&n=1', ''],
      ['POST', '/api/thing', '{"a":1}'],
    ]);
    expect(server.asked.map(({ headers }) => headers['idempotency-key'])).toEqual([undefined, 'k1']);
  });

  test('counts as sent only once a connection is there', async () => {
    const server = await origin(() => ({}));
    const sent: string[] = [];
    const dead = clientOf({ baseUrl: `http://127.0.0.1:${await freePort()}` });
    const send = (client: HttpClient, name: string) =>
      client.send(writing, { ...call(), onSend: () => sent.push(name) });
    expect(await codeOf(send(dead, 'dead'))).toBe('UNREACHABLE');
    await send(clientOf({ baseUrl: server.url }), 'alive');
    expect(sent).toEqual(['alive']);
  });

  test('that writes and loses its answer may have been applied; a read has just failed', async () => {
    const server = await origin(() => ({ isCut: true }));
    const client = clientOf({ baseUrl: server.url });
    expect(await codeOf(client.send(writing, call()))).toBe('OUTCOME_UNKNOWN');
    expect(await codeOf(client.send(reading, call()))).toBe('UNREACHABLE');
    expect(server.asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  test('ends by its own deadline and when the caller stops', async () => {
    const server = await origin(() => ({ isSilent: true }));
    const client = clientOf({ baseUrl: server.url, responseTimeoutMs: 100 });
    expect(await codeOf(client.send(reading, call()))).toBe('TIMEOUT');
    expect(await codeOf(client.send(writing, call()))).toBe('OUTCOME_UNKNOWN');
    const patient = clientOf({ baseUrl: server.url });
    expect(await codeOf(patient.send(reading, { signal: AbortSignal.timeout(50) }))).toBe('TIMEOUT');
  });

  test('that waits for a free connection and is stopped is never sent', async () => {
    const server = await origin(({ url }) => ({ isSilent: url !== '/last' }));
    const client = clientOf({ baseUrl: server.url, maxConnections: 1 });
    const stop = new AbortController();
    const first = failureOf(client.send(reading, { signal: stop.signal }));
    await waitFor(() => server.asked.length === 1, { what: 'the first request to arrive' });
    const waiting = await failureOf(client.send(writing, { signal: AbortSignal.timeout(50) }));
    expect(waiting.code).toBe('TIMEOUT');
    stop.abort();
    await first;
    await client.send({ ...reading, path: '/last' }, call());
    expect(server.asked.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /thing', 'GET /last']);
  });

  test('reads over another connection when an idle one was given up, and repeats no write', async () => {
    let isCutting = false;
    const server = await origin((_asked, count) => (isCutting && count === 2 ? { isCut: true } : {}));
    const client = clientOf({ baseUrl: server.url, maxConnections: 2 });
    await client.send(reading, call());
    isCutting = true;
    expect((await client.send(reading, call())).status).toBe(200);
    expect(server.asked).toHaveLength(3);
  });
});

describe('an answer', () => {
  const answered = async (reply: Reply, request: HttpRequest = reading): Promise<ConnectorFailure> => {
    const client = clientOf({ baseUrl: (await origin(() => reply)).url });
    return failureOf(client.send(request, call()).then((answer) => jsonOf(succeeded(answer, request), request)));
  };

  test.each([
    [400, 'INVALID_VALUE', 'INVALID_VALUE'],
    [401, 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
    [403, 'FORBIDDEN', 'FORBIDDEN'],
    [404, 'NOT_FOUND', 'NOT_FOUND'],
    [405, 'CAPABILITY_MISSING', 'CAPABILITY_MISSING'],
    [409, 'CONSTRAINT_VIOLATION', 'CONSTRAINT_VIOLATION'],
    [422, 'INVALID_VALUE', 'INVALID_VALUE'],
    [429, 'RATE_LIMITED', 'RATE_LIMITED'],
    [500, 'TIMEOUT', 'OUTCOME_UNKNOWN'],
    [502, 'TIMEOUT', 'OUTCOME_UNKNOWN'],
    [503, 'TIMEOUT', 'OUTCOME_UNKNOWN'],
  ])('of status %i means %s for a read and %s for a write', async (status, read, write) => {
    expect([(await answered({ status })).code, (await answered({ status }, writing)).code]).toEqual([read, write]);
  });

  test('tells how long to wait, in seconds or until a date', async () => {
    const limited = await answered({ status: 503, headers: { 'retry-after': '7' } }, writing);
    expect(limited).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 7_000 });
    const now = Date.parse('2026-03-01T12:00:00Z');
    const wait = (value: string) => retryAfterMs({ status: 429, text: '', headers: { 'retry-after': value } }, now);
    expect([wait('Sun, 01 Mar 2026 12:00:09 GMT'), wait('Sun, 01 Mar 2026 11:00:00 GMT'), wait('soon')]).toEqual([
      9_000,
      0,
      null,
    ]);
  });

  test('that is not JSON, or half of it, is a failure and never an empty one', async () => {
    const page = { headers: { 'content-type': 'text/html' }, body: '<h1>Sign in</h1>' };
    expect((await answered(page)).code).toBe('UNREACHABLE');
    expect((await answered({ body: '{"rows":[1,' })).code).toBe('UNREACHABLE');
    expect((await answered({ body: '{"rows":[1,' }, writing)).code).toBe('OUTCOME_UNKNOWN');
    expect((await answered({ headers: { 'content-length': '50' }, body: '{}' })).code).toBe('UNREACHABLE');
  });

  test('that redirects is not followed, and no credentials go there', async () => {
    const elsewhere = await origin(() => ({ body: '{}' }));
    const here = await origin(() => ({ status: 302, headers: { location: `${elsewhere.url}/x?token=s3cret` } }));
    const client = clientOf({ baseUrl: here.url, authentication: 'bearer', token: 'abc-token' });
    const failure = await failureOf(client.send(reading, call()));
    expect(failure.message).toContain(`${elsewhere.url}/x`);
    expect(failure.message).not.toContain('s3cret');
    expect(elsewhere.asked).toEqual([]);
  });

  test('is cut off when it is too large', async () => {
    const server = await origin(() => ({ body: `"${'x'.repeat(5_000)}"` }));
    const failure = await failureOf(clientOf({ baseUrl: server.url, maxResponseBytes: 1_000 }).send(reading, call()));
    expect([failure.code, /1000 bytes/.test(failure.message)]).toEqual(['INVALID_VALUE', true]);
  });

  test('keeps whole numbers that JavaScript would round', () => {
    const body = (text: string) => jsonOf({ status: 200, headers: {}, text }, reading);
    expect(body('{"id":1234567890123456789,"n":12,"t":"1234567890123456789","f":1.2345678901234567}')).toEqual({
      id: '1234567890123456789',
      n: 12,
      t: '1234567890123456789',
      f: 1.2345678901234567,
    });
  });

  test('may link to its own origin and to no other', async () => {
    const client = clientOf({ baseUrl: 'https://api.example.com/v1' });
    expect(client.linked('/users', '?page=2')).toBe('https://api.example.com/v1/users?page=2');
    for (const link of ['https://evil.example/x', '//evil.example/x', 'http://api.example.com/v1', 'javascript:1'])
      expect(() => client.linked('/users', link)).toThrow('was not followed');
  });
});

describe('credentials', () => {
  const tokens = (asked: Asked, count: number): Reply =>
    asked.url === '/token'
      ? { body: JSON.stringify({ access_token: `token-${count}`, expires_in: 3_600 }) }
      : { body: '{}' };
  const oauth = (url: string) =>
    ({
      baseUrl: url,
      authentication: 'oauth2',
      oauthEndpoint: `${url}/token`,
      clientId: 'me',
      clientSecret: 'a secret:%',
      scope: 'read write',
    }) as const;

  test('are a token that is fetched once, for all requests at once', async () => {
    const server = await origin(tokens);
    const client = clientOf(oauth(server.url));
    await Promise.all([1, 2, 3].map(() => client.send(reading, call())));
    const [first, ...others] = server.asked;
    expect([first?.url, first?.body]).toEqual(['/token', 'grant_type=client_credentials&scope=read+write']);
    expect(first?.headers.authorization).toBe(`Basic ${Buffer.from('me:a%20secret%3A%25').toString('base64')}`);
    expect(others.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill('Bearer token-1'));
  });

  test('are fetched anew before they expire', async () => {
    const server = await origin((asked, count) =>
      asked.url === '/token' ? { body: `{"access_token":"token-${count}","expires_in":0.001}` } : { body: '{}' },
    );
    const client = clientOf(oauth(server.url));
    await client.send(reading, call());
    await client.send(reading, call());
    expect(server.asked.filter(({ url }) => url === '/token')).toHaveLength(2);
  });

  test('are fetched once more when the service refuses them, and the request is sent again', async () => {
    const refuses = (first: string) => (asked: Asked, count: number) =>
      asked.url !== '/token' && asked.headers.authorization?.startsWith(first) === true
        ? { status: 401 }
        : tokens(asked, count);
    const server = await origin(refuses('Bearer token-1'));
    expect((await clientOf(oauth(server.url)).send(writing, call())).status).toBe(200);
    const never = await origin(refuses('Bearer'));
    expect(await codeOf(clientOf(oauth(never.url)).send(writing, call()))).toBe('UNAUTHENTICATED');
    expect(never.asked.map(({ url }) => url)).toEqual(['/token', '/thing', '/token', '/thing']);
  });

  test('that are refused by the giver of tokens are UNAUTHENTICATED, and nothing was sent', async () => {
    const server = await origin(() => ({ status: 401, body: '{"error":"invalid_client"}' }));
    const failure = await failureOf(clientOf(oauth(server.url)).send(writing, call()));
    expect(failure).toMatchObject({ code: 'UNAUTHENTICATED', targetCode: 'invalid_client' });
    expect(server.asked.map(({ url }) => url)).toEqual(['/token']);
  });

  test('are never told, even when the service quotes them', async () => {
    const server = await origin((asked, count) =>
      asked.url === '/token' ? tokens(asked, count) : { status: 403, body: `you sent ${asked.headers.authorization}` },
    );
    const client = clientOf(oauth(server.url));
    const answer = await client.send(reading, call());
    expect((await failureOf(Promise.resolve().then(() => succeeded(answer, reading)))).message).toContain('Bearer ***');
  });

  test.each([
    [
      'basic',
      { user: 'ann', password: 'pw:1' },
      'authorization',
      `Basic ${Buffer.from('ann:pw:1').toString('base64')}`,
    ],
    ['bearer', { token: 'tok' }, 'authorization', 'Bearer tok'],
    ['header', { headerName: 'X-API-Key', headerSecret: 'key' }, 'x-api-key', 'key'],
  ] as const)('of kind %s go into a header', async (authentication, given, header, value) => {
    const server = await origin(() => ({}));
    await clientOf({ baseUrl: server.url, authentication, ...given }).send(reading, call());
    expect(server.asked[0]?.headers[header]).toBe(value);
  });
});

describe('the network', () => {
  test('is encrypted, but to this machine or where the settings allow it', () => {
    expect(() => httpClientSettings({ baseUrl: 'http://example.com' })).toThrow('"baseUrl" is not encrypted');
    expect(httpClientSettings({ baseUrl: 'http://example.com', allowUnencrypted: true }).baseUrl.host).toBe(
      'example.com',
    );
    expect(() => httpClientSettings({ baseUrl: 'https://u:p@example.com' })).toThrow('holds a user');
    expect(() => httpClientSettings({ baseUrl: 'https://example.com', authentication: 'basic', user: 'x' })).toThrow(
      '"password" is missing',
    );
  });

  test('trusts the authority of the settings and no unknown one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'joinery-http-'));
    endings.push(() => rmSync(folder, { recursive: true }));
    const files = makeCertificates(folder, 'localhost', ['DNS:localhost', 'IP:127.0.0.1']);
    const read = (path: string) => readFileSync(path, 'utf8');
    const server = await startOrigin(() => ({ body: '{}' }), { cert: read(files.certificate), key: read(files.key) });
    endings.push(() => server.close());
    const trusting = clientOf({ baseUrl: server.url, caCertificate: read(files.authority) });
    expect((await trusting.send(writing, call())).status).toBe(200);
    expect(await codeOf(clientOf({ baseUrl: server.url }).send(writing, call()))).toBe('UNREACHABLE');
    expect(server.asked).toHaveLength(1);
  });

  test('is not led through a proxy that the environment names', async () => {
    const proxy = await origin(() => ({ status: 418 }));
    const server = await origin(() => ({}));
    const before = process.env.HTTP_PROXY;
    process.env.HTTP_PROXY = proxy.url;
    endings.push(() => {
      if (before === undefined) delete process.env.HTTP_PROXY;
      else process.env.HTTP_PROXY = before;
    });
    expect((await clientOf({ baseUrl: server.url }).send(reading, call())).status).toBe(200);
    expect(proxy.asked).toEqual([]);
  });
});
