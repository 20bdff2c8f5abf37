// Accounts follow the key that their system gave: account, its order and the orders behind it, in the settlement's transaction.
// Owns the look for whoever has the key already; which key was given is the step's business, what takes it domain/given-key.ts'.
import type { ExpectedResource, ResourceDelta } from '../domain/assignment.js';
import { provisioningErrorOf } from '../domain/failure.js';
import { type GivenKey, inComparedOrder, laterWithGivenKey, withGivenKey } from '../domain/given-key.js';
import type { Digest } from '../domain/resource.js';
import { expectedText } from '../domain/role-model/evaluation.js';
import type { Settlement } from '../steps/ports/provisioning-order.js';
import type { Sql } from './database.js';
import { repeated } from './repeated.js';

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
  const taken = await takenByOthers(sql, given);
  const owners = await ownersOf(sql, given);
  const isClash = (each: Given): boolean =>
    taken.has(each.order.id) || (owners.get(placeOf(each)) ?? each.order.assignmentId) !== each.order.assignmentId;
  return settlements.map((each) => (isGiven(each) && isClash(each) ? refused(each, digest) : each));
}

/** Whoever wants to give the same key waits: one of them has it, the other is told. */
async function lockKeys(sql: Sql, given: readonly Given[]): Promise<void> {
  await sql.query(
    repeated(`select pg_advisory_xact_lock(key) from (
       select distinct hashtextextended('given-key ' || place, 0) as key from unnest($1::text[]) as place order by key) as ordered`),
    [given.map(placeOf)],
  );
}

/** Place → account, where several of the batch were given one key: the first has it whose settlement will be written. */
async function ownersOf(sql: Sql, given: readonly Given[]): Promise<ReadonlyMap<string, string>> {
  const first = new Map(given.toReversed().map((each) => [placeOf(each), each.order.assignmentId]));
  const contested = new Set(given.filter((each) => first.get(placeOf(each)) !== each.order.assignmentId).map(placeOf));
  if (contested.size === 0) return new Map();
  const held = await withLease(
    sql,
    given.filter((each) => contested.has(placeOf(each))),
  );
  return new Map(held.toReversed().map((each) => [placeOf(each), each.order.assignmentId]));
}

async function withLease(sql: Sql, given: readonly Given[]): Promise<readonly Given[]> {
  const { rows } = await sql.query<{ readonly id: string }>(
    `select o.id from provisioning_order o join jsonb_to_recordset($1::jsonb) as g(id uuid, created timestamptz, token bigint)
       on o.id = g.id and o.created_at = g.created and o.lease_token = g.token
     where o.id = any($2::uuid[]) and o.state = 'PENDING' and o.lease_until is not null`,
    [
      JSON.stringify(
        given.map(({ order: { id, createdAt, leaseToken } }) => ({ id, created: createdAt, token: leaseToken })),
      ),
      given.map(({ order }) => order.id),
    ],
  );
  const held = new Set(rows.map(({ id }) => id));
  return given.filter(({ order }) => held.has(order.id));
}

/** Ids of the orders whose key another account has. */
async function takenByOthers(sql: Sql, given: readonly Given[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql.query<{ readonly id: string }>(
    repeated(`select g.id from jsonb_to_recordset($1::jsonb) as g(id uuid, account uuid, key text, "entityType" text, types text[])
     where exists (select from resource_assignment a where a.resource_type = any(g.types) and a.resource_key = g.key and a.id <> g.account
         and a.is_due and a.provisioning_state <> 'ERROR')
       or exists (select from resource r join resource_assignment a on a.resource_id = r.id and a.id <> g.account and a.is_due
         where r.entity_type = g."entityType" and r.key = g.key)`),
    [
      JSON.stringify(
        given.map(({ order, given: { key, entityType, resourceTypes } }) => ({
          id: order.id,
          account: order.assignmentId,
          key,
          entityType,
          types: resourceTypes,
        })),
      ),
    ],
  );
  return new Set(rows.map(({ id }) => id));
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
  const given = settlements.filter(isGiven);
  if (given.length === 0) return;
  // Two orders of one account, asked for under two names, may have been carried out at once: one follows after the other.
  const first = new Map(given.toReversed().map((each) => [each.order.assignmentId, each]));
  const now = given.filter((each) => first.get(each.order.assignmentId) === each);
  const accounts = await renamedAccounts(sql, now, digest);
  await renameAccounts(sql, [...accounts.values()]);
  await renameOrders(sql, now, accounts);
  await renameWaiting(sql, now);
  await followGivenKeys(
    sql,
    given.filter((each) => !now.includes(each)),
    digest,
  );
}

interface AccountRow {
  readonly id: string;
  readonly expected: ExpectedResource;
  readonly expectedHash: string;
  readonly delta: ResourceDelta | null;
  readonly desiredVersion: string;
}

interface RenamedAccount extends Pick<AccountRow, 'id' | 'expected' | 'delta'> {
  readonly key: string;
  readonly entityType: string;
  readonly hash: string;
  /** The order carried out what the account still wishes. */
  readonly isOfOrder: boolean;
}

/** By id. An account that has its row already keeps its key. */
async function renamedAccounts(
  sql: Sql,
  given: readonly Given[],
  digest: Digest,
): Promise<ReadonlyMap<string, RenamedAccount>> {
  const { rows } = await sql.query<AccountRow>(
    repeated(`select a.id, a.expected, a.expected_hash as "expectedHash", a.delta, a.desired_version as "desiredVersion"
     from resource_assignment a where a.id = any($1::uuid[]) and a.resource_id is null order by a.id for update`),
    [given.map(({ order }) => order.assignmentId)],
  );
  const found = new Map(rows.map((row) => [row.id, row]));
  const renamed = given.flatMap((each) => {
    const account = found.get(each.order.assignmentId);
    return account === undefined ? [] : [renamedAccount(each, account, digest)];
  });
  return new Map(renamed.map((account) => [account.id, account]));
}

function renamedAccount({ order, given }: Given, account: AccountRow, digest: Digest): RenamedAccount {
  const isOfOrder = Number(account.desiredVersion) === order.desiredVersion;
  const rename = isOfOrder ? withGivenKey : laterWithGivenKey;
  const expected = { ...account.expected, key: given.key };
  return {
    id: account.id,
    key: given.key,
    entityType: given.entityType,
    expected,
    hash: hashUnder(account, expected, digest),
    delta: account.delta === null ? null : rename(account.delta, given.key, given.keyProperty),
    isOfOrder,
  };
}

/** What is no hash of a wish (the wish failed, or nobody compared it yet) says something else, and stays. */
function hashUnder({ expected, expectedHash }: AccountRow, renamed: ExpectedResource, digest: Digest): string {
  const hashOf = (wish: ExpectedResource): string => digest(expectedText(inComparedOrder(wish)));
  return expectedHash === hashOf(expected) ? hashOf(renamed) : expectedHash;
}

async function renameAccounts(sql: Sql, accounts: readonly RenamedAccount[]): Promise<void> {
  if (accounts.length === 0) return;
  await sql.query(
    repeated(`update resource_assignment a set resource_key = g.key, expected = g.expected, expected_hash = g.hash, delta = g.delta,
       resource_id = (select r.id from resource r where r.entity_type = g."entityType" and r.key = g.key and r.removed_at is null
         and not exists (select from resource_assignment other where other.resource_id = r.id)), updated_at = clock_timestamp()
     from jsonb_to_recordset($1::jsonb) as g(id uuid, key text, "entityType" text, expected jsonb, hash text, delta jsonb)
     where a.id = any($2::uuid[]) and a.id = g.id`),
    [JSON.stringify(accounts), accounts.map(({ id }) => id)],
  );
}

/** An order that is not the wish of its account any more keeps the hash it was made for. */
async function renameOrders(
  sql: Sql,
  given: readonly Given[],
  accounts: ReadonlyMap<string, RenamedAccount>,
): Promise<void> {
  const renamed = given.map((each) => {
    const { order, given: to } = each;
    const account = accounts.get(order.assignmentId);
    return {
      id: order.id,
      created: order.createdAt,
      delta: withGivenKey(order.delta, to.key, to.keyProperty),
      target: placeOf(each),
      hash: account?.isOfOrder === true ? account.hash : null,
    };
  });
  await sql.query(
    repeated(`update provisioning_order o set delta = g.delta, target = ${newTarget}, expected_hash = coalesce(g.hash, o.expected_hash)
     from jsonb_to_recordset($1::jsonb) as g(id uuid, created timestamptz, delta jsonb, target text, hash text)
     where o.id = any($2::uuid[]) and o.id = g.id and o.created_at = g.created`),
    [JSON.stringify(renamed), renamed.map(({ id }) => id)],
  );
}

const newTarget = `case when o.target = '*' then '*' else g.target end`;

interface WaitingRow {
  readonly id: string;
  readonly assignmentId: string;
  readonly delta: ResourceDelta;
}

/** What was ordered since under the name waits in the line of the new key, as changes of a row that is there. */
async function renameWaiting(sql: Sql, given: readonly Given[]): Promise<void> {
  const { rows } = await sql.query<WaitingRow>(
    repeated(`select o.id, o.assignment_id as "assignmentId", o.delta from provisioning_order o
     where o.assignment_id = any($1::uuid[]) and o.id <> all($2::uuid[]) and o.state in ('PENDING', 'AWAITING_APPROVAL', 'TRANSMITTED')
     order by o.number for update`),
    [given.map(({ order }) => order.assignmentId), given.map(({ order }) => order.id)],
  );
  const givenOf = new Map(given.map((each) => [each.order.assignmentId, each]));
  const renamed = rows.flatMap(({ id, assignmentId, delta }) => {
    const each = givenOf.get(assignmentId);
    if (each === undefined || delta.key !== each.order.delta.key) return [];
    const { key, keyProperty } = each.given;
    return [{ id, delta: laterWithGivenKey(delta, key, keyProperty), target: placeOf(each) }];
  });
  if (renamed.length === 0) return;
  await sql.query(
    repeated(`update provisioning_order o set delta = g.delta, kind = case when o.kind = 'CREATE' then 'UPDATE' else o.kind end,
       target = ${newTarget}, version = o.version + 1, updated_at = clock_timestamp()
     from jsonb_to_recordset($1::jsonb) as g(id uuid, delta jsonb, target text)
     where o.id = any($2::uuid[]) and o.id = g.id`),
    [JSON.stringify(renamed), renamed.map(({ id }) => id)],
  );
}
