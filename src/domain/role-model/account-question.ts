// What is asked about one account: what is stored, what rules wish, and what was found of it in the target.
// Owns the words; answers are account-decision.ts' and lost-account.ts'.
import type { CalculatedRole } from '../assignment.js';
import type { Digest } from '../resource.js';
import type { ExpectedAccount, RuleFailure } from './evaluation.js';
import type { CompiledResourceType } from './model.js';
import type { ObservedResource, StoredAccount } from './stored-account.js';

/** An existing resource that is, or may be, an account of the identity. */
export interface FoundResource {
  readonly resource: ObservedResource;
  /** Of a proposal that waits for a person, at most 99; null or absent: sure, linked by itself. */
  readonly confidencePercent?: number | null;
}

/**
 * What was found for an account that has no resource yet: the one it is, or why none can be taken.
 * `further`: accounts besides the first one, in the order they are to be linked or proposed. Default: none.
 */
export type Finding =
  | { readonly kind: 'none'; readonly further?: readonly FoundResource[] }
  | (FoundResource & { readonly kind: 'found'; readonly further?: readonly FoundResource[] })
  | { readonly kind: 'conflict'; readonly failure: RuleFailure };

export interface AccountQuestion {
  readonly type: CompiledResourceType;
  readonly stored: StoredAccount | null;
  /** Undefined: not due. */
  readonly wish: ExpectedAccount | undefined;
  /** Computed key; read only where the account has none that is fixed. */
  readonly key: string | RuleFailure;
  readonly finding: Finding;
  /** The configuration is another one than at the last computation: what was refused is tried again. */
  readonly isModelNew: boolean;
  /** Reasons of roles held now and before. */
  readonly reasons: readonly CalculatedRole[];
  readonly roleOfRule: ReadonlyMap<string, string>;
  /** Day of the computation. */
  readonly today: string;
  /** The source of the owner no longer lists it. */
  readonly isOrphan: boolean;
  /** Of a new account beside others. Default 0. */
  readonly slot?: number;
  readonly digest: Digest;
  readonly newId: () => string;
}
