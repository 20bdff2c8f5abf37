// Rows of managed systems as lists and pages show them, with what the role model wants of them.
import type { FilterTree, IdComparison, InstantComparison } from '../../domain/filter.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { ReadScope } from '../../domain/permission.js';

export interface ResourceView {
  /** Row id. */
  readonly id: string;
  readonly entityType: string;
  readonly key: string;
  readonly displayName: string;
  /** Identifier; null when no assignment says what kind of account it is. */
  readonly resourceType: string | null;
  /** Row id of the owner. */
  readonly ownerId: string | null;
  readonly lastSynchronizedAt: Date | null;
  readonly lastSeenAt: Date;
  readonly isOrphan: boolean;
  readonly isUnused: boolean;
}

export interface ResourcePropertyView {
  readonly entityType: string;
  /** Identifier. */
  readonly property: string;
  /** Keys of the linked resources for a link; null for a secret. */
  readonly currentValue: unknown;
  readonly expectedValue: unknown;
  readonly isConforming: boolean;
  /** Identifier of the rule that gives the expected value. */
  readonly rule: string | null;
}

/** How the owner of a row was found. */
export interface ResourceCorrelationView {
  /** Null: sure, or confirmed by a person. */
  readonly confidencePercent: number | null;
  /** A person gave or left it to its owner. */
  readonly isDecided: boolean;
  /** Identifiers of the correlation rules that match the row and its owner; empty: the key is equal, or somebody said so. */
  readonly rules: readonly string[];
}

export interface ResourceCondition extends FilterTree<ResourceCondition> {
  readonly text?: string | null;
  /** Identifiers. */
  readonly entityType?: IdComparison | null;
  readonly resourceType?: IdComparison | null;
  /** Row ids. */
  readonly ownerId?: IdComparison | null;
  readonly isOrphan?: boolean | null;
  readonly isUnused?: boolean | null;
  readonly lastSynchronizedAt?: InstantComparison | null;
}

export interface ResourceViews {
  /** In order of row ids. */
  page(filter: ResourceCondition | null, scope: ReadScope, page: PageRequest): Promise<Page<ResourceView>>;
  count(filter: ResourceCondition | null, scope: ReadScope): Promise<number>;
  byIds(ids: readonly string[], scope: ReadScope): Promise<ReadonlyMap<string, ResourceView>>;
  /** Of rows that have an owner. */
  correlations(ids: readonly string[], scope: ReadScope): Promise<ReadonlyMap<string, ResourceCorrelationView>>;
  /** Row id → properties in the order of the configuration. */
  properties(ids: readonly string[], scope: ReadScope): Promise<ReadonlyMap<string, readonly ResourcePropertyView[]>>;
}
