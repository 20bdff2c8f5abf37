// Values of accounts as clients meet them: calculated, found in the target, kept, refused, or uncertain.
import { describe, expect, test } from '@jest/globals';
import type { ValueAssignment } from '../../src/domain/role-model/value-assignment.js';
import { valuesOf } from '../../src/resolvers/value-assignment.js';
import type { AccountView } from '../../src/steps/ports/assignment.js';
import { modelOf } from '../domain/role-model/company.js';

const account: AccountView = {
  kind: 'resource',
  id: 'a',
  identityId: 'ada',
  resourceType: 'crm-account',
  resourceId: 'r',
  resourceKey: 'ada',
  workflowState: 'CALCULATED',
  provisioningState: 'VERIFIED',
  isAutomatic: true,
  isInferred: false,
  createdAt: new Date(0),
  updatedAt: new Date(0),
  expected: {
    key: 'ada',
    rule: 'account-for-sellers',
    values: { email: { value: 'ada@acme.example', rule: 'email' } },
    links: { groups: { editors: 'editors' } },
  },
  delta: null,
  error: null,
  values: [],
  confidencePercent: null,
};
const row = (more: Partial<ValueAssignment>): ValueAssignment => ({
  property: 'email',
  targetKey: '',
  workflowState: 'NON_CONFORMING',
  value: 'own@acme.example',
  expected: 'ada@acme.example',
  ...more,
});
const shown = (view: Partial<AccountView>): readonly string[] =>
  valuesOf(modelOf(), { ...account, ...view }).map(
    ({ propertyIdentifier, value, workflowState, provisioningState }) =>
      `${propertyIdentifier}=${String(value)} ${workflowState}/${provisioningState}`,
  );

describe('a value', () => {
  test('that rules give shows as calculated, or as given by a role', () => {
    expect(shown({})).toEqual([
      'email=ada@acme.example CALCULATED/VERIFIED',
      'groups=editors GIVEN_BY_A_ROLE/VERIFIED',
    ]);
  });

  test('found in the target shows what is there, and that nobody writes it', () => {
    expect(shown({ values: [row({})] })).toContain('email=own@acme.example NON_CONFORMING/NONE');
    expect(shown({ values: [row({ workflowState: 'DECLINED' })] })).toContain('email=own@acme.example DECLINED/NONE');
  });

  test('that a person has kept shows as it should be', () => {
    expect(shown({ values: [row({ workflowState: 'APPROVED_QUESTIONED' })] })).toEqual([
      'groups=editors GIVEN_BY_A_ROLE/VERIFIED',
      'email=own@acme.example APPROVED_QUESTIONED/VERIFIED',
    ]);
  });

  test('to be corrected shows as the change that does it', () => {
    const delta = {
      kind: 'UPDATE' as const,
      key: 'ada',
      scalars: [{ property: 'email', from: 'own@acme.example', to: 'ada@acme.example', rule: 'email' }],
      links: [],
    };
    const values = [row({ workflowState: 'CANCELLATION' })];
    expect(shown({ values, delta, provisioningState: 'PENDING' })[0]).toBe('email=ada@acme.example CALCULATED/PENDING');
  });

  test('that is a link kept beside ours stands with its key', () => {
    const link = row({
      property: 'groups',
      targetKey: 'board',
      workflowState: 'APPROVED',
      value: 'board',
      expected: null,
    });
    const kept = valuesOf(modelOf(), { ...account, values: [link] }).at(-1);
    expect(kept).toMatchObject({ linked: { entityType: 'crmGroup', key: 'board' }, ruleIdentifier: null });
  });

  test('by an uncertain match says how sure it is', () => {
    const expected = {
      ...account.expected,
      values: { email: { value: 'ada@acme.example', rule: 'email', confidencePercent: 70 } },
      uncertainLinks: { groups: { editors: 60 } },
    };
    expect(valuesOf(modelOf(), { ...account, expected }).map(({ confidencePercent }) => confidencePercent)).toEqual([
      70, 60,
    ]);
  });
});
