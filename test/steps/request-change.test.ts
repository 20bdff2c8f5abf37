// Approving something else than was asked for, parameters of roles, and longer dates: what each does to decisions and rows.
import { describe, expect, test } from '@jest/globals';
import { type ReviewInput, reviewRequests } from '../../src/steps/review-request.js';
import { add, useCompany } from './request-acts.js';
import { role } from './request-fixture.js';

const { present, submit, submitted, review, rows, load, assignments } = useCompany();

const twoSteps = [
  { kind: 'manager' as const, quorum: 1 },
  { kind: 'people' as const, people: ['paul.martin'], quorum: 1 },
];
const site = { identifier: 'site', displayName: 'Site', dimension: 'site', isRequired: true };
const withVault = (): void =>
  present().configure((configuration) => ({
    ...configuration,
    dimensions: [{ identifier: 'site', displayName: 'Site', entityType: 'site', parent: null }],
    singleRoles: [
      ...configuration.singleRoles,
      role('vault', twoSteps),
      role('local', [{ kind: 'manager', quorum: 1 }], { parameters: [site] }),
      role('longer', [{ kind: 'manager', quorum: 1 }], { prolongationWithoutApproval: true }),
    ],
  }));
const sites = (...keys: readonly string[]) =>
  present().database.query(
    `insert into resource (id, entity_type, key, attributes, hash, seen_at)
     select gen_random_uuid(), 'site', key, '{}', 'h', now() from unnest($1::text[]) as key on conflict do nothing`,
    [keys],
  );
const approve = async (who: string, requestId: string, change: object, more: Partial<ReviewInput> = {}) => {
  const { items } = await load(requestId);
  return reviewRequests(present().ports, await present().actor(who), [
    {
      requestId,
      decision: 'APPROVED',
      comment: 'Less will do.',
      seenDigest: null,
      changes: [{ itemId: items[0]?.id ?? null, ...change }],
      ...more,
    },
  ]);
};

describe('an approval with a change', () => {
  test('that narrows keeps what others decided, tells the requester, and gives the new dates', async () => {
    withVault();
    const requestId = await submitted('camille.roy', [add('vault', { endDate: '2031-12-31' })]);
    const { digest } = await load(requestId);
    await review('ines.aubry', requestId);
    expect(await approve('paul.martin', requestId, { endDate: '2031-08-31' })).toMatchObject({ refusals: [] });
    const after = await load(requestId);
    expect(after).toMatchObject({ state: 'APPROVED', items: [{ endDate: '2031-08-31' }] });
    expect(after.digest).not.toBe(digest);
    const sentence = 'Approved with a change: vault ends on 2031-08-31 instead of on 2031-12-31.';
    expect(await rows('select adjustments from request_item')).toEqual([{ adjustments: [sentence] }]);
    expect(await rows('select comment from approval order by step desc limit 1')).toEqual([
      { comment: `Less will do.\n${sentence}` },
    ]);
    expect(await rows('select end_date from role_assignment')).toEqual([{ end_date: '2031-08-31' }]);
  });

  test('that widens asks those again who approved less', async () => {
    withVault();
    const requestId = await submitted('camille.roy', [add('vault', { endDate: '2031-08-31' })]);
    await review('ines.aubry', requestId);
    expect(await approve('paul.martin', requestId, { endDate: '2031-12-31' })).toMatchObject({ refusals: [] });
    expect(await load(requestId)).toMatchObject({
      state: 'PENDING_APPROVAL',
      approvals: [
        { step: 1, decision: null, decidedBy: null },
        { step: 2, decision: 'APPROVED', decidedBy: present().id('paul.martin') },
      ],
    });
    expect(await assignments()).toMatchObject([{ workflow_state: 'PENDING_APPROVAL', approval_step: 1 }]);
    expect(await review('ines.aubry', requestId)).toMatchObject({ refusals: [] });
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED', items: [{ endDate: '2031-12-31' }] });
  });

  test('makes what others saw before stale', async () => {
    withVault();
    const requestId = await submitted('camille.roy', [add('vault', { endDate: '2031-12-31' })]);
    const { digest } = await load(requestId);
    await approve('ines.aubry', requestId, { endDate: '2031-08-31' });
    expect(await review('paul.martin', requestId, 'APPROVED', digest)).toMatchObject({
      refusals: [{ code: 'STALE_VERSION' }],
    });
  });

  test.each([
    ['of somebody else’s item', { itemId: null }, {}, 'approval.change-item', 'itemId'],
    ['into the past', { endDate: '2031-05-01' }, {}, 'request.not-in-the-past', 'endDate'],
    ['of a parameter it does not have', { parameters: { site: 'lyon' } }, {}, 'request.parameters', 'parameters'],
  ])('is refused %s', async (_name, change, more, rule, field) => {
    withVault();
    const requestId = await submitted('camille.roy', [add('vault')]);
    expect(await approve('ines.aubry', requestId, change, more)).toMatchObject({
      requestIds: [],
      refusals: [{ rule, field: expect.arrayContaining(['changes', '0', field]) }],
    });
    expect(await load(requestId)).toMatchObject({ state: 'PENDING_APPROVAL' });
  });

  test('is refused with a decline', async () => {
    withVault();
    const requestId = await submitted('camille.roy', [add('vault')]);
    expect(await approve('ines.aubry', requestId, { endDate: '2031-08-31' }, { decision: 'DECLINED' })).toMatchObject({
      refusals: [{ rule: 'approval.change-approves' }],
    });
  });
});

describe('parameters', () => {
  test('are checked against their dimension, kept with the assignment, and part of what was seen', async () => {
    withVault();
    await sites('lyon', 'oslo');
    expect(await submit('camille.roy', [add('local')])).toMatchObject({
      refusals: [{ rule: 'request.parameter-required', field: ['input', 'items', '0', 'parameters', 'site'] }],
    });
    expect(await submit('camille.roy', [add('local', { parameters: { site: 'atlantis' } })])).toMatchObject({
      refusals: [{ rule: 'request.parameter-value' }],
    });
    const requestId = await submitted('camille.roy', [add('local', { parameters: { site: 'lyon' } })]);
    const { digest } = await load(requestId);
    expect(await rows('select parameters from role_assignment')).toEqual([{ parameters: { site: 'lyon' } }]);
    expect(await approve('ines.aubry', requestId, { parameters: { site: 'oslo' } })).toMatchObject({ refusals: [] });
    expect((await load(requestId)).digest).not.toBe(digest);
    expect(await rows('select workflow_state, parameters from role_assignment')).toEqual([
      { workflow_state: 'APPROVED', parameters: { site: 'oslo' } },
    ]);
  });

  test('change by a request of their own', async () => {
    withVault();
    await sites('lyon', 'oslo');
    await review('ines.aubry', await submitted('camille.roy', [add('local', { parameters: { site: 'lyon' } })]));
    const update = { ...add('local', { parameters: { site: 'oslo' } }), action: 'UPDATE' as const };
    await review('ines.aubry', await submitted('camille.roy', [update]));
    expect(await rows('select parameters from role_assignment')).toEqual([{ parameters: { site: 'oslo' } }]);
  });
});

describe('a later end', () => {
  const given = async (): Promise<void> => {
    withVault();
    const item = add('longer', { startDate: '2031-05-10', endDate: '2031-06-30' });
    await review('ines.aubry', await submitted('camille.roy', [item]));
  };
  const until = (endDate: string, startDate: string | null = null) => ({
    ...add('longer', { startDate, endDate }),
    action: 'UPDATE' as const,
  });

  test('takes no approval where the role says so', async () => {
    await given();
    const requestId = await submitted('camille.roy', [until('2031-12-31')]);
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED', approvals: [] });
    expect(await rows('select end_date from role_assignment')).toEqual([{ end_date: '2031-12-31' }]);
  });

  test('takes the chain when anything else changes with it, and where the role does not say so', async () => {
    await given();
    const other = await submitted('camille.roy', [until('2031-12-31', '2031-06-01')]);
    expect(await load(other)).toMatchObject({ state: 'PENDING_APPROVAL' });
    const item = add('expense-approver', { endDate: '2031-06-30' });
    await review('ines.aubry', await submitted('camille.roy', [item]));
    const plain = await submitted('camille.roy', [{ ...item, endDate: '2031-12-31', action: 'UPDATE' }]);
    expect(await load(plain)).toMatchObject({ state: 'PENDING_APPROVAL' });
  });
});
