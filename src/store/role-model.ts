// The computation's way to the rows: how many identities there are, and the transaction around a bucket of them.
// The first look is identity-scan.ts', loading role-model-load.ts', finding existing accounts account-search.ts', writing role-model-write.ts'.
import type { IdentitySource } from '../domain/role-model/context.js';
import type { Reconciliation } from '../domain/role-model/reconcile.js';
import type { HeldNames } from '../domain/role-model/survey.js';
import type { Decide, IdentityBucket, RoleModelStore } from '../steps/ports/role-model.js';
import { findAccounts } from './account-search.js';
import { lockIdentities } from './assignment-change.js';
import { type Database, type Sql, sqlState, type Transaction } from './database.js';
import { identityPages } from './identity-scan.js';
import { loadIdentities, markedSince, rolesOf } from './role-model-load.js';
import { writeReconciliations } from './role-model-write.js';

export const roleModelStore = (database: Database): RoleModelStore => ({
  countIdentities: (entityType) => countIdentities(database, entityType),
  buckets: (entityType, size) => buckets(database, entityType, size),
  pages: (source, scope, day) => identityPages(database, source, scope, day),
  heldNames: (identityIds) => heldNames(database, identityIds),
  recompute: (source, identityIds, decide, executionId) =>
    again(() => database.transaction((sql) => recompute(sql, source, identityIds, decide, executionId))),
  preview: (source, identityIds, decide) => preview(database, source, identityIds, decide),
});

async function countIdentities(sql: Sql, entityType: string): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    'select count(*)::int as count from resource where entity_type = $1',
    [entityType],
  );
  return rows[0]?.count ?? 0;
}

async function buckets(sql: Sql, entityType: string, size: number): Promise<readonly IdentityBucket[]> {
  const { rows } = await sql.query<{ untilId: string; size: number }>(
    `select (array_agg(id order by id desc))[1] as "untilId", count(*)::int as size
     from (select id, (row_number() over (order by id) - 1) / $2 as bucket from resource where entity_type = $1) as numbered
     group by bucket order by bucket`,
    [entityType, size],
  );
  // The last bucket is open: an identity that appears meanwhile is in it.
  return rows.map((row, index) => ({
    afterId: rows[index - 1]?.untilId ?? null,
    untilId: index === rows.length - 1 ? null : row.untilId,
    size: row.size,
  }));
}

async function heldNames(sql: Sql, identityIds: readonly string[]): Promise<ReadonlyMap<string, HeldNames>> {
  const { rows } = await sql.query<{
    readonly id: string;
    readonly roles: readonly string[];
    readonly reasons: readonly string[];
    readonly accounts: readonly string[];
  }>(
    `select s.identity_id as id, s.roles, s.reasons,
            array(select a.resource_type from resource_assignment a where a.identity_id = s.identity_id and a.is_due) as accounts
     from identity_state s where s.identity_id = any($1::uuid[])`,
    [identityIds],
  );
  return new Map(
    rows.map(({ id, roles, reasons, accounts }) => [id, { roles: rolesOf({ roles, reasons }), accounts }]),
  );
}

async function recompute(
  sql: Transaction,
  source: IdentitySource,
  identityIds: readonly string[],
  decide: Decide,
  executionId: string | null,
): Promise<readonly Reconciliation[]> {
  await lockIdentities(sql, identityIds);
  // Read before the inputs: a mark that comes later than this names a cause that may have been missed.
  const marks = await markedSince(sql, identityIds);
  const loaded = await loadIdentities(sql, source, identityIds, true);
  const decided = await decide(loaded, (searches) => findAccounts(sql, searches));
  await writeReconciliations(sql, decided, { identityIds, marks, executionId });
  return decided;
}

async function preview(
  sql: Sql,
  source: IdentitySource,
  identityIds: readonly string[],
  decide: Decide,
): Promise<readonly Reconciliation[]> {
  return decide(await loadIdentities(sql, source, identityIds, false), (searches) => findAccounts(sql, searches));
}

const tries = 5;
const uniqueViolation = '23505';

// Two transactions may promise one new key to two people: the index lets the first one through, the second one sees it when it runs again.
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= tries || sqlState(error) !== uniqueViolation) throw error;
    }
  }
}
