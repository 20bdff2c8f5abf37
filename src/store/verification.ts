// Executed orders that are to be seen in the target, and what was seen, many at once. Read-back and synchronisation end here:
// an order is VERIFIED by `settleVerified` alone. Whether a row holds the wish is decided by domain/verification.ts.
import type { AssignmentChange } from '../domain/assignment.js';
import type { Fact } from '../domain/event.js';
import type { ProvisioningState } from '../domain/provisioning-state.js';
import type { UnverifiedOrder, VerificationBatches, VerificationSettlement } from '../steps/ports/verification.js';
import { assignmentChangesOf, type ChangedAccount, lockIdentities } from './assignment-change.js';
import type { Database, Sql } from './database.js';
import { keepRowKeys } from './query-mark.js';
import { repeated } from './repeated.js';
import { markDirty } from './dirty-identity.js';
import { appendFacts } from './event.js';
import { endTakenValues } from './value-assignment.js';
import { observationKey, writeObservations } from './observation.js';
import { advanceRequests } from './request-progress.js';

export const verificationStore = (database: Database): VerificationBatches => ({
  find: (orderIds) => find(database, orderIds),
  settle: (settlements) => database.transaction((sql) => settle(sql, settlements)),
  observe: (identityId, observation) =>
    database.transaction(async (sql) => {
      await writeObservations(sql, [observation]);
      await markDirty(sql, identityId === null ? [] : [identityId], 'observation');
    }),
});

/** Columns of an `UnverifiedOrder`, from `provisioning_order o left join resource_assignment a`. */
export const unverifiedColumns = `o.id, o.created_at::text as "createdAt", o.connection, o.resource_type as "resourceType",
  o.identity_id as "identityId", o.assignment_id as "assignmentId", o.job_execution_id as "executionId", o.delta,
  o.desired_version::float8 as "desiredVersion", a.desired_version::float8 as "presentVersion",
  case when a.is_due then a.expected end as expected, coalesce(a.drift_count, 0) as "driftCount",
  o.validity_hours as "validityHours",
  extract(epoch from clock_timestamp() - coalesce(o.executed_at, o.updated_at))::float8 * 1000 as "sinceExecutedMs",
  not exists (select from connection_health h where h.connection = o.connection and h.status <> 'CLOSED') as "isConnectionUsable"`;

async function find(sql: Sql, orderIds: readonly string[]): Promise<readonly (UnverifiedOrder | null)[]> {
  const { rows } = await sql.query<UnverifiedOrder>(
    repeated(`select ${unverifiedColumns}, clock_timestamp()::text as "askedAt"
     from provisioning_order o left join resource_assignment a on a.id = o.assignment_id
     where o.id = any($1::uuid[]) and o.state = 'EXECUTED'`),
    [orderIds],
  );
  const found = new Map(rows.map((row) => [row.id, row]));
  return orderIds.map((id) => found.get(id) ?? null);
}

async function settle(sql: Sql, settlements: readonly VerificationSettlement[]): Promise<readonly null[]> {
  await lockIdentities(
    sql,
    settlements.map(({ order }) => order.identityId),
  );
  const observations = settlements.flatMap((each) => ('observation' in each ? [each.observation] : []));
  const resources = await writeObservations(sql, observations);
  await settleVerified(
    sql,
    settlements.map((each) => verdictOf(each, resources)),
  );
  await keepRowKeys(sql, observations);
  return settlements.map(() => null);
}

/** What a look at the target says of one order; `resourceId` null: there is no row. */
export type SeenOrder =
  | { readonly kind: 'verified'; readonly order: UnverifiedOrder; readonly conforms: boolean; readonly seen: Seen }
  | {
      readonly kind: 'drifted';
      readonly order: UnverifiedOrder;
      readonly error: unknown;
      readonly mismatches: unknown;
      readonly delayMs: number;
      readonly seen: Seen;
    }
  | { readonly kind: 'superseded'; readonly order: UnverifiedOrder }
  /** With an error: nobody looks any more. */
  | { readonly kind: 'unread'; readonly order: UnverifiedOrder; readonly error: unknown; readonly delayMs: number }
  /** Nobody can look: it stays EXECUTED for good. */
  | { readonly kind: 'unseen'; readonly order: UnverifiedOrder };

export interface Seen {
  readonly resourceId: string | null;
  readonly hash: string;
  readonly readAt: string;
  readonly how: 'read-back' | 'synchronization';
}

function verdictOf(settlement: VerificationSettlement, resources: ReadonlyMap<string, string>): SeenOrder {
  const { order } = settlement;
  switch (settlement.kind) {
    case 'verified':
    case 'drifted': {
      const { observation } = settlement;
      const resourceId = observation.content === null ? null : (resources.get(observationKey(observation)) ?? null);
      return {
        ...settlement,
        seen: { resourceId, hash: observation.hash, readAt: observation.readAt, how: 'read-back' },
      };
    }
    case 'superseded':
      return { kind: 'superseded', order };
    case 'unread':
    case 'unseen':
      return settlement;
    default:
      return settlement satisfies never;
  }
}

/** Writes orders, accounts, ended roles, requests and facts. The identities must be locked. Answers how many orders were verified. */
export async function settleVerified(sql: Sql, seen: readonly SeenOrder[]): Promise<number> {
  const written = await writeOrders(sql, seen);
  const accepted = seen.filter(({ order }) => written.has(order.id));
  const accounts = await writeAccounts(sql, accepted);
  await endTakenValues(sql, verifiedAccounts(accepted));
  const changes = await assignmentChangesOf(sql, [...accounts.values()]);
  const told = accepted.filter((each) => each.kind !== 'unread' || each.error !== null);
  await appendFacts(
    sql,
    told.map((each) => factOf(each, changes.get(each.order.assignmentId) ?? [])),
  );
  await markDirty(sql, identitiesOf(accepted.filter(isUnexpected)), 'drift');
  await markDirty(sql, withGoneAccounts([...accounts.values()]), 'account-gone');
  await advanceRequests(sql, identitiesOf(told));
  return accepted.filter(({ kind }) => kind === 'verified').length;
}

/** Whose account is gone may have names reserved for it, which the computation sets free. */
const withGoneAccounts = (accounts: readonly ChangedAccount[]): readonly string[] =>
  accounts.flatMap(({ isGone, identityId }) => (isGone ? [identityId] : []));

const verifiedAccounts = (seen: readonly SeenOrder[]): readonly string[] =>
  seen.flatMap(({ kind, order }) => (kind === 'verified' && order.assignmentId !== null ? [order.assignmentId] : []));

const isUnexpected = (each: SeenOrder): boolean =>
  each.kind === 'drifted' || (each.kind === 'verified' && !each.conforms);
const identitiesOf = (seen: readonly SeenOrder[]): readonly string[] =>
  seen.flatMap(({ order }) => (order.identityId === null ? [] : [order.identityId]));

function stateOf(seen: SeenOrder): ProvisioningState {
  switch (seen.kind) {
    case 'verified':
      return 'VERIFIED';
    case 'drifted':
    case 'unread':
      return seen.error === null ? 'EXECUTED' : 'ERRORED';
    case 'superseded':
      return 'INACTIVE';
    case 'unseen':
      return 'EXECUTED';
    default:
      return seen satisfies never;
  }
}

async function writeOrders(sql: Sql, seen: readonly SeenOrder[]): Promise<ReadonlySet<string>> {
  if (seen.length === 0) return new Set();
  const { rows } = await sql.query<{ id: string }>(
    repeated(`update provisioning_order o
     set state = s.state, error = s.error, evidence = coalesce(s.evidence, o.evidence),
         verified_at = case when s.state = 'VERIFIED' then clock_timestamp() end,
         next_attempt_at = clock_timestamp() + make_interval(secs => s.delay / 1000.0),
         queued_at = case when s.unseen then null else o.queued_at end,
         version = o.version + 1, updated_at = clock_timestamp()
     from jsonb_to_recordset($1::jsonb) as s(id uuid, created timestamptz, state text, error jsonb, evidence jsonb, delay float8, unseen boolean)
     where o.id = any($2::uuid[]) and o.id = s.id and o.created_at = s.created and o.state = 'EXECUTED'
     returning o.id`),
    [JSON.stringify(seen.map(orderColumns)), seen.map(({ order }) => order.id)],
  );
  return new Set(rows.map(({ id }) => id));
}

function orderColumns(seen: SeenOrder): Readonly<Record<string, unknown>> {
  const isFinal = stateOf(seen) !== 'EXECUTED';
  return {
    id: seen.order.id,
    created: seen.order.createdAt,
    state: stateOf(seen),
    error: 'error' in seen ? seen.error : null,
    evidence: evidenceOf(seen),
    delay: !isFinal && 'delayMs' in seen ? seen.delayMs : null,
    unseen: seen.kind === 'unseen',
  };
}

function evidenceOf(seen: SeenOrder): Readonly<Record<string, unknown>> | null {
  if (!('seen' in seen)) return null;
  const { readAt, how } = seen.seen;
  return seen.kind === 'verified' ? { readAt, how } : { readAt, how, mismatches: seen.mismatches };
}

/** By order id. An account whose wish has changed since is left alone. */
async function writeAccounts(sql: Sql, seen: readonly SeenOrder[]): Promise<ReadonlyMap<string, ChangedAccount>> {
  const looked = seen.filter(concernsAccount);
  if (looked.length === 0) return new Map();
  const { rows } = await sql.query<ChangedAccount & { readonly orderId: string }>(
    repeated(`with wanted as (
       select s.*, a.pending_roles as roles, a.provisioning_state as before, a.workflow_state as workflow_before,
         s.kind = 'verified' and not a.is_due and coalesce(a.delta ->> 'kind', 'DELETE') = 'DELETE' as is_gone
       from jsonb_to_recordset($1::jsonb) as s("orderId" uuid, id uuid, version bigint, kind text, resource uuid, hash text)
       join resource_assignment a on a.id = s.id where a.id = any($2::uuid[]) and a.desired_version = s.version and a.provisioning_state = 'EXECUTED'
       order by a.id for update of a),
     gone as (
       delete from resource_assignment a using wanted w where a.id = w.id and w.is_gone
       returning w."orderId", a.id, a.identity_id, a.resource_type, a.workflow_state, w.workflow_before, w.before, 'VERIFIED' as state, w.roles, true as is_gone),
     kept as (
       update resource_assignment a
       set provisioning_state = case when w.kind = 'verified' then 'VERIFIED' when w.kind in ('errored', 'unread') then 'ERRORED' else 'EXECUTED' end,
           final_version = case when w.kind = 'unseen' then w.version else a.final_version end,
           workflow_state = case when w.kind = 'verified' and not a.is_due and a.workflow_state = 'CANCELLATION' then 'INACTIVE' else a.workflow_state end,
           resource_id = case when w.kind in ('unread', 'unseen') then a.resource_id else w.resource end,
           observed_hash = case when w.kind = 'verified' then w.hash when w.kind in ('unread', 'unseen') then a.observed_hash end,
           base_hash = case when w.kind = 'verified' then w.hash when w.kind in ('unread', 'unseen') then a.base_hash end,
           delta = case when w.kind = 'verified' then null else a.delta end,
           pending_roles = case when w.kind = 'verified' then '{}' else a.pending_roles end,
           drift_count = case when w.kind = 'verified' then 0 when w.kind in ('unread', 'unseen') then a.drift_count else a.drift_count + 1 end, updated_at = clock_timestamp()
       from wanted w where a.id = w.id and not w.is_gone
       returning w."orderId", a.id, a.identity_id, a.resource_type, a.workflow_state, w.workflow_before, w.before, a.provisioning_state as state, w.roles, false as is_gone)
     select "orderId", id, identity_id as "identityId", resource_type as "resourceType", workflow_state as "workflowState",
       workflow_before as "workflowStateBefore", before as "from", state as "to", roles as "pendingRoles", is_gone as "isGone"
     from (select * from gone union all select * from kept) as changed`),
    [JSON.stringify(looked.map(accountColumns)), looked.map(({ order }) => order.assignmentId)],
  );
  return new Map(rows.map(({ orderId, ...account }) => [orderId, account]));
}

type Concerning = Extract<SeenOrder, { readonly kind: 'verified' | 'drifted' | 'unread' | 'unseen' }>;

/** A row that could not be read says nothing of the account, until nobody tries any more. */
const concernsAccount = (seen: SeenOrder): seen is Concerning =>
  seen.kind === 'unread' ? seen.error !== null : seen.kind !== 'superseded';

function accountColumns(seen: Concerning): Readonly<Record<string, unknown>> {
  return {
    orderId: seen.order.id,
    id: seen.order.assignmentId,
    version: seen.order.desiredVersion,
    kind: accountKind(seen),
    resource: 'seen' in seen ? seen.seen.resourceId : null,
    hash: 'seen' in seen ? seen.seen.hash : null,
  };
}

/** unread: in an error, but what was known of its row stays known; unseen: the same without an error, for good. */
function accountKind(seen: Concerning): 'verified' | 'kept' | 'errored' | 'unread' | 'unseen' {
  if (seen.kind === 'unread' || seen.kind === 'unseen') return seen.kind;
  if (seen.kind === 'drifted' && seen.error !== null) return 'errored';
  return seen.kind === 'verified' && seen.conforms ? 'verified' : 'kept';
}

const factKinds = {
  verified: 'OrderVerified',
  drifted: 'OrderDrifted',
  superseded: 'OrderSuperseded',
  unread: 'OrderDrifted',
  unseen: 'OrderExecuted',
} as const;

function factOf(seen: SeenOrder, assignments: readonly AssignmentChange[]): Fact {
  const { order } = seen;
  const state = stateOf(seen);
  return {
    ...(order.identityId === null ? {} : { identityId: order.identityId }),
    ...(order.executionId === null ? {} : { executionId: order.executionId }),
    kind: state === 'ERRORED' ? 'OrderErrored' : factKinds[seen.kind],
    connection: order.connection,
    orders: [
      {
        orderId: order.id,
        resourceType: order.resourceType,
        connection: order.connection,
        identityId: order.identityId,
        previousState: 'EXECUTED',
        state,
      },
    ],
    assignments,
    ...(seen.kind === 'drifted' ? { detail: { mismatches: seen.mismatches } } : {}),
    ...(seen.kind === 'unseen' ? { detail: { isFinal: true } } : {}),
  };
}
