// Several changes at once: limits that the service announces, answers that come in another order or not at all, and
// services without bulk. On a strict server of our own, which counts what it is asked.
import { afterEach, describe, expect, test } from '@jest/globals';
import { type ApplyOutcome, callContext, type ConnectorSession, type Delta } from '@joinery/connector-kit';
import scim from '@joinery/connector-scim';
import { type BulkOptions, type StrictOptions, type StrictServer, startStrictServer } from './strict-server.js';

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

type Strict = readonly [StrictServer, ConnectorSession];

async function open(options: StrictOptions, settings: Readonly<Record<string, unknown>> = {}): Promise<Strict> {
  const server = await startStrictServer(options);
  endings.push(() => server.close());
  const session = await scim.open({ baseUrl: server.baseUrl, ...settings });
  endings.push(() => session.close());
  // What is asked once a session is not what these tests count.
  await session.describe(callContext(20_000));
  server.asked.length = 0;
  server.width.most = 0;
  return [server, session];
}

const roomy: BulkOptions = { maxOperations: 100, maxPayloadSize: 1_000_000 };
const onBulk = (bulk: Partial<BulkOptions> = {}, settings = {}): Promise<Strict> =>
  open({ bulk: { ...roomy, ...bulk } }, settings);

const creation = (key: string): Delta => ({ kind: 'create', objectType: 'user', key, set: {}, add: {}, remove: {} });
const names = (count: number): readonly string[] => Array.from({ length: count }, (_none, n) => `u${n}`);

async function send(
  session: ConnectorSession,
  deltas: readonly Delta[],
  signal?: AbortSignal,
): Promise<readonly ApplyOutcome[]> {
  const changes = deltas.map((delta, n) => ({ delta, idempotencyKey: `key-${n}` }));
  return (await session.applyMany?.(changes, callContext(20_000, signal))) ?? [];
}

const kindsOf = (outcomes: readonly ApplyOutcome[]): readonly string[] => outcomes.map(({ kind }) => kind);
const times = (server: StrictServer, request: string): number => server.asked.filter((one) => one === request).length;
/** The name of the row each outcome's key leads to. */
const namesAt = ({ rows }: StrictServer, outcomes: readonly ApplyOutcome[]): readonly unknown[] =>
  outcomes.map((outcome) => ('key' in outcome ? rows.get(outcome.key)?.userName : undefined));

describe('a service that takes bulk requests', () => {
  test('gets no more operations in one than it announces', async () => {
    const [server, session] = await onBulk({ maxOperations: 2 });
    const outcomes = await send(session, names(5).map(creation));
    expect(namesAt(server, outcomes)).toEqual(names(5));
    expect([times(server, 'POST /Bulk'), times(server, 'POST /Users')]).toEqual([2, 1]);
  });

  test('gets no larger request than it announces', async () => {
    const [server, session] = await onBulk({ maxPayloadSize: 700 });
    const outcomes = await send(session, names(12).map(creation));
    expect(namesAt(server, outcomes)).toEqual(names(12));
    expect(times(server, 'POST /Bulk')).toBeGreaterThan(1);
    expect(times(server, 'POST /Users')).toBeLessThanOrEqual(1);
  });

  test('may answer in another order: each change has the key of its own row', async () => {
    const [server, session] = await onBulk({ answers: (answers) => answers.toReversed() });
    const created = await send(session, names(4).map(creation));
    expect(namesAt(server, created)).toEqual(names(4));
    const deletions = [1, 3].map((n): Delta => ({ ...creation(`u${n}`), kind: 'delete' }));
    const update = { ...creation('u0'), kind: 'update', set: { nickName: 'nick' } } as const;
    expect(kindsOf(await send(session, [...deletions, update]))).toEqual(['applied', 'applied', 'applied']);
    expect([...server.rows.values()].map(({ userName, nickName }) => [userName, nickName])).toEqual([
      ['u0', 'nick'],
      ['u2', undefined],
    ]);
    expect(times(server, 'POST /Bulk')).toBe(2);
  });

  // Without `bulkId` nothing but the name in it says whose an answer is.
  const nameless = (answers: readonly object[]): readonly object[] =>
    answers.map((answer) => ({ ...answer, bulkId: undefined }));

  test('and names no creation in its answers has them told apart by the names of the rows it shows', async () => {
    const [server, session] = await onBulk({ showsResources: true, answers: nameless });
    const outcomes = await send(session, names(3).map(creation));
    expect(namesAt(server, outcomes)).toEqual(names(3));
  });

  test.each([
    ['shows the rows in another order', true, ['unknown', 'applied', 'unknown']],
    ['shows no rows', false, ['unknown', 'unknown', 'unknown']],
  ] as const)('and names no creation and %s gives nobody the key of another', async (_how, showsResources, kinds) => {
    const [server, session] = await onBulk({ showsResources, answers: (answers) => nameless(answers).toReversed() });
    const outcomes = await send(session, names(3).map(creation));
    expect(kindsOf(outcomes)).toEqual(kinds);
    expect(namesAt(server, outcomes)).toEqual(kinds.map((kind) => (kind === 'applied' ? 'u1' : undefined)));
  });

  test.each([
    ['has one answer for all', 'PATCH', ['applied', 'applied']],
    ['answers one in another way', 'none', ['unknown', 'unknown']],
  ])('and does not say which row an answer is about, but %s', async (_how, refused, kinds) => {
    const [server, session] = await onBulk({
      answers: (answers) => answers.map((answer, n) => ({ ...answer, ...vague(n === 0 && refused === 'none') })),
    });
    for (const name of names(2)) await send(session, [creation(name)]);
    const updates = names(2).map((key): Delta => ({ ...creation(key), kind: 'update', set: { nickName: 'new' } }));
    expect(kindsOf(await send(session, updates))).toEqual(kinds);
    expect(times(server, 'POST /Bulk')).toBe(1);
  });
  const vague = (isRefused: boolean) => ({ location: undefined, ...(isRefused ? { status: '403' } : {}) });

  test('that leaves an answer out leaves open what became of that change alone', async () => {
    const [server, session] = await onBulk({ answers: (answers) => answers.slice(1) });
    const outcomes = await send(session, names(3).map(creation));
    expect(kindsOf(outcomes)).toEqual(['unknown', 'applied', 'applied']);
    expect(namesAt(server, outcomes)).toEqual([undefined, 'u1', 'u2']);
  });

  test('that refuses a request as a whole gets each change by itself, and a refusal is that one’s', async () => {
    const [server, session] = await onBulk({ status: 400 });
    const nobody: Delta = { ...creation('nobody'), kind: 'update', set: { nickName: 'x' } };
    const outcomes = await send(session, [creation('u0'), nobody, creation('u1')]);
    expect(kindsOf(outcomes)).toEqual(['applied', 'refused', 'applied']);
    expect(times(server, 'POST /Users')).toBe(2);
  });

  test('and has no such address is not asked for it again', async () => {
    const [server, session] = await onBulk({ status: 404 });
    for (const prefix of ['a', 'b'])
      expect(
        kindsOf(
          await send(
            session,
            names(2).map((name) => creation(`${prefix}${name}`)),
          ),
        ),
      ).toEqual(['applied', 'applied']);
    expect(times(server, 'POST /Bulk')).toBe(1);
  });

  test('loses no member when two users enter one group, written whole, in one batch', async () => {
    const [server, session] = await open({ hasPatch: false, bulk: roomy }, { patch: 'put' });
    await send(session, [...names(3).map(creation), { ...creation('crew'), objectType: 'group' }]);
    const entries = names(3).map((key): Delta => ({ ...creation(key), kind: 'update', add: { groups: ['crew'] } }));
    expect(kindsOf(await send(session, entries))).toEqual(['applied', 'applied', 'applied']);
    const crew = [...server.rows.values()].find(({ displayName }) => displayName === 'crew');
    expect(crew?.members).toHaveLength(3);
  });

  test('and finds a row changed meanwhile has that one looked at again', async () => {
    const [server, session] = await open({ needsVersion: true, bulk: roomy });
    await send(session, names(3).map(creation));
    const [moved] = server.rows.values();
    let conflicts = 1;
    server.beforeWrite = () => {
      if (moved !== undefined && conflicts > 0) moved.version += 1;
      conflicts -= 1;
    };
    const updates = names(3).map((key): Delta => ({ ...creation(key), kind: 'update', set: { nickName: 'new' } }));
    expect(kindsOf(await send(session, updates))).toEqual(['applied', 'applied', 'applied']);
    expect([...server.rows.values()].map(({ nickName }) => nickName)).toEqual(['new', 'new', 'new']);
    expect([times(server, 'POST /Bulk'), server.asked.filter((one) => one.startsWith('PATCH')).length]).toEqual([2, 1]);
  });

  test('is sent each change by itself where a header is to carry its key', async () => {
    const [server, session] = await onBulk({}, { idempotencyHeader: 'Idempotency-Key' });
    expect(kindsOf(await send(session, names(3).map(creation)))).toEqual(['applied', 'applied', 'applied']);
    expect([times(server, 'POST /Bulk'), times(server, 'POST /Users')]).toEqual([0, 3]);
  });
});

describe('a service that stops taking changes', () => {
  const busy = { status: 429, headers: { 'retry-after': '7' } };
  /** Every request that is `request`, from its `n`th on, gets that. */
  const from = (n: number, request: RegExp, answer: typeof busy | 'silence') => {
    let seen = 0;
    return (asked: string) => (request.test(asked) && (seen += 1) >= n ? answer : null);
  };
  const all = (count: number, kind: string): readonly string[] => Array.from({ length: count }, () => kind);
  // Twelve creations are three groups, each of four.
  const inThree = (answers?: BulkOptions['answers'], settings = {}): Promise<Strict> =>
    onBulk({ maxPayloadSize: 700, ...(answers === undefined ? {} : { answers }) }, settings);
  const firstGroup = async (): Promise<number> => {
    const [server, session] = await inThree();
    server.instead = from(2, /Bulk/, busy);
    const applied = (await send(session, names(12).map(creation))).filter(({ kind }) => kind === 'applied').length;
    expect(server.rows.size).toBe(applied);
    return applied;
  };

  test('because it wants fewer calls gets no further bulk request', async () => {
    const [server, session] = await inThree();
    server.instead = from(1, /Bulk/, busy);
    const outcomes = await send(session, names(12).map(creation));
    expect(kindsOf(outcomes)).toEqual(all(12, 'throttled'));
    expect(outcomes[11]).toMatchObject({ retryAfterMs: 7_000 });
    expect([times(server, 'POST /Bulk'), times(server, 'POST /Users')]).toEqual([1, 0]);
  });

  test('in the midst of a bulk request gets no further one, and what was done is told', async () => {
    const size = await firstGroup();
    const [server, session] = await inThree((answers) =>
      answers.map((answer, n) => (n === 1 ? { ...answer, status: '429' } : answer)),
    );
    const kinds = kindsOf(await send(session, names(12).map(creation)));
    expect(kinds).toEqual(['applied', 'throttled', ...all(size - 2, 'applied'), ...all(12 - size, 'throttled')]);
    expect(times(server, 'POST /Bulk')).toBe(1);
  });

  test('is not asked again about a creation that somebody else was quicker with', async () => {
    const [server, session] = await onBulk({
      answers: (answers) => answers.map((answer, n) => ({ ...answer, status: ['409', '429', '201'][n] })),
    });
    expect(kindsOf(await send(session, names(3).map(creation)))).toEqual(['throttled', 'throttled', 'applied']);
    expect(server.asked.at(-1)).toBe('POST /Bulk');
  });

  test('while rows are looked at is sent nothing at all', async () => {
    const [server, session] = await inThree();
    server.instead = from(4, /GET/, busy);
    expect(kindsOf(await send(session, names(12).map(creation)))).toEqual(all(12, 'throttled'));
    expect(server.asked).toEqual(all(4, 'GET /Users'));
  });

  test('because it never answers a bulk request is asked once: the others were surely not sent', async () => {
    const size = await firstGroup();
    const [server, session] = await inThree(undefined, { responseTimeoutMs: 300 });
    server.instead = from(1, /Bulk/, 'silence');
    const outcomes = await send(session, names(12).map(creation));
    expect(kindsOf(outcomes)).toEqual([...all(size, 'unknown'), ...all(12 - size, 'unreachable')]);
    expect(times(server, 'POST /Bulk')).toBe(1);
  });

  test.each([
    ['a look', /GET/, ['unreachable', 'unreachable', 'unreachable'], 1],
    ['a change', /POST/, ['unknown', 'unreachable', 'unreachable'], 2],
  ] as const)('because it never answers %s is not asked once for each change', async (_what, request, kinds, asked) => {
    const [server, session] = await open({}, { responseTimeoutMs: 300 });
    server.instead = from(1, request, 'silence');
    const outcomes = await send(session, names(3).map(creation));
    expect(kindsOf(outcomes)).toEqual(kinds);
    expect(outcomes[2]).toMatchObject({ failure: { code: 'TIMEOUT', message: expect.stringContaining('Not sent') } });
    expect(server.asked).toHaveLength(asked);
  });

  test('is not one that answers a change badly: the others are sent', async () => {
    const [server, session] = await open({});
    let answers = 0;
    server.instead = (asked) => (asked === 'POST /Users' && (answers += 1) === 1 ? { status: 502 } : null);
    expect(kindsOf(await send(session, names(3).map(creation)))).toEqual(['unknown', 'applied', 'applied']);
  });

  test('in bulk, as it has no such address, is asked for it once in a batch', async () => {
    const [server, session] = await inThree();
    server.instead = from(1, /Bulk/, { status: 404, headers: { 'retry-after': '0' } });
    expect(kindsOf(await send(session, names(12).map(creation)))).toEqual(all(12, 'applied'));
    expect(times(server, 'POST /Bulk')).toBe(1);
  });
});

describe('a service without bulk requests', () => {
  test('gets one request at a time', async () => {
    const [server, session] = await open({});
    expect(namesAt(server, await send(session, names(6).map(creation)))).toEqual(names(6));
    expect(times(server, 'POST /Users')).toBe(6);
    expect(server.width.most).toBe(1);
  });

  test('that wants fewer calls is not asked again: nothing else of the batch is sent', async () => {
    const [server, session] = await open({});
    await send(session, [creation('u0')]);
    server.refusal = { status: 429, headers: { 'retry-after': '7' } };
    const outcomes = await send(session, names(5).map(creation));
    expect(kindsOf(outcomes)).toEqual(['alreadySo', 'throttled', 'throttled', 'throttled', 'throttled']);
    expect(outcomes[4]).toMatchObject({ retryAfterMs: 7_000 });
    expect(times(server, 'POST /Users')).toBe(2);
  });

  test('gets nothing more once the call is aborted, and what was done is told', async () => {
    const [server, session] = await open({});
    const stop = new AbortController();
    server.beforeWrite = () => void (server.rows.size === 1 && stop.abort());
    const outcomes = await send(session, names(5).map(creation), stop.signal);
    expect(kindsOf(outcomes)).toEqual(['applied', 'unknown', 'unreachable', 'unreachable', 'unreachable']);
    expect(times(server, 'POST /Users')).toBe(2);
  });
});
