// References that lead nowhere once a reading is applied: of its changed rows only, and only into entity types that were
// read at least once, since the rows of the others are not known yet.
import type { MissingReferences, Reading, SynchronizationSession } from '../steps/ports/synchronization.js';
import type { Sql } from './database.js';

/** How many are named; all are counted. */
const namedReferences = 5;

export async function missingReferences(
  sql: Sql,
  session: SynchronizationSession,
  readings: readonly Reading[],
): Promise<MissingReferences> {
  const pointers = readings.flatMap(({ entityType, references }) =>
    references.map(({ property, target }) => ({ entityType, property, target })),
  );
  if (pointers.length === 0) return { count: 0, first: [] };
  const { rows } = await sql.query<MissingReferences['first'][number] & { readonly count: number }>(
    `select s.entity_type as "entityType", s.key, p.property, s.attributes ->> p.property as missing, p.target,
       count(*) over ()::int as count
     from jsonb_to_recordset($2::jsonb) as p("entityType" text, property text, target text)
     join synchronization_row s on s.session = $1 and s.change in ('insert', 'update') and s.entity_type = p."entityType"
     where s.attributes ->> p.property <> '' and exists (select from synchronization_state t where t.entity_type = p.target)
       and not exists (select from resource r where r.entity_type = p.target and r.key = s.attributes ->> p.property and r.removed_at is null)
     order by s.entity_type, s.key, p.property limit $3`,
    [session.id, JSON.stringify(pointers), namedReferences],
  );
  return { count: rows[0]?.count ?? 0, first: rows.map(({ count: _, ...reference }) => reference) };
}
