// What rules leave open, answered: rows that query rules find, and values reserved for identities. One statement each, over indexed keys.
// Also keeps who asked for what, so that whoever asked is computed again when such a row comes or goes.
import { queryKey } from '../domain/correlation.js';
import {
  type Answers,
  type Questions,
  questionKey,
  type Reservation,
  reservationKey,
} from '../domain/role-model/answer.js';
import type { Sql } from './database.js';

export async function answersTo(sql: Sql, { queries, identityIds, keys }: Questions): Promise<Answers> {
  return {
    matches: await matchesOf(sql, queries),
    reservations: await reservationsOf(sql, identityIds),
    present: await presentAmong(sql, keys),
  };
}

async function presentAmong(sql: Sql, keys: Questions['keys']): Promise<Answers['present']> {
  const asked = new Map(keys.map((each) => [questionKey(each.entityType, each.key), each]));
  if (asked.size === 0) return new Set();
  const distinct = [...asked.values()];
  const { rows } = await sql.query<{ entityType: string; key: string }>(
    `select r.entity_type as "entityType", r.key from unnest($1::text[], $2::text[]) as q(type, key)
     join resource r on r.entity_type = q.type and r.key = q.key and r.removed_at is null`,
    [distinct.map(({ entityType }) => entityType), distinct.map(({ key }) => key)],
  );
  return new Set(rows.map(({ entityType, key }) => questionKey(entityType, key)));
}

/** More are not named anyway. */
const mostMatches = 6;

async function matchesOf(sql: Sql, queries: Questions['queries']): Promise<Answers['matches']> {
  const asked = [...new Map(queries.map(({ rule, value }) => [questionKey(rule, value), { rule, value }])).values()];
  if (asked.length === 0) return new Map();
  const { rows } = await sql.query<{ rule: string; value: string; keys: readonly string[] }>(
    `select q.rule, q.value, to_jsonb((array_agg(r.key order by r.key))[1:${mostMatches}]) as keys
     from unnest($1::text[], $2::text[], $3::text[]) as q(rule, name, value)
     join correlation_key k on k.rule = q.name and k.value = q.value
     join resource r on r.id = k.resource_id and r.removed_at is null
     group by 1, 2`,
    [asked.map(({ rule }) => rule), asked.map(({ rule }) => queryKey(rule)), asked.map(({ value }) => value)],
  );
  return new Map(rows.map(({ rule, value, keys }) => [questionKey(rule, value), keys]));
}

interface ReservedRow extends Reservation {
  readonly identityId: string;
  readonly resourceType: string;
  readonly property: string;
}

/** The newest order of an account that was refused tells what for. */
const isRefused = `exists (select from resource_assignment a join provisioning_order o on o.assignment_id = a.id
  where a.identity_id = v.identity_id and a.resource_type = v.resource_type and a.provisioning_state = 'ERRORED'
    and o.desired_version = a.desired_version and o.state = 'ERRORED' and o.error ->> 'code' = 'ALREADY_EXISTS')`;

async function reservationsOf(sql: Sql, identityIds: readonly string[]): Promise<Answers['reservations']> {
  const { rows } = await sql.query<ReservedRow>(
    `select v.identity_id as "identityId", v.resource_type as "resourceType", v.property, v.value, v.rule, v.base, v.attempt,
       ${isRefused} as "isRefused"
     from reserved_value v where v.identity_id = any($1::uuid[])`,
    [identityIds],
  );
  return new Map(
    rows.map(({ identityId, resourceType, property, ...reserved }) => [
      reservationKey(identityId, resourceType, property),
      reserved,
    ]),
  );
}

/** Rows of correlation_source that a computation writes; those of correlation rules are the synchronisation's. */
const ofQueries = `rule like 'query:%'`;

/** Who asks now, in the transaction that decides on the answer. */
export async function rememberQuestions(sql: Sql, { queries, identityIds }: Questions): Promise<void> {
  const asked = [queries.map((each) => each.identityId), queries.map(({ rule }) => queryKey(rule))];
  await sql.query(
    `delete from correlation_source s where s.identity_id = any($1::uuid[]) and ${ofQueries}
       and not exists (select from unnest($2::uuid[], $3::text[]) as q(identity, name) where q.identity = s.identity_id and q.name = s.rule)`,
    [identityIds, ...asked],
  );
  if (queries.length === 0) return;
  await sql.query(
    `insert into correlation_source (identity_id, rule, value)
     select * from unnest($1::uuid[], $2::text[], $3::text[]) as q(identity, name, value)
     on conflict (identity_id, rule) do update set value = excluded.value where correlation_source.value <> excluded.value`,
    [...asked, queries.map(({ value }) => value)],
  );
}
