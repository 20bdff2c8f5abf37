// Who decided and why an assignment exists: the states of domain.md §3.

export const workflowStates = [
  'NON_CONFORMING',
  'REQUESTED_MISSING_PARAMETERS',
  'PRE_EXISTING',
  'REQUESTED',
  'CALCULATED_MISSING_PARAMETERS',
  'PENDING_APPROVAL',
  'PENDING_APPROVAL_RISK',
  'APPROVED',
  'APPROVED_RISK',
  'APPROVED_QUESTIONED',
  'DECLINED',
  'CALCULATED',
  'GIVEN_BY_A_ROLE',
  'SUGGESTED',
  'AUTOMATIC_WITH_VALIDATION',
  'PROLONGED',
  'BLOCKED',
  'CANCELLATION',
  'INACTIVE',
] as const;
export type WorkflowState = (typeof workflowStates)[number];

/** States in which a requested role is part of what the identity should have. */
export const effectiveStates = [
  'APPROVED',
  'APPROVED_RISK',
  'APPROVED_QUESTIONED',
] as const satisfies readonly WorkflowState[];

/** Found in a managed system, and part of what the identity has until a person has decided otherwise. */
export const foundStates = ['NON_CONFORMING', 'PRE_EXISTING'] as const satisfies readonly WorkflowState[];

/** States of a role assignment's row in which the computation holds the role. */
export const heldStates = [...effectiveStates, ...foundStates, 'PROLONGED'] as const satisfies readonly WorkflowState[];
