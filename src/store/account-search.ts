// Existing resources that may be the account of an identity: by correlation value or by key, many at once.
// Owns the look-ups; which candidate is taken is domain/role-model/finding.ts'.
import { type AccountSearch, searchKey } from '../domain/role-model/computation.js';
import type { Candidate } from '../domain/role-model/finding.js';
import type { Sql } from './database.js';
import { linksOf } from './role-model-load.js';

export async function findAccounts(
  sql: Sql,
  searches: readonly AccountSearch[],
): Promise<ReadonlyMap<string, readonly Candidate[]>> {
  if (searches.length === 0) return new Map();
  const matches = [
    ...(await byCorrelation(sql, searches)),
    ...(await byKey(sql, searches)),
    ...(await promised(sql, searches)),
  ];
  const resources = await contentsOf(
    sql,
    matches.flatMap(({ resourceId }) => (resourceId === null ? [] : [resourceId])),
  );
  const found = new Map<string, readonly Candidate[]>();
  for (const { identityId, resourceType, resourceId, ...match } of matches) {
    const key = searchKey({ identityId, resourceType });
    const resource = resourceId === null ? null : (resources.get(resourceId) ?? null);
    found.set(key, [...(found.get(key) ?? []), { ...match, resource }]);
  }
  return found;
}

interface Match extends Omit<Candidate, 'resource'> {
  readonly identityId: string;
  readonly resourceType: string;
  /** Null: promised, not there yet. */
  readonly resourceId: string | null;
}

const ownerColumns = 'a.identity_id as owner, p.key as "ownerKey"';
const ownerTables =
  'left join resource_assignment a on a.resource_id = r.id left join resource p on p.id = a.identity_id';
const classColumns = 'r.classified_as as "classifiedAs", r.classification_confidence as "classificationConfidence"';
/** Declined proposals are kept as texts in the row of the account that they were proposed for. */
const isDeclined = `exists (select from resource_assignment d where d.identity_id = q.identity and d.resource_type = q.type
  and ('resource:' || r.id) = any(string_to_array(d.declined_hash, ' '))) as "isDeclined"`;
/** Somebody who is still there is the sure owner of it. */
const isClaimed = `exists (select from correlation_key ck join correlation_source cs on cs.rule = ck.rule and cs.value = ck.value
  join resource cp on cp.id = cs.identity_id and cp.removed_at is null
  where ck.resource_id = r.id and cs.identity_id <> q.identity and ck.rule = any(string_to_array(q.sure, ' '))) as "isClaimed"`;

/** Somebody else is matched alike, and has no such account. */
const isShared = `(q.sure = '' and exists (select from correlation_source cs join resource cp on cp.id = cs.identity_id and cp.removed_at is null
  where cs.rule = q.rule and cs.value = q.value and cs.identity_id <> q.identity
    and not exists (select from resource_assignment h where h.identity_id = cs.identity_id and h.resource_type = q.type and h.resource_id is not null)
)) as "isShared"`;

/** Somebody else's account of that key is due and not there yet. Who is decided on together gives the key up at once ($7). */
const promisedTo = `(select coalesce(pp.key, '') from resource_assignment pa left join resource pp on pp.id = pa.identity_id
  where pa.resource_type = q.type and pa.resource_key = r.key and pa.resource_id is null and pa.is_due and pa.provisioning_state <> 'ERROR'
    and pa.identity_id <> q.identity and pa.identity_id || '/' || q.type <> all($7::text[])) as "promisedTo"`;

/** A sure rule says that it is the account of somebody who is still there and has none. */
const isAnothers = `exists (select from correlation_key ck join correlation_source cs on cs.rule = ck.rule and cs.value = ck.value
  join resource cp on cp.id = cs.identity_id and cp.removed_at is null
  where ck.resource_id = r.id and cs.identity_id <> q.identity and ck.rule = any(string_to_array(q.sure, ' '))
    and not exists (select from resource_assignment h where h.identity_id = cs.identity_id and h.resource_type = q.type and h.resource_id is not null)
) as "isClaimed"`;

/** The same first one, whatever the order in which rows were read. */
const inOrder = 'r.key collate "C"';

async function byCorrelation(sql: Sql, searches: readonly AccountSearch[]): Promise<readonly Match[]> {
  const asked = searches.flatMap((search) => search.correlations.map((correlation) => ({ ...correlation, ...search })));
  if (asked.length === 0) return [];
  const { rows } = await sql.query<Match>(
    `select q.identity as "identityId", q.type as "resourceType", r.id as "resourceId", q.rule, ${ownerColumns}, ${classColumns}, ${isDeclined}, ${isClaimed}, ${isShared}, ${promisedTo}
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) as q(identity, type, entity, rule, value, sure)
     join correlation_key k on k.rule = q.rule and k.value = q.value
     join resource r on r.id = k.resource_id and r.entity_type = q.entity ${ownerTables} order by ${inOrder}`,
    [
      asked.map((each) => each.identityId),
      asked.map((each) => each.resourceType),
      asked.map((each) => each.entityType),
      asked.map((each) => each.rule),
      asked.map((each) => each.value),
      // Identifiers hold no blanks. A sure match needs no look at what others claim.
      asked.map((each) => (each.sureRules.includes(each.rule) ? '' : each.sureRules.join(' '))),
      searches.filter(({ key }) => key !== null).map(searchKey),
    ],
  );
  return rows;
}

const keyed = (searches: readonly AccountSearch[]): readonly unknown[] => {
  const asked = searches.filter(({ key }) => key !== null);
  return [
    asked.map((each) => each.identityId),
    asked.map((each) => each.resourceType),
    asked.map((each) => each.entityType),
    asked.map((each) => each.key),
  ];
};

async function byKey(sql: Sql, searches: readonly AccountSearch[]): Promise<readonly Match[]> {
  const sure = searches.filter(({ key }) => key !== null).map(({ sureRules }) => sureRules.join(' '));
  const { rows } = await sql.query<Match>(
    `select q.identity as "identityId", q.type as "resourceType", r.id as "resourceId", null as rule, ${ownerColumns}, ${classColumns}, ${isDeclined}, ${isAnothers}
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) as q(identity, type, entity, key, sure)
     join resource r on r.entity_type = q.entity and r.key = q.key ${ownerTables} order by ${inOrder}`,
    [...keyed(searches), sure],
  );
  return rows;
}

/** Keys of accounts that are due to somebody else and not there yet. */
async function promised(sql: Sql, searches: readonly AccountSearch[]): Promise<readonly Match[]> {
  const { rows } = await sql.query<Match>(
    `select q.identity as "identityId", q.type as "resourceType", null as "resourceId", null as rule, ${ownerColumns}
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as q(identity, type, entity, key)
     join resource_assignment a on a.resource_type = q.type and a.resource_key = q.key and a.resource_id is null
       and a.is_due and a.provisioning_state <> 'ERROR' and a.identity_id <> q.identity
     left join resource p on p.id = a.identity_id order by a.id`,
    keyed(searches),
  );
  return rows;
}

async function contentsOf(
  sql: Sql,
  ids: readonly string[],
): Promise<ReadonlyMap<string, NonNullable<Candidate['resource']>>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql.query<NonNullable<Candidate['resource']>>(
    `select r.id, r.hash, r.is_pre_existing as "isPreExisting", jsonb_build_object('key', r.key, 'attributes', r.attributes, 'links', coalesce(${linksOf('r.id')}, '{}')) as content
     from resource r where r.id = any($1::uuid[])`,
    [[...new Set(ids)]],
  );
  return new Map(rows.map((row) => [row.id, row]));
}
