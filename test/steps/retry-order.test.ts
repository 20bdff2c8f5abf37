// Errored orders that an operator has tried again, on real PostgreSQL: by name, by cause, and by hand.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { provisionOrder } from '../../src/steps/provision.js';
import { actorOf, openOrderWorld, type OrderWorld, type Row } from './order-fixture.js';

let orders: OrderWorld;
beforeAll(async () => {
  orders = await openOrderWorld('retry');
});
afterAll(() => orders.close());

/** Refused by the target for good. */
const errored = async (key: string, message = 'The mail is not valid.'): Promise<{ account: string; order: Row }> => {
  const account = await orders.account({ key, state: 'PENDING' });
  await orders.generate();
  orders.world.target.plan({ kind: 'refused', code: 'INVALID_VALUE', message });
  await provisionOrder(orders.world.provision, (await orders.orderOf(account)).id);
  const order = await orders.orderOf(account);
  expect(order.state).toBe('ERRORED');
  return { account, order };
};
const fingerprintOf = ({ error }: Row): string => (error as { readonly fingerprint: string }).fingerprint;

describe('an errored order that is tried again', () => {
  test('goes on with fresh tries, and its account with it', async () => {
    const { account, order } = await errored('ann');
    expect(await orders.retry({ orderIds: [order.id] })).toEqual({ affectedCount: 1, refusals: [] });
    expect(await orders.orderOf(account)).toMatchObject({
      state: 'PENDING',
      tries_used: 0,
      error: null,
      is_uncertain: false,
      queued_at: expect.any(Date),
    });
    expect(await orders.accountRow(account)).toMatchObject({ provisioning_state: 'PENDING' });
    await provisionOrder(orders.world.provision, order.id);
    expect(await orders.orderOf(account)).toMatchObject({ state: 'EXECUTED', attempt: 2 });
  });

  test('is read first where a former try was carried out', async () => {
    const { account, order } = await errored('read-first');
    await orders.database.query('update provisioning_order set executed_at = clock_timestamp() where id = $1', [
      order.id,
    ]);
    await orders.retry({ orderIds: [order.id] });
    expect(await orders.orderOf(account)).toMatchObject({ is_uncertain: true });
  });

  test('stays where it is when the rules want something else, or a younger order is under way', async () => {
    const stale = await errored('stale');
    await orders.database.query('update resource_assignment set desired_version = 9 where id = $1', [stale.account]);
    const overtaken = await errored('overtaken');
    const owner = await orders.person('another');
    const younger = await orders.account({ key: 'overtaken', state: 'PENDING', owner, resourceType: 'badge' });
    await orders.database.query(
      `update resource_assignment set resource_type = 'crm-account', is_due = false where id = $1`,
      [younger],
    );
    await orders.generate();
    const result = await orders.retry({ orderIds: [stale.order.id, overtaken.order.id] });
    expect(result).toMatchObject({
      affectedCount: 0,
      refusals: [
        { rule: 'order-retry.present-wish', field: ['input', 'provisioningOrderIds', '0'] },
        { rule: 'order-retry.not-overtaken', field: ['input', 'provisioningOrderIds', '1'] },
      ],
    });
  });
});

test('all orders with one cause go on together, and no others', async () => {
  const same = [await errored('c1', 'Full: quota 17.'), await errored('c2', 'Full: quota 18.')];
  const other = await errored('c3', 'Not today.');
  const [first, second] = same.map(({ order }) => fingerprintOf(order));
  expect(first).toBe(second);
  expect(await orders.retry({ fingerprint: first ?? '' })).toEqual({ affectedCount: 2, refusals: [] });
  expect(await orders.orderOf(other.account)).toMatchObject({ state: 'ERRORED' });
  expect(await orders.retry({ fingerprint: first ?? '' })).toMatchObject({ refusals: [{ code: 'NOT_FOUND' }] });
});

test('an errored order can be handed to a person by the manual connection of its system', async () => {
  const { account, order } = await errored('byhand');
  expect(await orders.retry({ orderIds: [order.id], byHand: true })).toMatchObject({ affectedCount: 1 });
  expect(await orders.orderOf(account)).toMatchObject({ state: 'TRANSMITTED', mode: 'MANUAL', connection: 'desk' });
  expect(await orders.accountRow(account)).toMatchObject({ provisioning_state: 'TRANSMITTED' });
});

test('a retry takes ids or a cause, and the right to', async () => {
  expect(await orders.retry({})).toMatchObject({ refusals: [{ code: 'INVALID' }] });
  const employee = actorOf(await orders.person('emp'), 'emp', ['employee']);
  expect(await orders.retry({ fingerprint: 'x' }, employee)).toMatchObject({ refusals: [{ code: 'FORBIDDEN' }] });
});
