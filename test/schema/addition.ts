// What our API says beyond the contract: `Type` or `Type.field`, one a line, with the reason. Adding is free, but on purpose.
export const additions: readonly string[] = [
  // What a threshold stopped, listed and proven, and the second person's no.
  'HeldChange',
  'HeldChangeConnection',
  'HeldChangeEdge',
  'JobExecution.releaseDigest',
  'JobExecution.heldChanges',
  'JobExecutionDeclinePayload',
  'Mutation.jobExecutionDecline',
  // A group of what was found is decided as it was seen; what was put off says until when; what was there first is told apart.
  'ReconciliationItem.isPreExisting',
  'ReconciliationItem.postponedUntil',
  'ReconciliationItem.decision',
  'ReconciliationItemConnection.groups',
  'ReconciliationGroup',
  'ReconciliationDecisionInput.until',
  'ReconciliationGroupDecideInput',
  'ReconciliationGroupDecidePayload',
  'Mutation.reconciliationGroupDecide',
  // Tickets: who does it, by which instruction; and what a reviewer wants to see again.
  'ProvisioningOrder.instructions',
  // Which account an order is about, before it is there, after it is gone, and where nobody is its owner.
  'ProvisioningOrder.resourceKey',
  'ProvisioningOrder.postponedUntil',
  'ProvisioningOrderFilter.assigneeId',
  'ProvisioningOrderFilter.isPostponed',
  'ProvisioningOrderReviewItemInput.postponedUntil',
  // An errored order can be handed to a person; a ticket is taken, so that two people do not begin it.
  'ProvisioningOrdersRetryInput.byHand',
  'ProvisioningOrdersTakeInput',
  'ProvisioningOrdersTakePayload',
  'Mutation.provisioningOrdersTake',
  // What a changed configuration would do to people, before it does; and only what was planned and seen comes into force.
  'ConfigurationFileInput',
  'ConfigurationPlanComputeInput',
  'ConfigurationPlanComputePayload',
  'Mutation.configurationPlanCompute',
  // What the files themselves say differently: an administrator more, a higher limit.
  'ConfigurationChange',
  'ConfigurationChangeKind',
  'ProvisioningPlan.configurationChanges',
  'ConfigurationApplyPayload',
  'Mutation.configurationApply',
  // Deciding in somebody's place, from a day to a day.
  'Delegation',
  'DelegationCreateInput',
  'DelegationCreatePayload',
  'DelegationRevokePayload',
  'Mutation.delegationCreate',
  'Mutation.delegationRevoke',
  'Identity.delegations',
  'Approval.onBehalfOf',
  // Several people for one step, steps because of a risk, and decisions of rules.
  'ApprovalKind',
  'Approval.kind',
  'Approval.quorum',
  'Approval.approvedCount',
  'Approval.decidedByRule',
  // What was asked about the holder, and what is different from what was asked for.
  'AssignmentRequestItem.parameters',
  'AssignmentRequestItem.adjustments',
  // A decider approves less, or something else, than was asked for.
  'AssignmentRequestItemChangeInput',
  'AssignmentRequestReviewItemInput.changes',
  // A dry run names the deciders and what they would be told, before anything is sent.
  'ApprovalPreview',
  'AssignmentRequestCreatePayload.approvals',
  'AssignmentRequestCreatePayload.warnings',
  'AssignmentRequestCreatePayload.adjustments',
  // Whether a reminder would be sent, and when the last one was.
  'AssignmentRequest.remindedAt',
  'AssignmentRequest.viewerCanRemind',
  // Risks: which there are, and who runs them.
  'Risk',
  'RiskKind',
  'RiskExemption',
  'IdentityRisk',
  'Query.risks',
  'Identity.risks',
];
