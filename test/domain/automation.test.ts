// Which automation rule decides: the most specific one, and of two equals the one that declines.
import { expect, test } from '@jest/globals';
import { automationOfRole, automationOfType } from '../../src/domain/automation.js';
import type { AutomationRule } from '../../src/domain/configuration.js';

const rule = (
  kind: AutomationRule['target']['kind'],
  identifier: string,
  decision: AutomationRule['decision'] = 'APPROVE',
  changes: Partial<AutomationRule> = {},
): AutomationRule => ({
  identifier: `${kind}-${identifier}-${decision}`,
  policy: 'default',
  target: { kind, identifier },
  workflowState: 'PENDING_APPROVAL',
  afterHours: 24,
  decision,
  ...changes,
});
const category = (identifier: string, parent: string | null) => ({
  identifier,
  displayName: identifier,
  parent,
  officers: [],
});
const categories = [category('finance', null), category('payments', 'finance'), category('circle', 'circle')];
const role = { identifier: 'payer', category: 'payments', policy: 'default' };
const chosen = (rules: readonly AutomationRule[], about: Partial<typeof role> = {}) =>
  automationOfRole({ automationRules: rules, categories }, 'PENDING_APPROVAL', { ...role, ...about })?.identifier ??
  null;

test.each([
  ['the role before its category', [rule('category', 'payments'), rule('role', 'payer')], 'role-payer-APPROVE'],
  ['the nearer category', [rule('category', 'finance'), rule('category', 'payments')], 'category-payments-APPROVE'],
  [
    'a category before the policy',
    [rule('policy', 'default'), rule('category', 'finance')],
    'category-finance-APPROVE',
  ],
  [
    'of two equals the one that declines',
    [rule('role', 'payer'), rule('role', 'payer', 'DECLINE')],
    'role-payer-DECLINE',
  ],
  [
    'nothing of another role, state or kind',
    [
      rule('role', 'other'),
      rule('resourceType', 'payer'),
      rule('role', 'payer', 'APPROVE', { workflowState: 'PROLONGED' }),
    ],
    null,
  ],
])('%s', (_name, rules, expected) => {
  expect(chosen(rules)).toBe(expected);
});

test('a circle of categories ends', () => {
  expect(chosen([rule('policy', 'default')], { category: 'circle' })).toBe('policy-default-APPROVE');
});

test('accounts are decided by rules of their type, then of their policy', () => {
  const automationRules = [rule('policy', 'default'), rule('resourceType', 'ad', 'DECLINE')];
  const of = (identifier: string) =>
    automationOfType({ automationRules }, 'PENDING_APPROVAL', { identifier, policy: 'default' })?.identifier;
  expect([of('ad'), of('mail')]).toEqual(['resourceType-ad-DECLINE', 'policy-default-APPROVE']);
});
