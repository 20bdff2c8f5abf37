// What a computation does about a target that differs, a rule that fails, and bundles of roles.
import { describe, expect, test } from '@jest/globals';
import { isUnchanged } from '../../../src/domain/role-model/reconcile.js';
import {
  camille,
  carriedOut,
  company,
  compute,
  crmType,
  decision,
  modelOf,
  nothingStored,
  observedResource,
  ordered,
  withAccount,
} from './company.js';

const settled = carriedOut(ordered(compute(camille, nothingStored).stored));

describe('the target', () => {
  test('is corrected where it differs from what is expected', () => {
    const other = observedResource({ attributes: { email: 'wrong@acme.example' }, links: {} });
    const drifted = withAccount(settled, { observed: other });
    expect(compute(camille, drifted).account).toMatchObject({
      provisioningState: 'PENDING',
      delta: { kind: 'UPDATE', scalars: [{ property: 'email', from: 'wrong@acme.example' }] },
    });
  });

  test('may change where no rule looks', () => {
    const other = observedResource({ attributes: { email: 'camille@acme.example', phone: '3' } });
    const { result, account } = compute(camille, withAccount(settled, { observed: other }));
    expect(account).toMatchObject({ provisioningState: 'VERIFIED', observedHash: other.hash, desiredVersion: 1 });
    expect(result.changes).toEqual([]);
  });

  test('is not corrected where the resource type forbids it', () => {
    const model = modelOf({ resourceTypes: [{ ...crmType, allowUpdate: false }] });
    const other = observedResource({ attributes: { email: 'wrong@acme.example' } });
    expect(compute(camille, withAccount(settled, { observed: other }), { model }).account).toMatchObject({
      provisioningState: 'NONE',
      delta: null,
    });
  });

  test('keeps a value whose rules were all taken out of the configuration', () => {
    const model = modelOf({ scalarRules: company.scalarRules.filter(({ property }) => property !== 'email') }, 2);
    expect(compute(camille, settled, { model }).account).toMatchObject({ provisioningState: 'VERIFIED', delta: null });
  });
});

describe('a rule that fails', () => {
  const broken = modelOf(
    {
      scalarRules: company.scalarRules.map((rule) => (rule.identifier === 'email' ? { ...rule, value: 'fail' } : rule)),
    },
    2,
  );

  test('stops its account, and the next good computation goes on', () => {
    const failed = compute(camille, settled, { model: broken });
    expect(failed.account).toMatchObject({ provisioningState: 'ERROR', error: { rule: 'email' } });
    expect(isUnchanged(compute(camille, failed.stored, { model: broken }).result)).toBe(true);
    expect(compute(camille, failed.stored, { model: modelOf({}, 3) }).account).toMatchObject({
      provisioningState: 'VERIFIED',
      error: null,
    });
  });
});

test('a composite role is pending with its single roles', () => {
  const granted = compute(camille, { ...settled, decisions: [decision('lead')] });
  expect(granted.account?.pendingRoles).toEqual(['editor', 'lead', 'viewer']);
  const lost = compute(camille, {
    ...carriedOut(ordered(granted.stored)),
    decisions: [decision('lead', { workflowState: 'CANCELLATION' })],
  });
  expect(lost.result.cancelled).toEqual(['editor', 'viewer']);
  expect(lost.account?.pendingRoles).toEqual(['editor', 'lead', 'viewer']);
});
