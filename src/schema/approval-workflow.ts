// How many approvals something takes, as the API shows it.
import { registerEnumType } from 'type-graphql';

export const ApprovalWorkflowType = {
  NONE: 'NONE',
  ONE_APPROVAL: 'ONE_APPROVAL',
  TWO_APPROVALS: 'TWO_APPROVALS',
  THREE_APPROVALS: 'THREE_APPROVALS',
  MANAGER: 'MANAGER',
} as const;
export type ApprovalWorkflowType = keyof typeof ApprovalWorkflowType;
registerEnumType(ApprovalWorkflowType, {
  name: 'ApprovalWorkflowType',
  description: 'How many people must agree.',
  valuesConfig: {
    NONE: { description: 'Nobody: a request takes effect at once.' },
    ONE_APPROVAL: { description: 'One.' },
    TWO_APPROVALS: { description: 'Two, one after the other.' },
    THREE_APPROVALS: { description: 'Three, one after the other.' },
    MANAGER: { description: 'The manager of the beneficiary.' },
  },
});
