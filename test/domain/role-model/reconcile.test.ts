// What a computation writes: accounts created, linked, changed and taken away, and the states roles show meanwhile.
import { describe, expect, test } from '@jest/globals';
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

const legal: IdentitySnapshot = { ...camille, attributes: { ...camille.attributes, department: 'legal' } };
const left: IdentitySnapshot = { ...camille, attributes: { ...camille.attributes, endDate: '2031-05-14' } };
const renamed: IdentitySnapshot = {
  ...camille,
  attributes: { ...camille.attributes, login: 'camille.new', email: 'new@acme.example' },
};
const editor = [decision('editor')];
const settled = carriedOut(ordered(compute(camille, nothingStored).stored));
const editing = carriedOut(ordered(compute(camille, { ...settled, decisions: editor }).stored));
const cancelled = [decision('editor', { workflowState: 'CANCELLATION' })];
const changesOf = ({ result }: ReturnType<typeof compute>) =>
  result.changes.map(
    (change) =>
      `${change.subject} ${change.previousWorkflowState}/${change.previousProvisioningState} ${change.workflowState}/${change.provisioningState}`,
  );

describe('a new account', () => {
  test('is created with every value, and its roles are pending with it', () => {
    const { account, result } = compute(camille, nothingStored);
    expect(account).toMatchObject({
      resourceKey: 'camille.roy',
      provisioningState: 'PENDING',
      workflowState: 'GIVEN_BY_A_ROLE',
      desiredVersion: 1,
      orderedVersion: 0,
      pendingRoles: ['seller'],
      delta: {
        kind: 'CREATE',
        key: 'camille.roy',
        scalars: [{ property: 'email', from: null, to: 'camille@acme.example', rule: 'email' }],
        links: [],
      },
    });
    expect(changesOf({ result } as never)).toEqual([
      'seller null/null CALCULATED/PENDING',
      'crm-account null/null GIVEN_BY_A_ROLE/PENDING',
    ]);
  });

  test('is not written twice', () => {
    expect(isUnchanged(compute(camille, compute(camille, nothingStored).stored).result)).toBe(true);
    expect(isUnchanged(compute(camille, settled).result)).toBe(true);
  });

  test('is linked without an order when an equal one was found', () => {
    const resource = observedResource({
      attributes: { email: 'camille@acme.example', phone: '1' },
      links: { groups: ['others'] },
    });
    const { account, stored } = compute(camille, nothingStored, { finding: { kind: 'found', resource } });
    expect(account).toMatchObject({
      provisioningState: 'VERIFIED',
      delta: null,
      resourceId: resource.id,
      observedHash: resource.hash,
    });
    expect(isUnchanged(compute(camille, stored).result)).toBe(true);
  });

  test('is linked with an update when a different one was found, and keeps its key', () => {
    const resource = observedResource({ key: 'croy', attributes: { email: 'old@acme.example' } });
    const { account } = compute(camille, nothingStored, { finding: { kind: 'found', resource } });
    expect(account).toMatchObject({
      resourceKey: 'croy',
      provisioningState: 'PENDING',
      delta: { kind: 'UPDATE', key: 'croy', scalars: [{ from: 'old@acme.example' }] },
    });
  });

  test('fails when two are found, with the reason', () => {
    const failure = { rule: 'by-email', message: 'Two accounts match.' };
    const { account, stored } = compute(camille, nothingStored, { finding: { kind: 'conflict', failure } });
    expect(account).toMatchObject({ provisioningState: 'ERROR', error: failure });
    expect(isUnchanged(compute(camille, stored, { finding: { kind: 'conflict', failure } }).result)).toBe(true);
    expect(compute(camille, stored).account).toMatchObject({
      provisioningState: 'PENDING',
      error: null,
      delta: { kind: 'CREATE' },
    });
  });

  test('fails when its key is empty', () => {
    const nameless = { ...camille, attributes: { ...camille.attributes, login: null } };
    expect(compute(nameless, nothingStored).account).toMatchObject({
      provisioningState: 'ERROR',
      error: { rule: 'crm-account.key' },
    });
  });

  test('waits for a review where the resource type wants one', () => {
    const model = modelOf({ resourceTypes: [{ ...crmType, blockProvisioning: true }] });
    expect(compute(camille, nothingStored, { model }).account).toMatchObject({
      provisioningState: 'AWAITING_APPROVAL',
    });
    const { stored } = compute(camille, nothingStored, { model });
    expect(compute(camille, stored, { model: modelOf({}, 2) }).account).toMatchObject({ provisioningState: 'PENDING' });
  });

  test('is not made where the resource type forbids it', () => {
    const model = modelOf({ resourceTypes: [{ ...crmType, allowAdd: false }] });
    const { account, stored } = compute(camille, nothingStored, { model });
    expect(account).toMatchObject({ provisioningState: 'NONE', delta: null });
    expect(isUnchanged(compute(camille, stored, { model }).result)).toBe(true);
  });
});

describe('a role asked for', () => {
  test('is pending until what it gives is there', () => {
    const approved = compute(camille, { ...settled, decisions: editor });
    expect(changesOf(approved)).toEqual([
      'editor APPROVED/NONE APPROVED/PENDING',
      'crm-account GIVEN_BY_A_ROLE/VERIFIED GIVEN_BY_A_ROLE/PENDING',
    ]);
    expect(approved.account).toMatchObject({
      desiredVersion: 2,
      pendingRoles: ['editor'],
      delta: {
        kind: 'UPDATE',
        scalars: [{ property: 'title', from: null, to: 'editor' }],
        links: [{ property: 'groups', add: ['editors'], remove: [] }],
      },
    });
  });

  test('is taken away with what it gave, and its row stays until that is seen', () => {
    const removal = compute(camille, { ...editing, decisions: cancelled });
    expect(removal.account?.delta).toMatchObject({
      kind: 'UPDATE',
      scalars: [{ property: 'title', from: 'editor', to: null, rule: null }],
      links: [{ property: 'groups', add: [], remove: ['editors'] }],
    });
    expect(removal.stored.decisions).toMatchObject([{ role: 'editor', workflowState: 'CANCELLATION' }]);
    expect(changesOf(removal)).toEqual([
      'editor CANCELLATION/VERIFIED CANCELLATION/PENDING',
      'crm-account GIVEN_BY_A_ROLE/VERIFIED GIVEN_BY_A_ROLE/PENDING',
    ]);
    expect(carriedOut(ordered(removal.stored)).decisions).toEqual([]);
  });

  test('without effects goes at once', () => {
    const held = compute(camille, { ...settled, decisions: [decision('plain')] });
    expect(changesOf(held)).toEqual([]);
    const ended = compute(camille, {
      ...held.stored,
      decisions: [decision('plain', { workflowState: 'CANCELLATION' })],
    });
    expect(ended.result.removed).toEqual(['plain']);
    expect(changesOf(ended)).toEqual(['plain CANCELLATION/NONE INACTIVE/NONE']);
  });

  test('ends after its last day', () => {
    const dated = { ...editing, decisions: [decision('editor', { endDate: '2031-05-14' })] };
    const ended = compute(camille, dated);
    expect(ended.result.cancelled).toEqual(['editor']);
    expect(changesOf(ended)[0]).toBe('editor APPROVED/VERIFIED CANCELLATION/PENDING');
  });

  test('leaves alone what others put there', () => {
    const resource = observedResource({
      attributes: { email: 'camille@acme.example', title: 'chief' },
      links: { groups: ['editors', 'board'] },
    });
    const grown = withAccount(editing, { observed: resource, observedHash: resource.hash, baseHash: resource.hash });
    const removal = compute(camille, { ...grown, decisions: cancelled });
    expect(removal.account?.delta).toMatchObject({ scalars: [], links: [{ remove: ['editors'] }] });
  });

  test('given by a rule as well is kept when the approval ends', () => {
    const both = compute(camille, { ...settled, decisions: [decision('seller')] }).stored;
    const ended = compute(camille, { ...both, decisions: [decision('seller', { workflowState: 'CANCELLATION' })] });
    expect(ended.result.removed).toEqual(['seller']);
    expect(ended.account?.provisioningState).toBe('VERIFIED');
  });
});

describe('a lost account', () => {
  test('is removed in the target, and its role is being taken away meanwhile', () => {
    const lost = compute(legal, settled);
    expect(lost.account).toMatchObject({
      isDue: false,
      workflowState: 'CANCELLATION',
      provisioningState: 'PENDING',
      delta: { kind: 'DELETE', key: 'camille.roy' },
      pendingRoles: ['seller'],
    });
    expect(lost.result).toMatchObject({ cancelled: ['seller'], losesAccess: true });
    expect(changesOf(lost)).toEqual([
      'seller CALCULATED/VERIFIED CANCELLATION/PENDING',
      'crm-account GIVEN_BY_A_ROLE/VERIFIED CANCELLATION/PENDING',
    ]);
    expect(isUnchanged(compute(legal, lost.stored).result)).toBe(true);
  });

  test('that was never ordered goes at once', () => {
    const lost = compute(legal, compute(camille, nothingStored).stored);
    expect(lost.stored.accounts).toEqual([]);
    expect(changesOf(lost)).toEqual([
      'seller CALCULATED/PENDING INACTIVE/VERIFIED',
      'crm-account GIVEN_BY_A_ROLE/PENDING INACTIVE/INACTIVE',
    ]);
  });

  test('whose creation may be under way is removed all the same', () => {
    const lost = compute(legal, ordered(compute(camille, nothingStored).stored));
    expect(lost.account).toMatchObject({ isDue: false, delta: { kind: 'DELETE' }, desiredVersion: 2 });
  });

  test('loses at least the links we gave where it may not be removed', () => {
    const model = modelOf({ resourceTypes: [{ ...crmType, allowRemove: false }] });
    const lost = compute(left, editing, { model });
    expect(lost.account).toMatchObject({
      isDue: false,
      delta: { kind: 'UPDATE', scalars: [], links: [{ remove: ['editors'] }] },
    });
    const onlySeller = compute(left, settled, { model });
    expect(onlySeller.account).toMatchObject({
      isDue: false,
      workflowState: 'NON_CONFORMING',
      provisioningState: 'VERIFIED',
      delta: null,
    });
    expect(isUnchanged(compute(left, onlySeller.stored, { model }).result)).toBe(true);
  });

  test('that comes back while its removal may be under way is created again', () => {
    const lost = ordered(compute(legal, settled).stored);
    const back = compute(camille, lost);
    expect(back.account).toMatchObject({ isDue: true, delta: { kind: 'CREATE' }, desiredVersion: 3 });
    expect(back.stored.decisions).toEqual([]);
  });

  test('that comes back without a role takes away what the role gave: its removal may never be carried out', () => {
    const lost = ordered(compute(legal, { ...editing, decisions: [] }).stored);
    expect(compute(camille, lost).account?.delta).toMatchObject({
      kind: 'CREATE',
      links: [{ property: 'groups', add: [], remove: ['editors'] }],
    });
  });

  test('that comes back before its removal was ordered is as it was', () => {
    const back = compute(camille, compute(legal, settled).stored);
    expect(back.account).toMatchObject({ isDue: true, provisioningState: 'VERIFIED', delta: null });
  });

  test('of one who left takes approvals with it', () => {
    const gone = compute(left, editing);
    expect(gone.result.cancelled).toEqual(['editor', 'seller']);
    expect(gone.account).toMatchObject({ delta: { kind: 'DELETE' }, pendingRoles: ['editor', 'seller'] });
  });

  test('vanished from the target is made again while due, and forgotten when not', () => {
    const vanished = withAccount(settled, { observed: null, resourceId: null });
    expect(compute(camille, vanished).account).toMatchObject({
      provisioningState: 'PENDING',
      delta: { kind: 'CREATE' },
    });
    expect(compute(legal, vanished).stored.accounts).toEqual([]);
  });
});

describe('a change under way', () => {
  const asked = ordered(compute(camille, { ...settled, decisions: editor }).stored);

  test('that is revoked before it is seen is taken back although the last reading does not show it', () => {
    for (const provisioningState of ['PENDING', 'EXECUTED', 'ERRORED'] as const) {
      const revoked = compute(camille, { ...withAccount(asked, { provisioningState }), decisions: cancelled });
      expect(revoked.account).toMatchObject({
        provisioningState: 'PENDING',
        desiredVersion: 3,
        pendingRoles: ['editor'],
        delta: { scalars: [{ property: 'title', to: null }], links: [{ add: [], remove: ['editors'] }] },
      });
    }
  });

  test('that was never ordered is simply dropped', () => {
    const fresh = compute(camille, { ...settled, decisions: editor }).stored;
    const revoked = compute(camille, { ...fresh, decisions: cancelled });
    expect(revoked.account).toMatchObject({ provisioningState: 'VERIFIED', delta: null });
    expect(revoked.stored.decisions).toEqual([]);
  });

  test('keeps the key it was ordered with', () => {
    const created = ordered(compute(camille, nothingStored).stored);
    expect(compute(renamed, created).account).toMatchObject({
      resourceKey: 'camille.roy',
      delta: { kind: 'CREATE', key: 'camille.roy' },
    });
    const refused = withAccount(created, { provisioningState: 'ERRORED' });
    expect(compute(renamed, refused).account).toMatchObject({ resourceKey: 'camille.new' });
  });

  test('after a confirmed creation is an update', () => {
    const executed = withAccount(ordered(compute(camille, nothingStored).stored), { provisioningState: 'EXECUTED' });
    expect(compute(renamed, executed).account?.delta).toMatchObject({ kind: 'UPDATE', key: 'camille.roy' });
    expect(isUnchanged(compute(camille, executed).result)).toBe(true);
  });

  test('that was executed and seen is left to the verification', () => {
    const seen = observedResource({
      attributes: { email: 'camille@acme.example', title: 'editor' },
      links: { groups: ['editors'] },
    });
    const executed = withAccount(asked, { provisioningState: 'EXECUTED', observed: seen });
    expect(isUnchanged(compute(camille, executed).result)).toBe(true);
  });

  test('that was executed and seen to be otherwise is ordered again', () => {
    const other = observedResource({
      attributes: { email: 'camille@acme.example', title: 'intern' },
      links: { groups: ['editors'] },
    });
    const executed = withAccount(asked, { provisioningState: 'EXECUTED', observed: other });
    expect(compute(camille, executed).account).toMatchObject({
      provisioningState: 'PENDING',
      desiredVersion: 3,
      delta: { scalars: [{ property: 'title', from: 'intern', to: 'editor' }], links: [] },
    });
  });

  test('that was refused is not tried again until something changed', () => {
    const refused = withAccount(asked, { provisioningState: 'ERRORED' });
    expect(isUnchanged(compute(camille, refused).result)).toBe(true);
    expect(compute(camille, refused, { model: modelOf({}, 2) }).account).toMatchObject({
      provisioningState: 'PENDING',
      desiredVersion: 3,
    });
    const read = observedResource({ attributes: { email: 'camille@acme.example', phone: '2' } });
    expect(compute(camille, withAccount(refused, { observed: read })).account).toMatchObject({
      provisioningState: 'PENDING',
      desiredVersion: 3,
    });
  });

  test('found done by somebody else needs no order any more', () => {
    const seen = observedResource({
      attributes: { email: 'camille@acme.example', title: 'editor' },
      links: { groups: ['editors'] },
    });
    const fresh = withAccount(compute(camille, { ...settled, decisions: editor }).stored, { observed: seen });
    expect(compute(camille, fresh).account).toMatchObject({ provisioningState: 'VERIFIED', delta: null });
  });
});
