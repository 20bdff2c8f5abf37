// What has waited for a decision, for rules that decide by age; and what they do to roles kept for a time of grace.
import { roleAssignmentId } from '../domain/assignment.js';
import type { AutomatedRole, ProlongedRole, WaitingStep } from '../steps/ports/request.js';
import type { Sql, Transaction } from './database.js';
import { markDirty } from './dirty-identity.js';
import { appendFacts } from './event.js';
import { appendAudit } from './audit-entry.js';
import { actorReference, systemActor } from '../domain/actor.js';
import { toGlobalId } from '../domain/global-id.js';
import { holdIdentity } from './request-commit.js';

const most = 1_000;

/** Only what is due: what is not yet would fill the list, and what came later would never be looked at. */
export async function waitingSteps(sql: Sql, roles: readonly AutomatedRole[]): Promise<readonly WaitingStep[]> {
  const { rows } = await sql.query<WaitingStep>(
    `select a.request_id as "requestId", a.id as "approvalId", i.role, a.kind, coalesce(a.due_at <= clock_timestamp(), false) as "isExpired",
       extract(epoch from clock_timestamp() - a.opened_at)::float8 as "waitedSeconds"
     from approval a join request_item i on i.id = a.item_id
       left join unnest($1::text[], $2::float8[]) as m(role, seconds) on m.role = i.role
     where (a.decision is null or a.decision = 'POSTPONED') and a.opened_at is not null and i.state = 'PENDING_APPROVAL'
       and (a.due_at <= clock_timestamp() or (a.kind <> 'RISK' and a.opened_at <= clock_timestamp() - make_interval(secs => m.seconds)))
       and not exists (select from approval e where e.item_id = a.item_id and e.step < a.step and (e.decision is null or e.decision = 'POSTPONED'))
     order by a.opened_at limit ${most}`,
    [roles.map(({ role }) => role), roles.map(({ afterSeconds }) => afterSeconds)],
  );
  return rows;
}

export async function prolongedRoles(sql: Sql, roles: readonly AutomatedRole[]): Promise<readonly ProlongedRole[]> {
  const { rows } = await sql.query<ProlongedRole>(
    `select a.identity_id as "identityId", a.role, extract(epoch from clock_timestamp() - a.updated_at)::float8 as "waitedSeconds"
     from unnest($1::text[], $2::float8[]) as m(role, seconds) join role_assignment a on a.role = m.role
     where a.workflow_state = 'PROLONGED' and a.updated_at <= clock_timestamp() - make_interval(secs => m.seconds)
     order by a.updated_at limit ${most}`,
    [roles.map(({ role }) => role), roles.map(({ afterSeconds }) => afterSeconds)],
  );
  return rows;
}

/** Kept: a decision of its own, without an end. Ended: taken away as if its time were over. */
export async function settleProlonged(
  sql: Transaction,
  { identityId, role }: ProlongedRole,
  decision: 'APPROVED' | 'DECLINED',
  rule: string,
): Promise<boolean> {
  await holdIdentity(sql, identityId);
  const to = decision === 'APPROVED' ? 'APPROVED' : 'CANCELLATION';
  const { rows } = await sql.query(
    `update role_assignment set workflow_state = $3, decided_by = $4, end_date = case when $3 = 'APPROVED' then null else end_date end,
       request_item_id = null, updated_at = clock_timestamp()
     where identity_id = $1 and role = $2 and workflow_state = 'PROLONGED' returning role`,
    [identityId, role, to, rule],
  );
  if (rows.length === 0) return false;
  await appendFacts(sql, [
    {
      kind: 'AssignmentChanged',
      identityId,
      assignments: [
        {
          kind: 'role',
          assignmentId: roleAssignmentId(identityId, role),
          identityId,
          subject: role,
          workflowState: to,
          previousWorkflowState: 'PROLONGED',
          provisioningState: 'VERIFIED',
          previousProvisioningState: 'VERIFIED',
        },
      ],
      detail: { rule },
    },
  ]);
  await markDirty(sql, [identityId], `request-rule:${role}`);
  await appendAudit(sql, {
    actor: actorReference(systemActor),
    action: 'assignment.decide',
    subject: toGlobalId('RoleAssignment', roleAssignmentId(identityId, role)),
    before: { state: 'PROLONGED' },
    after: { state: to, rule },
  });
  return true;
}

/** Counted from the first of the versions that hold the rule as it is now, without a break. */
export async function automationAges(sql: Sql): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql.query<{ readonly identifier: string; readonly seconds: number }>(
    `with present as (
       select rule from (select document from configuration_version order by version desc limit 1) as newest,
         jsonb_array_elements(coalesce(document -> 'automationRules', '[]')) as rule)
     select p.rule ->> 'identifier' as identifier, extract(epoch from clock_timestamp() - (
       select min(v.applied_at) from configuration_version v where v.version > coalesce((
         select max(w.version) from configuration_version w
         where not coalesce(w.document -> 'automationRules', '[]') @> jsonb_build_array(p.rule)), 0)))::float8 as seconds
     from present p`,
  );
  return new Map(rows.map(({ identifier, seconds }) => [identifier, seconds]));
}
