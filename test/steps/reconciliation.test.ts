// What has no reason is found, listed, decided and settled: on a real database, through the steps of a task.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { company } from '../domain/role-model/company.js';
import { openReconciliationWorld, type ReconciliationWorld, withNames } from './reconciliation-world.js';
import { outcomeOf } from './role-model-world.js';

let world: ReconciliationWorld;
beforeAll(async () => {
  world = await openReconciliationWorld('reconciliation');
}, 60_000);
afterAll(() => world?.close());
beforeEach(async () => {
  await world.database.query(
    'truncate resource, dirty_identity, reconciliation_item, reconciliation_state, event, outbox cascade',
  );
  world.configure({});
  world.setDay('2031-05-15');
});

const row = async (text: string): Promise<readonly Record<string, unknown>[]> =>
  (await world.database.query<Record<string, unknown>>(text)).rows;
const roles = () =>
  row(
    `select p.key, x.role, x.workflow_state as state from role_assignment x join resource p on p.id = x.identity_id order by 1, 2`,
  );
const accounts = () =>
  row(`select p.key as owner, a.resource_key as account, a.is_due as due, a.workflow_state as workflow, a.provisioning_state as state, a.delta ->> 'kind' as change
       from resource_assignment a join resource p on p.id = a.identity_id order by 1, 2`);
const mail = (key: string, groups: readonly string[] = [], more: Record<string, string> = {}) => ({
  attributes: { email: `${key}@acme.example`, ...more },
  links: { groups },
});
const kinds = async (): Promise<readonly string[]> =>
  (await world.open()).map(({ groupKey, person, account }) => `${groupKey} ${person ?? '-'} ${account ?? '-'}`);

/** A second run, complete, changes nothing in rows, items and log. */
async function expectSettled(): Promise<void> {
  await world.run();
  const before = [await outcomeOf(world.database), await world.open()];
  const lines = world.log.length;
  await world.run();
  expect([await outcomeOf(world.database), await world.open()]).toEqual(before);
  expect(world.log.slice(lines)).toEqual([]);
}

describe('what is found', () => {
  test('becomes a role where one explains it, held until it is decided', async () => {
    await world.hire('lea', { department: 'legal' });
    await world.account('lea', mail('lea', ['viewers']), true);
    await world.run();
    expect(await roles()).toEqual([{ key: 'lea', role: 'viewer', state: 'PRE_EXISTING' }]);
    expect(await accounts()).toEqual([
      { owner: 'lea', account: 'lea', due: true, workflow: 'GIVEN_BY_A_ROLE', state: 'VERIFIED', change: null },
    ]);
    expect(await kinds()).toEqual(['ROLE:viewer lea lea']);
    await expectSettled();
  });

  test('is told apart: conforming, extra link, no cause, no owner, two of one, one of two', async () => {
    world.configure({});
    await world.hire('seller');
    await world.account('seller', mail('seller', ['board']));
    await world.hire('lawyer', { department: 'legal' });
    await world.account('lawyer', mail('lawyer'));
    await world.account('nobody', mail('nobody'));
    await world.hire('double', { department: 'legal' });
    await world.account('double', mail('double'));
    await world.account('double2', mail('double'));
    await world.hire('anna', { department: 'legal', email: 'both@acme.example' });
    await world.hire('bert', { department: 'legal', email: 'both@acme.example' });
    await world.account('shared', mail('both'));
    await world.run();
    expect(await kinds()).toEqual([
      'ORPHANED_ACCOUNT:crmAccount - nobody',
      'PROPERTY:crm-account.groups=board seller seller',
      'SEVERAL_ACCOUNTS:crm-account double double',
      'SEVERAL_ACCOUNTS:crm-account double double2',
      'SEVERAL_PEOPLE:crm-account - shared',
      'UNAUTHORIZED_ACCOUNT:crm-account lawyer lawyer',
    ]);
    await expectSettled();
  });

  test('a second account of somebody who has one is a duplicate', async () => {
    await world.hire('seller');
    await world.account('seller', mail('seller'));
    await world.run();
    await world.account('seller-old', mail('seller'));
    await world.run({ kind: 'dirty' });
    expect(await kinds()).toEqual(['DUPLICATE_ACCOUNT:crm-account seller seller-old']);
    await expectSettled();
  });

  test('an uncertain match proposes an owner, two of them leave it to a person', async () => {
    world.configure(withNames(company));
    for (const [key, name] of [
      ['anna', 'a'],
      ['bert', 'b'],
      ['cleo', 'b'],
    ] as const) {
      const id = await world.hire(key, { department: 'legal' });
      await world.database.query(
        `insert into correlation_source (identity_id, rule, value) values ($1, 'by-name', $2)`,
        [id, name],
      );
    }
    for (const name of ['a', 'b']) {
      const id = await world.account(`x-${name}`);
      await world.database.query(`insert into correlation_key (resource_id, rule, value) values ($1, 'by-name', $2)`, [
        id,
        name,
      ]);
    }
    await world.run();
    expect(
      (await world.open()).map(({ groupKey, person, suggestion, confidence }) => [
        groupKey,
        person,
        suggestion,
        confidence,
      ]),
    ).toEqual([
      ['ORPHANED_ACCOUNT:crmAccount', 'anna', 'LINK', 70],
      ['SEVERAL_PEOPLE:crm-account', null, null, 70],
    ]);
  });

  test('an account not used for too long is listed until it is used', async () => {
    world.configure({
      entityTypes: company.entityTypes.map((type) =>
        type.identifier === 'crmAccount' ? { ...type, lastUsedProperty: 'title' } : type,
      ),
      resourceTypes: company.resourceTypes.map((type) => ({ ...type, unusedAfterDays: 90 })),
    });
    await world.hire('seller');
    await world.account('seller', mail('seller', [], { title: '2031-01-01T08:00:00Z' }));
    await world.run();
    expect(await kinds()).toEqual(['UNUSED_ACCOUNT:crm-account seller seller']);
    await world.account('seller', mail('seller', [], { title: '2031-05-01T08:00:00Z' }));
    await world.run({ kind: 'dirty' });
    expect(await kinds()).toEqual([]);
    expect(world.log.at(-1)).toContain('their cause has gone');
  });

  test('an incremental run lists the same as a complete one', async () => {
    await world.hire('seller');
    await world.account('seller', mail('seller'));
    await world.run();
    await world.account('nobody', mail('nobody'));
    await world.account('seller', mail('seller', ['board', 'viewers']));
    await world.run({ kind: 'dirty' });
    const incremental = await kinds();
    expect(incremental).toEqual([
      'ORPHANED_ACCOUNT:crmAccount - nobody',
      'PROPERTY:crm-account.groups=board seller seller',
      'ROLE:viewer seller seller',
    ]);
    await world.run();
    expect(await kinds()).toEqual(incremental);
  });
});

describe('accounts of two types in one entity type', () => {
  test('are told apart by what they are classified as', async () => {
    const admin = { ...company.resourceTypes[0], identifier: 'crm-admin' } as (typeof company.resourceTypes)[number];
    const classification = { policy: 'p', when: "resource.login == 'x'", confidencePercent: 100 };
    world.configure({
      resourceTypes: [...company.resourceTypes, admin],
      correlationRules: company.correlationRules.flatMap((rule) => [
        rule,
        { ...rule, identifier: 'admin-by-email', resourceType: 'crm-admin' },
      ]),
      classificationRules: [
        { ...classification, identifier: 'users', resourceType: 'crm-account' },
        { ...classification, identifier: 'admins', resourceType: 'crm-admin' },
      ],
    });
    const lea = await world.hire('lea', { department: 'legal' });
    await world.database.query(
      `insert into correlation_source (identity_id, rule, value) values ($1, 'admin-by-email', 'lea@acme.example')`,
      [lea],
    );
    for (const [key, type] of [
      ['lea', 'crm-account'],
      ['adm-lea', 'crm-admin'],
    ]) {
      const id = await world.account(key ?? '', mail('lea', type === 'crm-account' ? ['viewers'] : []));
      await world.database.query('update resource set classified_as = $2 where id = $1', [id, type]);
      await world.database.query(
        `insert into correlation_key (rule, resource_id, value) values ('admin-by-email', $1, 'lea@acme.example')`,
        [id],
      );
    }
    await world.run();
    expect(await kinds()).toEqual(['ROLE:viewer lea lea', 'UNAUTHORIZED_ACCOUNT:crm-admin lea adm-lea']);
    await expectSettled();
  });
});
