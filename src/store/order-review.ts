// Orders that wait for approval, and what their reviewers decided: order, account, refused values, facts and audit in one
// transaction. Decides nothing: outcomes come from domain/order-review.ts.
import { actorReference } from '../domain/actor.js';
import type { AssignmentChange } from '../domain/assignment.js';
import type { EntityTypeDefinition } from '../domain/configuration.js';
import type { Fact } from '../domain/event.js';
import { toGlobalId } from '../domain/global-id.js';
import { isEmpty, type RefusedValue } from '../domain/order-review.js';
import type { ProvisioningState } from '../domain/provisioning-state.js';
import type { ModelSource } from '../steps/ports/model.js';
import type { LoadedReview, OrderReviewCommit, OrderReviewStore } from '../steps/ports/order-review.js';
import { assignmentChangesOf, type ChangedAccount, lockIdentities } from './assignment-change.js';
import { appendAudit } from './audit-entry.js';
import type { Database, Sql } from './database.js';
import { markDirty } from './dirty-identity.js';
import { appendFacts } from './event.js';
import { readSameHumansOfKey } from './natural-person.js';
import { releaseOrders } from './order-release.js';
import { appendOutbox } from './outbox.js';
import { advanceRequests } from './request-progress.js';

export const orderReviewStore = (database: Database, models: ModelSource): OrderReviewStore => ({
  load: async (orderId, personKey) =>
    (await load(database, [orderId], personKey, (await models.current()).identityType))[0] ?? null,
  own: async (orderIds, personKey) => {
    const orders = await load(database, orderIds, personKey, (await models.current()).identityType);
    return new Set(orders.filter(({ isOwn }) => isOwn).map(({ id }) => id));
  },
  review: (commit) => database.transaction((sql) => review(sql, commit)),
});

async function load(
  sql: Sql,
  orderIds: readonly string[],
  personKey: string | null,
  type: EntityTypeDefinition,
): Promise<readonly LoadedReview[]> {
  const { rows } = await sql.query<Omit<LoadedReview, 'isOwn'>>(
    `select o.id, 'ORD-' || o.number as number, o.version, o.state, o.kind, o.delta, o.desired_version::float8 as "desiredVersion",
       a.desired_version::float8 as "presentVersion", o.identity_id as "identityId", o.assignment_id as "assignmentId", o.resource_type as "resourceType"
     from provisioning_order o left join resource_assignment a on a.id = o.assignment_id where o.id = any($1::uuid[])`,
    [orderIds],
  );
  const own = await readSameHumansOfKey(sql, type, personKey);
  return rows.map((row) => ({ ...row, isOwn: row.identityId !== null && own.includes(row.identityId) }));
}

async function review(sql: Sql, commit: OrderReviewCommit): Promise<boolean> {
  const { order, outcome } = commit;
  await lockIdentities(sql, [order.identityId]);
  if (!(await isUnmoved(sql, order))) return false;
  await writeOrder(sql, commit);
  const account = await writeAccount(sql, commit);
  await writeRefused(sql, commit);
  const changes = account === null ? [] : ((await assignmentChangesOf(sql, [account])).get(account.id) ?? []);
  await appendFacts(sql, [await factOf(sql, commit, changes)]);
  await appendAudit(sql, auditOf(commit));
  if (outcome.kind === 'approve' && !isEmpty(outcome.delta)) await releaseOrders(sql, [order.id], `r${order.version}`);
  if (outcome.kind !== 'postpone') await askAgain(sql, commit);
  if (order.identityId !== null) await advanceRequests(sql, [order.identityId]);
  return true;
}

/** The order as it was decided on, for a wish that still stands: both rows are locked. */
async function isUnmoved(sql: Sql, { id, version, assignmentId, desiredVersion }: LoadedReview): Promise<boolean> {
  const { rows } = await sql.query(
    `select from provisioning_order o join resource_assignment a on a.id = o.assignment_id
     where o.id = $1 and o.version = $2 and o.state = 'AWAITING_APPROVAL' and a.id = $3 and a.desired_version = $4 for update`,
    [id, version, assignmentId, desiredVersion],
  );
  return rows.length > 0;
}

/** A state for each step of the way: an association without anything to write is carried out and seen by being approved. */
function statesOf({ outcome }: OrderReviewCommit): readonly ProvisioningState[] {
  switch (outcome.kind) {
    case 'approve':
      return isEmpty(outcome.delta) ? ['PENDING', 'EXECUTED', 'VERIFIED'] : ['PENDING'];
    case 'decline':
    case 'declineValues':
      return ['INACTIVE'];
    case 'postpone':
      return ['AWAITING_APPROVAL'];
    default:
      return outcome satisfies never;
  }
}

async function writeOrder(sql: Sql, commit: OrderReviewCommit): Promise<void> {
  const { order, actor, review: given, outcome } = commit;
  await sql.query(
    `update provisioning_order o set delta = coalesce($2::jsonb, o.delta), reviewed_by = $3, reviewed_at = clock_timestamp(), review_comment = $4,
       postponed_until = $5::date, version = o.version + 1, updated_at = clock_timestamp() where o.id = $1`,
    [
      order.id,
      'delta' in outcome ? JSON.stringify(outcome.delta) : null,
      actorReference(actor),
      given.comment,
      outcome.kind === 'postpone' ? outcome.until : null,
    ],
  );
  for (const state of statesOf(commit)) {
    await sql.query(
      `update provisioning_order o set state = $2, executed_at = case when $2 in ('EXECUTED', 'VERIFIED') then clock_timestamp() end,
         verified_at = case when $2 = 'VERIFIED' then clock_timestamp() end,
         evidence = case when $2 = 'VERIFIED' then jsonb_build_object('readAt', clock_timestamp(), 'how', 'review') else o.evidence end
       where o.id = $1`,
      [order.id, state],
    );
  }
}

async function writeAccount(sql: Sql, commit: OrderReviewCommit): Promise<ChangedAccount | null> {
  const { order, outcome } = commit;
  const rest = 'delta' in outcome && !isEmpty(outcome.delta) ? JSON.stringify(outcome.delta) : null;
  const { rows } = await sql.query<Omit<ChangedAccount, 'isGone'>>(
    `with before as (select id, provisioning_state as state, pending_roles as roles from resource_assignment where id = $1)
     update resource_assignment a set delta = $2::jsonb, ${accountColumns(commit)}, updated_at = clock_timestamp()
     from before b where a.id = b.id
     returning a.id, a.identity_id as "identityId", a.resource_type as "resourceType", a.workflow_state as "workflowState",
       b.state as "from", a.provisioning_state as "to", b.roles as "pendingRoles"`,
    [order.assignmentId, rest],
  );
  const [row] = rows;
  return row === undefined || row.from === row.to ? null : { ...row, isGone: false };
}

/** Matches that were declined before: they stay so, whatever is decided about the wish. */
const declinedMatches = `nullif(array_to_string(array(
  select one from unnest(string_to_array(a.declined_hash, ' ')) as one where one like 'resource:%'), ' '), '')`;

const nothingToWrite = `pending_roles = '{}', observed_hash = null, provisioning_state = 'NONE'`;

function accountColumns({ order, outcome }: OrderReviewCommit): string {
  const isAssociation = order.kind === 'ASSOCIATE';
  switch (outcome.kind) {
    case 'approve': {
      const settled = `pending_roles = '{}', observed_hash = a.base_hash, provisioning_state = 'VERIFIED', ordered_version = 0, drift_count = 0`;
      const free = `provisioning_state = 'PENDING', ordered_version = a.desired_version`;
      const sure = isAssociation ? ', confidence_percent = null' : '';
      return `${isEmpty(outcome.delta) ? settled : free}, declined_hash = ${declinedMatches}${sure}`;
    }
    case 'decline':
      // Roles stay with a refused account that is due, so that whoever asked for them sees it.
      // An association that was refused leaves the account without a resource: the next computation goes on from there.
      return isAssociation
        ? `${nothingToWrite}, declined_hash = concat_ws(' ', ${declinedMatches}, 'resource:' || a.resource_id), resource_id = null, confidence_percent = null, base_hash = null,
             desired_version = a.desired_version + 1`
        : `observed_hash = null, provisioning_state = 'NONE', declined_hash = concat_ws(' ', ${declinedMatches}, a.expected_hash), pending_roles = case when a.is_due then a.pending_roles else '{}' end`;
    case 'declineValues':
      return `${nothingToWrite}, base_hash = null`;
    case 'postpone':
      return `provisioning_state = 'AWAITING_APPROVAL'`;
    default:
      return outcome satisfies never;
  }
}

async function writeRefused(sql: Sql, { order, actor, review: given, outcome }: OrderReviewCommit): Promise<void> {
  const values: readonly RefusedValue[] = 'refusedValues' in outcome ? outcome.refusedValues : [];
  if (values.length === 0) return;
  await sql.query(
    `insert into value_assignment (assignment_id, property, target_key, workflow_state, value, expected, decided_by, decided_at, comment)
     select $1, v.property, v."targetKey", 'DECLINED', v.value, v.expected, $3, clock_timestamp(), $4
     from jsonb_to_recordset($2::jsonb) as v(property text, "targetKey" text, value jsonb, expected jsonb)
     on conflict (assignment_id, property, target_key) do update set workflow_state = excluded.workflow_state, value = excluded.value,
       expected = excluded.expected, decided_by = excluded.decided_by, decided_at = excluded.decided_at, comment = excluded.comment`,
    [order.assignmentId, JSON.stringify(values), actorReference(actor), given.comment],
  );
}

/** What was decided may leave something else to do: another account, another value, or nothing any more. */
async function askAgain(sql: Sql, { order, outcome }: OrderReviewCommit): Promise<void> {
  const isGoingOn = outcome.kind === 'approve' && !isEmpty(outcome.delta);
  if (order.identityId === null || isGoingOn) return;
  await markDirty(sql, [order.identityId], 'review');
  await appendOutbox(sql, [
    {
      queue: 'compute',
      name: 'identities',
      jobId: `${order.identityId}-r${order.id.slice(-12)}-${order.version}`,
      rowId: order.identityId,
      priority: 0,
    },
  ]);
}

async function factOf(sql: Sql, commit: OrderReviewCommit, assignments: readonly AssignmentChange[]): Promise<Fact> {
  const { order, outcome } = commit;
  const { rows } = await sql.query<{ resourceType: string; connection: string; executionId: string | null }>(
    `select resource_type as "resourceType", connection, job_execution_id as "executionId" from provisioning_order where id = $1`,
    [order.id],
  );
  const { resourceType = '', connection = '', executionId = null } = rows[0] ?? {};
  const state = statesOf(commit).at(-1) ?? order.state;
  return {
    kind: 'OrderReviewed',
    connection,
    ...(order.identityId === null ? {} : { identityId: order.identityId }),
    ...(executionId === null ? {} : { executionId }),
    orders: [
      { orderId: order.id, resourceType, connection, identityId: order.identityId, previousState: order.state, state },
    ],
    assignments,
    detail: { decision: outcome.kind, actor: actorReference(commit.actor) },
  };
}

const auditOf = (commit: OrderReviewCommit) => ({
  actor: actorReference(commit.actor),
  action: 'provisioning-order.review',
  subject: toGlobalId('ProvisioningOrder', commit.order.id),
  before: { state: commit.order.state, version: commit.order.version },
  after: {
    state: statesOf(commit).at(-1),
    decision: commit.outcome.kind,
    comment: commit.review.comment,
    // Names only: a value may be a secret.
    refused: 'refusedValues' in commit.outcome ? commit.outcome.refusedValues.map(({ property }) => property) : [],
  },
});
