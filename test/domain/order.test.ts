// Which orders waiting changes become: their lane, their target, what they wait for, and how many a run may make.
import { describe, expect, test } from '@jest/globals';
import type { ResourceDelta } from '../../src/domain/assignment.js';
import type { ResourceTypeDefinition } from '../../src/domain/configuration.js';
import { heldBack, laneOf, needsBase, ordersOf, type OpenOrder, type WaitingChange } from '../../src/domain/order.js';
import { company, crmType, modelOf } from './role-model/company.js';

const mailType: ResourceTypeDefinition = {
  ...crmType,
  identifier: 'mail-account',
  targetEntityType: 'mailAccount',
  connection: 'mail',
  dependsOn: ['crm-account'],
};
const mailbox = {
  ...(company.entityTypes[1] as (typeof company.entityTypes)[number]),
  identifier: 'mailAccount',
  properties: [
    {
      identifier: 'manager',
      displayName: 'manager',
      attribute: 'manager',
      type: 'string' as const,
      references: 'mailAccount',
      isMultivalued: false,
      isSecret: false,
    },
  ],
};
const model = modelOf({ entityTypes: [...company.entityTypes, mailbox], resourceTypes: [crmType, mailType] });

const create: ResourceDelta = {
  kind: 'CREATE',
  key: 'ada',
  scalars: [{ property: 'email', from: null, to: 'a', rule: 'r' }],
  links: [],
};
const update: ResourceDelta = { ...create, kind: 'UPDATE' };
const remove: ResourceDelta = { kind: 'DELETE', key: 'ada', scalars: [], links: [] };
const unlink: ResourceDelta = {
  kind: 'UPDATE',
  key: 'ada',
  scalars: [],
  links: [{ property: 'groups', add: [], remove: ['editors'], rules: {} }],
};

const waiting = (identityId: string, more: Partial<WaitingChange> = {}): WaitingChange => ({
  assignmentId: `${identityId}-${more.resourceType ?? 'crm-account'}`,
  identityId,
  resourceType: 'crm-account',
  kind: 'CREATE',
  state: 'PENDING',
  delta: { ...create, key: identityId },
  expectedHash: 'h',
  pendingRoles: [],
  desiredVersion: 1,
  ...more,
});

const made = (changes: readonly WaitingChange[], open: readonly OpenOrder[] = [], serial: readonly string[] = []) => {
  let count = 0;
  const orders = ordersOf({
    waiting: changes,
    open,
    model,
    serialConnections: new Set(serial),
    isBulk: false,
    newId: () => `order-${(count += 1)}`,
  });
  const names = new Map(orders.map((order) => [order.id, order.assignmentId]));
  return orders.map((order) => ({ ...order, dependsOn: order.dependsOn.map((id) => names.get(id) ?? id) }));
};

test.each([
  ['a removal', remove, false, 0],
  ['a removal in a mass', remove, true, 0],
  ['what only takes links away', unlink, false, 0],
  ['a change', update, false, 1],
  ['a creation', create, false, 2],
  ['a creation in a mass', create, true, 3],
  ['a change in a mass', update, true, 3],
])('%s goes in its lane', (_, delta, isBulk, lane) => {
  expect(laneOf(delta, isBulk)).toBe(lane);
});

test('an order names its resource, or the whole connection where one at a time is written', () => {
  expect(made([waiting('ada')])[0]).toMatchObject({ target: 'crmAccount/ada', connection: 'crm', dependsOn: [] });
  expect(made([waiting('ada')], [], ['crm'])[0]).toMatchObject({ target: '*' });
});

test('changes of resource types that are gone are left out', () => {
  expect(made([waiting('ada', { resourceType: 'gone' })])).toEqual([]);
});

describe('dependencies', () => {
  const mail = waiting('ada', { resourceType: 'mail-account' });
  const crm = waiting('ada');

  test('the account another one depends on is made first, whatever the order of the rows', () => {
    for (const changes of [
      [mail, crm],
      [crm, mail],
    ]) {
      expect(made(changes).map(({ resourceType, dependsOn }) => [resourceType, dependsOn])).toEqual([
        ['crm-account', []],
        ['mail-account', ['ada-crm-account']],
      ]);
    }
  });

  test('and removed last', () => {
    const removals = [crm, mail].map((change): WaitingChange => ({ ...change, kind: 'DELETE', delta: remove }));
    expect(made(removals).map(({ resourceType, dependsOn }) => [resourceType, dependsOn])).toEqual([
      ['mail-account', []],
      ['crm-account', ['ada-mail-account']],
    ]);
  });

  test('an unfinished order of an earlier run is waited for', () => {
    const open: OpenOrder = {
      id: 'earlier',
      assignmentId: 'x',
      identityId: 'ada',
      resourceType: 'crm-account',
      kind: 'CREATE',
      key: 'ada',
    };
    expect(made([mail], [open])[0]?.dependsOn).toEqual(['earlier']);
    expect(made([mail], [{ ...open, identityId: 'bea' }])[0]?.dependsOn).toEqual([]);
    expect(
      made([mail, { ...crm, assignmentId: 'x' }], [open]).find(({ resourceType }) => resourceType === 'mail-account')
        ?.dependsOn,
    ).toEqual(['x']);
  });

  const led = (identityId: string, manager: string): WaitingChange =>
    waiting(identityId, {
      resourceType: 'mail-account',
      delta: { ...create, key: identityId, scalars: [{ property: 'manager', from: null, to: manager, rule: 'r' }] },
    });

  test('what is linked exists first', () => {
    expect(made([led('bea', 'ada'), mail]).map(({ identityId, dependsOn }) => [identityId, dependsOn])).toEqual([
      ['ada', []],
      ['bea', ['ada-mail-account']],
    ]);
  });

  test('a circle is cut, and somebody begins', () => {
    const orders = made([led('ada', 'bea'), led('bea', 'ada')]);
    expect(orders.map(({ dependsOn }) => dependsOn.length)).toEqual([0, 1]);
    expect(made([led('ada', 'ada')])[0]?.dependsOn).toEqual([]);
  });
});

describe('thresholds', () => {
  const count = (kind: ResourceDelta['kind'], number: number) => [{ resourceType: 'crm-account', kind, count: number }];

  test.each([
    ['30 of 100 are let through', 'DELETE', 30, 100, []],
    ['31 of 100 are not', 'DELETE', 31, 100, ['orders.delete.percent']],
    ['5 of 5 are let through', 'UPDATE', 5, 5, []],
    ['6 of 6 are not', 'UPDATE', 6, 6, ['orders.update.percent']],
    ['the first accounts of a type are let through', 'CREATE', 500, 0, []],
    ['many more accounts are not', 'CREATE', 40, 100, ['orders.insert.percent']],
    ['removals without anything known are not', 'DELETE', 6, 0, ['orders.delete.percent']],
  ] as const)('%s', (_, kind, number, base, names) => {
    expect(
      heldBack(count(kind, number), new Map([['crm-account', base]]), model).map(({ violation }) => violation.name),
    ).toEqual(names);
  });

  test('an absolute limit counts without a base', () => {
    const limited = modelOf({
      resourceTypes: [{ ...crmType, thresholds: { percent: 100, percentFloor: 5, absolute: 3 } }],
    });
    expect(heldBack(count('UPDATE', 4), new Map([['crm-account', 1_000]]), limited)).toMatchObject([
      {
        resourceType: 'crm-account',
        kind: 'UPDATE',
        violation: { name: 'orders.update.absolute', limit: 3, actual: 4 },
      },
    ]);
  });

  test('few changes need no base', () => {
    expect(needsBase(count('DELETE', 5), model)).toBe(false);
    expect(needsBase(count('DELETE', 6), model)).toBe(true);
  });
});
