// The history of a resource, newest first: rows of resource_change and the orders that were carried out on it.
import type { ResourceChangeView, ResourceChangeViews } from '../../steps/ports/resource-change.js';
import type { Database } from '../database.js';
import { type Fragment, literal, rendered, sql } from '../fragment.js';
import { countRows, type KeysetColumn, readPage } from './keyset.js';

export const resourceChangeViews = (database: Database): ResourceChangeViews => ({
  page: (resourceId, page) =>
    readPage<ResourceChangeView, ResourceChangeView>(database, {
      select: literal('h.*'),
      from: history(sql`${resourceId}::uuid`),
      where: literal('true'),
      order: newestFirst,
      page,
      row: (row) => row,
    }),
  count: (resourceId) => countRows(database, history(sql`${resourceId}::uuid`), literal('true')),
  byIds: async (ids) => {
    const numbers = ids.filter((id) => /^\d+$/.test(id));
    const orders = ids.filter((id) => !/^\d+$/.test(id));
    const owners = sql`select resource_id from resource_change where id = any(${numbers}::bigint[])
      union select a.resource_id from provisioning_order o join resource_assignment a on a.id = o.assignment_id where o.id = any(${orders}::uuid[])`;
    const { text, parameters } = rendered(
      sql`select h.* from resource found cross join lateral (select * from ${history(literal('found.id'))}) h
        where found.id in (${owners}) and h.id = any(${ids}::text[])`,
    );
    return (await database.query<ResourceChangeView>(text, parameters)).rows;
  },
});

/** As table `h`; `resource`: an expression for the row id. */
const history = (resource: Fragment): Fragment => sql`(
  select c.id::text as id, c.resource_id as "resourceId", r.entity_type as "entityType", c.occurred_at as "occurredAt", c.kind, c.changes,
    null::jsonb as delta, nullif(substr(c.origin, 11), '')::uuid as "executionId"
  from resource_change c join resource r on r.id = c.resource_id where c.resource_id = ${resource}
  union all
  select o.id::text, r.id, r.entity_type, o.executed_at, o.kind, null, o.delta, o.job_execution_id
  from resource r join resource_assignment a on a.resource_id = r.id join provisioning_order o on o.assignment_id = a.id
  where r.id = ${resource} and o.executed_at is not null) as h`;

const newestFirst: readonly KeysetColumn[] = [
  { column: 'h."occurredAt"', type: 'timestamptz', isDescending: true },
  { column: 'h.id', type: 'text', isDescending: true },
];
