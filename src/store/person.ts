// People as steps load them: rows of the identity type, read through the configured meaning of its properties.
import type { Attributes, EntityTypeDefinition } from '../domain/configuration.js';
import type { KnownValues } from '../domain/parameter.js';
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

/** What expressions read of one person; empty when there is nobody. */
export async function attributesById(sql: Sql, id: string): Promise<Attributes> {
  const { rows } = await sql.query<{ readonly attributes: Attributes }>(
    'select attributes from resource where id = $1',
    [id],
  );
  return rows[0]?.attributes ?? {};
}

/** Dimension → those of the values that are keys of rows that are there. */
export async function knownValues(
  sql: Sql,
  asked: readonly { readonly dimension: string; readonly entityType: string; readonly value: string }[],
): Promise<KnownValues> {
  if (asked.length === 0) return new Map();
  const { rows } = await sql.query<{ readonly dimension: string; readonly values: readonly string[] }>(
    `select a.dimension, array(select r.key from resource r where r.entity_type = a."entityType" and r.key = any(array_agg(a.value))
       and r.removed_at is null) as values
     from jsonb_to_recordset($1::jsonb) as a(dimension text, "entityType" text, value text) group by a.dimension, a."entityType"`,
    [JSON.stringify(asked)],
  );
  return new Map(rows.map(({ dimension, values }) => [dimension, new Set(values)]));
}
