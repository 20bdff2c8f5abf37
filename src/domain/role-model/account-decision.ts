// What becomes of one account that is due: kept, created, linked, changed, or left to a person. Pure; rows are written by the store.
// Owns the wish and what stands against it; the row is account-state.ts', lost accounts lost-account.ts', the difference delta.ts'.
import type { ExpectedResource, ResourceDelta } from '../assignment.js';
import { holds, isBlind } from '../verification.js';
import type { AccountQuestion } from './account-question.js';
import { type AccountDecision, blank, isUnfilled, keep, withDelta, written } from './account-state.js';
import { stillDeclined } from './declined-wish.js';
import { deltaBetween } from './delta.js';
import { type DueAccount, expectedText, type RuleFailure } from './evaluation.js';
import { decideLost } from './lost-account.js';
import { pendingRolesOf } from './pending-role.js';
import { ruleIndexOfType } from './rule-index.js';
import {
  type AccountState,
  hasFixedKey,
  hasOpenValues,
  inFlight,
  isSettledAs,
  isSuspended,
  type ObservedResource,
  seenValues,
  type StoredAccount,
} from './stored-account.js';
import { type ValueAssignment, type ValuesLeft, valueAssignmentsOf, valuesLeft } from './value-assignment.js';

export function decideAccount(question: AccountQuestion): AccountDecision {
  const { wish, finding, key } = question;
  if (wish === undefined) return question.stored === null ? keep : decideLost(question, question.stored);
  if (wish.kind === 'failed') return decideFailed(question, wish.failure);
  if (observedOf(question) === null && finding.kind === 'conflict') return decideFailed(question, finding.failure);
  if (!isKeyKnown(question) && typeof key !== 'string') return decideFailed(question, key);
  return decideDue(question, wish);
}

const isKeyKnown = (question: AccountQuestion): boolean =>
  hasFixedKey(question.stored) || observedOf(question) !== null;

function observedOf({ stored, finding }: AccountQuestion): ObservedResource | null {
  if (stored !== null && stored.observed !== null) return stored.observed;
  return finding.kind === 'found' ? finding.resource : null;
}

function keyOf({ stored, key }: AccountQuestion, observed: ObservedResource | null): string {
  if (observed !== null) return observed.content.key;
  if (stored !== null && hasFixedKey(stored)) return stored.resourceKey;
  return typeof key === 'string' ? key : '';
}

/** The last good wish stays as it is: what was ordered goes on, nothing new is. */
function decideFailed({ stored, wish, type, newId }: AccountQuestion, failure: RuleFailure): AccountDecision {
  if (stored === null) {
    const rule = wish?.kind === 'due' ? wish.rule : failure.rule;
    const expected: ExpectedResource = { key: '', rule, values: {}, links: {} };
    return {
      kind: 'write',
      next: { ...blank(newId(), type), expected, expectedHash: '', provisioningState: 'ERROR', error: failure },
    };
  }
  const isKnown =
    stored.provisioningState === 'ERROR' &&
    stored.error?.rule === failure.rule &&
    stored.error.message === failure.message;
  return isKnown ? keep : { kind: 'write', next: { ...stored, provisioningState: 'ERROR', error: failure } };
}

function decideDue(asked: AccountQuestion, wish: DueAccount): AccountDecision {
  const row = asked.stored;
  const isResumed = row !== null && isSuspended(row);
  const question = isResumed ? { ...asked, stored: { ...row, isDue: true } } : asked;
  const { stored, digest, isModelNew } = question;
  const observed = observedOf(question);
  const expected: ExpectedResource = {
    key: keyOf(question, observed),
    rule: wish.rule,
    values: wish.values,
    links: wish.links,
    ...(wish.uncertainLinks === undefined ? {} : { uncertainLinks: wish.uncertainLinks }),
  };
  const expectedHash = digest(expectedText(expected));
  const isHeldBack = wish.missing !== undefined && observed === null && inFlight(stored) === null;
  const isAsBefore = stored !== null && !isResumed && isHeldBack === isUnfilled(stored) && !hasOpenValues(stored);
  if (isAsBefore && isSettledAs(stored, expectedHash, observed, isModelNew)) return keep;
  if (stored !== null && isLeftToVerification(stored, expectedHash, observed)) return keep;
  const values = valuesOf(question, expected, observed);
  const delta = wishedDelta(question, { expected, observed, expectedHash, left: valuesLeft(values) });
  const base: AccountState = {
    ...(stored ?? { ...blank(question.newId(), question.type), expected, expectedHash, provisioningState: 'PENDING' }),
    ...(question.slot === undefined ? {} : { slot: question.slot }),
    resourceId: observed?.id ?? null,
    resourceKey: expected.key,
    isDue: true,
    expected,
    expectedHash,
    baseHash: observed?.hash ?? '',
    workflowState: wish.role === null ? 'CALCULATED' : 'GIVEN_BY_A_ROLE',
    driftCount: stored?.expectedHash === expectedHash && !isModelNew ? stored.driftCount : 0,
    error: null,
    deleteOn: null,
    // A refusal ends with the wish it was about.
    declinedHash: stillDeclined(stored?.declinedHash ?? null, stored?.isDue === true ? expectedHash : null),
    confidencePercent: confidenceOf(question),
    values,
  };
  const pendingRoles = pendingRolesOf({ ...rolesInput(question), delta, expected });
  const { missing } = wish;
  const step = {
    type: question.type,
    stored,
    base,
    delta,
    pendingRoles,
    ...(missing === undefined ? {} : { missing }),
  };
  return written(row, withDelta(step));
}

/** How sure it is that the resource is the identity's; null: sure. */
function confidenceOf({ stored, finding }: AccountQuestion): number | null {
  if (stored !== null && stored.observed !== null) return stored.confidencePercent;
  return finding.kind === 'found' ? (finding.confidencePercent ?? null) : null;
}

function valuesOf(
  { stored, type }: AccountQuestion,
  expected: ExpectedResource,
  observed: ObservedResource | null,
): readonly ValueAssignment[] {
  // Linked by a person, it was never compared with a wish.
  const isNew = stored === null || stored.resourceId === null || stored.expectedHash === '';
  return valueAssignmentsOf({
    // What was decided about an account that was given up does not bind the one that is given anew.
    stored: stored?.isDue === true ? stored.values : [],
    expected,
    observed: observed?.content ?? null,
    seen: seenValues(stored),
    isPreExisting: isNew && inFlight(stored) === null && observed?.isPreExisting === true,
    discards: type.definition.discardManualAssignments,
  });
}

/** Executed and seen as wished: the order still has to be told so, which is the verification's business. */
function isLeftToVerification(stored: StoredAccount, expectedHash: string, observed: ObservedResource | null): boolean {
  return (
    stored.provisioningState === 'EXECUTED' &&
    stored.isDue &&
    stored.expectedHash === expectedHash &&
    stored.delta !== null &&
    stored.baseHash !== null &&
    !isBlind(stored.delta) &&
    holds(stored.delta, observed?.content ?? null)
  );
}

interface WishedContent {
  readonly expected: ExpectedResource;
  readonly expectedHash: string;
  readonly observed: ObservedResource | null;
  readonly left: ValuesLeft;
}

function wishedDelta(
  { stored, type }: AccountQuestion,
  { expected, observed, expectedHash, left }: WishedContent,
): ResourceDelta | null {
  const underWay = inFlight(stored);
  const { managed } = ruleIndexOfType(type);
  if (underWay?.kind === 'DELETE') {
    // The removal may be carried out any moment: the account is asked for anew, whatever the last reading says. It may as well
    // never be carried out: what we gave and give no more is taken away in any case.
    const nothing = { observed: null, isCreated: false, unseen: null, wasThere: false };
    const former = stored?.expected ?? null;
    return deltaBetween({ ...nothing, expected, managed, left, former, inFlight: observed && perhapsThere(former) });
  }
  const isExecuted = stored?.provisioningState === 'EXECUTED';
  // Executed, the wish is the same, and the row was read since: what differs now differs in the target.
  const isSeen =
    isExecuted && stored.expectedHash === expectedHash && observed !== null && stored.baseHash !== observed.hash;
  return deltaBetween({
    expected,
    observed: observed?.content ?? null,
    isCreated: isExecuted,
    former: stored?.expected ?? null,
    unseen: stored?.delta ?? null,
    inFlight: isSeen ? null : underWay,
    wasThere: stored !== null && (stored.resourceId !== null || isExecuted),
    managed,
    left,
  });
}

/** The links of an account that nobody knows to be gone. */
const perhapsThere = (former: ExpectedResource | null): ResourceDelta | null =>
  former && {
    kind: 'CREATE',
    key: former.key,
    scalars: [],
    links: Object.entries(former.links).map(([property, rules]) => ({
      property,
      add: Object.keys(rules),
      remove: [],
      rules,
    })),
  };

const rolesInput = ({ stored, roleOfRule, reasons }: AccountQuestion) => ({
  former: stored?.expected ?? null,
  unseen: inFlight(stored) === null ? [] : (stored?.pendingRoles ?? []),
  roleOfRule,
  reasons,
});
