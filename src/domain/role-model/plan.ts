// A dry run as a value: which changes of accounts a computation would make, and their sums.
// Owns taking requested items as approved and naming changes; computing is computation.ts', storing the plan's store's.
import type { ResourceDelta } from '../assignment.js';
import type { ChangeCount } from '../order.js';
import type { LoadedIdentity } from './computation.js';
import type { RoleDecision } from './evaluation.js';
import type { Reconciliation } from './reconcile.js';
import type { AccountState } from './stored-account.js';

/** ASSOCIATE: an existing account is recognised as the identity's, and is as it should be. */
export const changeKinds = ['CREATE', 'UPDATE', 'DELETE', 'ASSOCIATE'] as const;
export type ChangeKind = (typeof changeKinds)[number];

export interface PlannedChange {
  readonly kind: ChangeKind;
  readonly resourceType: string;
  readonly identityId: string;
  /** Null while the resource does not exist. */
  readonly resourceId: string | null;
  readonly resourceKey: string;
  readonly delta: ResourceDelta;
  /** It would wait for a person before anything is written. */
  readonly requiresReview: boolean;
}

export const plannedChanges = ({ identityId, inserted, updated }: Reconciliation): readonly PlannedChange[] => [
  ...inserted.flatMap((account) =>
    account.delta === null && account.resourceId !== null ? [association(identityId, account)] : [],
  ),
  ...[...inserted, ...updated].flatMap(({ delta, provisioningState, resourceType, resourceId, resourceKey }) => {
    if (delta === null || provisioningState === 'ERROR') return [];
    const requiresReview = provisioningState === 'AWAITING_APPROVAL';
    return [{ kind: delta.kind, resourceType, identityId, resourceId, resourceKey, delta, requiresReview }];
  }),
];

const association = (
  identityId: string,
  { resourceType, resourceId, resourceKey, provisioningState }: AccountState,
): PlannedChange => ({
  kind: 'ASSOCIATE',
  resourceType,
  identityId,
  resourceId,
  resourceKey,
  delta: { kind: 'UPDATE', key: resourceKey, scalars: [], links: [] },
  requiresReview: provisioningState === 'AWAITING_APPROVAL',
});

export interface TypeSummary {
  readonly resourceType: string;
  readonly createCount: number;
  readonly updateCount: number;
  readonly deleteCount: number;
}

export interface PlanSummary {
  readonly createCount: number;
  readonly updateCount: number;
  readonly deleteCount: number;
  readonly associateCount: number;
  /** Accounts that stay as they are. */
  readonly unchangedCount: number;
  readonly affectedIdentityCount: number;
  /** Sorted by resource type. */
  readonly byResourceType: readonly TypeSummary[];
}

export const emptySummary: PlanSummary = {
  createCount: 0,
  updateCount: 0,
  deleteCount: 0,
  associateCount: 0,
  unchangedCount: 0,
  affectedIdentityCount: 0,
  byResourceType: [],
};

export function withChanges(
  summary: PlanSummary,
  changes: readonly PlannedChange[],
  unchangedCount: number,
): PlanSummary {
  const count = (wanted: ChangeKind): number => changes.filter(({ kind }) => kind === wanted).length;
  return {
    createCount: summary.createCount + count('CREATE'),
    updateCount: summary.updateCount + count('UPDATE'),
    deleteCount: summary.deleteCount + count('DELETE'),
    associateCount: summary.associateCount + count('ASSOCIATE'),
    unchangedCount: summary.unchangedCount + unchangedCount,
    affectedIdentityCount: summary.affectedIdentityCount + new Set(changes.map(({ identityId }) => identityId)).size,
    byResourceType: changes.reduce(addToType, summary.byResourceType),
  };
}

function addToType(rows: readonly TypeSummary[], { resourceType, kind }: PlannedChange): readonly TypeSummary[] {
  const known = rows.find((row) => row.resourceType === resourceType) ?? {
    resourceType,
    createCount: 0,
    updateCount: 0,
    deleteCount: 0,
  };
  const next: TypeSummary = {
    resourceType,
    createCount: known.createCount + Number(kind === 'CREATE'),
    updateCount: known.updateCount + Number(kind === 'UPDATE'),
    deleteCount: known.deleteCount + Number(kind === 'DELETE'),
  };
  return [...rows.filter((row) => row.resourceType !== resourceType), next].sort((a, b) =>
    a.resourceType < b.resourceType ? -1 : 1,
  );
}

/** As orders are counted against their thresholds. */
export const changeCounts = ({ byResourceType }: PlanSummary): readonly ChangeCount[] =>
  byResourceType.flatMap(({ resourceType, createCount, updateCount, deleteCount }) =>
    (
      [
        ['CREATE', createCount],
        ['UPDATE', updateCount],
        ['DELETE', deleteCount],
      ] as const
    )
      .filter(([, count]) => count > 0)
      .map(([kind, count]) => ({ resourceType, kind, count })),
  );

/** Requested items taken as approved; dates null = open. */
export interface AssumedDecision {
  readonly identityId: string;
  readonly role: string;
  readonly action: 'ADD' | 'UPDATE' | 'REMOVE' | 'DENY' | 'ALLOW';
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly parameters?: Readonly<Record<string, string>> | null;
}

export function assume(loaded: LoadedIdentity, assumed: readonly AssumedDecision[]): LoadedIdentity {
  const own = assumed.filter(({ identityId }) => identityId === loaded.snapshot.id);
  if (own.length === 0) return loaded;
  const roles = new Set(own.map(({ role }) => role));
  const before = loaded.snapshot.decisions.filter(({ role }) => !roles.has(role));
  // What is allowed again is left to the rules: the denial goes, nothing takes its place.
  const made = own.filter(({ action }) => action !== 'ALLOW');
  const decisions = [...before, ...made.map((item) => decisionOf(item, loaded.snapshot.decisions))];
  return { ...loaded, snapshot: { ...loaded.snapshot, decisions }, stored: { ...loaded.stored, decisions } };
}

function decisionOf(
  { identityId, role, action, startDate, endDate, parameters }: AssumedDecision,
  before: readonly RoleDecision[],
): RoleDecision {
  const row = before.find((decision) => decision.role === role);
  return {
    identityId,
    role,
    startDate,
    endDate,
    workflowState: action === 'REMOVE' ? 'CANCELLATION' : action === 'DENY' ? 'DECLINED' : 'APPROVED',
    requestItemId: row?.requestItemId ?? null,
    approvalStep: null,
    approvalStepCount: null,
    parameters: parameters ?? row?.parameters ?? null,
    isDenied: action === 'DENY',
  };
}
