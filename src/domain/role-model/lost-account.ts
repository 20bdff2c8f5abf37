// What becomes of an account that is not due any more: deleted, disabled and deleted later, or left where it is.
// Owns the switches about the end of an account; the row itself is account-state.ts', drawing: docs/role-model.md.
import type { ExpectedResource, ResourceDelta } from '../assignment.js';
import { addDays } from '../calendar.js';
import type { RemovalDefinition } from '../configuration.js';
import { holds } from '../verification.js';
import type { AccountQuestion } from './account-question.js';
import { type AccountDecision, keep, settled, withDelta, written } from './account-state.js';
import { hasDeclinedMatch, isDeclinedWish } from './declined-wish.js';
import { deltaBetween } from './delta.js';
import { expectedText } from './evaluation.js';
import { pendingRolesOf } from './pending-role.js';
import { removalRule } from './rule-index.js';
import {
  type AccountState,
  hasOpenValues,
  inFlight,
  isStable,
  seenWish,
  type StoredAccount,
} from './stored-account.js';
import { nothingLeft, valueAssignmentsOf, valuesLeft } from './value-assignment.js';

/** UNLINKED: it stays, without the links we gave. LEFT: it stays as it is. */
type Ending =
  | { readonly kind: 'DELETED'; readonly isDecided: boolean }
  | { readonly kind: 'DISABLED'; readonly removal: Disabling }
  | { readonly kind: 'UNLINKED' }
  | { readonly kind: 'LEFT' };
type Disabling = Extract<RemovalDefinition, { readonly kind: 'DISABLE' }>;

/** What was never ordered and is not there goes at once; the rest is taken away in the target first. */
export function decideLost(question: AccountQuestion, stored: StoredAccount): AccountDecision {
  // An uncertain match that nobody confirmed was never the identity's.
  if (stored.confidencePercent !== null || (stored.observed === null && inFlight(stored) === null))
    return question.isOrphan && hasDeclinedMatch(stored.declinedHash) ? onlyRefusals(stored) : { kind: 'delete' };
  if (!stored.isDue && stored.workflowState === 'APPROVED') return keep;
  const ending = endingOf(question, stored);
  if (!stored.isDue && isAsEnded(question, stored, ending)) return keep;
  switch (ending.kind) {
    case 'DELETED':
      return deleted(question, stored, ending.isDecided);
    case 'DISABLED':
      return disabled(question, stored, ending.removal);
    case 'UNLINKED':
      return unlinked(question, stored);
    case 'LEFT':
      return written(stored, settled(stored, suspended(stored)));
    default:
      return ending satisfies never;
  }
}

function endingOf({ type, isOrphan, today }: AccountQuestion, stored: StoredAccount): Ending {
  const { allowRemove, onRemove, removeOrphans } = type.definition;
  if (isRemovalDecided(stored)) return { kind: 'DELETED', isDecided: true };
  if (isOrphan && !removeOrphans && stored.observed !== null && !isEnding(stored)) return { kind: 'LEFT' };
  // Never read, it cannot be told whether it is there: removing it holds in both cases.
  if (onRemove.kind === 'DISABLE' && stored.observed !== null && !(allowRemove && isDeletionDue(stored, today)))
    return { kind: 'DISABLED', removal: onRemove };
  return allowRemove ? { kind: 'DELETED', isDecided: false } : { kind: 'UNLINKED' };
}

/** A person has decided that an account that was left must go. */
const isRemovalDecided = (stored: StoredAccount): boolean => !stored.isDue && stored.workflowState === 'DECLINED';

/** Its loss began while its owner was there: it goes on. */
const isEnding = (stored: StoredAccount): boolean => !stored.isDue && stored.workflowState !== 'NON_CONFORMING';

const isDeletionDue = (stored: StoredAccount, today: string): boolean =>
  !stored.isDue && (stored.delta?.kind === 'DELETE' || (stored.deleteOn !== null && stored.deleteOn <= today));

/** The row says this ending already, and nothing happened to the account since. */
function isAsEnded(question: AccountQuestion, stored: StoredAccount, ending: Ending): boolean {
  if (!isRowOf(question, stored, ending)) return false;
  return (
    ((ending.kind === 'LEFT' || !hasOpenValues(stored)) && isStable(stored, stored.observed, question.isModelNew)) ||
    isCarriedOut(stored)
  );
}

function isRowOf({ digest, type, today }: AccountQuestion, stored: StoredAccount, ending: Ending): boolean {
  switch (ending.kind) {
    case 'DELETED':
      return stored.delta?.kind === 'DELETE' || isRefused(stored);
    case 'DISABLED':
      return (
        stored.delta?.kind !== 'DELETE' &&
        stored.expectedHash ===
          digest(expectedText(disabledWish(stored, type.definition.identifier, ending.removal))) &&
        stored.deleteOn === deletionDay(stored, ending.removal, type.definition.allowRemove, today)
      );
    case 'UNLINKED':
    case 'LEFT':
      return stored.delta?.kind !== 'DELETE' && stored.workflowState === 'NON_CONFORMING';
    default:
      return ending satisfies never;
  }
}

const isRefused = (stored: StoredAccount): boolean =>
  stored.provisioningState === 'NONE' && isDeclinedWish(stored.declinedHash, stored.expectedHash);

const isCarriedOut = (stored: StoredAccount): boolean =>
  stored.provisioningState === 'EXECUTED' &&
  stored.delta !== null &&
  stored.baseHash !== null &&
  holds(stored.delta, stored.observed?.content ?? null);

const lost = (stored: StoredAccount): AccountState => ({
  ...stored,
  isDue: false,
  baseHash: stored.observed?.hash ?? '',
  workflowState: 'CANCELLATION',
  error: null,
  declinedHash: stored.isDue ? null : stored.declinedHash,
  values: [],
});

/** A source that forgot somebody must not cost them what was decided: all of it waits until the account is due again. */
const suspended = (stored: StoredAccount): AccountState => ({
  ...lost(stored),
  workflowState: 'NON_CONFORMING',
  expected: seenWish(stored),
  declinedHash: stored.declinedHash,
  values: stored.values,
});

/** Nothing is left but which matches were refused: they are not proposed to a person that was merely forgotten. */
function onlyRefusals(stored: StoredAccount): AccountDecision {
  if (!stored.isDue && stored.workflowState === 'DECLINED' && stored.resourceId === null) return keep;
  const base: AccountState = {
    ...lost(stored),
    resourceId: null,
    baseHash: '',
    confidencePercent: null,
    workflowState: 'DECLINED',
    declinedHash: stored.declinedHash,
  };
  return written(stored, settled(stored, base));
}

function deleted(question: AccountQuestion, stored: StoredAccount, isDecided: boolean): AccountDecision {
  const key = stored.observed?.content.key ?? stored.resourceKey;
  const delta: ResourceDelta = { kind: 'DELETE', key, scalars: [], links: [] };
  const base: AccountState = isDecided ? { ...lost(stored), workflowState: 'DECLINED' } : lost(stored);
  const pendingRoles = rolesOfEnd(question, stored, delta);
  return written(stored, withDelta({ type: question.type, stored, base, delta, pendingRoles, isDecided }));
}

function disabled(question: AccountQuestion, stored: StoredAccount, removal: Disabling): AccountDecision {
  const { type, digest, today } = question;
  const { identifier, allowRemove, discardManualAssignments } = type.definition;
  const expected = disabledWish(stored, identifier, removal);
  const observed = stored.observed?.content ?? null;
  const values = valueAssignmentsOf({
    // What was kept while it was in use does not keep it in use.
    stored: stored.isDue ? [] : stored.values,
    expected,
    observed,
    seen: stored.isDue || stored.delta !== null || stored.provisioningState === 'NONE' ? {} : stored.expected.values,
    isPreExisting: false,
    discards: discardManualAssignments,
  });
  const delta = deltaBetween({
    wasThere: true,
    expected,
    observed,
    isCreated: true,
    former: stored.expected,
    unseen: stored.delta,
    inFlight: inFlight(stored),
    managed: new Set(),
    left: valuesLeft(values),
  });
  const base: AccountState = {
    ...lost(stored),
    expected,
    expectedHash: digest(expectedText(expected)),
    deleteOn: deletionDay(stored, removal, allowRemove, today),
    workflowState: delta === null ? 'INACTIVE' : 'CANCELLATION',
    values,
  };
  const pendingRoles = rolesOfEnd(question, stored, delta === null ? null : { ...delta, kind: 'DELETE' });
  return written(stored, withDelta({ type, stored, base, delta, pendingRoles }));
}

/** All that is expected of a disabled account. Roles are gone, and with them the links they gave. */
const disabledWish = (
  { expected, resourceKey, observed }: StoredAccount,
  resourceType: string,
  { property, disabledValue }: Disabling,
): ExpectedResource => ({
  key: observed?.content.key ?? resourceKey,
  rule: expected.rule,
  values: { [property]: { value: disabledValue, rule: removalRule(resourceType) } },
  links: {},
});

/** Counted from the day of the loss; null: it stays disabled. */
function deletionDay(
  stored: StoredAccount,
  { deleteAfterDays }: Disabling,
  allowRemove: boolean,
  today: string,
): string | null {
  if (deleteAfterDays === null || !allowRemove) return null;
  return stored.isDue || stored.deleteOn === null ? addDays(today, deleteAfterDays) : stored.deleteOn;
}

/** It may not be removed: at least the links we gave are taken away, and it is listed. */
function unlinked(question: AccountQuestion, stored: StoredAccount): AccountDecision {
  const { type } = question;
  const delta = type.definition.allowUpdate ? linksToTake(stored) : null;
  if (delta === null && stored.observed === null) return { kind: 'delete' };
  const base: AccountState = {
    ...lost(stored),
    workflowState: 'NON_CONFORMING',
    expected: { ...seenWish(stored), links: {} },
  };
  const pendingRoles = stored.isDue
    ? pendingRolesOf({ ...rolesInput(question, stored), delta, expected: null })
    : stored.pendingRoles;
  return written(stored, withDelta({ type, stored, base, delta, pendingRoles }));
}

function linksToTake(stored: StoredAccount): ResourceDelta | null {
  const observed = stored.observed?.content ?? null;
  const values = Object.entries(observed?.attributes ?? {}).map(
    ([property, value]) => [property, { value, rule: '' }] as const,
  );
  const delta = deltaBetween({
    wasThere: true,
    expected: {
      key: observed?.key ?? stored.resourceKey,
      rule: stored.expected.rule,
      values: Object.fromEntries(values),
      links: {},
    },
    observed,
    isCreated: true,
    former: stored.expected,
    unseen: stored.delta,
    inFlight: inFlight(stored),
    managed: new Set(),
    left: nothingLeft,
  });
  return delta === null || delta.links.length === 0 ? null : { ...delta, scalars: [] };
}

/** Roles go with the account they gave; once it was seen disabled, they are gone, and its deletion carries none. */
function rolesOfEnd(question: AccountQuestion, stored: StoredAccount, delta: ResourceDelta | null): readonly string[] {
  if (stored.isDue) return pendingRolesOf({ ...rolesInput(question, stored), delta, expected: null });
  return delta === null || stored.delta === null ? [] : stored.pendingRoles;
}

const rolesInput = ({ roleOfRule, reasons }: AccountQuestion, stored: StoredAccount) => ({
  former: stored.expected,
  unseen: inFlight(stored) === null ? [] : stored.pendingRoles,
  roleOfRule,
  reasons,
});
