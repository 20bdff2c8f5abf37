// Denying one person what a rule gives, and allowing it again: the chain, the row the computation reads, and taking it back.
import { describe, expect, test } from '@jest/globals';
import { cancelRequest } from '../../src/steps/cancel-request.js';
import { add, useCompany } from './request-acts.js';

const { present, submit, submitted, review, rows, load, assignments, facts, compute, advance } = useCompany();

const deny = (role: string) => ({ ...add(role), action: 'DENY' as const });
const allow = (role: string) => ({ ...add(role), action: 'ALLOW' as const });
const byRule = () => compute('camille.roy', [['expense-approver', 'rule:everybody']]);

async function denied(): Promise<string> {
  await byRule();
  const requestId = await submitted('ines.aubry', [deny('expense-approver')], 'camille.roy');
  await review('zoe.klein', requestId);
  return requestId;
}

describe('a denial', () => {
  test('takes the approvals of a removal, and then keeps the role away by a row of its own', async () => {
    await byRule();
    const requestId = await submitted('ines.aubry', [deny('expense-approver')], 'camille.roy');
    expect(await load(requestId)).toMatchObject({ state: 'PENDING_APPROVAL', items: [{ action: 'DENY' }] });
    expect(await assignments()).toEqual([]);
    expect(await review('zoe.klein', requestId)).toMatchObject({ refusals: [] });
    expect(await rows('select role, workflow_state, request_item_id, decided_by from role_assignment')).toEqual([
      {
        role: 'expense-approver',
        workflow_state: 'DECLINED',
        request_item_id: (await load(requestId)).items[0]?.id,
        decided_by: `identity:${present().id('zoe.klein')}`,
      },
    ]);
    expect(await rows('select from dirty_identity')).toHaveLength(1);
    expect(await facts()).toEqual(['RequestSubmitted', 'RequestApproved', 'AssignmentChanged']);
  });

  test('is completed when the computation no longer gives the role', async () => {
    const requestId = await denied();
    await advance('camille.roy');
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED' });
    await compute('camille.roy', []);
    await advance('camille.roy');
    expect(await load(requestId)).toMatchObject({ state: 'COMPLETED' });
  });

  test('is refused for what a request gave, and for what is denied already', async () => {
    await submitted('camille.roy', [add('expense-user')]);
    expect(await submit('camille.roy', [deny('expense-user')])).toMatchObject({
      refusals: [{ rule: 'request.deny.automatic' }],
    });
    await denied();
    expect(await submit('ines.aubry', [deny('expense-approver')], 'camille.roy')).toMatchObject({
      refusals: [{ rule: 'request.not-denied' }],
    });
    expect(await submit('camille.roy', [add('expense-approver')])).toMatchObject({
      refusals: [{ rule: 'request.not-denied', hint: expect.stringContaining('ALLOW') }],
    });
  });

  test('leaves no row when it is declined, or taken back before it was executed', async () => {
    await byRule();
    const declined = await submitted('ines.aubry', [deny('expense-approver')], 'camille.roy');
    await review('zoe.klein', declined, 'DECLINED');
    expect(await assignments()).toEqual([]);
    const requestId = await denied();
    const actor = await present().actor('ines.aubry');
    expect(await cancelRequest(present().ports, actor, { requestId, reason: null })).toMatchObject({ ok: true });
    expect(await assignments()).toEqual([]);
  });
});

describe('allowing again', () => {
  test('takes the same approvals, and leaves the role to its rules', async () => {
    await denied();
    const requestId = await submitted('camille.roy', [allow('expense-approver')]);
    expect(await assignments()).toMatchObject([{ workflow_state: 'DECLINED' }]);
    expect(await review('ines.aubry', requestId)).toMatchObject({ refusals: [] });
    expect(await assignments()).toEqual([]);
    await compute('camille.roy', [['expense-approver', 'rule:everybody']]);
    await advance('camille.roy');
    expect(await load(requestId)).toMatchObject({ state: 'COMPLETED' });
  });

  test('is refused for what is not denied', async () => {
    await byRule();
    expect(await submit('camille.roy', [allow('expense-approver')])).toMatchObject({
      refusals: [{ rule: 'request.allow.denied' }],
    });
  });
});
