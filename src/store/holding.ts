// What one person has of certain roles: by computation, by request, or waiting for a decision.
import type { Holding } from '../domain/basket-item.js';
import { reasonOf } from '../domain/role-model/evaluation.js';
import type { WorkflowState } from '../domain/workflow-state.js';
import { heldStates } from '../domain/workflow-state.js';
import type { Sql } from './database.js';
import { requestNumber } from './request-row.js';

interface HoldingRow {
  readonly role: string;
  readonly reasons: readonly string[];
  readonly workflow_state: WorkflowState | null;
  readonly start_date: string | null;
  readonly end_date: string | null;
  readonly parameters: Readonly<Record<string, string>> | null;
  readonly request_id: string | null;
  readonly number: string | null;
}

export interface Holdings {
  readonly byRole: ReadonlyMap<string, Holding>;
  /** The same text as long as nothing changed. */
  readonly seen: string;
}

export async function readHoldings(sql: Sql, identityId: string, roles: readonly string[]): Promise<Holdings> {
  const { rows } = await sql.query<HoldingRow>(
    `select wanted.role, a.workflow_state, a.start_date, a.end_date, a.parameters, i.request_id, q.number::text as number,
            array(select h.reason from unnest(s.roles, s.reasons) as h(role, reason) where h.role = wanted.role order by 1) as reasons
     from (select distinct role from unnest($2::text[]) as role) wanted
     left join identity_state s on s.identity_id = $1
     left join role_assignment a on a.identity_id = $1 and a.role = wanted.role
     left join request_item i on i.beneficiary_id = $1 and i.role = wanted.role and i.state = 'PENDING_APPROVAL'
     left join assignment_request q on q.id = i.request_id
     order by wanted.role`,
    [identityId, roles],
  );
  return { byRole: new Map(rows.map((row) => [row.role, holdingOf(row)])), seen: JSON.stringify(rows) };
}

const holdingOf = (row: HoldingRow): Holding => ({
  role: row.role,
  reasons: row.reasons.map(reasonOf),
  assignment:
    row.workflow_state === null
      ? null
      : {
          workflowState: row.workflow_state,
          startDate: row.start_date,
          endDate: row.end_date,
          parameters: row.parameters,
        },
  open: row.request_id === null ? null : { requestId: row.request_id, number: requestNumber(row.number ?? '') },
});

/** Single and composite roles that one person has, or will have by what is decided. `withAsked`: or may get by what waits. */
export async function readHeldRoles(sql: Sql, identityId: string, withAsked: boolean): Promise<readonly string[]> {
  const asked = withAsked ? ['PENDING_APPROVAL', 'PENDING_APPROVAL_RISK'] : [];
  const { rows } = await sql.query<{ readonly role: string }>(
    `select unnest(roles) as role from identity_state where identity_id = $1
     union select role from role_assignment where identity_id = $1 and workflow_state = any($2)
       and (workflow_state = 'CANCELLATION' or not exists (select from resource r where r.id = $1 and r.removed_at is not null))
     except select role from role_assignment where identity_id = $1 and workflow_state = 'DECLINED' order by role`,
    // What is being taken away may come back as long as it is not gone.
    [identityId, [...heldStates, 'CANCELLATION', ...asked]],
  );
  return rows.map(({ role }) => role);
}
