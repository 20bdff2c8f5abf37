// The stage of a reading: opens sessions, takes rows in bulk, keeps what a threshold parked.
// Comparing the stage with the directory is synchronization-difference.ts', applying it synchronization-change.ts'.
import type {
  AppliedReading,
  EntityTypeState,
  ParkedReading,
  Reading,
  StagedRow,
  SynchronizationSession,
  SynchronizationStore,
} from '../steps/ports/synchronization.js';
import type { Database, Sql } from './database.js';
import { applyReadings } from './synchronization-change.js';
import { compareReadings } from './synchronization-difference.js';
import { settleWitnessed } from './synchronization-evidence.js';

export const synchronizationStore = (database: Database): SynchronizationStore => ({
  open: (connector, taskId, id) => database.transaction((sql) => open(sql, connector, taskId, id)),
  states: (entityTypes) => states(database, entityTypes),
  parkedSince: (connector) => parkedSince(database, connector),
  stage: (session, entityType, rows) => stage(database, session, entityType, rows),
  stageChanges: (session, entityType, rows, deletedKeys) =>
    database.transaction((sql) => stageChanges(sql, session, entityType, rows, deletedKeys)),
  unstage: (session, entityType) => unstage(database, session, entityType),
  compare: (session, readings) => database.transaction((sql) => compareReadings(sql, session, readings)),
  apply: (session, readings) => apply(database, session, readings),
  park: (session, readings) => park(database, session, readings),
  parked: (taskId) => parked(database, taskId),
  drop: (session) => drop(database, session),
});

async function apply(
  database: Database,
  session: SynchronizationSession,
  readings: readonly Reading[],
): Promise<AppliedReading | null> {
  const changes = await database.transaction((sql) => applyReadings(sql, session, readings));
  if (changes === null) return null;
  return { ...changes, verified: await settleWitnessed(database, session, readings) };
}

/** A session of another execution of the same connector may be at work: only those of finished tasks are left-overs. */
async function open(sql: Sql, connector: string, taskId: string, id: string): Promise<SynchronizationSession> {
  await sql.query(
    `delete from synchronization_session s where s.connector = $1 and s.state = 'OPEN' and (s.task_id = $2
       or not exists (select from task_execution t where t.id = s.task_id and t.state in ('QUEUED', 'RUNNING')))`,
    [connector, taskId],
  );
  const { rows } = await sql.query<{ startedAt: string }>(
    'insert into synchronization_session (id, connector, task_id) values ($1, $2, $3) returning started_at::text as "startedAt"',
    [id, connector, taskId],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('PostgreSQL answered an insert without a row.');
  return { id, connector, startedAt: row.startedAt };
}

async function states(sql: Sql, entityTypes: readonly string[]): Promise<ReadonlyMap<string, EntityTypeState>> {
  const { rows } = await sql.query<EntityTypeState & { readonly entityType: string }>(
    `select entity_type as "entityType", listed_at as "listedAt", correlation_digest as "correlationDigest", cookie, cookie_source as "cookieSource"
     from synchronization_state where entity_type = any($1)`,
    [entityTypes],
  );
  return new Map(
    rows.map(({ entityType, listedAt, correlationDigest, cookie, cookieSource }) => [
      entityType,
      { listedAt, correlationDigest, cookie, cookieSource },
    ]),
  );
}

async function parkedSince(sql: Sql, connector: string): Promise<Date | null> {
  const { rows } = await sql.query<{ startedAt: Date }>(
    `select started_at as "startedAt" from synchronization_session where connector = $1 and state = 'BLOCKED' order by started_at desc limit 1`,
    [connector],
  );
  return rows[0]?.startedAt ?? null;
}

const columns = `session, entity_type, key, id, attributes, links, hash, correlation`;
const given = `select $1::uuid, $2::text, r.key, r.id, r.attributes::jsonb, r.links::jsonb, r.hash, r.correlation::jsonb
  from unnest($3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[]) as r(key, id, attributes, links, hash, correlation)`;

const parametersOf = (
  session: SynchronizationSession,
  entityType: string,
  rows: readonly StagedRow[],
): readonly unknown[] => [
  session.id,
  entityType,
  rows.map(({ content }) => content.key),
  rows.map(({ id }) => id),
  rows.map(({ content }) => JSON.stringify(content.attributes)),
  rows.map(({ content }) => JSON.stringify(content.links)),
  rows.map(({ hash }) => hash),
  rows.map(({ source, target, classified }) => JSON.stringify({ source, target, classified })),
];

async function stage(
  sql: Sql,
  session: SynchronizationSession,
  entityType: string,
  rows: readonly StagedRow[],
): Promise<readonly string[]> {
  if (rows.length === 0) return [];
  const taken = await sql.query<{ key: string }>(
    `insert into synchronization_row (${columns}) ${given} on conflict do nothing returning key`,
    parametersOf(session, entityType, rows),
  );
  if (taken.rows.length === rows.length) return [];
  const takenKeys = new Set(taken.rows.map(({ key }) => key));
  return rows.map(({ content }) => content.key).filter((key) => !takenKeys.has(key));
}

async function stageChanges(
  sql: Sql,
  session: SynchronizationSession,
  entityType: string,
  rows: readonly StagedRow[],
  deletedKeys: readonly string[],
): Promise<void> {
  const renewed = `on conflict (session, entity_type, key) do update
    set attributes = excluded.attributes, links = excluded.links, hash = excluded.hash, correlation = excluded.correlation, change = excluded.change`;
  if (rows.length > 0) {
    await sql.query(
      `insert into synchronization_row (${columns}) ${given} ${renewed}`,
      parametersOf(session, entityType, rows),
    );
  }
  await sql.query(
    `insert into synchronization_row (${columns}, change)
     select $1::uuid, $2::text, key, gen_random_uuid(), '{}', '{}', '', '{}', 'gone' from unnest($3::text[]) as key ${renewed}`,
    [session.id, entityType, deletedKeys],
  );
}

async function unstage(sql: Sql, session: SynchronizationSession, entityType: string): Promise<void> {
  await sql.query('delete from synchronization_row where session = $1 and entity_type = $2', [session.id, entityType]);
}

/** Only the newest parked reading of a connector is worth looking at. */
async function park(sql: Sql, session: SynchronizationSession, readings: readonly Reading[]): Promise<void> {
  await sql.query(
    `with older as (delete from synchronization_session where connector = $2 and state = 'BLOCKED' and id <> $1)
     update synchronization_session set state = 'BLOCKED', readings = $3 where id = $1`,
    [session.id, session.connector, JSON.stringify(readings)],
  );
}

async function parked(sql: Sql, taskId: string): Promise<ParkedReading | null> {
  const { rows } = await sql.query<SynchronizationSession & { readonly readings: readonly Reading[] }>(
    `select id, connector, started_at::text as "startedAt", readings from synchronization_session where task_id = $1 and state = 'BLOCKED'`,
    [taskId],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const { readings, ...session } = row;
  return { session, readings };
}

async function drop(sql: Sql, session: SynchronizationSession): Promise<void> {
  await sql.query('delete from synchronization_session where id = $1', [session.id]);
}
