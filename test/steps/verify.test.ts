// Looks at the target after a write: what another value, or a row that cannot be read, comes to. On real PostgreSQL.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { provisionOrder } from '../../src/steps/provision.js';
import { verifyOrder } from '../../src/steps/verify.js';
import { factsOf, type MadeOrder, makeOrder, openWorld, orderRow, type World } from '../support/execution-world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld({ name: 'verify' });
});
afterAll(() => world.close());
afterEach(async () => {
  world.target.reset();
  await world.database.query('delete from connection_health');
});

const accountState = async ({ assignmentId }: MadeOrder): Promise<unknown> => {
  const { rows } = await world.database.query<{ provisioning_state: string; delta: unknown; drift_count: number }>(
    'select provisioning_state, delta, drift_count from resource_assignment where id = $1',
    [assignmentId],
  );
  return rows[0] ?? null;
};
describe('another value than the one written', () => {
  test('is looked at again, then asks a person with both values', async () => {
    const order = await makeOrder(world.database, { key: 'pia', mail: 'pia@acme.test' });
    await provisionOrder(world.provision, order.id);
    world.target.put({
      objectType: 'account',
      key: 'pia',
      attributes: { id: 'pia', name: 'pia', mail: 'who@acme.test' },
      links: {},
    });
    for (const drifts of [1, 2]) {
      await verifyOrder(world.verify, order.id);
      expect(await orderRow(world.database, order)).toMatchObject({ state: 'EXECUTED' });
      expect(await accountState(order)).toMatchObject({ provisioning_state: 'EXECUTED', drift_count: drifts });
    }
    await verifyOrder(world.verify, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({
      state: 'ERRORED',
      error: { message: expect.stringContaining('mail: wished "pia@acme.test", found "who@acme.test"') },
    });
    expect(await accountState(order)).toMatchObject({ provisioning_state: 'ERRORED' });
    expect(await factsOf(world.database, order)).toEqual([
      'OrderStarted',
      'OrderExecuted',
      'OrderDrifted',
      'OrderDrifted',
      'OrderErrored',
    ]);
  });
});

describe('a row that cannot be read', () => {
  const executedAgo = async (order: MadeOrder, hours: number): Promise<void> => {
    await world.database.query(
      'update provisioning_order set executed_at = clock_timestamp() - make_interval(hours => $2) where id = $1',
      [order.id, hours],
    );
    await verifyOrder(world.verify, order.id);
  };
  const waitMs = async (order: MadeOrder): Promise<number> => (await orderRow(world.database, order)).waitMs ?? 0;

  test('is asked for less and less often, and in the end a person is told why', async () => {
    const order = await makeOrder(world.database, { key: 'sid' });
    await provisionOrder(world.provision, order.id);
    world.target.put({ objectType: 'account', key: 'sid', attributes: { id: 'sid', name: 's\0d' }, links: {} });
    await verifyOrder(world.verify, order.id);
    expect(await waitMs(order)).toBeLessThanOrEqual(15_000);
    await executedAgo(order, 1);
    expect(await waitMs(order)).toBeGreaterThan(14 * 60_000);
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'EXECUTED' });
    await executedAgo(order, 49);
    expect(await orderRow(world.database, order)).toMatchObject({
      state: 'ERRORED',
      error: { code: 'INVALID_VALUE', message: expect.stringMatching(/"sid".*48 hours.*not text/), isRetryable: false },
    });
    expect(await accountState(order)).toMatchObject({ provisioning_state: 'ERRORED', drift_count: 0 });
    expect(await factsOf(world.database, order)).toEqual(['OrderStarted', 'OrderExecuted', 'OrderErrored']);
  });

  test('ends with the validity period that its order was made with', async () => {
    const order = await makeOrder(world.database, { key: 'sue' });
    await provisionOrder(world.provision, order.id);
    await world.database.query('update provisioning_order set validity_hours = 1 where id = $1', [order.id]);
    world.target.put({ objectType: 'account', key: 'sue', attributes: { id: 'sue', name: 's\0e' }, links: {} });
    await executedAgo(order, 2);
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'ERRORED' });
  });

  test('is not looked at a second time when it shows another value after that period', async () => {
    const order = await makeOrder(world.database, { key: 'tom' });
    await provisionOrder(world.provision, order.id);
    world.target.put({ objectType: 'account', key: 'tom', attributes: { id: 'tom', name: 'other' }, links: {} });
    await executedAgo(order, 49);
    expect(await orderRow(world.database, order)).toMatchObject({
      state: 'ERRORED',
      error: { code: 'CONSTRAINT_VIOLATION' },
    });
  });

  test('because its type left the configuration ends the same way', async () => {
    const order = await makeOrder(world.database, { key: 'tia' });
    await provisionOrder(world.provision, order.id);
    await world.database.query(`update provisioning_order set resource_type = 'gone' where id = $1`, [order.id]);
    await executedAgo(order, 49);
    expect(await orderRow(world.database, order)).toMatchObject({
      state: 'ERRORED',
      error: { message: expect.stringContaining('gone') },
    });
  });

  test('control: because the system is away keeps its order waiting, however long', async () => {
    const order = await makeOrder(world.database, { key: 'una' });
    await provisionOrder(world.provision, order.id);
    world.target.plan({ kind: 'unreachable' });
    await executedAgo(order, 49);
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'EXECUTED' });
    await verifyOrder(world.verify, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'VERIFIED' });
  });
});

test('an account that is gone has its identity computed again, which sets its names free', async () => {
  const made = await makeOrder(world.database, { key: 'zara' });
  await provisionOrder(world.provision, made.id);
  await verifyOrder(world.verify, made.id);
  const removal = await makeOrder(world.database, { key: 'zara', kind: 'DELETE', after: made });
  await provisionOrder(world.provision, removal.id);
  await verifyOrder(world.verify, removal.id);
  expect(await accountState(removal)).toBeNull();
  const { rows } = await world.database.query(
    `select reason from dirty_identity where identity_id = (select identity_id from provisioning_order where id = $1)`,
    [removal.id],
  );
  expect(rows).toEqual([{ reason: 'account-gone' }]);
});

test('no order of these tests met a bug of ours', () => {
  expect(world.faults).toEqual([]);
});
