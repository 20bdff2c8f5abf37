// The computation's way to the rows: how many identities there are, and the transaction around a bucket of them.
// The first look is identity-scan.ts', loading role-model-load.ts', finding existing accounts account-search.ts', writing role-model-write.ts'.
import type { Directory } from '../domain/role-model/computation.js';
import type { IdentitySource } from '../domain/role-model/context.js';
import type { Reconciliation } from '../domain/role-model/reconcile.js';
import type { HeldNames } from '../domain/role-model/survey.js';
import type { Decide, IdentityBucket, RoleModelStore } from '../steps/ports/role-model.js';
import { findAccounts } from './account-search.js';
import { answersTo, rememberQuestions } from './answer.js';
import { lockIdentities } from './assignment-change.js';
import { type Database, type Sql, sqlState, type Transaction } from './database.js';
import { identityPages } from './identity-scan.js';
import { markApplied } from './plan-input.js';
import { loadIdentities, markedSince, rolesOf } from './role-model-load.js';
import { previewValues, releaseValues, type Reserve, reserveValues } from './reserved-value.js';
import { writeReconciliations } from './role-model-write.js';

/** `reserve`: a test shows what happens without reserving. */
export const roleModelStore = (database: Database, reserve: Reserve = reserveValues): RoleModelStore => ({
  countIdentities: (entityType) => countIdentities(database, entityType),
  buckets: (entityType, size) => buckets(database, entityType, size),
  pages: (source, scope, day) => identityPages(database, source, scope, day),
  heldNames: (identityIds) => heldNames(database, identityIds),
  ask: (questions) => answersTo(database, questions),
  recompute: (source, identityIds, decide, executionId, planId = '') =>
    again(() =>
      database.transaction((sql) => recompute(sql, { source, identityIds, executionId, planId, reserve }, decide)),
    ),
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

interface Recomputing {
  readonly source: IdentitySource;
  readonly identityIds: readonly string[];
  readonly executionId: string | null;
  /** '' = no plan is carried out. */
  readonly planId: string;
  readonly reserve: Reserve;
}

async function recompute(
  sql: Transaction,
  { source, identityIds, executionId, planId, reserve }: Recomputing,
  decide: Decide,
): Promise<readonly Reconciliation[]> {
  await lockIdentities(sql, identityIds);
  // Read before the inputs: a mark that comes later than this names a cause that may have been missed.
  const marks = await markedSince(sql, identityIds);
  const loaded = await loadIdentities(sql, source, identityIds, true);
  const decided = await decide(loaded, directoryIn(sql, reserve));
  // Whom `decide` left out is not computed: the mark that asks for it stays.
  const own = new Set(decided.map(({ identityId }) => identityId));
  const leftOut = new Set(loaded.map(({ snapshot }) => snapshot.id).filter((id) => !own.has(id)));
  const taken = identityIds.filter((id) => !leftOut.has(id));
  const cleared = leftOut.size === 0 ? marks : new Map([...marks].filter(([id]) => !leftOut.has(id)));
  await writeReconciliations(sql, decided, { identityIds: taken, marks: cleared, executionId });
  if (planId !== '') await markApplied(sql, planId, [...own]);
  await releaseValues(
    sql,
    decided.filter(({ deleted }) => deleted.length > 0).map(({ identityId }) => identityId),
  );
  return decided;
}

/** Who asks is kept: whoever asked is computed again when a row that would be the answer comes or goes. */
const directoryIn = (sql: Sql, reserve: Reserve): Directory => ({
  find: (searches) => findAccounts(sql, searches),
  ask: async (questions) => {
    await rememberQuestions(sql, questions);
    return answersTo(sql, questions);
  },
  reserve: (wishes) => reserve(sql, wishes),
});

async function preview(
  sql: Sql,
  source: IdentitySource,
  identityIds: readonly string[],
  decide: Decide,
): Promise<readonly Reconciliation[]> {
  return decide(await loadIdentities(sql, source, identityIds, false), {
    find: (searches) => findAccounts(sql, searches),
    ask: (questions) => answersTo(sql, questions),
    reserve: (wishes) => previewValues(sql, wishes),
  });
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
