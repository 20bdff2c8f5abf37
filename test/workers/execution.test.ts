// Orders through real queues, on both back ends: one suite, because nothing may depend on where jobs live.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readLedger } from '@joinery/connector-memory';
import { Redis } from 'ioredis';
import { openQueues, type Queues } from '../../src/workers/queue.js';
import type { Stoppable } from '../../src/workers/stoppable.js';
import { startExecution } from '../../src/workers/worker.js';
import {
  connection,
  dispatch,
  endLease,
  type MadeOrder,
  makeOrders,
  openWorld,
  orderRow,
  quiet,
  type World,
} from '../support/execution-world.js';
import { testRedisUrl } from '../support/redis.js';
import { startRedis } from '../support/redis-server.mjs';
import { waitFor } from '../support/wait-for.js';

const pace = { firstSeconds: 1, maximumSeconds: 2 };
const keys = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ key: `${prefix}${index}` }));

describe.each(['Redis', 'PostgreSQL'] as const)('with queues in %s', (backend) => {
  let world: World;
  let queues: Queues;
  let workers: Stoppable | null = null;
  let redisUrl: string | null;

  beforeAll(async () => {
    redisUrl = backend === 'Redis' ? await testRedisUrl() : null;
    world = await openWorld({ name: `execution_${backend}`, pace });
    queues = await openQueues({ redisUrl, databaseUrl: world.url, log: quiet });
  });
  afterEach(async () => {
    await workers?.stop();
    workers = null;
    world.target.reset();
  });
  afterAll(async () => {
    await queues.close();
    await world.close();
  });

  const start = async (): Promise<void> => {
    workers = startExecution(world.workerPorts(queues));
  };
  const states = async (orders: readonly MadeOrder[]): Promise<Readonly<Record<string, number>>> => {
    const { rows } = await world.database.query<{ state: string; count: number }>(
      'select state, count(*)::int as count from provisioning_order where id = any($1::uuid[]) group by state',
      [orders.map(({ id }) => id)],
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  };
  const verified = (orders: readonly MadeOrder[], deadlineMs = 20_000) =>
    waitFor(async () => (await states(orders)).VERIFIED === orders.length, {
      what: `${orders.length} verified orders`,
      deadlineMs,
    });

  test('orders go from the outbox to VERIFIED, and their events get gapless places in order', async () => {
    expect(queues.backend).toBe(backend);
    await start();
    const orders = await makeOrders(world.database, keys('path', 20));
    await dispatch(world.database, orders);
    await verified(orders);
    await waitFor(async () => (await world.database.query('select 1 from event where position is null')).count === 0, {
      what: 'places for all events',
    });
    const { rows } = await world.database.query<{ positions: string[]; last: string }>(
      'select array(select position from event order by position) as positions, last from event_sequence',
    );
    expect(rows[0]?.positions.map(Number)).toEqual(
      Array.from({ length: Number(rows[0]?.last) }, (_, index) => index + 1),
    );
    expect((await world.database.query('select 1 from outbox')).count).toBe(0);
    expect(world.faults).toEqual([]);
  });

  test('an order delivered five times has one effect', async () => {
    const orders = await makeOrders(world.database, keys('five', 10));
    await dispatch(world.database, orders, 5);
    await start();
    await verified(orders);
    await waitFor(() => queues.isEmpty(`provision.${connection}`), { what: 'an empty queue' });
    expect(world.target.ledger()).toHaveLength(10);
  });

  test('orders of a target that is away wait without spending tries, and are verified by themselves once it is back', async () => {
    world.target.plan({ kind: 'unreachable' }, { times: Infinity });
    const orders = await makeOrders(world.database, keys('away', 10));
    await dispatch(world.database, orders);
    await start();
    await waitFor(
      async () => (await world.database.query(`select 1 from connection_health where status = 'OPEN'`)).count === 1,
      { what: 'an open circuit' },
    );
    world.target.heal();
    await verified(orders);
    const { rows } = await world.database.query<{ tries: number }>(
      'select max(tries_used) as tries from provisioning_order where id = any($1::uuid[])',
      [orders.map(({ id }) => id)],
    );
    expect(rows).toEqual([{ tries: 0 }]);
  });

  test('a queue that lost everything is filled again from the rows', async () => {
    const orders = await makeOrders(world.database, keys('lost', 10));
    await world.database.query(
      `update provisioning_order set queued_at = clock_timestamp() - interval '1 minute' where id = any($1::uuid[])`,
      [orders.map(({ id }) => id)],
    );
    if (redisUrl !== null) {
      const redis = new Redis(redisUrl);
      await redis.flushdb();
      redis.disconnect();
    }
    await start();
    await verified(orders);
    expect(world.target.ledger()).toHaveLength(10);
  });

  test('stopping takes nothing new, ends what is under way, and loses nothing', async () => {
    world.target.plan({ kind: 'slow', ms: 20 }, { times: Infinity });
    // Many more than a worker has in hand.
    const orders = await makeOrders(world.database, keys('stop', 160));
    await dispatch(world.database, orders);
    await start();
    await waitFor(() => world.target.ledger().length > 0, { what: 'a first write' });
    await workers?.stop();
    const { rows } = await world.database.query(
      `select id from provisioning_order where state = 'PENDING' and lease_until is not null`,
    );
    expect(rows).toEqual([]);
    expect((await states(orders)).PENDING).toBeGreaterThan(0);
    world.target.heal();
    await start();
    await verified(orders);
    expect(world.target.ledger()).toHaveLength(160);
  });
});

describe.each(['Redis', 'PostgreSQL'] as const)(
  'a worker killed between its write and its commit, with queues in %s',
  (backend) => {
    let folder: string;
    let world: World;
    let queues: Queues;
    let redisUrl: string | null;
    const children: ChildProcess[] = [];
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'joinery-kill-'));
      redisUrl = backend === 'Redis' ? await testRedisUrl() : null;
    });
    afterEach(async () => {
      for (const child of children.splice(0)) child.kill('SIGKILL');
      await queues.close();
      await world.close();
      await rm(folder, { recursive: true });
    });

    const journal = (): string => join(folder, 'journal');
    const halt = (): string => join(folder, 'halt');

    async function killedAfterWrite(readsBack: boolean): Promise<MadeOrder> {
      const settings = { store: `durable-${folder}`, checkLinks: false, file: journal(), haltAfterWrite: halt() };
      world = await openWorld({ name: `kill_${backend}`, pace, readsBack, connection: { settings } });
      queues = await openQueues({ redisUrl, databaseUrl: world.url, log: quiet });
      const [order] = await makeOrders(world.database, [{ key: 'ann', mail: 'ann@acme.test' }]);
      if (order === undefined) throw new Error('an order');
      writeFileSync(halt(), '1');
      await dispatch(world.database, [order]);
      const { configuration } = await world.models.current();
      const child = spawnWorker({ databaseUrl: world.url, redisUrl, configuration, readsBack });
      children.push(child);
      await waitFor(() => existsSync(`${halt()}.halted`), {
        what: 'a worker that halts after its write',
        deadlineMs: 20_000,
      });
      child.kill('SIGKILL');
      await once(child, 'exit');
      rmSync(halt());
      return order;
    }

    const recovered = async (order: MadeOrder): Promise<void> => {
      const workers = startExecution(world.workerPorts(queues));
      try {
        await waitFor(async () => (await orderRow(world.database, order)).state === 'VERIFIED', {
          what: 'a verified order',
          deadlineMs: 20_000,
        });
      } finally {
        await workers.stop();
      }
    };

    test('leaves exactly one effect', async () => {
      const order = await killedAfterWrite(true);
      expect(await orderRow(world.database, order)).toMatchObject({ state: 'PENDING', attempt: 1 });
      await endLease(world.database, order);
      await recovered(order);
      expect(readLedger(journal()).map(({ outcome }) => outcome)).toEqual(['applied']);
      const { rows } = await world.database.query(
        'select number, outcome from provisioning_attempt where order_id = $1 order by number',
        [order.id],
      );
      expect(rows).toEqual([
        { number: 1, outcome: 'UNKNOWN' },
        { number: 2, outcome: 'SUCCEEDED' },
      ]);
    });

    test('control: without reading back the target gets the change a second time', async () => {
      const order = await killedAfterWrite(false);
      await endLease(world.database, order);
      await recovered(order);
      expect(readLedger(journal())).toHaveLength(2);
    });
  },
);

test('a Redis that may throw jobs away is refused, with the way to change it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'joinery-redis-'));
  const server = await startRedis(folder);
  try {
    const redis = new Redis(server.url);
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    redis.disconnect();
    await expect(openQueues({ redisUrl: server.url, databaseUrl: 'postgres://unused', log: quiet })).rejects.toThrow(
      /maxmemory-policy is allkeys-lru.*config set maxmemory-policy noeviction/,
    );
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
});

function spawnWorker(told: object): ChildProcess {
  const program = fileURLToPath(new URL('../support/execution-worker.mjs', import.meta.url));
  return spawn(process.execPath, [program, JSON.stringify(told)], { stdio: ['ignore', 'ignore', 'inherit'] });
}
