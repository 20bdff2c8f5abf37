// Keeps single rows as they were just read from a target. A reading never overwrites a younger one.
import type { Observation } from '../steps/ports/verification.js';
import type { Sql } from './database.js';
import { repeated } from './repeated.js';

/** The id of the resource by `observationKey`; absent where there is no row. */
export async function writeObservations(
  sql: Sql,
  observations: readonly Observation[],
): Promise<ReadonlyMap<string, string>> {
  // Two orders of one row in one batch: one statement may not touch a row twice, so the last reading stands for both.
  const distinct = [...new Map(observations.map((observation) => [observationKey(observation), observation])).values()];
  const present = distinct.filter(({ content }) => content !== null);
  if (present.length > 0) await writeRows(sql, present);
  await removeRows(
    sql,
    distinct.filter(({ content }) => content === null),
  );
  return idsOf(sql, distinct);
}

export const observationKey = ({ entityType, key }: Pick<Observation, 'entityType' | 'key'>): string =>
  `${entityType}/${key}`;

async function writeRows(sql: Sql, observations: readonly Observation[]): Promise<void> {
  await sql.query(
    repeated(`with seen as (
       select * from jsonb_to_recordset($1::jsonb) as s(id uuid, type text, key text, attributes jsonb, links jsonb, hash text, at timestamptz)),
     written as (
       insert into resource (id, entity_type, key, attributes, hash, seen_at)
       select id, type, key, attributes, hash, at from seen order by type, key
       on conflict (entity_type, key) do update
         set attributes = excluded.attributes, hash = excluded.hash, seen_at = excluded.seen_at, updated_at = clock_timestamp(),
             version = resource.version + 1, removed_at = null
         where resource.seen_at <= excluded.seen_at
       returning id, entity_type, key),
     wanted as (
       select w.id, l.key as property, t.target from written w join seen s on s.type = w.entity_type and s.key = w.key
       cross join lateral jsonb_each(s.links) as l cross join lateral jsonb_array_elements_text(l.value) as t(target)),
     gone as (
       delete from resource_link k using written w where k.resource_id = w.id
         and not exists (select from wanted x where x.id = k.resource_id and x.property = k.property and x.target = k.target_key))
     insert into resource_link (resource_id, property, target_key) select id, property, target from wanted on conflict do nothing`),
    [
      JSON.stringify(
        observations.map(({ newId, entityType, key, content, hash, readAt }) => ({
          id: newId,
          type: entityType,
          key,
          attributes: content?.attributes ?? {},
          links: content?.links ?? {},
          hash,
          at: readAt,
        })),
      ),
    ],
  );
}

async function removeRows(sql: Sql, observations: readonly Observation[]): Promise<void> {
  if (observations.length === 0) return;
  await sql.query(
    repeated(`delete from resource r using jsonb_to_recordset($1::jsonb) as s(type text, key text, at timestamptz)
     where r.entity_type = s.type and r.key = s.key and r.seen_at <= s.at`),
    [JSON.stringify(observations.map(({ entityType, key, readAt }) => ({ type: entityType, key, at: readAt })))],
  );
}

async function idsOf(sql: Sql, observations: readonly Observation[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql.query<{ id: string; entityType: string; key: string }>(
    repeated(
      `select r.id, r.entity_type as "entityType", r.key from resource r join unnest($1::text[], $2::text[]) as s(type, key) on r.entity_type = s.type and r.key = s.key`,
    ),
    [observations.map(({ entityType }) => entityType), observations.map(({ key }) => key)],
  );
  return new Map(rows.map((row) => [observationKey(row), row.id]));
}
