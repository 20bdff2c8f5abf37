// How far a write is: the states of domain.md §2 and the only legal ways between them, as data.

export const provisioningStates = {
  NONE: { number: 0, enters: 'nothing to write', leaves: 'nobody', otherwise: 'stays' },
  PENDING: {
    number: 1,
    enters: 'computed and free to go, or waiting for the next automatic try',
    leaves: 'the dispatcher and a worker',
    otherwise: 'the sweep enqueues it again',
  },
  TRANSMITTED: {
    number: 2,
    enters: 'manual orders only: handed to a person',
    leaves: 'the person',
    otherwise: 'validity period, then ERRORED',
  },
  ERRORED: {
    number: 3,
    enters: 'the target refused for good, or automatic tries are used up',
    leaves: 'a new computation or an operator',
    otherwise: 'listed under errors by cause',
  },
  VERIFIED: {
    number: 4,
    enters: 'seen in data read from the target',
    leaves: 'a later difference',
    otherwise: 'stays',
  },
  AWAITING_APPROVAL: {
    number: 5,
    enters: 'computed, but review is required',
    leaves: 'a provisioning reviewer',
    otherwise: 'ages visibly',
  },
  INACTIVE: {
    number: 6,
    enters: 'its period is over, or superseded before it was sent',
    leaves: 'nobody',
    otherwise: 'stays',
  },
  ERROR: {
    number: 7,
    enters: 'our rule failed for this row',
    leaves: 'a computation after the rule or data is fixed',
    otherwise: 'others go on',
  },
  EXECUTED: {
    number: 8,
    enters: 'the connector said yes',
    leaves: 'read-back or synchronisation',
    otherwise: 'read again, then a new order or ERRORED',
  },
} as const;
export type ProvisioningState = keyof typeof provisioningStates;
export const provisioningStateNames = Object.keys(provisioningStates) as readonly ProvisioningState[];

/** Worst first: what a role or an account shows is the worst of what belongs to it. */
export const worstFirst = [
  'ERROR',
  'ERRORED',
  'AWAITING_APPROVAL',
  'PENDING',
  'TRANSMITTED',
  'EXECUTED',
  'VERIFIED',
  'INACTIVE',
  'NONE',
] as const satisfies readonly ProvisioningState[];

export const worst = (states: readonly ProvisioningState[]): ProvisioningState =>
  worstFirst.find((state) => states.includes(state)) ?? 'NONE';

/** The named transitions of an order: `by` whom or what. SQL applies one only where the row is still in `from`. */
export const orderTransitions = {
  approve: { from: ['AWAITING_APPROVAL'], to: 'PENDING', by: 'a provisioning reviewer' },
  postpone: {
    from: ['AWAITING_APPROVAL'],
    to: 'AWAITING_APPROVAL',
    by: 'a provisioning reviewer, for a week or until a day',
  },
  /** A reviewer said no: the order is not carried out. */
  decline: { from: ['AWAITING_APPROVAL'], to: 'INACTIVE', by: 'a provisioning reviewer, with a comment' },
  execute: { from: ['PENDING'], to: 'EXECUTED', by: 'the connector, which said yes' },
  /** The target already held the wished value before we wrote. */
  findEqual: { from: ['PENDING'], to: 'EXECUTED', by: 'a worker that found the target as wished' },
  retryLater: { from: ['PENDING'], to: 'PENDING', by: 'a worker, after a failure that may pass' },
  verify: { from: ['EXECUTED'], to: 'VERIFIED', by: 'a read-back or a synchronisation that shows the wish' },
  fail: {
    from: ['PENDING', 'EXECUTED'],
    to: 'ERRORED',
    by: 'the connector, which refused for good; or read-backs that show another value',
  },
  /** Manual connections: the ticket lies with people now. */
  transmit: { from: ['PENDING'], to: 'TRANSMITTED', by: 'the dispatcher, of a manual order' },
  confirm: { from: ['TRANSMITTED'], to: 'EXECUTED', by: 'the person who carried it out' },
  /** The person could not do it. */
  reportError: { from: ['TRANSMITTED'], to: 'ERRORED', by: 'the person who could not carry it out' },
  /** Neither confirmed nor seen within the validity period of the resource type. */
  expire: { from: ['TRANSMITTED', 'EXECUTED'], to: 'ERRORED', by: 'the sweep, when the validity period is over' },
  /** An operator has it tried again. */
  retry: { from: ['ERRORED'], to: 'PENDING', by: 'an operator, singly or by cause' },
  /** An executed order is superseded when a newer wish overwrote it before anybody saw it. */
  supersede: {
    from: ['PENDING', 'AWAITING_APPROVAL', 'ERRORED', 'ERROR', 'EXECUTED'],
    to: 'INACTIVE',
    by: 'a newer wish, or a target that needs it no more',
  },
  /** A ticket nobody needs any more. */
  withdraw: { from: ['TRANSMITTED'], to: 'INACTIVE', by: 'a newer wish, or a target that needs it no more' },
} as const satisfies Readonly<
  Record<string, { readonly from: readonly ProvisioningState[]; readonly to: ProvisioningState; readonly by: string }>
>;
export type OrderTransition = keyof typeof orderTransitions;

/** States in which an order still stands before younger orders of the same target resource. */
export const unfinishedStates = [
  'PENDING',
  'TRANSMITTED',
  'AWAITING_APPROVAL',
] as const satisfies readonly ProvisioningState[];
