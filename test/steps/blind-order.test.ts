// Orders of values that are only written: nobody can see them in the target, so they end with the system's yes.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { provisionOrder } from '../../src/steps/provision.js';
import { verifyOrder } from '../../src/steps/verify.js';
import { isBlindDelta } from '../../src/store/blind-order.js';
import { makeOrder, type MadeOrder, openWorld, orderRow, type World } from '../support/execution-world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld({ name: 'blind' });
});
afterAll(() => world.close());

/** An executed update of one value, and another one if wanted. */
async function executed(key: string, isMapped: boolean): Promise<MadeOrder> {
  const order = await makeOrder(world.database, { key, kind: 'UPDATE', mail: 'new@acme.test' });
  await world.database.query(
    `update provisioning_order set delta = jsonb_set(delta, '{scalars}', (
       select coalesce(jsonb_agg(s || case when $2 then '{}'::jsonb else '{"isMapped": false}'::jsonb end), '[]')
       from jsonb_array_elements(delta -> 'scalars') as s)) where id = $1`,
    [order.id, isMapped],
  );
  world.target.put({
    objectType: 'account',
    key,
    attributes: { id: key, name: key, mail: 'old@acme.test' },
    links: {},
  });
  await provisionOrder(world.provision, order.id);
  return order;
}

const looksAgain = async (order: MadeOrder): Promise<boolean> => {
  await world.database.query(
    `update provisioning_order set queued_at = clock_timestamp() - interval '1 hour' where id = $1`,
    [order.id],
  );
  await world.database.query('truncate outbox');
  await world.sweeps.enqueueAged();
  const { rows } = await world.database.query('select 1 from outbox where row_id = $1', [order.id]);
  return rows.length > 0;
};

describe('an order of values that are only written', () => {
  test('ends EXECUTED: nobody looks at the target for it, now or later', async () => {
    const order = await executed('ida', false);
    await verifyOrder(world.verify, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'EXECUTED' });
    expect(await looksAgain(order)).toBe(false);
  });

  test('does not hold up the next order of the same account', async () => {
    const order = await executed('eve', false);
    const next = await makeOrder(world.database, { key: 'eve', kind: 'UPDATE', mail: 'next@acme.test', after: order });
    await provisionOrder(world.provision, next.id);
    expect(await orderRow(world.database, next)).toMatchObject({ state: 'EXECUTED' });
  });

  test('is told from one with a value that can be seen: the control', async () => {
    const order = await executed('max', true);
    expect(await looksAgain(order)).toBe(true);
    await verifyOrder(world.verify, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'VERIFIED' });
  });

  test.each([
    ['{"kind": "UPDATE", "links": [], "scalars": [{"isMapped": false}, {"isMapped": false}]}', true],
    ['{"kind": "UPDATE", "links": [], "scalars": [{"isMapped": false}, {}]}', false],
    ['{"kind": "UPDATE", "links": [{}], "scalars": [{"isMapped": false}]}', false],
    ['{"kind": "CREATE", "links": [], "scalars": [{"isMapped": false}]}', false],
    ['{"kind": "UPDATE", "links": [], "scalars": []}', false],
  ])('%s is blind: %p, in SQL as in the domain', async (delta, expected) => {
    const { rows } = await world.database.query<{ is: boolean }>(
      `select ${isBlindDelta('d.delta')} as is from (select $1::jsonb as delta) d`,
      [delta],
    );
    expect(rows[0]?.is).toBe(expected);
  });
});
