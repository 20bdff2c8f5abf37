// What people and rules decide about what was found, what becomes of it, and what is refused.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Actor } from '../../src/domain/actor.js';
import type { ReconciliationDecision } from '../../src/domain/reconciliation.js';
import { decideGroup, decideItems } from '../../src/steps/decide-reconciliation.js';
import { company } from '../domain/role-model/company.js';
import { type ItemRow, officer, openReconciliationWorld, type ReconciliationWorld } from './reconciliation-world.js';
import { outcomeOf } from './role-model-world.js';

let world: ReconciliationWorld;
beforeAll(async () => {
  world = await openReconciliationWorld('decide_reconciliation');
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
const only = async (): Promise<ItemRow> => {
  const items = await world.open();
  expect(items).toHaveLength(1);
  return items[0] as ItemRow;
};
const codes = (decision: Awaited<ReturnType<ReconciliationWorld['decide']>>): readonly string[] =>
  decision.ok ? [] : decision.refusals.map(({ code }) => code);

async function decided(
  item: ItemRow,
  decision: ReconciliationDecision,
  more: Parameters<ReconciliationWorld['decide']>[2] = {},
): Promise<void> {
  expect(await world.decide(item, decision, more)).toEqual({ ok: true, value: [item.id] });
  await world.run({ kind: 'dirty' });
}

async function expectSettled(): Promise<void> {
  await world.run();
  const before = [await outcomeOf(world.database), await world.open()];
  await world.run();
  expect([await outcomeOf(world.database), await world.open()]).toEqual(before);
}

describe('a role that was found', () => {
  beforeEach(async () => {
    await world.hire('lea', { department: 'legal' });
    await world.account('lea', mail('lea', ['viewers']), true);
    await world.run();
  });

  test('is approved when kept, with the decision as its reason', async () => {
    await decided(await only(), 'KEEP');
    expect(await roles()).toEqual([{ key: 'lea', role: 'viewer', state: 'APPROVED' }]);
    expect((await row('select reasons from identity_state'))[0]?.reasons).toEqual(['decision:viewer']);
    expect(await row('select decided_by from role_assignment')).toEqual([
      { decided_by: `identity:${officer.kind === 'identity' ? officer.identityId : ''}` },
    ]);
    expect(await world.open()).toEqual([]);
    await expectSettled();
  });

  test('goes with the account it gave when removed, and is gone once that is', async () => {
    await decided(await only(), 'REMOVE');
    expect(await roles()).toEqual([{ key: 'lea', role: 'viewer', state: 'CANCELLATION' }]);
    expect(await accounts()).toEqual([expect.objectContaining({ due: false, state: 'PENDING', change: 'DELETE' })]);
    await world.carryOut();
    await expectSettled();
    expect([await roles(), await accounts(), await world.open()]).toEqual([[], [], []]);
  });

  test('stays as it is when ignored, and is not asked for again', async () => {
    await decided(await only(), 'IGNORE');
    expect(await roles()).toEqual([{ key: 'lea', role: 'viewer', state: 'PRE_EXISTING' }]);
    expect(await world.open()).toEqual([]);
    await expectSettled();
  });

  test('is decided by a rule once it has waited long enough', async () => {
    const rule = {
      identifier: 'keep-what-was',
      policy: 'p',
      target: { kind: 'policy', identifier: 'p' },
      workflowState: 'PRE_EXISTING',
      afterHours: 24,
      decision: 'APPROVE',
    } as const;
    world.configure({ automationRules: [rule] });
    await world.run();
    expect(await world.open()).toHaveLength(1);
    await world.database.query(`update reconciliation_item set found_at = found_at - interval '25 hours'`);
    await world.run({ kind: 'dirty' });
    expect(await row('select decision, decided_by from reconciliation_item')).toEqual([
      { decision: 'KEEP', decided_by: 'rule:keep-what-was' },
    ]);
    expect(await roles()).toEqual([{ key: 'lea', role: 'viewer', state: 'APPROVED' }]);
    await expectSettled();
  });
});

describe('a link nobody gave', () => {
  beforeEach(async () => {
    await world.hire('seller');
    await world.account('seller', mail('seller', ['board']));
    await world.run();
  });

  test('stays when kept', async () => {
    await decided(await only(), 'KEEP');
    expect(await accounts()).toEqual([expect.objectContaining({ state: 'VERIFIED', change: null })]);
    expect(await world.open()).toEqual([]);
    await expectSettled();
  });

  test('is taken out when removed', async () => {
    await decided(await only(), 'REMOVE');
    const [{ delta } = {}] = await row('select delta from resource_assignment');
    expect(delta).toMatchObject({
      kind: 'UPDATE',
      scalars: [],
      links: [{ property: 'groups', add: [], remove: ['board'] }],
    });
    expect(await world.open()).toEqual([]);
    await expectSettled();
    await world.account('seller', mail('seller'));
    await expectSettled();
    expect(await accounts()).toEqual([expect.objectContaining({ change: null })]);
  });

  test('comes back on its day when put off', async () => {
    await decided(await only(), 'POSTPONE', { until: '2031-06-01' });
    expect((await row('select postponed_until::text as until, decision from reconciliation_item'))[0]).toEqual({
      until: '2031-06-01',
      decision: null,
    });
    expect(
      await world.reconciliationPorts.reconciliation.group('PROPERTY:crm-account.groups=board', '2031-05-31'),
    ).toEqual([]);
    expect(
      await world.reconciliationPorts.reconciliation.group('PROPERTY:crm-account.groups=board', '2031-06-01'),
    ).toHaveLength(1);
  });
});

describe('a value that was changed in the target', () => {
  beforeEach(async () => {
    world.configure({
      resourceTypes: company.resourceTypes.map((type) => ({ ...type, discardManualAssignments: false })),
    });
    await world.hire('seller');
    await world.account('seller', mail('seller'));
    await world.run();
    await world.account('seller', { attributes: { email: 'other@acme.example' }, links: {} });
    await world.run({ kind: 'dirty' });
  });

  test('stays when kept', async () => {
    await decided(await only(), 'KEEP');
    expect(await accounts()).toEqual([expect.objectContaining({ change: null })]);
    expect(await row('select workflow_state as state from value_assignment')).toEqual([{ state: 'APPROVED' }]);
    await expectSettled();
  });

  test('is overwritten when corrected', async () => {
    await decided(await only(), 'CORRECT');
    expect(await accounts()).toEqual([expect.objectContaining({ state: 'PENDING', change: 'UPDATE' })]);
    await expectSettled();
    await world.account('seller', mail('seller'));
    await expectSettled();
    expect(await row('select * from value_assignment')).toEqual([]);
  });
});

describe('an account without a reason', () => {
  let lea: string;
  beforeEach(async () => {
    lea = await world.hire('lea', { department: 'legal' });
    await world.account('lea', mail('lea', ['board']));
    await world.run();
  });

  test("is its owner's when kept, as it is, and asked for again when the owner has left", async () => {
    await decided(await only(), 'KEEP');
    expect(await accounts()).toEqual([
      { owner: 'lea', account: 'lea', due: false, workflow: 'APPROVED', state: 'VERIFIED', change: null },
    ]);
    await expectSettled();
    expect(await world.open()).toEqual([]);
    await world.hire('lea', { department: 'legal', endDate: '2031-05-01' });
    await world.run({ kind: 'dirty' });
    expect((await only()).suggestion).toBe('REMOVE');
    await decided(await only(), 'REMOVE');
    expect(await accounts()).toEqual([expect.objectContaining({ owner: 'lea', change: 'DELETE' })]);
  });

  test('is removed by an ordinary order, even where nothing may be removed by rule', async () => {
    world.configure({ resourceTypes: company.resourceTypes.map((type) => ({ ...type, allowRemove: false })) });
    await decided(await only(), 'REMOVE');
    expect(await accounts()).toEqual([
      expect.objectContaining({ account: 'lea', due: false, state: 'PENDING', change: 'DELETE' }),
    ]);
    expect(await world.open()).toEqual([]);
    await world.carryOut();
    await expectSettled();
    expect(await accounts()).toEqual([]);
  });

  test('waits for review where the resource type says so', async () => {
    world.configure({ resourceTypes: company.resourceTypes.map((type) => ({ ...type, blockProvisioning: true })) });
    await decided(await only(), 'REMOVE');
    expect(await accounts()).toEqual([expect.objectContaining({ state: 'AWAITING_APPROVAL', change: 'DELETE' })]);
  });

  test('is listed again when a reviewer declines the order, and can be removed again', async () => {
    await decided(await only(), 'REMOVE');
    await world.database.query(
      `update resource_assignment set provisioning_state = 'NONE', delta = null, declined_hash = expected_hash`,
    );
    await world.run();
    await decided(await only(), 'REMOVE');
    expect(await accounts()).toEqual([expect.objectContaining({ account: 'lea', state: 'PENDING', change: 'DELETE' })]);
    expect(await world.open()).toEqual([]);
  });

  test("becomes somebody else's when linked, who is due one", async () => {
    const seller = await world.hire('seller');
    await world.run();
    await decided((await world.open())[0] as ItemRow, 'LINK', { ownerId: seller });
    expect(await accounts()).toEqual([
      expect.objectContaining({ owner: 'seller', account: 'lea', due: true, change: 'UPDATE' }),
    ]);
    await expectSettled();
  });

  test("is nobody's who already has one, who is not there, or who decides", async () => {
    const seller = await world.hire('seller');
    await world.account('seller', mail('seller'));
    const gone = await world.hire('gone', { endDate: '2031-05-01' });
    await world.run();
    const item = (await world.open()).find(({ account }) => account === 'lea') as ItemRow;
    expect(codes(await world.decide(item, 'LINK', { ownerId: seller }))).toEqual(['ALREADY_ASSIGNED']);
    expect(codes(await world.decide(item, 'LINK', { ownerId: gone }))).toEqual(['STATE_CONFLICT']);
    expect(codes(await world.decide(item, 'LINK', { ownerId: undefined }))).toEqual(['NOT_FOUND']);
    const bot: Actor = { kind: 'service', identifier: 'bot', displayName: 'Bot', profiles: ['role-officer'] };
    world.configure({ serviceAccounts: [{ identifier: 'bot', displayName: 'Bot', profiles: [], owner: 'lea' }] });
    const kept = [{ itemId: item.id, decision: 'KEEP', comment: null, ownerId: null, until: null }] as const;
    for (const self of [{ ...officer, identityId: lea, identifier: 'lea' }, bot])
      expect(codes(await decideItems(world.reconciliationPorts, self, kept))).toEqual(['SELF_APPROVAL_FORBIDDEN']);
  });
});

describe('one account of two people', () => {
  test('is given to nobody before a person says whose; the other one gets an own one', async () => {
    const anna = await world.hire('anna', { email: 'both@acme.example' });
    await world.hire('bert', { email: 'both@acme.example' });
    await world.account('shared', { attributes: { email: 'both@acme.example' }, links: {} });
    await world.run();
    expect((await accounts()).map(({ owner, state }) => [owner, state])).toEqual([
      ['anna', 'ERROR'],
      ['bert', 'ERROR'],
    ]);
    const item = await only();
    expect([item.groupKey, item.person]).toEqual(['SEVERAL_PEOPLE:crm-account', null]);
    await decided(item, 'LINK', { ownerId: anna });
    expect((await accounts()).map(({ owner, account, state, change }) => [owner, account, state, change])).toEqual([
      ['anna', 'shared', 'VERIFIED', null],
      ['bert', 'bert', 'PENDING', 'CREATE'],
    ]);
    await expectSettled();
  });
});

describe('two accounts of one person', () => {
  test('one is linked, the other a duplicate that is removed', async () => {
    const seller = await world.hire('seller');
    await world.account('seller', mail('seller'));
    await world.account('seller2', mail('seller'));
    await world.run();
    expect(await accounts()).toEqual([expect.objectContaining({ state: 'ERROR' })]);
    const first = (await world.open()).find(({ account }) => account === 'seller') as ItemRow;
    await decided(first, 'LINK', { ownerId: seller });
    expect(await accounts()).toEqual([
      expect.objectContaining({ owner: 'seller', account: 'seller', due: true, state: 'VERIFIED' }),
    ]);
    const duplicate = await only();
    expect(duplicate.groupKey).toBe('DUPLICATE_ACCOUNT:crm-account');
    await decided(duplicate, 'REMOVE');
    await world.carryOut();
    await expectSettled();
    expect(await row(`select key from resource where entity_type = 'crmAccount'`)).toEqual([{ key: 'seller' }]);
  });

  test('where one is removed, the other is taken', async () => {
    await world.hire('seller');
    await world.account('seller', mail('seller'));
    await world.account('seller2', mail('seller'));
    await world.run();
    await decided((await world.open()).find(({ account }) => account === 'seller2') as ItemRow, 'REMOVE');
    expect(await accounts()).toEqual([
      expect.objectContaining({ owner: 'seller', account: 'seller', state: 'VERIFIED' }),
      expect.objectContaining({ owner: 'seller2', account: 'seller2', change: 'DELETE' }),
    ]);
    await expectSettled();
  });
});

describe('many at once', () => {
  beforeEach(async () => {
    for (const key of ['a', 'b', 'c']) await world.account(key, mail(key));
    await world.run();
  });

  test('are decided as a group, as long as it is as it was seen', async () => {
    const group = (expectedCount: number, decision: ReconciliationDecision = 'IGNORE') =>
      decideGroup(world.reconciliationPorts, officer, {
        groupKey: 'ORPHANED_ACCOUNT:crmAccount',
        expectedCount,
        decision,
        comment: null,
        ownerId: null,
        until: null,
      });
    expect(codes(await group(2))).toEqual(['STALE_VERSION']);
    expect(codes(await group(3, 'REMOVE'))).toEqual(['COMMENT_REQUIRED', 'COMMENT_REQUIRED', 'COMMENT_REQUIRED']);
    expect(codes(await group(3, 'KEEP'))).toEqual(['INVALID', 'INVALID', 'INVALID']);
    expect(await world.open()).toHaveLength(3);
    expect((await group(3)).ok).toBe(true);
    expect(codes(await group(3))).toEqual(['NOT_FOUND']);
    await expectSettled();
    expect(await world.open()).toEqual([]);
  });

  test('nothing is decided when one of them is refused, and the refusal names it', async () => {
    const items = await world.open();
    await world.decide(items[1] as ItemRow, 'IGNORE');
    const inputs = items.map(({ id }) => ({
      itemId: id,
      decision: 'IGNORE' as const,
      comment: null,
      ownerId: null,
      until: null,
    }));
    const result = await decideItems(world.reconciliationPorts, officer, inputs);
    expect(result.ok ? [] : result.refusals.map(({ code, field }) => [code, field?.join('.')])).toEqual([
      ['STATE_CONFLICT', 'input.items.1.reconciliationItemId'],
    ]);
    expect(await world.open()).toHaveLength(2);
  });

  test('two people deciding at once do not both decide', async () => {
    const [first] = await world.open();
    const both = await Promise.all([
      world.decide(first as ItemRow, 'IGNORE'),
      world.decide(first as ItemRow, 'REMOVE'),
    ]);
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    expect(both.flatMap(codes)).toEqual(['STATE_CONFLICT']);
  });

  test('only officers and administrators decide', async () => {
    const [first] = await world.open();
    const clerk = { ...officer, profiles: ['employee' as const] };
    const result = await decideItems(world.reconciliationPorts, clerk, [
      { itemId: first?.id ?? '', decision: 'IGNORE', comment: null, ownerId: null, until: null },
    ]);
    expect(codes(result)).toEqual(['FORBIDDEN']);
  });

  test('what was done is in the audit and in the feed, once', async () => {
    const items = await world.open();
    await world.database.query('truncate audit_entry');
    await decideItems(
      world.reconciliationPorts,
      officer,
      items.map(({ id }) => ({ itemId: id, decision: 'REMOVE' as const, comment: 'Old.', ownerId: null, until: null })),
    );
    expect(await row(`select action, jsonb_array_length(after -> 'items') as items from audit_entry`)).toEqual([
      { action: 'reconciliation.decide', items: 3 },
    ]);
    expect(await row(`select kind from event where kind = 'ReconciliationDecided'`)).toHaveLength(1);
  });
});
