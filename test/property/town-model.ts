// The rules of a town that uses everything the role model knows, in variants that a change of the configuration goes between.
import { celCompiler } from '../../src/adapters/expression.js';
import type {
  Configuration,
  EntityTypeDefinition,
  ResourceTypeDefinition,
  RoleRule,
  ScalarRule,
} from '../../src/domain/configuration.js';
import { compileModel } from '../../src/domain/role-model/compile.js';
import type { CompiledModel } from '../../src/domain/role-model/model.js';
import {
  plainNavigationRule,
  plainQueryRule,
  plainResourceType,
  plainRoleRule,
  plainScalarRule,
  plainTypeRule,
} from '../domain/definition.js';
import { company, crmType, role } from '../domain/role-model/company.js';
import { departmentType, entityType, positionType, property } from '../domain/role-model/entity-type.js';
import { system } from '../steps/value-world.js';

const policy = 'p';

const entityTypes: readonly EntityTypeDefinition[] = [
  ...company.entityTypes.map((type) =>
    type.identifier === 'person'
      ? { ...type, properties: [...type.properties, property('last')] }
      : {
          ...type,
          properties: [...type.properties, property('nick'), property('office', { references: 'crmGroup' })],
        },
  ),
  positionType,
  departmentType,
  entityType(
    'crmGroup',
    'name',
    ['name', 'department'].map((name) => property(name)),
  ),
  entityType('badge', 'login', [
    property('login'),
    property('email'),
    property('owner'),
    property('active', { type: 'boolean' }),
  ]),
];

const badgeType: ResourceTypeDefinition = {
  ...plainResourceType,
  identifier: 'badge',
  displayName: 'Badge',
  sourceEntityType: 'person',
  targetEntityType: 'badge',
  policy,
  connection: 'crm',
  key: '"b-" + person.login',
  onRemove: { kind: 'DISABLE', property: 'active', disabledValue: false, enabledValue: true, deleteAfterDays: 3 },
  discardManualAssignments: false,
  correlateMultipleResources: true,
};

const rule = (identifier: string, of: string, more: Partial<RoleRule>): RoleRule => ({
  ...plainRoleRule,
  policy,
  identifier,
  role: of,
  ...more,
});
const below = { dimension: 'department', values: ['emea'], includesBelow: true };
const at = (...values: readonly string[]) => ({ dimension: 'site', values, includesBelow: false });

const roleRules: readonly RoleRule[] = [
  rule('below-emea', 'seller', { context: [below] }),
  rule('sales-sell', 'seller', { when: 'person.department == "sales"' }),
  rule('not-in-paris', 'seller', { context: [at('paris')], isDenied: true, priority: 10 }),
  rule('viewers-of-lyon', 'viewer', { context: [at('lyon'), below] }),
  rule('from-the-18th', 'editor', { when: 'today >= "2031-05-18" && person.department == "legal"' }),
  rule('door-of-site', 'door', { when: 'context.site != ""', parameters: { site: 'context.site' } }),
  rule('leads-of-finance', 'lead', { when: 'person.department == "finance"' }),
  rule('offer', 'plain', { when: 'person.department == "legal"', gives: 'SUGGESTED' }),
  rule('welcome', 'greeter', { gives: 'REQUESTED_AUTOMATICALLY' }),
];

const typeRules = [
  ...company.typeRules.map((one) =>
    one.role === 'seller'
      ? { ...one, timeOffset: { mode: 'AROUND', before: -2, after: 2 } as const }
      : { ...one, timeOffset: null },
  ),
  { ...plainTypeRule, policy, identifier: 'badges', resourceType: 'badge', role: 'door' },
];

const scalar = (
  identifier: string,
  more: Pick<ScalarRule, 'property' | 'value'> & Partial<ScalarRule>,
): ScalarRule => ({
  ...plainScalarRule,
  policy,
  identifier,
  resourceType: 'crm-account',
  ...more,
});
const plainValues: readonly ScalarRule[] = [
  ...company.scalarRules.map((one) =>
    one.identifier === 'email' ? { ...one, comparison: 'IGNORE_CASE' as const } : one,
  ),
  scalar('badge-email', {
    resourceType: 'badge',
    property: 'email',
    value: 'person.email + " " + parameters.site',
    role: 'door',
  }),
];
const uniqueValues: readonly ScalarRule[] = [
  scalar('nick', {
    property: 'nick',
    value: 'person.last + (attempt == 0 ? "" : string(attempt + 1))',
    uniqueness: 'KEEP',
  }),
  scalar('owner', {
    resourceType: 'badge',
    property: 'owner',
    value: 'person.last + (attempt == 0 ? "" : "-" + string(attempt))',
    uniqueness: 'FOLLOW',
  }),
];

const query = { ...plainQueryRule, policy, resourceType: 'crm-account' };
const rules: Configuration = {
  ...company,
  ...system,
  entityTypes,
  dimensions: [
    { identifier: 'department', displayName: 'Department', entityType: 'department', parent: 'parent' },
    { identifier: 'site', displayName: 'Site', entityType: null, parent: null },
  ],
  contextRules: [
    {
      identifier: 'by-position',
      policy,
      positions: {
        entityType: 'position',
        person: 'person',
        startDate: 'from',
        endDate: 'until',
        exclude: 'position.state == "draft"',
      },
      dimensions: { department: 'position.department', site: 'position.site' },
    },
  ],
  singleRoles: [
    ...company.singleRoles.map((one) => (one.identifier === 'viewer' ? { ...one, gracePeriodDays: 3 } : one)),
    role('greeter'),
    { ...role('door'), parameters: [{ identifier: 'site', displayName: 'Site', dimension: null, isRequired: true }] },
  ],
  resourceTypes: [crmType, badgeType],
  roleRules,
  typeRules,
  scalarRules: [...plainValues, ...uniqueValues],
  navigationRules: [
    ...company.navigationRules,
    {
      ...plainNavigationRule,
      policy,
      identifier: 'sellers-of-lyon',
      resourceType: 'crm-account',
      property: 'groups',
      role: 'seller',
      target: 'lyon',
      context: [at('lyon')],
    },
  ],
  queryRules: [
    { ...query, identifier: 'office', property: 'office', source: 'person.department', target: 'resource.department' },
    {
      ...query,
      identifier: 'office-by-name',
      property: 'office',
      source: 'person.department',
      target: 'resource.name',
      confidencePercent: 70,
    },
    {
      ...query,
      identifier: 'door-group',
      property: 'groups',
      role: 'door',
      source: '"door-" + parameters.site',
      target: 'resource.name',
    },
  ],
  correlationRules: [
    ...company.correlationRules,
    {
      identifier: 'by-title',
      policy,
      resourceType: 'crm-account',
      source: 'person.last',
      target: 'resource.title',
      confidencePercent: 70,
    },
    {
      identifier: 'badge-by-email',
      policy,
      resourceType: 'badge',
      source: 'person.email',
      target: 'resource.email',
      confidencePercent: 100,
    },
  ],
};

/** What the configuration of the town may become. */
export const variants: readonly Configuration[] = [
  rules,
  { ...rules, roleRules: roleRules.filter(({ identifier }) => identifier !== 'viewers-of-lyon') },
  { ...rules, resourceTypes: [{ ...crmType, discardManualAssignments: false, blockProvisioning: true }, badgeType] },
  {
    ...rules,
    scalarRules: [
      ...rules.scalarRules,
      scalar('title-of-all', { property: 'title', value: 'person.department', priority: 5 }),
    ],
    resourceTypes: [crmType, { ...badgeType, onRemove: { kind: 'DELETE' }, discardManualAssignments: true }],
  },
];

/** Without what whoever is computed first gets by design: unique values, and uncertain matches that are proposed. */
export const withoutFirstComers = (configuration: Configuration): Configuration => ({
  ...configuration,
  scalarRules: configuration.scalarRules.filter(({ uniqueness }) => uniqueness === null),
  correlationRules: configuration.correlationRules.filter(({ confidencePercent }) => confidencePercent === 100),
});

export const compiled = (version: number, configuration: Configuration): CompiledModel =>
  compileModel(version, configuration, celCompiler());
