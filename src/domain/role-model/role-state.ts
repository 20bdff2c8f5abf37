// The two states a role shows, said once: by its row, by the reasons it is held for, and by the accounts it waits for.
// store/views/assignment.ts says the same in SQL; a test holds the two against each other.
import type { RoleReason } from '../assignment.js';
import { type ProvisioningState, worst } from '../provisioning-state.js';
import { effectiveStates, type WorkflowState } from '../workflow-state.js';
import type { CompiledModel } from './model.js';

export interface RoleFacts {
  /** State of the role's row of role_assignment; null = it has none. */
  readonly row: WorkflowState | null;
  /** Why the last computation gives it; empty = it does not. */
  readonly reasons: readonly RoleReason[];
  /** Provisioning states of the identity's accounts whose `pending_roles` hold the role. */
  readonly pending: readonly ProvisioningState[];
  /** Some rule of the model writes something for holders of the role. */
  readonly hasEffects: boolean;
}

export interface ShownRole {
  readonly workflowState: WorkflowState;
  readonly provisioningState: ProvisioningState;
}

/** Null when the identity has nothing to do with the role. */
export function shownRole(facts: RoleFacts): ShownRole | null {
  const workflowState = workflowStateOf(facts);
  return workflowState === null
    ? null
    : { workflowState, provisioningState: provisioningStateOf(facts, workflowState) };
}

/** Rows that say nothing about a role which is held all the same: the question they answered is over. */
export const silentRows = [
  'DECLINED',
  'INACTIVE',
  'SUGGESTED',
  'AUTOMATIC_WITH_VALIDATION',
] as const satisfies readonly WorkflowState[];

function workflowStateOf({ row, reasons }: RoleFacts): WorkflowState | null {
  const missing = missingState(reasons);
  if (row !== null && !(reasons.length > 0 && (silentRows as readonly string[]).includes(row)))
    return (effectiveStates as readonly string[]).includes(row) ? (missing ?? row) : row;
  if (reasons.length === 0) return null;
  if (missing !== null) return missing;
  if (reasons.some(({ kind }) => kind === 'rule')) return 'CALCULATED';
  return reasons.some(({ kind }) => kind === 'role') ? 'GIVEN_BY_A_ROLE' : 'APPROVED';
}

/** Null: it misses no parameter. */
function missingState(reasons: readonly RoleReason[]): WorkflowState | null {
  if (!reasons.some(({ kind }) => kind === 'missing')) return null;
  const isAsked = reasons.some(({ kind }) => kind === 'request' || kind === 'decision');
  return isAsked ? 'REQUESTED_MISSING_PARAMETERS' : 'CALCULATED_MISSING_PARAMETERS';
}

function provisioningStateOf(
  { reasons, pending, hasEffects }: RoleFacts,
  workflowState: WorkflowState,
): ProvisioningState {
  if (pending.length > 0) return worst(pending);
  if (workflowState === 'INACTIVE') return 'INACTIVE';
  if (!hasEffects || isWithoutEffects(workflowState)) return 'NONE';
  if (workflowState === 'CANCELLATION') return 'VERIFIED';
  // Without a reason: not decided, before its first day, or approved and about to be computed.
  return reasons.length > 0 ? 'VERIFIED' : 'NONE';
}

const isWithoutEffects = (state: WorkflowState): boolean =>
  state === 'REQUESTED_MISSING_PARAMETERS' || state === 'CALCULATED_MISSING_PARAMETERS';

/** What is shown when a role is gone. */
export const goneRole = (hasEffects: boolean): ShownRole => ({
  workflowState: 'INACTIVE',
  provisioningState: hasEffects ? 'VERIFIED' : 'NONE',
});

export const hasEffects = (model: CompiledModel, role: string): boolean => (model.effectsOf.get(role) ?? []).length > 0;
