// Orders that people carry out, on real PostgreSQL: handed out, taken, confirmed with a key, given back, withdrawn, expired, seen.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { verifyOrder } from '../../src/steps/verify.js';
import { actorOf, openOrderWorld, type OrderWorld, type Row } from './order-fixture.js';

let orders: OrderWorld;
const [olga, otto] = [actorOf(randomUUID(), 'olga', ['operator']), actorOf(randomUUID(), 'otto', ['operator'])];
const boss = actorOf(randomUUID(), 'boss', ['administrator']);
beforeAll(async () => {
  orders = await openOrderWorld('manual');
});
afterAll(() => orders.close());

const ticket = async (key: string): Promise<{ account: string; order: Row }> => {
  const account = await orders.account({ key, state: 'PENDING', resourceType: 'badge' });
  await orders.generate();
  await orders.dispatch();
  return { account, order: await orders.orderOf(account) };
};

describe('a manual order', () => {
  test('is handed to people when it is dispatched, until its validity period ends', async () => {
    const { account, order } = await ticket('ann');
    expect(order).toMatchObject({
      state: 'TRANSMITTED',
      mode: 'MANUAL',
      connection: 'desk',
      target: 'account/ann',
      validity_hours: 12,
    });
    expect(Number(order.due_at) - Number(order.transmitted_at)).toBe(12 * 3_600_000);
    expect(await orders.accountRow(account)).toMatchObject({ provisioning_state: 'TRANSMITTED' });
    expect((await orders.database.query('select from outbox where row_id = $1', [order.id])).rows).toEqual([]);
  });

  test('keeps what people are told as it was when it was handed to them', async () => {
    const template = 'Badge of {{person.displayName}}, number {{account.key}}, mail {{change.mail}}.';
    const told = (instructions: string) =>
      orders.database.query(
        `insert into configuration_version (digest, document, applied_by) values ($1, $2, 'test')`,
        [
          instructions,
          JSON.stringify({
            connections: [{ identifier: 'desk', settings: { instructions } }],
            entityTypes: [{ identifier: 'person', displayProperty: 'name', properties: [], identity: {} }],
          }),
        ],
      );
    await told(template);
    const { account, order } = await ticket('told');
    const expected = expect.stringMatching(/^Badge of .+, number told, mail .+\.$/);
    expect(order).toMatchObject({ state: 'TRANSMITTED', instructions: expected });
    await told('Something else.');
    expect(await orders.orderOf(account)).toMatchObject({ instructions: order.instructions });
    await orders.database.query('delete from configuration_version');
  });

  test('waits for what it depends on, and is handed out by the sweep', async () => {
    const first = await ticket('dep-1');
    const account = await orders.account({ key: 'dep-2', state: 'PENDING', resourceType: 'badge' });
    await orders.generate();
    await orders.database.query('update provisioning_order set depends_on = array[$1::uuid] where assignment_id = $2', [
      first.order.id,
      account,
    ]);
    await orders.dispatch();
    expect(await orders.orderOf(account)).toMatchObject({ state: 'PENDING' });
    await orders.complete([first.order.id], olga);
    await orders.world.sweeps.transmitDue();
    expect(await orders.orderOf(account)).toMatchObject({ state: 'TRANSMITTED' });
  });

  test('belongs to whoever took it, until it is given back', async () => {
    const { account, order } = await ticket('bob');
    expect(await orders.take([order.id], olga)).toEqual({ orderIds: [order.id], refusals: [] });
    const refusals = [
      await orders.take([order.id], otto),
      await orders.take([order.id], otto, true),
      await orders.complete([order.id], otto),
      await orders.report([order.id], otto, 'No.'),
    ].map(({ refusals: [refusal] }) => refusal?.rule);
    expect(refusals).toEqual(Array.from({ length: 4 }, () => 'manual-order.not-taken-by-another'));
    await orders.take([order.id], boss, true);
    expect(await orders.take([order.id], otto)).toMatchObject({ refusals: [] });
    expect(await orders.orderOf(account)).toMatchObject({ assignee: otto.kind === 'identity' ? otto.identityId : '' });
  });

  test('that could not be carried out is errored with the reason, and can be handed out anew', async () => {
    const { account, order } = await ticket('cid');
    await orders.report([order.id], olga, 'The form is closed.');
    expect(await orders.orderOf(account)).toMatchObject({
      state: 'ERRORED',
      error: { code: 'CONSTRAINT_VIOLATION', targetMessage: 'The form is closed.' },
    });
    expect(await orders.accountRow(account)).toMatchObject({ provisioning_state: 'ERRORED' });
    await orders.retry({ orderIds: [order.id] });
    expect(await orders.orderOf(account)).toMatchObject({ state: 'TRANSMITTED', assignee: null, error: null });
  });

  test('is withdrawn when a newer one takes its place', async () => {
    const { account, order } = await ticket('dan');
    await orders.database.query(
      `update resource_assignment set desired_version = 2, provisioning_state = 'PENDING' where id = $1`,
      [account],
    );
    await orders.generate();
    const { rows } = await orders.database.query<Row>('select * from provisioning_order where id = $1', [order.id]);
    expect(rows).toMatchObject([{ state: 'INACTIVE' }]);
    expect(await orders.complete([order.id], olga)).toMatchObject({ refusals: [{ code: 'STATE_CONFLICT' }] });
  });
});

describe('a confirmation', () => {
  test('executes the order and keeps who did it', async () => {
    const { account, order } = await ticket('eve');
    await orders.complete([order.id], olga, { comment: 'Printed.' });
    expect(await orders.orderOf(account)).toMatchObject({ state: 'EXECUTED', executed_at: expect.any(Date) });
    expect(await orders.accountRow(account)).toMatchObject({ provisioning_state: 'EXECUTED' });
    const { rows } = await orders.database.query(
      'select outcome, steps from provisioning_attempt where order_id = $1',
      [order.id],
    );
    expect(rows).toMatchObject([{ outcome: 'SUCCEEDED', steps: [{ detail: 'By hand: olga: Printed.' }] }]);
  });

  test('with the key that the system gave lets the account follow it', async () => {
    const { account, order } = await ticket('flo');
    await orders.complete([order.id], olga, { externalId: 'F-0042' });
    expect(await orders.orderOf(account)).toMatchObject({ state: 'EXECUTED', delta: { key: 'F-0042' } });
    const row = await orders.accountRow(account);
    expect(row).toMatchObject({ resource_key: 'F-0042', expected: { key: 'F-0042' }, delta: { key: 'F-0042' } });
    expect(row.expected_hash).not.toBe('wish');
    const other = await ticket('gus');
    expect(await orders.complete([other.order.id], olga, { externalId: 'F-0042' })).toMatchObject({
      refusals: [{ code: 'DUPLICATE', field: ['input', 'externalId'] }],
    });
  });

  test('takes one key for one creation', async () => {
    const [one, two] = [await ticket('hal'), await ticket('ivo')];
    expect(await orders.complete([one.order.id, two.order.id], olga, { externalId: 'X' })).toMatchObject({
      orderIds: [],
      refusals: [{ code: 'INVALID' }],
    });
    expect(await orders.complete([one.order.id, two.order.id], olga)).toMatchObject({ refusals: [] });
  });

  test('is looked for at the end of the validity period, by the connection that reads the system', async () => {
    const { account, order } = await ticket('joe');
    await orders.complete([order.id], olga);
    const due = await orders.orderOf(account);
    expect(Number(due.next_attempt_at) - Number(due.executed_at)).toBeGreaterThan(11 * 3_600_000);
    await orders.world.gateway.apply(
      {
        connection: 'crm',
        entityType: 'account',
        idempotencyKey: randomUUID(),
        lane: 2,
        delta: {
          kind: 'CREATE',
          key: 'joe',
          scalars: [
            { property: 'name', from: null, to: 'joe', rule: null },
            { property: 'mail', from: null, to: 'joe@acme.test', rule: null },
          ],
          links: [],
        },
      },
      new AbortController().signal,
    );
    await verifyOrder(orders.world.verify, order.id);
    expect(await orders.orderOf(account)).toMatchObject({ state: 'VERIFIED', evidence: { how: 'read-back' } });
  });
});

describe('the validity period', () => {
  const overdue = (order: Row): Promise<unknown> =>
    orders.database.query(
      `update provisioning_order set due_at = clock_timestamp() - interval '1 s', executed_at = executed_at - interval '13 h' where id = $1`,
      [order.id],
    );

  test('ends a ticket that nobody answered as an error that says so', async () => {
    const { account, order } = await ticket('kim');
    expect(await orders.world.sweeps.expireTickets()).toBe(0);
    await overdue(order);
    expect(await orders.world.sweeps.expireTickets()).toBe(1);
    expect(await orders.orderOf(account)).toMatchObject({ state: 'ERRORED', error: { code: 'TIMEOUT' } });
    expect(await orders.accountRow(account)).toMatchObject({ provisioning_state: 'ERRORED' });
  });

  test('ends a confirmation that the system does not show as an error', async () => {
    const { account, order } = await ticket('leo');
    await orders.complete([order.id], olga);
    await overdue(order);
    await verifyOrder(orders.world.verify, order.id);
    expect(await orders.orderOf(account)).toMatchObject({ state: 'ERRORED', error: { code: 'CONSTRAINT_VIOLATION' } });
  });
});
