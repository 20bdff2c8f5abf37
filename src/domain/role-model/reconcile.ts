// Expected × stored × observed → what to write for one identity, and the facts that tell of it. Pure.
// Owns the rows of roles and the list of changes; accounts are account-decision.ts', shown states role-state.ts'.
import { type AssignmentChange, type CalculatedRole, roleAssignmentId, type RoleReason } from '../assignment.js';
import type { ProvisioningState } from '../provisioning-state.js';
import type { Digest } from '../resource.js';
import type { WorkflowState } from '../workflow-state.js';
import type { Finding } from './account-question.js';
import { type Evaluation, type RoleDecision, type RuleFailure, rolesText } from './evaluation.js';
import { needlessRows, type ProlongedRole } from './grace.js';
import { namesOf } from './held-role.js';
import type { CompiledModel } from './model.js';
import { type DecidedAccount, decideAccounts } from './owned-account.js';
import { goneRole, hasEffects, type ShownRole, shownRole } from './role-state.js';
import type { AccountState, StoredAccount } from './stored-account.js';
import { type ValueWrites, valueWritesOf } from './value-assignment.js';

/** What the store holds of one identity. */
export interface StoredIdentity {
  /** Null when it was never computed. */
  readonly state: ComputedState | null;
  readonly roles: readonly CalculatedRole[];
  readonly decisions: readonly RoleDecision[];
  readonly accounts: readonly StoredAccount[];
  /** Offered by the last computation. Left out: none. */
  readonly suggestions?: Evaluation['suggestions'];
}

/** A row of identity_state without its roles. */
export interface ComputedState {
  readonly rolesHash: string;
  readonly inputHash: string;
  readonly configurationVersion: number;
  readonly nextDueOn: string | null;
}

export interface ReconcileInput {
  readonly identityId: string;
  readonly evaluation: Evaluation;
  /** Roles that a change of rules has taken, and that the evaluation holds in grace. Default: none. */
  readonly prolonged?: readonly ProlongedRole[];
  /** Its source no longer lists it. Default false. */
  readonly isOrphan?: boolean;
  readonly stored: StoredIdentity;
  /** By resource type: what was found for accounts that have no resource yet. */
  readonly findings: ReadonlyMap<string, Finding>;
  /** By resource type: computed keys of accounts whose key is not fixed. */
  readonly keys: ReadonlyMap<string, string | RuleFailure>;
  readonly model: CompiledModel;
  readonly inputHash: string;
  readonly today: string;
  readonly digest: Digest;
  readonly newId: () => string;
}

/** Everything to be written for one identity; all lists empty and `state` null when nothing changed. */
export interface Reconciliation {
  readonly identityId: string;
  readonly state: (ComputedState & Pick<Evaluation, 'roles' | 'suggestions'>) | null;
  /** Roles whose row becomes CANCELLATION, made when it is missing. */
  readonly cancelled: readonly string[];
  /** Roles whose row goes. */
  readonly removed: readonly string[];
  /** Roles that get a row in PROLONGED. */
  readonly prolonged: readonly ProlongedRole[];
  readonly inserted: readonly AccountState[];
  readonly updated: readonly AccountState[];
  /** Row ids. */
  readonly deleted: readonly string[];
  /** Values found or decided apart that are others now, of accounts that stay. */
  readonly values: readonly ValueWrites[];
  readonly changes: readonly AssignmentChange[];
  /** A role or an account is lost that was held before. */
  readonly losesAccess: boolean;
  /** Roles held before and not after, sorted. */
  readonly lostRoles: readonly string[];
  /** Rules of ours that failed, known before or not. */
  readonly failures: readonly RuleFailure[];
}

export function reconcile(input: ReconcileInput): Reconciliation {
  const decided = decideAccounts(input);
  const accounts = decided.flatMap(({ after }) => (after === null ? [] : [after]));
  const rows = decideRows(input, accounts);
  const prolonged = input.prolonged ?? [];
  const lost = lostRoles(input);
  return {
    identityId: input.identityId,
    state: stateToWrite(input),
    ...rows,
    prolonged,
    inserted: decided.flatMap(({ before, after, decision }) =>
      before === null && decision.kind === 'write' && after !== null ? [after] : [],
    ),
    updated: decided.flatMap(({ before, after, decision }) =>
      before !== null && decision.kind === 'write' && after !== null ? [after] : [],
    ),
    deleted: decided.flatMap(({ before, decision }) =>
      before !== null && decision.kind === 'delete' ? [before.id] : [],
    ),
    values: decided.flatMap(({ before, after }) =>
      after === null ? [] : (valueWritesOf(after.id, before?.values ?? [], after.values) ?? []),
    ),
    changes: [...roleChanges(input, rows, accounts), ...decided.flatMap((one) => accountChange(input.identityId, one))],
    lostRoles: lost,
    losesAccess:
      lost.length > 0 || decided.some(({ before, after }) => before?.isDue === true && after?.isDue !== true),
    failures: [...input.evaluation.failures, ...accounts.flatMap(failureOf)],
  };
}

/** A reason for writing nothing is no failure. */
const failureOf = ({ error, provisioningState }: AccountState): readonly RuleFailure[] =>
  error === null || provisioningState !== 'ERROR' ? [] : [error];

export const isUnchanged = (result: Reconciliation): boolean =>
  result.state === null &&
  result.cancelled.length +
    result.removed.length +
    result.prolonged.length +
    result.values.length +
    result.inserted.length +
    result.updated.length +
    result.deleted.length ===
    0;

function stateToWrite({ evaluation, stored, model, inputHash, digest }: ReconcileInput): Reconciliation['state'] {
  const next: ComputedState = {
    rolesHash: digest(rolesText(evaluation)),
    inputHash,
    configurationVersion: model.version,
    nextDueOn: evaluation.nextDueOn,
  };
  const isSame =
    stored.state !== null &&
    stored.state.rolesHash === next.rolesHash &&
    stored.state.inputHash === inputHash &&
    stored.state.configurationVersion === model.version &&
    stored.state.nextDueOn === next.nextDueOn;
  return isSame ? null : { ...next, roles: evaluation.roles, suggestions: evaluation.suggestions };
}

function lostRoles({ evaluation, stored }: ReconcileInput): readonly string[] {
  const held = new Set(evaluation.roles.map(({ role }) => role));
  return namesOf(stored.roles).filter((role) => !held.has(role));
}

interface RowWrites {
  readonly cancelled: readonly string[];
  readonly removed: readonly string[];
}

/** A lost role keeps a row in CANCELLATION until what it gave is seen to be gone; without effects it goes at once. */
function decideRows(input: ReconcileInput, accounts: readonly AccountState[]): RowWrites {
  const { evaluation, stored } = input;
  const held = new Set(evaluation.roles.map(({ role }) => role));
  const pending = new Set(accounts.flatMap(({ pendingRoles }) => pendingRoles));
  const rows = new Map(stored.decisions.map((row) => [row.role, row]));
  const needless = needlessRows(stored.decisions, evaluation);
  const over = stored.decisions.filter(
    (row) =>
      row.workflowState === 'CANCELLATION' || input.evaluation.ended.includes(row.role) || needless.includes(row),
  );
  const lostWithoutRow = namesOf(stored.roles).filter((role) => !held.has(role) && !rows.has(role));
  const isWaiting = (role: string): boolean => !held.has(role) && pending.has(role);
  return {
    cancelled: [
      ...over.filter((row) => isWaiting(row.role) && row.workflowState !== 'CANCELLATION').map(({ role }) => role),
      ...lostWithoutRow.filter(isWaiting),
    ],
    removed: over.filter((row) => !isWaiting(row.role)).map(({ role }) => role),
  };
}

function roleChanges(
  input: ReconcileInput,
  rows: RowWrites,
  accounts: readonly AccountState[],
): readonly AssignmentChange[] {
  const { stored, evaluation, model, identityId } = input;
  const reasonsBefore = reasonsByRole(stored.roles);
  const reasonsAfter = reasonsByRole(evaluation.roles);
  const pendingBefore = pendingByRole(stored.accounts);
  const pendingAfter = pendingByRole(accounts);
  const rowsBefore = new Map(stored.decisions.map((row): [string, WorkflowState] => [row.role, row.workflowState]));
  const rowsAfter = new Map(rowsBefore);
  for (const role of rows.removed) rowsAfter.delete(role);
  for (const role of rows.cancelled) rowsAfter.set(role, 'CANCELLATION');
  for (const { role } of input.prolonged ?? []) rowsAfter.set(role, 'PROLONGED');
  const changes: AssignmentChange[] = [];
  for (const role of rolesIn(reasonsBefore, reasonsAfter, pendingBefore, pendingAfter, rowsAfter, rowsBefore)) {
    const effects = hasEffects(model, role);
    const was = shown(role, reasonsBefore, pendingBefore, rowsBefore, effects);
    const is = shown(role, reasonsAfter, pendingAfter, rowsAfter, effects) ?? (was === null ? null : goneRole(effects));
    if (is !== null && !isSameShown(was, is)) changes.push(roleChange(identityId, role, was, is));
  }
  return changes;
}

const rolesIn = (...maps: readonly ReadonlyMap<string, unknown>[]): readonly string[] =>
  [...new Set(maps.flatMap((map) => [...map.keys()]))].sort();

const shown = (
  role: string,
  reasons: ReadonlyMap<string, readonly RoleReason[]>,
  pending: ReadonlyMap<string, readonly ProvisioningState[]>,
  rows: ReadonlyMap<string, WorkflowState>,
  effects: boolean,
): ShownRole | null =>
  shownRole({
    row: rows.get(role) ?? null,
    reasons: reasons.get(role) ?? none,
    pending: pending.get(role) ?? none,
    hasEffects: effects,
  });
const none: readonly never[] = [];

const isSameShown = (was: ShownRole | null, is: ShownRole): boolean =>
  was?.workflowState === is.workflowState && was.provisioningState === is.provisioningState;

const roleChange = (identityId: string, role: string, was: ShownRole | null, is: ShownRole): AssignmentChange => ({
  kind: 'role',
  assignmentId: roleAssignmentId(identityId, role),
  identityId,
  subject: role,
  workflowState: is.workflowState,
  previousWorkflowState: was?.workflowState ?? null,
  provisioningState: is.provisioningState,
  previousProvisioningState: was?.provisioningState ?? null,
});

function reasonsByRole(roles: readonly CalculatedRole[]): ReadonlyMap<string, readonly RoleReason[]> {
  const reasons = new Map<string, readonly RoleReason[]>();
  for (const { role, reason } of roles) {
    const known = reasons.get(role);
    reasons.set(role, known === undefined ? [reason] : [...known, reason]);
  }
  return reasons;
}

function pendingByRole(accounts: readonly AccountState[]): ReadonlyMap<string, readonly ProvisioningState[]> {
  const states = new Map<string, readonly ProvisioningState[]>();
  for (const { pendingRoles, provisioningState } of accounts) {
    for (const role of pendingRoles) states.set(role, [...(states.get(role) ?? none), provisioningState]);
  }
  return states;
}

function accountChange(identityId: string, { before, after }: DecidedAccount): readonly AssignmentChange[] {
  const row = after ?? before;
  if (
    row === null ||
    (before?.workflowState === after?.workflowState && before?.provisioningState === after?.provisioningState)
  )
    return [];
  return [
    {
      kind: 'resource',
      assignmentId: row.id,
      identityId,
      subject: row.resourceType,
      workflowState: after?.workflowState ?? 'INACTIVE',
      previousWorkflowState: before?.workflowState ?? null,
      provisioningState: after?.provisioningState ?? (row.resourceId === null ? 'INACTIVE' : 'VERIFIED'),
      previousProvisioningState: before?.provisioningState ?? null,
    },
  ];
}
