// Changes that wait for a person, or that nobody may make; matches nobody is sure of; and accounts beside the first one.
import { describe, expect, test } from '@jest/globals';
import type { Finding } from '../../../src/domain/role-model/account-question.js';
import type { ResourceTypeDefinition } from '../../../src/domain/configuration.js';
import type { IdentitySnapshot } from '../../../src/domain/role-model/evaluation.js';
import { isUnchanged } from '../../../src/domain/role-model/reconcile.js';
import {
  camille,
  carriedOut,
  compute,
  crmType,
  decision,
  modelOf,
  nothingStored,
  observedResource,
  ordered,
  withAccount,
} from './company.js';

const modelWith = (type: Partial<ResourceTypeDefinition>, version = 1) =>
  modelOf({ resourceTypes: [{ ...crmType, ...type }] }, version);
const legal: IdentitySnapshot = { ...camille, attributes: { ...camille.attributes, department: 'legal' } };
const renamed: IdentitySnapshot = { ...camille, attributes: { ...camille.attributes, email: 'new@acme.example' } };
const reviewed = modelWith({ blockProvisioning: true });
const settled = carriedOut(ordered(compute(camille, nothingStored).stored));

describe('a change that waits for a review', () => {
  const waiting = compute(renamed, settled, { model: reviewed });

  test('goes on after its approval, and does not wait again', () => {
    expect(waiting.account).toMatchObject({ provisioningState: 'AWAITING_APPROVAL' });
    const approved = withAccount(waiting.stored, { provisioningState: 'PENDING' });
    const read = { observed: observedResource({ attributes: { email: 'camille@acme.example', phone: '7' } }) };
    expect(isUnchanged(compute(renamed, approved, { model: reviewed }).result)).toBe(true);
    expect(compute(renamed, withAccount(approved, read), { model: reviewed }).account).toMatchObject({
      provisioningState: 'PENDING',
      desiredVersion: waiting.account?.desiredVersion,
    });
  });

  test('declined is not proposed again, until another one is wished', () => {
    const declinedHash = waiting.account?.expectedHash ?? '';
    const declined = withAccount(waiting.stored, { provisioningState: 'NONE', delta: null, declinedHash });
    expect(isUnchanged(compute(renamed, declined, { model: reviewed }).result)).toBe(true);
    const next = modelWith({ blockProvisioning: true }, 2);
    expect(compute(renamed, declined, { model: next }).account).toMatchObject({ provisioningState: 'NONE' });
    const other = { ...camille, attributes: { ...camille.attributes, email: 'third@acme.example' } };
    expect(compute(other, declined, { model: reviewed }).account).toMatchObject({
      provisioningState: 'AWAITING_APPROVAL',
      declinedHash: null,
    });
  });

  test('declined while in use says nothing about its removal', () => {
    const declinedHash = waiting.account?.expectedHash ?? '';
    const declined = withAccount(waiting.stored, { provisioningState: 'NONE', delta: null, declinedHash });
    const leaving = { ...renamed, attributes: { ...renamed.attributes, endDate: '2031-05-14' } };
    expect(compute(leaving, declined, { model: reviewed }).account).toMatchObject({
      provisioningState: 'AWAITING_APPROVAL',
      delta: { kind: 'DELETE' },
    });
  });
});

test('an account that may not be made says so, and is taken up when it was found', () => {
  const model = modelWith({ allowAdd: false });
  const missing = compute(camille, nothingStored, { model });
  expect(missing.account).toMatchObject({
    provisioningState: 'NONE',
    error: { rule: 'crm-account.allowAdd', message: expect.stringContaining('next synchronisation links it') },
  });
  expect(missing.result.failures).toEqual([]);
  const resource = observedResource({ attributes: { email: 'camille@acme.example' } });
  expect(compute(camille, missing.stored, { model, finding: { kind: 'found', resource } }).account).toMatchObject({
    provisioningState: 'VERIFIED',
    error: null,
  });
});

describe('an uncertain match', () => {
  const same = observedResource({ attributes: { email: 'camille@acme.example' } });
  const finding: Finding = { kind: 'found', resource: same, confidencePercent: 80 };
  const proposed = compute(camille, nothingStored, { finding });

  test('waits for a person even where nothing is to be written', () => {
    expect(proposed.account).toMatchObject({
      provisioningState: 'AWAITING_APPROVAL',
      confidencePercent: 80,
      resourceId: same.id,
      delta: { kind: 'UPDATE', scalars: [], links: [] },
    });
    expect(isUnchanged(compute(camille, proposed.stored).result)).toBe(true);
  });

  test('is an ordinary account once it was approved', () => {
    const approved = withAccount(proposed.stored, {
      provisioningState: 'VERIFIED',
      confidencePercent: null,
      delta: null,
      observedHash: same.hash,
    });
    expect(isUnchanged(compute(camille, approved).result)).toBe(true);
  });

  test('that was refused is made instead', () => {
    const refused = withAccount(proposed.stored, {
      provisioningState: 'NONE',
      confidencePercent: null,
      delta: null,
      resourceId: null,
      observed: null,
      declinedHash: `resource:${same.id}`,
    });
    const made = compute(camille, refused);
    expect(made.account).toMatchObject({ delta: { kind: 'CREATE' }, declinedHash: `resource:${same.id}` });
    expect(isUnchanged(compute(camille, made.stored).result)).toBe(true);
  });

  test('that was refused stays so when the creation in its place is refused as well', () => {
    const refused = withAccount(proposed.stored, {
      provisioningState: 'NONE',
      confidencePercent: null,
      delta: null,
      resourceId: null,
      observed: null,
      declinedHash: `resource:${same.id}`,
    });
    const made = compute(camille, refused);
    const declinedHash = `resource:${same.id} ${made.account?.expectedHash ?? ''}`;
    const declined = withAccount(made.stored, { provisioningState: 'NONE', delta: null, declinedHash });
    expect(compute(camille, declined).account).toMatchObject({ provisioningState: 'NONE', delta: null, declinedHash });
    const another = compute(
      { ...camille, attributes: { ...camille.attributes, email: 'third@acme.example' } },
      declined,
    );
    expect(another.account).toMatchObject({ delta: { kind: 'CREATE' }, declinedHash: `resource:${same.id}` });
  });

  test('that nobody confirmed is forgotten with the account, not removed', () => {
    expect(compute(legal, proposed.stored).stored.accounts).toEqual([]);
  });
});

describe('accounts beside the first one', () => {
  const second = observedResource({ key: 'croy', attributes: { email: 'camille@acme.example' } });
  const third = observedResource({ key: 'c.roy', attributes: { email: 'old@acme.example' } });
  const finding: Finding = {
    kind: 'none',
    further: [{ resource: second }, { resource: third, confidencePercent: 60 }],
  };
  const beside = compute(camille, settled, { finding });
  const others = (slot: number) => beside.stored.accounts.find((account) => account.slot === slot);

  test('have the same wish, are never made, and keep their keys', () => {
    expect(others(1)).toMatchObject({ resourceKey: 'croy', provisioningState: 'VERIFIED', delta: null });
    expect(others(2)).toMatchObject({
      resourceKey: 'c.roy',
      provisioningState: 'AWAITING_APPROVAL',
      confidencePercent: 60,
      delta: { kind: 'UPDATE', scalars: [{ property: 'email' }] },
    });
    expect(isUnchanged(compute(camille, beside.stored, { finding }).result)).toBe(true);
    const editing = compute(camille, { ...beside.stored, decisions: [decision('editor')] }, { finding });
    expect(editing.stored.accounts.map(({ delta }) => delta?.links[0]?.add)).toEqual([
      ['editors'],
      ['editors'],
      ['editors'],
    ]);
  });

  test('are forgotten when they vanish from the target', () => {
    const accounts = beside.stored.accounts.map((account) =>
      account.slot === 1 ? { ...account, observed: null, resourceId: null } : account,
    );
    const after = compute(camille, { ...beside.stored, accounts });
    expect(new Set(after.stored.accounts.map(({ slot }) => slot))).toEqual(new Set([0, 2]));
  });

  test('that were refused are kept apart, so that nobody proposes them again', () => {
    const accounts = beside.stored.accounts.map((account) =>
      account.slot === 2
        ? { ...account, observed: null, resourceId: null, delta: null, declinedHash: `resource:${third.id}` }
        : account,
    );
    const after = compute(camille, { ...beside.stored, accounts });
    const refused = after.stored.accounts.find(({ slot }) => slot === 2);
    expect(refused).toMatchObject({ isDue: false, workflowState: 'DECLINED', provisioningState: 'NONE' });
    expect(isUnchanged(compute(camille, after.stored).result)).toBe(true);
  });

  test('that a person keeps, or wants removed, do not get the wish of the first one', () => {
    const stray = (workflowState: 'APPROVED' | 'DECLINED') => ({
      ...beside.stored,
      accounts: beside.stored.accounts
        .filter(({ slot }) => slot < 2)
        .map((account) => (account.slot === 1 ? { ...account, isDue: false, workflowState } : account)),
    });
    const kept = compute(camille, { ...stray('APPROVED'), decisions: [decision('editor')] });
    expect(kept.result.updated).toMatchObject([{ slot: 0, delta: { kind: 'UPDATE' } }]);
    const removed = compute(camille, stray('DECLINED'));
    expect(removed.result.updated).toMatchObject([{ slot: 1, isDue: false, delta: { kind: 'DELETE', key: 'croy' } }]);
    expect(isUnchanged(compute(camille, removed.stored).result)).toBe(true);
  });

  test('are lost together with the first one', () => {
    const sure = compute(camille, settled, { finding: { kind: 'none', further: [{ resource: second }] } });
    const after = compute(legal, sure.stored);
    expect(after.stored.accounts.map(({ delta }) => delta?.kind)).toEqual(['DELETE', 'DELETE']);
  });
});
