// What the model expects of one identity: roles with their reasons, accounts with the rule of each value.
import { describe, expect, test } from '@jest/globals';
import { evaluate } from '../../../src/domain/role-model/evaluate.js';
import type { IdentitySnapshot } from '../../../src/domain/role-model/evaluation.js';
import { camille, company, decision, modelOf, today } from './company.js';

const rolesOf = (snapshot: IdentitySnapshot, model = modelOf(), day = today) =>
  evaluate(snapshot, model, day).roles.map(({ role, reason }) => `${role} ${reason.kind}:${reason.cause}`);

const withRoleRules = (
  ...rules: readonly { role: string; isDenied?: boolean; priority?: number; when?: string | null; identifier: string }[]
) =>
  modelOf({
    roleRules: rules.map((rule) => ({
      policy: 'p',
      isDenied: false,
      priority: 10,
      gives: 'REQUIRED',
      parameters: {},
      context: [],
      when: null,
      ...rule,
    })),
  });

describe('roles', () => {
  test('follow from the attributes of the person', () => {
    expect(rolesOf(camille)).toEqual(['seller rule:sales-sell']);
    expect(rolesOf({ ...camille, attributes: { ...camille.attributes, department: 'legal' } })).toEqual([]);
  });

  test('are held for every rule that gives them', () => {
    const model = withRoleRules({ identifier: 'a', role: 'seller' }, { identifier: 'b', role: 'seller', priority: 20 });
    expect(rolesOf(camille, model)).toEqual(['seller rule:a', 'seller rule:b']);
  });

  test.each([
    ['deny beats allow at equal priority', 10, 10, []],
    ['an allow of a lower priority number beats a deny', 5, 10, ['seller rule:allow']],
    ['a deny of a lower priority number beats an allow', 10, 5, []],
  ])('%s', (_, allow, deny, expected) => {
    const model = withRoleRules(
      { identifier: 'allow', role: 'seller', priority: allow },
      { identifier: 'deny', role: 'seller', isDenied: true, priority: deny },
    );
    expect(rolesOf(camille, model)).toEqual(expected);
  });

  test('a composite role gives its single roles', () => {
    const model = withRoleRules({ identifier: 'leads', role: 'lead' });
    expect(rolesOf(camille, model)).toEqual(['editor role:lead', 'lead rule:leads', 'viewer role:lead']);
  });

  test('a rule can keep a single role out of a composite one', () => {
    const model = withRoleRules(
      { identifier: 'leads', role: 'lead' },
      { identifier: 'no-editor', role: 'editor', isDenied: true },
    );
    expect(rolesOf(camille, model)).toEqual(['lead rule:leads', 'viewer role:lead']);
  });

  test('rules of single roles see composite roles held, whatever the order of the rules', () => {
    const rules = [
      { identifier: 'plain-of-lead', role: 'plain', when: "'lead' in roles", priority: 1 },
      { identifier: 'leads', role: 'lead', priority: 99 },
    ];
    expect(rolesOf(camille, withRoleRules(...rules))).toContain('plain rule:plain-of-lead');
    expect(rolesOf(camille, withRoleRules(...rules.toReversed()))).toContain('plain rule:plain-of-lead');
  });

  test.each([
    ['approved without dates', {}, true],
    ['approved from today', { startDate: today }, true],
    ['approved from tomorrow', { startDate: '2031-05-16' }, false],
    ['approved until today', { endDate: today }, true],
    ['approved until yesterday', { endDate: '2031-05-14' }, false],
    ['not decided yet', { workflowState: 'PENDING_APPROVAL' as const }, false],
    ['being taken away', { workflowState: 'CANCELLATION' as const }, false],
  ])('a role %s is held: %s', (_, row, isHeld) => {
    const held = rolesOf({ ...camille, decisions: [decision('editor', row)] });
    expect(held.includes('editor request:item-editor')).toBe(isHeld);
  });

  test('a person can be denied what a rule or a composite role gives', () => {
    const model = withRoleRules({ identifier: 'leads', role: 'lead' }, { identifier: 'sell', role: 'seller' });
    const denied = ['seller', 'editor'].map((role) => decision(role, { workflowState: 'DECLINED', isDenied: true }));
    expect(rolesOf({ ...camille, decisions: denied }, model)).toEqual(['lead rule:leads', 'viewer role:lead']);
  });

  test('a person can be approved what a rule denies', () => {
    const model = withRoleRules({ identifier: 'no', role: 'editor', isDenied: true });
    expect(rolesOf({ ...camille, decisions: [decision('editor')] }, model)).toEqual(['editor request:item-editor']);
  });

  test('a declined request does not stop a rule', () => {
    expect(rolesOf({ ...camille, decisions: [decision('seller', { workflowState: 'DECLINED' })] })).toEqual([
      'seller rule:sales-sell',
    ]);
  });

  test('a role the configuration no longer has is not held', () => {
    expect(rolesOf({ ...camille, decisions: [decision('vanished')] })).toEqual(['seller rule:sales-sell']);
  });
});

describe('periods', () => {
  test.each([
    ['the first day', { startDate: today }, 'within'],
    ['the day before the first', { startDate: '2031-05-16' }, 'before'],
    ['the last day', { endDate: today }, 'within'],
    ['the day after the last', { endDate: '2031-05-14' }, 'after'],
  ])('%s: %o is %s', (_, dates, position) => {
    const result = evaluate({ ...camille, attributes: { ...camille.attributes, ...dates } }, modelOf(), today);
    expect(result.position).toBe(position);
    expect(result.roles.length > 0 && result.accounts.length > 0).toBe(position === 'within');
  });

  test('an identity its source no longer lists is due nothing', () => {
    expect(evaluate({ ...camille, isRemoved: true }, modelOf(), today)).toMatchObject({
      position: 'after',
      roles: [],
      accounts: [],
    });
  });

  test.each([
    ['nothing to come', {}, [], null],
    ['the first day', { startDate: '2031-06-01' }, [], '2031-06-01'],
    ['the day after the last', { endDate: '2031-05-31' }, [], '2031-06-01'],
    [
      'a role that begins sooner',
      { endDate: '2031-05-31' },
      [decision('editor', { startDate: '2031-05-20' })],
      '2031-05-20',
    ],
    ['a role that ends sooner', { endDate: '2031-05-31' }, [decision('editor', { endDate: today })], '2031-05-16'],
    [
      'not what was never approved',
      {},
      [decision('editor', { startDate: '2031-05-20', workflowState: 'DECLINED' })],
      null,
    ],
    ['no day at all', { endDate: 'unknown' }, [], null],
  ])('the next date is %s', (_, dates, decisions, nextDueOn) => {
    expect(
      evaluate({ ...camille, decisions, attributes: { ...camille.attributes, ...dates } }, modelOf(), today).nextDueOn,
    ).toBe(nextDueOn);
  });
});

describe('accounts', () => {
  test('hold every value with the rule that gave it', () => {
    const result = evaluate({ ...camille, decisions: [decision('editor')] }, modelOf(), today);
    expect(result.accounts).toEqual([
      {
        kind: 'due',
        resourceType: 'crm-account',
        rule: 'account-for-sellers',
        role: 'seller',
        values: {
          email: { value: 'camille@acme.example', rule: 'email' },
          title: { value: 'editor', rule: 'title-editor' },
        },
        links: { groups: { editors: 'editors' } },
      },
    ]);
  });

  test('the value rule with the lowest priority number that applies wins', () => {
    const title = { policy: 'p', resourceType: 'crm-account', property: 'title', role: null };
    const model = modelOf({
      scalarRules: [
        {
          ...title,
          identifier: 'last',
          value: "'last'",
          when: null,
          priority: 30,
          timeOffset: null,
          isMapped: true,
          comparison: 'EXACT',
          uniqueness: null,
          context: [],
        },
        {
          ...title,
          identifier: 'other',
          value: "'other'",
          when: "person.department == 'legal'",
          priority: 10,
          timeOffset: null,
          isMapped: true,
          comparison: 'EXACT',
          uniqueness: null,
          context: [],
        },
        {
          ...title,
          identifier: 'first',
          value: "'first'",
          when: null,
          priority: 20,
          timeOffset: null,
          isMapped: true,
          comparison: 'EXACT',
          uniqueness: null,
          context: [],
        },
      ],
    });
    expect(evaluate(camille, model, today).accounts).toMatchObject([
      { values: { title: { value: 'first', rule: 'first' } } },
    ]);
  });

  test('an empty text is no value', () => {
    const snapshot = { ...camille, attributes: { ...camille.attributes, email: null } };
    expect(evaluate(snapshot, modelOf(), today).accounts).toMatchObject([{ values: { email: { value: null } } }]);
  });

  test('an expression that fails makes only its own account fail, with rule and reason', () => {
    const broken = {
      policy: 'p',
      when: null,
      resourceType: 'crm-account',
      property: 'title',
      role: null,
      identifier: 'broken',
      value: 'fail',
      priority: 1,
      timeOffset: null,
      isMapped: true,
      comparison: 'EXACT' as const,
      uniqueness: null,
      context: [],
    };
    const other = {
      ...company.resourceTypes[0],
      identifier: 'other-account',
    } as (typeof company.resourceTypes)[number];
    const model = modelOf({
      resourceTypes: [...company.resourceTypes, other],
      scalarRules: [broken],
      typeRules: [
        ...company.typeRules,
        {
          policy: 'p',
          when: null,
          identifier: 'other',
          resourceType: 'other-account',
          role: null,
          isDenied: false,
          timeOffset: null,
          context: [],
        },
      ],
    });
    const result = evaluate(camille, model, today);
    expect(result.accounts).toMatchObject([
      {
        kind: 'failed',
        resourceType: 'crm-account',
        failure: { rule: 'broken', message: 'The expression «fail» failed: it always does.' },
      },
      { kind: 'due', resourceType: 'other-account' },
    ]);
  });

  test('a role rule that fails neither gives nor takes, and its accounts wait', () => {
    const model = withRoleRules({ identifier: 'broken', role: 'seller', when: 'fail' });
    const before = [{ role: 'seller', reason: { kind: 'rule' as const, cause: 'broken' } }];
    expect(rolesOf({ ...camille, storedRoles: before }, model)).toEqual(['seller rule:broken']);
    expect(rolesOf(camille, model)).toEqual([]);
    expect(evaluate(camille, model, today)).toMatchObject({
      failures: [{ rule: 'broken' }],
      accounts: [{ kind: 'failed', resourceType: 'crm-account' }],
    });
  });

  test('remembered answers are those of the value asked for', () => {
    const model = modelOf();
    const departments = ['sales', 'legal', 'sales', 'finance'];
    const held = departments.map(
      (department) => rolesOf({ ...camille, attributes: { ...camille.attributes, department } }, model).length,
    );
    expect(held).toEqual([1, 0, 1, 0]);
  });
});
