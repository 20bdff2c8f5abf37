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
];
