// What a plan remembers of each identity: written while it is computed, compared and ticked off while it is carried out.
import type { PlanInput } from '../domain/role-model/plan-input.js';
import type { Sql } from './database.js';

export async function remember(sql: Sql, planId: string, remembered: readonly PlanInput[]): Promise<void> {
  if (remembered.length === 0) return;
  await sql.query(
    `insert into plan_input (plan_id, identity_id, digest, is_changed, lost_roles)
     select $1, i.id, i.digest, i.changed, array(select jsonb_array_elements_text(i.lost))
     from unnest($2::uuid[], $3::text[], $4::boolean[], $5::jsonb[]) as i(id, digest, changed, lost)`,
    [
      planId,
      remembered.map(({ identityId }) => identityId),
      remembered.map(({ digest }) => digest),
      remembered.map(({ isChanged }) => isChanged),
      remembered.map(({ lostRoles }) => JSON.stringify(lostRoles)),
    ],
  );
}

export async function inputs(
  sql: Sql,
  planId: string,
  identityIds: readonly string[],
): Promise<ReadonlyMap<string, PlanInput>> {
  const { rows } = await sql.query<PlanInput>(
    `select identity_id as "identityId", digest, is_changed as "isChanged", lost_roles as "lostRoles" from plan_input where plan_id = $1 and identity_id = any($2::uuid[])`,
    [planId, identityIds],
  );
  return new Map(rows.map((row) => [row.identityId, row]));
}

/** In the order of their ids. `to be written`: changed by the plan, and not ticked off yet; `written`: ticked off. */
export async function identities(
  sql: Sql,
  planId: string,
  after: string | null,
  limit: number,
  which: 'all' | 'to be written' | 'written',
): Promise<readonly string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select identity_id as id from plan_input
     where plan_id = $1 and ($2::uuid is null or identity_id > $2) and ($4 = 'all' or (is_changed and (applied_at is not null) = ($4 = 'written')))
     order by identity_id limit $3`,
    [planId, after, limit, which],
  );
  return rows.map(({ id }) => id);
}

/** In the transaction that writes them. */
export async function markApplied(sql: Sql, planId: string, identityIds: readonly string[]): Promise<void> {
  await sql.query(
    'update plan_input set applied_at = clock_timestamp() where plan_id = $1 and identity_id = any($2::uuid[])',
    [planId, identityIds],
  );
}
