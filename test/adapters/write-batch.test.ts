// Writes that go together: who waits travels in batches where the package can take them, and each keeps its own outcome.
import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type ApplyOutcome, loadConnectorPackage } from '@joinery/connector-kit';
import { memoryTarget } from '@joinery/connector-memory';
import { connectorGateway } from '../../src/adapters/connector.js';
import { processEnvironment } from '../../src/adapters/environment.js';
import { modelOf } from '../support/execution-world.js';
import { waitFor } from '../support/wait-for.js';
import { type HeldSystem, openHeldSystem, type SystemOptions } from './held-system.js';

const systems: HeldSystem[] = [];
afterEach(async () => {
  for (const { gateway, calls } of systems.splice(0)) {
    for (const call of calls) call.answer();
    await gateway.close();
  }
});

function open(options: SystemOptions = {}): HeldSystem {
  const system = openHeldSystem(options);
  systems.push(system);
  return system;
}

const keys = (count: number, prefix = 'k'): readonly string[] =>
  Array.from({ length: count }, (_none, n) => `${prefix}${n}`);
const applied = (key: string): ApplyOutcome => ({ kind: 'applied', key });
const sum = (sizes: readonly number[]): number => sizes.reduce((all, size) => all + size, 0);

/** What was just asked for is in the queue: nothing but turns of the event loop stands between. */
async function queued(): Promise<void> {
  for (let turns = 0; turns < 50; turns += 1) await turn();
}

/** Answers every call that comes until all the writes have ended. */
async function finish(system: HeldSystem, writes: readonly Promise<ApplyOutcome>[]): Promise<readonly ApplyOutcome[]> {
  const ended = { all: false };
  const all = Promise.all(writes).finally(() => (ended.all = true));
  let answered = 0;
  await waitFor(
    () => {
      for (const call of system.calls.slice(answered)) call.answer();
      answered = system.calls.length;
      return ended.all;
    },
    { what: 'the end of all writes' },
  );
  return all;
}

describe('writes that wait', () => {
  test('are spread evenly over the places, each with its own key and its own outcome', async () => {
    const system = open({ connection: { concurrency: 3 } });
    const writes = keys(10).map((key) => system.write(key));
    expect(await system.came(3)).toEqual([4, 3, 3]);
    expect(system.calls.every(({ how }) => how === 'applyMany')).toBe(true);
    expect(new Set(system.calls.flatMap(({ idempotencyKeys }) => idempotencyKeys)).size).toBe(10);
    for (const { idempotencyKeys, keys: sent } of system.calls)
      expect(idempotencyKeys.map((key) => key.replace(/-\d+$/, ''))).toEqual(sent);
    expect(await finish(system, writes)).toEqual(keys(10).map(applied));
  });

  test('go by themselves as long as there are places enough', async () => {
    const system = open({ connection: { concurrency: 8 } });
    const writes = keys(8).map((key) => system.write(key));
    expect(await system.came(8)).toEqual(keys(8).map(() => 1));
    expect(system.calls.every(({ how }) => how === 'apply')).toBe(true);
    expect(await finish(system, writes)).toEqual(keys(8).map(applied));
  });

  test('are never more in one batch than a place’s share of all that is in hand', async () => {
    const system = open({ connection: { concurrency: 4 } });
    const first = keys(4, 'first').map((key) => system.write(key));
    await system.came(4);
    const then = keys(12, 'then').map((key) => system.write(key));
    await queued();
    system.calls[0]?.answer();
    expect((await system.came(5))[4]).toBe(4);
    expect(await finish(system, [...first, ...then])).toHaveLength(16);
  });

  test('are fifty at most in one batch', async () => {
    const system = open({ connection: { concurrency: 1 } });
    const writes = keys(120).map((key) => system.write(key));
    await system.came(1);
    expect(await finish(system, writes)).toEqual(keys(120).map(applied));
    expect(system.calls.map(({ keys: sent }) => sent.length)).toEqual([50, 50, 20]);
  });

  test('go one after the other where the package cannot take several', async () => {
    const system = open({ connection: { concurrency: 2 }, canTakeMany: () => false });
    const writes = keys(9).map((key) => system.write(key));
    expect(await finish(system, writes)).toEqual(keys(9).map(applied));
    expect(system.calls.map(({ how, keys: sent }) => [how, ...sent])).toEqual(keys(9).map((key) => ['apply', key]));
  });

  test.each([
    ['a connection for three', { connection: { concurrency: 3 } }, 3],
    ['a package for one call at a time', { connection: { concurrency: 8 }, serial: 'connection' }, 1],
  ] as const)('never make more calls at once than allowed: %s', async (_what, options, allowed) => {
    const system = open({ ...options, answersAlone: true });
    const groups = await Promise.all(
      keys(12).map(async (group, n) => {
        const outcomes: ApplyOutcome[] = [];
        for (const key of keys(10, `${group}-`)) {
          outcomes.push(await system.write(key));
          if (n % 3 === 0) await system.gateway.read('account', key);
        }
        return outcomes;
      }),
    );
    expect(groups.flat().map((outcome) => 'key' in outcome && outcome.key)).toEqual(
      keys(12).flatMap((group) => keys(10, `${group}-`)),
    );
    expect(system.width.most).toBe(allowed);
    expect(sum(system.calls.map(({ keys: sent }) => sent.length))).toBe(120);
    expect(system.calls.length).toBeLessThan(120);
  });

  test('all reach the memory package, each once and under its key', async () => {
    const store = randomUUID();
    const objectTypes = [{ name: 'account', key: 'id', attributes: [{ name: 'name' }], links: [] }];
    const model = modelOf(store, { concurrency: 4, settings: { store, objectTypes } });
    const gateway = connectorGateway({
      models: { current: async () => model },
      load: loadConnectorPackage,
      settings: { dataFolder: '/nowhere', environment: () => undefined },
      digest: processEnvironment('UTC').digest,
      now: () => 0,
    });
    const write = (key: string) => ({
      connection: 'crm',
      entityType: 'account',
      idempotencyKey: `once-${key}`,
      delta: { kind: 'CREATE', key, scalars: [], links: [] } as const,
    });
    const twice = [...keys(40), ...keys(40)];
    const outcomes = await Promise.all(twice.map((key) => gateway.apply(write(key), new AbortController().signal)));
    expect(outcomes.map((outcome) => 'key' in outcome && outcome.key)).toEqual(twice);
    const applications = memoryTarget(store)
      .ledger()
      .filter(({ outcome }) => outcome === 'applied');
    expect(applications.map(({ delta, idempotencyKey }) => [delta.key, idempotencyKey])).toEqual(
      keys(40).map((key) => [key, `once-${key}`]),
    );
    await gateway.close();
  });
});

describe('a write that is aborted', () => {
  test('while it waits is not sent, and the others go', async () => {
    const system = open({ connection: { concurrency: 1 } });
    const holding = system.write('holding');
    await system.came(1);
    const stop = new AbortController();
    const [a, b, c] = [system.write('a'), system.write('b', stop.signal), system.write('c')];
    await queued();
    stop.abort();
    expect(await b).toMatchObject({
      kind: 'unreachable',
      failure: { code: 'TIMEOUT', message: expect.stringContaining('was not sent') },
    });
    expect(await finish(system, [holding, a, c])).toEqual(['holding', 'a', 'c'].map(applied));
    expect(system.calls.map(({ keys: sent }) => sent)).toEqual([['holding'], ['a', 'c']]);
  });

  test('on its way is unknown at once, and ends the call for all: nothing of it is sent late', async () => {
    const system = open({ connection: { concurrency: 1 } });
    const stops = [new AbortController(), new AbortController(), new AbortController()] as const;
    const writes = stops.map(({ signal }, n) => system.write(`k${n}`, signal));
    await system.came(1);
    stops[1].abort();
    expect(system.calls[0]?.signal.aborted).toBe(true);
    expect(await Promise.all(writes)).toMatchObject(stops.map(() => ({ kind: 'unknown' })));
  });

  test('leaves its place free again', async () => {
    const system = open({ connection: { concurrency: 1 } });
    const stop = new AbortController();
    const writes = [system.write('a', stop.signal), system.write('b')];
    await system.came(1);
    stop.abort();
    expect(await Promise.all(writes)).toMatchObject([{ kind: 'unknown' }, { kind: 'unknown' }]);
    const next = system.write('next');
    await system.came(2);
    expect(await finish(system, [next])).toEqual([applied('next')]);
  });

  test('before it came to the queue is not sent', async () => {
    const system = open();
    const stop = new AbortController();
    stop.abort();
    expect(await system.write('late', stop.signal)).toMatchObject({ kind: 'unreachable' });
    expect(system.calls).toEqual([]);
  });
});

test('whatever is aborted, and whenever: every write ends, is sent once at most, and what was said not to be sent was not', async () => {
  const system = open({ connection: { concurrency: 3 }, answersAlone: true });
  const random = randomOf(7);
  const endings = await Promise.all(
    keys(400).map(async (key) => {
      const stop = new AbortController();
      for (let turns = random(60); turns > 0; turns -= 1) await turn();
      const write = system.write(key, stop.signal);
      if (random(3) > 0) return { key, outcome: await write };
      for (let turns = random(12); turns > 0; turns -= 1) await turn();
      stop.abort();
      return { key, outcome: await write };
    }),
  );
  const sent = system.calls.flatMap(({ keys: some }) => some);
  expect(new Set(sent).size).toBe(sent.length);
  const kinds = new Set(endings.map(({ outcome }) => outcome.kind));
  expect(kinds).toEqual(new Set(['applied', 'unreachable', 'unknown']));
  for (const { key, outcome } of endings)
    expect([key, sent.includes(key)]).toEqual([key, outcome.kind !== 'unreachable']);
  expect(system.width).toEqual({ now: 0, most: 3 });
});

/** Whole numbers below a limit, the same in every run. */
function randomOf(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * limit);
  };
}

describe('what a package answers for several', () => {
  const three = async (system: HeldSystem): Promise<readonly Promise<ApplyOutcome>[]> => {
    const writes = ['a', 'b', 'c'].map((key) => system.write(key));
    await system.came(1);
    return writes;
  };

  test.each([
    ['too few', [applied('a'), applied('b')]],
    ['too many', ['a', 'b', 'c', 'd'].map(applied)],
    ['nothing', []],
  ])('is unknown for each when there are %s outcomes', async (_what, outcomes) => {
    const system = open({ connection: { concurrency: 1 } });
    const writes = await three(system);
    system.calls[0]?.answer(outcomes);
    const unknown = {
      kind: 'unknown',
      failure: { code: 'OUTCOME_UNKNOWN', message: expect.stringContaining('for 3') },
    };
    expect(await Promise.all(writes)).toMatchObject([unknown, unknown, unknown]);
    const next = system.write('next');
    await system.came(2);
    expect(system.calls[1]?.session).toBe(2);
    expect(await finish(system, [next])).toEqual([applied('next')]);
  });

  test('goes to each as it is, and one lost way costs the session once', async () => {
    const system = open({ connection: { concurrency: 1 } });
    const writes = await three(system);
    const outcomes: readonly ApplyOutcome[] = [
      applied('a'),
      { kind: 'refused', failure: { code: 'CONSTRAINT_VIOLATION', message: 'No.' } },
      { kind: 'unreachable', failure: { code: 'UNREACHABLE', message: 'Gone.' } },
    ];
    system.calls[0]?.answer(outcomes);
    expect(await Promise.all(writes)).toEqual(outcomes);
    await waitFor(() => system.closed.length === 1, { what: 'the closing of the lost session' });
    const next = system.write('next');
    await system.came(2);
    expect(system.calls[1]?.session).toBe(2);
    await finish(system, [next]);
  });

  test('and does not come by the deadline is unknown for each', async () => {
    const system = open({ connection: { concurrency: 1, deadlineSeconds: 0.1 } });
    expect(await Promise.all(await three(system))).toMatchObject([
      { kind: 'unknown' },
      { kind: 'unknown' },
      { kind: 'unknown' },
    ]);
  });
});

describe('a write that cannot be made', () => {
  const given = { kind: 'UPDATE', scalars: [{ property: 'id', from: null, to: 'other', rule: 'id' }] } as const;
  const gone = { scalars: [{ property: 'gone', from: null, to: 'x', rule: null }] } as const;

  test('has its own outcome, and the others go without it', async () => {
    const system = open({ connection: { concurrency: 1 } });
    const writes = [system.write('a'), system.write('b', undefined, given), system.write('c')];
    await system.came(1);
    expect(system.calls.map(({ keys: sent }) => sent)).toEqual([['a', 'c']]);
    expect(await finish(system, writes)).toMatchObject([
      applied('a'),
      { kind: 'refused', failure: { code: 'INVALID_VALUE' } },
      applied('c'),
    ]);
  });

  test('by a fault of ours fails alone, and the one that is left goes by itself', async () => {
    const system = open({ connection: { concurrency: 1 } });
    const [left, faulty] = [system.write('a'), system.write('b', undefined, gone)];
    await expect(faulty).rejects.toThrow(/gone/);
    await system.came(1);
    expect(system.calls[0]).toMatchObject({ how: 'apply', keys: ['a'] });
    expect(await finish(system, [left])).toEqual([applied('a')]);
  });
});

describe('sessions', () => {
  test('the one that is lent decides: without several at once, each write takes its own place', async () => {
    const system = open({ connection: { concurrency: 1 }, canTakeMany: (session) => session === 1 });
    const first = system.write('first');
    await system.came(1);
    const others = ['a', 'b', 'c'].map((key) => system.write(key));
    await queued();
    system.calls[0]?.answer([{ kind: 'unreachable', failure: { code: 'UNREACHABLE', message: 'Gone.' } }]);
    expect(await first).toMatchObject({ kind: 'unreachable' });
    expect(await finish(system, others)).toEqual(['a', 'b', 'c'].map(applied));
    expect(system.calls.slice(1).map(({ how, session }) => [how, session])).toEqual(
      ['a', 'b', 'c'].map(() => ['apply', 2]),
    );
  });

  test('of other settings are not used for writes of a changed configuration', async () => {
    const system = open({ connection: { concurrency: 1 } });
    const first = system.write('first');
    await system.came(1);
    const before = keys(3, 'before').map((key) => system.write(key));
    await queued();
    system.reconfigure({ settings: { generation: 2 } });
    const after = keys(3, 'after').map((key) => system.write(key));
    await finish(system, [first, ...before, ...after]);
    expect(system.calls.map(({ keys: sent, session }) => [session, ...sent])).toEqual([
      [1, 'first'],
      [expect.any(Number), 'before0', 'before1', 'before2'],
      [expect.any(Number), 'after0', 'after1', 'after2'],
    ]);
    expect(system.calls[2]?.session).not.toBe(system.calls[0]?.session);
  });

  test('that cannot be opened fail each write, and nobody waits for ever', async () => {
    const system = open({ connection: { concurrency: 2, settings: { colour: 'red' } } });
    const outcomes = await Promise.all(keys(5).map((key) => system.write(key)));
    expect(outcomes.map((outcome) => 'failure' in outcome && outcome.failure.code)).toEqual(
      keys(5).map(() => 'INVALID_VALUE'),
    );
  });
});
