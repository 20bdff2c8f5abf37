// People as steps load them: rows of the identity type, read through the configured meaning of its properties.
import type { EntityTypeDefinition } from '../domain/configuration.js';
import { type Person, personOf, type PersonRow } from '../domain/person.js';
import type { Sql } from './database.js';

/** Null when nobody of the identity type has this row id. */
export async function personById(sql: Sql, type: EntityTypeDefinition, id: string): Promise<Person | null> {
  const { rows } = await sql.query<PersonRow>(
    `select id, key, attributes, removed_at is not null as "isRemoved" from resource where id = $2 and entity_type = $1`,
    [type.identifier, id],
  );
  return rows[0] === undefined ? null : personOf(rows[0], type);
}

/** Those with these keys, and their managers, by key. */
export async function peopleWithManagers(
  sql: Sql,
  type: EntityTypeDefinition,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Person>> {
  const { rows } = await sql.query<PersonRow>(
    `with named as (select attributes ->> $3::text as manager from resource where entity_type = $1 and key = any($2::text[]))
     select id, key, attributes, removed_at is not null as "isRemoved" from resource
     where entity_type = $1 and (key = any($2::text[]) or key in (select manager from named))`,
    [type.identifier, keys, type.identity?.manager ?? ''],
  );
  return new Map(rows.map((row) => [row.key, personOf(row, type)]));
}

/** Those of the identity type among these row ids. */
export async function peopleByIds(
  sql: Sql,
  type: EntityTypeDefinition,
  ids: readonly string[],
): Promise<readonly Person[]> {
  const { rows } = await sql.query<PersonRow>(
    `select id, key, attributes, removed_at is not null as "isRemoved" from resource where id = any($2::uuid[]) and entity_type = $1`,
    [type.identifier, ids],
  );
  return rows.map((row) => personOf(row, type));
}
