// A request for access: its items, their states and the only ways between them, and what an approval is bound to.
// Owns the life of a request; whether one may be made is basket.ts's, who decides it is approval.ts's.
import { effectiveStates, type WorkflowState } from './workflow-state.js';
import type { ProvisioningState } from './provisioning-state.js';
import type { RoleDefinition } from './configuration.js';
import type { CompiledModel } from './role-model/model.js';
import { type Decision, granted, refused } from './refusal.js';
import type { Digest } from './resource.js';

export const requestStates = {
  PENDING_APPROVAL: {
    enters: 'made, and somebody has to decide',
    leaves: 'the candidates of the open step',
    otherwise: 'shows whom it waits for, and since when',
  },
  APPROVED: {
    enters: 'decided, or nobody has to',
    leaves: 'the computation, once the start date has come',
    otherwise: 'the schedule computes it',
  },
  PROVISIONING: {
    enters: 'the role model holds it and a managed system is being changed',
    leaves: 'verification',
    otherwise: 'the order says why it waits',
  },
  COMPLETED: {
    enters: 'seen in every managed system it touches, or written where nothing will ever show it',
    leaves: 'nobody',
    otherwise: 'stays',
  },
  PARTIALLY_COMPLETED: {
    enters: 'some items are completed, others declined, canceled or failed',
    leaves: 'a failed item that recovers',
    otherwise: 'stays',
  },
  DECLINED: { enters: 'one of the deciders said no', leaves: 'nobody', otherwise: 'stays' },
  CANCELED: {
    enters: 'taken back before it was executed, or overtaken by a later request',
    leaves: 'nobody',
    otherwise: 'stays',
  },
  FAILED: {
    enters: 'a managed system refused for good, or a provisioning reviewer declined',
    leaves: 'a later success of the same assignment',
    otherwise: 'listed under errors by cause',
  },
} as const;
export type RequestState = keyof typeof requestStates;
export const requestStateNames = Object.keys(requestStates) as readonly RequestState[];

/** The named transitions of an item. SQL applies one only where the row is still in `from`. */
export const itemTransitions = {
  approve: { from: ['PENDING_APPROVAL'], to: 'APPROVED' },
  decline: { from: ['PENDING_APPROVAL'], to: 'DECLINED' },
  cancel: { from: ['PENDING_APPROVAL', 'APPROVED', 'PROVISIONING'], to: 'CANCELED' },
  start: { from: ['APPROVED', 'FAILED'], to: 'PROVISIONING' },
  complete: { from: ['APPROVED', 'PROVISIONING', 'FAILED'], to: 'COMPLETED' },
  fail: { from: ['APPROVED', 'PROVISIONING'], to: 'FAILED' },
} as const satisfies Readonly<Record<string, { readonly from: readonly RequestState[]; readonly to: RequestState }>>;
export type ItemTransition = keyof typeof itemTransitions;

export const isLegal = (transition: ItemTransition, from: RequestState): boolean => {
  const states: readonly RequestState[] = itemTransitions[transition].from;
  return states.includes(from);
};

/** Item states that the computation and the orders still move. */
export const progressingStates = ['APPROVED', 'PROVISIONING', 'FAILED'] as const satisfies readonly RequestState[];

/** Request states without anything left to happen by itself. */
export const closedStates = [
  'COMPLETED',
  'PARTIALLY_COMPLETED',
  'DECLINED',
  'CANCELED',
  'FAILED',
] as const satisfies readonly RequestState[];
export const isClosed = (state: RequestState): boolean => closedStates.some((closed) => closed === state);

/** DENY keeps away what a rule or a composite role gives; ALLOW ends that. */
export const assignmentActions = ['ADD', 'UPDATE', 'REMOVE', 'DENY', 'ALLOW'] as const;
export type AssignmentAction = (typeof assignmentActions)[number];

export const warningKinds = [
  'SEGREGATION_OF_DUTIES',
  'PRIVILEGED',
  'OUTLIER',
  'LICENSE_COST',
  'ALREADY_HELD_INDIRECTLY',
] as const;
export interface RequestWarning {
  readonly kind: (typeof warningKinds)[number];
  readonly message: string;
}

export interface RequestItem {
  readonly id: string;
  readonly position: number;
  readonly action: AssignmentAction;
  readonly role: string;
  /** Calendar days; null = at once, and open. The end date is the last day. */
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly parameters: Readonly<Record<string, string>> | null;
  readonly state: RequestState;
}

/** The worst news first: what waits for a person, then what is under way, then how it ended. */
export function requestStateOf(items: readonly RequestState[]): RequestState {
  const has = (state: RequestState) => items.includes(state);
  if (has('PENDING_APPROVAL')) return 'PENDING_APPROVAL';
  if (has('PROVISIONING')) return 'PROVISIONING';
  if (has('APPROVED')) return has('COMPLETED') || has('FAILED') ? 'PROVISIONING' : 'APPROVED';
  const [first] = items;
  if (first !== undefined && items.every((state) => state === first)) return first;
  if (has('COMPLETED')) return 'PARTIALLY_COMPLETED';
  return has('FAILED') ? 'FAILED' : 'DECLINED';
}

/** What the rows say about an item that was approved. */
export interface ItemSituation {
  readonly itemId: string;
  readonly action: AssignmentAction;
  readonly state: RequestState;
  /** The role assignment as it is now; null = no row. */
  readonly assignment: { readonly workflowState: WorkflowState; readonly requestItemId: string | null } | null;
  /** The computed state of the identity contains the role because of this item. */
  readonly isHeld: boolean;
  /** The identity waits for a computation. */
  readonly isDirty: boolean;
  /** States of the accounts that carry the gain or loss of the role and can still change; empty = nothing left to write or to see. */
  readonly pendingStates: readonly ProvisioningState[];
}

/** The transition that the rows call for; null = stays. */
export function progressOf(item: ItemSituation): ItemTransition | null {
  const wanted = transitionOf(item);
  return wanted !== null && isLegal(wanted, item.state) ? wanted : null;
}

function transitionOf(item: ItemSituation): ItemTransition | null {
  switch (item.action) {
    case 'ADD':
      if (isOvertaken(item)) return 'cancel';
      return item.isHeld ? byPending(item) : null;
    case 'UPDATE':
      return item.isDirty ? null : byPending(item);
    case 'REMOVE':
      if (item.assignment?.workflowState !== 'CANCELLATION') return 'complete';
      return item.pendingStates.length === 0 ? null : byPending(item);
    case 'DENY':
      if (item.assignment?.workflowState !== 'DECLINED' || item.assignment.requestItemId !== item.itemId)
        return 'cancel';
      return item.isDirty ? null : byPending(item);
    case 'ALLOW':
      return item.isDirty ? null : byPending(item);
    default:
      return item.action satisfies never;
  }
}

/** The assignment ended, or belongs to a later decision, before this one was seen everywhere. */
const isOvertaken = ({ assignment, itemId }: ItemSituation): boolean =>
  assignment === null ||
  assignment.requestItemId !== itemId ||
  !effectiveStates.some((state) => state === assignment.workflowState);

function byPending({ pendingStates }: ItemSituation): ItemTransition {
  // NONE: a provisioning reviewer declined the account.
  if (pendingStates.some((state) => state === 'ERRORED' || state === 'ERROR' || state === 'NONE')) return 'fail';
  if (pendingStates.length > 0) return 'start';
  return 'complete';
}

/** Items that can still be taken back: nothing of them is in a managed system yet, and what was before is known. */
const cancelable = (items: readonly RequestItem[], executedItemIds: readonly string[]): readonly RequestItem[] =>
  items.filter((item) => isLegal('cancel', item.state) && !executedItemIds.includes(item.id) && !isRedated(item));

/** An approved change of dates has overwritten the dates before. */
const isRedated = (item: RequestItem): boolean => item.action === 'UPDATE' && item.state !== 'PENDING_APPROVAL';

export function checkCancel(
  request: { readonly number: string; readonly state: RequestState; readonly items: readonly RequestItem[] },
  executedItemIds: readonly string[],
): Decision<readonly RequestItem[]> {
  const items = cancelable(request.items, executedItemIds);
  if (items.length > 0) return granted(items);
  const why = isClosed(request.state) ? `it is ${request.state}` : 'a managed system holds its change already';
  return refused({
    code: 'STATE_CONFLICT',
    rule: 'request.cancel-before-executed',
    field: ['id'],
    message: `${request.number} cannot be canceled: ${why}.`,
    hint: 'Ask for the opposite in a new request.',
  });
}

/** Fingerprint of what a decision is about: for whom, which items, and what the roles give at present. */
export const requestDigest = (
  beneficiaryId: string,
  items: readonly Pick<RequestItem, 'action' | 'role' | 'startDate' | 'endDate' | 'parameters'>[],
  model: CompiledModel,
  digest: Digest,
): string =>
  digest(
    JSON.stringify([
      beneficiaryId,
      items.map((item) => [
        item.action,
        item.role,
        item.startDate,
        item.endDate,
        Object.entries(item.parameters ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)),
        meaningOf(item.role, model),
      ]),
    ]),
  );

/** What a role gives, as text: an approval of one meaning is no approval of another. */
function meaningOf(identifier: string, model: CompiledModel): readonly unknown[] {
  const singles = model.singleRolesOf.get(identifier) ?? [];
  return [identifier, ...singles]
    .toSorted()
    .map((role) => [role, nature(model.roles.get(role)), ...givenBy(role, model)]);
}

const nature = (role: RoleDefinition | undefined): unknown =>
  role === undefined ? null : [role.displayName, role.isPrivileged];

function givenBy(role: string, { configuration }: CompiledModel): readonly string[] {
  const types = configuration.typeRules.filter((rule) => rule.role === role).map((rule) => rule.resourceType);
  const values = configuration.scalarRules
    .filter((rule) => rule.role === role)
    .map((rule) => `${rule.resourceType}.${rule.property}=${rule.value}`);
  const links = configuration.navigationRules
    .filter((rule) => rule.role === role)
    .map((rule) => `${rule.resourceType}.${rule.property}+${rule.target}`);
  const found = configuration.queryRules
    .filter((rule) => rule.role === role)
    .map((rule) => `${rule.resourceType}.${rule.property}+${rule.source}=${rule.target}`);
  return [...types, ...values, ...links, ...found].toSorted();
}
