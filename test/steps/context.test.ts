// Positions and hierarchies over rows that were really read: a change marks whom it concerns, in the transaction that applies
// it, and an incremental run follows. Offsets, offers and the day of each person's own zone, too.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Configuration } from '../../src/domain/configuration.js';
import { roleAssignmentId } from '../../src/domain/assignment.js';
import { assignmentViews } from '../../src/store/views/assignment.js';
import { plainRoleRule, plainTypeRule } from '../domain/definition.js';
import { company } from '../domain/role-model/company.js';
import { departmentType, positionType } from '../domain/role-model/entity-type.js';
import { openWorld, type World } from './role-model-world.js';
import { accountsOf, load, person, row, system } from './value-world.js';

const policy = 'p';
const contexts: Partial<Configuration> = {
  ...system,
  dimensions: [{ identifier: 'department', displayName: 'Department', entityType: 'department', parent: 'parent' }],
  contextRules: [
    {
      identifier: 'by-position',
      policy,
      positions: { entityType: 'position', person: 'person', startDate: 'from', endDate: 'until', exclude: null },
      dimensions: { department: 'position.department' },
    },
  ],
  entityTypes: [...company.entityTypes, positionType, departmentType],
  roleRules: [
    {
      ...plainRoleRule,
      policy,
      identifier: 'below-emea',
      role: 'seller',
      context: [{ dimension: 'department', values: ['emea'], includesBelow: true }],
    },
  ],
};
const position = (id: string, of: string, more: Readonly<Record<string, string>> = {}) =>
  row(id, { id, person: of, department: 'sales', ...more });
const department = (id: string, parent: string | null) => row(id, { id, parent });
const departments = [department('emea', null), department('france', 'emea'), department('sales', 'france')];

let world: World;
beforeAll(async () => {
  world = await openWorld('context');
});
beforeEach(async () => {
  await world.database.query('truncate resource, synchronization_state, dirty_identity, event cascade');
});
afterAll(() => world.close());

const text = async (question: string): Promise<readonly string[]> =>
  (await world.database.query<{ text: string }>(question)).rows.map((each) => each.text);
const holders = () =>
  text(`select p.key || ' ' || array_to_string(s.roles, ',') as text from identity_state s join resource p on p.id = s.identity_id
        where s.roles <> '{}' order by 1`);
const marked = () =>
  text('select p.key as text from dirty_identity d join resource p on p.id = d.identity_id order by 1');

describe('positions as they are read', () => {
  const people = [person('ada'), person('bea'), person('cleo')];
  const read = (...positions: readonly ReturnType<typeof position>[]) =>
    load(world, { person: people, position: positions, department: departments });

  beforeEach(async () => {
    world.setDay('2031-05-15');
    world.configure(contexts);
    await read(position('1', 'ada'), position('2', 'cleo', { department: 'elsewhere' }));
    await world.compute();
  });

  test('give roles to the people they belong to', async () => {
    expect(await holders()).toEqual(['ada seller']);
    expect(await accountsOf(world)).toMatchObject([{ person: 'ada', state: 'PENDING' }]);
  });

  test('that stay as they are mark nobody', async () => {
    await read(position('1', 'ada'), position('2', 'cleo', { department: 'elsewhere' }));
    expect(await marked()).toEqual([]);
  });

  test('that move mark the former and the new person, and both are computed', async () => {
    await read(position('1', 'bea'), position('2', 'cleo', { department: 'elsewhere' }));
    expect(await marked()).toEqual(['ada', 'bea']);
    await world.compute();
    expect(await holders()).toEqual(['bea seller']);
  });

  test('that appear and disappear mark the person', async () => {
    await read(position('2', 'cleo', { department: 'elsewhere' }), position('3', 'bea'));
    expect(await marked()).toEqual(['ada', 'bea']);
  });

  test('begin and end by date, without a reading', async () => {
    await read(position('1', 'ada', { until: '2031-05-20' }), position('2', 'bea', { from: '2031-05-20' }));
    await world.compute();
    expect(await holders()).toEqual(['ada seller']);
    world.setDay('2031-05-20');
    await world.compute();
    expect(await holders()).toEqual(['ada seller', 'bea seller']);
    world.setDay('2031-05-21');
    await world.compute();
    expect(await holders()).toEqual(['bea seller']);
  });

  test('follow a department that moves to another place: only the people below it are marked', async () => {
    const moved = [department('emea', null), department('france', 'apac'), department('sales', 'france')];
    await load(world, {
      person: people,
      position: [position('1', 'ada'), position('2', 'cleo', { department: 'elsewhere' })],
      department: moved,
    });
    expect(await marked()).toEqual(['ada']);
    await world.compute();
    expect(await holders()).toEqual([]);
  });

  test('mark everybody when a department moves and the rule computes the value', async () => {
    const computed = (contexts.contextRules ?? []).map((rule) => ({
      ...rule,
      dimensions: { department: 'position.department + ""' },
    }));
    world.configure({ ...contexts, contextRules: computed });
    await world.compute({ kind: 'all' });
    await load(world, {
      person: people,
      position: [position('1', 'ada'), position('2', 'cleo', { department: 'elsewhere' })],
      department: [department('emea', null), department('france', 'apac'), department('sales', 'france')],
    });
    expect(await marked()).toEqual(['ada', 'bea', 'cleo']);
  });

  test('are looked at by a complete run, which finds nothing new', async () => {
    await world.carryOut();
    await world.compute({ kind: 'all' });
    expect((await world.compute({ kind: 'all' })).counters).toMatchObject({ read: 3, skipped: 3, updated: 0 });
  });
});

test('a role that is offered is shown and not held, until somebody has asked for it', async () => {
  world.configure({
    roleRules: [{ ...plainRoleRule, policy, identifier: 'offer', role: 'plain', gives: 'REQUESTED_AUTOMATICALLY' }],
  });
  const ada = await world.person('ada');
  const bea = await world.person('bea', { startDate: '2031-06-01' });
  world.setDay('2031-05-15');
  await world.compute();
  const views = assignmentViews(world.database, world.ports.models);
  const shown = async (id: string) =>
    (await views.byIds([roleAssignmentId(id, 'plain')], { filter: null, scope: 'all' })).get(
      roleAssignmentId(id, 'plain'),
    );
  expect(await shown(ada)).toMatchObject({ workflowState: 'SUGGESTED', provisioningState: 'NONE', isAutomatic: true });
  expect(await shown(bea)).toMatchObject({ workflowState: 'AUTOMATIC_WITH_VALIDATION' });
  expect(await holders()).toEqual([]);
  await world.approve(ada, 'plain');
  expect(await shown(ada)).toMatchObject({ workflowState: 'APPROVED' });
  await world.compute();
  expect(await holders()).toEqual(['ada plain']);
});

test('an account begins days before the first day and ends days after the last, however late that is known', async () => {
  const timeOffset = { mode: 'AROUND', before: -3, after: 10 } as const;
  world.configure({
    typeRules: [
      { ...plainTypeRule, policy, identifier: 'early', resourceType: 'crm-account', role: 'seller', timeOffset },
    ],
  });
  world.setDay('2031-05-01');
  await world.person('ada', { startDate: '2031-05-10', endDate: '2031-05-20' });
  const states: string[] = [];
  for (const day of [
    '2031-05-01',
    '2031-05-06',
    '2031-05-07',
    '2031-05-10',
    '2031-05-21',
    '2031-05-30',
    '2031-05-31',
  ]) {
    world.setDay(day);
    await world.compute();
    states.push(`${day} ${(await accountsOf(world)).map(({ state }) => state).join()} ${(await holders()).join()}`);
    await world.carryOut();
  }
  expect(states).toEqual([
    '2031-05-01  ',
    '2031-05-06  ',
    '2031-05-07 PENDING ',
    '2031-05-10 VERIFIED ada seller',
    '2031-05-21 VERIFIED ',
    '2031-05-30 VERIFIED ',
    '2031-05-31 PENDING ',
  ]);
});

test("the first day begins at midnight of the person's own zone, for incremental runs too", async () => {
  const zoned = company.entityTypes.map((type) =>
    type.identity === null
      ? type
      : {
          ...type,
          properties: [
            ...type.properties,
            ...positionType.properties.filter(({ identifier }) => identifier === 'site'),
          ],
          identity: { ...type.identity, timeZone: 'site' },
        },
  );
  world.configure({ entityTypes: zoned });
  world.setDay('2031-05-14');
  await world.person('ada', { startDate: '2031-05-16', site: 'Pacific/Kiritimati' });
  await world.person('bea', { startDate: '2031-05-16', site: 'Europe/Paris' });
  await world.compute();
  // At noon in Greenwich it is the next day on Kiritimati.
  world.setDay('2031-05-15');
  await world.compute();
  expect(await holders()).toEqual(['ada seller']);
  world.setDay('2031-05-16');
  await world.compute();
  expect(await holders()).toEqual(['ada seller', 'bea seller']);
});
