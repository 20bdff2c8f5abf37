// What was found without a reason, and what a person may decide about it.
// Owns the words of reconciliation; finding items is steps/find-unexplained.ts, deciding steps/decide-reconciliation.ts.

export const reconciliationKinds = [
  'ROLE',
  'RESOURCE',
  'PROPERTY',
  'UNAUTHORIZED_ACCOUNT',
  'ORPHANED_ACCOUNT',
  'UNUSED_ACCOUNT',
] as const;
export type ReconciliationKind = (typeof reconciliationKinds)[number];

export const reconciliationDecisions = ['KEEP', 'REMOVE', 'CORRECT', 'LINK', 'IGNORE', 'POSTPONE'] as const;
export type ReconciliationDecision = (typeof reconciliationDecisions)[number];
