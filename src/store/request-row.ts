// One request with its items and approvals as one row, and what becomes of that row in the program.
// Owns the select list that loads and views share; leaves conditions, order and locks to them.
import type { Approval } from '../domain/approval.js';
import type { RequestState } from '../domain/request.js';
import type { ApprovalView, RequestItemView, RequestView } from '../steps/ports/request.js';
import { type Fragment, literal } from './fragment.js';

/** Instants inside JSON come as ISO text. */
export interface RequestRow {
  readonly id: string;
  readonly number: string;
  readonly requester_identity_id: string;
  readonly beneficiary_id: string;
  readonly justification: string | null;
  readonly state: RequestState;
  readonly digest: string;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly closed_at: Date | null;
  readonly reminded_at: Date | null;
  readonly is_reminded: boolean;
  readonly items: readonly RequestItemView[];
  readonly approvals: readonly ApprovalRow[];
  readonly executed: readonly string[];
}

interface ApprovalRow extends Approval {
  readonly comment: string | null;
  readonly decidedAt: string | null;
  readonly openedAt: string | null;
  readonly dueAt: string | null;
}

/** Of `assignment_request q`. */
export const requestColumns: Fragment = literal(`
  q.id, q.number::text as number, q.requester_identity_id, q.beneficiary_id, q.justification, q.state, q.digest, q.version,
  q.created_at, q.updated_at, q.closed_at, q.reminded_at,
  coalesce(q.reminded_at > clock_timestamp() - interval '1 day', false) as is_reminded,
  (select coalesce(jsonb_agg(jsonb_build_object('id', i.id, 'position', i.position, 'action', i.action, 'role', i.role,
     'startDate', i.start_date, 'endDate', i.end_date, 'parameters', i.parameters, 'state', i.state, 'warnings', i.warnings,
     'adjustments', i.adjustments) order by i.position), '[]')
   from request_item i where i.request_id = q.id) as items,
  (select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'itemId', a.item_id, 'step', a.step, 'stepCount', a.step_count, 'rule', a.rule,
     'kind', a.kind, 'quorum', a.quorum, 'onBehalfOf', a.on_behalf_of, 'decidedByRule', a.decided_by_rule,
     'votes', (select coalesce(jsonb_agg(jsonb_build_object('decidedBy', v.decided_by, 'onBehalfOf', v.on_behalf_of) order by v.decided_at), '[]')
       from approval_vote v where v.approval_id = a.id),
     'candidates', to_jsonb(a.candidates), 'decision', a.decision, 'decidedBy', a.decided_by, 'decidedAt', a.decided_at, 'comment', a.comment,
     'openedAt', a.opened_at, 'dueAt', a.due_at) order by i.position, a.step), '[]')
   from approval a join request_item i on i.id = a.item_id where a.request_id = q.id) as approvals,
  array(select i.id::text from request_item i where i.request_id = q.id and i.state = 'PROVISIONING' and exists (
    select from resource_assignment r where r.identity_id = q.beneficiary_id and i.role = any(r.pending_roles) and r.provisioning_state = 'EXECUTED'
  )) as executed`);

export const requestNumber = (number: string): string => `REQ-${number}`;

export const requestView = (row: RequestRow): RequestView => ({
  id: row.id,
  number: requestNumber(row.number),
  requesterId: row.requester_identity_id,
  beneficiaryId: row.beneficiary_id,
  justification: row.justification,
  state: row.state,
  digest: row.digest,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  closedAt: row.closed_at,
  remindedAt: row.reminded_at,
  isReminded: row.is_reminded,
  items: row.items,
  approvals: row.approvals.map(approvalView),
  executedItemIds: row.executed,
});

const approvalView = (row: ApprovalRow): ApprovalView => ({
  ...row,
  decidedAt: instant(row.decidedAt),
  openedAt: instant(row.openedAt),
  dueAt: instant(row.dueAt),
});

const instant = (text: string | null): Date | null => (text === null ? null : new Date(text));
