// The computation's way to the rows: which identities there are, what they hold by hash, and the transaction around a bucket.
// Loading whole identities is role-model-load.ts', looking for existing accounts account-search.ts', writing role-model-write.ts'.
import type { Reconciliation } from '../domain/role-model/reconcile.js';
import type { HeldNames, ScannedIdentity, StableAccount } from '../domain/role-model/survey.js';
import { driftsAllowed } from '../domain/verification.js';
import type { Decide, IdentityBucket, RoleModelStore, ScanPart } from '../steps/ports/role-model.js';
import { findAccounts } from './account-search.js';
import { lockIdentities } from './assignment-change.js';
import { type Database, type Sql, sqlState, type Transaction } from './database.js';
import { loadIdentities, markedSince } from './role-model-load.js';
import { type DecisionRow, decisionColumns, type StateRow, stateOf, toDecision } from './role-model-row.js';
import { writeReconciliations } from './role-model-write.js';

export const roleModelStore = (database: Database): RoleModelStore => ({
  countIdentities: (entityType) => countIdentities(database, entityType),
  buckets: (entityType, size) => buckets(database, entityType, size),
  scan: (entityType, part) => scan(database, entityType, part),
  dirtyIds: (entityType, day, afterId, limit) => dirtyIds(database, entityType, day, afterId, limit),
  heldNames: (identityIds) => heldNames(database, identityIds),
  recompute: (entityType, identityIds, decide, executionId) =>
    again(() => database.transaction((sql) => recompute(sql, entityType, identityIds, decide, executionId))),
  preview: (entityType, identityIds, decide) => preview(database, entityType, identityIds, decide),
});

async function countIdentities(sql: Sql, entityType: string): Promise<number> {
  const { rows } = await sql.query<{ count: number }>('select count(*)::int as count from resource where entity_type = $1', [entityType]);
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
    afterId: rows[index - 1]?.untilId ?? null, untilId: index === rows.length - 1 ? null : row.untilId, size: row.size,
  }));
}

interface ScanRow extends StateRow {
  readonly id: string;
  readonly key: string;
  readonly attributes: ScannedIdentity['attributes'];
  readonly hash: string;
  readonly isRemoved: boolean;
  readonly isDirty: boolean;
  readonly decisions: readonly DecisionRow[] | null;
  readonly stable: string | null;
  readonly unstableCount: number;
}

// Control characters: no key holds them.
const unit = '\u001f';
const record = '\u001e';

/** Says in SQL what `isStable` and `hasFixedKey` (domain/role-model/stored-account.ts) say under an unchanged configuration. */
const isStable = `coalesce((o.id is not null or (a.ordered_version > 0 and a.delta is not null and a.provisioning_state <> 'ERRORED'))
  and case a.provisioning_state
    when 'VERIFIED' then a.observed_hash = o.hash
    when 'ERROR' then false
    when 'ERRORED' then a.base_hash = coalesce(o.hash, '') or a.drift_count >= ${driftsAllowed}
    else a.base_hash = coalesce(o.hash, '') end, false)`;

// Everything of an identity in one row: a row per account and role was three times slower to read.
const scanColumns = `r.id, r.key, r.attributes, r.hash, r.removed_at is not null as "isRemoved", d.identity_id is not null as "isDirty",
  s.roles_hash as "rolesHash", s.input_hash as "inputHash", s.configuration_version as "configurationVersion", s.next_due_on as "nextDueOn",
  q.decisions, c.stable, c.unstable as "unstableCount"`;
const scanTables = `resource r
  left join identity_state s on s.identity_id = r.id
  left join dirty_identity d on d.identity_id = r.id
  left join lateral (
    select jsonb_agg(jsonb_build_object(${decisionColumns})) as decisions
    from role_assignment x left join request_item i on i.id = x.request_item_id where x.identity_id = r.id) q on true
  left join lateral (
    select string_agg(concat_ws(E'\\x1f', a.resource_type, a.resource_key, a.expected_hash, a.is_due::text), E'\\x1e'
             order by a.resource_type collate "C") filter (where ${isStable}) as stable,
           (count(*) filter (where not ${isStable}))::int as unstable
    from resource_assignment a left join resource o on o.id = a.resource_id where a.identity_id = r.id) c on true`;

async function scan(sql: Sql, entityType: string, part: ScanPart): Promise<readonly ScannedIdentity[]> {
  const { rows } = part.kind === 'ids'
    ? await sql.query<ScanRow>(`select ${scanColumns} from ${scanTables} where r.entity_type = $1 and r.id = any($2::uuid[]) order by r.id`, [entityType, part.ids])
    : await sql.query<ScanRow>(
      `select ${scanColumns} from ${scanTables}
       where r.entity_type = $1 and ($2::uuid is null or r.id > $2) and ($3::uuid is null or r.id <= $3) order by r.id limit $4`,
      [entityType, part.afterId, part.untilId, part.limit],
    );
  return rows.map(toScanned);
}

const toScanned = (row: ScanRow): ScannedIdentity => ({
  id: row.id, key: row.key, attributes: row.attributes, hash: row.hash, isRemoved: row.isRemoved, isDirty: row.isDirty,
  state: stateOf(row),
  decisions: (row.decisions ?? []).map(toDecision),
  stable: row.stable === null ? [] : row.stable.split(record).map(toStable),
  unstableCount: row.unstableCount,
});

function toStable(text: string): StableAccount {
  const [resourceType = '', key = '', expectedHash = '', isDue] = text.split(unit);
  return { resourceType, key, expectedHash, isDue: isDue === 'true' };
}

async function dirtyIds(sql: Sql, entityType: string, day: string, afterId: string | null, limit: number): Promise<readonly string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select id from (
       (select identity_id as id from dirty_identity where $3::uuid is null or identity_id > $3 order by 1 limit $4)
       union
       (select identity_id from identity_state where next_due_on <= $2::date and ($3::uuid is null or identity_id > $3) order by 1 limit $4)) as due
     where exists (select from resource r where r.id = due.id and r.entity_type = $1) order by id limit $4`,
    [entityType, day, afterId, limit],
  );
  return rows.map(({ id }) => id);
}

async function heldNames(sql: Sql, identityIds: readonly string[]): Promise<ReadonlyMap<string, HeldNames>> {
  const { rows } = await sql.query<HeldNames & { readonly id: string }>(
    `select s.identity_id as id, s.roles,
            array(select a.resource_type from resource_assignment a where a.identity_id = s.identity_id and a.is_due) as accounts
     from identity_state s where s.identity_id = any($1::uuid[])`,
    [identityIds],
  );
  return new Map(rows.map(({ id, roles, accounts }) => [id, { roles, accounts }]));
}

async function recompute(
  sql: Transaction, entityType: string, identityIds: readonly string[], decide: Decide, executionId: string | null,
): Promise<readonly Reconciliation[]> {
  await lockIdentities(sql, identityIds);
  // Read before the inputs: a mark that comes later than this names a cause that may have been missed.
  const marks = await markedSince(sql, identityIds);
  const loaded = await loadIdentities(sql, entityType, identityIds, true);
  const decided = await decide(loaded, (searches) => findAccounts(sql, searches));
  await writeReconciliations(sql, decided, { identityIds, marks, executionId });
  return decided;
}

async function preview(sql: Sql, entityType: string, identityIds: readonly string[], decide: Decide): Promise<readonly Reconciliation[]> {
  return decide(await loadIdentities(sql, entityType, identityIds, false), (searches) => findAccounts(sql, searches));
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
