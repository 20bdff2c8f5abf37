// What was found without a reason: the words of it, and how a finding becomes an item that a person can decide.
// Owns kinds, groups and suggestions; finding is steps/find-unexplained.ts', what may be decided reconciliation-decision.ts'.
import type { CompiledModel } from './role-model/model.js';
import type { ScalarValue } from '@joinery/connector-kit';

export const reconciliationKinds = [
  'ROLE',
  'RESOURCE',
  'PROPERTY',
  'UNAUTHORIZED_ACCOUNT',
  'ORPHANED_ACCOUNT',
  'UNUSED_ACCOUNT',
] as const;
export type ReconciliationKind = (typeof reconciliationKinds)[number];

export const reconciliationDecisions = ['KEEP', 'REMOVE', 'CORRECT', 'LINK', 'IGNORE', 'POSTPONE'] as const;
export type ReconciliationDecision = (typeof reconciliationDecisions)[number];

/** Kinds about an account that has no owner by assignment. The others are about what somebody has. */
export const strayKinds = [
  'RESOURCE',
  'UNAUTHORIZED_ACCOUNT',
  'ORPHANED_ACCOUNT',
] as const satisfies readonly ReconciliationKind[];

/** What waits for a decision. Ids are row ids; null where it does not apply. */
export interface FoundItem {
  readonly kind: ReconciliationKind;
  /** What it is about, as text: found twice it is the same item, and what was ignored once stays so. */
  readonly subject: string;
  /** What may be decided together with it. */
  readonly groupKey: string;
  readonly identityId: string | null;
  readonly resourceId: string | null;
  readonly assignmentId: string | null;
  readonly resourceType: string | null;
  readonly role: string | null;
  readonly property: string | null;
  /** Key of a link; null for a scalar. */
  readonly targetKey: string | null;
  readonly currentValue: ScalarValue;
  readonly expectedValue: ScalarValue;
  readonly suggestion: ReconciliationDecision | null;
  readonly confidencePercent: number | null;
  readonly isPreExisting: boolean;
}

/** Its values are never shown. What the configuration does not know any more may have been a secret. */
export const isSecretItem = (
  { resourceTypes }: Pick<CompiledModel, 'resourceTypes'>,
  { resourceType, property }: Pick<FoundItem, 'resourceType' | 'property'>,
): boolean =>
  property !== null &&
  resourceTypes.get(resourceType ?? '')?.targetEntityType.properties.find(({ identifier }) => identifier === property)
    ?.isSecret !== false;

/** A role that was deduced. */
export interface RoleFinding {
  readonly identityId: string;
  readonly role: string;
  /** The account that shows it. */
  readonly resourceId: string | null;
  readonly isPreExisting: boolean;
}

/** A value of an account that differs from the wish, or a link that nothing gives. */
export interface PropertyFinding {
  readonly identityId: string;
  readonly assignmentId: string;
  readonly resourceId: string | null;
  readonly resourceType: string;
  readonly property: string;
  readonly targetKey: string | null;
  readonly currentValue: ScalarValue;
  readonly expectedValue: ScalarValue;
  readonly isPreExisting: boolean;
}

/** An account with an owner who has not used it for too long. */
export interface UnusedFinding {
  readonly identityId: string;
  readonly assignmentId: string;
  readonly resourceId: string;
  readonly resourceType: string;
  /** As the system says it. */
  readonly lastUsed: string;
  readonly isPreExisting: boolean;
}

/** An account that is not due to its owner any more and was left where it is. */
export interface LostFinding {
  readonly identityId: string;
  readonly assignmentId: string;
  readonly resourceId: string;
  readonly resourceType: string;
  readonly isPreExisting: boolean;
  /** A person had decided that it stays; its owner has left since. */
  readonly wasKept: boolean;
}

/** An account of a managed kind that nobody owns by assignment. */
export interface StrayAccount {
  readonly resourceId: string;
  readonly entityType: string;
  /** What a classification rule says, or the only resource type there is; null: several are possible. */
  readonly resourceType: string | null;
  readonly isPreExisting: boolean;
  readonly matches: readonly AccountMatch[];
}

/** Somebody whose account it may be, by one correlation rule. */
export interface AccountMatch {
  readonly identityId: string;
  readonly resourceType: string;
  readonly confidencePercent: number;
  /** Not employed today. */
  readonly isAbsent: boolean;
  /** `expected`: the next computation gives it to them; `failed`: it could not decide; `held`: they own another one. */
  readonly standing: 'none' | 'expected' | 'failed' | 'held';
  /** Accounts without an owner that match the same person by the same rule. */
  readonly alternatives: number;
}

const nothing = {
  identityId: null,
  resourceId: null,
  assignmentId: null,
  resourceType: null,
  role: null,
  property: null,
  targetKey: null,
  currentValue: null,
  expectedValue: null,
  suggestion: null,
  confidencePercent: null,
} as const;

const sure = 100;

export const roleItem = ({ identityId, role, resourceId, isPreExisting }: RoleFinding): FoundItem => ({
  ...nothing,
  kind: 'ROLE',
  subject: `ROLE:${identityId}:${role}`,
  groupKey: `ROLE:${role}`,
  identityId,
  resourceId,
  role,
  isPreExisting,
  suggestion: 'KEEP',
  confidencePercent: sure,
});

/** A link is decided with the same link of others; a value with all other values of its property. */
export function propertyItem(finding: PropertyFinding): FoundItem {
  const { assignmentId, resourceType, property, targetKey, currentValue, isPreExisting } = finding;
  const place = `${resourceType}.${property}`;
  const isLink = targetKey !== null;
  return {
    ...nothing,
    ...finding,
    kind: 'PROPERTY',
    subject: `PROPERTY:${assignmentId}:${property}${isLink ? `=${targetKey}` : `:${JSON.stringify(currentValue)}`}`,
    groupKey: isLink ? `PROPERTY:${place}=${targetKey}` : `PROPERTY:${place}`,
    suggestion: isPreExisting ? 'KEEP' : isLink ? 'REMOVE' : 'CORRECT',
  };
}

export const unusedItem = ({ lastUsed, ...finding }: UnusedFinding): FoundItem => ({
  ...nothing,
  ...finding,
  kind: 'UNUSED_ACCOUNT',
  subject: `UNUSED_ACCOUNT:${finding.resourceId}:${lastUsed}`,
  groupKey: `UNUSED_ACCOUNT:${finding.resourceType}`,
  currentValue: lastUsed,
});

export const lostItem = ({ wasKept, ...finding }: LostFinding): FoundItem => ({
  ...nothing,
  ...finding,
  kind: 'UNAUTHORIZED_ACCOUNT',
  subject: `UNAUTHORIZED_ACCOUNT:${finding.resourceId}:${finding.identityId}${wasKept ? ':left' : ''}`,
  groupKey: `UNAUTHORIZED_ACCOUNT:${finding.resourceType}`,
  suggestion: 'REMOVE',
  confidencePercent: sure,
});

/** Null when there is nothing to decide: the next computation gives it to its owner. */
export function strayItem(account: StrayAccount): FoundItem | null {
  const certain = account.matches.filter(({ confidencePercent }) => confidencePercent >= sure);
  const people = new Set(certain.map(({ identityId }) => identityId));
  const [owner] = certain;
  if (owner === undefined) return withoutOwner(account);
  if (people.size > 1) return ambiguous(account, owner.resourceType, 'SEVERAL_PEOPLE', null, sure);
  return withOwner(account, certain.find(({ standing }) => standing === 'held') ?? owner);
}

function withOwner(account: StrayAccount, owner: AccountMatch): FoundItem | null {
  const { identityId, resourceType, standing, isAbsent, alternatives } = owner;
  if (standing === 'expected') return null;
  if (standing !== 'held' && alternatives > 1)
    return ambiguous(account, resourceType, 'SEVERAL_ACCOUNTS', identityId, sure);
  if (standing === 'failed') return ambiguous(account, resourceType, 'SEVERAL_ACCOUNTS', identityId, sure);
  const isSecond = standing === 'held';
  const isKept = account.isPreExisting && !isAbsent && !isSecond;
  return {
    ...strayOf(account, 'UNAUTHORIZED_ACCOUNT', identityId),
    groupKey: `${isSecond ? 'DUPLICATE_ACCOUNT' : 'UNAUTHORIZED_ACCOUNT'}:${resourceType}`,
    identityId,
    resourceType,
    suggestion: isKept ? 'KEEP' : 'REMOVE',
    confidencePercent: sure,
  };
}

/** Nobody for sure; the likeliest people who have no such account yet, if any. */
function withoutOwner(account: StrayAccount): FoundItem {
  const likely = account.matches.filter(({ standing, isAbsent }) => standing !== 'held' && !isAbsent);
  const most = Math.max(0, ...likely.map(({ confidencePercent }) => confidencePercent));
  const [best, ...others] = likely.filter(({ confidencePercent }) => confidencePercent === most);
  if (best !== undefined && others.some(({ identityId }) => identityId !== best.identityId))
    return ambiguous(account, best.resourceType, 'SEVERAL_PEOPLE', null, most);
  return {
    ...strayOf(account, 'ORPHANED_ACCOUNT', ''),
    groupKey: `ORPHANED_ACCOUNT:${account.entityType}`,
    resourceType: best?.resourceType ?? account.resourceType,
    identityId: best?.identityId ?? null,
    suggestion: best === undefined ? null : 'LINK',
    confidencePercent: best === undefined ? null : most,
  };
}

const ambiguous = (
  account: StrayAccount,
  resourceType: string,
  why: 'SEVERAL_PEOPLE' | 'SEVERAL_ACCOUNTS',
  identityId: string | null,
  confidencePercent: number,
): FoundItem => ({
  ...strayOf(account, 'RESOURCE', identityId ?? ''),
  groupKey: `${why}:${resourceType}`,
  identityId,
  resourceType,
  confidencePercent,
});

const strayOf = ({ resourceId, isPreExisting }: StrayAccount, kind: ReconciliationKind, owner: string) => ({
  ...nothing,
  kind,
  subject: `${kind}:${resourceId}:${owner}`,
  resourceId,
  isPreExisting,
});
