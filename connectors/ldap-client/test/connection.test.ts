// Connections to a real OpenLDAP server: encryption, servers that go away, many calls at once. The raw client of ldapts,
// which reconnects by itself, is the control.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nextTick } from 'node:process';
import { afterAll, describe, expect, test } from '@jest/globals';
import { type ConnectorSettings } from '@joinery/connector-kit';
import {
  canSignIn,
  isLdapResult,
  ldapAddress,
  ldapError,
  ldapFailure,
  type LdapPool,
  openLdapPool,
  present,
  withLdapClient,
} from '@joinery/ldap-client';
import { Client } from 'ldapts';
import { startOpenLdap } from '../../../test/systems/openldap.mjs';
import { waitFor } from '../../../test/support/wait-for.js';

const folder = mkdtempSync(join(tmpdir(), 'joinery-ldap-client-'));
const server = await startOpenLdap({ folder });
afterAll(() => server.stop());

const authority = readFileSync(server.caPath, 'utf8');
const base = { host: '127.0.0.1', port: server.port, bindDn: server.service.dn, password: server.service.password };
const search = { base: server.suffix, scope: 'base', filter: present('objectClass'), attributes: ['1.1'] } as const;

async function using<T>(settings: ConnectorSettings, use: (pool: LdapPool) => Promise<T>): Promise<T> {
  const pool = openLdapPool(ldapAddress(settings));
  try {
    return await use(pool);
  } finally {
    pool.close();
  }
}

const look = (pool: LdapPool, signal: AbortSignal = AbortSignal.timeout(20_000)): Promise<number> =>
  withLdapClient(pool, signal, async (client) => (await client.search(search)).entries.length);

const failing = async (settings: ConnectorSettings) =>
  using(settings, (pool) =>
    look(pool).then(
      () => Promise.reject(new Error('it connected')),
      (error: unknown) => ldapFailure(error, 'connect'),
    ),
  );

describe('encryption', () => {
  test.each([
    ['LDAPS', { tls: 'ldaps', port: server.tlsPort }],
    ['StartTLS', { tls: 'startTls' }],
  ] as const)('by %s works with the authority of the settings', async (_name, how) => {
    expect(await using({ ...base, ...how, caCertificate: authority }, (pool) => look(pool))).toBe(1);
  });

  const refused: readonly (readonly [string, ConnectorSettings, RegExp])[] = [
    ['an unknown authority, LDAPS', { tls: 'ldaps', port: server.tlsPort }, /caCertificate/],
    ['an unknown authority, StartTLS', { tls: 'startTls' }, /caCertificate/],
    [
      'another host name, LDAPS',
      { tls: 'ldaps', port: server.tlsPort, caCertificate: authority, serverName: 'other.example' },
      /"serverName"/,
    ],
    [
      'another host name, StartTLS',
      { tls: 'startTls', caCertificate: authority, serverName: 'other.example' },
      /"serverName"/,
    ],
  ];
  test.each(refused)('is refused for %s, and the hint says which setting', async (_name, how, hint) => {
    const failure = await failing({ ...base, ...how });
    expect(failure.code).toBe('UNREACHABLE');
    expect(failure.hint).toMatch(hint);
  });
});

describe('a connection', () => {
  test('that cannot be made says why', async () => {
    expect(await failing({ ...base, port: 1 })).toMatchObject({ code: 'UNREACHABLE', targetCode: 'ECONNREFUSED' });
    expect(await failing({ ...base, password: 'wrong' })).toMatchObject({ code: 'UNAUTHENTICATED', targetCode: '49' });
  });

  test('to a server that does not answer ends by its own deadline', async () => {
    server.pause();
    try {
      expect(await failing({ ...base, connectTimeoutMs: 200 })).toMatchObject({
        code: 'UNREACHABLE',
        message: expect.stringContaining('did not answer within 200 ms'),
      });
    } finally {
      server.resume();
    }
  });

  test('is closed by an abort, and the place is free again', async () => {
    await using({ ...base, maxConnections: 1 }, async (pool) => {
      await look(pool);
      server.pause();
      const ended = look(pool, AbortSignal.timeout(100)).then(
        () => 'answered',
        () => 'ended',
      );
      expect(await ended).toBe('ended');
      server.resume();
      expect(await look(pool)).toBe(1);
    });
  });

  test('is not lent once its server has said goodbye, though the socket is not closed yet', async () => {
    const line = await startLine(server.port);
    const sockets: Socket[] = [];
    const note = (message: unknown): void => void sockets.push((message as { readonly socket: Socket }).socket);
    subscribe('net.client.socket', note);
    try {
      await using({ ...base, port: line.port }, async (pool) => {
        await look(pool);
        const called = new Promise<number>((resolve, reject) => {
          sockets[0]?.once('end', () => nextTick(() => look(pool).then(resolve, reject)));
        });
        line.sayGoodbye();
        expect(await called).toBe(1);
      });
    } finally {
      unsubscribe('net.client.socket', note);
      await line.close();
    }
  });

  test('pool lets calls wait for a place, and a waiting one can be stopped', async () => {
    await using({ ...base, maxConnections: 1 }, async (pool) => {
      const loan = await pool.lend(AbortSignal.timeout(20_000));
      const stopped = look(pool, AbortSignal.timeout(50)).catch(() => 'stopped');
      const waiting = look(pool);
      expect(await stopped).toBe('stopped');
      loan.giveBack('whole');
      expect(await waiting).toBe(1);
    });
  });

  test('tells who may sign in', async () => {
    const address = ldapAddress(base);
    const signal = AbortSignal.timeout(20_000);
    expect(await canSignIn(address, server.admin.dn, server.admin.password, signal)).toBe(true);
    expect(await canSignIn(address, server.admin.dn, 'wrong', signal)).toBe(false);
    expect(await canSignIn(address, server.admin.dn, '', signal)).toBe(false);
  });
});

describe('a server that was killed between two calls', () => {
  const parallel = 12;
  /** How many of the calls have ended, well or not, by the time the limit is reached. */
  const settled = async (calls: readonly Promise<unknown>[], withinMs: number): Promise<number> => {
    let count = 0;
    for (const call of calls) void call.catch(() => undefined).then(() => (count += 1));
    await waitFor(() => count === calls.length, { what: 'all answers', deadlineMs: withinMs }).catch(() => undefined);
    return count;
  };

  test(`answers ${parallel} calls at once when it is back; none hangs`, async () => {
    await using(base, async (pool) => {
      await Promise.all(Array.from({ length: parallel }, () => look(pool)));
      await server.kill();
      const calls = Array.from({ length: parallel }, () => look(pool));
      expect(await settled(calls, 10_000)).toBe(parallel);
      await server.restart();
      expect(await Promise.all(Array.from({ length: parallel }, () => look(pool)))).toEqual(
        Array.from({ length: parallel }, () => 1),
      );
    });
  });

  test(`serves ${parallel} calls at once after it had dropped all idle connections`, async () => {
    await using(base, async (pool) => {
      const looks = () => Promise.all(Array.from({ length: parallel }, () => look(pool)));
      await looks();
      await server.restart();
      expect(await looks()).toEqual(Array.from({ length: parallel }, () => 1));
    });
  });

  test('control: the client of ldapts leaves calls unanswered', async () => {
    const client = new Client({ url: server.url, timeout: 1_000, connectTimeout: 1_000 });
    await client.bind(server.service.dn, server.service.password);
    await server.kill();
    await waitFor(() => !client.isConnected, { what: 'the lost connection' });
    const calls = Array.from({ length: parallel }, () =>
      client.search(server.suffix, { scope: 'base', attributes: ['1.1'] }),
    );
    expect(await settled(calls, 3_000)).toBeLessThan(parallel);
    await server.restart();
  });
});

describe('failures', () => {
  const codes: readonly (readonly [string, string])[] = [
    ['busy', 'RATE_LIMITED'],
    ['unavailable', 'UNREACHABLE'],
    ['unwilling', 'CONSTRAINT_VIOLATION'],
    ['timelimit', 'TIMEOUT'],
  ];
  test.each(codes)('of a server that says %s are %s', async (name, code) => {
    await using(base, async (pool) => {
      const asked = withLdapClient(pool, AbortSignal.timeout(20_000), (client) =>
        client.search({ ...search, base: `cn=${name},ou=errors,${server.suffix}` }),
      );
      const error: unknown = await asked.catch((reason: unknown) => reason);
      expect(isLdapResult(error)).toBe(true);
      expect(ldapError(error, 'look').failure).toMatchObject({
        code,
        message: expect.stringMatching(/^Could not look/),
      });
    });
  });

  test('can be explained better by a package', async () => {
    await using(base, async (pool) => {
      const error: unknown = await withLdapClient(pool, AbortSignal.timeout(20_000), (client) =>
        client.search({ ...search, base: 'ou=gone,dc=example,dc=org' }),
      ).catch((reason: unknown) => reason);
      const explain = () => ({ code: 'FORBIDDEN', hint: 'Ask.', targetCode: 'X' }) as const;
      expect(ldapError(error, 'look').failure.code).toBe('NOT_FOUND');
      expect(ldapError(error, 'look', { explain }).failure).toMatchObject({ code: 'FORBIDDEN', targetCode: 'X' });
    });
  });
});

interface Line {
  readonly port: number;
  /** Ends every connection as a server does that goes down in peace. */
  sayGoodbye(): void;
  close(): Promise<void>;
}

/** A line to the real server that can be ended from the far end. */
async function startLine(port: number): Promise<Line> {
  const clients = new Set<Socket>();
  const far = createServer((client) => {
    clients.add(client);
    const upstream = connect({ host: '127.0.0.1', port });
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => far.listen(0, '127.0.0.1', resolve));
  return {
    port: (far.address() as AddressInfo).port,
    sayGoodbye: () => {
      for (const client of clients) client.end();
      clients.clear();
    },
    close: async () => {
      for (const client of clients) client.destroy();
      await new Promise<void>((resolve) => far.close(() => resolve()));
    },
  };
}
