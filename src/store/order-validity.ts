// Tickets that nobody answered within their validity period: TRANSMITTED → ERRORED, on the database clock. Executed orders that
// nobody saw are expired by the look at their target (steps/verify.ts).
import type { Database, Sql } from './database.js';
import { appendFacts } from './event.js';
import { moveAccounts } from './order-transmission.js';
import { moveOrders, type PickedOrder } from './order-move.js';

const batchSize = 500;

/** Answers how many expired. */
export const expireTickets = (database: Database): Promise<number> =>
  moveOrders(database, expire, async (sql) => {
    const { rows } = await sql.query<PickedOrder>(
      `select id, identity_id as "identityId" from provisioning_order where state = 'TRANSMITTED' and due_at <= clock_timestamp() order by due_at limit ${batchSize}`,
    );
    return rows;
  });

interface Expired {
  readonly id: string;
  readonly connection: string;
  readonly resourceType: string;
  readonly identityId: string | null;
  readonly assignmentId: string;
  readonly desiredVersion: string;
  readonly message: string;
}

const error = `jsonb_build_object('code', 'TIMEOUT', 'message', format('Nobody said within %s hours whether "%s" was carried out by hand.', o.validity_hours, o.delta ->> 'key'),
  'hint', 'Ask who took it. Then have it tried again, which hands it out anew; if it was done, the next reading of the system shows it.',
  'targetCode', null, 'targetMessage', null, 'isRetryable', false, 'fingerprint', 'unanswered-' || o.connection)`;

async function expire(sql: Sql, orderIds: readonly string[]): Promise<number> {
  const { rows } = await sql.query<Expired>(
    `with overdue as (
       select o.id, o.created_at from provisioning_order o
       where o.id = any($1::uuid[]) and o.state = 'TRANSMITTED' and o.due_at <= clock_timestamp() order by o.number for update of o)
     update provisioning_order o set state = 'ERRORED', error = ${error}, version = o.version + 1, updated_at = clock_timestamp()
     from overdue d where o.id = d.id and o.created_at = d.created_at
     returning o.id, o.connection, o.resource_type as "resourceType", o.identity_id as "identityId", o.assignment_id as "assignmentId",
       o.desired_version as "desiredVersion", o.error ->> 'message' as message`,
    [orderIds],
  );
  const changes = await moveAccounts(sql, rows, 'ERRORED');
  await appendFacts(
    sql,
    rows.map(({ id, connection, resourceType, identityId, assignmentId, message }) => ({
      kind: 'OrderErrored' as const,
      connection,
      ...(identityId === null ? {} : { identityId }),
      orders: [
        {
          orderId: id,
          resourceType,
          connection,
          identityId,
          previousState: 'TRANSMITTED' as const,
          state: 'ERRORED' as const,
        },
      ],
      assignments: changes.get(assignmentId) ?? [],
      detail: { code: 'TIMEOUT', message },
    })),
  );
  return rows.length;
}
