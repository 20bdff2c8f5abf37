// Plans while they are computed and carried out. Reading them is views/plan.ts'. A plan that was left COMPUTING by a crash
// expires like any other, unless the execution that computes it begins it anew.
import { actorReference } from '../domain/actor.js';
import { toGlobalId } from '../domain/global-id.js';
import type { PlannedChange } from '../domain/role-model/plan.js';
import type { NewExecution } from '../steps/ports/job-execution.js';
import type { NewPlan, PlanOutcome, PlanScope, PlanStore, PlanView } from '../steps/ports/plan.js';
import { appendAudit } from './audit-entry.js';
import type { Database, Sql } from './database.js';
import { launch } from './job-execution.js';
import { identities, inputs, moved, remember } from './plan-input.js';
import { planViews } from './views/plan.js';

export const planStore = (database: Database): PlanStore => ({
  open: (plan) => open(database, plan),
  clear: (planId) => database.transaction((sql) => clear(sql, planId)),
  append: (planId, position, changes) => append(database, planId, position, changes),
  remember: (planId, inputs) => remember(database, planId, inputs),
  close: (planId, outcome) => close(database, planId, outcome),
  load: async (planId) => (await planViews(database).byIds([planId]))[0] ?? null,
  fresh: (createdBy, scope) => fresh(database, createdBy, scope),
  inputs: (planId, identityIds) => inputs(database, planId, identityIds),
  identities: (planId, after, limit, which) => identities(database, planId, after, limit, which),
  withDigest: (inputsDigest, isConfiguration) => withDigest(database, inputsDigest, isConfiguration),
  moved: (planId, laterId, limit) => moved(database, planId, laterId, limit),
  changes: (planId, identityIds) => changes(database, planId, identityIds),
  take: (planId, execution) => database.transaction((sql) => take(sql, planId, execution)),
  expire: async (planId) => {
    await database.query(`update provisioning_plan set state = 'EXPIRED' where id = $1`, [planId]);
  },
});

async function open(sql: Sql, { id, createdBy, scope, candidateId, configurationChanges }: NewPlan): Promise<void> {
  await sql.query(
    `insert into provisioning_plan (id, state, inputs_digest, summary, created_by, expires_at, scope, candidate_id, configuration_changes)
     values ($1, 'COMPUTING', '', '{}', $2, clock_timestamp() + interval '24 hours', $3, $4, $5)`,
    [id, createdBy, JSON.stringify(scope), candidateId, jsonOrNull(configurationChanges ?? undefined)],
  );
}

async function fresh(sql: Sql, createdBy: string, scope: PlanScope): Promise<string | null> {
  const { rows } = await sql.query<{ id: string }>(
    `select id from provisioning_plan where created_by = $1 and scope = $2::jsonb and candidate_id is null and state = 'READY'
       and created_at > clock_timestamp() - interval '1 minute' order by created_at desc limit 1`,
    [createdBy, JSON.stringify(scope)],
  );
  return rows[0]?.id ?? null;
}

async function withDigest(
  database: Database,
  inputsDigest: string,
  isConfiguration: boolean,
): Promise<PlanView | null> {
  const { rows } = await database.query<{ id: string }>(
    `select id from provisioning_plan where inputs_digest = $1 and (candidate_id is not null) = $2
     order by created_at desc limit 1`,
    [inputsDigest, isConfiguration],
  );
  return (await planViews(database).byIds(rows.map(({ id }) => id)))[0] ?? null;
}

async function clear(sql: Sql, planId: string): Promise<void> {
  await sql.query('delete from planned_change where plan_id = $1', [planId]);
  await sql.query('delete from plan_input where plan_id = $1', [planId]);
}

async function append(
  sql: Sql,
  planId: string,
  position: number,
  added: readonly (PlannedChange & { readonly id: string })[],
): Promise<void> {
  if (added.length === 0) return;
  await sql.query(
    `insert into planned_change (id, plan_id, position, kind, resource_type, identity_id, resource_id, resource_key, delta, requires_review)
     select c.id, $1, c.position, c.kind, c."resourceType", c."identityId", c."resourceId", c."resourceKey", c.delta, c."requiresReview"
     from json_to_recordset($2::json) as c(id uuid, position int, kind text, "resourceType" text, "identityId" uuid, "resourceId" uuid, "resourceKey" text, delta jsonb, "requiresReview" boolean)`,
    [planId, JSON.stringify(added.map((change, index) => ({ ...change, position: position + index })))],
  );
}

async function close(sql: Sql, planId: string, outcome: PlanOutcome | null): Promise<void> {
  await sql.query(
    `update provisioning_plan set state = $2, inputs_digest = coalesce($3, inputs_digest), summary = coalesce($4::jsonb, summary), violations = coalesce($5::jsonb, violations)
     where id = $1 and state = 'COMPUTING'`,
    [
      planId,
      outcome === null ? 'FAILED' : 'READY',
      outcome?.inputsDigest ?? null,
      jsonOrNull(outcome?.summary),
      jsonOrNull(outcome?.violations),
    ],
  );
}

const jsonOrNull = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

async function changes(sql: Sql, planId: string, identityIds: readonly string[]): Promise<readonly PlannedChange[]> {
  const { rows } = await sql.query<PlannedChange>(
    `select kind, resource_type as "resourceType", identity_id as "identityId", resource_id as "resourceId", resource_key as "resourceKey", delta, requires_review as "requiresReview"
     from planned_change where plan_id = $1 and identity_id = any($2::uuid[]) order by position`,
    [planId, identityIds],
  );
  return rows;
}

async function take(sql: Sql, planId: string, execution: NewExecution): Promise<boolean> {
  const { count } = await sql.query(
    `update provisioning_plan set state = 'APPLIED', applied_execution = $2, applied_at = clock_timestamp()
     where id = $1 and state = 'READY' and expires_at > clock_timestamp()`,
    [planId, execution.id],
  );
  if (count === 0) return false;
  const launched = await launch(sql, execution);
  if (launched.kind !== 'created') throw new Error(`The execution of plan ${planId} was ${launched.kind}, not made.`);
  await appendAudit(sql, {
    actor: actorReference(execution.actor),
    action: 'plan.apply',
    subject: toGlobalId('ProvisioningPlan', planId),
    before: { state: 'READY' },
    after: { state: 'APPLIED', execution: toGlobalId('JobExecution', execution.id) },
  });
  return true;
}
