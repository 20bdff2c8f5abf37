// Values that are compared loosely, and values that are only ever written.
import { describe, expect, test } from '@jest/globals';
import type { ScalarRule } from '../../../src/domain/configuration.js';
import { resumptionOf } from '../../../src/domain/outcome.js';
import type { StoredIdentity } from '../../../src/domain/role-model/reconcile.js';
import { conformsTo, holds, isBlind } from '../../../src/domain/verification.js';
import { plainScalarRule } from '../definition.js';
import {
  camille,
  carriedOut,
  company,
  compute,
  modelOf,
  nothingStored,
  observedResource,
  ordered,
  withAccount,
} from './company.js';

const [email] = company.scalarRules;
const secret = (value: string): ScalarRule => ({
  ...plainScalarRule,
  policy: 'p',
  identifier: 'secret',
  resourceType: 'crm-account',
  property: 'title',
  value,
  isMapped: false,
});
const withSecret = (value: string, version = 1) =>
  modelOf({ scalarRules: [...company.scalarRules.slice(0, 1), secret(value)] }, version);
const loosely = (comparison: ScalarRule['comparison']) =>
  modelOf({ scalarRules: [{ ...plainScalarRule, ...email, comparison } as ScalarRule] }); // The company has it.

/** The account as it was found, before anything of it was computed. */
const foundWith = (attributes: Readonly<Record<string, string>>) => ({
  kind: 'found' as const,
  resource: observedResource({ attributes }),
});

describe('values compared loosely', () => {
  test.each([
    ['EXACT', 'CAMILLE@acme.example', 'PENDING'],
    ['IGNORE_CASE', 'CAMILLE@acme.example', 'VERIFIED'],
    ['IGNORE_CASE', 'çamille@acme.example', 'PENDING'],
    ['IGNORE_DIACRITICS', 'Çamille@acme.example', 'VERIFIED'],
  ] as const)('%s: %s in the target is %s', (comparison, present, state) => {
    const { account } = compute(camille, nothingStored, {
      model: loosely(comparison),
      finding: foundWith({ email: present }),
    });
    expect(account?.provisioningState).toBe(state);
  });

  test('are verified as loosely as they are compared', () => {
    const { account } = compute(camille, nothingStored, { model: loosely('IGNORE_CASE') });
    const seen = observedResource({ attributes: { email: 'CAMILLE@ACME.EXAMPLE' } }).content;
    expect(account?.delta).not.toBeNull();
    expect(account?.delta && holds(account.delta, seen)).toBe(true);
    expect(account && conformsTo(account.expected, seen)).toBe(true);
  });
});

describe('values that are only written', () => {
  const created = compute(camille, nothingStored, { model: withSecret("'one'") });
  /** Read back: the target shows nothing of it. */
  const settled = ((): StoredIdentity => {
    const done = carriedOut(ordered(created.stored));
    const observed = observedResource({ attributes: { email: 'camille@acme.example' } });
    return withAccount(done, { observed, observedHash: observed.hash, baseHash: observed.hash });
  })();

  test('are written with the creation, and never missed afterwards', () => {
    expect(created.account?.delta?.scalars).toContainEqual(
      expect.objectContaining({ property: 'title', to: 'one', isMapped: false }),
    );
    expect(compute(camille, settled, { model: withSecret("'one'") }).account?.provisioningState).toBe('VERIFIED');
    const other = observedResource({ attributes: { email: 'camille@acme.example', title: 'changed' } });
    const touched = withAccount(settled, { observed: other });
    expect(compute(camille, touched, { model: withSecret("'one'") }).account?.delta).toBeNull();
  });

  test('are written when another one is wished, and stay to be written until the system has said yes', () => {
    const changed = compute(camille, settled, { model: withSecret("'two'", 2) });
    expect(changed.account).toMatchObject({
      provisioningState: 'PENDING',
      delta: { kind: 'UPDATE', scalars: [{ property: 'title', to: 'two' }] },
    });
    const other = observedResource({ attributes: { email: 'camille@acme.example', title: 'x' } });
    const waiting = withAccount(changed.stored, { observed: other });
    expect(compute(camille, waiting, { model: withSecret("'two'", 2) }).account?.delta?.scalars).toHaveLength(1);
    const executed = withAccount(ordered(changed.stored), { provisioningState: 'EXECUTED', observed: other });
    expect(compute(camille, executed, { model: withSecret("'two'", 2) }).account).toMatchObject({
      provisioningState: 'VERIFIED',
      delta: null,
    });
  });

  test('are not written to an account that was found: it is not made by us', () => {
    const { account } = compute(camille, nothingStored, {
      model: withSecret("'one'"),
      finding: foundWith({ email: 'camille@acme.example' }),
    });
    expect(account?.provisioningState).toBe('VERIFIED');
  });

  test('cannot be seen: an order of nothing else is blind, and is sent again where nobody knows', () => {
    const delta = compute(camille, settled, { model: withSecret("'two'", 2) }).account?.delta ?? null;
    if (delta === null || created.account?.delta === null || created.account?.delta === undefined)
      throw new Error('There is something to write.');
    const seen = observedResource({ attributes: { email: 'camille@acme.example' } }).content;
    expect(isBlind(delta)).toBe(true);
    expect(isBlind(created.account.delta)).toBe(false);
    expect(resumptionOf(delta, seen)).toMatchObject({ kind: 'write', delta: { scalars: [{ property: 'title' }] } });
  });
});
