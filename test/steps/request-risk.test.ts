// Risks of holding roles together: told, put to one more decider, or refused; and what came together behind a request's back.
import { describe, expect, test } from '@jest/globals';
import type { RiskDefinition } from '../../src/domain/configuration.js';
import { riskViews } from '../../src/store/views/risk.js';
import { cancelRequest } from '../../src/steps/cancel-request.js';
import { add, useCompany } from './request-acts.js';
import { role } from './request-fixture.js';

const { present, submit, submitted, review, load, assignments, rows, compute } = useCompany();

const manager = [{ kind: 'manager' as const, quorum: 1 }];
const risk = (changes: Partial<RiskDefinition>): RiskDefinition => ({
  identifier: 'pay-and-enter',
  displayName: 'Pay what one entered',
  kind: 'SOD',
  level: 80,
  exemption: 'WARNING',
  combinations: [['enter', 'pay']],
  description: 'Money could leave unseen.',
  remediation: 'End «enter» first.',
  approvers: [{ kind: 'people', people: ['paul.martin'], quorum: 1 }],
  ...changes,
});
/** `enter` and `pay` are risky together; `clerk` is a bundle with `enter`. */
const withRisk = (changes: Partial<RiskDefinition> | null): void =>
  present().configure((configuration) => ({
    ...configuration,
    singleRoles: [
      ...configuration.singleRoles.filter(({ identifier }) => !['enter', 'pay'].includes(identifier)),
      role('enter', manager),
      role('pay', manager),
    ],
    compositeRoles: [{ ...role('clerk', manager), singleRoles: ['enter'] }],
    risks: changes === null ? [] : [risk(changes)],
  }));
const holding = (held: string) => compute('camille.roy', [[held, 'rule:everybody']]);

describe('a risk', () => {
  test('that is only told of becomes a warning', async () => {
    withRisk({});
    await holding('enter');
    const requestId = await submitted('camille.roy', [add('pay')]);
    expect(await load(requestId)).toMatchObject({
      items: [
        {
          warnings: [
            {
              kind: 'SEGREGATION_OF_DUTIES',
              message: expect.stringContaining('«enter» and «pay» together. Money could'),
            },
          ],
        },
      ],
      approvals: [{ kind: 'ROLE' }],
    });
  });

  test('that takes an approval is decided last, by its own decider, and stays an exemption', async () => {
    withRisk({ exemption: 'APPROVAL' });
    await holding('enter');
    const requestId = await submitted('camille.roy', [add('pay')]);
    expect((await load(requestId)).approvals).toMatchObject([
      { kind: 'ROLE', step: 1, stepCount: 2 },
      { kind: 'RISK', step: 2, candidates: [present().id('paul.martin')] },
    ]);
    await review('ines.aubry', requestId);
    expect(await assignments()).toMatchObject([{ workflow_state: 'PENDING_APPROVAL_RISK', approval_step: 2 }]);
    await review('paul.martin', requestId);
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED' });
    expect(await assignments()).toMatchObject([{ workflow_state: 'APPROVED_RISK' }]);
    await compute('camille.roy', [
      ['enter', 'rule:everybody'],
      ['pay', 'request:x'],
    ]);
    const id = present().id('camille.roy');
    const views = riskViews(present().database);
    expect((await views.held([id])).get(id)).toEqual({ roles: ['enter', 'pay'], exempt: ['pay'] });
    expect(await views.holders([['enter', 'pay']], 5)).toEqual([id]);
    expect(await views.holderCount([['enter', 'pay', 'other']])).toBe(0);
  });

  test('that was accepted comes back with a removal that is taken back', async () => {
    withRisk({ exemption: 'APPROVAL' });
    await holding('enter');
    const given = await submitted('camille.roy', [add('pay')]);
    await review('ines.aubry', given);
    await review('paul.martin', given);
    const removal = await submitted('camille.roy', [{ ...add('pay'), action: 'REMOVE' }]);
    await review('ines.aubry', removal);
    expect(await assignments()).toMatchObject([{ workflow_state: 'CANCELLATION' }]);
    const actor = await present().actor('camille.roy');
    await cancelRequest(present().ports, actor, { requestId: removal, reason: null });
    expect(await assignments()).toMatchObject([{ workflow_state: 'APPROVED_RISK' }]);
  });

  test.each([
    ['what is held', [add('pay')], 'enter'],
    ['a bundle that is held', [add('pay')], 'clerk'],
    ['what is asked for together', [add('pay'), add('clerk')], 'nothing'],
    [
      'what the same basket gives back',
      [add('pay'), { ...add('enter'), action: 'REMOVE' as const }],
      'enter-by-request',
    ],
  ])('that blocks refuses together with %s, naming both roles and the way out', async (_name, items, held) => {
    withRisk({ exemption: 'BLOCKING' });
    if (held === 'enter-by-request') {
      await review('ines.aubry', await submitted('camille.roy', [add('enter')]));
    } else if (held !== 'nothing') await holding(held);
    expect(await submit('camille.roy', items)).toMatchObject({
      ok: false,
      refusals: expect.arrayContaining([
        expect.objectContaining({
          code: 'SEGREGATION_OF_DUTIES',
          rule: 'risk.pay-and-enter',
          message: expect.stringContaining('«enter» and «pay»'),
          hint: 'End «enter» first.',
        }),
      ]),
    });
    withRisk(null);
    expect(await submit('camille.roy', items)).toMatchObject({ ok: true });
  });

  test('is seen by the second of two requests, though nobody has decided the first', async () => {
    withRisk({ exemption: 'BLOCKING' });
    await submitted('camille.roy', [add('enter')]);
    expect(await submit('camille.roy', [add('pay')])).toMatchObject({ refusals: [{ code: 'SEGREGATION_OF_DUTIES' }] });
  });

  test('that came about since the request was made stops its approval', async () => {
    withRisk({ exemption: 'BLOCKING' });
    const requestId = await submitted('camille.roy', [add('pay')]);
    await holding('enter');
    expect(await review('ines.aubry', requestId)).toMatchObject({
      requestIds: [],
      refusals: [{ code: 'SEGREGATION_OF_DUTIES', rule: 'risk.pay-and-enter' }],
    });
    expect(await load(requestId)).toMatchObject({ state: 'PENDING_APPROVAL' });
    await holding('crm-auditor');
    expect(await review('ines.aubry', requestId)).toMatchObject({ refusals: [] });
  });

  test('of one dangerous role warns of the role itself', async () => {
    withRisk({ kind: 'HIGH_PRIVILEGE', combinations: [['pay']] });
    const requestId = await submitted('camille.roy', [add('pay')]);
    expect((await load(requestId)).items[0]).toMatchObject({ warnings: [{ kind: 'PRIVILEGED' }] });
    expect(await rows('select from approval')).toHaveLength(1);
  });
});
