// Definitions of the configuration with nothing special about them, for tests to spread and to change.
import type {
  Configuration,
  IdentityMapping,
  NavigationRule,
  QueryRule,
  ResourceTypeDefinition,
  RoleDefinition,
  RoleRule,
  ScalarRule,
  TypeRule,
} from '../../src/domain/configuration.js';

export const emptyConfiguration: Configuration = {
  connectors: [],
  connections: [],
  entityTypes: [],
  dimensions: [],
  contextRules: [],
  policies: [],
  categories: [],
  singleRoles: [],
  compositeRoles: [],
  resourceTypes: [],
  roleRules: [],
  typeRules: [],
  scalarRules: [],
  navigationRules: [],
  queryRules: [],
  correlationRules: [],
  classificationRules: [],
  automationRules: [],
  risks: [],
  jobs: [],
  profiles: [],
  serviceAccounts: [],
};

type Plain<T, Named extends keyof T> = Omit<T, Named>;

export const plainRole: Plain<RoleDefinition, 'identifier' | 'displayName' | 'policy'> = {
  description: null,
  category: null,
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
};

export const plainResourceType: Plain<
  ResourceTypeDefinition,
  'identifier' | 'displayName' | 'policy' | 'sourceEntityType' | 'targetEntityType' | 'connection' | 'key'
> = {
  blockProvisioning: false,
  allowAdd: true,
  allowUpdate: true,
  allowRemove: true,
  thresholds: { percent: 30, percentFloor: 5, absolute: null },
  dependsOn: [],
  dependsOnOwnerProperties: [],
  onRemove: { kind: 'DELETE' },
  removeOrphans: true,
  discardManualAssignments: true,
  fulfillHoursAheadOfTime: 0,
  transmittedStateValidityHours: 48,
  correlateMultipleResources: false,
  suggestAllCorrelations: false,
  isKeyUnique: false,
  unusedAfterDays: null,
};

export const plainRoleRule: Plain<RoleRule, 'identifier' | 'policy' | 'role'> = {
  when: null,
  context: [],
  isDenied: false,
  priority: 100,
  gives: 'REQUIRED',
  parameters: {},
};

export const plainTypeRule: Plain<TypeRule, 'identifier' | 'policy' | 'resourceType'> = {
  when: null,
  context: [],
  role: null,
  isDenied: false,
  timeOffset: null,
};

export const plainScalarRule: Plain<ScalarRule, 'identifier' | 'policy' | 'resourceType' | 'property' | 'value'> = {
  when: null,
  context: [],
  role: null,
  priority: 100,
  timeOffset: null,
  isMapped: true,
  comparison: 'EXACT',
  uniqueness: null,
};

export const plainNavigationRule: Plain<
  NavigationRule,
  'identifier' | 'policy' | 'resourceType' | 'property' | 'target'
> = { when: null, context: [], role: null, isDenied: false, timeOffset: null };

export const plainQueryRule: Plain<
  QueryRule,
  'identifier' | 'policy' | 'resourceType' | 'property' | 'source' | 'target'
> = { when: null, context: [], role: null, confidencePercent: 100, timeOffset: null };

export const plainIdentityMapping: IdentityMapping = {
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
