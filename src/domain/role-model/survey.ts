// The first look at an identity, from hashes alone: can it be left as it is, and does it lose anything? Pure.
// Says what `reconcile` would find by looking at everything; a property test holds the two against each other.
import { positionIn } from '../calendar.js';
import type { CalculatedRole } from '../assignment.js';
import type { Attributes } from '../configuration.js';
import type { Computation } from './computation.js';
import { evaluate, inputText } from './evaluate.js';
import { type Evaluation, expectedText, type IdentitySnapshot, type RoleDecision, rolesText } from './evaluation.js';
import { isApproved } from './held-role.js';
import type { ComputedState } from './reconcile.js';

/** One identity without documents. */
export interface ScannedIdentity {
  readonly id: string;
  readonly key: string;
  readonly attributes: Attributes;
  /** Hash of the identity's row. */
  readonly hash: string;
  readonly isRemoved: boolean;
  /** Marked to be computed: always looked at, so that the mark goes. */
  readonly isDirty: boolean;
  readonly state: ComputedState | null;
  readonly decisions: readonly RoleDecision[];
  /** Accounts whose comparison still holds, sorted by resource type. */
  readonly stable: readonly StableAccount[];
  /** Accounts that need a second look. */
  readonly unstableCount: number;
}

export interface StableAccount {
  readonly resourceType: string;
  readonly key: string;
  readonly expectedHash: string;
  readonly isDue: boolean;
}

/** What an identity holds by the last computation, without documents. */
export interface HeldNames {
  readonly roles: readonly CalculatedRole[];
  /** Resource types whose account is due. */
  readonly accounts: readonly string[];
}

export interface Surveyed {
  readonly isAsStored: boolean;
  readonly evaluation: Evaluation | null;
}

/** An identity that was never computed is not evaluated: it differs, and has nothing to lose. */
export function survey(computation: Computation, scanned: ScannedIdentity): Surveyed {
  if (scanned.state === null) return { isAsStored: false, evaluation: null };
  const snapshot: IdentitySnapshot = { ...scanned, storedRoles: [] };
  const evaluation = evaluate(snapshot, computation.model, computation.today);
  return { isAsStored: isAsStored(computation, scanned, scanned.state, snapshot, evaluation), evaluation };
}

/** A role whose rule fails keeps what that rule gave before: it is evaluated again with what the identity holds. */
export function loses(
  { model, today }: Computation,
  scanned: ScannedIdentity,
  { evaluation: first }: Surveyed,
  held: HeldNames | undefined,
): boolean {
  if (first === null || held === undefined) return false;
  const evaluation =
    first.failures.length === 0 ? first : evaluate({ ...scanned, storedRoles: held.roles }, model, today);
  const roles = new Set(evaluation.roles.map(({ role }) => role));
  const accounts = new Set(evaluation.accounts.map(({ resourceType }) => resourceType));
  return (
    held.roles.some(({ role }) => !roles.has(role)) || held.accounts.some((resourceType) => !accounts.has(resourceType))
  );
}

function isAsStored(
  { model, today, digest }: Computation,
  scanned: ScannedIdentity,
  state: ComputedState,
  snapshot: IdentitySnapshot,
  evaluation: Evaluation,
): boolean {
  if (scanned.isDirty || scanned.unstableCount > 0 || evaluation.failures.length > 0) return false;
  if (state.configurationVersion !== model.version || state.nextDueOn !== evaluation.nextDueOn) return false;
  if (state.inputHash !== inputText(snapshot, evaluation.position, scanned.hash, model, today)) return false;
  if (hasRowsToEnd(scanned, evaluation, today)) return false;
  return areAccountsAsStored(scanned, evaluation, digest) && state.rolesHash === digest(rolesText(evaluation));
}

const hasRowsToEnd = ({ decisions }: ScannedIdentity, { position }: Evaluation, today: string): boolean =>
  decisions.some(
    (row) =>
      row.workflowState === 'CANCELLATION' ||
      (isApproved(row) && (position === 'after' || positionIn(today, row.startDate, row.endDate) === 'after')),
  );

function areAccountsAsStored(
  { stable }: ScannedIdentity,
  { accounts }: Evaluation,
  digest: Computation['digest'],
): boolean {
  const due = stable.filter(({ isDue }) => isDue);
  if (due.length !== accounts.length) return false;
  if (
    stable.some(
      ({ isDue, resourceType }) => !isDue && accounts.some((account) => account.resourceType === resourceType),
    )
  )
    return false;
  return due.every((stored, index) => {
    const account = accounts[index];
    if (account?.kind !== 'due' || account.resourceType !== stored.resourceType) return false;
    return (
      digest(expectedText({ key: stored.key, rule: account.rule, values: account.values, links: account.links })) ===
      stored.expectedHash
    );
  });
}
