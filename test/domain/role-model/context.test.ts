// Contexts: what people hold by what they do, where and when; several positions, gaps, and values below others.
import { describe, expect, test } from '@jest/globals';
import type { Configuration, ContextCriterion, RoleRule } from '../../../src/domain/configuration.js';
import { identitySource } from '../../../src/domain/role-model/context.js';
import { evaluate, inputText } from '../../../src/domain/role-model/evaluate.js';
import type { IdentitySnapshot, PositionRow } from '../../../src/domain/role-model/evaluation.js';
import { plainNavigationRule, plainRoleRule, plainScalarRule, plainTypeRule } from '../definition.js';
import { camille, company, decision, modelOf, today } from './company.js';
import { positionType } from './entity-type.js';

const dimensions: Configuration['dimensions'] = [
  { identifier: 'department', displayName: 'Department', entityType: 'department', parent: 'parent' },
  { identifier: 'site', displayName: 'Site', entityType: null, parent: null },
];
const ofPositions: Configuration['contextRules'][number] = {
  identifier: 'by-position',
  policy: 'p',
  positions: {
    entityType: 'position',
    person: 'person',
    startDate: 'from',
    endDate: 'until',
    exclude: "position.state == 'draft'",
  },
  dimensions: { department: 'position.department', site: 'position.site' },
};
const ofPerson: Configuration['contextRules'][number] = {
  ...ofPositions,
  positions: null,
  dimensions: { department: 'person.department', site: "'lyon'" },
};

const position = (attributes: PositionRow['attributes']): PositionRow => ({
  attributes: { person: 'camille.roy', ...attributes },
  hash: JSON.stringify(attributes),
});
const having = (...positions: readonly PositionRow[]): IdentitySnapshot => ({ ...camille, positions });

const rule = (role: string, context: readonly ContextCriterion[], more: Partial<RoleRule> = {}): RoleRule => ({
  ...plainRoleRule,
  identifier: `${role}-rule`,
  policy: 'p',
  role,
  context,
  ...more,
});
const is = (dimension: string, ...values: readonly string[]): ContextCriterion => ({
  dimension,
  values,
  includesBelow: false,
});
const below = (...values: readonly string[]): ContextCriterion => ({
  dimension: 'department',
  values,
  includesBelow: true,
});

const world = (changes: Partial<Configuration>, contextRule = ofPositions) =>
  modelOf({
    dimensions,
    contextRules: [contextRule],
    entityTypes: [...company.entityTypes, positionType],
    roleRules: [],
    ...changes,
  });

const rolesOf = (snapshot: IdentitySnapshot, model = world({}), day = today): readonly string[] =>
  evaluate(snapshot, model, day).roles.map(({ role }) => role);

describe('a rule with criteria', () => {
  const model = world({ roleRules: [rule('seller', [is('department', 'sales'), is('site', 'lyon', 'paris')])] });

  test('gives the role to whom one context satisfies', () => {
    expect(rolesOf(having(position({ department: 'sales', site: 'paris' })), model)).toEqual(['seller']);
    expect(rolesOf(having(position({ department: 'sales', site: 'rome' })), model)).toEqual([]);
  });

  test('is not satisfied by two positions together', () => {
    const two = [position({ department: 'sales', site: 'rome' }), position({ department: 'legal', site: 'lyon' })];
    expect(rolesOf(having(...two), model)).toEqual([]);
  });

  test('reads the condition in the same context', () => {
    const conditional = world({
      roleRules: [rule('seller', [is('department', 'sales')], { when: "context.site == 'lyon'" })],
    });
    const two = [position({ department: 'sales', site: 'rome' }), position({ department: 'legal', site: 'lyon' })];
    expect(rolesOf(having(...two), conditional)).toEqual([]);
    expect(rolesOf(having(...two, position({ department: 'sales', site: 'lyon' })), conditional)).toEqual(['seller']);
  });

  test('takes the person itself for its only position where there are none', () => {
    expect(rolesOf(camille, world({ roleRules: [rule('seller', [is('department', 'sales')])] }, ofPerson))).toEqual([
      'seller',
    ]);
  });

  test('denies in a context as it gives in one', () => {
    const denied = world({
      roleRules: [
        rule('seller', [], { priority: 10 }),
        rule('seller', [is('site', 'rome')], { identifier: 'not-in-rome', isDenied: true, priority: 5 }),
      ],
    });
    expect(rolesOf(having(position({ site: 'rome' })), denied)).toEqual([]);
    expect(rolesOf(having(position({ site: 'lyon' })), denied)).toEqual(['seller']);
  });
});

describe('positions', () => {
  const model = world({
    roleRules: [rule('seller', [is('department', 'sales')]), rule('plain', [is('department', 'legal')])],
  });
  const sales = (from: string | null, until: string | null) => position({ department: 'sales', from, until });
  const legal = (from: string | null, until: string | null) => position({ department: 'legal', from, until });

  test('count within their days, the last one included', () => {
    const mover = having(sales(null, '2031-05-15'), legal('2031-05-16', null));
    expect(rolesOf(mover, model, '2031-05-15')).toEqual(['seller']);
    expect(rolesOf(mover, model, '2031-05-16')).toEqual(['plain']);
  });

  test('overlap: both give', () => {
    const mover = having(sales(null, '2031-05-31'), legal('2031-05-01', null));
    expect(rolesOf(mover, model)).toEqual(['plain', 'seller']);
  });

  test('leave a gap in which nothing is given by them, but rules about the person still are', () => {
    const gap = having(sales(null, '2031-05-10'), legal('2031-05-20', null));
    expect(rolesOf(gap, model)).toEqual([]);
    expect(rolesOf(gap, world({ roleRules: [rule('seller', [])] }))).toEqual(['seller']);
  });

  test('end with the person', () => {
    const leaver = { ...having(sales(null, null)), attributes: { ...camille.attributes, endDate: '2031-05-14' } };
    expect(rolesOf(leaver, model)).toEqual([]);
  });

  test('that are drafts are left out', () => {
    expect(rolesOf(having(position({ department: 'sales', state: 'draft' })), model)).toEqual([]);
  });

  test('name the day of the next change', () => {
    const due = (snapshot: IdentitySnapshot) => evaluate(snapshot, model, today).nextDueOn;
    expect(due(having(sales(null, '2031-05-20'), legal('2031-06-01', null)))).toBe('2031-05-21');
    expect(due(having(legal('2031-06-01', null)))).toBe('2031-06-01');
  });

  test('are part of what was computed from', () => {
    const text = (snapshot: IdentitySnapshot) => inputText(snapshot, 'within', 'hash', model, today);
    expect(text(having(sales(null, null)))).not.toBe(text(having(legal(null, null))));
    expect(inputText(camille, 'within', 'hash', modelOf(), today)).toBe('1:hash');
  });
});

describe('values below others', () => {
  const model = world({ roleRules: [rule('seller', [below('emea')])] });
  const hierarchies = new Map([
    [
      'department',
      new Map([
        ['sales', 'france'],
        ['france', 'emea'],
        ['emea', null],
        ['odd', 'even'],
        ['even', 'odd'],
      ]),
    ],
  ]);
  const inDepartment = (department: string) => ({ ...having(position({ department })), hierarchies });

  test.each([
    ['the value itself', 'emea', ['seller']],
    ['two levels below', 'sales', ['seller']],
    ['somewhere else', 'apac', []],
    ['in a circle that a source may hold', 'odd', []],
  ])('%s', (_name, department, expected) => {
    expect(rolesOf(inDepartment(department), model)).toEqual(expected);
  });

  test('are read only for dimensions that some rule asks about so', () => {
    expect(identitySource(model).hierarchies).toEqual([
      {
        dimension: 'department',
        entityType: 'department',
        parent: 'parent',
        from: { row: 'position', property: 'department' },
      },
    ]);
    expect(identitySource(world({ roleRules: [rule('seller', [is('department', 'emea')])] })).hierarchies).toEqual([]);
  });
});

describe('accounts', () => {
  const about = { policy: 'p', resourceType: 'crm-account' };
  const model = world({
    typeRules: [
      { ...plainTypeRule, ...about, identifier: 'account', context: [is('department', 'sales')] },
      { ...plainTypeRule, ...about, identifier: 'no-account', context: [is('site', 'moon')], isDenied: true },
    ],
    scalarRules: [{ ...plainScalarRule, ...about, identifier: 'title', property: 'title', value: 'context.site' }],
    navigationRules: [
      { ...plainNavigationRule, ...about, identifier: 'group', property: 'groups', target: 'team' },
      {
        ...plainNavigationRule,
        ...about,
        identifier: 'no-group',
        property: 'groups',
        target: 'team',
        context: [is('site', 'rome')],
        isDenied: true,
      },
    ],
  });
  const accounts = (...positions: readonly PositionRow[]) => evaluate(having(...positions), model, today).accounts;
  const sales = (site: string) => position({ department: 'sales', site });

  test('take a value from the context that began first', () => {
    const first = position({ department: 'sales', site: 'paris', from: '2031-01-01' });
    const second = position({ department: 'legal', site: 'lyon', from: '2031-02-01' });
    expect(accounts(second, first)).toMatchObject([{ values: { title: { value: 'paris', rule: 'title' } } }]);
  });

  test('are kept from whom a rule denies them', () => {
    expect(accounts(sales('lyon'))).toHaveLength(1);
    expect(accounts(sales('lyon'), position({ site: 'moon' }))).toEqual([]);
  });

  test('have no link that a rule denies', () => {
    expect(accounts(sales('lyon'))).toMatchObject([{ links: { groups: { team: 'group' } } }]);
    expect(accounts(sales('rome'))).toMatchObject([{ links: {} }]);
  });

  test('fail where a context cannot be made, with the rule that asked for it', () => {
    const failing = { ...ofPositions, dimensions: { department: 'fail', site: 'position.site' } };
    const broken = evaluate(having(sales('lyon')), world({ typeRules: model.configuration.typeRules }, failing), today);
    expect(broken.accounts).toMatchObject([{ kind: 'failed', failure: { rule: 'no-account' } }]);
  });
});

describe('parameters', () => {
  const about = { policy: 'p', resourceType: 'crm-account', role: 'seller' };
  const model = world({
    roleRules: [rule('seller', [is('department', 'sales')], { parameters: { site: 'context.site' } })],
    typeRules: [{ ...plainTypeRule, ...about, identifier: 'account' }],
    scalarRules: [{ ...plainScalarRule, ...about, identifier: 'title', property: 'title', value: 'parameters.site' }],
  });
  const title = (snapshot: IdentitySnapshot) => evaluate(snapshot, model, today).accounts;

  test('come from the context in which the rule gives the role', () => {
    const two = having(
      position({ department: 'legal', site: 'rome' }),
      position({ department: 'sales', site: 'lyon' }),
    );
    expect(title(two)).toMatchObject([{ values: { title: { value: 'lyon' } } }]);
  });

  test('are rather those that were asked for', () => {
    const asked = {
      ...having(position({ department: 'sales', site: 'lyon' })),
      decisions: [decision('seller', { parameters: { site: 'nice' } })],
    };
    expect(title(asked)).toMatchObject([{ values: { title: { value: 'nice' } } }]);
  });
});
