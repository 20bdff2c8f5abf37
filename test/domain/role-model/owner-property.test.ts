// Accounts that wait for properties of their owner.
import { describe, expect, test } from '@jest/globals';
import { camille, carriedOut, compute, crmType, modelOf, nothingStored, ordered } from './company.js';

const model = modelOf({ resourceTypes: [{ ...crmType, dependsOnOwnerProperties: ['email'] }] });
const unmailed = { ...camille, attributes: { ...camille.attributes, email: '' } };

describe('an account that depends on properties of its owner', () => {
  test('is not made before they are filled, and says why', () => {
    const { account } = compute(unmailed, nothingStored, { model });
    expect(account).toMatchObject({
      provisioningState: 'NONE',
      delta: null,
      error: { rule: 'crm-account.dependsOnOwnerProperties' },
    });
    expect(account?.error?.message).toContain('not made before its owner has email');
  });

  test('is made once they are, and held back again as long as nobody was asked to make it', () => {
    const waiting = compute(unmailed, nothingStored, { model });
    const filled = compute(camille, waiting.stored, { model });
    expect(filled.account).toMatchObject({ provisioningState: 'PENDING', error: null, delta: { kind: 'CREATE' } });
    expect(compute(unmailed, filled.stored, { model }).account?.provisioningState).toBe('NONE');
  });

  test('is made whatever they hold where the type does not depend on them: the control', () => {
    expect(compute(unmailed, nothingStored).account?.provisioningState).toBe('PENDING');
  });

  test('stays where it exists', () => {
    const settled = carriedOut(ordered(compute(camille, nothingStored, { model }).stored));
    const { account } = compute(unmailed, settled, { model });
    expect(account).toMatchObject({ isDue: true, provisioningState: 'PENDING', delta: { kind: 'UPDATE' } });
  });
});
