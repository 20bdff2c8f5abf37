// The dirty table: which identities must be computed again, and why. Filled in the transaction of each cause.
import type { Sql } from './database.js';

/** Marks that somebody's decision made: nobody waits for the next job to see what they decided. */
export const isDecision = (reason: string): string => `(${reason} like 'request%' or ${reason} = 'review')`;

/** What follows an insert into the dirty table. Somebody's decision stays the reason: the sweep looks for it by that. */
export const onMarkedBefore = `on conflict (identity_id) do update
  set reason = case when ${isDecision('dirty_identity.reason')} then dirty_identity.reason else excluded.reason end, since = clock_timestamp()`;

export async function markDirty(sql: Sql, identityIds: readonly string[], reason: string): Promise<void> {
  if (identityIds.length === 0) return;
  await sql.query(
    `insert into dirty_identity (identity_id, reason)
     select distinct id, $2 from unnest($1::uuid[]) as id order by 1
     ${onMarkedBefore}`,
    [identityIds, reason],
  );
}
