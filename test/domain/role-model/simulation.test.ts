// Simulated policies: what they would do is in the model of plans, and not in the one in force.
import { expect, test } from '@jest/globals';
import { evaluate } from '../../../src/domain/role-model/evaluate.js';
import { plainRoleRule, plainTypeRule } from '../definition.js';
import { camille, company, modelOf, role, today } from './company.js';

const policies = [
  { identifier: 'p', displayName: 'Real', isSimulated: false },
  { identifier: 'trial', displayName: 'Trial', isSimulated: true },
];
const trial = { policy: 'trial' };
const model = modelOf({
  policies,
  singleRoles: [...company.singleRoles, { ...role('tester'), ...trial }],
  compositeRoles: company.compositeRoles.map((each) => ({ ...each, singleRoles: [...each.singleRoles, 'tester'] })),
  roleRules: [
    ...company.roleRules,
    { ...plainRoleRule, ...trial, identifier: 'trial-editors', role: 'editor' },
    { ...plainRoleRule, policy: 'p', identifier: 'testers', role: 'tester' },
  ],
  typeRules: [
    ...company.typeRules,
    { ...plainTypeRule, ...trial, identifier: 'no-account', resourceType: 'crm-account', isDenied: true },
  ],
});
const held = (one = model) => evaluate(camille, one, today).roles.map((each) => each.role);

test('a simulated rule gives nothing, nor does any rule give a role of a simulated policy', () => {
  expect(held()).toEqual(['seller']);
  expect(evaluate(camille, model, today).accounts).toHaveLength(1);
  expect(model.singleRolesOf.get('lead')).not.toContain('tester');
});

test('plans are computed with what is simulated', () => {
  expect(model.simulation === null ? null : held(model.simulation)).toEqual(['editor', 'seller', 'tester']);
  expect(model.simulation === null ? null : evaluate(camille, model.simulation, today).accounts).toEqual([]);
});

test('a simulated rule can be named, and a simulated role cannot be asked for', () => {
  expect(model.ruleText.has('trial-editors')).toBe(true);
  expect(model.roles.get('tester')?.isRequestable).toBe(false);
});

test('control: without a simulated policy there is one model', () => {
  expect(modelOf({ policies: policies.slice(0, 1) }).simulation).toBeNull();
});
