// Requests after their decision, on a real database: how they follow their assignments, and how they are taken back.
import { describe, expect, test } from '@jest/globals';
import { cancelRequest } from '../../src/steps/cancel-request.js';
import { advanceRequests } from '../../src/store/request-progress.js';
import { add, useCompany } from './request-acts.js';
import type { Sql } from '../../src/store/database.js';

const { present, submitted, review, load, assignments, facts, compute, account, advance } = useCompany();

async function granted(): Promise<{ readonly requestId: string; readonly itemId: string }> {
  const requestId = await submitted('camille.roy', [add('expense-approver')]);
  await review('ines.aubry', requestId);
  return { requestId, itemId: (await load(requestId)).items[0]?.id ?? '' };
}

describe('progress', () => {
  test('follows the assignment from approved to completed', async () => {
    const { requestId, itemId } = await granted();
    await advance('camille.roy');
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED' });
    await compute('camille.roy', [['expense-approver', `request:${itemId}`]]);
    await account('camille.roy', 'PENDING', ['expense-approver']);
    await advance('camille.roy');
    expect(await load(requestId)).toMatchObject({ state: 'PROVISIONING' });
    await account('camille.roy', 'ERRORED', ['expense-approver']);
    await advance('camille.roy');
    expect(await load(requestId)).toMatchObject({ state: 'FAILED' });
    await account('camille.roy', 'VERIFIED', []);
    await advance('camille.roy');
    expect(await load(requestId)).toMatchObject({ state: 'COMPLETED' });
    expect((await facts()).filter((kind) => kind === 'RequestAdvanced')).toHaveLength(3);
    await advance('camille.roy');
    expect((await facts()).filter((kind) => kind === 'RequestAdvanced')).toHaveLength(3);
  });

  test('lets two settlements at once end in completed', async () => {
    const requestId = await submitted('camille.roy', [add('expense-user'), add('expense-approver')]);
    await review('ines.aubry', requestId);
    const [first, second] = (await load(requestId)).items;
    await compute('camille.roy', [
      ['expense-user', `request:${first?.id}`],
      ['expense-approver', `request:${second?.id}`],
    ]);
    await account('camille.roy', 'EXECUTED', ['expense-user', 'expense-approver']);
    await advance('camille.roy');
    const settle = (left: string, right: string) =>
      present().database.transaction(async (sql) => {
        await sql.query(
          'update resource_assignment set pending_roles = array_remove(array_remove(pending_roles, $1), $2)',
          [left, right],
        );
        await advanceRequests(sql, [present().id('camille.roy')]);
      });
    await Promise.all([settle('expense-user', ''), settle('expense-approver', '')]);
    expect(await load(requestId)).toMatchObject({
      state: 'COMPLETED',
      items: [{ state: 'COMPLETED' }, { state: 'COMPLETED' }],
    });
  });

  test('of a removal keeps what is held visible until it is approved, and ends when the row is gone', async () => {
    const { requestId, itemId } = await granted();
    await compute('camille.roy', [['expense-approver', `request:${itemId}`]]);
    await advance('camille.roy');
    expect(await load(requestId)).toMatchObject({ state: 'COMPLETED' });
    const removal = await submitted('camille.roy', [{ ...add('expense-approver'), action: 'REMOVE' }]);
    expect(await assignments()).toMatchObject([{ workflow_state: 'APPROVED' }]);
    await review('ines.aubry', removal);
    expect(await assignments()).toMatchObject([{ workflow_state: 'CANCELLATION' }]);
    await compute('camille.roy', []);
    await account('camille.roy', 'PENDING', ['expense-approver']);
    await advance('camille.roy');
    expect(await load(removal)).toMatchObject({ state: 'PROVISIONING' });
    await present().database.query('delete from role_assignment');
    await account('camille.roy', 'VERIFIED', []);
    await advance('camille.roy');
    expect(await load(removal)).toMatchObject({ state: 'COMPLETED' });
  });

  test('costs one statement for a batch without open requests', async () => {
    let statements = 0;
    const counting: Sql = {
      query: (text, parameters) => {
        statements += 1;
        return present().database.query(text, parameters);
      },
    };
    const batch = Array.from({ length: 500 }, () => present().id('camille.roy'));
    await advanceRequests(counting, batch);
    expect(statements).toBe(1);
  });
});

describe('cancelling', () => {
  const cancel = async (who: string, requestId: string) =>
    cancelRequest(present().ports, await present().actor(who), { requestId, reason: 'no need' });

  test('takes an undecided request back without a trace in the assignments', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    expect(await cancel('camille.roy', requestId)).toEqual({ ok: true, value: requestId });
    expect(await load(requestId)).toMatchObject({ state: 'CANCELED' });
    expect(await assignments()).toEqual([]);
    expect(await review('ines.aubry', requestId)).toMatchObject({ refusals: [{ code: 'STATE_CONFLICT' }] });
  });

  test('takes an approved addition away again, and gives an approved removal back', async () => {
    const { requestId } = await granted();
    await cancel('camille.roy', requestId);
    expect(await assignments()).toMatchObject([{ workflow_state: 'CANCELLATION' }]);
    await present().database.query(`update role_assignment set workflow_state = 'APPROVED'`);
    const removal = await submitted('camille.roy', [{ ...add('expense-approver'), action: 'REMOVE' }]);
    await review('ines.aubry', removal);
    expect(await assignments()).toMatchObject([{ workflow_state: 'CANCELLATION' }]);
    await cancel('camille.roy', removal);
    expect(await assignments()).toMatchObject([{ workflow_state: 'APPROVED' }]);
  });

  test('is the requester’s, not the beneficiary’s; administrators may', async () => {
    const requestId = await submitted('ines.aubry', [add('expense-approver')], 'camille.roy');
    expect(await cancel('camille.roy', requestId)).toMatchObject({ ok: false, refusals: [{ code: 'FORBIDDEN' }] });
    expect(await cancel('lea.stone', requestId)).toMatchObject({ ok: false, refusals: [{ code: 'NOT_FOUND' }] });
    expect(await cancel('ada.lindqvist', requestId)).toMatchObject({ ok: true });
  });

  test('is refused once a managed system holds the change', async () => {
    const { requestId, itemId } = await granted();
    await compute('camille.roy', [['expense-approver', `request:${itemId}`]]);
    await account('camille.roy', 'EXECUTED', ['expense-approver']);
    await advance('camille.roy');
    expect(await cancel('camille.roy', requestId)).toMatchObject({
      ok: false,
      refusals: [{ code: 'STATE_CONFLICT', rule: 'request.cancel-before-executed' }],
    });
  });
});
