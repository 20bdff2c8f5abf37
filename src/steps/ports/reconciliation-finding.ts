// How what has no reason is found: people and accounts page by page, and the items made of it. Nothing is decided here.
import type { Attributes } from '../../domain/configuration.js';
import type {
  FoundItem,
  LostFinding,
  PropertyFinding,
  RoleFinding,
  UnusedFinding,
} from '../../domain/reconciliation.js';
import type { OpenItem } from '../../domain/reconciliation-decision.js';
import type { IdentitySource } from '../../domain/role-model/context.js';
import type { DeducedRole, FoundAccount } from '../../domain/role-model/deduction.js';
import type { IdentitySnapshot } from '../../domain/role-model/evaluation.js';
import type { SureRule, TypeProperty } from '../../domain/role-model/explainer.js';

/** What a run looks at. */
export type FindingScope =
  | { readonly kind: 'all' }
  /** These people and their accounts, what changed since the last run, and what waits for a decision. */
  | { readonly kind: 'changed'; readonly identityIds: readonly string[] };

/** An identity with something no rule gives, and all its accounts. */
export interface SuspectIdentity {
  readonly snapshot: IdentitySnapshot;
  readonly accounts: readonly FoundAccount[];
}

export interface IdentityFindings {
  readonly roles: readonly RoleFinding[];
  readonly properties: readonly PropertyFinding[];
  readonly unused: readonly UnusedFinding[];
  readonly lost: readonly LostRow[];
}

/** An account that is not due, with its owner's row. */
export interface LostRow extends LostFinding {
  readonly key: string;
  readonly attributes: Attributes;
  readonly isRemoved: boolean;
}

/** An account without an owner, and by which rules it may be whose. */
export interface StrayRow {
  readonly resourceId: string;
  readonly entityType: string;
  readonly classifiedAs: string | null;
  readonly isPreExisting: boolean;
  readonly matches: readonly StrayMatch[];
}

export interface StrayMatch {
  readonly identityId: string;
  readonly key: string;
  readonly attributes: Attributes;
  readonly isRemoved: boolean;
  readonly rule: string;
  readonly standing: 'none' | 'expected' | 'failed' | 'held';
  readonly alternatives: number;
}

export interface ItemChanges {
  readonly opened: number;
  /** Their cause has gone. */
  readonly closed: number;
}

export interface ReconciliationFinder {
  /** Marked to be computed, or with a date that has come. Ask before computing: afterwards the marks are gone. */
  concerned(entityType: string, day: string): Promise<readonly string[]>;
  /** Row ids of the people of a scope, page by page. */
  people(entityType: string, scope: FindingScope): AsyncIterable<readonly string[]>;
  /** Of these identities those with something a role might explain. `linkProperties`, `values`: what roles give, by resource type. */
  suspects(
    source: IdentitySource,
    identityIds: readonly string[],
    question: SuspectQuestion,
  ): Promise<readonly SuspectIdentity[]>;
  /** Inserts rows for roles nobody has a row of, with facts and dirty marks; answers the identities that got one. */
  recordRoles(
    roles: readonly (DeducedRole & { readonly identityId: string })[],
    rolesWithEffects: readonly string[],
    executionId: string | null,
  ): Promise<readonly string[]>;
  findings(identityIds: readonly string[], question: FindingQuestion): Promise<IdentityFindings>;
  /** Accounts of these entity types that no assignment names, page by page. */
  strays(scope: FindingScope, question: StrayQuestion): AsyncIterable<readonly StrayRow[]>;
  /** Opens and refreshes items about these identities, closes those whose cause has gone. */
  recordOfIdentities(identityIds: readonly string[], items: readonly FoundItem[]): Promise<ItemChanges>;
  /** The same about these accounts without an owner. */
  recordOfAccounts(resourceIds: readonly string[], items: readonly FoundItem[]): Promise<ItemChanges>;
  /** Closes items about accounts that have an owner by now; remembers when this run began. */
  finish(startedAt: string): Promise<ItemChanges>;
  /** The database's time, as text that compares exactly. */
  now(): Promise<string>;
  /** Open items of roles and values that have waited for so many hours or longer, with what is waited for. */
  waiting(): Promise<readonly WaitingItem[]>;
}

export interface SuspectQuestion {
  /** Links that roles give. */
  readonly links: readonly TypeProperty[];
  readonly rules: readonly SureRule[];
}

export interface FindingQuestion {
  /** Links that any rule gives. */
  readonly links: readonly TypeProperty[];
  /** Types whose accounts are to be used: unused since before `day` (ISO) they are listed. */
  readonly unused: readonly { readonly resourceType: string; readonly property: string; readonly day: string }[];
}

export interface StrayQuestion {
  readonly identityType: string;
  readonly entityTypes: readonly string[];
  readonly rules: readonly { readonly rule: string; readonly resourceType: string }[];
}

export interface WaitingItem {
  readonly item: OpenItem;
  readonly waitedHours: number;
}
