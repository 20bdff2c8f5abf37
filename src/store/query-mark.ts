// People whose query rules find other rows than before: they must be computed again. Owns whom a changed row concerns, by the
// values that rows are found by (correlation_key) and that people ask for (correlation_source).
import { queryKey } from '../domain/correlation.js';
import type { Reading, SynchronizationSession } from '../steps/ports/synchronization.js';
import type { Observation } from '../steps/ports/verification.js';
import type { Sql } from './database.js';
import { markDirty } from './dirty-identity.js';

const isOfQuery = (column: string): string => `${column} like '${queryKey('')}%'`;

/** Asked before the reading is applied: whoever asked for a value that a row loses is concerned, as is whoever asks for the one it gets. */
export async function askersOf(
  sql: Sql,
  session: SynchronizationSession,
  readings: readonly Reading[],
): Promise<readonly string[]> {
  const entityTypes = readings.filter(({ isQueried }) => isQueried).map(({ entityType }) => entityType);
  if (entityTypes.length === 0) return [];
  const { rows } = await sql.query<{ id: string }>(
    `with staged as (select s.id, s.change, s.correlation -> 'target' as target from synchronization_row s where s.session = $1 and s.entity_type = any($2)),
     lost as (
       select k.rule, k.value from staged s join correlation_key k on k.resource_id = s.id and ${isOfQuery('k.rule')}
       where s.change = 'delete' or (s.change in ('update', 'same') and s.target ->> k.rule is distinct from k.value)),
     got as (
       select e.key, e.value from staged s cross join lateral jsonb_each_text(s.target) as e
       where s.change in ('insert', 'update', 'same') and ${isOfQuery('e.key')}
         and not exists (select from correlation_key k join resource r on r.id = k.resource_id and r.removed_at is null
           where k.resource_id = s.id and k.rule = e.key and k.value = e.value))
     select distinct c.identity_id as id from (select * from lost union select * from got) as moved(rule, value)
     join correlation_source c on c.rule = moved.rule and c.value = moved.value`,
    [session.id, entityTypes],
  );
  return rows.map(({ id }) => id);
}

/** What single rows that were just read are found by. In the transaction that wrote them, after everything else: marks come last. */
export async function keepRowKeys(sql: Sql, observations: readonly Observation[]): Promise<void> {
  const keyed = observations.filter(({ found, content }) => found !== undefined && content !== null);
  if (keyed.length === 0) return;
  const { rows } = await sql.query<{ id: string }>(
    `with read as (
       select r.id, s.target, s.class, s.confidence from jsonb_to_recordset($1::jsonb) as s(type text, key text, hash text, target jsonb, class text, confidence int)
       join resource r on r.entity_type = s.type and r.key = s.key and r.hash = s.hash),
     wanted as (select read.id, e.key as rule, e.value from read cross join lateral jsonb_each_text(read.target) as e),
     gone as (
       delete from correlation_key k using read where k.resource_id = read.id
         and not exists (select from wanted w where w.id = k.resource_id and w.rule = k.rule) returning k.rule, k.value),
     former as (select k.rule, k.value from wanted w join correlation_key k on k.resource_id = w.id and k.rule = w.rule and k.value <> w.value),
     kept as (
       insert into correlation_key (resource_id, rule, value) select id, rule, value from wanted
       on conflict (resource_id, rule) do update set value = excluded.value where correlation_key.value <> excluded.value returning rule, value),
     classified as (
       update resource r set classified_as = read.class, classification_confidence = read.confidence from read
       where r.id = read.id and (r.classified_as, r.classification_confidence) is distinct from (read.class, read.confidence))
     select distinct c.identity_id as id from (select * from gone union select * from former union select * from kept) as moved(rule, value)
     join correlation_source c on c.rule = moved.rule and c.value = moved.value where ${isOfQuery('c.rule')}`,
    [JSON.stringify(keyed.map(rowOf))],
  );
  await markDirty(
    sql,
    rows.map(({ id }) => id),
    'observation',
  );
}

const rowOf = ({ entityType, key, hash, found }: Observation) => ({
  type: entityType,
  key,
  hash,
  target: found?.target ?? {},
  class: found?.classified?.resourceType ?? null,
  confidence: found?.classified?.confidencePercent ?? null,
});
