// How a decision stands in an account's row: settled, waiting, refused by a switch or by a person, and its versions.
// Owns what one row says; what is wished of an account is account-decision.ts' and lost-account.ts'.
import type { ExpectedResource, ResourceDelta } from '../assignment.js';
import type { ProvisioningState } from '../provisioning-state.js';
import { isDeclinedWish } from './declined-wish.js';
import { sameDelta } from './delta.js';
import type { RuleFailure } from './evaluation.js';
import type { CompiledResourceType } from './model.js';
import { type AccountState, inFlight, isSameState, type StoredAccount } from './stored-account.js';

export type AccountDecision =
  | { readonly kind: 'keep' }
  | { readonly kind: 'write'; readonly next: AccountState }
  | { readonly kind: 'delete' };

export const keep: AccountDecision = { kind: 'keep' };

/** A delta is new only with a new version, so equal states have equal deltas. */
export const written = (stored: StoredAccount | null, next: AccountState): AccountDecision =>
  stored !== null && isSameState(stored, next) ? keep : { kind: 'write', next };

export const blank = (
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
  slot: 0,
  deleteOn: null,
  declinedHash: null,
  confidencePercent: null,
  values: [],
});

export interface Step {
  readonly type: CompiledResourceType;
  readonly stored: StoredAccount | null;
  readonly base: AccountState;
  readonly delta: ResourceDelta | null;
  readonly pendingRoles: readonly string[];
  /** Properties of the owner that must be filled first. Default: none. */
  readonly missing?: readonly string[];
  /** A person has decided on the removal: no switch stands in its way. */
  readonly isDecided?: boolean;
}

/** Puts a wish and what it takes to reach it into the row. */
export function withDelta(step: Step): AccountState {
  const { stored, base, pendingRoles } = step;
  const isUncertain = base.confidencePercent !== null && base.confidencePercent < 100;
  // A match that nobody is sure of waits even where nothing is to be written.
  const delta = step.delta ?? (isUncertain ? nothingTo(base.resourceKey) : null);
  if (delta === null) return settled(stored, base);
  const reason = step.isDecided === true ? null : (unfilled(step, delta) ?? forbidden(step.type, delta));
  if (reason !== null) return unwritten(base, reason);
  // Whoever asked for a role must see that the account it gives was refused.
  if (isDeclined(stored, base)) return { ...unwritten(base, null), pendingRoles: base.isDue ? pendingRoles : [] };
  const waiting = waitingState(step.type, base, delta);
  if (isKnown(stored, base, delta, waiting)) return { ...base, delta, pendingRoles };
  return { ...base, ...nextVersion(stored), provisioningState: waiting, observedHash: null, delta, pendingRoles };
}

const nothingTo = (key: string): ResourceDelta => ({ kind: 'UPDATE', key, scalars: [], links: [] });

const unwritten = (base: AccountState, error: RuleFailure | null): AccountState => ({
  ...base,
  provisioningState: 'NONE',
  observedHash: null,
  delta: null,
  pendingRoles: [],
  error,
});

/** A refusal is about one wish, for an account that is due as for one that is not. */
const isDeclined = (stored: StoredAccount | null, base: AccountState): boolean =>
  stored !== null && isDeclinedWish(base.declinedHash, base.expectedHash) && stored.isDue === base.isDue;

/** It waits already; what waited for a person and was let go does not wait again. */
const isKnown = (
  stored: StoredAccount | null,
  base: AccountState,
  delta: ResourceDelta,
  waiting: ProvisioningState,
): boolean =>
  stored !== null &&
  stored.expectedHash === base.expectedHash &&
  stored.isDue === base.isDue &&
  (stored.provisioningState === waiting ||
    (waiting === 'AWAITING_APPROVAL' && stored.provisioningState === 'PENDING')) &&
  sameDelta(stored.delta, delta);

/** An order that may be on its way becomes stale by the higher version; nothing is left to be ordered. */
export function settled(stored: StoredAccount | null, base: AccountState): AccountState {
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

/** An account that exists, or may exist already, stays; a new one waits for its owner's properties. */
function unfilled({ type, stored, missing = [] }: Step, delta: ResourceDelta): RuleFailure | null {
  if (delta.kind !== 'CREATE' || missing.length === 0 || inFlight(stored) !== null) return null;
  const { identifier, displayName } = type.definition;
  const names = missing.join(', ');
  return {
    rule: ownerRule(identifier),
    message: `A ${displayName} is not made before its owner has ${names}. Fill ${names} in the source of the person.`,
  };
}

const ownerRule = (resourceType: string): string => `${resourceType}.dependsOnOwnerProperties`;

/** Whether the row says so: then it is looked at again when that changes, although the wish is the same. */
export const isUnfilled = ({ error, resourceType, provisioningState }: StoredAccount): boolean =>
  provisioningState === 'NONE' && error?.rule === ownerRule(resourceType);

/** Why the switches of the resource type forbid it; null: they do not. */
function forbidden({ definition }: CompiledResourceType, delta: ResourceDelta): RuleFailure | null {
  const { identifier, displayName } = definition;
  const no = (what: string, hint: string): RuleFailure => ({
    rule: `${identifier}.${what}`,
    message: `A ${displayName} is not ${hint}`,
  });
  switch (delta.kind) {
    case 'CREATE':
      return definition.allowAdd
        ? null
        : no('allowAdd', 'made by Joinery. Make it in the system: the next synchronisation links it to its owner.');
    case 'UPDATE':
      return definition.allowUpdate
        ? null
        : no('allowUpdate', 'changed by Joinery. Change it in the system: the next synchronisation sees it.');
    case 'DELETE':
      return definition.allowRemove ? null : no('allowRemove', 'removed by Joinery. Remove it in the system.');
    default:
      return delta.kind satisfies never;
  }
}

function waitingState(
  { definition }: CompiledResourceType,
  { expected, confidencePercent }: AccountState,
  delta: ResourceDelta,
): ProvisioningState {
  const isWaiting = definition.blockProvisioning || !isSure(confidencePercent) || !areAllSure(expected, delta);
  return isWaiting ? 'AWAITING_APPROVAL' : 'PENDING';
}

const isSure = (percent: number | null | undefined): boolean => (percent ?? 100) >= 100;

/** Of what the delta writes. */
const areAllSure = ({ values, uncertainLinks }: ExpectedResource, delta: ResourceDelta): boolean =>
  delta.scalars.every(({ property }) => isSure(values[property]?.confidencePercent)) &&
  delta.links.every(({ property, add }) => add.every((key) => isSure(uncertainLinks?.[property]?.[key])));
