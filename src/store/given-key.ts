// Accounts follow the key that their system gave: account, its order and the orders behind it, in the settlement's transaction.
// Owns the look for whoever has the key already; which key was given is the step's business, what takes it domain/given-key.ts'.
import type { ExpectedResource, ResourceDelta } from '../domain/assignment.js';
import { provisioningErrorOf } from '../domain/failure.js';
import { type GivenKey, inComparedOrder, laterWithGivenKey, withGivenKey } from '../domain/given-key.js';
import type { Digest } from '../domain/resource.js';
import { expectedText } from '../domain/role-model/evaluation.js';
import type { HeldOrder, Settlement } from '../steps/ports/provisioning-order.js';
import type { Sql } from './database.js';

type Given = Extract<Settlement, { readonly kind: 'executed' | 'superseded' }> & { readonly given: GivenKey };

const isGiven = (settlement: Settlement): settlement is Given =>
  'given' in settlement && settlement.given !== undefined;

const placeOf = ({ given }: Given): string => `${given.entityType}/${given.key}`;

/** The same settlements; where another account has the key already, an executed order has failed. */
export async function withoutClashes(
  sql: Sql,
  settlements: readonly Settlement[],
  digest: Digest,
): Promise<readonly Settlement[]> {
  const given = settlements.filter(isGiven);
  if (given.length === 0) return settlements;
  await lockKeys(sql, given);
  const clashing = new Set<Settlement>();
  const owners = new Map<string, string>();
  for (const settlement of given) {
    const owner = owners.get(placeOf(settlement));
    owners.set(placeOf(settlement), owner ?? settlement.order.assignmentId);
    const isSecond = owner !== undefined && owner !== settlement.order.assignmentId;
    if (isSecond || (await isAnothers(sql, settlement))) clashing.add(settlement);
  }
  return settlements.map((each) => (clashing.has(each) && isGiven(each) ? refused(each, digest) : each));
}

/** Whoever wants to give the same key waits: one of them has it, the other is told. */
async function lockKeys(sql: Sql, given: readonly Given[]): Promise<void> {
  await sql.query(
    `select pg_advisory_xact_lock(key) from (
       select distinct hashtextextended('given-key ' || place, 0) as key from unnest($1::text[]) as place order by key) as ordered`,
    [given.map(placeOf)],
  );
}

async function isAnothers(sql: Sql, { order, given }: Given): Promise<boolean> {
  const { rows } = await sql.query(
    `select from resource_assignment a where a.resource_type = any($1::text[]) and a.resource_key = $2 and a.id <> $3
       and a.is_due and a.provisioning_state <> 'ERROR'
     union all
     select from resource r join resource_assignment a on a.resource_id = r.id and a.id <> $3 and a.is_due
     where r.entity_type = $4 and r.key = $2 limit 1`,
    [given.resourceTypes, given.key, order.assignmentId, given.entityType],
  );
  return rows.length > 0;
}

function refused(settlement: Given, digest: Digest): Settlement {
  const { order, given, attempt } = settlement;
  if (settlement.kind === 'superseded') return { kind: 'superseded', order, attempt };
  const error = provisioningErrorOf(
    {
      code: 'ALREADY_EXISTS',
      message: `The row that the system has under the name ${JSON.stringify(order.delta.key)} bears the key ${JSON.stringify(given.key)}, which is that of another account.`,
      hint: 'Find out whose row it is. If it is the other account’s, give this one another name.',
    },
    order.connection,
    digest,
  );
  return { kind: 'failed', order, error, attempt: { ...attempt, outcome: 'FAILED', error } };
}

/** For settlements that were written. Their identities are locked. */
export async function followGivenKeys(sql: Sql, settlements: readonly Settlement[], digest: Digest): Promise<void> {
  for (const { order, given } of settlements.filter(isGiven)) {
    const expectedHash = await renameAccount(sql, order, given, digest);
    await renameOrder(sql, order, given, expectedHash);
    await renameWaiting(sql, order, given);
  }
}

interface AccountRow {
  readonly expected: ExpectedResource;
  readonly expectedHash: string;
  readonly delta: ResourceDelta | null;
  readonly desiredVersion: string;
}

/** Answers the hash of what is expected under the new key; null where that is not the wish of the order, or unknown. */
async function renameAccount(sql: Sql, order: HeldOrder, given: GivenKey, digest: Digest): Promise<string | null> {
  const { rows } = await sql.query<AccountRow>(
    `select a.expected, a.expected_hash as "expectedHash", a.delta, a.desired_version as "desiredVersion"
     from resource_assignment a where a.id = $1 and a.resource_id is null for update`,
    [order.assignmentId],
  );
  const [account] = rows;
  if (account === undefined) return null;
  const isSameWish = Number(account.desiredVersion) === order.desiredVersion;
  const rename = isSameWish ? withGivenKey : laterWithGivenKey;
  const expected = { ...account.expected, key: given.key };
  const expectedHash = hashUnder(account, expected, digest);
  await sql.query(
    `update resource_assignment a set resource_key = $2, expected = $3::jsonb, expected_hash = $4, delta = $5::jsonb,
       resource_id = (select r.id from resource r where r.entity_type = $6 and r.key = $2 and r.removed_at is null
         and not exists (select from resource_assignment other where other.resource_id = r.id)), updated_at = clock_timestamp()
     where a.id = $1`,
    [
      order.assignmentId,
      given.key,
      JSON.stringify(expected),
      expectedHash,
      account.delta === null ? null : JSON.stringify(rename(account.delta, given.key, given.keyProperty)),
      given.entityType,
    ],
  );
  return isSameWish ? expectedHash : null;
}

/** What is no hash of a wish (the wish failed, or nobody compared it yet) says something else, and stays. */
function hashUnder({ expected, expectedHash }: AccountRow, renamed: ExpectedResource, digest: Digest): string {
  const hashOf = (wish: ExpectedResource): string => digest(expectedText(inComparedOrder(wish)));
  return expectedHash === hashOf(expected) ? hashOf(renamed) : expectedHash;
}

async function renameOrder(sql: Sql, order: HeldOrder, given: GivenKey, expectedHash: string | null): Promise<void> {
  await sql.query(
    `update provisioning_order o set delta = $3::jsonb, target = ${newTarget}, expected_hash = coalesce($5, o.expected_hash)
     where o.id = $1 and o.created_at = $2::timestamptz`,
    [
      order.id,
      order.createdAt,
      JSON.stringify(withGivenKey(order.delta, given.key, given.keyProperty)),
      `${given.entityType}/${given.key}`,
      expectedHash,
    ],
  );
}

const newTarget = `case when o.target = '*' then '*' else $4 end`;

/** What was ordered since under the name waits in the line of the new key, as changes of a row that is there. */
async function renameWaiting(sql: Sql, order: HeldOrder, given: GivenKey): Promise<void> {
  const { rows } = await sql.query<{ readonly id: string; readonly delta: ResourceDelta }>(
    `select o.id, o.delta from provisioning_order o where o.assignment_id = $1 and o.id <> $2
       and o.state in ('PENDING', 'AWAITING_APPROVAL', 'TRANSMITTED') and o.delta ->> 'key' = $3 for update`,
    [order.assignmentId, order.id, order.delta.key],
  );
  for (const waiting of rows) {
    const delta = laterWithGivenKey(waiting.delta, given.key, given.keyProperty);
    await sql.query(
      `update provisioning_order o set delta = $3::jsonb, kind = case when o.kind = 'CREATE' then 'UPDATE' else o.kind end,
         target = ${newTarget}, version = o.version + 1, updated_at = clock_timestamp()
       where o.id = $1 and o.assignment_id = $2`,
      [waiting.id, order.assignmentId, JSON.stringify(delta), `${given.entityType}/${given.key}`],
    );
  }
}
