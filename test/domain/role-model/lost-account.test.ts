// The end of an account: deleted, disabled and deleted later, left, taken by decision; and its return.
import { describe, expect, test } from '@jest/globals';
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

const onRemove = {
  kind: 'DISABLE',
  property: 'active',
  disabledValue: false,
  enabledValue: true,
  deleteAfterDays: 30,
} as const;
const modelWith = (type: Partial<ResourceTypeDefinition>, version = 1) =>
  modelOf({ resourceTypes: [{ ...crmType, ...type }] }, version);
const disabling = modelWith({ onRemove });
const left: IdentitySnapshot = { ...camille, attributes: { ...camille.attributes, endDate: '2031-05-14' } };
const forgotten: IdentitySnapshot = { ...camille, isRemoved: true };
const editor = [decision('editor')];

const inUse = carriedOut(
  ordered(compute(camille, { ...nothingStored, decisions: editor }, { model: disabling }).stored),
);
const lost = compute(left, inUse, { model: disabling });
const disabled = carriedOut(ordered(lost.stored));

describe('an account that is disabled when lost', () => {
  test('is written as in use while it is due', () => {
    expect(inUse.accounts[0]?.observed?.content.attributes).toMatchObject({ active: true });
  });

  test('is disabled, loses the links we gave, and keeps everything else', () => {
    expect(lost.account).toMatchObject({
      isDue: false,
      workflowState: 'CANCELLATION',
      provisioningState: 'PENDING',
      deleteOn: '2031-06-14',
      pendingRoles: ['editor', 'seller'],
      delta: {
        kind: 'UPDATE',
        scalars: [{ property: 'active', from: true, to: false, rule: 'crm-account.onRemove' }],
        links: [{ property: 'groups', add: [], remove: ['editors'] }],
      },
    });
    expect(isUnchanged(compute(left, lost.stored, { model: disabling }).result)).toBe(true);
    expect(disabled.accounts).toMatchObject([
      {
        workflowState: 'INACTIVE',
        provisioningState: 'VERIFIED',
        observed: { content: { attributes: { email: 'camille@acme.example', title: 'editor', active: false } } },
      },
    ]);
    expect(isUnchanged(compute(left, disabled, { model: disabling }).result)).toBe(true);
  });

  test('is deleted on its day, not before', () => {
    expect(isUnchanged(compute(left, disabled, { model: disabling, day: '2031-06-13' }).result)).toBe(true);
    const due = compute(left, disabled, { model: disabling, day: '2031-06-14' });
    expect(due.account).toMatchObject({ provisioningState: 'PENDING', delta: { kind: 'DELETE' }, pendingRoles: [] });
    expect(isUnchanged(compute(left, due.stored, { model: disabling, day: '2031-06-15' }).result)).toBe(true);
    expect(carriedOut(ordered(due.stored)).accounts).toEqual([]);
  });

  test('is never deleted where no days are said, or removing is not allowed', () => {
    for (const type of [{ onRemove: { ...onRemove, deleteAfterDays: null } }, { onRemove, allowRemove: false }]) {
      const model = modelWith(type);
      const kept = carriedOut(ordered(compute(left, inUse, { model }).stored));
      expect(kept.accounts).toMatchObject([{ deleteOn: null, workflowState: 'INACTIVE' }]);
      expect(isUnchanged(compute(left, kept, { model, day: '2041-01-01' }).result)).toBe(true);
    }
  });

  test('that comes back is enabled again, with its links', () => {
    const back = compute(camille, { ...disabled, decisions: editor }, { model: disabling, day: '2031-06-01' });
    expect(back.account).toMatchObject({
      isDue: true,
      deleteOn: null,
      workflowState: 'GIVEN_BY_A_ROLE',
      delta: {
        kind: 'UPDATE',
        scalars: [{ property: 'active', from: false, to: true }],
        links: [{ add: ['editors'], remove: [] }],
      },
    });
  });

  test('that comes back before the disabling was ordered is as it was', () => {
    expect(compute(camille, { ...lost.stored, decisions: editor }, { model: disabling }).account).toMatchObject({
      isDue: true,
      provisioningState: 'VERIFIED',
      delta: null,
      deleteOn: null,
    });
  });

  test('that comes back after it was deleted is made anew', () => {
    const gone = carriedOut(ordered(compute(left, disabled, { model: disabling, day: '2031-06-14' }).stored));
    expect(compute(camille, gone, { model: disabling, day: '2031-07-01' }).account?.delta).toMatchObject({
      kind: 'CREATE',
    });
  });

  test('and enabled by somebody else is listed, or disabled again where manual changes are overwritten', () => {
    const enabled = withAccount(disabled, { observed: observedResource({ attributes: { active: true } }) });
    expect(compute(left, enabled, { model: disabling }).account).toMatchObject({
      delta: { scalars: [{ property: 'active', to: false }] },
    });
    const keeping = modelWith({ onRemove, discardManualAssignments: false });
    expect(compute(left, enabled, { model: keeping }).account).toMatchObject({
      delta: null,
      values: [{ property: 'active', workflowState: 'NON_CONFORMING', value: true, expected: false }],
    });
  });

  test('is disabled although a person kept it as it was in use', () => {
    const kept = { property: 'active', targetKey: '', workflowState: 'APPROVED', value: true, expected: true } as const;
    const model = modelWith({ onRemove, discardManualAssignments: false });
    expect(compute(left, withAccount(inUse, { values: [kept] }), { model }).account).toMatchObject({
      values: [],
      delta: { scalars: [{ property: 'active', to: false }] },
    });
  });
});

describe('an account that may not be removed', () => {
  const model = modelWith({ allowRemove: false });
  const plain = carriedOut(ordered(compute(camille, nothingStored, { model }).stored));
  const staying = compute(left, plain, { model });

  test('stays, and is listed', () => {
    expect(staying.account).toMatchObject({ isDue: false, workflowState: 'NON_CONFORMING', delta: null });
  });

  test('is removed once a person has decided so', () => {
    const decided = withAccount(staying.stored, { workflowState: 'DECLINED' });
    const removed = compute(left, decided, { model });
    expect(removed.account).toMatchObject({ provisioningState: 'PENDING', delta: { kind: 'DELETE' } });
    expect(isUnchanged(compute(left, removed.stored, { model }).result)).toBe(true);
  });

  test('stays unlisted once a person has kept it', () => {
    const kept = withAccount(staying.stored, { workflowState: 'APPROVED' });
    expect(isUnchanged(compute(left, kept, { model }).result)).toBe(true);
    expect(compute(camille, kept, { model }).account).toMatchObject({ isDue: true, provisioningState: 'VERIFIED' });
  });
});

describe('an account whose owner has disappeared', () => {
  test('is left as it is, and listed', () => {
    const model = modelWith({ removeOrphans: false, onRemove });
    const orphaned = compute(forgotten, inUse, { model });
    expect(orphaned.account).toMatchObject({ isDue: false, workflowState: 'NON_CONFORMING', delta: null });
    expect(isUnchanged(compute(forgotten, orphaned.stored, { model }).result)).toBe(true);
    const back = compute(camille, { ...orphaned.stored, decisions: editor }, { model });
    expect(back.account).toMatchObject({ isDue: true, provisioningState: 'VERIFIED', delta: null });
  });

  test('ends like any other where orphans are removed', () => {
    const model = modelWith({ removeOrphans: true, onRemove });
    expect(compute(forgotten, inUse, { model }).account).toMatchObject({ delta: { kind: 'UPDATE' } });
  });

  test('goes on ending when its end began before', () => {
    const model = modelWith({ removeOrphans: false, onRemove });
    const ended = carriedOut(ordered(compute(left, inUse, { model }).stored));
    expect(compute(forgotten, ended, { model, day: '2031-06-14' }).account).toMatchObject({
      delta: { kind: 'DELETE' },
    });
  });
});

describe('a removal that a reviewer declined', () => {
  test('is not proposed again', () => {
    const model = modelWith({ blockProvisioning: true });
    const waiting = compute(left, inUse, { model });
    expect(waiting.account).toMatchObject({ provisioningState: 'AWAITING_APPROVAL', delta: { kind: 'DELETE' } });
    const declined = withAccount(waiting.stored, {
      provisioningState: 'NONE',
      delta: null,
      declinedHash: waiting.account?.expectedHash ?? '',
    });
    expect(isUnchanged(compute(left, declined, { model }).result)).toBe(true);
    expect(
      isUnchanged(
        compute(left, compute(left, declined, { model: modelWith({ blockProvisioning: true }, 2) }).stored, {
          model: modelWith({ blockProvisioning: true }, 2),
        }).result,
      ),
    ).toBe(true);
  });
});
