// What decisions do to role assignments: asked for, given, taken, let go. Returns the changes for the facts.
// Owns rows of role_assignment that people caused; rows that the computation causes are the computation's.
import { type AssignmentChange, roleAssignmentId } from '../domain/assignment.js';
import type { ProvisioningState } from '../domain/provisioning-state.js';
import type { RequestItem } from '../domain/request.js';
import { reasonOf } from '../domain/role-model/evaluation.js';
import { shownRole } from '../domain/role-model/role-state.js';
import type { WorkflowState } from '../domain/workflow-state.js';
import type { Sql } from './database.js';

/** A change of one role assignment: what its row showed, and what is shown now, of a row that went as well. */
interface Effect {
  readonly itemId: string;
  readonly role: string;
  readonly from: WorkflowState | null;
  readonly shown: WorkflowState;
}

/** Additions that wait for a decision become visible; changes and removals leave what is held as it is. */
export async function askFor(
  sql: Sql,
  identityId: string,
  items: readonly (RequestItem & { readonly stepCount: number })[],
): Promise<readonly Effect[]> {
  const additions = items.filter((item) => item.action === 'ADD');
  await sql.query(
    `insert into role_assignment (identity_id, role, workflow_state, start_date, end_date, request_item_id, approval_step, approval_step_count)
     select $1, i.role, 'PENDING_APPROVAL', i."startDate", i."endDate", i.id, 1, i."stepCount"
     from jsonb_to_recordset($2::jsonb) as i(id uuid, role text, "startDate" date, "endDate" date, "stepCount" int)
     on conflict (identity_id, role) do update set workflow_state = excluded.workflow_state, start_date = excluded.start_date,
       end_date = excluded.end_date, request_item_id = excluded.request_item_id, approval_step = excluded.approval_step,
       approval_step_count = excluded.approval_step_count, updated_at = clock_timestamp()`,
    [identityId, JSON.stringify(additions)],
  );
  return additions.map(({ id, role }) => ({ itemId: id, role, from: null, shown: 'PENDING_APPROVAL' }));
}

/** A step was decided and the next one opened: the pending assignment shows it. */
export async function showStep(
  sql: Sql,
  steps: readonly { readonly itemId: string; readonly step: number }[],
): Promise<readonly Effect[]> {
  const { rows } = await sql.query<{ readonly itemId: string; readonly role: string }>(
    `update role_assignment a set approval_step = s.step, updated_at = clock_timestamp()
     from jsonb_to_recordset($1::jsonb) as s("itemId" uuid, step int)
     where a.request_item_id = s."itemId" and a.workflow_state = 'PENDING_APPROVAL' returning s."itemId", a.role`,
    [JSON.stringify(steps)],
  );
  return rows.map((row) => ({ ...row, from: 'PENDING_APPROVAL', shown: 'PENDING_APPROVAL' }));
}

/** Approved items take effect: the computation finds them in these rows. */
export async function giveEffect(
  sql: Sql,
  identityId: string,
  items: readonly RequestItem[],
): Promise<readonly Effect[]> {
  const effects: Effect[] = [];
  for (const item of items) effects.push(await effectOf(sql, identityId, item));
  return effects;
}

async function effectOf(sql: Sql, identityId: string, item: RequestItem): Promise<Effect> {
  const about = { itemId: item.id, role: item.role };
  switch (item.action) {
    case 'ADD':
      return { ...about, from: await give(sql, identityId, item), shown: 'APPROVED' };
    case 'UPDATE':
      return { ...about, from: await redate(sql, identityId, item), shown: 'APPROVED' };
    case 'REMOVE':
      return { ...about, from: await move(sql, identityId, item.role, 'CANCELLATION'), shown: 'CANCELLATION' };
    default:
      return item.action satisfies never;
  }
}

async function give(sql: Sql, identityId: string, item: RequestItem): Promise<WorkflowState | null> {
  const { rows } = await sql.query<{ readonly before: WorkflowState | null }>(
    `with before as (select workflow_state from role_assignment where identity_id = $1 and role = $2)
     insert into role_assignment (identity_id, role, workflow_state, start_date, end_date, request_item_id)
     values ($1, $2, 'APPROVED', $3, $4, $5)
     on conflict (identity_id, role) do update set workflow_state = 'APPROVED', start_date = excluded.start_date, end_date = excluded.end_date,
       request_item_id = excluded.request_item_id, approval_step = null, approval_step_count = null, updated_at = clock_timestamp()
     returning (select workflow_state from before) as before`,
    [identityId, item.role, item.startDate, item.endDate, item.id],
  );
  return rows[0]?.before ?? null;
}

async function redate(sql: Sql, identityId: string, item: RequestItem): Promise<WorkflowState> {
  await sql.query(
    'update role_assignment set start_date = $3, end_date = $4, updated_at = clock_timestamp() where identity_id = $1 and role = $2',
    [identityId, item.role, item.startDate, item.endDate],
  );
  return 'APPROVED';
}

async function move(
  sql: Sql,
  identityId: string,
  role: string,
  to: 'APPROVED' | 'CANCELLATION',
): Promise<WorkflowState> {
  const from = to === 'APPROVED' ? 'CANCELLATION' : 'APPROVED';
  await sql.query(
    `update role_assignment set workflow_state = $3, approval_step = null, approval_step_count = null, updated_at = clock_timestamp()
     where identity_id = $1 and role = $2 and workflow_state = any($4)`,
    [identityId, role, to, to === 'APPROVED' ? ['CANCELLATION'] : ['APPROVED', 'APPROVED_RISK', 'APPROVED_QUESTIONED']],
  );
  return from;
}

/** Undecided additions that were declined or taken back leave no row behind. */
export async function letGo(
  sql: Sql,
  items: readonly RequestItem[],
  shown: 'DECLINED' | 'INACTIVE',
): Promise<readonly Effect[]> {
  const { rows } = await sql.query<{ readonly itemId: string; readonly role: string }>(
    `delete from role_assignment where request_item_id = any($1::uuid[]) and workflow_state = 'PENDING_APPROVAL'
     returning request_item_id as "itemId", role`,
    [items.filter((item) => item.action === 'ADD').map(({ id }) => id)],
  );
  return rows.map((row) => ({ ...row, from: 'PENDING_APPROVAL', shown }));
}

/** Approved items taken back before they were executed: what was given is taken, what was taken is given back. */
export async function undo(sql: Sql, identityId: string, items: readonly RequestItem[]): Promise<readonly Effect[]> {
  const effects: Effect[] = [];
  for (const { id, role, action } of items) {
    const to = action === 'ADD' ? 'CANCELLATION' : 'APPROVED';
    effects.push({ itemId: id, role, from: await move(sql, identityId, role, to), shown: to });
  }
  return effects;
}

/** Effects as facts carry them, with the states that the role shows at this moment. */
export async function changesOf(
  sql: Sql,
  identityId: string,
  effects: readonly Effect[],
  rolesWithEffects: readonly string[],
): Promise<readonly AssignmentChange[]> {
  const { rows } = await sql.query<StandingRow>(
    `select wanted.role,
            array(select h.reason from identity_state s, unnest(s.roles, s.reasons) as h(role, reason)
                  where s.identity_id = $1 and h.role = wanted.role) as reasons,
            array(select r.provisioning_state from resource_assignment r
                  where r.identity_id = $1 and wanted.role = any(r.pending_roles)) as pending
     from unnest($2::text[]) as wanted(role)`,
    [identityId, effects.map(({ role }) => role)],
  );
  const standings = new Map(rows.map((row) => [row.role, row]));
  return effects.map((effect) => changeOf(identityId, effect, standings.get(effect.role), rolesWithEffects));
}

interface StandingRow {
  readonly role: string;
  readonly reasons: readonly string[];
  readonly pending: readonly ProvisioningState[];
}

function changeOf(
  identityId: string,
  { role, from, shown }: Effect,
  standing: StandingRow | undefined,
  rolesWithEffects: readonly string[],
): AssignmentChange {
  const facts = {
    reasons: (standing?.reasons ?? []).map(reasonOf),
    pending: standing?.pending ?? [],
    hasEffects: rolesWithEffects.includes(role),
  };
  const isGone = shown === 'DECLINED' || shown === 'INACTIVE';
  const after = shownRole({ ...facts, row: isGone ? null : shown });
  const before = from === null ? null : shownRole({ ...facts, row: from });
  return {
    kind: 'role',
    assignmentId: roleAssignmentId(identityId, role),
    identityId,
    subject: role,
    workflowState: after?.workflowState ?? shown,
    previousWorkflowState: from,
    provisioningState: after?.provisioningState ?? 'NONE',
    previousProvisioningState: before?.provisioningState ?? null,
  };
}
