// Somebody whom a source forgets for a run, over PostgreSQL: decisions wait for the return, and nothing is overwritten.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Configuration } from '../../src/domain/configuration.js';
import { readHeldRoles } from '../../src/store/holding.js';
import { company, crmType } from '../domain/role-model/company.js';
import { carryOutOrders } from './carried-order.js';
import { linksOf } from '../../src/store/role-model-load.js';
import { openWorld, type World } from './role-model-world.js';
import { load, person, row, system } from './value-world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld('forgotten');
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.database.query(
    'truncate resource, dirty_identity, event, provisioning_order, outbox, synchronization_state cascade',
  );
  world.setDay('2031-05-15');
  world.configure(configured({}));
});

const configured = (type: Partial<typeof crmType>): Partial<Configuration> => ({
  ...company,
  ...system,
  resourceTypes: [{ ...crmType, discardManualAssignments: false, removeOrphans: false, ...type }],
});
const rowsOf = async (text: string) => (await world.database.query<Record<string, unknown>>(text)).rows;
const roles = () => rowsOf('select role, workflow_state from role_assignment order by 1');
const values = () => rowsOf('select property, workflow_state, value from value_assignment order by 1');
const target = () => rowsOf(`select attributes from resource where entity_type = 'crmAccount'`);
const idOf = async (key: string): Promise<string> =>
  (await rowsOf(`select id::text as id from resource where entity_type = 'person' and key = '${key}'`))
    .map(({ id }) => id as string)
    .join('');

interface Row {
  readonly key: string;
  readonly attributes: Record<string, string>;
  readonly links: Record<string, readonly string[]> | null;
}
/** The target as it is. */
async function accounts() {
  const { rows } = await world.database.query<Row>(
    `select r.key, r.attributes, ${linksOf('r.id')} as links from resource r where r.entity_type = 'crmAccount'`,
  );
  return rows.map(({ key, attributes, links }) => row(key, attributes, links ?? {}));
}

/** Reads everything and computes everybody, as a complete run does; what was written. */
async function run(people: readonly string[]): Promise<readonly string[]> {
  await load(world, { person: people.map((key) => person(key)), crmAccount: await accounts() });
  await world.compute({ kind: 'all' });
  return carryOutOrders(world);
}
const everybody = ['ada.lind', 'camille.roy'];

/** `camille.roy` has a role by approval, a value that was kept, and one that was there before Joinery. */
async function decide(): Promise<void> {
  await load(world, {
    person: everybody.map((key) => person(key)),
    crmAccount: [row('camille.roy', { email: 'camille.roy@acme.example', title: 'was here' })],
  });
  await world.approve(await idOf('camille.roy'), 'editor');
  await world.compute({ kind: 'all' });
  await carryOutOrders(world);
  await world.resource('camille.roy', {
    attributes: { email: 'own@acme.example', title: 'was here' },
    links: { groups: ['editors'] },
  });
  await world.compute({ kind: 'all' });
  await world.database.query(
    `update value_assignment set workflow_state = 'APPROVED', decided_by = 'someone' where property = 'email'`,
  );
}

const decided = [
  { property: 'email', workflow_state: 'APPROVED', value: 'own@acme.example' },
  { property: 'title', workflow_state: 'PRE_EXISTING', value: 'was here' },
];
const approved = [{ role: 'editor', workflow_state: 'APPROVED' }];

describe('somebody whom HR forgets for a run', () => {
  test('gets everything back that was decided, and no order is made that nobody asked for', async () => {
    await decide();
    expect(await values()).toEqual(decided);
    const before = await target();
    for (const people of [['ada.lind'], ['ada.lind'], everybody, everybody]) {
      expect(await run(people)).toEqual([]);
      expect(await roles()).toEqual(approved);
      expect(await values()).toEqual(decided);
      expect(await target()).toEqual(before);
    }
    expect(
      await rowsOf(`select is_due, workflow_state from resource_assignment where resource_key = 'camille.roy'`),
    ).toEqual([{ is_due: true, workflow_state: 'GIVEN_BY_A_ROLE' }]);
    await expect(world.compute({ kind: 'all' })).resolves.toMatchObject({ counters: { skipped: 2, updated: 0 } });
  });

  test('holds nothing in between', async () => {
    await decide();
    const id = await idOf('camille.roy');
    expect(await readHeldRoles(world.database, id, false)).toEqual(['editor', 'seller']);
    await run(['ada.lind']);
    expect(await readHeldRoles(world.database, id, false)).toEqual([]);
    expect(await rowsOf(`select roles from identity_state where identity_id = '${id}'`)).toEqual([{ roles: [] }]);
  });

  test('loses the account where orphans are removed, and gets it back with the role that was approved', async () => {
    world.configure(configured({ removeOrphans: true }));
    await decide();
    expect(await run(['ada.lind'])).toEqual(['DELETE camille.roy']);
    expect(await run(['ada.lind'])).toEqual([]);
    expect(await roles()).toEqual(approved);
    expect(await run(everybody)).toEqual(['CREATE camille.roy']);
    expect(await roles()).toEqual(approved);
    expect(await run(everybody)).toEqual([]);
  });

  test('is purged with the decisions, but only after thirty days', async () => {
    world.configure(configured({ removeOrphans: true }));
    await decide();
    await run(['ada.lind']);
    const age = (days: number) =>
      world.database.query(
        `update resource set removed_at = clock_timestamp() - make_interval(days => $1) where removed_at is not null`,
        [days],
      );
    await age(29);
    await run(['ada.lind']);
    expect(await idOf('camille.roy')).not.toBe('');
    await age(31);
    await run(['ada.lind']);
    expect(await idOf('camille.roy')).toBe('');
    expect(await roles()).toEqual([]);
  });
});

test('whose last day has passed loses the approval: the control', async () => {
  await decide();
  const people = [person('ada.lind'), person('camille.roy', { endDate: '2031-05-14' })];
  await load(world, { person: people, crmAccount: await accounts() });
  await world.compute({ kind: 'all' });
  await carryOutOrders(world);
  expect(await roles()).toEqual([]);
});
