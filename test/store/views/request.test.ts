// Who sees which requests, and what lists can be asked for.
import { describe, expect, test } from '@jest/globals';
import { readScope } from '../../../src/domain/permission.js';
import { requestNumber } from '../../../src/store/request-row.js';
import { add, useCompany } from '../../steps/request-acts.js';

const { present, submitted, review, load } = useCompany();

describe('who sees what', () => {
  const list = async (key: string, filter: object | null = null) => {
    const actor = await present().actor(key);
    const question = { filter, scope: readScope(actor, 'request.read'), viewerId: present().id(key) };
    return {
      rows: (await present().views.page(question, { first: 10, after: null })).rows.map(({ id }) => id),
      count: await present().views.count(question),
    };
  };

  test('the people concerned, their managers, owners and overseers see a request; others do not', async () => {
    const requestId = await submitted('camille.roy', [add('crm-editor')]);
    for (const key of ['camille.roy', 'ines.aubry', 'paul.martin', 'omar.benali', 'ada.lindqvist'])
      expect(await list(key)).toEqual({ rows: [requestId], count: 1 });
    for (const key of ['lea.stone', 'zoe.klein']) expect(await list(key)).toEqual({ rows: [], count: 0 });
  });

  test('a request waits on the candidate of its open step alone', async () => {
    const requestId = await submitted('camille.roy', [add('crm-editor')]);
    expect(await list('ines.aubry', { waitingOnViewer: true })).toEqual({ rows: [requestId], count: 1 });
    expect((await list('paul.martin', { waitingOnViewer: true })).rows).toEqual([]);
    expect((await list('paul.martin', { waitingOnViewer: false })).rows).toEqual([requestId]);
    await review('ines.aubry', requestId);
    expect((await list('ines.aubry', { waitingOnViewer: true })).rows).toEqual([]);
    expect((await list('paul.martin', { waitingOnViewer: true })).rows).toEqual([requestId]);
  });

  test('filters by state, people and time, joined by and and or', async () => {
    const first = await submitted('camille.roy', [add('expense-user')]);
    const second = await submitted('lea.stone', [add('expense-approver')]);
    const ids = async (filter: object) => (await list('ada.lindqvist', filter)).rows;
    expect(await ids({ state: ['APPROVED'] })).toEqual([first]);
    expect(await ids({ beneficiaryId: { eq: present().id('lea.stone') } })).toEqual([second]);
    expect(await ids({ requesterId: { nin: [present().id('lea.stone')] } })).toEqual([first]);
    expect(await ids({ or: [{ state: ['APPROVED'] }, { state: ['PENDING_APPROVAL'] }] })).toEqual([second, first]);
    expect(await ids({ and: [{ state: ['APPROVED'] }, { createdAt: { since: '-P1D' } }] })).toEqual([first]);
    expect(await ids({ createdAt: { since: 'PT1H' } })).toEqual([]);
  });

  test('is found by number, item and approval', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    const request = await load(requestId);
    const number = BigInt(request.number.slice(requestNumber('').length));
    expect(await present().views.byNumber(number, 'all')).toMatchObject({ id: requestId });
    expect(await present().views.byNumber(number, 'none')).toBeNull();
    const [item] = request.items;
    const [approval] = request.approvals;
    expect((await present().views.byItemIds([item?.id ?? ''], 'all')).get(item?.id ?? '')).toMatchObject({
      id: requestId,
    });
    expect((await present().views.byApprovalIds([approval?.id ?? ''], 'all')).get(approval?.id ?? '')).toMatchObject({
      id: requestId,
      createdAt: expect.any(Date),
    });
    expect(await present().views.matching({ filter: null, scope: 'all', viewerId: null }, 1_000)).toMatchObject([
      { id: requestId },
    ]);
  });

  test('rights taken away are gone with the next question', async () => {
    await submitted('camille.roy', [add('expense-user')]);
    expect((await list('omar.benali')).rows).toHaveLength(1);
    present().configure((present) => ({ ...present, profiles: [] }));
    expect((await list('omar.benali')).rows).toHaveLength(0);
    present().configure((present) => ({
      ...present,
      profiles: [
        { profile: 'administrator', people: ['ada.lindqvist'] },
        { profile: 'role-officer', people: ['omar.benali'] },
      ],
    }));
  });
});
