// The shape of a company's configuration, as the engine reads it once the files were checked.
// Owns the words of the files; leaves reading YAML and compiling expressions to adapters and role-model/.
import type { ScalarValue } from '@joinery/connector-kit';

/** One version of the whole configuration. Lists are empty, never absent. */
export interface Configuration {
  readonly connectors: readonly ConnectorDefinition[];
  readonly connections: readonly ConnectionDefinition[];
  readonly entityTypes: readonly EntityTypeDefinition[];
  readonly policies: readonly NamedDefinition[];
  readonly categories: readonly CategoryDefinition[];
  readonly singleRoles: readonly SingleRoleDefinition[];
  readonly compositeRoles: readonly CompositeRoleDefinition[];
  readonly resourceTypes: readonly ResourceTypeDefinition[];
  readonly roleRules: readonly RoleRule[];
  readonly typeRules: readonly TypeRule[];
  readonly scalarRules: readonly ScalarRule[];
  readonly navigationRules: readonly NavigationRule[];
  readonly correlationRules: readonly CorrelationRule[];
  readonly jobs: readonly JobDefinition[];
  readonly profiles: readonly ProfileDefinition[];
  readonly serviceAccounts: readonly ServiceAccountDefinition[];
}

export interface NamedDefinition {
  /** Letters, digits, `-`, `_`, `.`; unique within its kind (roles: across both kinds). */
  readonly identifier: string;
  readonly displayName: string;
}

/** One managed system. */
export interface ConnectorDefinition extends NamedDefinition {
  readonly thresholds: SynchronizationThresholds;
}

/** Limits of one synchronisation, per kind; figures and defaults: domain.md §8. */
export interface SynchronizationThresholds {
  /** Rows inserted, updated or deleted that are still let through. Default 100. */
  readonly rows: number;
  /** Percent of the rows known before. Default 5; counts only when it is over `percentFloor` rows. */
  readonly percent: number;
  /** Default 5. */
  readonly percentFloor: number;
  /** Links added or removed that are still let through. Default 1,000. */
  readonly links: number;
  /** Default 5; counts only when it is over `linkPercentFloor` links. */
  readonly linkPercent: number;
  /** Default 20. */
  readonly linkPercentFloor: number;
}

/** Settings for one package: a way into a managed system. Called ConnectionProfile in GraphQL. */
export interface ConnectionDefinition extends NamedDefinition {
  readonly connector: string;
  /** Package name, e.g. `csv` (= @joinery/connector-csv) or a full npm name. */
  readonly package: string;
  /** As written: `{ $file: path }` and `{ $env: NAME }` stand for values read when the connection is opened. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Calls at once. Default 4 (1 for packages that are serial by connection). */
  readonly concurrency: number;
  /** Orders a second; null = no limit. */
  readonly ratePerSecond: number | null;
  /** Seconds a call may take. Default 30. */
  readonly deadlineSeconds: number;
}

/** A class of rows of one managed system. */
export interface EntityTypeDefinition extends NamedDefinition {
  readonly connector: string;
  /** Where rows are read: a connection and its object type. */
  readonly connection: string;
  readonly objectType: string;
  /** The property that is the key of a row. */
  readonly key: string;
  /** The property shown to people. Default: the key. */
  readonly displayProperty: string;
  readonly properties: readonly PropertyDefinition[];
  /** Present when rows are people (or workers): which property means what. */
  readonly identity: IdentityMapping | null;
}

export type PropertyType = 'string' | 'number' | 'boolean' | 'date';

export interface PropertyDefinition extends NamedDefinition {
  /** Attribute (or link) of the object type. Default: the identifier. */
  readonly attribute: string;
  readonly type: PropertyType;
  /** Entity type this property points to (by its key); null for a plain value. */
  readonly references: string | null;
  readonly isMultivalued: boolean;
  readonly isSecret: boolean;
}

/** Property identifiers by meaning; null where the source has none. */
export interface IdentityMapping {
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  readonly jobTitle: string | null;
  /** Holds EMPLOYEE, CONTRACTOR, PARTNER or SERVICE in any case; null: all are employees. */
  readonly kind: string | null;
  readonly startDate: string | null;
  /** The last day. */
  readonly endDate: string | null;
  readonly department: string | null;
  readonly manager: string | null;
  /** IANA zone in which dates begin and end; null: the company's (`JOINERY_TIME_ZONE`). */
  readonly timeZone: string | null;
}

export interface CategoryDefinition extends NamedDefinition {
  readonly parent: string | null;
}

export const approvalWorkflows = ['NONE', 'ONE_APPROVAL', 'TWO_APPROVALS', 'THREE_APPROVALS', 'MANAGER'] as const;
export type ApprovalWorkflow = (typeof approvalWorkflows)[number];

/** Who may decide a step: the beneficiary's manager, the role's owner, or named people. */
export type ApproverDefinition =
  | { readonly kind: 'manager' }
  | { readonly kind: 'owner' }
  | { readonly kind: 'people'; readonly people: readonly string[] };

export interface RoleDefinition extends NamedDefinition {
  readonly description: string | null;
  readonly category: string | null;
  readonly policy: string;
  /** Identity key of the owner. */
  readonly owner: string | null;
  readonly isRequestable: boolean;
  readonly isPrivileged: boolean;
  readonly approvalWorkflow: ApprovalWorkflow;
  /** One per step, as many as the workflow has steps. */
  readonly approvers: readonly ApproverDefinition[];
  /** Days; null = no limit. */
  readonly maxDurationDays: number | null;
}
export type SingleRoleDefinition = RoleDefinition;
export interface CompositeRoleDefinition extends RoleDefinition {
  readonly singleRoles: readonly string[];
}

/** «An identity may own such a resource». Switches and defaults: domain.md §4. */
export interface ResourceTypeDefinition extends NamedDefinition {
  readonly sourceEntityType: string;
  readonly targetEntityType: string;
  readonly policy: string;
  /** Connection that carries orders out. */
  readonly connection: string;
  /** Must be said in the file: there is no default. */
  readonly blockProvisioning: boolean;
  readonly allowAdd: boolean;
  readonly allowUpdate: boolean;
  readonly allowRemove: boolean;
  /** CEL over `person`: the key of a new resource. Read-only afterwards. */
  readonly key: string;
  readonly thresholds: OrderThresholds;
  /** Resource types whose account must be there first. */
  readonly dependsOn: readonly string[];
}

/** Limits of one run's orders per resource type; figures: domain.md §8. */
export interface OrderThresholds {
  /** Percent of VERIFIED and EXECUTED resources of the type. Default 30; counts only when it is over `percentFloor`. */
  readonly percent: number;
  /** Default 5. */
  readonly percentFloor: number;
  /** Absolute count; null = off (the default). */
  readonly absolute: number | null;
}

interface RuleDefinition {
  readonly identifier: string;
  readonly policy: string;
  /** CEL over `person`, `roles`, `today`; null = always. */
  readonly when: string | null;
}
/** Context → role (single or composite). */
export interface RoleRule extends RuleDefinition {
  readonly role: string;
  /** True: takes the role away instead. Lower priority number wins; deny beats allow at equal priority. */
  readonly isDenied: boolean;
  readonly priority: number;
}
/** → account. */
export interface TypeRule extends RuleDefinition {
  readonly resourceType: string;
  readonly role: string | null;
}
/** → value of one property of the account. The lowest priority number that applies wins. */
export interface ScalarRule extends RuleDefinition {
  readonly resourceType: string;
  readonly property: string;
  readonly role: string | null;
  /** CEL over `person`, `roles`, `today`. */
  readonly value: string;
  readonly priority: number;
}
/** Role → one fixed link, e.g. a group. */
export interface NavigationRule extends RuleDefinition {
  readonly resourceType: string;
  readonly property: string;
  readonly role: string | null;
  /** Key of the linked resource. */
  readonly target: string;
}
/** Which existing account is whose: equal keys on both sides. */
export interface CorrelationRule {
  readonly identifier: string;
  readonly policy: string;
  readonly resourceType: string;
  /** CEL over `person`. */
  readonly source: string;
  /** CEL over `resource`. */
  readonly target: string;
  /** 100 = sure. Only sure correlations link by themselves. */
  readonly confidencePercent: number;
}

export const taskKinds = [
  'EXPORT',
  'PREPARE_SYNCHRONIZATION',
  'SYNCHRONIZE',
  'UPDATE_EXPRESSIONS',
  'COMPUTE_CORRELATION_KEYS',
  'COMPUTE_ROLE_MODEL',
  'GENERATE_PROVISIONING_ORDERS',
  'FULFILL',
  'VERIFY',
  'SEND_NOTIFICATIONS',
] as const;
export type TaskKind = (typeof taskKinds)[number];
export type SynchronizationMode = 'COMPLETE' | 'INCREMENTAL';

export interface JobDefinition extends NamedDefinition {
  readonly mode: SynchronizationMode;
  /** Cron with five or six fields; null = only when launched. */
  readonly schedule: string | null;
  readonly timeZone: string;
  readonly isEnabled: boolean;
  readonly steps: readonly JobStepDefinition[];
}
export interface JobStepDefinition {
  readonly identifier: string;
  readonly kind: TaskKind;
  /** For EXPORT and SYNCHRONIZE. */
  readonly connector: string | null;
  /** Steps of one level may run together; the next level starts after all of them. */
  readonly level: number;
}

export const profiles = [
  'administrator',
  'operator',
  'role-officer',
  'application-owner',
  'manager',
  'employee',
  'auditor',
  'script',
] as const;
export type Profile = (typeof profiles)[number];

/** Who has a profile beyond the ones that follow from data (employee, manager, application-owner). */
export interface ProfileDefinition {
  readonly profile: Profile;
  /** Identity keys. */
  readonly people: readonly string[];
}
export interface ServiceAccountDefinition extends NamedDefinition {
  readonly profiles: readonly Profile[];
}

/** A bag of property values of one row. */
export type Attributes = Readonly<Record<string, ScalarValue>>;
