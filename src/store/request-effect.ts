// What decisions do to role assignments: asked for, given, taken, let go. Returns the changes for the facts.
// Owns rows of role_assignment that people caused; rows that the computation causes are the computation's.
import type { ApprovalKind } from '../domain/approver.js';
import { type AssignmentChange, roleAssignmentId } from '../domain/assignment.js';
import type { ProvisioningState } from '../domain/provisioning-state.js';
import type { RequestItem } from '../domain/request.js';
import { reasonOf } from '../domain/role-model/evaluation.js';
import { shownRole } from '../domain/role-model/role-state.js';
import { effectiveStates, heldStates, type WorkflowState } from '../domain/workflow-state.js';
import type { Sql } from './database.js';

/** A change of one role assignment: what its row showed, and what is shown now, of a row that went as well. */
interface Effect {
  readonly itemId: string;
  readonly role: string;
  readonly from: WorkflowState | null;
  readonly shown: WorkflowState;
  /** The row is gone. */
  readonly isGone?: boolean;
}

/** What people wait for shows by which kind of step. */
const pendingState = `case when s.kind = 'RISK' then 'PENDING_APPROVAL_RISK' else 'PENDING_APPROVAL' end`;
const isPending = `workflow_state in ('PENDING_APPROVAL', 'PENDING_APPROVAL_RISK')`;
const pendingOf = (kind: ApprovalKind): WorkflowState =>
  kind === 'RISK' ? 'PENDING_APPROVAL_RISK' : 'PENDING_APPROVAL';

/** Additions that wait for a decision become visible; changes and removals leave what is held as it is. */
export async function askFor(
  sql: Sql,
  identityId: string,
  items: readonly (RequestItem & { readonly step: number; readonly stepCount: number; readonly kind: ApprovalKind })[],
): Promise<readonly Effect[]> {
  const additions = items.filter((item) => item.action === 'ADD');
  await sql.query(
    `insert into role_assignment (identity_id, role, workflow_state, start_date, end_date, parameters, request_item_id, approval_step, approval_step_count)
     select $1, s.role, ${pendingState}, s."startDate", s."endDate", nullif(s.parameters, 'null'), s.id, s.step, s."stepCount"
     from jsonb_to_recordset($2::jsonb) as s(id uuid, role text, "startDate" date, "endDate" date, parameters jsonb, step int, "stepCount" int, kind text)
     on conflict (identity_id, role) do update set workflow_state = excluded.workflow_state, start_date = excluded.start_date,
       end_date = excluded.end_date, parameters = excluded.parameters, request_item_id = excluded.request_item_id,
       approval_step = excluded.approval_step, approval_step_count = excluded.approval_step_count, updated_at = clock_timestamp()
     where role_assignment.workflow_state <> all($3)`,
    // What is found or in grace is held: asking for it must not take it away.
    [identityId, JSON.stringify(additions), heldStates],
  );
  return additions.map(({ id, role, kind }) => ({ itemId: id, role, from: null, shown: pendingOf(kind) }));
}

/** A step was decided and the next one opened: the pending assignment shows it. */
export async function showStep(
  sql: Sql,
  steps: readonly { readonly itemId: string; readonly step: number; readonly kind: ApprovalKind }[],
): Promise<readonly Effect[]> {
  const { rows } = await sql.query<Omit<Effect, 'isGone'>>(
    `with before as (select identity_id, role, workflow_state from role_assignment where request_item_id = any($2::uuid[]) and ${isPending} for update)
     update role_assignment a set approval_step = s.step, workflow_state = ${pendingState}, updated_at = clock_timestamp()
     from jsonb_to_recordset($1::jsonb) as s("itemId" uuid, step int, kind text), before b
     where a.request_item_id = s."itemId" and b.identity_id = a.identity_id and b.role = a.role
     returning s."itemId", a.role, b.workflow_state as "from", a.workflow_state as shown`,
    [JSON.stringify(steps), steps.map(({ itemId }) => itemId)],
  );
  return rows;
}

/** Approved items take effect: the computation finds them in these rows. */
export async function giveEffect(
  sql: Sql,
  identityId: string,
  items: readonly RequestItem[],
  decidedBy: string,
): Promise<readonly Effect[]> {
  const effects: Effect[] = [];
  for (const item of items) effects.push(await effectOf(sql, identityId, item, decidedBy));
  return effects;
}

async function effectOf(sql: Sql, identityId: string, item: RequestItem, decidedBy: string): Promise<Effect> {
  const about = { itemId: item.id, role: item.role };
  switch (item.action) {
    case 'ADD':
      return { ...about, ...(await give(sql, identityId, item)) };
    case 'UPDATE':
      return { ...about, ...(await redate(sql, identityId, item)) };
    case 'REMOVE':
      return { ...about, ...(await move(sql, identityId, item.role, 'CANCELLATION')) };
    case 'DENY':
      return { ...about, ...(await deny(sql, identityId, item.role, item.id, decidedBy)) };
    case 'ALLOW':
      return { ...about, ...(await allow(sql, identityId, item.role)) };
    default:
      return item.action satisfies never;
  }
}

type Shown = Pick<Effect, 'from' | 'shown' | 'isGone'>;

/** Approved in spite of a risk where the item has a step because of one. */
async function give(sql: Sql, identityId: string, item: RequestItem): Promise<Shown> {
  const { rows } = await sql.query<Shown>(
    `with before as (select workflow_state from role_assignment where identity_id = $1 and role = $2)
     insert into role_assignment (identity_id, role, workflow_state, start_date, end_date, request_item_id, parameters)
     values ($1, $2, ${stateGivenBy('$5::uuid')}, $3, $4, $5, $6)
     on conflict (identity_id, role) do update set workflow_state = excluded.workflow_state, start_date = excluded.start_date, end_date = excluded.end_date,
       request_item_id = excluded.request_item_id, parameters = excluded.parameters, approval_step = null, approval_step_count = null,
       decided_by = null, found_resource = null, updated_at = clock_timestamp()
     returning (select workflow_state from before) as "from", workflow_state as shown`,
    [identityId, item.role, item.startDate, item.endDate, item.id, jsonOf(item.parameters)],
  );
  return rows[0] ?? { from: null, shown: 'APPROVED' };
}

const stateGivenBy = (item: string): string =>
  `case when exists (select from approval p where p.item_id = ${item} and p.kind = 'RISK') then 'APPROVED_RISK' else 'APPROVED' end`;

const jsonOf = (parameters: RequestItem['parameters']): string | null =>
  parameters === null ? null : JSON.stringify(parameters);

async function redate(sql: Sql, identityId: string, item: RequestItem): Promise<Shown> {
  const { rows } = await sql.query<Shown>(
    `update role_assignment set start_date = $3, end_date = $4, parameters = $5, updated_at = clock_timestamp()
     where identity_id = $1 and role = $2 returning workflow_state as "from", workflow_state as shown`,
    [identityId, item.role, item.startDate, item.endDate, jsonOf(item.parameters)],
  );
  return rows[0] ?? { from: 'APPROVED', shown: 'APPROVED' };
}

async function move(sql: Sql, identityId: string, role: string, to: 'APPROVED' | 'CANCELLATION'): Promise<Shown> {
  const from: readonly WorkflowState[] = to === 'APPROVED' ? ['CANCELLATION'] : effectiveStates;
  const { rows } = await sql.query<Shown>(
    `with before as (select workflow_state from role_assignment where identity_id = $1 and role = $2)
     update role_assignment set workflow_state = ${to === 'APPROVED' ? stateGivenBy('request_item_id') : `'${to}'`},
       approval_step = null, approval_step_count = null, updated_at = clock_timestamp()
     where identity_id = $1 and role = $2 and workflow_state = any($3)
     returning (select workflow_state from before) as "from", workflow_state as shown`,
    [identityId, role, from],
  );
  return rows[0] ?? { from: from[0] ?? null, shown: to };
}

/** Kept as a row: it says no to every rule until it is taken back. */
async function deny(sql: Sql, identityId: string, role: string, itemId: string | null, by: string): Promise<Shown> {
  const { rows } = await sql.query<Shown>(
    `with before as (select workflow_state from role_assignment where identity_id = $1 and role = $2)
     insert into role_assignment (identity_id, role, workflow_state, request_item_id, decided_by) values ($1, $2, 'DECLINED', $3, $4)
     on conflict (identity_id, role) do update set workflow_state = 'DECLINED', request_item_id = excluded.request_item_id,
       decided_by = excluded.decided_by, start_date = null, end_date = null, parameters = null, updated_at = clock_timestamp()
     returning (select workflow_state from before) as "from", workflow_state as shown`,
    [identityId, role, itemId, by],
  );
  return rows[0] ?? { from: null, shown: 'DECLINED' };
}

async function allow(sql: Sql, identityId: string, role: string): Promise<Shown> {
  await sql.query(`delete from role_assignment where identity_id = $1 and role = $2 and workflow_state = 'DECLINED'`, [
    identityId,
    role,
  ]);
  return { from: 'DECLINED', shown: 'INACTIVE', isGone: true };
}

/** Undecided additions that were declined or taken back leave no row behind. */
export async function letGo(
  sql: Sql,
  items: readonly RequestItem[],
  shown: 'DECLINED' | 'INACTIVE',
): Promise<readonly Effect[]> {
  const { rows } = await sql.query<Pick<Effect, 'itemId' | 'role' | 'from'>>(
    `delete from role_assignment where request_item_id = any($1::uuid[]) and ${isPending}
     returning request_item_id as "itemId", role, workflow_state as "from"`,
    [items.filter((item) => item.action === 'ADD').map(({ id }) => id)],
  );
  return rows.map((row) => ({ ...row, shown, isGone: true }));
}

/** Approved items taken back before they were executed: what was given is taken, what was taken is given back. */
export async function undo(
  sql: Sql,
  identityId: string,
  items: readonly RequestItem[],
  by: string,
): Promise<readonly Effect[]> {
  const effects: Effect[] = [];
  for (const { id, role, action } of items)
    effects.push({ itemId: id, role, ...(await undoOne(sql, identityId, role, action, by)) });
  return effects;
}

async function undoOne(
  sql: Sql,
  identityId: string,
  role: string,
  action: RequestItem['action'],
  by: string,
): Promise<Shown> {
  switch (action) {
    case 'DENY':
      return allow(sql, identityId, role);
    case 'ALLOW':
      return deny(sql, identityId, role, null, by);
    default:
      return move(sql, identityId, role, action === 'ADD' ? 'CANCELLATION' : 'APPROVED');
  }
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
  { role, from, shown, isGone = false }: Effect,
  standing: StandingRow | undefined,
  rolesWithEffects: readonly string[],
): AssignmentChange {
  const facts = {
    reasons: (standing?.reasons ?? []).map(reasonOf),
    pending: standing?.pending ?? [],
    hasEffects: rolesWithEffects.includes(role),
  };
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
