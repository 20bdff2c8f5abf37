// Manual orders handed to people: PENDING → TRANSMITTED as soon as nothing older stands before them. What people then say of
// them is manual-order.ts'; which orders may go is claimable.ts'.
import type { AssignmentChange } from '../domain/assignment.js';
import type { Fact } from '../domain/event.js';
import type { DispatchScope } from '../steps/ports/order-generation.js';
import { assignmentChangesOf, type ChangedAccount } from './assignment-change.js';
import { healthJoin, isReady } from './claimable.js';
import type { Database, Sql } from './database.js';
import { appendFacts } from './event.js';
import { tellInstructions } from './ticket.js';
import { moveOrders, type PickedOrder } from './order-move.js';

const batchSize = 500;

/** Answers how many were handed over; call again while that is a whole batch. */
export const transmitReady = (database: Database, scope: DispatchScope): Promise<number> =>
  moveOrders(database, transmit, async (sql) => {
    const { rows } = await sql.query<PickedOrder>(
      `select o.id, o.identity_id as "identityId" from provisioning_order o ${healthJoin}
       where o.mode = 'MANUAL' and ${isReady} and ($1::uuid[] is null or o.identity_id = any($1)) and ($2::uuid is null or o.job_execution_id = $2)
       order by o.number limit ${batchSize}`,
      [scope.identityIds, scope.executionId],
    );
    return rows;
  });

interface Transmitted {
  readonly id: string;
  readonly connection: string;
  readonly resourceType: string;
  readonly identityId: string | null;
  readonly assignmentId: string;
  readonly desiredVersion: string;
  readonly executionId: string | null;
}

/** Those of these that are ready. The identities must be locked. */
export async function transmit(sql: Sql, orderIds: readonly string[]): Promise<number> {
  const { rows } = await sql.query<Transmitted>(
    `with ready as (
       select o.id, o.created_at from provisioning_order o ${healthJoin}
       where o.id = any($1::uuid[]) and o.mode = 'MANUAL' and ${isReady} order by o.number for update of o)
     update provisioning_order o
     set state = 'TRANSMITTED', transmitted_at = clock_timestamp(), queued_at = null, next_attempt_at = null, waiting_reason = null, error = null,
         due_at = case when o.validity_hours > 0 then clock_timestamp() + make_interval(hours => o.validity_hours) end,
         version = o.version + 1, updated_at = clock_timestamp()
     from ready r where o.id = r.id and o.created_at = r.created_at
     returning o.id, o.connection, o.resource_type as "resourceType", o.identity_id as "identityId", o.assignment_id as "assignmentId",
       o.desired_version as "desiredVersion", o.job_execution_id as "executionId"`,
    [orderIds],
  );
  await tellInstructions(
    sql,
    rows.map(({ id }) => id),
  );
  const changes = await moveAccounts(sql, rows, 'TRANSMITTED');
  await appendFacts(
    sql,
    rows.map((row) => factOf(row, changes.get(row.assignmentId) ?? [])),
  );
  return rows.length;
}

/** Accounts follow their orders, unless their wish has changed since; `isFinal`: nothing will show it. Answers the changes by account id. */
export async function moveAccounts(
  sql: Sql,
  orders: readonly Pick<Transmitted, 'assignmentId' | 'desiredVersion'>[],
  to: 'PENDING' | 'TRANSMITTED' | 'EXECUTED' | 'ERRORED',
  isFinal = false,
): Promise<ReadonlyMap<string, readonly AssignmentChange[]>> {
  if (orders.length === 0) return new Map();
  const { rows } = await sql.query<Omit<ChangedAccount, 'isGone'>>(
    `with wanted as (
       select a.id, a.provisioning_state as before from unnest($1::uuid[], $2::bigint[]) as w(id, version)
       join resource_assignment a on a.id = w.id and a.desired_version = w.version order by a.id for update of a)
     update resource_assignment a set provisioning_state = $3, final_version = case when $4 then a.desired_version end, updated_at = clock_timestamp(),
       ordered_version = case when $3 = 'PENDING' then a.desired_version else a.ordered_version end,
       drift_count = case when $3 = 'PENDING' then 0 else a.drift_count end
     from wanted w where a.id = w.id and a.provisioning_state in ('PENDING', 'TRANSMITTED', 'EXECUTED', 'ERRORED', 'AWAITING_APPROVAL')
     returning a.id, a.identity_id as "identityId", a.resource_type as "resourceType", a.workflow_state as "workflowState",
       w.before as "from", a.provisioning_state as "to", a.pending_roles as "pendingRoles"`,
    [orders.map(({ assignmentId }) => assignmentId), orders.map(({ desiredVersion }) => desiredVersion), to, isFinal],
  );
  return assignmentChangesOf(
    sql,
    rows.map((row) => ({ ...row, isGone: false })),
  );
}

const factOf = (row: Transmitted, assignments: readonly AssignmentChange[]): Fact => ({
  kind: 'OrderTransmitted',
  connection: row.connection,
  ...(row.identityId === null ? {} : { identityId: row.identityId }),
  ...(row.executionId === null ? {} : { executionId: row.executionId }),
  orders: [
    {
      orderId: row.id,
      resourceType: row.resourceType,
      connection: row.connection,
      identityId: row.identityId,
      previousState: 'PENDING',
      state: 'TRANSMITTED',
    },
  ],
  assignments,
});
