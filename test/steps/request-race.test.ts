// Several people and one request at the same time, on a real database, with the control that shows the race.
import { describe, expect, test } from '@jest/globals';
import type { RequestStore } from '../../src/steps/ports/request.js';
import { add, useCompany } from './request-acts.js';

const { present, submit, submitted, review, rows, load } = useCompany();

describe('two at the same time', () => {
  /** Lets both callers load before either commits; `heed: false` is the control: commits name whatever is there by then. */
  function together(heed: boolean): RequestStore {
    const { requests } = present().ports;
    let waiting: (() => void)[] = [];
    const both = () =>
      new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length < 2) return;
        for (const go of waiting) go();
        waiting = [];
      });
    let isFirst = 0;
    return {
      ...requests,
      review: async (commit) => {
        isFirst += 1;
        if (isFirst <= 2) await both();
        if (heed) return requests.review(commit);
        for (;;) {
          const { version, state } = await load(commit.request.id);
          if (await requests.review({ ...commit, request: { ...commit.request, version, state } })) return true;
        }
      },
    };
  }

  /** One person says yes and no to the same step at once. */
  async function race(heed: boolean) {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    const ports = { ...present().ports, requests: together(heed) };
    const results = await Promise.all([
      review('ines.aubry', requestId, 'APPROVED', null, ports),
      review('ines.aubry', requestId, 'DECLINED', null, ports),
    ]);
    return { requestId, results };
  }

  test('one step is decided once', async () => {
    const { requestId, results } = await race(true);
    expect(results.flatMap(({ requestIds }) => requestIds)).toEqual([requestId]);
    expect(results.flatMap(({ refusals }) => refusals)).toMatchObject([{ rule: 'approval.open' }]);
    expect(await rows(`select from audit_entry where action = 'request.review'`)).toHaveLength(1);
  });

  test('control: without comparing versions, both decisions count', async () => {
    const { results } = await race(false);
    expect(results.flatMap(({ requestIds }) => requestIds)).toHaveLength(2);
    expect(await rows(`select from audit_entry where action = 'request.review'`)).toHaveLength(2);
  });

  test('one person cannot fill two steps by deciding twice at once', async () => {
    const requestId = await submitted('camille.roy', [add('either')]);
    const results = await Promise.all([review('ines.aubry', requestId), review('ines.aubry', requestId)]);
    expect(results.flatMap(({ requestIds }) => requestIds)).toEqual([requestId]);
    expect(results.flatMap(({ refusals }) => refusals)).toMatchObject([{ rule: 'approval.two-people' }]);
  });

  test('the database itself refuses one person twice, and one who is not asked', async () => {
    const requestId = await submitted('camille.roy', [add('either')]);
    const decide = (key: string) =>
      present().database.query(`update approval set decision = 'APPROVED', decided_by = $2 where request_id = $1`, [
        requestId,
        present().id(key),
      ]);
    await expect(decide('ines.aubry')).rejects.toThrow('approval_two_people');
    await expect(decide('camille.roy')).rejects.toThrow('approval_check');
  });

  test('two people deciding both steps at once both succeed, one after the other', async () => {
    const requestId = await submitted('camille.roy', [add('either')]);
    const results = await Promise.all([review('ines.aubry', requestId), review('zoe.klein', requestId)]);
    expect(results.flatMap(({ refusals }) => refusals)).toEqual([]);
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED' });
    expect(new Set((await load(requestId)).approvals.map(({ decidedBy }) => decidedBy)).size).toBe(2);
  });

  test('of twenty equal requests at once one is made', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, () => submit('camille.roy', [add('expense-approver')])),
    );
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(
      results
        .flatMap((result) => (result.ok ? [] : result.refusals))
        .every(({ rule }) => rule === 'request.one-at-a-time' || rule === 'request.unmoved'),
    ).toBe(true);
    expect(await rows('select from assignment_request')).toHaveLength(1);
  });
});
