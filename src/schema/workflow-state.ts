// Who decided and why an entitlement exists, as the API shows it.
import { registerEnumType } from 'type-graphql';

export const WorkflowState = {
  NON_CONFORMING: 'NON_CONFORMING',
  REQUESTED_MISSING_PARAMETERS: 'REQUESTED_MISSING_PARAMETERS',
  PRE_EXISTING: 'PRE_EXISTING',
  REQUESTED: 'REQUESTED',
  CALCULATED_MISSING_PARAMETERS: 'CALCULATED_MISSING_PARAMETERS',
  PENDING_APPROVAL: 'PENDING_APPROVAL',
  PENDING_APPROVAL_RISK: 'PENDING_APPROVAL_RISK',
  APPROVED: 'APPROVED',
  APPROVED_RISK: 'APPROVED_RISK',
  APPROVED_QUESTIONED: 'APPROVED_QUESTIONED',
  DECLINED: 'DECLINED',
  CALCULATED: 'CALCULATED',
  GIVEN_BY_A_ROLE: 'GIVEN_BY_A_ROLE',
  SUGGESTED: 'SUGGESTED',
  AUTOMATIC_WITH_VALIDATION: 'AUTOMATIC_WITH_VALIDATION',
  PROLONGED: 'PROLONGED',
  BLOCKED: 'BLOCKED',
  CANCELLATION: 'CANCELLATION',
  INACTIVE: 'INACTIVE',
} as const;
export type WorkflowState = keyof typeof WorkflowState;
registerEnumType(WorkflowState, {
  name: 'WorkflowState',
  description:
    'Progress in the decision: who decided, and why the entitlement exists. Reference numbers in brackets (domain.md, workflow states).',
  valuesConfig: {
    NON_CONFORMING: { description: '(1) In the managed system, supported by no rule and no decision.' },
    REQUESTED_MISSING_PARAMETERS: { description: '(2) Asked for, a role parameter is absent.' },
    PRE_EXISTING: { description: '(3) Like (1), found by the very first load.' },
    REQUESTED: { description: '(4) Asked for, not yet processed.' },
    CALCULATED_MISSING_PARAMETERS: { description: '(5) A rule gives it, a parameter is absent.' },
    PENDING_APPROVAL: { description: '(8-13) Waits for approvalStep of approvalStepCount.' },
    PENDING_APPROVAL_RISK: { description: '(25) Waits for an extra approval because of a risk.' },
    APPROVED: { description: '(16) Approved.' },
    APPROVED_RISK: { description: '(116) Approved in spite of a risk.' },
    APPROVED_QUESTIONED: { description: '(24) Approved value, source data changed since.' },
    DECLINED: { description: '(17) Declined.' },
    CALCULATED: { description: '(18) Given by a rule.' },
    GIVEN_BY_A_ROLE: { description: '(118) Given by another assignment.' },
    SUGGESTED: { description: '(21, 22) Offered, not taken.' },
    AUTOMATIC_WITH_VALIDATION: { description: '(23) Pre-ticked for a new identity.' },
    PROLONGED: { description: '(27) Lost through a rule change, kept for a grace period.' },
    BLOCKED: { description: '(26) Stopped by a blocking risk.' },
    CANCELLATION: { description: '(20) Being taken away.' },
    INACTIVE: { description: '(19) Ended, not yet removed.' },
  },
});
