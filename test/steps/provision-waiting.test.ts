// Failures that pass: what waits, for how long, at whose cost, and what sets it free. On real PostgreSQL with a real package.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { probeConnection } from '../../src/steps/probe-connection.js';
import { provisionOrder } from '../../src/steps/provision.js';
import { type MadeOrder, makeDue, makeOrder, openWorld, orderRow, type World } from '../support/execution-world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld({ name: 'waiting' });
});
afterAll(() => world.close());
afterEach(async () => {
  world.target.reset();
  await world.database.query('delete from connection_health');
});

const circuit = async (): Promise<string | undefined> => {
  const { rows } = await world.database.query<{ status: string }>('select status from connection_health');
  return rows[0]?.status;
};
const retry = async (order: MadeOrder): Promise<string> => {
  await makeDue(world.database, order);
  return provisionOrder(world.provision, order.id);
};

describe('an order of a connection that a person has switched off', () => {
  const switchTo = (status: string) =>
    world.database.query(
      `insert into connection_health (connection, status) values ('crm', $1) on conflict (connection) do update set status = $1`,
      [status],
    );

  test('is not claimed, whoever asks, and nobody probes the connection', async () => {
    const order = await makeOrder(world.database, { key: 'off' });
    await switchTo('DISABLED');
    await world.database.query('update connection_health set next_probe_at = clock_timestamp()');
    expect(await retry(order)).toBe('none');
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'PENDING', attempt: 0 });
    expect(await world.provision.health.dueProbes()).toEqual([]);
    expect(world.target.ledger().filter(({ delta }) => delta.key === 'off')).toEqual([]);
  });

  test('is carried out where the switch is on: the control', async () => {
    const order = await makeOrder(world.database, { key: 'on' });
    await switchTo('CLOSED');
    expect(await retry(order)).toBe('held');
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'EXECUTED' });
  });
});

describe('failures that pass', () => {
  test('of the connection cost no try, and the third opens the circuit', async () => {
    world.target.plan({ kind: 'unreachable' }, { times: Infinity });
    const order = await makeOrder(world.database, { key: 'qin' });
    for (const attempt of [1, 2, 3]) {
      expect(await retry(order)).toBe('held');
      expect(await orderRow(world.database, order)).toMatchObject({
        state: 'PENDING',
        attempt,
        tries_used: 0,
        waiting_reason: 'connection',
      });
    }
    expect(await circuit()).toBe('OPEN');
    expect(await retry(order)).toBe('none');
    expect(await orderRow(world.database, order)).toMatchObject({ attempt: 3, queued_at: null });
  });

  test('a good probe makes all waiting orders of the connection due within 30 s', async () => {
    world.target.plan({ kind: 'unreachable' }, { times: Infinity });
    const orders = [await makeOrder(world.database, { key: 'ron' }), await makeOrder(world.database, { key: 'sue' })];
    for (const order of [...orders, ...orders]) await retry(order);
    await world.database.query(
      `update provisioning_order set next_attempt_at = clock_timestamp() + interval '5 hours' where state = 'PENDING'`,
    );
    await world.database.query('update connection_health set next_probe_at = clock_timestamp()');
    world.target.heal();
    for (const probe of await world.provision.health.dueProbes())
      await probeConnection({ health: world.provision.health, gateway: world.gateway }, probe);
    expect(await circuit()).toBe('CLOSED');
    for (const order of orders) expect((await orderRow(world.database, order)).waitMs).toBeLessThan(30_000);
    for (const order of orders) expect(await provisionOrder(world.provision, order.id)).toBe('held');
  });

  test('refused credentials quarantine the connection until its settings are others and good', async () => {
    world.target.demandPassword('right');
    const order = await makeOrder(world.database, { key: 'tim' });
    await provisionOrder(world.provision, order.id);
    expect(await circuit()).toBe('QUARANTINED');
    const probe = async () => {
      for (const due of await world.provision.health.dueProbes())
        await probeConnection({ health: world.provision.health, gateway: world.gateway }, due);
      return circuit();
    };
    expect(await probe()).toBe('QUARANTINED');
    const settings = { store: world.storeName, checkLinks: false };
    world.models.change({ settings: { ...settings, password: 'wrong too' } });
    expect(await probe()).toBe('QUARANTINED');
    world.models.change({ settings: { ...settings, password: 'right' } });
    expect(await probe()).toBe('CLOSED');
    world.target.demandPassword(null);
    world.models.change({ settings });
  });

  test('throttling waits exactly as long as asked, for the whole connection, and costs no try', async () => {
    world.target.plan({ kind: 'throttled', retryAfterMs: 60_000 });
    const [first, second] = [
      await makeOrder(world.database, { key: 'una' }),
      await makeOrder(world.database, { key: 'vic' }),
    ];
    await provisionOrder(world.provision, first.id);
    const row = await orderRow(world.database, first);
    expect(row).toMatchObject({ state: 'PENDING', tries_used: 0, waiting_reason: 'throttled' });
    expect(row.waitMs).toBeGreaterThan(55_000);
    expect(row.waitMs).toBeLessThanOrEqual(60_000);
    expect(await provisionOrder(world.provision, second.id)).toBe('none');
    await world.database.query('update connection_health set throttled_until = clock_timestamp()');
    expect(await retry(second)).toBe('held');
  });

  test('a timeout before sending costs a try', async () => {
    world.models.change({ deadlineSeconds: 0.05 });
    world.target.plan({ kind: 'hang' });
    const order = await makeOrder(world.database, { key: 'wes' });
    await provisionOrder(world.provision, order.id);
    const row = await orderRow(world.database, order);
    expect(row).toMatchObject({ state: 'PENDING', tries_used: 1 });
    expect(['transient', 'unknown']).toContain(row.waiting_reason);
    world.models.change({});
  });

  test('28 days of tries end in an error', async () => {
    world.target.plan({ kind: 'hang' }, { times: Infinity });
    world.models.change({ deadlineSeconds: 0.05 });
    const order = await makeOrder(world.database, { key: 'xia' });
    await world.database.query(
      `update provisioning_order set tries_used = 40, first_failed_at = clock_timestamp() - interval '27.5 days' where id = $1`,
      [order.id],
    );
    await provisionOrder(world.provision, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'ERRORED' });
    world.models.change({});
  });
});

test('no order of these tests met a bug of ours', () => {
  expect(world.faults).toEqual([]);
});
