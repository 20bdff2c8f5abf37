// Orders on a real database: made once, held back as a whole, superseded by newer ones, and handed to their queues.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { dispatchOrders } from '../../src/steps/dispatch-orders.js';
import { generateOrders, type GenerateOrdersPorts } from '../../src/steps/generate-orders.js';
import { orderDispatchStore } from '../../src/store/order-dispatch.js';
import { orderGenerationStore } from '../../src/store/order-generation.js';
import { orderExecutionStore } from '../../src/store/provisioning-order.js';
import { sweepStore } from '../../src/store/sweep.js';
import { company } from '../domain/role-model/company.js';
import { openWorld, type World } from './role-model-world.js';

let world: World;
let ports: GenerateOrdersPorts;
let serial: 'connection' | undefined;
beforeAll(async () => {
  world = await openWorld('orders');
  ports = {
    ...world.ports,
    orderGeneration: orderGenerationStore(world.database),
    gateway: {
      packageOf: () =>
        Promise.resolve({
          name: 'test',
          version: '0',
          displayName: 'test',
          capabilities: [],
          settingsSchema: {},
          ...(serial === undefined ? {} : { serial }),
          open: () => Promise.reject(new Error('No target is reached here.')),
        }),
    },
  };
});
afterAll(() => world.close());
beforeEach(async () => {
  serial = undefined;
  await world.database.query('truncate resource, dirty_identity, event, provisioning_order, outbox cascade');
});

const orders = async () =>
  (
    await world.database.query<Record<string, unknown>>(
      `select o.*, p.key from provisioning_order o join resource p on p.id = o.identity_id order by o.number`,
    )
  ).rows;
const facts = async (kind: string) =>
  (
    await world.database.query<{ body: { orders: readonly Record<string, unknown>[] } }>(
      'select body from event where kind = $1 order by id',
      [kind],
    )
  ).rows.map(({ body }) => body.orders);
const outbox = async () =>
  (await world.database.query<Record<string, unknown>>('select * from outbox order by id')).rows;
const dispatch = () => dispatchOrders({ dispatch: orderDispatchStore(world.database) });

describe('generating', () => {
  test('makes one order of each waiting change, and none the second time', async () => {
    await world.person('camille.roy');
    await world.compute();
    await expect(generateOrders(ports)).resolves.toMatchObject({
      state: 'COMPLETED',
      counters: { read: 1, created: 1, skipped: 0 },
    });
    expect(await orders()).toMatchObject([
      {
        key: 'camille.roy',
        kind: 'CREATE',
        state: 'PENDING',
        connection: 'crm',
        target: 'crmAccount/camille.roy',
        lane: 2,
        pending_roles: ['seller'],
        desired_version: '1',
        depends_on: [],
      },
    ]);
    expect(await facts('OrderCreated')).toMatchObject([
      [{ resourceType: 'crm-account', previousState: null, state: 'PENDING' }],
    ]);
    await expect(generateOrders(ports)).resolves.toMatchObject({ counters: { read: 0 } });
    expect(await orders()).toHaveLength(1);
  });

  test('asks for the turn of the whole connection where its package wants that', async () => {
    serial = 'connection';
    await world.person('camille.roy');
    await world.compute();
    await generateOrders(ports);
    expect(await orders()).toMatchObject([{ target: '*' }]);
  });

  test('keeps to the people asked for', async () => {
    const id = await world.person('camille.roy');
    await world.person('ines.aubry');
    await world.compute();
    await generateOrders(ports, { identityIds: [id] });
    expect((await orders()).map(({ key }) => key)).toEqual(['camille.roy']);
    await generateOrders(ports, { resourceTypes: ['other'] });
    expect(await orders()).toHaveLength(1);
  });

  test('twice at once makes each order once', async () => {
    for (let index = 0; index < 20; index += 1) await world.person(`person-${index}`);
    await world.compute();
    await Promise.all(Array.from({ length: 5 }, () => generateOrders(ports)));
    expect(await orders()).toHaveLength(20);
  });

  test('supersedes an order nobody holds, and waits behind one that is held', async () => {
    await world.person('camille.roy');
    await world.compute();
    await generateOrders(ports);
    await world.person('camille.roy', { email: 'new@acme.example' });
    await world.compute();
    await generateOrders(ports);
    expect((await orders()).map(({ state, desired_version: version }) => [state, version])).toEqual([
      ['INACTIVE', '1'],
      ['PENDING', '2'],
    ]);
    expect(await facts('OrderSuperseded')).toMatchObject([[{ previousState: 'PENDING', state: 'INACTIVE' }]]);
    await world.database.query(
      `update provisioning_order set lease_until = clock_timestamp() + interval '1 minute' where state = 'PENDING'`,
    );
    await world.person('camille.roy', { email: 'newer@acme.example' });
    await world.compute();
    await generateOrders(ports);
    expect((await orders()).map(({ state }) => state)).toEqual(['INACTIVE', 'PENDING', 'PENDING']);
  });

  test('makes an uncertain older order due at once, so that nobody waits for its next try', async () => {
    await world.person('camille.roy');
    await world.compute();
    await generateOrders(ports);
    await world.database.query(
      `update provisioning_order set is_uncertain = true, queued_at = clock_timestamp(), next_attempt_at = clock_timestamp() + interval '24 h'`,
    );
    await world.person('camille.roy', { email: 'new@acme.example' });
    await world.compute();
    await generateOrders(ports);
    const [older] = await orders();
    expect(older).toMatchObject({ state: 'PENDING', queued_at: null });
    await sweepStore(world.database).enqueueDue();
    expect(await outbox()).toMatchObject([{ queue: 'provision.crm', row_id: older?.id }]);
    const [claim] = await orderExecutionStore(world.database, 'test', world.ports.environment.digest).claim([
      String(older?.id),
    ]);
    expect(claim).toMatchObject({ kind: 'held', order: { isUncertain: true, desiredVersion: 1, presentVersion: 2 } });
  });
});

describe('an account that was repaired by hand after its order failed', () => {
  const failedOrder = async () => {
    await world.person('ada');
    await world.person('bea');
    await world.compute();
    await generateOrders(ports);
    const [failed, dependent] = await orders();
    await world.database.query(`update provisioning_order set state = 'ERRORED' where id = $1`, [failed?.id]);
    await world.database.query(`update resource_assignment set provisioning_state = 'ERRORED' where id = $1`, [
      failed?.assignment_id,
    ]);
    await world.database.query('update provisioning_order set depends_on = array[$1::uuid] where id = $2', [
      failed?.id,
      dependent?.id,
    ]);
    return { failed, dependent };
  };
  const claim = async (id: unknown) =>
    (await orderExecutionStore(world.database, 'test', world.ports.environment.digest).claim([String(id)]))[0]?.kind;

  test('ends the order, and lets go on what depended on it', async () => {
    const { failed, dependent } = await failedOrder();
    expect(await claim(dependent?.id)).toBe('none');
    await world.resource('ada', { attributes: { email: 'ada@acme.example' } });
    await world.person('ada');
    // With no value asked for any more there is nothing left to write, and no newer order.
    world.configure({ scalarRules: [] });
    await world.compute();
    world.configure({});
    expect(await orders()).toMatchObject([{ state: 'INACTIVE' }, { state: 'PENDING' }]);
    expect(await facts('OrderSuperseded')).toMatchObject([
      [{ orderId: failed?.id, previousState: 'ERRORED', state: 'INACTIVE' }],
    ]);
    expect(await claim(dependent?.id)).toBe('held');
  });

  test('is enough for what depends on it, whatever became of the order', async () => {
    const { failed, dependent } = await failedOrder();
    await world.database.query(`update resource_assignment set provisioning_state = 'VERIFIED' where id = $1`, [
      failed?.assignment_id,
    ]);
    expect(await claim(dependent?.id)).toBe('held');
  });
});

test('a report written in an earlier batch waits for the account of a manager in a later one', async () => {
  const [, accounts] = company.entityTypes;
  if (accounts === undefined) throw new Error('The company has accounts.');
  const [property] = accounts.properties;
  if (property === undefined) throw new Error('Accounts have properties.');
  const manager = { ...property, identifier: 'manager', attribute: 'manager', references: 'crmAccount' };
  world.configure({
    entityTypes: company.entityTypes.map((each) =>
      each === accounts ? { ...each, properties: [...each.properties, manager] } : each,
    ),
    scalarRules: [
      ...company.scalarRules,
      ...company.scalarRules
        .slice(0, 1)
        .map((rule) => ({ ...rule, identifier: 'managed', property: 'manager', value: 'person.department' })),
    ],
    roleRules: company.roleRules.map((rule) => (rule.role === 'seller' ? { ...rule, when: null } : rule)),
  });
  for (const [key, department] of [
    ['report', 'lead'],
    ...Array.from({ length: 200 }, (_, index) => [`p${index}`, '']),
    ['lead', 'boss'],
    ['boss', ''],
  ])
    await world.person(key ?? '', { department: department ?? '' });
  await world.compute({ kind: 'all' });
  await generateOrders(ports);
  world.configure({});
  const made = await orders();
  expect(made).toHaveLength(203);
  const of = (name: string) => made.find(({ key }) => key === name);
  expect(of('report')).toMatchObject({ depends_on: [of('lead')?.id] });
  expect(of('lead')).toMatchObject({ depends_on: [of('boss')?.id] });
});

describe('the threshold of orders', () => {
  const people = Array.from({ length: 20 }, (_, index) => `person-${String(index).padStart(2, '0')}`);

  test('lets the first accounts of a type through', async () => {
    for (const name of people) await world.person(name);
    await world.compute();
    await expect(generateOrders(ports)).resolves.toMatchObject({ state: 'COMPLETED', counters: { created: 20 } });
  });

  test('holds back one kind of change as a whole, and orders the others', async () => {
    for (const name of people) await world.person(name);
    await world.compute();
    await world.carryOut();
    for (const name of people.slice(0, 7)) await world.person(name, { email: `${name}@new.example` });
    await world.person('newcomer');
    await world.compute({ kind: 'all' });
    const result = await generateOrders(ports);
    expect(result).toMatchObject({
      state: 'BLOCKED',
      counters: { read: 8, created: 1, updated: 0, skipped: 7 },
      violations: [
        { name: 'orders.update.percent', limit: 30, actual: 35, scope: 'crm-account', scopeKind: 'resourceType' },
      ],
    });
    expect((await orders()).map(({ key }) => key)).toEqual(['newcomer']);
    // What is held back is parked, not lost.
    expect(
      (
        await world.database.query(
          `select from resource_assignment where provisioning_state = 'PENDING' and ordered_version < desired_version`,
        )
      ).rows,
    ).toHaveLength(7);
  });

  describe('once it holds changes back', () => {
    beforeEach(async () => {
      for (const name of people) await world.person(name);
      await world.compute();
      await world.carryOut();
      for (const name of people.slice(0, 7)) await world.person(name, { email: `${name}@new.example` });
      await world.compute({ kind: 'all' });
      await generateOrders(ports);
    });
    const idOf = async (key: string): Promise<string> =>
      (
        await world.database.query<{ id: string }>(
          `select id from resource where entity_type = 'person' and key = $1`,
          [key],
        )
      ).rows[0]?.id ?? '';
    const heldCount = async (): Promise<number> =>
      (await world.database.query('select from resource_assignment where held_kind is not null')).rows.length;

    test('none of them goes on its own, not even changed', async () => {
      const identityIds = [await idOf('person-00')];
      await expect(generateOrders(ports, { identityIds })).resolves.toMatchObject({ state: 'WARNING', violations: [] });
      await world.person('person-00', { email: 'newer@new.example' });
      await world.compute({ kind: 'identities', ids: identityIds });
      await generateOrders(ports, { identityIds });
      expect(await orders()).toEqual([]);
    });

    test('a complete run goes on without them, and orders what is within the limit by itself', async () => {
      await world.person('person-10', { email: 'ten@new.example' });
      await world.compute();
      await expect(generateOrders(ports)).resolves.toMatchObject({
        state: 'WARNING',
        warnings: [expect.stringContaining('7 changes (UPDATE)')],
        counters: { read: 8, updated: 1, skipped: 7 },
      });
      expect((await orders()).map(({ key }) => key)).toEqual(['person-10']);
    });

    test('a complete run that finds all of them within the limit orders them', async () => {
      for (const name of people.slice(0, 3)) await world.person(name);
      await world.compute();
      expect(await heldCount()).toBe(4);
      await expect(generateOrders(ports)).resolves.toMatchObject({ state: 'COMPLETED', counters: { updated: 4 } });
      expect(await orders()).toHaveLength(4);
      expect(await heldCount()).toBe(0);
    });

    test('another kind of change of theirs goes', async () => {
      await world.person('person-00', { department: 'legal' });
      await world.compute();
      await generateOrders(ports, { identityIds: [await idOf('person-00')] });
      expect(await orders()).toMatchObject([{ key: 'person-00', kind: 'DELETE' }]);
    });
  });

  test('counts again what a computation beside it adds after counting', async () => {
    for (const name of people) await world.person(name);
    await world.compute();
    await world.carryOut();
    await world.person('person-00', { email: 'first@new.example' });
    await world.compute();
    const { orderGeneration } = ports;
    const beside = {
      ...orderGeneration,
      hold: async (...given: Parameters<typeof orderGeneration.hold>) => {
        await orderGeneration.hold(...given);
        if (given[1].length > 0) return;
        for (const name of people.slice(1, 10)) await world.person(name, { email: `${name}@new.example` });
        await world.compute();
      },
    };
    await expect(generateOrders({ ...ports, orderGeneration: beside })).resolves.toMatchObject({ state: 'BLOCKED' });
    expect(await orders()).toHaveLength(1);
  });
});

describe('dispatching', () => {
  test('hands each order to the queue of its connection once, leavers first', async () => {
    for (const name of ['ada', 'bea']) await world.person(name);
    await world.compute();
    await world.carryOut();
    await world.person('ada', { department: 'legal' });
    await world.person('cem');
    await world.compute();
    await generateOrders(ports);
    await expect(dispatch()).resolves.toMatchObject({ counters: { read: 2, updated: 2, skipped: 0 } });
    const [removal, creation] = await orders();
    expect(await outbox()).toMatchObject([
      { queue: 'provision.crm', name: 'order', job_id: `${String(removal?.id)}-1`, row_id: removal?.id, priority: 1 },
      { queue: 'provision.crm', row_id: creation?.id, priority: 3 },
    ]);
    expect(await facts('OrderQueued')).toMatchObject([[{ orderId: removal?.id }, { orderId: creation?.id }]]);
    await expect(dispatch()).resolves.toMatchObject({ counters: { read: 0 } });
    expect(await outbox()).toHaveLength(2);
  });

  test('releases an order that must wait instead of queueing it', async () => {
    await world.person('ada');
    await world.compute();
    await generateOrders(ports);
    await world.database.query(
      `update provisioning_order set lease_until = clock_timestamp() + interval '1 minute', queued_at = clock_timestamp()`,
    );
    await world.person('ada', { email: 'new@acme.example' });
    await world.compute();
    await generateOrders(ports);
    await expect(dispatch()).resolves.toMatchObject({ counters: { read: 1, updated: 0, skipped: 1 } });
    expect(await outbox()).toEqual([]);
    expect((await orders())[1]).toMatchObject({ queued_at: null, next_attempt_at: expect.any(Date) });
  });
});
