// Values that somebody changed in the target, or that a person kept or refused: left alone, listed, questioned.
import { describe, expect, test } from '@jest/globals';
import type { IdentitySnapshot } from '../../../src/domain/role-model/evaluation.js';
import { isUnchanged } from '../../../src/domain/role-model/reconcile.js';
import type { StoredAccount } from '../../../src/domain/role-model/stored-account.js';
import type { ValueAssignment } from '../../../src/domain/role-model/value-assignment.js';
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

const keeping = modelOf({ resourceTypes: [{ ...crmType, discardManualAssignments: false }] });
const overwriting = modelOf({ resourceTypes: [{ ...crmType, discardManualAssignments: true }] });
const renamed: IdentitySnapshot = { ...camille, attributes: { ...camille.attributes, email: 'new@acme.example' } };

const settled = carriedOut(ordered(compute(camille, nothingStored, { model: keeping }).stored));
const found = (email: string | null, more: Readonly<Record<string, string>> = {}): Partial<StoredAccount> => ({
  observed: observedResource({ attributes: { email, ...more } }),
});
const changed = withAccount(settled, found('own@acme.example'));
const row = (more: Partial<ValueAssignment> = {}): ValueAssignment => ({
  property: 'email',
  targetKey: '',
  workflowState: 'NON_CONFORMING',
  value: 'own@acme.example',
  expected: 'camille@acme.example',
  ...more,
});
const listed = compute(camille, changed, { model: keeping });
const decidedAs = (workflowState: ValueAssignment['workflowState']) =>
  withAccount(listed.stored, { values: [row({ workflowState })] });

describe('a value changed in the target', () => {
  test('is listed and left alone', () => {
    expect(listed.account).toMatchObject({ provisioningState: 'VERIFIED', delta: null, values: [row()] });
    expect(listed.result.values).toEqual([{ assignmentId: 'account-of-camille', put: [row()], drop: [] }]);
    expect(isUnchanged(compute(camille, listed.stored, { model: keeping }).result)).toBe(true);
  });

  test('is overwritten where the resource type says so', () => {
    expect(compute(camille, changed, { model: overwriting }).account).toMatchObject({
      provisioningState: 'PENDING',
      values: [],
      delta: { scalars: [{ property: 'email', from: 'own@acme.example', to: 'camille@acme.example' }] },
    });
  });

  test('and emptied is listed, too', () => {
    const emptied = compute(camille, withAccount(settled, found(null)), { model: keeping });
    expect(emptied.account).toMatchObject({ delta: null, values: [row({ value: null })] });
  });

  test('back to what is wished is forgotten', () => {
    const back = compute(camille, withAccount(listed.stored, found('camille@acme.example')), { model: keeping });
    expect(back.account).toMatchObject({ provisioningState: 'VERIFIED', values: [] });
    expect(back.result.values).toMatchObject([{ drop: [{ property: 'email' }] }]);
  });

  test('stays while nobody has decided, whatever the rules want later', () => {
    const later = compute(renamed, listed.stored, { model: keeping });
    expect(later.account).toMatchObject({ delta: null, values: [row({ expected: 'new@acme.example' })] });
  });

  test('does not stop the other values of the account', () => {
    const granted = compute(camille, { ...changed, decisions: [decision('editor')] }, { model: keeping });
    expect(granted.account).toMatchObject({
      provisioningState: 'PENDING',
      values: [row()],
      delta: { scalars: [{ property: 'title' }], links: [{ add: ['editors'] }] },
    });
  });

  test('is no finding where our own wish is what changed', () => {
    expect(compute(renamed, settled, { model: keeping }).account).toMatchObject({
      values: [],
      delta: { scalars: [{ property: 'email', to: 'new@acme.example' }] },
    });
  });

  test('while its change is under way is written again', () => {
    const asked = ordered(compute(renamed, settled, { model: keeping }).stored);
    const meanwhile = withAccount(asked, found('own@acme.example'));
    expect(compute(renamed, meanwhile, { model: keeping }).account).toMatchObject({
      values: [],
      delta: { scalars: [{ property: 'email', to: 'new@acme.example' }] },
    });
  });

  test('is overwritten at once when the resource type begins to overwrite', () => {
    const model = modelOf({ resourceTypes: [{ ...crmType, discardManualAssignments: true }] }, 2);
    expect(compute(camille, listed.stored, { model }).account).toMatchObject({
      provisioningState: 'PENDING',
      values: [],
    });
  });
});

describe('an account found with other values', () => {
  const resource = observedResource({ attributes: { email: 'old@acme.example' } });

  test('that was there before us keeps them until a person decides', () => {
    const known = { ...resource, isPreExisting: true };
    const linked = compute(camille, nothingStored, { model: keeping, finding: { kind: 'found', resource: known } });
    expect(linked.account).toMatchObject({
      provisioningState: 'VERIFIED',
      delta: null,
      values: [row({ workflowState: 'PRE_EXISTING', value: 'old@acme.example' })],
    });
    expect(isUnchanged(compute(camille, linked.stored, { model: keeping }).result)).toBe(true);
  });

  test('that was there before us keeps them, too, when a person has linked it', () => {
    const linked = withAccount(settled, {
      observed: { ...resource, isPreExisting: true },
      expectedHash: '',
      observedHash: null,
      baseHash: null,
    });
    expect(compute(camille, linked, { model: keeping }).account).toMatchObject({
      delta: null,
      values: [{ value: 'old@acme.example' }],
    });
  });

  test('that came later gets ours', () => {
    const linked = compute(camille, nothingStored, { model: keeping, finding: { kind: 'found', resource } });
    expect(linked.account).toMatchObject({ provisioningState: 'PENDING', values: [], delta: { kind: 'UPDATE' } });
  });

  test('that was there before us gets what it lacks', () => {
    const bare = { ...observedResource(), isPreExisting: true };
    const linked = compute(camille, nothingStored, { model: keeping, finding: { kind: 'found', resource: bare } });
    expect(linked.account).toMatchObject({ values: [], delta: { scalars: [{ property: 'email' }] } });
  });
});

describe('a decision of a person', () => {
  test('to keep the value holds, and is questioned when the wish becomes another', () => {
    const kept = decidedAs('APPROVED');
    expect(isUnchanged(compute(camille, kept, { model: keeping }).result)).toBe(true);
    const questioned = compute(renamed, kept, { model: keeping });
    expect(questioned.account).toMatchObject({
      delta: null,
      values: [row({ workflowState: 'APPROVED_QUESTIONED' })],
    });
    expect(isUnchanged(compute(renamed, questioned.stored, { model: keeping }).result)).toBe(true);
    expect(compute(camille, questioned.stored, { model: keeping }).account).toMatchObject({
      values: [row({ workflowState: 'APPROVED' })],
    });
  });

  test('to keep a value is about that value: a third one is found again', () => {
    const third = compute(camille, withAccount(decidedAs('APPROVED'), found('x@acme.example')), { model: keeping });
    expect(third.account).toMatchObject({ delta: null, values: [row({ value: 'x@acme.example' })] });
  });

  test('to correct the value writes it, and is over when it is seen', () => {
    const corrected = compute(camille, decidedAs('CANCELLATION'), { model: keeping });
    expect(corrected.account).toMatchObject({
      provisioningState: 'PENDING',
      delta: { scalars: [{ property: 'email', to: 'camille@acme.example' }] },
    });
    const done = compute(camille, carriedOut(ordered(corrected.stored)), { model: keeping });
    expect(done.account).toMatchObject({ provisioningState: 'VERIFIED', values: [] });
  });

  test('to refuse a change of one value leaves it alone while the wish is the same', () => {
    const refused = withAccount(settled, {
      values: [row({ workflowState: 'DECLINED', value: 'camille@acme.example', expected: 'new@acme.example' })],
    });
    const left = compute(renamed, refused, { model: keeping });
    expect(left.account).toMatchObject({ provisioningState: 'VERIFIED', delta: null });
    expect(isUnchanged(compute(renamed, left.stored, { model: keeping }).result)).toBe(true);
    const again = { ...camille, attributes: { ...camille.attributes, email: 'third@acme.example' } };
    expect(compute(again, left.stored, { model: keeping }).account).toMatchObject({
      values: [],
      delta: { scalars: [{ to: 'third@acme.example' }] },
    });
  });

  test('about a link that nobody here gave takes it out, or protects it', () => {
    const grown = observedResource({ attributes: { email: 'camille@acme.example' }, links: { groups: ['board'] } });
    const link = { property: 'groups', targetKey: 'board', value: 'board', expected: null };
    const extra = (workflowState: ValueAssignment['workflowState']) =>
      withAccount(settled, { observed: grown, values: [{ ...link, workflowState }] });
    expect(compute(camille, extra('CANCELLATION'), { model: keeping }).account?.delta).toMatchObject({
      links: [{ property: 'groups', add: [], remove: ['board'] }],
    });
    expect(compute(camille, extra('APPROVED'), { model: keeping }).account).toMatchObject({
      delta: null,
      values: [{ ...link, workflowState: 'APPROVED' }],
    });
  });

  test('to refuse a link keeps it from being given', () => {
    const link: ValueAssignment = {
      property: 'groups',
      targetKey: 'editors',
      workflowState: 'DECLINED',
      value: null,
      expected: 'editors',
    };
    const refused = { ...withAccount(settled, { values: [link] }), decisions: [decision('editor')] };
    expect(compute(camille, refused, { model: keeping }).account?.delta).toMatchObject({
      scalars: [{ property: 'title' }],
      links: [],
    });
  });
});
