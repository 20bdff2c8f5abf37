// The first look at an identity, from hashes alone: can it be left as it is, and does it lose anything? Pure.
// Says what `reconcile` would find by looking at everything; a property test holds the two against each other.
import type { CalculatedRole } from '../assignment.js';
import type { Attributes } from '../configuration.js';
import { type Answers, answeredEvaluation, answersTo, type Ask, leavesOpen, noAnswers } from './answer.js';
import { type Computation, computationFor } from './computation.js';
import { evaluate, inputText } from './evaluate.js';
import {
  type Evaluation,
  type ExpectedAccount,
  expectedText,
  type Hierarchies,
  type IdentitySnapshot,
  type PositionRow,
  type RoleDecision,
  rolesText,
} from './evaluation.js';
import { type GraceQuestion, graced, needlessRows } from './grace.js';
import type { ComputedState } from './reconcile.js';
import { isReserved } from './unique-value.js';

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
  /** As in IdentitySnapshot. */
  readonly positions?: readonly PositionRow[];
  readonly hierarchies?: Hierarchies;
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
  /** A disabled account is deleted on that day. Default: it is not. */
  readonly deleteOn?: string | null;
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

/** Looks at many; what their rules leave open is asked once for all of them. In their order. */
export async function surveyPage(
  computation: Computation,
  page: readonly ScannedIdentity[],
  ask: Ask,
): Promise<readonly Surveyed[]> {
  if (!leavesOpen(computation.model)) return page.map((scanned) => survey(computation, scanned));
  const evaluated = page.map((scanned) => ({
    id: scanned.id,
    scanned,
    evaluation: evaluationOf(computation, scanned),
  }));
  const answers = await answersTo(computation.model, evaluated, ask);
  return evaluated.map(({ scanned, evaluation }) => surveyed(computation, scanned, evaluation, answers));
}

/** Without asking: for models that leave nothing open. */
export const survey = (computation: Computation, scanned: ScannedIdentity): Surveyed =>
  surveyed(computation, scanned, evaluationOf(computation, scanned), noAnswers);

/** An identity that was never computed is not evaluated: it differs, and has nothing to lose. */
function evaluationOf(computation: Computation, scanned: ScannedIdentity): Evaluation | null {
  if (scanned.state === null) return null;
  const { model, today, ahead } = computationFor(computation, scanned);
  return evaluate({ ...scanned, storedRoles: [] }, model, today, ahead);
}

function surveyed(
  computation: Computation,
  scanned: ScannedIdentity,
  open: Evaluation | null,
  answers: Answers,
): Surveyed {
  if (scanned.state === null || open === null) return { isAsStored: false, evaluation: null };
  const snapshot: IdentitySnapshot = { ...scanned, storedRoles: [] };
  const evaluation = answeredEvaluation(open, scanned.id, answers);
  const isAsStoredNow =
    isAllReserved(open, scanned.id, answers) &&
    isAsStored(computationFor(computation, scanned), scanned, scanned.state, snapshot, evaluation);
  return { isAsStored: isAsStoredNow, evaluation };
}

/** What must be unique has to be reserved by a computation. */
const isAllReserved = ({ accounts }: Evaluation, identityId: string, answers: Answers): boolean =>
  accounts.every(
    (account) =>
      account.kind !== 'due' ||
      account.open === undefined ||
      isReserved(account.open.uniques, identityId, account.resourceType, answers),
  );

/** A role whose rule fails keeps what that rule gave before: it is evaluated again with what the identity holds. */
export function loses(
  shared: Computation,
  scanned: ScannedIdentity,
  { evaluation: first }: Surveyed,
  held: HeldNames | undefined,
): boolean {
  const computation = computationFor(shared, scanned);
  const { model, today, ahead } = computation;
  if (first === null || held === undefined) return false;
  const evaluation =
    first.failures.length === 0 ? first : evaluate({ ...scanned, storedRoles: held.roles }, model, today, ahead);
  const kept = graced(questionOf(computation, scanned, held), evaluation).evaluation;
  const roles = new Set(kept.roles.map(({ role }) => role));
  const accounts = new Set(kept.accounts.map(({ resourceType }) => resourceType));
  return (
    held.roles.some(({ role }) => !roles.has(role)) || held.accounts.some((resourceType) => !accounts.has(resourceType))
  );
}

/** What is kept in grace is not lost. */
function questionOf(
  { model, today, ahead }: Computation,
  scanned: ScannedIdentity,
  { roles }: HeldNames,
): GraceQuestion {
  const { state, hash } = scanned;
  return {
    snapshot: { ...scanned, storedRoles: roles },
    hash,
    before: state === null ? null : { ...state, roles },
    model,
    today,
    evaluateOn: (one) => evaluate(one, model, today, ahead),
  };
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
  if (hasRowsToEnd(scanned, evaluation) || hasAccountToDelete(scanned, today)) return false;
  return areAccountsAsStored(scanned, evaluation, digest) && state.rolesHash === digest(rolesText(evaluation));
}

const hasAccountToDelete = ({ stable }: ScannedIdentity, today: string): boolean =>
  stable.some(({ deleteOn }) => deleteOn !== undefined && deleteOn !== null && deleteOn <= today);

const hasRowsToEnd = ({ decisions }: ScannedIdentity, evaluation: Evaluation): boolean =>
  decisions.length > 0 &&
  (decisions.some((row) => row.workflowState === 'CANCELLATION' || evaluation.ended.includes(row.role)) ||
    needlessRows(decisions, evaluation).length > 0);

/** Both sides come sorted by resource type; of several accounts of one type each holds the wish. */
function areAccountsAsStored(
  { stable }: ScannedIdentity,
  { accounts }: Evaluation,
  digest: Computation['digest'],
): boolean {
  let at = 0;
  for (const account of accounts) {
    const first = at;
    for (let stored = stable[at]; stored !== undefined && isUpTo(stored, account); stored = stable[at]) {
      if (stored.resourceType === account.resourceType && !isAsWished(stored, account, digest)) return false;
      if (stored.resourceType !== account.resourceType && stored.isDue) return false;
      at += 1;
    }
    // Nothing stands for it.
    if (stable[at - 1]?.resourceType !== account.resourceType || at === first) return false;
  }
  return stable.slice(at).every(({ isDue }) => !isDue);
}

const isUpTo = (stored: StableAccount, account: ExpectedAccount): boolean =>
  stored.resourceType <= account.resourceType;

const isAsWished = (stored: StableAccount, account: ExpectedAccount, digest: Computation['digest']): boolean =>
  account.kind === 'due' &&
  stored.isDue &&
  digest(expectedText({ key: stored.key, rule: account.rule, values: account.values, links: account.links })) ===
    stored.expectedHash;
