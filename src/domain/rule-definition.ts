// The rules of a configuration: what gives roles, accounts, values and links, which account is whose, and what decides by age.
// Part of configuration.ts, which is the door to it.

interface RuleDefinition {
  readonly identifier: string;
  readonly policy: string;
  /** CEL over `person`, `context`, `roles`, `today`; null = always. */
  readonly when: string | null;
  /** All must hold in one context of the person. */
  readonly context: readonly ContextCriterion[];
}

/** One criterion of a rule: the dimension has one of these values. */
export interface ContextCriterion {
  readonly dimension: string;
  readonly values: readonly string[];
  /** What is below the values counts, too. */
  readonly includesBelow: boolean;
}

/** Shifts the period in which a rule applies; whole days, before is negative. */
export interface TimeOffset {
  /** AROUND: start by `before`, end by `after`. BEFORE: both by the start. AFTER: both by the end. */
  readonly mode: 'AROUND' | 'BEFORE' | 'AFTER';
  /** Days added to the first edge. */
  readonly before: number;
  /** Days added to the second edge. */
  readonly after: number;
}

export const grantKinds = ['REQUIRED', 'REQUESTED_AUTOMATICALLY', 'SUGGESTED'] as const;
export type GrantKind = (typeof grantKinds)[number];

/** Context → role (single or composite). */
export interface RoleRule extends RuleDefinition {
  readonly role: string;
  /** True: takes the role away instead. Lower priority number wins; deny beats allow at equal priority. */
  readonly isDenied: boolean;
  readonly priority: number;
  readonly gives: GrantKind;
  /** Parameter of the role → CEL over `person` and `context`. */
  readonly parameters: Readonly<Record<string, string>>;
}
/** → account. */
export interface TypeRule extends RuleDefinition {
  readonly resourceType: string;
  readonly role: string | null;
  /** True: nobody it applies to gets the account. */
  readonly isDenied: boolean;
  readonly timeOffset: TimeOffset | null;
}
/** → value of one property of the account. The lowest priority number that applies wins. */
export interface ScalarRule extends RuleDefinition {
  readonly resourceType: string;
  readonly property: string;
  readonly role: string | null;
  /** CEL over `person`, `context`, `roles`, `parameters`, `today`; `attempt` too, where it is unique. */
  readonly value: string;
  readonly priority: number;
  readonly timeOffset: TimeOffset | null;
  /** False: written and never compared (a password, a note). */
  readonly isMapped: boolean;
  readonly comparison: Comparison;
  /** The value is reserved for this account: tried with `attempt` 0, 1, 2 … until it is free. Null: need not be unique. */
  readonly uniqueness: Uniqueness | null;
}
export const comparisons = ['EXACT', 'IGNORE_CASE', 'IGNORE_DIACRITICS'] as const;
export type Comparison = (typeof comparisons)[number];
/** KEEP: once given it stays. FOLLOW: a new one when what it is made of changes. */
export const uniquenesses = ['KEEP', 'FOLLOW'] as const;
export type Uniqueness = (typeof uniquenesses)[number];

/** Role → one fixed link, e.g. a group. */
export interface NavigationRule extends RuleDefinition {
  readonly resourceType: string;
  readonly property: string;
  readonly role: string | null;
  /** Key of the linked resource. */
  readonly target: string;
  /** True: nobody it applies to gets the link. */
  readonly isDenied: boolean;
  readonly timeOffset: TimeOffset | null;
}
/** → link to whatever resource matches. Highest confidence first; the first that finds exactly one wins. */
export interface QueryRule extends RuleDefinition {
  readonly resourceType: string;
  readonly property: string;
  readonly role: string | null;
  /** CEL over `person`, `context`, `parameters`. */
  readonly source: string;
  /** CEL over `resource`: a row of the entity type the property points to. */
  readonly target: string;
  /** 100 = written by itself; less waits for review. */
  readonly confidencePercent: number;
  readonly timeOffset: TimeOffset | null;
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
/** Which resource type an existing account is of. */
export interface ClassificationRule {
  readonly identifier: string;
  readonly policy: string;
  readonly resourceType: string;
  /** CEL over `resource`: true where it is of the type. */
  readonly when: string;
  readonly confidencePercent: number;
}
/** Decides what has waited for so long. The most specific target wins; of two, the one that declines. */
export interface AutomationRule {
  readonly identifier: string;
  readonly policy: string;
  readonly target: { readonly kind: 'role' | 'category' | 'resourceType' | 'policy'; readonly identifier: string };
  readonly workflowState: AutomatedState;
  readonly afterHours: number;
  readonly decision: 'APPROVE' | 'DECLINE';
}
export const automatedStates = ['NON_CONFORMING', 'PRE_EXISTING', 'PENDING_APPROVAL', 'PROLONGED'] as const;
export type AutomatedState = (typeof automatedStates)[number];
