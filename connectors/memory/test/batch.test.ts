// Several changes at once on a memory store whose faults come in their midst.
import { beforeEach, expect, test } from '@jest/globals';
import { callContext, type Delta } from '@joinery/connector-kit';
import memory, { type MemoryFault, memoryTarget } from '@joinery/connector-memory';

const store = 'batch';
const target = memoryTarget(store);
const settings = { store, objectTypes: [{ name: 'account', key: 'id', attributes: [{ name: 'name' }] }] };
beforeEach(() => target.reset());

const creation = (key: string): Delta => ({ kind: 'create', objectType: 'account', key, set: {}, add: {}, remove: {} });

async function kindsUnder(fault: MemoryFault): Promise<readonly string[]> {
  const session = await memory.open(settings);
  target.plan(fault, { times: 1 });
  const changes = ['a', 'b', 'c'].map((key) => ({ delta: creation(key), idempotencyKey: key }));
  const outcomes = (await session.applyMany?.(changes, callContext(20_000))) ?? [];
  await session.close();
  return outcomes.map(({ kind }) => kind);
}

const rows = (): readonly string[] => ['a', 'b', 'c'].filter((key) => target.row('account', key) !== null);

test.each([
  ['throttled', { kind: 'throttled', retryAfterMs: 5 }],
  ['unreachable', { kind: 'unreachable' }],
] as const)('a store that answers a change as %s gets nothing more of the batch', async (kind, fault) => {
  expect(await kindsUnder(fault)).toEqual([kind, kind, kind]);
  expect(rows()).toEqual([]);
});

test('a store that refuses a change gets the others', async () => {
  expect(await kindsUnder({ kind: 'refused', code: 'FORBIDDEN' })).toEqual(['refused', 'applied', 'applied']);
  expect(rows()).toEqual(['b', 'c']);
});
