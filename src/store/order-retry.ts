// Errored orders that are let go on: ERRORED → PENDING with fresh tries, their accounts with them. Which may is decided by
// domain/order-retry.ts; handing them on is order-release.ts'.
import { actorReference } from '../domain/actor.js';
import type { Fact } from '../domain/event.js';
import { toGlobalId } from '../domain/global-id.js';
import type { ErroredOrder } from '../domain/order-retry.js';
import { unfinishedStates } from '../domain/provisioning-state.js';
import type { OrderRetryStore, Retry, RetryCause } from '../steps/ports/order-retry.js';
import { lockIdentities } from './assignment-change.js';
import { appendAudit } from './audit-entry.js';
import type { Database, Sql } from './database.js';
import { appendFacts } from './event.js';
import { releaseOrders } from './order-release.js';
import { moveAccounts } from './order-transmission.js';
import { advanceRequests } from './request-progress.js';

export const orderRetryStore = (database: Database): OrderRetryStore => ({
  byIds: (orderIds) => errored(database, 'o.id = any($1::uuid[]) order by o.number', [orderIds]),
  byFingerprint: (fingerprint, after, limit) =>
    errored(
      database,
      `o.state = 'ERRORED' and o.error ->> 'fingerprint' = $1 and o.number > $2::bigint order by o.number limit $3`,
      [fingerprint, after, limit],
    ),
  retry: (retries, cause) => database.transaction((sql) => retry(sql, retries, cause)),
});

const isOvertaken = `exists (
  select from provisioning_order younger
  where younger.connection = o.connection and younger.target_resource = o.target_resource and younger.number > o.number
    and younger.state in (${unfinishedStates.map((state) => `'${state}'`).join(', ')}))`;

async function errored(sql: Sql, where: string, parameters: readonly unknown[]): Promise<readonly ErroredOrder[]> {
  const { rows } = await sql.query<ErroredOrder>(
    `select o.id, 'ORD-' || o.number as number, o.version, o.state, o.resource_type as "resourceType", o.connection, o.target, o.delta,
       o.identity_id as "identityId", o.desired_version::float8 as "desiredVersion", a.desired_version::float8 as "presentVersion",
       ${isOvertaken} as "isOvertaken"
     from provisioning_order o left join resource_assignment a on a.id = o.assignment_id where ${where}`,
    parameters,
  );
  return rows;
}

interface Freed {
  readonly id: string;
  readonly connection: string;
  readonly resourceType: string;
  readonly identityId: string | null;
  readonly assignmentId: string;
  readonly desiredVersion: string;
}

async function retry(sql: Sql, retries: readonly Retry[], cause: RetryCause): Promise<readonly string[]> {
  if (retries.length === 0) return [];
  const identityIds = retries.flatMap(({ order }) => order.identityId ?? []);
  await lockIdentities(sql, identityIds);
  const freed = await free(sql, retries);
  const ids = freed.map(({ id }) => id);
  const changes = await moveAccounts(sql, freed, 'PENDING');
  await appendFacts(
    sql,
    freed.map((order) => factOf(order, changes.get(order.assignmentId) ?? [])),
  );
  await releaseOrders(sql, ids, `t${retries[0]?.order.version ?? 0}`);
  await advanceRequests(sql, identityIds);
  await audit(sql, ids, cause);
  return ids;
}

/** What the target may hold already is read before anything is sent again. */
async function free(sql: Sql, retries: readonly Retry[]): Promise<readonly Freed[]> {
  const { rows } = await sql.query<Freed>(
    `with chosen as (
       select o.id, o.created_at, r."manualConnection" as manual, r.target from json_to_recordset($1::json) as r(id uuid, version int, "manualConnection" text, target text)
       join provisioning_order o on o.id = r.id and o.version = r.version and o.state = 'ERRORED'
       where not ${isOvertaken} order by o.number for update of o)
     update provisioning_order o set state = 'PENDING', connection = coalesce(c.manual, o.connection), target = c.target,
       mode = case when c.manual is null then o.mode else 'MANUAL' end,
       is_uncertain = o.mode = 'AUTOMATIC' and c.manual is null and (o.is_uncertain or o.executed_at is not null),
       tries_used = 0, first_failed_at = null, next_attempt_at = null, queued_at = null, waiting_reason = null, interruptions = 0, error = null,
       executed_at = null, transmitted_at = null, due_at = null, assignee = null, version = o.version + 1, updated_at = clock_timestamp()
     from chosen c where o.id = c.id and o.created_at = c.created_at
     returning o.id, o.connection, o.resource_type as "resourceType", o.identity_id as "identityId", o.assignment_id as "assignmentId",
       o.desired_version as "desiredVersion"`,
    [
      JSON.stringify(
        retries.map(({ order, manualConnection, target }) => ({
          id: order.id,
          version: order.version,
          manualConnection,
          target,
        })),
      ),
    ],
  );
  return rows;
}

const factOf = (
  { id, connection, resourceType, identityId }: Freed,
  assignments: NonNullable<Fact['assignments']>,
): Fact => ({
  kind: 'OrderReleased',
  connection,
  ...(identityId === null ? {} : { identityId }),
  orders: [{ orderId: id, resourceType, connection, identityId, previousState: 'ERRORED', state: 'PENDING' }],
  assignments,
});

/** One entry a list: appenders of the audit queue behind one another. */
async function audit(sql: Sql, orderIds: readonly string[], { actor, fingerprint }: RetryCause): Promise<void> {
  if (orderIds.length === 0) return;
  const [first] = orderIds;
  await appendAudit(sql, {
    actor: actorReference(actor),
    action: 'provisioning-order.retry',
    subject: first === undefined || orderIds.length > 1 ? null : toGlobalId('ProvisioningOrder', first),
    before: { state: 'ERRORED' },
    after: { state: 'PENDING', fingerprint, orders: orderIds.map((id) => toGlobalId('ProvisioningOrder', id)) },
  });
}
