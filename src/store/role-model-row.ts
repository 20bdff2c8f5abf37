// Rows of identity_state and role_assignment as the computation reads them, turned into the domain's words.
import type { RoleDecision } from '../domain/role-model/evaluation.js';
import type { ComputedState } from '../domain/role-model/reconcile.js';

export interface StateRow {
  /** Null when the identity was never computed. */
  readonly rolesHash: string | null;
  readonly inputHash: string;
  readonly configurationVersion: number;
  readonly nextDueOn: string | null;
}

export const stateOf = ({ rolesHash, inputHash, configurationVersion, nextDueOn }: StateRow): ComputedState | null =>
  rolesHash === null ? null : { rolesHash, inputHash, configurationVersion, nextDueOn };

export interface DecisionRow {
  readonly identityId: string;
  readonly role: string;
  readonly state: RoleDecision['workflowState'];
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly itemId: string | null;
  readonly step: number | null;
  readonly stepCount: number | null;
  readonly action: string | null;
  readonly parameters: Readonly<Record<string, string>> | null;
}

/** Pairs for jsonb_build_object, from `role_assignment x left join request_item i`. */
export const decisionColumns = `'identityId', x.identity_id, 'role', x.role, 'state', x.workflow_state, 'startDate', x.start_date, 'endDate', x.end_date,
  'itemId', x.request_item_id, 'step', x.approval_step, 'stepCount', x.approval_step_count, 'action', i.action, 'parameters', x.parameters`;

/** A declined addition denies nothing; a denial is a decision of its own, or one without a request. */
export const toDecision = (row: DecisionRow): RoleDecision => ({
  identityId: row.identityId,
  role: row.role,
  workflowState: row.state,
  startDate: row.startDate,
  endDate: row.endDate,
  requestItemId: row.itemId,
  approvalStep: row.step,
  approvalStepCount: row.stepCount,
  parameters: row.parameters,
  isDenied: row.state === 'DECLINED' && (row.action === null || row.action === 'DENY'),
});
