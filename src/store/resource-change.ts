// Writes down how a reading changes rows that are known already, before it changes them: what a system held stays readable.
// What Joinery itself wrote is told by its orders; the first load of an entity type changes nothing anybody knew.
import type { Reading, SynchronizationSession } from '../steps/ports/synchronization.js';
import type { Sql } from './database.js';

/** Kept as lists of {property, from, to}; links as lists of keys. Secret properties are never read into rows. */
const changed = `select jsonb_agg(jsonb_build_object('property', c.property, 'from', c.before, 'to', c.after) order by c.property) from (
    select k as property, r.attributes -> k as before, s.attributes -> k as after
    from (select jsonb_object_keys(r.attributes) union select jsonb_object_keys(s.attributes)) as keys(k)
    where (r.attributes -> k) is distinct from (s.attributes -> k)
    union all
    select p, o.keys, n.keys from (select property from resource_link where resource_id = r.id union select jsonb_object_keys(s.links)) as properties(p)
    cross join lateral (select coalesce(jsonb_agg(target_key order by target_key), '[]') as keys from resource_link where resource_id = r.id and property = p) o
    cross join lateral (select coalesce(jsonb_agg(t order by t), '[]') as keys from jsonb_array_elements_text(coalesce(s.links -> p, '[]')) t) n
    where o.keys is distinct from n.keys) c`;

const origin = `'execution:' || (select t.execution_id from synchronization_session x join task_execution t on t.id = x.task_id where x.id = $1)`;

export async function recordReadChanges(
  sql: Sql,
  session: SynchronizationSession,
  readings: readonly Reading[],
): Promise<void> {
  const known = readings.filter(({ isFirstLoad }) => !isFirstLoad).map(({ entityType }) => entityType);
  if (known.length === 0) return;
  await sql.query(
    `insert into resource_change (resource_id, kind, changes, origin)
     select s.id, case s.change when 'insert' then 'CREATE' when 'update' then 'UPDATE' else 'DELETE' end,
       case s.change when 'update' then coalesce((${changed}), '[]') else '[]' end, coalesce(${origin}, 'execution:')
     from synchronization_row s left join resource r on r.id = s.id
     where s.session = $1 and s.entity_type = any($2) and s.change in ('insert', 'update', 'delete')
       and (s.change <> 'update' or r.hash <> s.hash)`,
    [session.id, known],
  );
}
