// Requests by their ids, and as schema objects. What a viewer may not see is answered as if it were not there.
import type { Actor } from '../domain/actor.js';
import { toGlobalId } from '../domain/global-id.js';
import { readScope } from '../domain/permission.js';
import { Approval, AssignmentRequest, AssignmentRequestItem } from '../schema/request.js';
import type {
  ApprovalView,
  RequestFilter,
  RequestItemView,
  RequestQuestion,
  RequestView,
} from '../steps/ports/request.js';
import type { RequestContext } from './context.js';
import type { Batch } from './loader.js';

/** What this actor asks: the filter, within what may be read. */
export const requestQuestion = (actor: Actor, filter: RequestFilter | null): RequestQuestion => ({
  filter,
  scope: readScope(actor, 'request.read'),
  viewerId: actor.kind === 'identity' ? actor.identityId : null,
});

export const requestById: Batch<string, RequestView> = async (ids, { ports, actor }) => {
  const views = await ports.requests.byIds(ids, requestQuestion(actor, null));
  return new Map(views.map((view) => [view.id, view]));
};
const requestByItemId: Batch<string, RequestView> = (ids, { ports, actor }) =>
  ports.requests.byItemIds(ids, readScope(actor, 'request.read'));
const requestByApprovalId: Batch<string, RequestView> = (ids, { ports, actor }) =>
  ports.requests.byApprovalIds(ids, readScope(actor, 'request.read'));

/** By row id. */
export async function findRequest(id: string | null, context: RequestContext): Promise<AssignmentRequest | null> {
  const view = id === null ? null : await context.loaders.load(requestById, id);
  return view === null ? null : toRequest(view);
}

/** By row id of one of its items: what an assignment keeps. */
export async function findRequestOfItem(
  itemId: string | null,
  context: RequestContext,
): Promise<AssignmentRequest | null> {
  const view = itemId === null ? null : await context.loaders.load(requestByItemId, itemId);
  return view === null ? null : toRequest(view);
}

export async function findRequestItem(id: string, context: RequestContext): Promise<AssignmentRequestItem | null> {
  const view = await context.loaders.load(requestByItemId, id);
  const item = view?.items.find((one) => one.id === id);
  return view === null || item === undefined ? null : toRequestItem(view, item);
}

export async function findApproval(id: string, context: RequestContext): Promise<Approval | null> {
  const view = await context.loaders.load(requestByApprovalId, id);
  const approval = view?.approvals.find((one) => one.id === id);
  return approval === undefined ? null : toApproval(approval);
}

/** The request of an approval, by the row id of the approval. */
export const requestOfApproval = (id: string, context: RequestContext): Promise<RequestView | null> =>
  context.loaders.load(requestByApprovalId, id);

const views = new WeakMap<AssignmentRequest, RequestView>();

export function toRequest(view: RequestView): AssignmentRequest {
  const { number, justification, state, digest, createdAt, updatedAt, closedAt, remindedAt } = view;
  const request = Object.assign(new AssignmentRequest(), {
    id: toGlobalId('AssignmentRequest', view.id),
    number,
    justification,
    state,
    digest,
    createdAt,
    updatedAt,
    closedAt,
    remindedAt,
  });
  views.set(request, view);
  return request;
}

/** What a request was made from: field resolvers need more than clients see. */
export function viewOf(request: AssignmentRequest): RequestView {
  const view = views.get(request);
  if (view === undefined) throw new Error(`The request ${request.id} was not made by toRequest.`);
  return view;
}

export const toRequestItem = (view: RequestView, item: RequestItemView): AssignmentRequestItem => {
  const { action, startDate, endDate, state, parameters, warnings, adjustments } = item;
  return Object.assign(new AssignmentRequestItem(), {
    id: toGlobalId('AssignmentRequestItem', item.id),
    action,
    startDate,
    endDate,
    state,
    parameters,
    warnings,
    adjustments,
    roleIdentifier: item.role,
    beneficiaryId: view.beneficiaryId,
  });
};

export const toApproval = (approval: ApprovalView): Approval => {
  const { step, stepCount, kind, quorum, decision, decidedAt, decidedByRule, comment, dueAt } = approval;
  return Object.assign(new Approval(), {
    id: toGlobalId('Approval', approval.id),
    step,
    stepCount,
    kind,
    quorum,
    approvedCount: quorum === 1 ? Number(decision === 'APPROVED') : approval.votes.length,
    decidedByRule,
    decision,
    decidedAt,
    comment,
    dueAt,
    candidateIds: approval.candidates,
    deciderId: approval.decidedBy,
    onBehalfOfId: approval.onBehalfOf,
  });
};
