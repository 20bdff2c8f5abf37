// The first look at identities: one row each, hashes instead of documents, page by page in the order of their ids.
// What a look says is domain/role-model/survey.ts'.
import type { ScannedIdentity, StableAccount } from '../domain/role-model/survey.js';
import { driftsAllowed } from '../domain/verification.js';
import type { ComputeScope } from '../steps/ports/role-model.js';
import type { IdentitySource } from '../domain/role-model/context.js';
import type { Hierarchies } from '../domain/role-model/evaluation.js';
import type { Sql } from './database.js';
import { contextParts, loadHierarchies, positionParts, type WithPositions } from './position.js';
import { type DecisionRow, decisionColumns, type StateRow, stateOf, toDecision } from './role-model-row.js';

const pageSize = 500;

/** `day`: with scope `dirty`, identities with a date up to it are due. The next page is read while one is worked on. */
export function identityPages(
  sql: Sql,
  source: IdentitySource,
  scope: ComputeScope,
  day: string,
): AsyncIterable<readonly ScannedIdentity[]> {
  switch (scope.kind) {
    case 'all':
      return ahead(keysetPages((afterId) => scanAfter(sql, source, afterId, null), null));
    case 'bucket':
      return ahead(keysetPages((afterId) => scanAfter(sql, source, afterId, scope.untilId), scope.afterId));
    case 'identities':
      return ahead(scanLists(sql, source, chunksOf([...scope.ids].sort())));
    case 'dirty':
      return ahead(
        scanLists(
          sql,
          source,
          keysetPages((afterId) => dueAfter(sql, source.entityType, day, afterId), null),
        ),
      );
    default:
      return scope satisfies never;
  }
}

async function* keysetPages<Row extends { readonly id: string }>(
  read: (afterId: string | null) => Promise<readonly Row[]>,
  start: string | null,
): AsyncGenerator<readonly Row[]> {
  for (let afterId = start; ; ) {
    const page = await read(afterId);
    if (page.length > 0) yield page;
    if (page.length < pageSize) return;
    afterId = page.at(-1)?.id ?? null;
  }
}

type Lists = Iterable<readonly { readonly id: string }[]> | AsyncIterable<readonly { readonly id: string }[]>;

async function* scanLists(sql: Sql, source: IdentitySource, lists: Lists): AsyncGenerator<readonly ScannedIdentity[]> {
  for await (const list of lists)
    yield await scanList(
      sql,
      source,
      list.map(({ id }) => id),
    );
}

function* chunksOf(ids: readonly string[]): Generator<readonly { readonly id: string }[]> {
  for (let start = 0; start < ids.length; start += pageSize)
    yield ids.slice(start, start + pageSize).map((id) => ({ id }));
}

async function* ahead<Page>(pages: AsyncGenerator<Page>): AsyncGenerator<Page> {
  let next = pages.next();
  for (;;) {
    const { done, value } = await next;
    if (done === true) return;
    next = pages.next();
    // A failure shows when the page is asked for; until then it must not count as unhandled.
    next.catch(() => undefined);
    yield value;
  }
}

interface ScanRow extends StateRow, WithPositions {
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
    select string_agg(concat_ws(E'\\x1f', a.resource_type, a.resource_key, a.expected_hash, a.is_due::text, a.delete_on::text), E'\\x1e'
             order by a.resource_type collate "C") filter (where ${isStable}) as stable,
           (count(*) filter (where not ${isStable}))::int as unstable
    from resource_assignment a left join resource o on o.id = a.resource_id where a.identity_id = r.id) c on true`;

async function scanAfter(
  sql: Sql,
  source: IdentitySource,
  afterId: string | null,
  untilId: string | null,
): Promise<readonly ScannedIdentity[]> {
  const { column, join } = positionParts(source);
  const hierarchies = await loadHierarchies(sql, source);
  const { rows } = await sql.query<ScanRow>(
    `select ${scanColumns}${column} from ${scanTables} ${join}
     where r.entity_type = $1 and ($2::uuid is null or r.id > $2) and ($3::uuid is null or r.id <= $3) order by r.id limit $4`,
    [source.entityType, afterId, untilId, pageSize],
  );
  return rows.map((row) => toScanned(row, hierarchies));
}

async function scanList(sql: Sql, source: IdentitySource, ids: readonly string[]): Promise<readonly ScannedIdentity[]> {
  const { column, join } = positionParts(source);
  const hierarchies = await loadHierarchies(sql, source);
  const { rows } = await sql.query<ScanRow>(
    `select ${scanColumns}${column} from ${scanTables} ${join} where r.entity_type = $1 and r.id = any($2::uuid[]) order by r.id`,
    [source.entityType, ids],
  );
  return rows.map((row) => toScanned(row, hierarchies));
}

const toScanned = (row: ScanRow, hierarchies: Hierarchies): ScannedIdentity => ({
  ...contextParts(row, hierarchies),
  id: row.id,
  key: row.key,
  attributes: row.attributes,
  hash: row.hash,
  isRemoved: row.isRemoved,
  isDirty: row.isDirty,
  state: stateOf(row),
  decisions: (row.decisions ?? []).map(toDecision),
  stable: row.stable === null ? [] : row.stable.split(record).map(toStable),
  unstableCount: row.unstableCount,
});

function toStable(text: string): StableAccount {
  const [resourceType = '', key = '', expectedHash = '', isDue, deleteOn = null] = text.split(unit);
  return { resourceType, key, expectedHash, isDue: isDue === 'true', deleteOn };
}

async function dueAfter(
  sql: Sql,
  entityType: string,
  day: string,
  afterId: string | null,
): Promise<readonly { readonly id: string }[]> {
  const isIdentity = 'exists (select from resource r where r.id = identity_id and r.entity_type = $1)';
  const isLater = '($3::uuid is null or identity_id > $3)';
  const { rows } = await sql.query<{ id: string }>(
    `select id from (
       (select identity_id as id from dirty_identity where ${isLater} and ${isIdentity} order by 1 limit $4)
       union
       (select identity_id from identity_state where next_due_on <= $2::date and ${isLater} and ${isIdentity} order by 1 limit $4)
       union
       (select identity_id from resource_assignment where delete_on <= $2::date and ${isLater} and ${isIdentity} order by 1 limit $4)
       union
       (select identity_id from resource_assignment where provisioning_state = 'ERROR' and ${isLater} and ${isIdentity} order by 1 limit $4)) as due
     order by id limit $4`,
    [entityType, day, afterId, pageSize],
  );
  return rows;
}
