// Requests from submission to their decision, on a real database: what is written, who decides, and every refusal.
import { describe, expect, test } from '@jest/globals';
import { reviewRequests } from '../../src/steps/review-request.js';
import { add, useCompany } from './request-acts.js';

const { present, submit, submitted, review, rows, load, assignments, facts, compute } = useCompany();

describe('a request without approval', () => {
  test('is approved at once and starts the computation of its person', async () => {
    const requestId = await submitted('camille.roy', [add('expense-user')]);
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED', items: [{ state: 'APPROVED' }], approvals: [] });
    expect(await assignments()).toEqual([{ role: 'expense-user', workflow_state: 'APPROVED', approval_step: null }]);
    expect(await rows('select identity_id from dirty_identity')).toEqual([
      { identity_id: present().id('camille.roy') },
    ]);
    expect(await rows('select queue, name, job_id, row_id from outbox')).toEqual([
      { queue: 'compute', name: 'identities', job_id: `${requestId}-v1`, row_id: present().id('camille.roy') },
    ]);
    expect(await facts()).toEqual(['RequestSubmitted', 'AssignmentChanged']);
    expect(await rows('select actor, action, subject from audit_entry')).toEqual([
      {
        actor: `identity:${present().id('camille.roy')}`,
        action: 'request.submit',
        subject: `req_${requestId.replaceAll('-', '')}`,
      },
    ]);
  });
});

describe('a request with approvals', () => {
  test('waits for the manager, shows the pending assignment, and takes effect when approved', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    expect(await load(requestId)).toMatchObject({
      state: 'PENDING_APPROVAL',
      approvals: [
        { step: 1, stepCount: 1, candidates: [present().id('ines.aubry')], rule: 'approval.manager', decision: null },
      ],
    });
    expect(await assignments()).toEqual([
      { role: 'expense-approver', workflow_state: 'PENDING_APPROVAL', approval_step: 1 },
    ]);
    expect(await rows('select from dirty_identity')).toHaveLength(0);

    expect(await review('ines.aubry', requestId)).toEqual({ requestIds: [requestId], refusals: [] });
    expect(await load(requestId)).toMatchObject({
      state: 'APPROVED',
      approvals: [{ decision: 'APPROVED', decidedBy: present().id('ines.aubry') }],
    });
    expect(await assignments()).toEqual([
      { role: 'expense-approver', workflow_state: 'APPROVED', approval_step: null },
    ]);
    expect(await rows('select from dirty_identity')).toHaveLength(1);
    expect(await facts()).toEqual(['RequestSubmitted', 'AssignmentChanged', 'RequestApproved', 'AssignmentChanged']);
  });

  test('takes two people, one after the other', async () => {
    const requestId = await submitted('camille.roy', [add('crm-editor')]);
    expect(await review('paul.martin', requestId)).toMatchObject({
      requestIds: [],
      refusals: [{ code: 'FORBIDDEN', rule: 'approval.candidate' }],
    });
    expect(await review('ines.aubry', requestId)).toMatchObject({ refusals: [] });
    expect(await load(requestId)).toMatchObject({ state: 'PENDING_APPROVAL' });
    expect(await assignments()).toMatchObject([{ workflow_state: 'PENDING_APPROVAL', approval_step: 2 }]);
    expect(await review('paul.martin', requestId)).toMatchObject({ refusals: [] });
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED' });
    expect(await rows('select action from audit_entry order by id')).toMatchObject([
      { action: 'request.submit' },
      { action: 'request.review' },
      { action: 'request.review' },
    ]);
  });

  test('leaves no assignment behind when it is declined', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    await review('ines.aubry', requestId, 'DECLINED');
    expect(await load(requestId)).toMatchObject({ state: 'DECLINED', items: [{ state: 'DECLINED' }] });
    expect(await assignments()).toEqual([]);
    expect(
      await rows(
        `select body -> 'assignments' -> 0 ->> 'workflowState' as shown from event where kind = 'AssignmentChanged' order by id desc limit 1`,
      ),
    ).toEqual([{ shown: 'DECLINED' }]);
    expect(await rows('select from outbox')).toHaveLength(0);
  });

  test('stays open when it is postponed', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    await review('ines.aubry', requestId, 'POSTPONED');
    expect(await load(requestId)).toMatchObject({ state: 'PENDING_APPROVAL', approvals: [{ decision: 'POSTPONED' }] });
    expect(await review('ines.aubry', requestId)).toMatchObject({ refusals: [] });
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED' });
  });
});

describe('self-approval', () => {
  test('is refused to the requester who is the beneficiary’s manager; her own manager decides', async () => {
    const requestId = await submitted('ines.aubry', [add('expense-approver')], 'camille.roy');
    expect(await review('ines.aubry', requestId)).toMatchObject({
      requestIds: [],
      refusals: [
        {
          code: 'SELF_APPROVAL_FORBIDDEN',
          rule: 'approval.not-the-requester',
          field: ['input', 'items', '0', 'assignmentRequestId'],
        },
      ],
    });
    expect(await load(requestId)).toMatchObject({
      state: 'PENDING_APPROVAL',
      approvals: [{ candidates: [present().id('zoe.klein')], rule: 'approval.managers-of-approvers' }],
    });
    expect(await review('zoe.klein', requestId)).toMatchObject({ refusals: [] });
  });

  test('is refused to the beneficiary', async () => {
    const requestId = await submitted('ines.aubry', [add('expense-approver')], 'camille.roy');
    expect(await review('camille.roy', requestId)).toMatchObject({
      refusals: [{ code: 'SELF_APPROVAL_FORBIDDEN', rule: 'approval.not-the-beneficiary' }],
    });
  });

  test('is refused to the owner of the role who asks for it', async () => {
    const requestId = await submitted('paul.martin', [add('crm-editor')]);
    const { approvals } = await load(requestId);
    expect(approvals.map(({ candidates }) => candidates)).toEqual([
      [present().id('zoe.klein')],
      [present().id('omar.benali')],
    ]);
    expect(await review('paul.martin', requestId)).toMatchObject({ refusals: [{ code: 'SELF_APPROVAL_FORBIDDEN' }] });
  });

  test('is refused to one person twice', async () => {
    const requestId = await submitted('camille.roy', [add('either')]);
    expect(await review('ines.aubry', requestId)).toMatchObject({ refusals: [] });
    expect(await review('ines.aubry', requestId)).toMatchObject({
      requestIds: [],
      refusals: [{ code: 'SEGREGATION_OF_DUTIES', rule: 'approval.two-people' }],
    });
    expect(await review('zoe.klein', requestId)).toMatchObject({ refusals: [] });
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED' });
  });

  test('is refused to an administrator who is not asked', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    expect(await review('ada.lindqvist', requestId)).toMatchObject({
      refusals: [{ code: 'FORBIDDEN', rule: 'approval.candidate' }],
    });
  });
});

describe('what is refused', () => {
  test.each([
    ['a role nobody knows', add('nothing'), 'NOT_FOUND', 'roleId'],
    ['a role that cannot be requested', add('crm-auditor'), 'NOT_REQUESTABLE', 'roleId'],
    [
      'an end before the start',
      add('expense-user', { startDate: '2031-06-02', endDate: '2031-06-01' }),
      'DATE_ORDER',
      'endDate',
    ],
    [
      'the removal of what is not held',
      { ...add('expense-user'), action: 'REMOVE' as const },
      'STATE_CONFLICT',
      'roleId',
    ],
  ])('%s, and nothing is written', async (_name, item, code, field) => {
    expect(await submit('camille.roy', [item])).toMatchObject({
      ok: false,
      refusals: [{ code, field: ['input', 'items', '0', field] }],
    });
    expect(
      await rows('select from assignment_request union all select from event union all select from audit_entry'),
    ).toHaveLength(0);
  });

  test('a request for somebody who is no report', async () => {
    expect(await submit('camille.roy', [add('expense-user')], 'paul.martin')).toMatchObject({
      ok: false,
      refusals: [{ code: 'FORBIDDEN', rule: 'permission.request.submit' }],
    });
    expect(await submit('omar.benali', [add('expense-user')], 'paul.martin')).toMatchObject({ ok: true });
  });

  test('what is held by a request, what is asked for already, and what a rule gives', async () => {
    await submitted('camille.roy', [add('expense-user'), add('expense-approver')]);
    expect(await submit('camille.roy', [add('expense-user'), add('expense-approver')])).toMatchObject({
      ok: false,
      refusals: [{ code: 'ALREADY_ASSIGNED' }, { code: 'STATE_CONFLICT', rule: 'request.one-at-a-time' }],
    });
    await compute('lea.stone', [['expense-user', 'rule:everybody']]);
    expect(await submit('lea.stone', [add('expense-user')])).toMatchObject({
      ok: false,
      refusals: [{ code: 'ALREADY_ASSIGNED', message: expect.stringContaining('everybody') }],
    });
    expect(await submit('lea.stone', [{ ...add('expense-user'), action: 'REMOVE' }])).toMatchObject({
      ok: false,
      refusals: [{ rule: 'request.remove.given-by-rule' }],
    });
  });

  test('a decision on something else than was seen', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    expect(await review('ines.aubry', requestId, 'APPROVED', 'another')).toMatchObject({
      refusals: [{ code: 'STALE_VERSION', field: ['input', 'items', '0', 'seenDigest'] }],
    });
    expect(await review('ines.aubry', requestId, 'APPROVED', (await load(requestId)).digest)).toMatchObject({
      refusals: [],
    });
  });

  test('a decision after the roles changed their meaning; earlier decisions are void', async () => {
    const requestId = await submitted('camille.roy', [add('crm-editor')]);
    await review('ines.aubry', requestId);
    const { digest } = await load(requestId);
    present().configure((present) => ({
      ...present,
      navigationRules: [
        {
          identifier: 'n',
          policy: 'default',
          when: null,
          resourceType: 'crm',
          property: 'groups',
          role: 'crm-editor',
          target: 'owners',
          isDenied: false,
          timeOffset: null,
          context: [],
        },
      ],
    }));
    expect(await review('paul.martin', requestId, 'APPROVED', digest)).toMatchObject({
      requestIds: [],
      refusals: [{ code: 'STALE_VERSION', rule: 'approval.as-meant' }],
    });
    expect(await load(requestId)).toMatchObject({
      state: 'PENDING_APPROVAL',
      approvals: [{ decision: null }, { decision: null }],
    });
    expect((await load(requestId)).digest).not.toBe(digest);
    await review('ines.aubry', requestId);
    await review('paul.martin', requestId);
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED' });
    present().configure((present) => ({ ...present, navigationRules: [] }));
  });

  test('a list in parts: what is refused carries its index, the rest is done', async () => {
    const first = await submitted('camille.roy', [add('expense-approver')]);
    const actor = await present().actor('ines.aubry');
    const one = { decision: 'APPROVED' as const, comment: null, seenDigest: null };
    const result = await reviewRequests(present().ports, actor, [
      { ...one, requestId: null },
      { ...one, requestId: first },
      { ...one, requestId: first },
    ]);
    expect(result).toMatchObject({
      requestIds: [first],
      refusals: [
        { code: 'NOT_FOUND', field: ['input', 'items', '0', 'assignmentRequestId'] },
        { code: 'STATE_CONFLICT', field: ['input', 'items', '2', 'assignmentRequestId'] },
      ],
    });
    const many = Array.from({ length: 101 }, () => ({ ...one, requestId: first }));
    expect(await reviewRequests(present().ports, actor, many)).toMatchObject({
      refusals: [{ code: 'LIMIT_EXCEEDED' }],
    });
  });

  test.each([null, '  '])('a decline with the comment %j', async (comment) => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    const bare = { requestId, decision: 'DECLINED' as const, comment, seenDigest: null };
    expect(await reviewRequests(present().ports, await present().actor('ines.aubry'), [bare])).toMatchObject({
      requestIds: [],
      refusals: [{ code: 'COMMENT_REQUIRED', field: ['input', 'items', '0', 'comment'] }],
    });
    expect(await load(requestId)).toMatchObject({ state: 'PENDING_APPROVAL' });
  });

  test('a decision by a role officer only as long as one of those asked is there', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    const remove = (when: string) =>
      present().database.query(`update resource set removed_at = ${when} where id = $1`, [present().id('ines.aubry')]);
    expect(await review('omar.benali', requestId)).toMatchObject({ refusals: [{ rule: 'approval.candidate' }] });
    await remove('now()');
    try {
      expect(await review('paul.martin', requestId)).toMatchObject({ requestIds: [] });
      expect(await review('omar.benali', requestId)).toEqual({ requestIds: [requestId], refusals: [] });
    } finally {
      await remove('null');
    }
    expect(await rows('select rule, decided_by from approval')).toEqual([
      { rule: 'approval.successors', decided_by: present().id('omar.benali') },
    ]);
  });

  test('approving what is for one who has left, who can still be declined', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    const remove = (when: string) =>
      present().database.query(`update resource set removed_at = ${when} where id = $1`, [present().id('camille.roy')]);
    await remove('now()');
    try {
      expect(await review('ines.aubry', requestId)).toMatchObject({
        refusals: [{ code: 'STATE_CONFLICT', message: expect.stringContaining('no longer listed') }],
      });
      expect(await review('ines.aubry', requestId, 'DECLINED')).toMatchObject({ refusals: [] });
    } finally {
      await remove('null');
    }
  });

  test('a decision of a request that the actor may not even see, as if there were none', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    expect(await review('lea.stone', requestId)).toMatchObject({ refusals: [{ code: 'NOT_FOUND' }] });
  });

  test('a dry run leaves a plan and nothing else', async () => {
    const decision = await submit('camille.roy', [add('expense-approver')], 'camille.roy', true);
    expect(decision).toMatchObject({
      ok: true,
      value: {
        kind: 'plan',
        planId: expect.any(String),
        preview: { approvals: [{ step: 1, rule: 'approval.manager' }] },
      },
    });
    expect(await rows('select state, created_by from provisioning_plan')).toEqual([
      { state: 'READY', created_by: `identity:${present().id('camille.roy')}` },
    ]);
    expect(await rows('select from assignment_request union all select from role_assignment')).toHaveLength(0);
    expect(await submit('camille.roy', [add('crm-auditor')], 'camille.roy', true)).toMatchObject({ ok: false });
    expect(await rows('select from provisioning_plan')).toHaveLength(1);
  });
});
