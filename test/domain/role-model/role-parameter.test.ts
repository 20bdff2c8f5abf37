// Roles with parameters: who gives them, which rules see them, and what becomes of a role that misses one it needs.
import { describe, expect, test } from '@jest/globals';
import type { Configuration, ParameterDefinition } from '../../../src/domain/configuration.js';
import type { RoleRule } from '../../../src/domain/rule-definition.js';
import { evaluate } from '../../../src/domain/role-model/evaluate.js';
import { shownRole } from '../../../src/domain/role-model/role-state.js';
import { plainRoleRule, plainScalarRule, plainTypeRule } from '../definition.js';
import { camille, company, decision, modelOf, role, today } from './company.js';

const site: ParameterDefinition = { identifier: 'site', displayName: 'Site', dimension: null, isRequired: true };
const policy = 'p';
const rule = (identifier: string, priority: number, value: string | null): RoleRule => ({
  ...plainRoleRule,
  policy,
  identifier,
  role: 'door',
  priority,
  parameters: value === null ? {} : { site: `'${value}'` },
});

const withDoor = (changes: Partial<Configuration> = {}) =>
  modelOf({
    singleRoles: [...company.singleRoles, { ...role('door'), parameters: [site] }],
    roleRules: [],
    typeRules: [{ ...plainTypeRule, policy, identifier: 'card', resourceType: 'crm-account', role: 'door' }],
    scalarRules: [
      {
        ...plainScalarRule,
        policy,
        identifier: 'site',
        resourceType: 'crm-account',
        property: 'title',
        role: 'door',
        value: 'parameters.site',
      },
    ],
    navigationRules: [],
    ...changes,
  });

const siteOf = (
  model: ReturnType<typeof withDoor>,
  decisions: Parameters<typeof decision>[1] | null = null,
): unknown => {
  const snapshot = { ...camille, decisions: decisions === null ? [] : [decision('door', decisions)] };
  const [account] = evaluate(snapshot, model, today).accounts;
  return account?.kind === 'due' ? account.values['title']?.value : (account?.kind ?? 'none');
};

describe('a parametrised role', () => {
  test('has the parameters of the rule that gives it, of several the one with the lowest priority number', () => {
    expect(siteOf(withDoor({ roleRules: [rule('second', 20, 'lyon'), rule('first', 10, 'paris')] }))).toBe('paris');
  });

  test('has the parameters that were asked for, whatever rules say', () => {
    const model = withDoor({ roleRules: [rule('first', 10, 'paris')] });
    expect(siteOf(model, { parameters: { site: 'nice' } })).toBe('nice');
  });

  test('takes them from the composite role that gives it', () => {
    const bundle = { ...role('bundle'), singleRoles: ['door'], parameters: [site] };
    const model = withDoor({
      compositeRoles: [bundle],
      roleRules: [{ ...rule('bundled', 10, 'metz'), role: 'bundle' }],
    });
    expect(siteOf(model)).toBe('metz');
  });

  test.each([
    ['CALCULATED_MISSING_PARAMETERS', [rule('first', 10, null)], null],
    ['CALCULATED_MISSING_PARAMETERS', [rule('empty', 10, '')], null],
    ['REQUESTED_MISSING_PARAMETERS', [], { parameters: null }],
  ] as const)(
    'is %s, without the effects that need it, where one that is required is missing',
    (state, roleRules, row) => {
      const model = withDoor({ roleRules });
      const decisions = row === null ? [] : [decision('door', row)];
      const { roles, accounts } = evaluate({ ...camille, decisions }, model, today);
      // Who asked for the role before it needed the parameter keeps what does not read it.
      expect(accounts).toMatchObject(row === null ? [] : [{ kind: 'due', values: {} }]);
      expect(accounts.flatMap((account) => (account.kind === 'due' ? Object.keys(account.values) : []))).toEqual([]);
      expect(roles.map(({ reason }) => reason.kind)).toContain('missing');
      const shown = shownRole({
        row: row === null ? null : 'APPROVED',
        reasons: roles.map(({ reason }) => reason),
        pending: [],
        hasEffects: true,
      });
      expect(shown).toEqual({ workflowState: state, provisioningState: 'NONE' });
    },
  );

  test('needs none that is not required: the control', () => {
    const singleRoles = [...company.singleRoles, { ...role('door'), parameters: [{ ...site, isRequired: false }] }];
    expect(siteOf(withDoor({ singleRoles, roleRules: [rule('first', 10, null)] }))).not.toBe('none');
  });

  test('is not looked at for parameters that nobody was ever asked for', () => {
    const { roles } = evaluate(
      { ...camille, decisions: [decision('door', { workflowState: 'NON_CONFORMING' })] },
      withDoor(),
      today,
    );
    expect(roles).toEqual([{ role: 'door', reason: { kind: 'found', cause: 'door' } }]);
  });
});
