// Fills in the instructions of orders that are handed to people, in the transaction that hands them over.
import type { ResourceDelta } from '../domain/assignment.js';
import type { EntityTypeDefinition } from '../domain/configuration.js';
import type { PersonRow } from '../domain/person.js';
import { renderedInstructions } from '../domain/ticket.js';
import type { Sql } from './database.js';

interface Handed {
  readonly id: string;
  readonly template: string;
  readonly delta: ResourceDelta;
  readonly person: PersonRow | null;
}

/** The newest instructions of each connection, of the files or made through the API, and the person each order is about. */
const handed = `
  with told as (
    select c ->> 'identifier' as connection, c #>> '{settings,instructions}' as template
    from (select document from configuration_version order by version desc limit 1) newest, jsonb_array_elements(newest.document -> 'connections') c
    union all select identifier, settings ->> 'instructions' from connection)
  select o.id, t.template, o.delta,
    case when p.id is not null then jsonb_build_object('id', p.id, 'key', p.key, 'attributes', p.attributes, 'isRemoved', p.removed_at is not null) end as person
  from provisioning_order o join told t on t.connection = o.connection left join resource p on p.id = o.identity_id
  where o.id = any($1::uuid[]) and coalesce(t.template, '') <> ''`;

export async function tellInstructions(sql: Sql, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length === 0) return;
  const { rows } = await sql.query<Handed>(handed, [orderIds]);
  if (rows.length === 0) return;
  const type = await identityType(sql);
  const told = rows.map(({ id, template, ...subject }) => ({
    id,
    text: renderedInstructions(template, subject, type),
  }));
  await sql.query(
    `update provisioning_order o set instructions = t.text from jsonb_to_recordset($1::jsonb) as t(id uuid, text text) where o.id = t.id`,
    [JSON.stringify(told)],
  );
}

async function identityType(sql: Sql): Promise<EntityTypeDefinition | null> {
  const { rows } = await sql.query<{ type: EntityTypeDefinition }>(
    `select e as type from (select document from configuration_version order by version desc limit 1) newest,
       jsonb_array_elements(newest.document -> 'entityTypes') e where e -> 'identity' <> 'null'`,
  );
  return rows[0]?.type ?? null;
}
