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

/** What each state means, with the numbers of the reference product: how in, who moves it on, what happens if nobody does. */
export const workflowMeanings = {
  NON_CONFORMING: {
    number: '1',
    enters: 'found in a managed system, supported by no rule and no decision',
    leaves: 'whoever reconciles, or an automation rule',
    otherwise: 'stays in the system, listed for reconciliation',
  },
  REQUESTED_MISSING_PARAMETERS: {
    number: '2',
    enters: 'asked for, and the role has gained a parameter that has no value',
    leaves: 'a request that gives the value',
    otherwise: 'stays, and gives nothing',
  },
  PRE_EXISTING: {
    number: '3',
    enters: 'as NON_CONFORMING, found by the first load of the system',
    leaves: 'whoever reconciles, or an automation rule',
    otherwise: 'stays in the system, listed for reconciliation',
  },
  REQUESTED: {
    number: '4',
    enters: 'asked for, not yet processed: a word of the API, since requests are processed at once',
    leaves: 'the step that takes the request',
    otherwise: 'cannot stay',
  },
  CALCULATED_MISSING_PARAMETERS: {
    number: '5',
    enters: 'a rule gives it and leaves a required parameter without a value',
    leaves: 'a computation after the rule is corrected',
    otherwise: 'stays, and gives nothing',
  },
  PENDING_APPROVAL: {
    number: '8 to 13',
    enters: 'asked for; its step waits for an approver',
    leaves: 'the approvers of the step, the requester, or an automation rule',
    otherwise: 'reminders, then the decision of the automation rule, if there is one',
  },
  PENDING_APPROVAL_RISK: {
    number: '25',
    enters: 'the step of a risk is the one that waits',
    leaves: 'the approvers of the risk, or the requester',
    otherwise: 'as PENDING_APPROVAL',
  },
  APPROVED: {
    number: '16',
    enters: 'all steps were approved, or somebody kept what was found',
    leaves: 'a request to take it away, its end date, or the end of its holder',
    otherwise: 'stays',
  },
  APPROVED_RISK: {
    number: '116',
    enters: 'approved in spite of a risk',
    leaves: 'as APPROVED',
    otherwise: 'stays',
  },
  APPROVED_QUESTIONED: {
    number: '24',
    enters: 'a value that a person kept, and the rules want another one by now',
    leaves: 'whoever reconciles',
    otherwise: 'the kept value stays, listed for reconciliation',
  },
  DECLINED: {
    number: '17',
    enters: 'an approver or a reviewer said no, or an automatic assignment was denied for one person',
    leaves: 'a request that allows it again, or rules that want something else',
    otherwise: 'stays away',
  },
  CALCULATED: {
    number: '18',
    enters: 'a rule gives it',
    leaves: 'the computation, when the rule gives it no more',
    otherwise: 'stays',
  },
  GIVEN_BY_A_ROLE: {
    number: '118',
    enters: 'another assignment gives it',
    leaves: 'the computation, when nothing gives it any more',
    otherwise: 'stays',
  },
  SUGGESTED: {
    number: '21 and 22',
    enters: 'a rule offers it; nothing is stored',
    leaves: 'a request',
    otherwise: 'stays an offer',
  },
  AUTOMATIC_WITH_VALIDATION: {
    number: '23',
    enters: 'a rule asks for it in the name of a new person',
    leaves: 'a request',
    otherwise: 'stays an offer',
  },
  PROLONGED: {
    number: '27',
    enters: 'lost by a change of rules, kept for the grace period of the role',
    leaves: 'a reviewer, an automation rule, or the last day of the period',
    otherwise: 'ends on that day',
  },
  BLOCKED: {
    number: '26',
    enters: 'stopped by a blocking risk; the request is refused, nothing is stored',
    leaves: 'nobody',
    otherwise: 'cannot stay',
  },
  CANCELLATION: {
    number: '20',
    enters: 'being taken away: not yet seen to be gone from the system',
    leaves: 'a read-back or a synchronisation that shows it gone',
    otherwise: 'its orders wait, are tried again, or are errored',
  },
  INACTIVE: {
    number: '19',
    enters: 'ended: disabled, or gone',
    leaves: 'a new assignment',
    otherwise: 'stays',
  },
} as const satisfies Readonly<
  Record<
    WorkflowState,
    { readonly number: string; readonly enters: string; readonly leaves: string; readonly otherwise: string }
  >
>;

/** NEW: there was no assignment before. */
export type WorkflowOrigin = WorkflowState | 'NEW';

/** The named transitions of assignments, with who or what makes each. */
export const workflowTransitions = {
  calculate: { from: ['NEW', 'CALCULATED_MISSING_PARAMETERS'], to: 'CALCULATED', by: 'a rule that applies' },
  leaveOpen: {
    from: ['NEW', 'CALCULATED'],
    to: 'CALCULATED_MISSING_PARAMETERS',
    by: 'a rule that gives no value to a required parameter',
  },
  give: { from: ['NEW'], to: 'GIVEN_BY_A_ROLE', by: 'another assignment that brings it along' },
  suggest: { from: ['NEW'], to: 'SUGGESTED', by: 'a rule that offers' },
  offer: { from: ['NEW'], to: 'AUTOMATIC_WITH_VALIDATION', by: 'a rule that asks for new people' },
  request: {
    from: ['NEW', 'SUGGESTED', 'AUTOMATIC_WITH_VALIDATION'],
    to: 'PENDING_APPROVAL',
    by: 'a requester, where approval is needed',
  },
  requestAtRisk: {
    from: ['NEW', 'PENDING_APPROVAL'],
    to: 'PENDING_APPROVAL_RISK',
    by: 'the step of a risk, when its turn comes',
  },
  takeTurn: {
    from: ['PENDING_APPROVAL_RISK'],
    to: 'PENDING_APPROVAL',
    by: 'an ordinary step, when its turn comes after that of a risk',
  },
  grant: { from: ['NEW'], to: 'APPROVED', by: 'a requester, where no approval is needed' },
  approve: { from: ['PENDING_APPROVAL'], to: 'APPROVED', by: 'the last approver, or an automation rule' },
  approveAtRisk: {
    from: ['PENDING_APPROVAL_RISK', 'PENDING_APPROVAL'],
    to: 'APPROVED_RISK',
    by: 'the last approver, where a risk was accepted',
  },
  decline: {
    from: ['PENDING_APPROVAL', 'PENDING_APPROVAL_RISK'],
    to: 'DECLINED',
    by: 'an approver, or an automation rule',
  },
  cancel: { from: ['PENDING_APPROVAL', 'PENDING_APPROVAL_RISK'], to: 'INACTIVE', by: 'the requester' },
  lack: {
    from: ['APPROVED', 'APPROVED_RISK'],
    to: 'REQUESTED_MISSING_PARAMETERS',
    by: 'a role that gained a required parameter',
  },
  complete: { from: ['REQUESTED_MISSING_PARAMETERS'], to: 'APPROVED', by: 'an approved request that gives the value' },
  deny: { from: ['CALCULATED', 'GIVEN_BY_A_ROLE'], to: 'DECLINED', by: 'an approved request to deny it' },
  allow: { from: ['DECLINED'], to: 'CALCULATED', by: 'an approved request to allow it again' },
  refuseValue: {
    from: ['CALCULATED', 'GIVEN_BY_A_ROLE'],
    to: 'DECLINED',
    by: 'a provisioning reviewer, of a value or a whole account',
  },
  prolong: { from: ['CALCULATED', 'GIVEN_BY_A_ROLE'], to: 'PROLONGED', by: 'a change of rules, with a grace period' },
  keepProlonged: { from: ['PROLONGED'], to: 'APPROVED', by: 'a reviewer, or an automation rule' },
  endProlonged: {
    from: ['PROLONGED'],
    to: 'CANCELLATION',
    by: 'a reviewer, an automation rule, or the end of the period',
  },
  find: { from: ['NEW'], to: 'NON_CONFORMING', by: 'a reading that shows what nothing explains' },
  findAtFirst: { from: ['NEW'], to: 'PRE_EXISTING', by: 'the first load of a system' },
  keepFound: {
    from: ['NON_CONFORMING', 'PRE_EXISTING'],
    to: 'APPROVED',
    by: 'whoever reconciles, or an automation rule',
  },
  removeFound: {
    from: ['NON_CONFORMING', 'PRE_EXISTING'],
    to: 'CANCELLATION',
    by: 'whoever reconciles, or an automation rule',
  },
  question: {
    from: ['APPROVED'],
    to: 'APPROVED_QUESTIONED',
    by: 'rules that want another value than the one that was kept',
  },
  settle: { from: ['APPROVED_QUESTIONED'], to: 'CALCULATED', by: 'whoever reconciles, for the value of the rules' },
  lose: {
    from: ['CALCULATED', 'GIVEN_BY_A_ROLE'],
    to: 'CANCELLATION',
    by: 'a computation in which nothing gives it any more',
  },
  revoke: {
    from: ['APPROVED', 'APPROVED_RISK', 'APPROVED_QUESTIONED'],
    to: 'CANCELLATION',
    by: 'an approved request, its end date, or the end of its holder',
  },
  giveAgain: { from: ['CANCELLATION', 'INACTIVE'], to: 'CALCULATED', by: 'a rule that applies again' },
  restore: { from: ['CANCELLATION', 'INACTIVE'], to: 'APPROVED', by: 'a request that is taken back, or a new one' },
  end: {
    from: ['CANCELLATION'],
    to: 'INACTIVE',
    by: 'a read-back or a synchronisation that shows it gone, or disabled',
  },
} as const satisfies Readonly<
  Record<string, { readonly from: readonly WorkflowOrigin[]; readonly to: WorkflowState; readonly by: string }>
>;
