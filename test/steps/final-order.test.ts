// Orders that nothing will ever show in a target: what was asked for with them is completed by the yes itself. On real PostgreSQL.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { provisionOrder } from '../../src/steps/provision.js';
import { actorOf, type AccountOptions, openOrderWorld, type OrderWorld } from './order-fixture.js';

let orders: OrderWorld;
const olga = actorOf(randomUUID(), 'olga', ['operator']);
beforeAll(async () => {
  orders = await openOrderWorld('final');
});
afterAll(() => orders.close());

/** A change that carries the role `seller`, which somebody asked for, or asked to be rid of. */
async function asked(action: 'ADD' | 'REMOVE', options: AccountOptions, isMapped = true) {
  const person = await orders.person(options.key);
  const [request, item] = [randomUUID(), randomUUID()];
  const query = orders.database.query.bind(orders.database);
  await query(
    `insert into assignment_request (id, requester, requester_identity_id, beneficiary_id, state, digest) values ($1, 'x', $2, $2, 'APPROVED', 'd')`,
    [request, person],
  );
  await query(
    `insert into request_item (id, request_id, beneficiary_id, position, action, role, state, warnings, adjustments) values ($1, $2, $3, 0, $4, 'seller', 'APPROVED', '[]', '[]')`,
    [item, request, person, action],
  );
  await query(
    `insert into role_assignment (identity_id, role, workflow_state, request_item_id) values ($1, 'seller', $2, $3)`,
    [person, action === 'ADD' ? 'APPROVED' : 'CANCELLATION', item],
  );
  await query(
    `insert into identity_state (identity_id, roles, reasons, input_hash, configuration_version, computed_at) values ($1, $2, $3, 'h', 1, now())`,
    [person, action === 'ADD' ? ['seller'] : [], action === 'ADD' ? [`request:${item}`] : []],
  );
  const account = await orders.account({ ...options, state: 'PENDING', owner: person });
  if (!isMapped)
    await query(
      `update resource_assignment set delta = jsonb_set(delta, '{scalars,0,isMapped}', 'false') where id = $1`,
      [account],
    );
  await orders.generate();
  await orders.dispatch();
  return { person, account, order: await orders.orderOf(account), request };
}

const stateOf = async (request: string): Promise<unknown> =>
  (await orders.database.query<{ state: string }>('select state from assignment_request where id = $1', [request]))
    .rows[0]?.state;

const roleOf = async (person: string): Promise<unknown> =>
  (
    await orders.database.query<{ state: string }>(
      'select workflow_state as state from role_assignment where identity_id = $1',
      [person],
    )
  ).rows[0]?.state;

/** The connection that reads accounts becomes one of people, so that nobody can read them. */
async function unread(act: () => Promise<void>): Promise<void> {
  orders.world.models.change({ package: 'manual' });
  await act();
  orders.world.models.change({ package: '@joinery/connector-memory' });
}

const put = (key: string): void =>
  orders.world.target.put({ objectType: 'account', key, attributes: { id: key, name: key, mail: 'old' }, links: {} });

describe('an order of values that are only written', () => {
  test('completes the request when the system has said yes, and stays EXECUTED', async () => {
    put('ann');
    const { account, order, request } = await asked('ADD', { key: 'ann', kind: 'UPDATE' }, false);
    await provisionOrder(orders.world.provision, order.id);
    expect(await orders.accountRow(account)).toMatchObject({ provisioning_state: 'EXECUTED' });
    expect(await stateOf(request)).toBe('COMPLETED');
  });

  test('is told from one with a value that can be seen, which has to be: the control', async () => {
    put('bob');
    const { account, order, request } = await asked('ADD', { key: 'bob', kind: 'UPDATE' });
    await provisionOrder(orders.world.provision, order.id);
    expect(await orders.accountRow(account)).toMatchObject({ provisioning_state: 'EXECUTED', final_version: null });
    expect(await stateOf(request)).toBe('PROVISIONING');
  });

  test('completes nothing while a newer wish of the account is to be written', async () => {
    put('cid');
    const { account, person, order, request } = await asked('ADD', { key: 'cid', kind: 'UPDATE' }, false);
    const other = await orders.account({
      key: 'cid',
      kind: 'UPDATE',
      state: 'PENDING',
      owner: person,
      resourceType: 'badge',
    });
    await provisionOrder(orders.world.provision, order.id);
    expect(await orders.accountRow(account)).toMatchObject({ provisioning_state: 'EXECUTED' });
    expect(await orders.accountRow(other)).toMatchObject({ provisioning_state: 'PENDING' });
    expect(await stateOf(request)).toBe('PROVISIONING');
  });
});

describe('an order that people carried out in a system nobody reads', () => {
  test('completes the request when they say so', async () => {
    const { account, order, request } = await asked('ADD', { key: 'dan', resourceType: 'badge' });
    expect(await stateOf(request)).toBe('PROVISIONING');
    await unread(async () => {
      expect(await orders.complete([order.id], olga)).toMatchObject({ refusals: [] });
    });
    expect(await orders.accountRow(account)).toMatchObject({ provisioning_state: 'EXECUTED' });
    expect(await orders.orderOf(account)).toMatchObject({ state: 'EXECUTED', next_attempt_at: null });
    expect(await stateOf(request)).toBe('COMPLETED');
  });

  test('ends the role that was taken away', async () => {
    const { person, order, request } = await asked('REMOVE', { key: 'eve', kind: 'DELETE', resourceType: 'badge' });
    expect(await roleOf(person)).toBe('CANCELLATION');
    await unread(async () => void (await orders.complete([order.id], olga)));
    expect([await roleOf(person), await stateOf(request)]).toEqual([undefined, 'COMPLETED']);
  });

  test('leaves it open where somebody can read the system: the control', async () => {
    const { person, order, request } = await asked('REMOVE', { key: 'flo', kind: 'DELETE', resourceType: 'badge' });
    await orders.complete([order.id], olga);
    expect([await roleOf(person), await stateOf(request)]).toEqual(['CANCELLATION', 'PROVISIONING']);
  });
});
