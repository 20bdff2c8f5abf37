// Which identities are one human: those that name one another by the property `samePersonAs`, directly or over others.
import type { EntityTypeDefinition } from '../domain/configuration.js';
import type { NaturalPeople } from '../domain/four-eyes.js';
import type { Sql } from './database.js';

/** Everybody a seed leads to, over any number of names and in both directions. */
const kin = `with recursive kin as (
    select id as start, id, key, attributes ->> $3::text as same from resource where entity_type = $1 and id = any($2::uuid[])
    union
    select k.start, o.id, o.key, o.attributes ->> $3::text from kin k
    join resource o on o.entity_type = $1 and (o.key = k.same or o.attributes ->> $3::text = k.key))`;

/** Of these row ids, those with more than one identity. Without the property nobody has, and nothing is asked. */
export async function readNaturalPeople(
  sql: Sql,
  type: EntityTypeDefinition,
  ids: readonly string[],
): Promise<NaturalPeople> {
  const property = type.identity?.samePersonAs ?? null;
  if (property === null || ids.length === 0) return new Map();
  const { rows } = await sql.query<{ readonly id: string; readonly person: string }>(
    `${kin} select start as id, min(id::text) as person from kin group by start having count(*) > 1`,
    [type.identifier, [...new Set(ids)], property],
  );
  return new Map(rows.map(({ id, person }) => [id, person]));
}

/** Row ids of all identities of these people, their own among them. */
export async function readSameHumans(
  sql: Sql,
  type: EntityTypeDefinition,
  ids: readonly string[],
): Promise<readonly string[]> {
  const property = type.identity?.samePersonAs ?? null;
  if (property === null || ids.length === 0) return ids;
  const { rows } = await sql.query<{ readonly id: string }>(`${kin} select distinct id from kin order by id`, [
    type.identifier,
    ids,
    property,
  ]);
  return rows.map(({ id }) => id);
}

/** As above, of whoever has this key; nobody has null. */
export async function readSameHumansOfKey(
  sql: Sql,
  type: EntityTypeDefinition,
  key: string | null,
): Promise<readonly string[]> {
  if (key === null) return [];
  const { rows } = await sql.query<{ readonly id: string }>(
    'select id from resource where entity_type = $1 and key = $2',
    [type.identifier, key],
  );
  return readSameHumans(
    sql,
    type,
    rows.map(({ id }) => id),
  );
}
