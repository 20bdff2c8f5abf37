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
  // Tickets: who does it, by which instruction; and what a reviewer wants to see again.
  'ProvisioningOrder.instructions',
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
  'ConfigurationApplyPayload',
  'Mutation.configurationApply',
];
