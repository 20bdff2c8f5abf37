// Compiling a configuration: what stands in which group and order, and what a rule is called.
import { describe, expect, it } from '@jest/globals';
import type { Configuration, PropertyType, RoleRule, SingleRoleDefinition } from '../../../src/domain/configuration.js';
import { compileModel } from '../../../src/domain/role-model/compile.js';
import { expressionsOf } from '../../../src/domain/role-model/configured-expression.js';
import type { ExpressionCompiler } from '../../../src/domain/role-model/expression.js';

const property = (identifier: string, type: PropertyType, isMultivalued = false) => ({
  identifier,
  displayName: identifier,
  attribute: identifier,
  type,
  references: null,
  isMultivalued,
  isSecret: false,
});
const role = (identifier: string): SingleRoleDefinition => ({
  identifier,
  displayName: `Role ${identifier}`,
  description: null,
  category: null,
  policy: 'main',
  owner: null,
  isRequestable: false,
  isPrivileged: false,
  approvalWorkflow: 'NONE',
  approvers: [],
  maxDurationDays: null,
  parameters: [],
  gracePeriodDays: 0,
  prolongationWithoutApproval: false,
  implicitApproval: false,
  approvalDays: null,
});
const roleRule = (identifier: string, name: string, more: Partial<RoleRule> = {}): RoleRule => ({
  identifier,
  policy: 'main',
  when: null,
  role: name,
  isDenied: false,
  priority: 100,
  gives: 'REQUIRED',
  parameters: {},
  context: [],
  ...more,
});
const mapping = {
  firstName: null,
  lastName: null,
  email: null,
  jobTitle: null,
  kind: null,
  startDate: null,
  endDate: null,
  department: null,
  manager: null,
  timeZone: null,
  samePersonAs: null,
};
const entityType = {
  connector: 'c',
  connection: 'c',
  objectType: 'o',
  key: 'id',
  displayProperty: 'id',
  lastUsedProperty: null,
  identity: null,
};

const configuration: Configuration = {
  connectors: [],
  connections: [],
  entityTypes: [
    {
      ...entityType,
      identifier: 'person',
      displayName: 'Person',
      properties: [property('id', 'string')],
      lastUsedProperty: null,
      identity: mapping,
    },
    {
      ...entityType,
      identifier: 'account',
      displayName: 'Account',
      properties: [property('id', 'string'), property('level', 'number'), property('groups', 'string', true)],
    },
  ],
  policies: [],
  dimensions: [],
  contextRules: [],
  queryRules: [],
  classificationRules: [],
  automationRules: [],
  risks: [],
  categories: [],
  singleRoles: [role('reader'), role('editor'), role('badge')],
  compositeRoles: [{ ...role('team'), singleRoles: ['reader', 'badge'] }],
  resourceTypes: [
    {
      identifier: 'crm',
      displayName: 'CRM account',
      sourceEntityType: 'person',
      targetEntityType: 'account',
      policy: 'main',
      connection: 'c',
      blockProvisioning: false,
      allowAdd: true,
      allowUpdate: true,
      allowRemove: true,
      key: 'person.id',
      dependsOn: [],
      dependsOnOwnerProperties: [],
      onRemove: { kind: 'DELETE' },
      removeOrphans: false,
      discardManualAssignments: true,
      fulfillHoursAheadOfTime: 0,
      transmittedStateValidityHours: 48,
      correlateMultipleResources: false,
      suggestAllCorrelations: false,
      isKeyUnique: false,
      unusedAfterDays: null,
      thresholds: { percent: 30, percentFloor: 5, absolute: null },
    },
  ],
  roleRules: [
    roleRule('r-late', 'reader'),
    roleRule('r-given', 'editor', { priority: 5, when: 'person.id == "x"' }),
    roleRule('r-denied', 'editor', { priority: 5, isDenied: true }),
    roleRule('r-team', 'team', { priority: 900 }),
  ],
  typeRules: [
    {
      identifier: 't',
      policy: 'main',
      when: null,
      resourceType: 'crm',
      role: 'reader',
      isDenied: false,
      timeOffset: null,
      context: [],
    },
  ],
  scalarRules: [
    {
      identifier: 's-low',
      policy: 'main',
      when: null,
      resourceType: 'crm',
      property: 'level',
      role: null,
      value: '1',
      priority: 100,
      timeOffset: null,
      isMapped: true,
      comparison: 'EXACT',
      uniqueness: null,
      context: [],
    },
    {
      identifier: 's-high',
      policy: 'main',
      when: null,
      resourceType: 'crm',
      property: 'level',
      role: 'editor',
      value: '2',
      priority: 1,
      timeOffset: null,
      isMapped: true,
      comparison: 'EXACT',
      uniqueness: null,
      context: [],
    },
  ],
  navigationRules: [
    {
      identifier: 'n',
      policy: 'main',
      when: 'person.id != ""',
      resourceType: 'crm',
      property: 'groups',
      role: 'editor',
      target: 'editors',
      isDenied: false,
      timeOffset: null,
      context: [],
    },
  ],
  correlationRules: [
    {
      identifier: 'c',
      policy: 'main',
      resourceType: 'crm',
      source: 'person.id',
      target: 'resource.id',
      confidencePercent: 100,
    },
  ],
  jobs: [],
  profiles: [],
  serviceAccounts: [],
};

/** Stands for the language: an expression reads `id` and answers its own text. */
const compile: ExpressionCompiler = ({ text }) => ({
  ok: true,
  expression: { text, reads: ['id'], variables: new Set(['person']), evaluate: () => text },
});
const model = compileModel(7, configuration, compile);

describe('a compiled model', () => {
  it('has its role rules in order of evaluation: composites, priority, denials first', () => {
    expect(model.roleRules.map((rule) => rule.identifier)).toEqual(['r-team', 'r-denied', 'r-given', 'r-late']);
  });

  it('keeps the condition of a rule compiled, and none as null', () => {
    expect(model.roleRules.map((rule) => rule.condition?.text ?? null)).toEqual([null, null, 'person.id == "x"', null]);
  });

  it('has the values of a property with the lowest priority number first', () => {
    expect(
      model.resourceTypes
        .get('crm')
        ?.scalarRules.get('level')
        ?.map((rule) => rule.valueExpression.text),
    ).toEqual(['2', '1']);
  });

  it('knows the effects of a role, those of a composite from its parts, and none for a role without rules', () => {
    expect([...model.effectsOf]).toEqual([
      ['reader', ['crm']],
      ['editor', ['crm']],
      ['team', ['crm']],
    ]);
  });

  it('knows all roles, and what a composite consists of', () => {
    expect([...model.roles.keys()]).toEqual(['reader', 'editor', 'badge', 'team']);
    expect(model.singleRolesOf.get('team')).toEqual(['reader', 'badge']);
  });

  it.each([
    ['r-late', 'SINGLE_ROLE', 'ALWAYS role Role reader'],
    ['r-denied', 'SINGLE_ROLE', 'ALWAYS never role Role editor'],
    ['r-given', 'SINGLE_ROLE', 'IF person.id == "x" THEN role Role editor'],
    ['r-team', 'COMPOSITE_ROLE', 'ALWAYS role Role team'],
    ['t', 'RESOURCE_TYPE', 'IF holder of Role reader THEN account CRM account'],
    ['s-low', 'SCALAR', 'ALWAYS level of CRM account = 1'],
    ['n', 'NAVIGATION', 'IF holder of Role editor AND person.id != "" THEN groups of CRM account has editors'],
    ['c', 'RESOURCE_CORRELATION', 'IF resource.id = person.id THEN CRM account belongs to the person (100 %)'],
  ])('says rule %s in words', (identifier, kind, summary) => {
    expect(model.ruleText.get(identifier)).toMatchObject({ kind, summary });
  });

  it('asks each expression for the result its place needs', () => {
    const asked = expressionsOf(configuration).map(({ path, request }) => [
      path.join('.'),
      request.subject,
      request.expected,
    ]);
    expect(asked).toEqual([
      ['roleRules.1.when', 'person', 'boolean'],
      ['navigationRules.0.when', 'person', 'boolean'],
      ['resourceTypes.0.key', 'person', 'string'],
      ['scalarRules.0.value', 'person', 'number'],
      ['scalarRules.1.value', 'person', 'number'],
      ['correlationRules.0.source', 'person', 'string'],
      ['correlationRules.0.target', 'resource', 'string'],
    ]);
  });

  it('is refused as a fault when an expression cannot be compiled after all', () => {
    const broken: ExpressionCompiler = () => ({
      ok: false,
      problem: { message: 'no such thing', hint: '', offset: 0 },
    });
    expect(() => compileModel(1, configuration, broken)).toThrow('roleRules.1.when: no such thing');
  });
});
