// What a plan remembers of each identity: what it was computed from and what it comes to, as one text.
// Two texts are equal exactly when carrying the plan out writes what the plan says; store and steps keep digests of them.
import type { WorkflowState } from '../workflow-state.js';
import type { LoadedIdentity } from './computation.js';
import type { RoleDecision } from './evaluation.js';
import { type ComputedState, isUnchanged, type Reconciliation } from './reconcile.js';
import type { ScannedIdentity, StableAccount } from './survey.js';

export interface PlanInput {
  readonly identityId: string;
  readonly digest: string;
  /** Carrying the plan out writes something for it. */
  readonly isChanged: boolean;
  /** Roles it holds now and would not hold after. */
  readonly lostRoles: readonly string[];
}

/** Of an identity that the first look found settled. */
export const settledInputText = ({ id, state, stable }: ScannedIdentity): string => settledText(id, state, stable);

/** Of an identity that was looked at closely. Nothing to write gives the text of a settled one: a mark alone moves nothing. */
export function plannedInputText(loaded: LoadedIdentity, result: Reconciliation): string {
  const { snapshot, stored } = loaded;
  if (!isUnchanged(result)) return JSON.stringify([inputOf(loaded), outcomeOf(result)]);
  const accounts = stored.accounts.map((account) => ({ ...account, key: account.resourceKey }));
  return settledText(snapshot.id, stored.state, accounts);
}

function settledText(id: string, state: ComputedState | null, accounts: readonly StableAccount[]): string {
  const lines = accounts.map(
    ({ resourceType, key, expectedHash, isDue }) => `${resourceType} ${key} ${expectedHash} ${isDue}`,
  );
  return [id, state?.inputHash ?? '', state?.rolesHash ?? '', ...lines.sort()].join('\n');
}

const inputOf = ({ snapshot, hash, stored }: LoadedIdentity): unknown => [
  snapshot.id,
  hash,
  snapshot.isRemoved,
  snapshot.decisions
    .filter(isDecided)
    .map((row) => [row.role, row.workflowState, row.startDate, row.endDate, row.isDenied]),
  stored.accounts.map((account) => [
    account.id,
    account.expectedHash,
    account.provisioningState,
    account.desiredVersion,
    account.observed?.hash ?? null,
  ]),
];

/** Of a request that nobody has decided nothing follows: it comes and goes without moving a plan. */
const undecidedStates: readonly WorkflowState[] = ['REQUESTED', 'PENDING_APPROVAL', 'PENDING_APPROVAL_RISK'];
const isDecided = ({ workflowState, isDenied }: RoleDecision): boolean =>
  isDenied || !undecidedStates.includes(workflowState);

/** New ids, versions and days on which to look again are no part of what is written to anybody. */
const leftOut: ReadonlySet<string> = new Set([
  'id',
  'changes',
  'observed',
  'inputHash',
  'configurationVersion',
  'nextDueOn',
  'lostRoles',
]);

const outcomeOf = (result: Reconciliation): unknown =>
  JSON.parse(JSON.stringify(result, (key, value: unknown) => (leftOut.has(key) ? undefined : value)));
