// Plans as they are shown: the plan itself, and its changes page by page.
import { emptySummary } from '../../domain/role-model/plan.js';
import type { PlannedChangeFilter, PlannedChangeView, PlanView, PlanViews } from '../../steps/ports/plan.js';
import type { Database } from '../database.js';
import { allOf, type Fragment, literal, rendered, sql } from '../fragment.js';
import { flagConditions, idConditions, oneOfConditions } from './filter.js';
import { countRows, readPage } from './keyset.js';

export const planViews = (database: Database): PlanViews => ({
  byIds: async (ids) =>
    (await database.query<PlanView>(planColumns, [ids])).rows.map((row) => ({
      ...row,
      summary: { ...emptySummary, ...row.summary },
    })),
  changes: (planId, filter, page) =>
    readPage<PlannedChangeView & { readonly position: number }, PlannedChangeView>(database, {
      select: changeColumns,
      from: changeTables,
      where: condition(planId, filter),
      order: [{ column: 'c.position', type: 'int' }],
      page,
      row: (row) => row,
    }),
  countChanges: (planId, filter) => countRows(database, changeTables, condition(planId, filter)),
  changesByIds: async (ids) => {
    const { text, parameters } = rendered(
      sql`select ${changeColumns} from ${changeTables} where c.id = any(${ids}::uuid[])`,
    );
    return (await database.query<PlannedChangeView>(text, parameters)).rows;
  },
});

const planColumns = `select id, case when expires_at < now() and state in ('COMPUTING', 'READY') then 'EXPIRED' else state end as state,
  inputs_digest as "inputsDigest", summary, violations, created_by as "createdBy", created_at as "createdAt", expires_at as "expiresAt",
  scope, candidate_id as "candidateId", configuration_changes as "configurationChanges", applied_execution as "appliedExecution"
  from provisioning_plan where id = any($1::uuid[])`;

const changeColumns =
  literal(`c.id, c.plan_id as "planId", c.kind, c.resource_type as "resourceType", c.identity_id as "identityId",
  c.resource_id as "resourceId", c.resource_key as "resourceKey", c.delta, c.requires_review as "requiresReview", p.created_at as "computedAt"`);
const changeTables = literal('planned_change c join provisioning_plan p on p.id = c.plan_id');

const isDestructive = literal(`(c.kind = 'DELETE'
  or jsonb_path_exists(c.delta, '$.links[*].remove[*]') or jsonb_path_exists(c.delta, '$.scalars[*] ? (@.to == null)'))`);

function condition(planId: string, filter: PlannedChangeFilter | null): Fragment {
  return allOf([
    sql`c.plan_id = ${planId}::uuid`,
    ...oneOfConditions('c.kind', filter?.kind),
    ...idConditions('c.resource_type', filter?.resourceTypeId, 'text'),
    ...idConditions('c.identity_id', filter?.identityId, 'uuid'),
    ...flagConditions(isDestructive, filter?.destructiveOnly === true ? true : null),
  ]);
}
