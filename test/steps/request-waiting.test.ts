// What happens while a request waits: several people for one step, delegations by their days, reminders, and what rules decide
// when nobody did in time. The clock is the database's: tests move the rows back, not the clock on.
import { describe, expect, test } from '@jest/globals';
import type { AutomationRule, RoleDefinition } from '../../src/domain/configuration.js';
import { readScope } from '../../src/domain/permission.js';
import { decideWaiting } from '../../src/steps/decide-waiting.js';
import { revokeDelegation } from '../../src/steps/delegate.js';
import { remindApprovers, remindRequest } from '../../src/steps/remind-request.js';
import { add, useCompany } from './request-acts.js';
import { role } from './request-fixture.js';

const { present, submitted, review, rows, load, assignments, facts, delegate } = useCompany();

const withRoles = (...roles: readonly RoleDefinition[]): void =>
  present().configure((configuration) => ({
    ...configuration,
    singleRoles: [
      ...configuration.singleRoles.filter(({ identifier }) => roles.every((own) => own.identifier !== identifier)),
      ...roles,
    ],
  }));
const board = (quorum: number) => [
  { kind: 'people' as const, people: ['ines.aubry', 'paul.martin', 'zoe.klein'], quorum },
];
const waitedHours = (hours: number) =>
  present().database.query(
    `update approval set opened_at = opened_at - make_interval(hours => $1), due_at = due_at - make_interval(hours => $1)`,
    [hours],
  );

describe('a quorum', () => {
  test('takes as many different people as it says; the last one decides', async () => {
    withRoles(role('vault', board(2)));
    const requestId = await submitted('camille.roy', [add('vault')]);
    expect(await review('ines.aubry', requestId)).toMatchObject({ refusals: [] });
    expect(await load(requestId)).toMatchObject({
      state: 'PENDING_APPROVAL',
      approvals: [{ decision: null, votes: [{ decidedBy: present().id('ines.aubry') }] }],
    });
    expect(await review('ines.aubry', requestId)).toMatchObject({ refusals: [{ rule: 'approval.two-people' }] });
    expect(await review('ines.admin', requestId)).toMatchObject({ requestIds: [] });
    expect(await review('zoe.klein', requestId)).toMatchObject({ refusals: [] });
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED' });
    expect(await facts()).toEqual([
      'RequestSubmitted',
      'AssignmentChanged',
      'RequestAdvanced',
      'RequestApproved',
      'AssignmentChanged',
    ]);
  });

  test('of one takes one: the control', async () => {
    withRoles(role('vault', board(1)));
    const requestId = await submitted('camille.roy', [add('vault')]);
    await review('ines.aubry', requestId);
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED' });
  });

  test('is broken by one no', async () => {
    withRoles(role('vault', board(3)));
    const requestId = await submitted('camille.roy', [add('vault')]);
    await review('ines.aubry', requestId);
    await review('paul.martin', requestId, 'DECLINED');
    expect(await load(requestId)).toMatchObject({ state: 'DECLINED' });
  });

  test('that nobody can reach is refused before anybody is asked', async () => {
    withRoles(role('vault', board(20)));
    await expect(submitted('camille.roy', [add('vault')])).rejects.toThrow('too few are');
  });
});

describe('approvers', () => {
  test('are the officers of the category and of those above it', async () => {
    withRoles(role('vault', [{ kind: 'officers', quorum: 1 }], { category: 'payments' }));
    const category = (identifier: string, parent: string | null, officers: readonly string[]) => ({
      identifier,
      displayName: identifier,
      parent,
      officers,
    });
    present().configure((configuration) => ({
      ...configuration,
      categories: [category('finance', null, ['paul.martin']), category('payments', 'finance', ['lea.stone'])],
    }));
    const requestId = await submitted('camille.roy', [add('vault')]);
    expect((await load(requestId)).approvals).toMatchObject([
      { rule: 'approval.officers', candidates: [present().id('lea.stone'), present().id('paul.martin')] },
    ]);
    // An officer is to a category what an owner is to a role: sees what is asked about it, and nothing else.
    const sees = async (id: string): Promise<boolean> => {
      const scope = readScope(await present().actor('paul.martin'), 'request.read');
      return (await present().views.byIds([id], { filter: null, scope, viewerId: null })).length === 1;
    };
    present().configure((configuration) => ({ ...configuration, categories: configuration.categories.slice(0, 1) }));
    const other = await submitted('camille.roy', [add('expense-approver')]);
    await present().database.query(`update approval set candidates = '{}'`);
    expect([await sees(requestId), await sees(other)]).toEqual([false, false]);
    present().configure((configuration) => ({
      ...configuration,
      categories: [...configuration.categories, category('payments', 'finance', [])],
    }));
    expect([await sees(requestId), await sees(other)]).toEqual([true, false]);
  });

  test('are whom an expression over the person names, and others where it names nobody', async () => {
    const named = (expression: string) => role('vault', [{ kind: 'expression', expression, quorum: 1 }]);
    withRoles(named('person.manager == "ines.aubry" ? "lea.stone" : ""'));
    const requestId = await submitted('camille.roy', [add('vault')]);
    expect((await load(requestId)).approvals).toMatchObject([
      { rule: 'approval.expression', candidates: [present().id('lea.stone')] },
    ]);
    const other = await submitted('paul.martin', [add('vault')]);
    expect((await load(other)).approvals).toMatchObject([{ rule: 'approval.role-officers' }]);
  });

  test('are skipped where the requester is one and the role says so; never for oneself', async () => {
    const manager = [{ kind: 'manager' as const, quorum: 1 }];
    withRoles(
      role('vault', [...manager, { kind: 'people', people: ['paul.martin'], quorum: 1 }], { implicitApproval: true }),
    );
    const requestId = await submitted('ines.aubry', [add('vault')], 'camille.roy');
    expect((await load(requestId)).approvals).toMatchObject([
      { decision: 'APPROVED', decidedBy: null, decidedByRule: 'approval.implicit' },
      { decision: null },
    ]);
    expect(await review('paul.martin', requestId)).toMatchObject({ refusals: [] });
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED' });
    const own = await submitted('ines.aubry', [add('vault')]);
    expect((await load(own)).approvals.map(({ decision }) => decision)).toEqual([null, null]);
  });
});

describe('a delegation', () => {
  test('holds from its first to its last day, until it is revoked', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    await delegate('ines.aubry', 'lea.stone', { startDate: '2031-05-11' });
    expect(await review('lea.stone', requestId)).toMatchObject({ refusals: [{ code: 'NOT_FOUND' }] });
    const made = await delegate('ines.aubry', 'paul.martin');
    expect(
      await present().views.page(
        {
          filter: { waitingOnViewer: true },
          scope: 'all',
          viewerId: present().id('paul.martin'),
        },
        { first: 5, after: null },
      ),
    ).toMatchObject({ rows: [{ id: requestId }] });
    const id = made.ok ? made.value : null;
    expect(await revokeDelegation(present().ports, await present().actor('paul.martin'), id)).toMatchObject({
      refusals: [{ code: 'FORBIDDEN' }],
    });
    expect(await revokeDelegation(present().ports, await present().actor('ines.aubry'), id)).toMatchObject({
      ok: true,
    });
    expect(await review('paul.martin', requestId)).toMatchObject({ refusals: [{ code: 'NOT_FOUND' }] });
    expect(await rows('select action from audit_entry order by id')).toEqual([
      { action: 'request.submit' },
      { action: 'delegation.create' },
      { action: 'delegation.create' },
      { action: 'delegation.revoke' },
    ]);
  });

  test.each([
    ['to oneself', 'ines.aubry', {}, 'delegation.to-another-person'],
    ['to another identity of oneself', 'ines.admin', {}, 'delegation.to-another-person'],
    ['from yesterday', 'lea.stone', { startDate: '2031-05-09' }, 'delegation.period'],
    ['with the end before the start', 'lea.stone', { endDate: '2031-05-09' }, 'delegation.period'],
    ['for longer than a year', 'lea.stone', { endDate: '2032-06-01' }, 'delegation.period'],
    ['to nobody known', 'lea.stone', { delegateId: null }, 'delegation.known-person'],
  ])('is refused %s', async (_name, to, changes, rule) => {
    expect(await delegate('ines.aubry', to, changes)).toMatchObject({ ok: false, refusals: [{ rule }] });
  });

  test('is arranged by an administrator for others, never to themselves', async () => {
    const ada = await present().actor('ada.lindqvist');
    expect(await delegate('ines.aubry', 'lea.stone', {}, ada)).toMatchObject({ ok: true });
    expect(await delegate('ines.aubry', 'ada.lindqvist', {}, ada)).toMatchObject({
      refusals: [{ rule: 'delegation.not-to-the-maker' }],
    });
    expect(await delegate('ines.aubry', 'paul.martin', {}, await present().actor('lea.stone'))).toMatchObject({
      refusals: [{ code: 'FORBIDDEN' }],
    });
  });
});

describe('a reminder', () => {
  test('goes out once a day, by those concerned, as a fact and with an audit entry', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    const camille = await present().actor('camille.roy');
    expect(await remindRequest(present().ports, camille, requestId)).toMatchObject({ ok: true });
    expect(await remindRequest(present().ports, camille, requestId)).toMatchObject({
      refusals: [
        { code: 'STATE_CONFLICT', rule: 'request.remind-once-a-day', hint: expect.stringContaining('Try again after') },
      ],
    });
    expect(
      await rows(`select body -> 'detail' ->> 'reminded' as reminded from event where kind = 'RequestAdvanced'`),
    ).toEqual([{ reminded: 'true' }]);
    await present().database.query(`update assignment_request set reminded_at = reminded_at - interval '25 hours'`);
    expect(await remindRequest(present().ports, camille, requestId)).toMatchObject({ ok: true });
    expect(await remindRequest(present().ports, await present().actor('lea.stone'), requestId)).toMatchObject({
      refusals: [{ code: 'NOT_FOUND' }],
    });
  });

  test('of all that waited for a day goes out with the task, and not again the same day', async () => {
    await submitted('camille.roy', [add('expense-approver')]);
    const remind = async () => (await remindApprovers(present().ports)).counters.updated;
    expect(await remind()).toBe(0);
    await waitedHours(25);
    expect(await remind()).toBe(1);
    expect(await remind()).toBe(0);
  });
});

describe('time', () => {
  const automatic = (changes: Partial<AutomationRule> = {}): void =>
    present().configure((configuration) => ({
      ...configuration,
      automationRules: [
        {
          identifier: 'two-days',
          policy: 'default',
          target: { kind: 'role', identifier: 'expense-approver' },
          workflowState: 'PENDING_APPROVAL',
          afterHours: 48,
          decision: 'APPROVE',
          ...changes,
        },
      ],
    }));

  test('over the days a step may wait declines for want of a decision, and not before', async () => {
    withRoles(role('vault', board(1), { approvalDays: 3 }));
    const requestId = await submitted('camille.roy', [add('vault')]);
    await waitedHours(71);
    expect(await decideWaiting(present().ports)).toBe(0);
    await waitedHours(1);
    expect(await decideWaiting(present().ports)).toBe(1);
    expect(await load(requestId)).toMatchObject({
      state: 'DECLINED',
      approvals: [{ decision: 'DECLINED', decidedBy: null, decidedByRule: 'approval.expired' }],
    });
    expect(await rows('select comment from approval')).toMatchObject([
      { comment: expect.stringContaining('within 3 days') },
    ]);
    expect(await assignments()).toEqual([]);
  });

  test('without such days never declines: the control', async () => {
    withRoles(role('vault', board(1)));
    await submitted('camille.roy', [add('vault')]);
    await waitedHours(10_000);
    expect(await decideWaiting(present().ports)).toBe(0);
  });

  test('of an automation rule decides the step in the name of the rule', async () => {
    automatic();
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    await waitedHours(47);
    expect(await decideWaiting(present().ports)).toBe(0);
    await waitedHours(1);
    expect(await decideWaiting(present().ports)).toBe(1);
    expect(await load(requestId)).toMatchObject({
      state: 'APPROVED',
      approvals: [{ decision: 'APPROVED', decidedBy: null, decidedByRule: 'rule:two-days' }],
    });
    expect(await assignments()).toMatchObject([{ workflow_state: 'APPROVED' }]);
    expect(await rows("select actor, after ->> 'rule' as rule from audit_entry order by id desc limit 1")).toEqual([
      { actor: 'system:joinery', rule: 'rule:two-days' },
    ]);
  });

  test('that has not come yet keeps no place among the steps that are looked at', async () => {
    await submitted('camille.roy', [add('expense-approver')]);
    await waitedHours(47);
    const due = (hours: number) =>
      present().ports.requests.waitingSteps([{ role: 'expense-approver', afterSeconds: hours * 3_600 }]);
    expect(await due(48)).toEqual([]);
    expect(await due(47)).toMatchObject([{ role: 'expense-approver', isExpired: false }]);
  });

  test('before an automation rule was applied does not count', async () => {
    automatic({ decision: 'DECLINE' });
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    await waitedHours(100);
    const { automationRules } = (await present().ports.models.current()).configuration;
    const apply = (rules: readonly AutomationRule[], hoursAgo: number) =>
      present().database.query(
        `insert into configuration_version (digest, document, applied_by, applied_at) values ('d', $1, 'test', clock_timestamp() - make_interval(hours => $2))`,
        [JSON.stringify({ automationRules: rules }), hoursAgo],
      );
    await apply([], 200);
    await apply(automationRules, 10);
    try {
      expect(await decideWaiting(present().ports)).toBe(0);
      await present().database.query(`update configuration_version set applied_at = applied_at - interval '50 hours'`);
      expect(await decideWaiting(present().ports)).toBe(1);
      expect(await load(requestId)).toMatchObject({ state: 'DECLINED' });
    } finally {
      await present().database.query('delete from configuration_version');
    }
  });

  test.each([
    ['APPROVE', 'APPROVED'],
    ['DECLINE', 'CANCELLATION'],
  ] as const)('of grace ends by a rule that says %s', async (decision, state) => {
    automatic({ workflowState: 'PROLONGED', decision, afterHours: 24 });
    await present().database.query(
      `insert into role_assignment (identity_id, role, workflow_state, end_date, updated_at) values ($1, 'expense-approver', 'PROLONGED', '2031-06-01', now() - interval '25 hours')`,
      [present().id('camille.roy')],
    );
    expect(await decideWaiting(present().ports)).toBe(1);
    expect(await rows('select workflow_state, decided_by from role_assignment')).toEqual([
      { workflow_state: state, decided_by: 'rule:two-days' },
    ]);
    expect(await rows('select from dirty_identity')).toHaveLength(1);
  });
});
