// The dirty table: which identities must be computed again, and why. Filled in the transaction of each cause.
import type { Sql } from './database.js';

export async function markDirty(sql: Sql, identityIds: readonly string[], reason: string): Promise<void> {
  if (identityIds.length === 0) return;
  await sql.query(
    `insert into dirty_identity (identity_id, reason)
     select distinct id, $2 from unnest($1::uuid[]) as id order by 1
     on conflict (identity_id) do update set reason = excluded.reason, since = clock_timestamp()`,
    [identityIds, reason],
  );
}
