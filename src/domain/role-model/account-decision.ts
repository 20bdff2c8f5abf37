// What becomes of one account: kept, changed, created, linked, taken away. Pure; the rows are written by the store.
// Owns the switches of resource types and what a lost account comes to; the difference itself is delta.ts'. Reasons: docs/role-model.md.
import type { CalculatedRole, ExpectedResource, ResourceDelta } from '../assignment.js';
import type { ProvisioningState } from '../provisioning-state.js';
import type { Digest } from '../resource.js';
import { holds } from '../verification.js';
import { deltaBetween, sameDelta } from './delta.js';
import { type DueAccount, type ExpectedAccount, expectedText, type RuleFailure } from './evaluation.js';
import type { CompiledResourceType } from './model.js';
import { pendingRolesOf } from './pending-role.js';
import { ruleIndexOfType } from './rule-index.js';
import {
  type AccountState,
  hasFixedKey,
  inFlight,
  isSameState,
  isSettledAs,
  isStable,
  type ObservedResource,
  type StoredAccount,
} from './stored-account.js';

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
  readonly digest: Digest;
  readonly newId: () => string;
}

export type AccountDecision =
  | { readonly kind: 'keep' }
  | { readonly kind: 'write'; readonly next: AccountState }
  | { readonly kind: 'delete' };

const keep: AccountDecision = { kind: 'keep' };

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

const blank = (
  id: string,
  type: CompiledResourceType,
): Omit<AccountState, 'expected' | 'expectedHash' | 'provisioningState'> => ({
  id,
  resourceType: type.definition.identifier,
  resourceId: null,
  resourceKey: '',
  isDue: true,
  observedHash: null,
  baseHash: null,
  workflowState: 'CALCULATED',
  desiredVersion: 1,
  orderedVersion: 0,
  delta: null,
  pendingRoles: [],
  driftCount: 0,
  error: null,
});

function decideDue(question: AccountQuestion, wish: DueAccount): AccountDecision {
  const { stored, digest, isModelNew } = question;
  const observed = observedOf(question);
  const expected: ExpectedResource = {
    key: keyOf(question, observed),
    rule: wish.rule,
    values: wish.values,
    links: wish.links,
  };
  const expectedHash = digest(expectedText(expected));
  if (stored !== null && isSettledAs(stored, expectedHash, observed, isModelNew)) return keep;
  if (stored !== null && isLeftToVerification(stored, expectedHash, observed)) return keep;
  const delta = wishedDelta(question, expected, observed, expectedHash);
  const base: AccountState = {
    ...(stored ?? { ...blank(question.newId(), question.type), expected, expectedHash, provisioningState: 'PENDING' }),
    resourceId: observed?.id ?? null,
    resourceKey: expected.key,
    isDue: true,
    expected,
    expectedHash,
    baseHash: observed?.hash ?? '',
    workflowState: wish.role === null ? 'CALCULATED' : 'GIVEN_BY_A_ROLE',
    driftCount: stored?.expectedHash === expectedHash && !isModelNew ? stored.driftCount : 0,
    error: null,
  };
  const pendingRoles = pendingRolesOf({ ...rolesInput(question), delta, expected });
  return written(stored, withDelta(question, base, delta, pendingRoles));
}

/** A delta is new only with a new version, so equal states have equal deltas. */
const written = (stored: StoredAccount | null, next: AccountState): AccountDecision =>
  stored !== null && isSameState(stored, next) ? keep : { kind: 'write', next };

/** Executed and seen as wished: the order still has to be told so, which is the verification's business. */
function isLeftToVerification(stored: StoredAccount, expectedHash: string, observed: ObservedResource | null): boolean {
  return (
    stored.provisioningState === 'EXECUTED' &&
    stored.isDue &&
    stored.expectedHash === expectedHash &&
    stored.delta !== null &&
    stored.baseHash !== null &&
    holds(stored.delta, observed?.content ?? null)
  );
}

function wishedDelta(
  question: AccountQuestion,
  expected: ExpectedResource,
  observed: ObservedResource | null,
  expectedHash: string,
): ResourceDelta | null {
  const { stored, type } = question;
  const underWay = inFlight(stored);
  const { managed } = ruleIndexOfType(type);
  if (underWay?.kind === 'DELETE') {
    // The removal may be carried out any moment: the account is asked for anew, whatever the last reading says.
    return deltaBetween({
      expected,
      observed: null,
      isCreated: false,
      former: null,
      unseen: null,
      inFlight: null,
      managed,
    });
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
    managed,
  });
}

const rolesInput = ({ stored, roleOfRule, reasons }: AccountQuestion) => ({
  former: stored?.expected ?? null,
  unseen: inFlight(stored) === null ? [] : (stored?.pendingRoles ?? []),
  roleOfRule,
  reasons,
});

/** Puts a wish and what it takes to reach it into the row. */
function withDelta(
  question: AccountQuestion,
  base: AccountState,
  delta: ResourceDelta | null,
  pendingRoles: readonly string[],
): AccountState {
  if (delta === null) return settled(question.stored, base);
  if (!isAllowed(question.type, delta))
    return { ...base, provisioningState: 'NONE', observedHash: null, delta: null, pendingRoles: [] };
  const waiting = waitingState(question.type);
  const isKnown =
    question.stored?.expectedHash === base.expectedHash &&
    question.stored.isDue === base.isDue &&
    question.stored.provisioningState === waiting &&
    sameDelta(question.stored.delta, delta);
  if (isKnown) return { ...base, delta, pendingRoles };
  return {
    ...base,
    ...nextVersion(question.stored),
    provisioningState: waiting,
    observedHash: null,
    delta,
    pendingRoles,
  };
}

/** An order that may be on its way becomes stale by the higher version; nothing is left to be ordered. */
function settled(stored: StoredAccount | null, base: AccountState): AccountState {
  const version = base.desiredVersion + (inFlight(stored) === null ? 0 : 1);
  return {
    ...base,
    provisioningState: 'VERIFIED',
    observedHash: base.baseHash,
    delta: null,
    pendingRoles: [],
    driftCount: 0,
    desiredVersion: version,
    orderedVersion: inFlight(stored) === null ? 0 : version,
  };
}

const nextVersion = (stored: StoredAccount | null): Pick<AccountState, 'desiredVersion' | 'orderedVersion'> =>
  stored === null
    ? { desiredVersion: 1, orderedVersion: 0 }
    : {
        desiredVersion: stored.desiredVersion + 1,
        orderedVersion: inFlight(stored) === null ? 0 : stored.orderedVersion,
      };

function isAllowed({ definition }: CompiledResourceType, delta: ResourceDelta): boolean {
  switch (delta.kind) {
    case 'CREATE':
      return definition.allowAdd;
    case 'UPDATE':
      return definition.allowUpdate;
    case 'DELETE':
      return definition.allowRemove;
    default:
      return delta.kind satisfies never;
  }
}

const waitingState = ({ definition }: CompiledResourceType): ProvisioningState =>
  definition.blockProvisioning ? 'AWAITING_APPROVAL' : 'PENDING';

/** Not due any more. What was never ordered and is not there goes at once; the rest is taken away in the target first. */
function decideLost(question: AccountQuestion, stored: StoredAccount): AccountDecision {
  const { observed } = stored;
  if (!stored.isDue && stored.provisioningState === 'VERIFIED') return { kind: 'delete' };
  if (observed === null && inFlight(stored) === null) return { kind: 'delete' };
  if (!stored.isDue && (isStable(stored, observed, question.isModelNew) || isRemovalExecuted(stored))) return keep;
  const delta = lostDelta(question, stored);
  if (delta === null) return { kind: 'delete' };
  const base: AccountState = {
    ...stored,
    isDue: false,
    baseHash: observed?.hash ?? '',
    workflowState: 'CANCELLATION',
    error: null,
    expected: delta.kind === 'DELETE' ? stored.expected : { ...stored.expected, links: {} },
  };
  const pendingRoles = pendingRolesOf({ ...rolesInput(question), delta, expected: null });
  return written(stored, withDelta(question, base, delta, pendingRoles));
}

const isRemovalExecuted = (stored: StoredAccount): boolean =>
  stored.provisioningState === 'EXECUTED' &&
  stored.delta !== null &&
  stored.baseHash !== null &&
  holds(stored.delta, stored.observed?.content ?? null);

/** The account itself, where it may be removed; else at least the links we gave. */
function lostDelta({ type }: AccountQuestion, stored: StoredAccount): ResourceDelta | null {
  const key = stored.observed?.content.key ?? stored.resourceKey;
  if (type.definition.allowRemove) return { kind: 'DELETE', key, scalars: [], links: [] };
  if (!type.definition.allowUpdate) return null;
  const values = Object.fromEntries(
    Object.entries(stored.observed?.content.attributes ?? {}).map(([property, value]) => [
      property,
      { value, rule: '' },
    ]),
  );
  const delta = deltaBetween({
    expected: { key, rule: stored.expected.rule, values, links: {} },
    observed: stored.observed?.content ?? null,
    isCreated: true,
    former: stored.expected,
    unseen: stored.delta,
    inFlight: inFlight(stored),
    managed: new Set(),
  });
  return delta === null || delta.links.length === 0 ? null : { ...delta, scalars: [] };
}
