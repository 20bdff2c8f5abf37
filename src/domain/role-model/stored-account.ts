// An account as it stands in resource_assignment, and as the computation leaves it.
// Owns when a stored account needs no second look; what becomes of one that does is account-decision.ts'.
import type { ExpectedResource, ResourceDelta } from '../assignment.js';
import { matches } from '../comparison.js';
import type { ProvisioningState } from '../provisioning-state.js';
import type { ResourceContent } from '../resource.js';
import { driftsAllowed } from '../verification.js';
import type { WorkflowState } from '../workflow-state.js';
import type { RuleFailure } from './evaluation.js';
import { sameValues, type ValueAssignment } from './value-assignment.js';

/** A resource as last read from its system. */
export interface ObservedResource {
  readonly id: string;
  readonly hash: string;
  readonly content: ResourceContent;
  /** It was there when its system was read for the first time. Default false. */
  readonly isPreExisting?: boolean;
}

export interface AccountState {
  /** Row id. */
  readonly id: string;
  readonly resourceType: string;
  readonly resourceId: string | null;
  readonly resourceKey: string;
  readonly isDue: boolean;
  readonly expected: ExpectedResource;
  readonly expectedHash: string;
  /** Hash of the resource when it was last found equal to what is expected; null while it is not. */
  readonly observedHash: string | null;
  /** Hash of the resource that `delta` was made from, '' without a resource; null asks for a new comparison. */
  readonly baseHash: string | null;
  readonly workflowState: WorkflowState;
  readonly provisioningState: ProvisioningState;
  readonly desiredVersion: number;
  /** The desired version that orders were made for; 0 when `delta` was never ordered. */
  readonly orderedVersion: number;
  readonly delta: ResourceDelta | null;
  readonly pendingRoles: readonly string[];
  readonly driftCount: number;
  /** Why the rules cannot say what is expected (ERROR), or why nothing is written (NONE). */
  readonly error: RuleFailure | null;
  /** 0: the account itself; further ones were found beside it and are never created by us. */
  readonly slot: number;
  /** A disabled account is deleted on that day; null: it is not disabled, or never deleted. */
  readonly deleteOn: string | null;
  /** What reviewers declined: see declined-wish.ts. */
  readonly declinedHash: string | null;
  /** Of a match that waits for a person; null: sure, or made by us. */
  readonly confidencePercent: number | null;
  /** Values found or decided apart, sorted by property and target. */
  readonly values: readonly ValueAssignment[];
}

export interface StoredAccount extends AccountState {
  readonly observed: ObservedResource | null;
}

/** The delta that may have reached the target although it was not seen there yet; null when none may have. */
export const inFlight = (account: AccountState | null): ResourceDelta | null =>
  account !== null && account.orderedVersion > 0 ? account.delta : null;

/** The key stays once the account exists, or may exist: a refused creation may be tried with another one. */
export const hasFixedKey = (account: AccountState | null): boolean =>
  account !== null &&
  (account.resourceId !== null || (inFlight(account) !== null && account.provisioningState !== 'ERRORED'));

/** The comparison of last time still holds: same wish (by hash), same resource (by hash). */
export function isSettledAs(
  stored: StoredAccount,
  expectedHash: string,
  observed: ObservedResource | null,
  isModelNew: boolean,
): boolean {
  if (!stored.isDue || stored.expectedHash !== expectedHash || stored.resourceId !== (observed?.id ?? null))
    return false;
  return isStable(stored, observed, isModelNew);
}

/** Nothing happened to the account since its delta was made. */
export function isStable(stored: StoredAccount, observed: ObservedResource | null, isModelNew: boolean): boolean {
  const base = observed?.hash ?? '';
  switch (stored.provisioningState) {
    case 'VERIFIED':
      return stored.observedHash === base;
    case 'ERROR':
      return false;
    case 'NONE':
    case 'AWAITING_APPROVAL':
      // The switches of the resource type may be others now.
      return !isModelNew && stored.baseHash === base;
    case 'ERRORED':
      return !isModelNew && (stored.baseHash === base || stored.driftCount >= driftsAllowed);
    default:
      return stored.baseHash === base;
  }
}

/** What people decide about single values moves no hash: such an account is looked at whenever its identity is. */
export const hasOpenValues = ({ values, provisioningState }: AccountState): boolean =>
  values.length > 0 && (openStates as readonly string[]).includes(provisioningState);
const openStates = ['VERIFIED', 'NONE', 'AWAITING_APPROVAL'] as const satisfies readonly ProvisioningState[];

/**
 * Left in the target when its owner was gone: what was decided about it, and what was seen in it, holds again when it is due again.
 * What had to be taken away then, and was not yet seen to be gone, had begun to end.
 */
export const isSuspended = ({ isDue, delta, workflowState }: AccountState): boolean =>
  !isDue && delta === null && (workflowState === 'NON_CONFORMING' || workflowState === 'APPROVED');

/** What was wished before and is not being written: it was in the target when it was last compared. */
export function seenValues(stored: StoredAccount | null): ExpectedResource['values'] {
  if (stored === null || !stored.isDue || stored.provisioningState === 'NONE' || stored.resourceId === null) return {};
  const written = new Set((stored.delta?.scalars ?? []).map(({ property }) => property));
  if (written.size === 0) return stored.expected.values;
  return Object.fromEntries(Object.entries(stored.expected.values).filter(([property]) => !written.has(property)));
}

/** What is left of the wish while nobody asks for the account: what the target was seen to hold by us, taken away or not. */
export function seenWish(stored: StoredAccount): ExpectedResource {
  const { expected, delta, observed } = stored;
  if (!stored.isDue || (delta === null && stored.provisioningState !== 'NONE')) return expected;
  const seen = seenValues(stored);
  const there = observed?.content.attributes ?? {};
  const values = Object.entries(expected.values).filter(
    ([property, wish]) => seen[property] !== undefined || matches(wish.value, there[property] ?? null, wish),
  );
  const dropped = (delta?.scalars ?? [])
    .filter(({ property, rule }) => rule === null && expected.values[property] === undefined)
    .map(({ property, from }) => [property, { value: from, rule: '' }] as const);
  const links = { ...expected.links };
  for (const { property, remove, rules } of delta?.links ?? [])
    if (remove.length > 0)
      links[property] = { ...Object.fromEntries(remove.map((key) => [key, rules[key] ?? ''])), ...links[property] };
  return { ...expected, values: Object.fromEntries([...values, ...dropped]), links };
}

/** Nothing would be written: documents have not changed where their hashes and versions have not. */
export const isSameState = (a: AccountState, b: AccountState): boolean =>
  a.resourceId === b.resourceId &&
  a.resourceKey === b.resourceKey &&
  a.isDue === b.isDue &&
  a.expectedHash === b.expectedHash &&
  a.observedHash === b.observedHash &&
  a.baseHash === b.baseHash &&
  a.workflowState === b.workflowState &&
  a.provisioningState === b.provisioningState &&
  a.desiredVersion === b.desiredVersion &&
  a.orderedVersion === b.orderedVersion &&
  a.driftCount === b.driftCount &&
  a.error?.message === b.error?.message &&
  a.deleteOn === b.deleteOn &&
  a.declinedHash === b.declinedHash &&
  a.confidencePercent === b.confidencePercent &&
  sameValues(a.values, b.values) &&
  a.pendingRoles.length === b.pendingRoles.length &&
  a.pendingRoles.every((role, index) => role === b.pendingRoles[index]);
