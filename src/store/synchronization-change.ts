// Applies a compared reading inside one transaction: rows, links, correlation values, what accounts are now known to hold,
// and which identities must be computed again. A row read from the target after the reading began is left as it is.
import type { AppliedReading, Reading, SynchronizationSession } from '../steps/ports/synchronization.js';
import type { Sql } from './database.js';
import { onMarkedBefore } from './dirty-identity.js';
import { peopleOfContexts } from './position.js';
import { askersOf } from './query-mark.js';
import { recordReadChanges } from './resource-change.js';
import { worthAnalysing } from './synchronization-difference.js';
import { missingReferences } from './synchronization-reference.js';

const startedAt = '(select started_at from synchronization_session where id = $1)';
/** Staged rows that made it into the directory: a fresher row has another hash, or another id. */
const applied = 'synchronization_row s join resource r on r.id = s.id and r.hash = s.hash';

/** Null when a younger reading of the connector was applied first. */
export async function applyReadings(
  sql: Sql,
  session: SynchronizationSession,
  readings: readonly Reading[],
): Promise<Omit<AppliedReading, 'verified'> | null> {
  await sql.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`synchronization:${session.connector}`]);
  const isOvertaken = await isYoungerApplied(sql, session, readings);
  if (isOvertaken) {
    await sql.query('delete from synchronization_session where id = $1', [session.id]);
    return null;
  }
  await mustBeWhole(sql, session);
  const people = [...(await peopleOfContexts(sql, session, readings)), ...(await askersOf(sql, session, readings))];
  await recordReadChanges(sql, session, readings);
  const created = await insertRows(sql, session);
  // Until then the planner takes a first load for an empty table.
  if (created > worthAnalysing) await sql.query('analyze resource');
  const updated = await updateRows(sql, session);
  await writeLinks(sql, session);
  for (const side of correlationSides) await writeCorrelation(sql, session, side);
  await writeClassification(sql, session, readings);
  // Computations take accounts before marks: in the other order the two would wait for each other.
  await forgetObserved(sql, session);
  const dirty = await markTouched(sql, session, readings, people);
  const deleted = await removeRows(sql, session, readings);
  await rememberReading(sql, session, readings);
  const missing = await missingReferences(sql, session, readings);
  await purgeIdentities(sql, readings);
  await sql.query(`delete from synchronization_session where id = $1 or (connector = $2 and state = 'BLOCKED')`, [
    session.id,
    session.connector,
  ]);
  return { created, updated, deleted, dirty, missingReferences: missing };
}

async function isYoungerApplied(
  sql: Sql,
  session: SynchronizationSession,
  readings: readonly Reading[],
): Promise<boolean> {
  const { rows } = await sql.query(
    `select 1 from synchronization_state where entity_type = any($2) and listed_at > ${startedAt}`,
    [session.id, readings.map(({ entityType }) => entityType)],
  );
  return rows.length > 0;
}

/** The stage is unlogged: a crash of PostgreSQL empties it, and an empty difference must not pass for «nothing changed». */
async function mustBeWhole(sql: Sql, session: SynchronizationSession): Promise<void> {
  const { rows } = await sql.query<{ isWhole: boolean }>(
    `select change_count = (select count(*) from synchronization_row where session = $1) as "isWhole" from synchronization_session where id = $1`,
    [session.id],
  );
  if (rows[0]?.isWhole !== true)
    throw new Error(
      `The staged reading ${session.id} of connector ${session.connector} is no longer whole: synchronise again.`,
    );
}

async function insertRows(sql: Sql, session: SynchronizationSession): Promise<number> {
  const { count } = await sql.query(
    `insert into resource (id, entity_type, key, attributes, hash, seen_at, is_pre_existing)
     select id, entity_type, key, attributes, hash, ${startedAt},
       not exists (select from synchronization_state k where k.entity_type = synchronization_row.entity_type)
     from synchronization_row
     where session = $1 and change = 'insert' order by entity_type, key
     on conflict (entity_type, key) do nothing`,
    [session.id],
  );
  return count;
}

async function updateRows(sql: Sql, session: SynchronizationSession): Promise<number> {
  const { count } = await sql.query(
    `update resource r
     set attributes = s.attributes, hash = s.hash, version = r.version + 1, seen_at = ${startedAt}, updated_at = clock_timestamp(), removed_at = null
     from synchronization_row s where s.session = $1 and s.change = 'update' and r.id = s.id and r.seen_at <= ${startedAt}`,
    [session.id],
  );
  return count;
}

// Two statements, each over indexed tables: a planner that knows nothing of the size of an inner result loops over it.
async function writeLinks(sql: Sql, session: SynchronizationSession): Promise<void> {
  await sql.query(
    `delete from resource_link k using ${applied}
     where s.session = $1 and s.change = 'update' and k.resource_id = s.id and not coalesce((s.links -> k.property) ? k.target_key, false)`,
    [session.id],
  );
  await sql.query(
    `insert into resource_link (resource_id, property, target_key)
     select s.id, l.key, t.target from ${applied}
     cross join lateral jsonb_each(s.links) as l cross join lateral jsonb_array_elements_text(l.value) as t(target)
     where s.session = $1 and s.change in ('insert', 'update') on conflict do nothing`,
    [session.id],
  );
}

const correlationSides = [
  { side: 'target', table: 'correlation_key', column: 'resource_id', left: '' },
  // What people ask for by query rules is the computation's.
  { side: 'source', table: 'correlation_source', column: 'identity_id', left: ` and k.rule not like 'query:%'` },
] as const;

async function writeCorrelation(
  sql: Sql,
  session: SynchronizationSession,
  { side, table, column, left }: (typeof correlationSides)[number],
): Promise<void> {
  await sql.query(
    `delete from ${table} k using ${applied}
     where s.session = $1 and s.change in ('update', 'same') and k.${column} = s.id and not (s.correlation -> '${side}') ? k.rule${left}`,
    [session.id],
  );
  await sql.query(
    `insert into ${table} (rule, ${column}, value)
     select e.key, s.id, e.value from ${applied} cross join lateral jsonb_each_text(s.correlation -> '${side}') as e
     where s.session = $1 and s.change in ('insert', 'update', 'same')
     on conflict (rule, ${column}) do update set value = excluded.value where ${table}.value <> excluded.value`,
    [session.id],
  );
}

/** Rules that changed may also have been the last ones: then nothing is said of the rows any more. */
async function writeClassification(
  sql: Sql,
  session: SynchronizationSession,
  readings: readonly Reading[],
): Promise<void> {
  const entityTypes = readings.filter(({ isClassified, isRecorrelated }) => isClassified || isRecorrelated);
  if (entityTypes.length === 0) return;
  await sql.query(
    `update resource r set classified_as = s.correlation -> 'classified' ->> 'resourceType',
       classification_confidence = (s.correlation -> 'classified' ->> 'confidencePercent')::int
     from synchronization_row s
     where s.session = $1 and s.entity_type = any($2) and s.change in ('insert', 'update', 'same') and r.id = s.id and r.hash = s.hash
       and (r.classified_as, r.classification_confidence)
         is distinct from (s.correlation -> 'classified' ->> 'resourceType', (s.correlation -> 'classified' ->> 'confidencePercent')::int)`,
    [session.id, entityTypes.map(({ entityType }) => entityType)],
  );
}

/** Changed identities, and those whose contexts or queries changed (`people`); owners of changed or lost accounts; whom a new account may belong to, by key or by correlation. */
async function markTouched(
  sql: Sql,
  session: SynchronizationSession,
  readings: readonly Reading[],
  people: readonly string[],
): Promise<number> {
  const pairs = readings.flatMap(({ entityType, resourceTypes }) =>
    resourceTypes.map((resourceType) => ({ entityType, resourceType })),
  );
  const { count } = await sql.query(
    `insert into dirty_identity (identity_id, reason)
     select id, 'synchronization' from (
       select s.id from synchronization_row s where s.session = $1 and s.change in ('insert', 'update', 'delete') and s.entity_type = any($2)
       union
       select a.identity_id from synchronization_row s join resource_assignment a on a.resource_id = s.id and a.identity_id <> a.resource_id
       where s.session = $1 and s.change in ('update', 'delete')
       union
       select a.identity_id from synchronization_row s
       join unnest($3::text[], $4::text[]) as m(entity_type, resource_type) on m.entity_type = s.entity_type
       join resource_assignment a on a.resource_type = m.resource_type and a.resource_key = s.key
       where s.session = $1 and s.change = 'insert'
       union
       select c.identity_id from synchronization_row s
       cross join lateral jsonb_each_text(s.correlation -> 'target') as e join correlation_source c on c.rule = e.key and c.value = e.value
       where s.session = $1 and s.change in ('insert', 'update', 'same') and e.key not like 'query:%'
         and not exists (select from resource_assignment a where a.resource_id = s.id)
       union
       select s.id from synchronization_row s
       cross join lateral jsonb_each_text(s.correlation -> 'source') as e join correlation_key k on k.rule = e.key and k.value = e.value
       where s.session = $1 and s.change = 'same' and not exists (select from resource_assignment a where a.resource_id = k.resource_id)
       union
       select unnest($5::uuid[])
     ) as touched
     where exists (select from resource where resource.id = touched.id)
     order by id
     ${onMarkedBefore}`,
    [
      session.id,
      identityTypesOf(readings),
      pairs.map(({ entityType }) => entityType),
      pairs.map(({ resourceType }) => resourceType),
      people,
    ],
  );
  return count;
}

/** Rows are locked in the order of computations; those of resources that go lose their reference later. */
async function forgetObserved(sql: Sql, session: SynchronizationSession): Promise<void> {
  await sql.query(
    `select from synchronization_row s join resource_assignment a on a.resource_id = s.id
     where s.session = $1 and (s.change = 'delete' or (s.change = 'update' and a.observed_hash is not null and a.observed_hash <> s.hash))
     order by a.id for update of a`,
    [session.id],
  );
  await sql.query(
    `update resource_assignment a set observed_hash = null from synchronization_row s
     where s.session = $1 and s.change in ('update', 'delete') and a.resource_id = s.id and a.observed_hash is not null and a.observed_hash <> s.hash`,
    [session.id],
  );
}

/** A person that the source no longer lists keeps the row until the accounts are gone; anything else goes at once. */
async function removeRows(sql: Sql, session: SynchronizationSession, readings: readonly Reading[]): Promise<number> {
  const gone = `s.session = $1 and s.change = 'delete' and r.id = s.id and r.seen_at <= ${startedAt}`;
  const left = await sql.query(
    `update resource r set removed_at = coalesce(r.removed_at, clock_timestamp()), updated_at = clock_timestamp(), version = r.version + 1
     from synchronization_row s where ${gone} and s.entity_type = any($2)`,
    [session.id, identityTypesOf(readings)],
  );
  const deleted = await sql.query(
    `delete from resource r using synchronization_row s where ${gone} and s.entity_type <> all($2)`,
    [session.id, identityTypesOf(readings)],
  );
  return left.count + deleted.count;
}

async function rememberReading(sql: Sql, session: SynchronizationSession, readings: readonly Reading[]): Promise<void> {
  await sql.query(
    `insert into synchronization_state (entity_type, connector, listed_at, correlation_digest, cookie, cookie_source)
     select r."entityType", $2, ${startedAt}, r."correlationDigest", r.cookie, r."cookieSource"
     from jsonb_to_recordset($3::jsonb) as r("entityType" text, "correlationDigest" text, cookie text, "cookieSource" text)
     on conflict (entity_type) do update set connector = excluded.connector, listed_at = excluded.listed_at,
       correlation_digest = excluded.correlation_digest, cookie = excluded.cookie, cookie_source = excluded.cookie_source`,
    [
      session.id,
      session.connector,
      JSON.stringify(
        readings.map(({ entityType, correlationDigest, cookie, cookieSource }) => ({
          entityType,
          correlationDigest,
          cookie,
          cookieSource,
        })),
      ),
    ],
  );
}

/** Decisions about somebody whom a source no longer lists wait that long for the return. */
const isLongGone = `r.removed_at < clock_timestamp() - interval '30 days'`;

/** People that left and were computed since: nothing is theirs, nothing waits for their return, and no request tells of them. */
async function purgeIdentities(sql: Sql, readings: readonly Reading[]): Promise<void> {
  await sql.query(
    `delete from resource r where r.entity_type = any($1) and r.removed_at is not null
       and not exists (select from dirty_identity d where d.identity_id = r.id)
       and not exists (select from resource_assignment a where a.identity_id = r.id
         and not (${isLongGone} and not a.is_due and a.resource_id is null and a.delta is null and a.declined_hash is not null))
       and (${isLongGone} or not exists (select from role_assignment a where a.identity_id = r.id))
       and not exists (select from assignment_request q where q.beneficiary_id = r.id)
       and not exists (select from assignment_request q where q.requester_identity_id = r.id)
       and not exists (select from approval p where p.decided_by = r.id)
       and not exists (select from approval p where p.decision is null and p.candidates @> array[r.id])`,
    [identityTypesOf(readings)],
  );
}

const identityTypesOf = (readings: readonly Reading[]): readonly string[] =>
  readings.filter(({ isIdentity }) => isIdentity).map(({ entityType }) => entityType);
