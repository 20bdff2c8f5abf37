// Reserves values that only one account may have: whoever inserts first has it, whatever runs beside. What a row of the target
// holds already is taken, too. Which value is tried next is domain/role-model/unique-value.ts'; words: docs/role-model.md.
import { uniqueKey, uniqueText } from '../domain/correlation.js';
import { type Answers, type Reservation, reservationKey } from '../domain/role-model/answer.js';
import type { RuleFailure } from '../domain/role-model/evaluation.js';
import {
  type Attempt,
  attemptsFrom,
  nothingFree,
  presentAttempt,
  type ReservationWish,
} from '../domain/role-model/unique-value.js';
import type { Sql } from './database.js';
import { markDirty } from './dirty-identity.js';

export type Reserve = (sql: Sql, wishes: readonly ReservationWish[]) => Promise<Answers['reservations']>;

/** In the caller's transaction: a value becomes free again when that is rolled back. */
export const reserveValues: Reserve = (sql, wishes) => reserveAll(sql, wishes, insert);

/** What would be reserved; nothing is. */
export const previewValues: Reserve = (sql, wishes) =>
  reserveAll(sql, wishes, (_, chosen) => Promise.resolve(new Set(chosen.map(({ wish }) => keyOf(wish)))));

type Write = (sql: Sql, chosen: readonly Chosen[]) => Promise<ReadonlySet<string>>;

interface Chosen extends Attempt {
  readonly wish: ReservationWish;
}

const keyOf = ({ identityId, resourceType, property }: ReservationWish): string =>
  reservationKey(identityId, resourceType, property);

// Always in the same order of places, so that few transactions wait for one another in a circle; those that do run again.
async function reserveAll(
  sql: Sql,
  wishes: readonly ReservationWish[],
  write: Write,
): Promise<Answers['reservations']> {
  const places = new Map<string, ReservationWish[]>();
  for (const wish of wishes) {
    const place = `${wish.entityType}\n${wish.property}`;
    const known = places.get(place);
    if (known === undefined) places.set(place, [wish]);
    else known.push(wish);
  }
  const got = new Map<string, Reservation | RuleFailure>();
  for (const [, own] of [...places].sort(([a], [b]) => (a < b ? -1 : 1)))
    for (const [key, reserved] of await reserveInPlace(sql, own, write)) got.set(key, reserved);
  return got;
}

interface Open {
  readonly wish: ReservationWish;
  readonly from: number;
  /** What the own resource holds is tried once, before all others. */
  readonly present: Attempt | null;
}

/** All wishes are about one property of one entity type. */
async function reserveInPlace(
  sql: Sql,
  wishes: readonly ReservationWish[],
  write: Write,
): Promise<Answers['reservations']> {
  const got = new Map<string, Reservation | RuleFailure>();
  const given = new Set<string>();
  let open = wishes.map((wish): Open => ({ wish, from: wish.firstAttempt, present: presentAttempt(wish) }));
  while (open.length > 0) {
    const tried = open.map((each) => ({ ...each, attempts: attemptsOf(each) }));
    const taken = await takenAmong(
      sql,
      wishes,
      tried.flatMap(({ attempts }) => ('message' in attempts ? [] : attempts)),
    );
    const chosen: Chosen[] = [];
    const next: Open[] = [];
    for (const { wish, from, attempts } of tried) {
      if ('message' in attempts) {
        got.set(keyOf(wish), attempts);
        continue;
      }
      const free = attempts.find(({ value }) => !given.has(uniqueText(value)) && !taken.isTaken(wish, value));
      const last = attempts.at(-1);
      if (free !== undefined) {
        given.add(uniqueText(free.value));
        chosen.push({ wish, ...free });
      } else if (last === undefined || last.attempt < from)
        got.set(keyOf(wish), nothingFree(wish, last?.value ?? wish.base));
      else next.push({ wish, from: last.attempt + 1, present: null });
    }
    const written = await write(sql, chosen);
    for (const { wish, value, attempt } of chosen) {
      // Somebody else was faster: what is taken is looked at again.
      if (!written.has(keyOf(wish))) next.push({ wish, from: wish.firstAttempt, present: null });
      else got.set(keyOf(wish), { value, attempt, rule: wish.rule, base: wish.base, isRefused: false });
    }
    open = next;
  }
  return got;
}

/** The failure of an expression that cannot tell its next value. */
function attemptsOf({ wish, from, present }: Open): readonly Attempt[] | RuleFailure {
  try {
    return [...(present === null ? [] : [present]), ...attemptsFrom(wish, from)];
  } catch (error) {
    return { rule: wish.rule, message: error instanceof Error ? error.message : 'The rule failed.' };
  }
}

interface TakenRow {
  readonly folded: string;
  /** Whose it is; null: of the resource alone. */
  readonly identityId: string | null;
  readonly resourceType: string | null;
  readonly resourceId: string | null;
}

interface Taken {
  readonly isTaken: (wish: ReservationWish, value: string) => boolean;
}

async function takenAmong(sql: Sql, wishes: readonly ReservationWish[], tried: readonly Attempt[]): Promise<Taken> {
  const [first] = wishes;
  if (first === undefined || tried.length === 0) return { isTaken: () => false };
  const values = [...new Set(tried.map(({ value }) => value))];
  const folded = [...new Set(values.map(uniqueText))];
  const { rows } = await sql.query<TakenRow>(
    `select v.folded, v.identity_id as "identityId", v.resource_type as "resourceType", null::uuid as "resourceId"
     from reserved_value v where v.entity_type = $1 and v.property = $2 and v.folded = any($3::text[])
     union all
     select k.value, null, null, r.id from correlation_key k join resource r on r.id = k.resource_id and r.entity_type = $1
     where k.rule = $4 and k.value = any($3::text[])`,
    [first.entityType, first.property, folded, uniqueKey(first.property)],
  );
  const keys = first.isKey ? await takenKeys(sql, wishes, values) : [];
  return takenBy([...rows, ...keys]);
}

/** Keys of rows, and of accounts that are promised and not there yet. */
async function takenKeys(
  sql: Sql,
  wishes: readonly ReservationWish[],
  values: readonly string[],
): Promise<readonly TakenRow[]> {
  const types = [...new Set(wishes.map(({ resourceType }) => resourceType))];
  const { rows } = await sql.query<Omit<TakenRow, 'folded'> & { readonly key: string }>(
    `select r.key, null::uuid as "identityId", null::text as "resourceType", r.id as "resourceId"
     from resource r where r.entity_type = $1 and r.key = any($2::text[])
     union all
     select a.resource_key, a.identity_id, a.resource_type, null from resource_assignment a
     where a.resource_type = any($3::text[]) and a.resource_key = any($2::text[]) and a.is_due`,
    [wishes[0]?.entityType, values, types],
  );
  return rows.map(({ key, ...row }) => ({ ...row, folded: uniqueText(key) }));
}

function takenBy(rows: readonly TakenRow[]): Taken {
  const owners = new Map<string, TakenRow[]>();
  for (const row of rows) {
    const known = owners.get(row.folded);
    if (known === undefined) owners.set(row.folded, [row]);
    else known.push(row);
  }
  const isElsewhere = (wish: ReservationWish, { identityId, resourceType, resourceId }: TakenRow): boolean =>
    resourceId === null
      ? identityId !== wish.identityId || resourceType !== wish.resourceType
      : !wish.own.includes(resourceId);
  return {
    isTaken: (wish, value) => (owners.get(uniqueText(value)) ?? []).some((row) => isElsewhere(wish, row)),
  };
}

/** Answers those that have it now. */
const insert: Write = async (sql, chosen) => {
  if (chosen.length === 0) return new Set();
  const sorted = [...chosen].sort((a, b) => (uniqueText(a.value) < uniqueText(b.value) ? -1 : 1));
  const columns = [
    sorted.map(({ wish }) => wish.identityId),
    sorted.map(({ wish }) => wish.resourceType),
    sorted.map(({ wish }) => wish.property),
  ];
  await sql.query(
    `delete from reserved_value v using unnest($1::uuid[], $2::text[], $3::text[]) as w(identity, type, property)
     where v.identity_id = w.identity and v.resource_type = w.type and v.property = w.property`,
    columns,
  );
  const { rows } = await sql.query<{ identityId: string; resourceType: string; property: string }>(
    `insert into reserved_value (identity_id, resource_type, property, entity_type, folded, value, rule, base, attempt)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int[])
     on conflict do nothing returning identity_id as "identityId", resource_type as "resourceType", property`,
    [
      ...columns,
      sorted.map(({ wish }) => wish.entityType),
      sorted.map(({ value }) => uniqueText(value)),
      sorted.map(({ value }) => value),
      sorted.map(({ wish }) => wish.rule),
      sorted.map(({ wish }) => wish.base),
      sorted.map(({ attempt }) => attempt),
    ],
  );
  return new Set(rows.map((row) => reservationKey(row.identityId, row.resourceType, row.property)));
};

/** Accounts that the target refused because somebody else has the value: the next computation takes the next attempt. */
export async function markRefused(
  sql: Sql,
  refused: readonly { readonly identityId: string; readonly resourceType: string }[],
): Promise<void> {
  if (refused.length === 0) return;
  const { rows } = await sql.query<{ id: string }>(
    `select distinct v.identity_id as id from reserved_value v
     join unnest($1::uuid[], $2::text[]) as r(identity, type) on v.identity_id = r.identity and v.resource_type = r.type`,
    [refused.map(({ identityId }) => identityId), refused.map(({ resourceType }) => resourceType)],
  );
  await markDirty(
    sql,
    rows.map(({ id }) => id),
    'conflict',
  );
}

/** Values of accounts that are gone are free again. */
export async function releaseValues(sql: Sql, identityIds: readonly string[]): Promise<void> {
  if (identityIds.length === 0) return;
  await sql.query(
    `delete from reserved_value v where v.identity_id = any($1::uuid[])
       and not exists (select from resource_assignment a where a.identity_id = v.identity_id and a.resource_type = v.resource_type)`,
    [identityIds],
  );
}
