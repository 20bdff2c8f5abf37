// Compares a staged reading with the directory: afterwards the stage holds the differing rows only, each marked with its change.
// Owns what counts as new, changed and gone; whether so much may change is domain/synchronization.ts'.
import { type EntityTypeDifference, noChanges } from '../domain/synchronization.js';
import type { Reading, SynchronizationSession } from '../steps/ports/synchronization.js';
import type { Sql } from './database.js';
import { ownChangesOf } from './synchronization-own.js';

/** Nothing that was read from the target after this reading began may be overwritten or removed by it. */
const isOlder = 'r.seen_at <= (select started_at from synchronization_session where id = $1)';
const matches = 's.session = $1 and r.entity_type = s.entity_type and r.key = s.key';

/** Fewer rows than this are planned well enough without statistics. */
export const worthAnalysing = 5000;

export async function compareReadings(
  sql: Sql,
  session: SynchronizationSession,
  readings: readonly Reading[],
): Promise<readonly EntityTypeDifference[]> {
  const typesWhere = (isWanted: (reading: Reading) => boolean) =>
    readings.filter(isWanted).map(({ entityType }) => entityType);
  // A fresh unlogged table has no statistics, and the planner then loops over what it should hash.
  if (readings.some(({ rowsRead }) => rowsRead > worthAnalysing)) await sql.query('analyze synchronization_row');
  await markAbsent(
    sql,
    session,
    typesWhere(({ isComplete }) => isComplete),
  );
  await forgetEqual(
    sql,
    session,
    typesWhere(({ isRecorrelated }) => isRecorrelated),
  );
  await markPresent(sql, session);
  await markNew(sql, session);
  const changed = await changesOf(sql, session);
  await sql.query(
    'update synchronization_session set change_count = (select count(*) from synchronization_row where session = $1) where id = $1',
    [session.id],
  );
  const isQuiet = changed.size === 0;
  const [before, links, own] = isQuiet
    ? [new Map(), new Map(), new Map()]
    : [
        await countsBefore(
          sql,
          typesWhere(() => true),
        ),
        await linkChanges(sql, session),
        await ownChangesOf(sql, session, readings),
      ];
  return readings.map(({ entityType, isFirstLoad, rowsRead }) => ({
    entityType,
    isFirstLoad,
    rowsRead,
    ...nothingBefore,
    ...noChanges,
    ...before.get(entityType),
    ...changed.get(entityType),
    ...links.get(entityType),
    ...(own.has(entityType) ? { own: own.get(entityType) } : {}),
  }));
}

const nothingBefore = { rowsBefore: 0, linksBefore: 0 };

async function markAbsent(sql: Sql, session: SynchronizationSession, entityTypes: readonly string[]): Promise<void> {
  await sql.query(
    `insert into synchronization_row (session, entity_type, key, id, attributes, links, hash, change)
     select $1, r.entity_type, r.key, r.id, '{}', '{}', '', 'delete' from resource r
     where r.entity_type = any($2) and r.removed_at is null and ${isOlder}
       and not exists (select from synchronization_row s where s.session = $1 and s.entity_type = r.entity_type and s.key = r.key)`,
    [session.id, entityTypes],
  );
}

/** Rows of recorrelated types stay, marked `same`: their correlation values are stored anew. */
async function forgetEqual(sql: Sql, session: SynchronizationSession, recorrelated: readonly string[]): Promise<void> {
  await sql.query(
    `delete from synchronization_row s using resource r
     where ${matches} and s.change in ('read', 'gone')
       and (not ${isOlder} or (s.change = 'read' and s.hash = r.hash and r.removed_at is null and s.entity_type <> all($2)))`,
    [session.id, recorrelated],
  );
}

async function markPresent(sql: Sql, session: SynchronizationSession): Promise<void> {
  await sql.query(
    `update synchronization_row s
     set id = r.id, change = case when s.change = 'gone' then 'delete' when s.hash = r.hash and r.removed_at is null then 'same' else 'update' end
     from resource r where ${matches} and s.change in ('read', 'gone')`,
    [session.id],
  );
}

async function markNew(sql: Sql, session: SynchronizationSession): Promise<void> {
  await sql.query(`delete from synchronization_row where session = $1 and change = 'gone'`, [session.id]);
  await sql.query(`update synchronization_row set change = 'insert' where session = $1 and change = 'read'`, [
    session.id,
  ]);
}

type Counts = ReadonlyMap<string, Partial<EntityTypeDifference>>;

async function changesOf(sql: Sql, session: SynchronizationSession): Promise<Counts> {
  const { rows } = await sql.query<Pick<EntityTypeDifference, 'entityType' | 'inserted' | 'updated' | 'deleted'>>(
    `select entity_type as "entityType", (count(*) filter (where change = 'insert'))::int as inserted,
       (count(*) filter (where change = 'update'))::int as updated, (count(*) filter (where change = 'delete'))::int as deleted
     from synchronization_row where session = $1 and change <> 'same' group by 1`,
    [session.id],
  );
  return new Map(rows.map((row) => [row.entityType, row]));
}

async function countsBefore(sql: Sql, entityTypes: readonly string[]): Promise<Counts> {
  const { rows } = await sql.query<Pick<EntityTypeDifference, 'entityType' | 'rowsBefore' | 'linksBefore'>>(
    `select r.entity_type as "entityType", count(*)::int as "rowsBefore", coalesce(sum(l.count), 0)::int as "linksBefore"
     from resource r left join (select resource_id, count(*) from resource_link group by 1) l on l.resource_id = r.id
     where r.entity_type = any($1) and r.removed_at is null group by 1`,
    [entityTypes],
  );
  return new Map(rows.map((row) => [row.entityType, row]));
}

/** Of rows that were known before and still are. */
async function linkChanges(sql: Sql, session: SynchronizationSession): Promise<Counts> {
  const { rows } = await sql.query<Pick<EntityTypeDifference, 'entityType' | 'linksAdded' | 'linksRemoved'>>(
    `with changed as (select entity_type, id, links from synchronization_row where session = $1 and change = 'update'),
     read as (
       select c.entity_type, c.id, l.key as property, t.target from changed c
       cross join lateral jsonb_each(c.links) as l cross join lateral jsonb_array_elements_text(l.value) as t(target)),
     known as (select c.entity_type, k.resource_id as id, k.property, k.target_key as target from changed c join resource_link k on k.resource_id = c.id)
     select entity_type as "entityType", (count(*) filter (where known.id is null))::int as "linksAdded",
       (count(*) filter (where read.id is null))::int as "linksRemoved"
     from read full join known using (entity_type, id, property, target) group by 1`,
    [session.id],
  );
  return new Map(rows.map((row) => [row.entityType, row]));
}
