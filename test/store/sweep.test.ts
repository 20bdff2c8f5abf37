// What the sweep brings back by age alone, while the queues are busy with other things.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { markDirty } from '../../src/store/dirty-identity.js';
import {
  makeOrder,
  type MadeOrder,
  openWorld,
  orderRow,
  type OrderOptions,
  type World,
} from '../support/execution-world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld({ name: 'aged' });
});
afterAll(() => world.close());
afterEach(() => world.database.query('truncate outbox, dirty_identity, connection_health, provisioning_order'));

async function queuedAgo(options: OrderOptions, seconds: number): Promise<MadeOrder> {
  const order = await makeOrder(world.database, options);
  await age(order, seconds);
  return order;
}
const age = ({ id }: MadeOrder, seconds: number) =>
  world.database.query(
    'update provisioning_order set queued_at = clock_timestamp() - make_interval(secs => $2) where id = $1',
    [id, seconds],
  );
async function jobs(): Promise<readonly { readonly name: string; readonly row_id: string; readonly job_id: string }[]> {
  const { rows } = await world.database.query<{ name: string; row_id: string; job_id: string }>(
    'select name, row_id, job_id from outbox order by id',
  );
  return rows;
}

test('an order whose job is gone is queued again after some minutes, and not again at once', async () => {
  const order = await queuedAgo({ key: 'old', lane: 3 }, 301);
  expect(await world.sweeps.enqueueAged()).toBe(1);
  expect(await jobs()).toMatchObject([{ name: 'order', row_id: order.id }]);
  await world.database.query('truncate outbox');
  expect(await world.sweeps.enqueueAged()).toBe(0);
  await age(order, 301);
  expect(await world.sweeps.enqueueAged()).toBe(1);
});

test('its jobs have other names each time, so that a failed one that is kept does not swallow them', async () => {
  const order = await queuedAgo({ key: 'named' }, 301);
  await world.sweeps.enqueueAged();
  const before = await jobs();
  await world.database.query('truncate outbox');
  await age(order, 301);
  await world.sweeps.enqueueAged();
  const names = [...before, ...(await jobs())].filter(({ row_id }) => row_id === order.id).map(({ job_id }) => job_id);
  expect(new Set(names).size).toBe(2);
});

test('leavers do not wait that long; control: others of the same age do', async () => {
  const leaver = await queuedAgo({ key: 'leaver', lane: 0 }, 61);
  await queuedAgo({ key: 'bulk', lane: 3 }, 61);
  await world.sweeps.enqueueAged();
  expect((await jobs()).map(({ row_id }) => row_id)).toEqual([leaver.id]);
});

test('an order that waits in the outbox, or is being worked on, is left alone', async () => {
  const order = await queuedAgo({ key: 'held' }, 301);
  await world.database.query(
    `insert into outbox (queue, name, job_id, row_id) values ('provision.crm', 'order', 'x', $1)`,
    [order.id],
  );
  expect(await world.sweeps.enqueueAged()).toBe(0);
  await world.database.query('truncate outbox');
  await world.provision.orders.claim(order.id);
  expect(await world.sweeps.enqueueAged()).toBe(0);
});

test('an order that may not go yet is released: it goes when it may', async () => {
  const first = await makeOrder(world.database, { key: 'twice' });
  const second = await queuedAgo({ key: 'twice', after: first }, 301);
  await world.sweeps.enqueueAged();
  expect(await jobs()).toEqual([]);
  expect(await orderRow(world.database, second)).toMatchObject({ queued_at: null, next_attempt_at: expect.any(Date) });
});

test('an executed order whose look is lost is looked at', async () => {
  const order = await queuedAgo({ key: 'seen' }, 301);
  await world.database.query(
    `update provisioning_order set state = 'EXECUTED', executed_at = clock_timestamp() where id = $1`,
    [order.id],
  );
  await world.sweeps.enqueueAged();
  expect(await jobs()).toMatchObject([{ name: 'verify', row_id: order.id }]);
});

test.each(['request:1', 'review'])(
  'an identity with a decision (%s) is computed though its job is gone',
  async (reason) => {
    const { identityId } = await makeOrder(world.database, { key: reason });
    await markDirty(world.database, [identityId], reason);
    await world.sweeps.enqueueAged();
    expect(await jobs()).toEqual([]);
    await world.database.query(`update dirty_identity set since = since - interval '3 minutes'`);
    await world.sweeps.enqueueAged();
    expect(await jobs()).toMatchObject([{ name: 'identities', row_id: identityId }]);
  },
);

test('a later cause does not make the sweep forget that somebody decided', async () => {
  const { identityId } = await makeOrder(world.database, { key: 'decided' });
  const reason = async (): Promise<unknown> =>
    (await world.database.query<{ reason: string }>('select reason from dirty_identity')).rows[0]?.reason;
  await markDirty(world.database, [identityId], 'drift');
  await markDirty(world.database, [identityId], 'request:1');
  expect(await reason()).toBe('request:1');
  await markDirty(world.database, [identityId], 'observation');
  expect(await reason()).toBe('request:1');
});
