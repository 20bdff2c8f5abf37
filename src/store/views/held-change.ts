// What thresholds hold back, listed: rows of parked readings, people who would lose roles, and accounts whose change got no
// order. What a computation would change in accounts is listed by its plan.
import type { HeldChangeView, HeldChangeViews } from '../../steps/ports/release.js';
import type { Database } from '../database.js';
import { type Fragment, literal, sql } from '../fragment.js';
import { countRows, type KeysetColumn, readPage } from './keyset.js';

export const heldChangeViews = (database: Database): HeldChangeViews => ({
  held: (executionId, page) =>
    readPage<HeldChangeView, HeldChangeView>(database, {
      select: literal('h.*'),
      from: heldChanges(executionOf(executionId)),
      where: literal('true'),
      order: byTask,
      page,
      row: (row) => row,
    }),
  countHeld: (executionId) => countRows(database, heldChanges(executionOf(executionId)), literal('true')),
});

const executionOf = (id: string): Fragment => sql`${id}::uuid`;

/** As table `h`; `execution`: an expression for its id. */
export const heldChanges = (execution: Fragment): Fragment => sql`(
  select s.id || ':' || r.entity_type || ':' || r.key as id, 'SYNCHRONIZE' as "taskKind", 1 as rank,
    case r.change when 'insert' then 'CREATE' when 'update' then 'UPDATE' else 'DELETE' end as kind,
    r.entity_type as "entityType", null as "resourceType", null::uuid as "identityId", r.key, r.hash as mark, '{}'::text[] as "lostRoles"
  from task_execution t join synchronization_session s on s.task_id = t.id and s.state = 'BLOCKED'
    join synchronization_row r on r.session = s.id and r.change in ('insert', 'update', 'delete')
  where t.execution_id = ${execution} and t.state = 'BLOCKED'
  union all
  select i.plan_id || ':' || i.identity_id, 'COMPUTE_ROLE_MODEL', 2, 'DELETE', r.entity_type, null, i.identity_id, r.key, '', i.lost_roles
  from job_execution e join plan_input i on i.plan_id = e.plan_id and i.lost_roles <> '{}' join resource r on r.id = i.identity_id
  where e.id = ${execution} and exists (
    select from task_execution t where t.execution_id = e.id and t.state = 'BLOCKED' and t.kind = 'COMPUTE_ROLE_MODEL')
  union all
  select a.id::text, 'GENERATE_PROVISIONING_ORDERS', 3, a.held_kind, null, a.resource_type, a.identity_id, a.resource_key, a.desired_version::text, '{}'
  from resource_assignment a where a.held_execution = ${execution} and a.held_kind = a.delta ->> 'kind') as h`;

const byTask: readonly KeysetColumn[] = [
  { column: 'h.rank', type: 'int' },
  { column: 'h.id', type: 'text' },
];
