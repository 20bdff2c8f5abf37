// What a plan remembers of each identity: written while it is computed, compared and ticked off while it is carried out.
import type { Attributes } from '../domain/configuration.js';
import type { PlanInput } from '../domain/role-model/plan-input.js';
import type { MovedBetweenPlans } from '../steps/ports/plan.js';
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

/** Somebody whom only one of them knows has moved when that one writes something. */
export async function moved(sql: Sql, planId: string, laterId: string, limit: number): Promise<MovedBetweenPlans> {
  const { rows } = await sql.query<MovedRow>(
    `select coalesce(a.identity_id, b.identity_id) as "identityId", r.key, r.attributes, r.removed_at is not null as "isRemoved",
       (count(*) over ())::int as "movedCount"
     from (select * from plan_input where plan_id = $1) a full join (select * from plan_input where plan_id = $2) b using (identity_id)
     left join resource r on r.id = coalesce(a.identity_id, b.identity_id)
     where case when a.digest is null then b.is_changed when b.digest is null then a.is_changed else a.digest <> b.digest end
     order by 1 limit $3`,
    [planId, laterId, limit],
  );
  const known = await sql.query<{ count: number }>(
    'select count(distinct identity_id)::int as count from plan_input where plan_id in ($1, $2)',
    [planId, laterId],
  );
  return {
    people: rows.map(({ identityId, key, attributes, isRemoved }) => ({
      identityId,
      row: key === null || attributes === null ? null : { id: identityId, key, attributes, isRemoved },
    })),
    movedCount: rows[0]?.movedCount ?? 0,
    identityCount: known.rows[0]?.count ?? 0,
  };
}

interface MovedRow {
  readonly identityId: string;
  readonly key: string | null;
  readonly attributes: Attributes | null;
  readonly isRemoved: boolean;
  readonly movedCount: number;
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
