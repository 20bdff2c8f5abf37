// What defineConnector adds to a package: deadlines, typed failures, answers for every write, hidden secrets.
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import {
  callContext,
  ConnectorError,
  type ConnectorPackageDefinition,
  type ConnectorSession,
  defineConnector,
  runWrite,
} from '@joinery/connector-kit';

const never = (): Promise<never> => new Promise(() => undefined);
const secret = 'canary/Secret+1';

const quiet: ConnectorSession = {
  describe: async () => [],
  check: async () => undefined,
  read: async () => null,
  list: async function* () {
    yield { objects: [] };
  },
  apply: async (delta) => ({ kind: 'applied', key: delta.key }),
  close: async () => undefined,
};

const definition: ConnectorPackageDefinition = {
  name: 'probe',
  version: '1.0.0',
  displayName: 'Probe',
  capabilities: ['TEST', 'READ_ONE', 'EXPORT_COMPLETE', 'CREATE', 'UPDATE', 'DELETE'],
  settingsSchema: {
    type: 'object',
    additionalProperties: false,
    properties: { password: { type: 'string', 'x-secret': true } },
  },
  open: async () => quiet,
};

const openWith = (session: Partial<ConnectorSession>): Promise<ConnectorSession> =>
  defineConnector({ ...definition, open: async () => ({ ...quiet, ...session }) }).open({ password: secret });
const delta = { kind: 'create', objectType: 't', key: 'k', set: {}, add: {}, remove: {} } as const;
const write = (timeoutMs = 5_000) => ({ ...callContext(timeoutMs), idempotencyKey: 'i' });

async function elapsed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}

describe('a package whose library never answers', () => {
  test('ends a read by its deadline', async () => {
    const session = await openWith({ read: never });
    expect(
      await elapsed(() =>
        expect(session.read('t', 'k', callContext(100))).rejects.toMatchObject({ failure: { code: 'TIMEOUT' } }),
      ),
    ).toBeLessThan(1_000);
  });

  test('ends a listing by its deadline, between pages too', async () => {
    const list = async function* () {
      yield { objects: [] };
      await never();
    };
    const session = await openWith({ list });
    const all = async (): Promise<void> => {
      for await (const page of session.list('t', callContext(100))) expect(page.objects).toEqual([]);
    };
    await expect(all()).rejects.toMatchObject({ failure: { code: 'TIMEOUT' } });
  });

  test('answers unknown for a write, because nobody knows', async () => {
    const session = await openWith({ apply: never });
    expect(await session.apply(delta, write(100))).toMatchObject({
      kind: 'unknown',
      failure: { code: 'OUTCOME_UNKNOWN' },
    });
  });

  test('answers unreachable for a write it had not sent yet', async () => {
    const session = await openWith({ apply: (_delta, context) => runWrite(context, 'write', never) });
    expect(await session.apply(delta, write(100))).toMatchObject({ kind: 'unreachable', failure: { code: 'TIMEOUT' } });
  });

  test('answers unknown for each of several writes', async () => {
    const session = await openWith({ applyMany: never });
    const outcomes = await session.applyMany?.(
      [
        { delta, idempotencyKey: 'a' },
        { delta, idempotencyKey: 'b' },
      ],
      callContext(100),
    );
    expect(outcomes?.map((outcome) => outcome.kind)).toEqual(['unknown', 'unknown']);
  });
});

describe('a package that throws', () => {
  test('something untyped is reported as a bug of the package', async () => {
    const session = await openWith({ check: () => Promise.reject(new TypeError('x is not a function')) });
    await expect(session.check(callContext(1_000))).rejects.toMatchObject({
      failure: { code: 'CONNECTOR_BUG', message: expect.stringContaining('x is not a function') },
    });
  });

  test.each([
    ['UNREACHABLE', 'unknown'],
    ['TIMEOUT', 'unknown'],
    ['CONSTRAINT_VIOLATION', 'refused'],
    ['RATE_LIMITED', 'throttled'],
  ] as const)('%s from a write is answered as %s', async (code, kind) => {
    const session = await openWith({ apply: () => Promise.reject(new ConnectorError({ code, message: 'm' })) });
    expect(await session.apply(delta, write())).toMatchObject({ kind });
  });

  test('its secrets has them hidden in messages and causes', async () => {
    const leak = (): Promise<never> =>
      Promise.reject(
        new ConnectorError(
          {
            code: 'UNAUTHENTICATED',
            message: `no: ${secret}`,
            targetMessage: `ldaps://x:${encodeURIComponent(secret)}@h`,
          },
          { cause: new Error(secret) },
        ),
      );
    const session = await openWith({ check: leak, apply: leak });
    const error = await session.check(callContext(1_000)).catch((reason: unknown) => reason);
    const shown = inspect([error, await session.apply(delta, write())], { depth: 9 });
    expect(shown).toContain('no: ***');
    expect(shown).not.toContain('canary');
  });
});

describe('several writes at once', () => {
  const changes = (count: number) =>
    Array.from({ length: count }, (_none, n) => ({ delta: { ...delta, key: `k${n}` }, idempotencyKey: `i${n}` }));

  test.each(['CONSTRAINT_VIOLATION', 'RATE_LIMITED', 'UNREACHABLE'] as const)(
    'of which some may have been applied before the package threw %s leave each open',
    async (code) => {
      const session = await openWith({
        applyMany: () => Promise.reject(new ConnectorError({ code, message: `m ${secret}`, targetCode: '42' })),
      });
      const outcomes = await session.applyMany?.(changes(3), callContext(5_000));
      expect(outcomes?.map(({ kind }) => kind)).toEqual(['unknown', 'unknown', 'unknown']);
      const failure = { code: 'OUTCOME_UNKNOWN', message: expect.stringContaining('m ***'), targetCode: '42' };
      expect(outcomes?.[2]).toMatchObject({ failure });
    },
  );

  test('of which there is one alone get what the package threw', async () => {
    const session = await openWith({
      applyMany: () => Promise.reject(new ConnectorError({ code: 'RATE_LIMITED', message: 'm', retryAfterMs: 7 })),
    });
    expect(await session.applyMany?.(changes(1), callContext(5_000))).toMatchObject([
      { kind: 'throttled', retryAfterMs: 7 },
    ]);
  });

  test('that never reached the package were surely not applied', async () => {
    const session = await openWith({ applyMany: never });
    const outcomes = await session.applyMany?.(changes(2), callContext(5_000, AbortSignal.abort()));
    expect(outcomes?.map(({ kind }) => kind)).toEqual(['unreachable', 'unreachable']);
  });

  test.each([1, 3])('are all open when the package answers %i outcomes of 2', async (count) => {
    const session = await openWith({
      applyMany: async () => Array.from({ length: count }, (_none, n) => ({ kind: 'applied', key: `k${n}` })),
    });
    const outcomes = await session.applyMany?.(changes(2), callContext(5_000));
    expect(outcomes?.map(({ kind }) => kind)).toEqual(['unknown', 'unknown']);
  });
});

describe('what a package does not claim', () => {
  const reader = (session: Partial<ConnectorSession> = {}): Promise<ConnectorSession> =>
    defineConnector({
      ...definition,
      capabilities: ['DELETE'],
      open: async () => ({ ...quiet, ...session }),
    }).open({});
  const missing = { failure: { code: 'CAPABILITY_MISSING' } };

  test('is refused by name without asking the package', async () => {
    const session = await reader({ read: never, apply: async () => ({ kind: 'applied', key: 'never' }) });
    await expect(session.read('t', 'k', callContext(1_000))).rejects.toMatchObject(missing);
    await expect(session.list('t', callContext(1_000))[Symbol.asyncIterator]().next()).rejects.toMatchObject(missing);
    expect(await session.apply(delta, write())).toMatchObject({ kind: 'refused', ...missing });
    expect(await session.apply({ ...delta, kind: 'delete' }, write())).toMatchObject({ kind: 'applied' });
  });

  test('is refused among several changes, and the others are sent in their order', async () => {
    const sent: string[] = [];
    const session = await reader({
      applyMany: async (deltas) =>
        deltas.map(({ delta: { key } }) => {
          sent.push(key);
          return { kind: 'applied', key };
        }),
    });
    const deltas = (['delete', 'create', 'delete'] as const).map((kind, n) => ({
      delta: { ...delta, kind, key: `k${n}` },
      idempotencyKey: `i${n}`,
    }));
    const outcomes = await session.applyMany?.(deltas, callContext(1_000));
    expect(outcomes?.map((outcome) => ('key' in outcome ? outcome.key : outcome.failure.code))).toEqual([
      'k0',
      'CAPABILITY_MISSING',
      'k2',
    ]);
    expect(sent).toEqual(['k0', 'k2']);
  });

  test('leaves open what was applied when the package answers fewer or more outcomes than changes', async () => {
    const deltas = (['delete', 'create', 'delete'] as const).map((kind, n) => ({
      delta: { ...delta, kind, key: `k${n}` },
      idempotencyKey: `i${n}`,
    }));
    for (const keys of [['k2'], ['k0', 'k1', 'k2']]) {
      const session = await reader({ applyMany: async () => keys.map((key) => ({ kind: 'applied', key })) });
      const outcomes = await session.applyMany?.(deltas, callContext(1_000));
      expect(outcomes?.map(({ kind }) => kind)).toEqual(['unknown', 'refused', 'unknown']);
    }
  });
});

describe('a definition', () => {
  test.each([
    ['a name with blanks', { name: 'My Connector' }],
    ['no version', { version: 'latest' }],
    ['no display name', { displayName: ' ' }],
    ['a capability nobody knows', { capabilities: ['FLY'] as never }],
    ['a schema that lets everything through', { settingsSchema: {} }],
  ])('with %s is refused when it is loaded', (_name, change) => {
    expect(() => defineConnector({ ...definition, ...change })).toThrow(/malformed/);
  });

  test('opens no session on wrong settings', async () => {
    await expect(defineConnector(definition).open({ pasword: 'x' })).rejects.toMatchObject({
      failure: { code: 'INVALID_VALUE' },
    });
  });
});
