// The shape of a company's configuration, as the engine reads it once the files were checked.
// Owns the words of the files; leaves reading YAML and compiling expressions to adapters and role-model/.
import type { ScalarValue } from '@joinery/connector-kit';
import type { NamedDefinition } from './named-definition.js';
import type {
  CategoryDefinition,
  SingleRoleDefinition,
  CompositeRoleDefinition,
  RiskDefinition,
} from './role-definition.js';
import type {
  RoleRule,
  TypeRule,
  ScalarRule,
  NavigationRule,
  QueryRule,
  CorrelationRule,
  ClassificationRule,
  AutomationRule,
} from './rule-definition.js';

// The one door to the words of the configuration: who reads them need not know which file they stand in.
export * from './named-definition.js';
export * from './role-definition.js';
export * from './rule-definition.js';

/** One version of the whole configuration. Lists are empty, never absent. */
export interface Configuration {
  readonly connectors: readonly ConnectorDefinition[];
  readonly connections: readonly ConnectionDefinition[];
  readonly entityTypes: readonly EntityTypeDefinition[];
  /** Criteria that rules match on: department, site … */
  readonly dimensions: readonly DimensionDefinition[];
  /** How the contexts of people are made; at most one. Without it everybody has one context without values. */
  readonly contextRules: readonly ContextRule[];
  readonly policies: readonly PolicyDefinition[];
  readonly categories: readonly CategoryDefinition[];
  readonly singleRoles: readonly SingleRoleDefinition[];
  readonly compositeRoles: readonly CompositeRoleDefinition[];
  readonly resourceTypes: readonly ResourceTypeDefinition[];
  readonly roleRules: readonly RoleRule[];
  readonly typeRules: readonly TypeRule[];
  readonly scalarRules: readonly ScalarRule[];
  readonly navigationRules: readonly NavigationRule[];
  readonly queryRules: readonly QueryRule[];
  readonly correlationRules: readonly CorrelationRule[];
  readonly classificationRules: readonly ClassificationRule[];
  readonly automationRules: readonly AutomationRule[];
  readonly risks: readonly RiskDefinition[];
  readonly jobs: readonly JobDefinition[];
  readonly profiles: readonly ProfileDefinition[];
  readonly serviceAccounts: readonly ServiceAccountDefinition[];
}

/** A criterion with a finite list of values. */
export interface DimensionDefinition extends NamedDefinition {
  /** Its values are the keys of this entity type's rows; null: any text. */
  readonly entityType: string | null;
  /** Property of that entity type with the key of the value above; null: the values have no order. */
  readonly parent: string | null;
}

/** Makes the contexts of a person: one for each position, or a single one. */
export interface ContextRule {
  readonly identifier: string;
  readonly policy: string;
  /** Null: the person is its own only position, from its first to its last day. */
  readonly positions: PositionSource | null;
  /** Dimension → CEL over `person`, and over `position` where there are positions. */
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Rows that are positions of people: several at once or one after the other. Property identifiers. */
export interface PositionSource {
  readonly entityType: string;
  /** Holds the key of the person. */
  readonly person: string;
  readonly startDate: string | null;
  /** The last day. */
  readonly endDate: string | null;
  /** CEL over `position`: true leaves the row out, e.g. a draft. */
  readonly exclude: string | null;
}

/** Defaults of the roles of a policy; a role that says something else wins. */
export interface PolicyDefinition extends NamedDefinition {
  /** Its rules are computed into plans and never written. */
  readonly isSimulated: boolean;
}

/** One managed system. */
export interface ConnectorDefinition extends NamedDefinition {
  readonly thresholds: SynchronizationThresholds;
  /** A person has switched it off; never said by files (configuration-overlay.ts). */
  readonly isDisabled?: true;
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
  /** Made through the API; never said by files (configuration-overlay.ts). */
  readonly isKept?: true;
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
  /** Property with the instant or day of the last use, of accounts; null: unknown. */
  readonly lastUsedProperty: string | null;
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
  /** Key of the row that stands for the same natural person (a second contract, an admin identity). */
  readonly samePersonAs: string | null;
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
  /** Properties of the person that must be filled before the account is made. */
  readonly dependsOnOwnerProperties: readonly string[];
  /** What becomes of an account that is not due any more. */
  readonly onRemove: RemovalDefinition;
  /** Accounts whose owner has disappeared are removed (needs `allowRemove`). */
  readonly removeOrphans: boolean;
  /** True: values changed in the target are overwritten. False: they are listed for reconciliation. */
  readonly discardManualAssignments: boolean;
  /** Hours before the start date at which orders may go out. */
  readonly fulfillHoursAheadOfTime: number;
  /** Hours an order may stay TRANSMITTED or EXECUTED; 0 = off. Default 48, of manual connections 360. */
  readonly transmittedStateValidityHours: number;
  /** One owner may have several resources of this type, found by correlation. */
  readonly correlateMultipleResources: boolean;
  /** Uncertain matches are proposed even where a sure one exists. */
  readonly suggestAllCorrelations: boolean;
  /** The key expression may read `attempt` (0, 1, 2 …): it is tried until the key is free. */
  readonly isKeyUnique: boolean;
  /** Accounts not used for so many days are listed; null = never. Needs `lastUsedProperty`. */
  readonly unusedAfterDays: number | null;
}

export type RemovalDefinition =
  | { readonly kind: 'DELETE' }
  | {
      readonly kind: 'DISABLE';
      /** Property of the account that says whether it is disabled, and its two values. */
      readonly property: string;
      readonly disabledValue: ScalarValue;
      readonly enabledValue: ScalarValue;
      /** Days after which it is deleted; null = never. */
      readonly deleteAfterDays: number | null;
    };

/** Limits of one run's orders per resource type; figures: domain.md §8. */
export interface OrderThresholds {
  /** Percent of VERIFIED and EXECUTED resources of the type. Default 30; counts only when it is over `percentFloor`. */
  readonly percent: number;
  /** Default 5. */
  readonly percentFloor: number;
  /** Absolute count; null = off (the default). */
  readonly absolute: number | null;
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
  /** Identity key of the person who answers for it and therefore counts as the same in four-eyes rules; null = nobody. */
  readonly owner: string | null;
}

/** A bag of property values of one row. */
export type Attributes = Readonly<Record<string, ScalarValue>>;
