// Nobody decides their own wishes, in any disguise: another identity, a delegate, a delegator, a program. Each test has its
// control: without the mechanism the same decision would pass.
import { describe, expect, test } from '@jest/globals';
import type { Actor } from '../../src/domain/actor.js';
import { reviewRequests } from '../../src/steps/review-request.js';
import { submitRequest } from '../../src/steps/submit-request.js';
import { add, useCompany } from './request-acts.js';
import { role } from './request-fixture.js';

const { present, submitted, review, rows, load, delegate } = useCompany();

const people = (...keys: readonly string[]) => [{ kind: 'people' as const, people: keys, quorum: 1 }];

/** A role that these people decide, one step each. */
const decidedBy = (...steps: readonly (readonly string[])[]): void =>
  present().configure((configuration) => ({
    ...configuration,
    singleRoles: [
      ...configuration.singleRoles,
      role(
        'vault',
        steps.flatMap((keys) => people(...keys)),
      ),
    ],
  }));

/** The control: nobody is known to be the same person as anybody. */
const withoutSamePeople = (): void =>
  present().configure((configuration) => ({
    ...configuration,
    entityTypes: configuration.entityTypes.map((type) => ({
      ...type,
      identity: type.identity === null ? null : { ...type.identity, samePersonAs: null },
    })),
  }));

describe('a second identity', () => {
  test('of the requester is no candidate; without the property it would be', async () => {
    decidedBy(['ines.admin', 'paul.martin']);
    const requestId = await submitted('ines.aubry', [add('vault')], 'camille.roy');
    expect((await load(requestId)).approvals[0]?.candidates).toEqual([present().id('paul.martin')]);
    withoutSamePeople();
    const control = await submitted('ines.aubry', [add('vault')], 'camille.two');
    expect((await load(control)).approvals[0]?.candidates).toContain(present().id('ines.admin'));
  });

  test.each([
    ['beneficiary', 'camille.two', 'approval.not-the-beneficiary'],
    ['requester', 'ines.admin', 'approval.not-the-requester'],
  ])('of the %s decides nothing, though it became one only after the request', async (_part, disguise, rule) => {
    decidedBy([disguise]);
    withoutSamePeople();
    const requester = disguise === 'ines.admin' ? 'ines.aubry' : 'omar.benali';
    const requestId = await submitted(requester, [add('vault')], 'camille.roy');
    present().reset();
    decidedBy([disguise]);
    expect(await review(disguise, requestId)).toMatchObject({
      requestIds: [],
      refusals: [{ code: 'SELF_APPROVAL_FORBIDDEN', rule }],
    });
    withoutSamePeople();
    expect(await review(disguise, requestId)).toMatchObject({ requestIds: [requestId], refusals: [] });
  });

  test('is the same decider for a second step', async () => {
    decidedBy(['ines.aubry', 'paul.martin'], ['ines.admin', 'zoe.klein']);
    const requestId = await submitted('camille.roy', [add('vault')]);
    await review('ines.aubry', requestId);
    expect(await review('ines.admin', requestId)).toMatchObject({
      refusals: [{ code: 'SEGREGATION_OF_DUTIES', rule: 'approval.two-people' }],
    });
    withoutSamePeople();
    expect(await review('ines.admin', requestId)).toMatchObject({ refusals: [] });
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED' });
  });
});

describe('a delegate', () => {
  test('decides what the delegator could, which is stored; without the delegation it is refused', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    expect(await review('lea.stone', requestId)).toMatchObject({ refusals: [{ code: 'NOT_FOUND' }] });
    expect(await delegate('ines.aubry', 'lea.stone')).toMatchObject({ ok: true });
    expect(await review('lea.stone', requestId)).toMatchObject({ refusals: [] });
    expect(await rows('select decided_by, on_behalf_of from approval')).toEqual([
      { decided_by: present().id('lea.stone'), on_behalf_of: present().id('ines.aubry') },
    ]);
  });

  test('decides nothing of their own, nor as another identity of theirs', async () => {
    await delegate('ines.aubry', 'camille.roy');
    await delegate('ines.aubry', 'camille.two');
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    expect(await review('camille.roy', requestId)).toMatchObject({ refusals: [{ code: 'SELF_APPROVAL_FORBIDDEN' }] });
    expect(await review('camille.two', requestId)).toMatchObject({ refusals: [{ code: 'SELF_APPROVAL_FORBIDDEN' }] });
    withoutSamePeople();
    expect(await review('camille.two', requestId)).toMatchObject({ refusals: [] });
  });

  test('decides nothing that the delegator asked for', async () => {
    decidedBy(['ines.admin']);
    withoutSamePeople();
    await delegate('ines.admin', 'lea.stone');
    const requestId = await submitted('ines.aubry', [add('vault')], 'camille.roy');
    present().reset();
    decidedBy(['ines.admin']);
    expect(await review('lea.stone', requestId)).toMatchObject({
      refusals: [{ code: 'SELF_APPROVAL_FORBIDDEN', rule: 'approval.not-for-the-delegator' }],
    });
    withoutSamePeople();
    expect(await review('lea.stone', requestId)).toMatchObject({ refusals: [] });
  });

  test('uses up the delegator: neither decides a second step of the item', async () => {
    decidedBy(['ines.aubry'], ['ines.aubry', 'lea.stone', 'paul.martin']);
    await delegate('ines.aubry', 'lea.stone');
    const requestId = await submitted('camille.roy', [add('vault')]);
    expect(await review('lea.stone', requestId)).toMatchObject({ refusals: [] });
    expect(await review('ines.aubry', requestId)).toMatchObject({ refusals: [{ rule: 'approval.two-people' }] });
    expect(await review('lea.stone', requestId)).toMatchObject({ refusals: [{ rule: 'approval.two-people' }] });
    expect(await review('paul.martin', requestId)).toMatchObject({ refusals: [] });
    const other = await submitted('paul.martin', [add('vault')]);
    expect(await review('ines.aubry', other)).toMatchObject({ refusals: [] });
    expect(await review('lea.stone', other)).toMatchObject({ refusals: [] });
  });

  test('has nothing left of a delegator who decided a step already', async () => {
    decidedBy(['ines.aubry'], ['ines.aubry', 'paul.martin']);
    await delegate('ines.aubry', 'lea.stone');
    const requestId = await submitted('camille.roy', [add('vault')]);
    expect(await review('ines.aubry', requestId)).toMatchObject({ refusals: [] });
    expect(await review('lea.stone', requestId)).toMatchObject({ refusals: [{ rule: 'approval.two-people' }] });
    expect(await review('paul.martin', requestId)).toMatchObject({ refusals: [] });
  });

  test('of a delegate decides nothing: there are no chains', async () => {
    await delegate('ines.aubry', 'lea.stone');
    await delegate('lea.stone', 'paul.martin');
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    expect(await review('paul.martin', requestId)).toMatchObject({ refusals: [{ code: 'NOT_FOUND' }] });
    expect(await review('lea.stone', requestId)).toMatchObject({ refusals: [] });
  });
});

describe('a program', () => {
  const robot: Actor = {
    kind: 'service',
    identifier: 'ci',
    displayName: 'Pipeline',
    profiles: ['administrator', 'employee'],
  };

  test('neither asks nor decides, whatever its profiles, so that no token of its owner does', async () => {
    const item = { beneficiaryId: present().id('camille.roy'), justification: null, isDryRun: false };
    expect(await submitRequest(present().ports, robot, { ...item, items: [add('expense-user')] })).toMatchObject({
      refusals: [{ code: 'FORBIDDEN', rule: 'request.by-a-person' }],
    });
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    const decision = { requestId, decision: 'APPROVED' as const, comment: null, seenDigest: null };
    expect(await reviewRequests(present().ports, robot, [decision])).toMatchObject({
      refusals: [{ code: 'FORBIDDEN', rule: 'approval.by-a-person' }],
    });
  });

  test('does not make its owner the delegate of somebody; without an owner it may', async () => {
    const owned = (owner: string | null): void =>
      present().configure((configuration) => ({
        ...configuration,
        serviceAccounts: [{ identifier: 'ci', displayName: 'Pipeline', profiles: ['administrator'], owner }],
      }));
    owned('lea.stone');
    expect(await delegate('ines.aubry', 'lea.stone', {}, robot)).toMatchObject({
      refusals: [{ code: 'SELF_APPROVAL_FORBIDDEN', rule: 'delegation.not-to-the-maker' }],
    });
    owned(null);
    expect(await delegate('ines.aubry', 'lea.stone', {}, robot)).toMatchObject({ ok: true });
  });
});
