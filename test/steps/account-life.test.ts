// The life of accounts on real PostgreSQL: the leaver who is disabled, then deleted; the one who returns; what somebody changed in
// the target; and what people decided about it.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ResourceTypeDefinition } from '../../src/domain/configuration.js';
import { company, crmType } from '../domain/role-model/company.js';
import { carryOutOrders } from './carried-order.js';
import { changesOf, openWorld, type World } from './role-model-world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld('life');
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.database.query('truncate resource, dirty_identity, event, provisioning_order, outbox cascade');
  world.setDay('2031-05-15');
});

const withType = (type: Partial<ResourceTypeDefinition>): void =>
  world.configure({ resourceTypes: [{ ...crmType, ...type }] });
const rowsOf = async (text: string) => (await world.database.query<Record<string, unknown>>(text)).rows;
const account = async () => (await rowsOf('select * from resource_assignment'))[0] ?? null;
const target = async () =>
  (await rowsOf(`select attributes from resource where entity_type = 'crmAccount'`)).map(
    ({ attributes }) => attributes,
  );
const values = () => rowsOf('select property, workflow_state, value, expected from value_assignment order by 1');

/** Computes what is due on that day, and carries it out. */
async function live(day: string): Promise<readonly string[]> {
  world.setDay(day);
  await world.compute();
  return carryOutOrders(world);
}

describe('a leaver', () => {
  const onRemove = {
    kind: 'DISABLE',
    property: 'active',
    disabledValue: 'no',
    enabledValue: 'yes',
    deleteAfterDays: 30,
  } as const;
  beforeEach(async () => {
    withType({ onRemove });
    await world.person('camille.roy', { endDate: '2031-05-31' });
    await live('2031-05-15');
  });

  test('is disabled after the last day and deleted 30 days later, by dates alone', async () => {
    expect(await live('2031-05-31')).toEqual([]);
    expect(await live('2031-06-01')).toEqual(['UPDATE camille.roy']);
    expect(await target()).toEqual([{ email: 'camille.roy@acme.example', active: 'no' }]);
    expect(await account()).toMatchObject({
      is_due: false,
      workflow_state: 'INACTIVE',
      provisioning_state: 'VERIFIED',
      delete_on: '2031-07-01',
    });
    expect(await rowsOf('select * from role_assignment')).toEqual([]);
    expect(await live('2031-06-30')).toEqual([]);
    expect(await live('2031-07-01')).toEqual(['DELETE camille.roy']);
    expect(await target()).toEqual([]);
    expect(await account()).toBeNull();
    expect((await changesOf(world.database)).slice(2)).toEqual([
      'seller CALCULATED/VERIFIED CANCELLATION/PENDING',
      'crm-account GIVEN_BY_A_ROLE/VERIFIED CANCELLATION/PENDING',
      'crm-account INACTIVE/VERIFIED CANCELLATION/PENDING',
    ]);
  });

  test('is found by a complete run as well', async () => {
    await live('2031-06-01');
    world.setDay('2031-06-30');
    await expect(world.compute({ kind: 'all' })).resolves.toMatchObject({ counters: { skipped: 1, updated: 0 } });
    world.setDay('2031-07-01');
    await world.compute({ kind: 'all' });
    expect(await account()).toMatchObject({ provisioning_state: 'PENDING', delta: { kind: 'DELETE' } });
  });

  test('who returns in between is enabled again and keeps the account', async () => {
    await live('2031-06-01');
    await world.person('camille.roy', { endDate: null });
    expect(await live('2031-06-10')).toEqual(['UPDATE camille.roy']);
    expect(await target()).toEqual([{ email: 'camille.roy@acme.example', active: 'yes' }]);
    expect(await account()).toMatchObject({ is_due: true, delete_on: null, provisioning_state: 'VERIFIED' });
    expect(await live('2031-07-01')).toEqual([]);
  });

  test('who returns after the deletion gets a new account', async () => {
    await live('2031-06-01');
    await live('2031-07-01');
    await world.person('camille.roy', { endDate: null });
    expect(await live('2031-08-01')).toEqual(['CREATE camille.roy']);
    expect(await target()).toEqual([{ email: 'camille.roy@acme.example', active: 'yes' }]);
  });
});

test('an account that may not be removed stays without the links we gave, and is removed by decision', async () => {
  withType({ allowRemove: false });
  const ada = await world.person('ada.lind');
  await world.approve(ada, 'editor');
  await live('2031-05-15');
  await world.person('ada.lind', { endDate: '2031-05-15' });
  expect(await live('2031-05-16')).toEqual(['UPDATE ada.lind']);
  expect(await rowsOf('select * from resource_link')).toEqual([]);
  expect(await account()).toMatchObject({
    is_due: false,
    workflow_state: 'NON_CONFORMING',
    provisioning_state: 'VERIFIED',
  });
  await world.database.query(`update resource_assignment set workflow_state = 'DECLINED'`);
  await world.person('ada.lind', { endDate: '2031-05-15' });
  expect(await live('2031-05-17')).toEqual(['DELETE ada.lind']);
  expect(await account()).toBeNull();
});

describe('an owner who disappeared from the source', () => {
  const disappear = async (): Promise<void> => {
    await world.person('camille.roy');
    await live('2031-05-15');
    await world.database.query(`update resource set removed_at = clock_timestamp() where entity_type = 'person'`);
    await world.database.query(
      `insert into dirty_identity (identity_id, reason) select id, 'gone' from resource where entity_type = 'person'`,
    );
  };

  test('leaves the account where it is, to be listed', async () => {
    withType({ removeOrphans: false });
    await disappear();
    expect(await live('2031-05-16')).toEqual([]);
    expect(await account()).toMatchObject({ is_due: false, workflow_state: 'NON_CONFORMING', delta: null });
    await expect(world.compute({ kind: 'all' })).resolves.toMatchObject({ counters: { skipped: 1 } });
  });

  test('takes the account along where orphans are removed', async () => {
    withType({ removeOrphans: true });
    await disappear();
    expect(await live('2031-05-16')).toEqual(['DELETE camille.roy']);
  });
});

describe('a value changed in the target', () => {
  const change = async (type: Partial<ResourceTypeDefinition>): Promise<readonly string[]> => {
    withType(type);
    await world.person('camille.roy');
    await live('2031-05-15');
    await world.resource('camille.roy', { attributes: { email: 'own@acme.example' } });
    return live('2031-05-16');
  };
  const decide = async (state: string): Promise<void> => {
    await world.database.query('update value_assignment set workflow_state = $1', [state]);
    await world.person('camille.roy');
  };

  test('is listed and not overwritten', async () => {
    expect(await change({ discardManualAssignments: false })).toEqual([]);
    expect(await values()).toEqual([
      {
        property: 'email',
        workflow_state: 'NON_CONFORMING',
        value: 'own@acme.example',
        expected: 'camille.roy@acme.example',
      },
    ]);
    expect(await target()).toEqual([{ email: 'own@acme.example' }]);
    await expect(world.compute({ kind: 'all' })).resolves.toMatchObject({ counters: { skipped: 1 } });
  });

  test('is overwritten where the resource type says so: the control', async () => {
    expect(await change({ discardManualAssignments: true })).toEqual(['UPDATE camille.roy']);
    expect(await values()).toEqual([]);
    expect(await target()).toEqual([{ email: 'camille.roy@acme.example' }]);
  });

  test('is kept by decision, and questioned when the rules want another one', async () => {
    await change({ discardManualAssignments: false });
    await decide('APPROVED');
    expect(await live('2031-05-17')).toEqual([]);
    await world.person('camille.roy', { email: 'new@acme.example' });
    expect(await live('2031-05-18')).toEqual([]);
    expect(await values()).toMatchObject([{ workflow_state: 'APPROVED_QUESTIONED', value: 'own@acme.example' }]);
  });

  test('does not stop what else the account gets', async () => {
    await change({ discardManualAssignments: false });
    const [{ id } = { id: '' }] = await rowsOf(`select id from resource where entity_type = 'person'`);
    await world.approve(String(id), 'editor');
    expect(await live('2031-05-17')).toEqual(['UPDATE camille.roy']);
    expect(await target()).toEqual([{ email: 'own@acme.example', title: 'editor' }]);
    await live('2031-05-18');
    expect(await account()).toMatchObject({ provisioning_state: 'VERIFIED', delta: null });
    expect(await values()).toMatchObject([{ property: 'email', workflow_state: 'NON_CONFORMING' }]);
    await expect(world.compute({ kind: 'all' })).resolves.toMatchObject({ counters: { skipped: 1 } });
  });

  test('is corrected by decision, and then like any other', async () => {
    await change({ discardManualAssignments: false });
    await decide('CANCELLATION');
    expect(await live('2031-05-17')).toEqual(['UPDATE camille.roy']);
    expect(await target()).toEqual([{ email: 'camille.roy@acme.example' }]);
    expect(await values()).toEqual([]);
  });
});

test('what is kept in grace is no loss: a run that takes a rule away goes on', async () => {
  const singleRoles = company.singleRoles.map((one) => ({ ...one, gracePeriodDays: 10 }));
  const drop = async (roles: typeof singleRoles) => {
    world.configure({ singleRoles: roles });
    for (let at = 0; at < 20; at += 1) await world.person(`p${at}`);
    await world.compute({ kind: 'all' });
    await carryOutOrders(world);
    world.configure({ singleRoles: roles, roleRules: [] });
    return world.compute({ kind: 'all' });
  };
  await expect(drop(singleRoles)).resolves.toMatchObject({ state: 'COMPLETED' });
  await world.database.query('truncate resource, dirty_identity, event, provisioning_order, outbox cascade');
  // The control: without grace the same change is stopped.
  await expect(drop([...company.singleRoles])).resolves.toMatchObject({ state: 'BLOCKED' });
});

test('a role lost by a change of rules is kept for its days of grace', async () => {
  const singleRoles = company.singleRoles.map((one) => ({ ...one, gracePeriodDays: 10 }));
  world.configure({ singleRoles });
  await world.person('camille.roy');
  await live('2031-05-15');
  world.configure({ singleRoles, roleRules: [] });
  await world.compute({ kind: 'all' });
  expect(await carryOutOrders(world)).toEqual([]);
  expect(await rowsOf('select role, workflow_state, end_date, decided_by from role_assignment')).toEqual([
    { role: 'seller', workflow_state: 'PROLONGED', end_date: '2031-05-25', decided_by: 'rule:sales-sell' },
  ]);
  expect(await live('2031-05-25')).toEqual([]);
  expect(await live('2031-05-26')).toEqual(['DELETE camille.roy']);
});
