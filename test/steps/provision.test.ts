// One order, one try: what each answer of a target leaves in the rows, on real PostgreSQL with a real connector package.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { provisionOrder } from '../../src/steps/provision.js';
import { verifyOrder } from '../../src/steps/verify.js';
import {
  endLease,
  factsOf,
  type MadeOrder,
  makeDue,
  makeOrder,
  openWorld,
  orderRow,
  type World,
} from '../support/execution-world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld();
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
const retry = async (order: MadeOrder): Promise<string> => {
  await makeDue(world.database, order);
  return provisionOrder(world.provision, order.id);
};
const writes = (key: string): number => world.target.ledger().filter(({ delta }) => delta.key === key).length;

describe('a write that is answered', () => {
  test('executes the order and its account, tells it once, and asks for a look at the target', async () => {
    const order = await makeOrder(world.database, { key: 'ann', mail: 'ann@acme.test' });
    expect(await provisionOrder(world.provision, order.id)).toBe('held');
    expect(await orderRow(world.database, order)).toMatchObject({
      state: 'EXECUTED',
      attempt: 1,
      tries_used: 0,
      lease_until: null,
      error: null,
    });
    expect(await accountState(order)).toMatchObject({ provisioning_state: 'EXECUTED' });
    expect(await factsOf(world.database, order)).toEqual(['OrderStarted', 'OrderExecuted']);
    const { rows } = await world.database.query('select name, job_id from outbox where row_id = $1', [order.id]);
    expect(rows).toEqual([{ name: 'verify', job_id: `${order.id}-v1` }]);
    expect(world.target.row('account', 'ann')).toMatchObject({ attributes: { name: 'ann', mail: 'ann@acme.test' } });
  });

  test('is verified by reading the target, with the evidence kept', async () => {
    const order = await makeOrder(world.database, {
      key: 'bob',
      mail: 'bob@acme.test',
      groups: { add: ['editors'], remove: [] },
    });
    await provisionOrder(world.provision, order.id);
    await verifyOrder(world.verify, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'VERIFIED', evidence: { how: 'read-back' } });
    expect(await accountState(order)).toMatchObject({ provisioning_state: 'VERIFIED', delta: null });
    const { rows } = await world.database.query<{ key: string; attributes: unknown; target_key: string }>(
      `select r.key, r.attributes, l.target_key from resource_assignment a join resource r on r.id = a.resource_id
       join resource_link l on l.resource_id = r.id where a.id = $1 and a.observed_hash = r.hash`,
      [order.assignmentId],
    );
    expect(rows).toEqual([
      { key: 'bob', attributes: { id: 'bob', name: 'bob', mail: 'bob@acme.test' }, target_key: 'editors' },
    ]);
    expect(await factsOf(world.database, order)).toEqual(['OrderStarted', 'OrderExecuted', 'OrderVerified']);
  });

  test('ends in an error at once when the target refuses for good, and the account shows it', async () => {
    world.target.plan({ kind: 'refused', code: 'INVALID_VALUE', message: 'The mail is not valid.' });
    const order = await makeOrder(world.database, { key: 'cid' });
    await provisionOrder(world.provision, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({
      state: 'ERRORED',
      error: { code: 'INVALID_VALUE', message: 'The mail is not valid.' },
    });
    expect(await accountState(order)).toMatchObject({ provisioning_state: 'ERRORED' });
    expect((await world.database.query('select 1 from connection_health')).count).toBe(0);
  });

  test('treats a row in the way that equals the wish as done, and another one as an error that says both values', async () => {
    const put = (key: string, mail: string) =>
      world.target.put({ objectType: 'account', key, attributes: { id: key, name: key, mail }, links: {} });
    put('dan', 'dan@acme.test');
    put('eve', 'other@acme.test');
    const [equal, other] = [
      await makeOrder(world.database, { key: 'dan', mail: 'dan@acme.test' }),
      await makeOrder(world.database, { key: 'eve', mail: 'eve@acme.test' }),
    ];
    await provisionOrder(world.provision, equal.id);
    await provisionOrder(world.provision, other.id);
    expect(await orderRow(world.database, equal)).toMatchObject({ state: 'EXECUTED' });
    expect(await orderRow(world.database, other)).toMatchObject({
      state: 'ERRORED',
      error: {
        code: 'ALREADY_EXISTS',
        message: expect.stringContaining('mail: wished "eve@acme.test", found "other@acme.test"'),
      },
    });
  });

  test('a deletion of what is not there is done, and the account goes once that was seen', async () => {
    const order = await makeOrder(world.database, { key: 'fay', kind: 'DELETE' });
    await provisionOrder(world.provision, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'EXECUTED' });
    await verifyOrder(world.verify, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'VERIFIED' });
    expect(await accountState(order)).toBeNull();
  });
});

describe('text that PostgreSQL cannot keep', () => {
  test('in what the target says of one order is replaced; the order ends, and so do those settled with it', async () => {
    world.target.plan({ kind: 'refused', code: 'INVALID_VALUE', message: 'Not \0 valid: \ud83d.' });
    const [bad, good] = [
      await makeOrder(world.database, { key: 'nul' }),
      await makeOrder(world.database, { key: 'fine' }),
    ];
    await Promise.all([provisionOrder(world.provision, bad.id), provisionOrder(world.provision, good.id)]);
    expect(await orderRow(world.database, bad)).toMatchObject({
      state: 'ERRORED',
      error: { message: 'Not \ufffd valid: \ufffd.' },
    });
    expect(await orderRow(world.database, good)).toMatchObject({ state: 'EXECUTED' });
  });

  test('in a row that is read back concerns that order alone', async () => {
    const [bad, good] = [
      await makeOrder(world.database, { key: 'torn' }),
      await makeOrder(world.database, { key: 'whole' }),
    ];
    await provisionOrder(world.provision, bad.id);
    await provisionOrder(world.provision, good.id);
    world.target.put({ objectType: 'account', key: 'torn', attributes: { id: 'torn', name: 'to\0rn' }, links: {} });
    await Promise.all([verifyOrder(world.verify, bad.id), verifyOrder(world.verify, good.id)]);
    expect(await orderRow(world.database, good)).toMatchObject({ state: 'VERIFIED' });
    expect(await orderRow(world.database, bad)).toMatchObject({ state: 'EXECUTED' });
  });
});

describe('roles', () => {
  test('that were taken away end when the loss was seen in the target', async () => {
    const order = await makeOrder(world.database, { key: 'gus', kind: 'DELETE', pendingRoles: ['crm-user'] });
    await world.database.query(
      `insert into role_assignment (identity_id, role, workflow_state) values ($1, 'crm-user', 'CANCELLATION')`,
      [order.identityId],
    );
    await provisionOrder(world.provision, order.id);
    await verifyOrder(world.verify, order.id);
    const { rows } = await world.database.query<{ kind: string; change: unknown }>(
      `select e.kind, c.change from event e cross join lateral jsonb_array_elements(e.body -> 'assignments') as c(change)
       where e.identity_id = $1 and c.change ->> 'kind' = 'role' order by e.id`,
      [order.identityId],
    );
    expect(rows).toMatchObject([
      {
        kind: 'OrderExecuted',
        change: {
          subject: 'crm-user',
          workflowState: 'CANCELLATION',
          previousProvisioningState: 'PENDING',
          provisioningState: 'EXECUTED',
        },
      },
      {
        kind: 'OrderVerified',
        change: { workflowState: 'INACTIVE', previousProvisioningState: 'EXECUTED', provisioningState: 'VERIFIED' },
      },
    ]);
    expect(
      (await world.database.query('select 1 from role_assignment where identity_id = $1', [order.identityId])).count,
    ).toBe(0);
  });

  test('that a rule gives show the worst of their accounts', async () => {
    const order = await makeOrder(world.database, { key: 'hal', pendingRoles: ['crm-user'] });
    await world.database.query(
      `insert into identity_state (identity_id, roles, reasons, input_hash, configuration_version, computed_at) values ($1, '{crm-user}', '{rule:r1}', 'h', 1, now())`,
      [order.identityId],
    );
    await world.database.query(
      `insert into resource_assignment (id, identity_id, resource_type, resource_key, is_due, expected, expected_hash, workflow_state, provisioning_state, delta, pending_roles)
       values (gen_random_uuid(), $1, 'other', 'hal', true, '{}', '', 'CALCULATED', 'PENDING', '{}', '{crm-user}')`,
      [order.identityId],
    );
    await provisionOrder(world.provision, order.id);
    const { rows } = await world.database.query<{ subjects: string[] }>(
      `select array(select jsonb_array_elements(body -> 'assignments') ->> 'subject') as subjects from event where identity_id = $1 and kind = 'OrderExecuted'`,
      [order.identityId],
    );
    expect(rows).toEqual([{ subjects: ['crm-account'] }]);
  });
});

describe('a write whose answer is lost', () => {
  test('is read back and found done', async () => {
    world.target.plan({ kind: 'unknownAfterWrite' });
    const order = await makeOrder(world.database, { key: 'ida' });
    await provisionOrder(world.provision, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'EXECUTED' });
    expect(writes('ida')).toBe(1);
  });

  test('is never sent again before the target was read: also when reading fails at first', async () => {
    world.target.plan({ kind: 'unknownAfterWrite' });
    const order = await makeOrder(world.database, { key: 'jim' });
    const failure = { code: 'UNREACHABLE', message: 'The system is away.' } as const;
    const lookFailing = async () => ({ kind: 'failed', connection: 'crm', isElsewhere: false, failure }) as const;
    const hidden = {
      ...world.provision,
      gateway: { ...world.gateway, look: lookFailing },
    };
    await provisionOrder(hidden, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({
      state: 'PENDING',
      is_uncertain: true,
      waiting_reason: 'connection',
    });
    await retry(order);
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'EXECUTED', is_uncertain: false, attempt: 2 });
    expect(writes('jim')).toBe(1);
  });

  test('control: without reading back it is sent a second time', async () => {
    const blind = { ...world.provision, readsBack: false };
    world.target.plan({ kind: 'unknownAfterWrite' });
    const order = await makeOrder(world.database, { key: 'kim' });
    await provisionOrder(blind, order.id);
    await makeDue(world.database, order);
    await provisionOrder(blind, order.id);
    expect(writes('kim')).toBe(2);
  });
});

describe('a holder that died', () => {
  test('leaves an order that is read before anything is sent, and a try of unknown outcome', async () => {
    const order = await makeOrder(world.database, { key: 'lea', mail: 'lea@acme.test' });
    expect((await world.provision.orders.claim(order.id)).kind).toBe('held');
    world.target.put({
      objectType: 'account',
      key: 'lea',
      attributes: { id: 'lea', name: 'lea', mail: 'lea@acme.test' },
      links: {},
    });
    expect(await provisionOrder(world.provision, order.id)).toBe('none');
    await endLease(world.database, order);
    await provisionOrder(world.provision, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'EXECUTED', attempt: 2 });
    expect(writes('lea')).toBe(0);
    const { rows } = await world.database.query(
      'select number, outcome from provisioning_attempt where order_id = $1 order by number',
      [order.id],
    );
    expect(rows).toEqual([
      { number: 1, outcome: 'UNKNOWN' },
      { number: 2, outcome: 'SUCCEEDED' },
    ]);
  });

  test('three times in a row ends in an error, unless the change is there', async () => {
    const [lost, there] = [
      await makeOrder(world.database, { key: 'lou' }),
      await makeOrder(world.database, { key: 'mia' }),
    ];
    for (const order of [lost, there, lost, there, lost, there]) {
      expect((await world.provision.orders.claim(order.id)).kind).toBe('held');
      await endLease(world.database, order);
    }
    world.target.put({ objectType: 'account', key: 'mia', attributes: { id: 'mia', name: 'mia' }, links: {} });
    await provisionOrder(world.provision, lost.id);
    await provisionOrder(world.provision, there.id);
    expect(await orderRow(world.database, lost)).toMatchObject({ state: 'ERRORED', error: { code: 'CONNECTOR_BUG' } });
    expect(await orderRow(world.database, there)).toMatchObject({ state: 'EXECUTED' });
    expect([writes('lou'), writes('mia')]).toEqual([0, 0]);
  });

  test('cannot settle any more once another one holds the order', async () => {
    const order = await makeOrder(world.database, { key: 'max' });
    const first = await world.provision.orders.claim(order.id);
    await endLease(world.database, order);
    const second = await world.provision.orders.claim(order.id);
    if (first.kind !== 'held' || second.kind !== 'held') throw new Error('both must have held it');
    const attempt = { outcome: 'SUCCEEDED', error: null, steps: [] } as const;
    expect(await world.provision.orders.renew(first.order)).toBe(false);
    expect(await world.provision.orders.settle({ kind: 'executed', order: first.order, attempt })).toBe(false);
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'PENDING' });
    expect(await world.provision.orders.settle({ kind: 'executed', order: second.order, attempt })).toBe(true);
  });
});

describe('a stale order', () => {
  test('is superseded and never sent', async () => {
    const order = await makeOrder(world.database, { key: 'ned' });
    await world.database.query('update resource_assignment set desired_version = 2 where id = $1', [
      order.assignmentId,
    ]);
    await provisionOrder(world.provision, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'INACTIVE' });
    expect(await factsOf(world.database, order)).toEqual(['OrderStarted', 'OrderSuperseded']);
    expect(writes('ned')).toBe(0);
  });

  test('that may have been applied is read, so that the next computation sees what is there', async () => {
    const order = await makeOrder(world.database, { key: 'oda' });
    await world.provision.orders.claim(order.id);
    await endLease(world.database, order);
    world.target.put({ objectType: 'account', key: 'oda', attributes: { id: 'oda', name: 'oda' }, links: {} });
    await world.database.query('update resource_assignment set desired_version = 2 where id = $1', [
      order.assignmentId,
    ]);
    await provisionOrder(world.provision, order.id);
    expect(
      (await world.database.query(`select 1 from resource where entity_type = 'account' and key = 'oda'`)).count,
    ).toBe(1);
    expect(
      (await world.database.query('select 1 from dirty_identity where identity_id = $1', [order.identityId])).count,
    ).toBe(1);
  });
});

test('no order of these tests met a bug of ours', () => {
  expect(world.faults).toEqual([]);
});
