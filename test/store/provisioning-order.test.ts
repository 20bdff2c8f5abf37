// Claims under contention, on real PostgreSQL: one order of a target at a time, in order, each once.
import { setImmediate as yieldOnce } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { orderTransitions, provisioningStateNames } from '../../src/domain/provisioning-state.js';
import { orderExecutionStore } from '../../src/store/provisioning-order.js';
import {
  endLease,
  type MadeOrder,
  makeDue,
  makeOrder,
  makeOrders,
  openWorld,
  orderRow,
  type World,
} from '../support/execution-world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld({ name: 'claims' });
});
afterAll(() => world.close());

interface Run {
  readonly key: string;
  readonly place: number;
  readonly from: number;
  readonly until: number;
}

/** Takes an order, or answers false; gives it back as carried out. */
type Take = (id: string) => Promise<(() => Promise<void>) | false>;

/** As many workers as said try orders in random order until all are done; answers who ran when. */
async function work(
  orders: readonly (MadeOrder & { readonly place: number })[],
  workers: number,
  take: Take,
): Promise<readonly Run[]> {
  const left = new Map(orders.map((order) => [order.id, order]));
  const runs: Run[] = [];
  let clock = 0;
  const one = async (): Promise<void> => {
    while (left.size > 0) {
      const candidates = [...left.values()];
      const order = candidates[Math.floor(Math.random() * candidates.length)];
      if (order === undefined) return;
      const done = await take(order.id);
      if (done === false) continue;
      const from = clock++;
      for (let turn = 0; turn < 5; turn += 1) await yieldOnce();
      left.delete(order.id);
      runs.push({ key: order.key, place: order.place, from, until: clock++ });
      await done();
    }
  };
  await Promise.all(Array.from({ length: workers }, one));
  return runs;
}

/** Two runs of one target at the same time, or a younger one before an older one. */
function disorders(runs: readonly Run[]): number {
  return runs.filter((run) =>
    runs.some(
      (other) =>
        other.key === run.key &&
        ((other.from < run.from && run.from < other.until) || (other.place > run.place && other.from < run.from)),
    ),
  ).length;
}

/** Six orders each for ten accounts. Only the newest wish of an account counts, which is not what is tested here. */
async function contended(prefix: string): Promise<readonly (MadeOrder & { readonly place: number })[]> {
  const options = Array.from({ length: 60 }, (_, index) => ({ key: `${prefix}${index % 10}` }));
  return (await makeOrders(world.database, options)).map((order, place) => ({ ...order, place }));
}

describe('24 workers on 60 orders of 10 targets', () => {
  const attempt = { outcome: 'SUCCEEDED', error: null, steps: [] } as const;

  test('never run two orders of one target at once, nor a younger before an older one', async () => {
    const store = orderExecutionStore(world.database, 'contender', world.provision.environment.digest);
    const runs = await work(await contended('a'), 24, async (id) => {
      const [claim] = await store.claim([id]);
      if (claim?.kind !== 'held') return false;
      return async () => void (await store.settle([{ kind: 'executed', order: claim.order, attempt }]));
    });
    expect(runs).toHaveLength(60);
    expect(disorders(runs)).toBe(0);
  });

  test('control: with a plain claim they do both', async () => {
    const runs = await work(await contended('b'), 24, async (id) => {
      const { count } = await world.database.query(
        `update provisioning_order set lease_until = now() + interval '15 s' where id = $1 and state = 'PENDING' and lease_until is null`,
        [id],
      );
      if (count === 0) return false;
      return async () =>
        void (await world.database.query(
          `update provisioning_order set state = 'EXECUTED', lease_until = null where id = $1`,
          [id],
        ));
    });
    expect(runs).toHaveLength(60);
    expect(disorders(runs)).toBeGreaterThan(0);
  });
});

describe('a claim', () => {
  test('of an order delivered five times at once is given to one', async () => {
    const order = await makeOrder(world.database, { key: 'once' });
    const stores = Array.from({ length: 5 }, (_, index) =>
      orderExecutionStore(world.database, `worker-${index}`, world.provision.environment.digest),
    );
    const claims = await Promise.all(stores.map((store) => store.claim([order.id, order.id])));
    expect(claims.flat().filter(({ kind }) => kind === 'held')).toHaveLength(1);
    expect(await orderRow(world.database, order)).toMatchObject({ attempt: 1 });
  });

  test('waits for what the order depends on, and goes on when that is carried out', async () => {
    const needed = await makeOrder(world.database, { key: 'needed' });
    const dependent = await makeOrder(world.database, { key: 'dependent', dependsOn: [needed.id] });
    const store = orderExecutionStore(world.database, 'worker', world.provision.environment.digest);
    expect(await store.claim([dependent.id])).toEqual([{ kind: 'none' }]);
    const [claim] = await store.claim([needed.id]);
    if (claim?.kind !== 'held') throw new Error('it must be claimable');
    await world.database.query('delete from outbox');
    await store.settle([
      { kind: 'executed', order: claim.order, attempt: { outcome: 'SUCCEEDED', error: null, steps: [] } },
    ]);
    const { rows } = await world.database.query('select name, row_id from outbox order by name');
    expect(rows).toEqual([
      { name: 'order', row_id: dependent.id },
      { name: 'verify', row_id: needed.id },
    ]);
    expect((await store.claim([dependent.id]))[0]?.kind).toBe('held');
  });

  test('that comes too early leaves the order to the next of its target, which is queued when its time has come', async () => {
    const [older, younger] = await makeOrders(world.database, [{ key: 'line' }, { key: 'line' }]);
    if (older === undefined || younger === undefined) throw new Error('two orders');
    const store = orderExecutionStore(world.database, 'worker', world.provision.environment.digest);
    expect(await store.claim([younger.id])).toEqual([{ kind: 'none' }]);
    expect(await orderRow(world.database, younger)).toMatchObject({ queued_at: null });
    const [claim] = await store.claim([older.id]);
    if (claim?.kind !== 'held') throw new Error('it must be claimable');
    await store.settle([
      { kind: 'executed', order: claim.order, attempt: { outcome: 'SUCCEEDED', error: null, steps: [] } },
    ]);
    expect((await orderRow(world.database, younger)).queued_at).not.toBeNull();
  });

  test('gives a serial connection to one order at a time, urgent ones first', async () => {
    const [slow, urgent, same] = await makeOrders(world.database, [
      { key: 'line-1', target: '*', lane: 3 },
      { key: 'line-2', target: '*', lane: 0 },
      { key: 'line-2', target: '*', lane: 0 },
    ]);
    if (slow === undefined || urgent === undefined || same === undefined) throw new Error('three orders');
    const store = orderExecutionStore(world.database, 'worker', world.provision.environment.digest);
    const claims = await store.claim([slow.id, same.id, urgent.id]);
    expect(claims.map(({ kind }) => kind)).toEqual(['busy', 'none', 'held']);
    expect(await store.claim([slow.id])).toEqual([{ kind: 'busy' }]);
    const held = claims[2];
    if (held?.kind !== 'held') throw new Error('it must be held');
    expect(await store.renew(held.order)).toBe(true);
    await store.settle([
      { kind: 'executed', order: held.order, attempt: { outcome: 'SUCCEEDED', error: null, steps: [] } },
    ]);
    expect((await store.claim([slow.id]))[0]?.kind).toBe('held');
  });

  test('handed back is free at once, and remembers that something may have happened', async () => {
    const order = await makeOrder(world.database, { key: 'back' });
    const store = orderExecutionStore(world.database, 'worker', world.provision.environment.digest);
    const [claim] = await store.claim([order.id]);
    if (claim?.kind !== 'held') throw new Error('it must be held');
    await store.handBack([claim.order]);
    const [again] = await store.claim([order.id]);
    expect(again).toMatchObject({ kind: 'held', order: { isUncertain: true, attempt: 2 } });
  });
});

describe('the sweep', () => {
  test('queues due retries and ended leases, each once, and nothing that is not due', async () => {
    await world.database.query(
      `update provisioning_order set state = 'INACTIVE' where state = 'PENDING'; delete from outbox`,
    );
    const [due, ended, fresh, later] = await makeOrders(world.database, [
      { key: 's1' },
      { key: 's2' },
      { key: 's3' },
      { key: 's4' },
    ]);
    if (due === undefined || ended === undefined || fresh === undefined || later === undefined)
      throw new Error('four orders');
    const store = orderExecutionStore(world.database, 'worker', world.provision.environment.digest);
    await store.claim([ended.id]);
    await endLease(world.database, ended);
    await world.database.query('update provisioning_order set queued_at = null where id = any($1::uuid[])', [
      [due.id, later.id],
    ]);
    await makeDue(world.database, due);
    await world.database.query(
      `update provisioning_order set next_attempt_at = clock_timestamp() + interval '1 h' where id = $1`,
      [later.id],
    );
    expect([await world.sweeps.enqueueDue(), await world.sweeps.enqueueAbandoned()]).toEqual([1, 1]);
    expect([await world.sweeps.enqueueDue(), await world.sweeps.enqueueAbandoned()]).toEqual([0, 0]);
    const { rows } = await world.database.query<{ row_id: string }>('select row_id from outbox');
    expect(rows.map(({ row_id }) => row_id).sort()).toEqual([due.id, ended.id].sort());
  });
});

test('the database lets an order go only the ways of the table of transitions', async () => {
  const order = await makeOrder(world.database, { key: 'way' });
  const ways = new Set(
    // Where the state stays, the database has nothing to say.
    Object.values(orderTransitions).flatMap(({ from, to }) =>
      from.filter((state) => state !== to).map((state) => `${state} → ${to}`),
    ),
  );
  const possible = new Set<string>();
  for (const from of provisioningStateNames) {
    for (const to of provisioningStateNames.filter((state) => state !== from)) {
      if (await canGo(order, from, to)) possible.add(`${from} → ${to}`);
    }
  }
  expect(possible).toEqual(ways);
});

async function canGo({ id }: MadeOrder, from: string, to: string): Promise<boolean> {
  const go = world.database.transaction(async (sql) => {
    await sql.query('alter table provisioning_order disable trigger provisioning_order_transition');
    await sql.query('update provisioning_order set state = $2 where id = $1', [id, from]);
    await sql.query('alter table provisioning_order enable trigger provisioning_order_transition');
    await sql.query('update provisioning_order set state = $2 where id = $1', [id, to]);
  });
  return go.then(
    () => true,
    () => false,
  );
}
