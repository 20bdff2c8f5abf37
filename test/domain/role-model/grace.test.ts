// Roles lost because the rules were changed are kept for a while; any other loss, and any return, ends that.
import { describe, expect, test } from '@jest/globals';
import type { Configuration } from '../../../src/domain/configuration.js';
import type { IdentitySnapshot } from '../../../src/domain/role-model/evaluation.js';
import { isUnchanged } from '../../../src/domain/role-model/reconcile.js';
import { camille, carriedOut, company, compute, decision, modelOf, nothingStored, ordered, role } from './company.js';

const patient: Partial<Configuration> = {
  singleRoles: company.singleRoles.map((one) => ({ ...one, gracePeriodDays: 14 })),
};
const before = modelOf(patient, 1);
const withoutRule = modelOf({ ...patient, roleRules: [] }, 2);
const legal: IdentitySnapshot = { ...camille, attributes: { ...camille.attributes, department: 'legal' } };
const held = carriedOut(ordered(compute(camille, nothingStored, { model: before }).stored));
const kept = compute(camille, held, { model: withoutRule });

describe('a role lost by a change of rules', () => {
  test('is kept for its days of grace, with everything it gives', () => {
    expect(kept.result).toMatchObject({
      prolonged: [{ role: 'seller', endDate: '2031-05-29', cause: { kind: 'rule', cause: 'sales-sell' } }],
      losesAccess: false,
    });
    expect(kept.account).toMatchObject({ isDue: true, provisioningState: 'VERIFIED', delta: null });
    expect(kept.result.changes).toMatchObject([
      {
        subject: 'seller',
        workflowState: 'PROLONGED',
        previousWorkflowState: 'CALCULATED',
        provisioningState: 'VERIFIED',
      },
    ]);
    expect(kept.stored.state?.nextDueOn).toBe('2031-05-30');
    expect(isUnchanged(compute(camille, kept.stored, { model: withoutRule }).result)).toBe(true);
  });

  test('is taken away after the last day', () => {
    expect(isUnchanged(compute(camille, kept.stored, { model: withoutRule, day: '2031-05-29' }).result)).toBe(true);
    const ended = compute(camille, kept.stored, { model: withoutRule, day: '2031-05-30' });
    expect(ended.result.cancelled).toEqual(['seller']);
    expect(ended.account).toMatchObject({ isDue: false, delta: { kind: 'DELETE' } });
  });

  test('is an ordinary one again when the rule comes back', () => {
    const back = compute(camille, kept.stored, { model: modelOf(patient, 3) });
    expect(back.result.removed).toEqual(['seller']);
    expect(back.stored.roles).toEqual([{ role: 'seller', reason: { kind: 'rule', cause: 'sales-sell' } }]);
    expect(isUnchanged(compute(camille, back.stored, { model: modelOf(patient, 3) }).result)).toBe(true);
  });

  test('stays for good once a person has approved it', () => {
    const approved = { ...kept.stored, decisions: [decision('seller', { requestItemId: null })] };
    const later = compute(camille, approved, { model: withoutRule, day: '2032-01-01' });
    expect(later.stored.roles).toEqual([{ role: 'seller', reason: { kind: 'decision', cause: 'seller' } }]);
  });

  test('goes at once where the role has no grace', () => {
    const strict = modelOf({ roleRules: [] }, 2);
    expect(compute(camille, held, { model: strict })).toMatchObject({ result: { prolonged: [], losesAccess: true } });
  });
});

describe('a role lost for another reason', () => {
  test('goes at once: the person has changed', () => {
    expect(compute(legal, held, { model: before }).result).toMatchObject({ prolonged: [], losesAccess: true });
    expect(compute(legal, held, { model: withoutRule }).result).toMatchObject({ prolonged: [], losesAccess: true });
  });
});

test('a bundle in grace gives its single roles, which need no grace of their own', () => {
  const giving = (version: number, roleRules: Configuration['roleRules']) =>
    modelOf(
      {
        ...patient,
        compositeRoles: [{ ...role('lead'), singleRoles: ['editor', 'viewer'], gracePeriodDays: 7 }],
        roleRules,
      },
      version,
    );
  const rule = company.roleRules.map((one) => ({ ...one, role: 'lead' }));
  const bundled = carriedOut(ordered(compute(camille, nothingStored, { model: giving(1, rule) }).stored));
  const graced = compute(camille, bundled, { model: giving(2, []) });
  expect(graced.result.prolonged).toMatchObject([{ role: 'lead', endDate: '2031-05-22' }]);
  expect(graced.account).toMatchObject({ provisioningState: 'VERIFIED', delta: null });
});

test('a role found in a target is an ordinary one once a rule gives it', () => {
  const found = { ...held, decisions: [decision('seller', { workflowState: 'NON_CONFORMING', requestItemId: null })] };
  const explained = compute(camille, found, { model: before });
  expect(explained.result.removed).toEqual(['seller']);
  expect(isUnchanged(compute(camille, explained.stored, { model: before }).result)).toBe(true);
});
