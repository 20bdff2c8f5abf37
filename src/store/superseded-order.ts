// Orders that a newer wish, or the account as it is now, has made needless: ended where they were surely not applied, read back at once where they may
// have been. Newer orders are order-generation.ts'; carried-out orders end with their verification.
import type { Fact } from '../domain/event.js';
import { orderTransitions, type ProvisioningState } from '../domain/provisioning-state.js';
import type { Sql } from './database.js';

export interface SupersededOrder {
  readonly id: string;
  readonly identityId: string | null;
  readonly resourceType: string;
  readonly connection: string;
  readonly before: ProvisioningState;
}

/** Nobody holds it and it was surely not applied; a ticket is withdrawn. An executed order is looked at first. */
export const isEndable = `o.state in (${[...orderTransitions.supersede.from, ...orderTransitions.withdraw.from]
  .filter((state) => state !== 'EXECUTED')
  .map((state) => `'${state}'`)
  .join(', ')}) and o.lease_until is null and not o.is_uncertain`;

export const endedColumns = `state = 'INACTIVE', version = o.version + 1, next_attempt_at = null, updated_at = clock_timestamp()`;

/** Orders of accounts that are settled or gone: without a newer order nobody else would end them. */
export async function endNeedlessOrders(sql: Sql, assignmentIds: readonly string[]): Promise<readonly Fact[]> {
  if (assignmentIds.length === 0) return [];
  const { rows } = await sql.query<SupersededOrder>(
    `with needless as (
       select o.id, o.created_at, o.state from provisioning_order o
       where o.assignment_id = any($1::uuid[]) and ${isEndable} order by o.number for update of o)
     update provisioning_order o set ${endedColumns} from needless n where o.id = n.id and o.created_at = n.created_at
     returning o.id, o.identity_id as "identityId", o.resource_type as "resourceType", o.connection, n.state as before`,
    [assignmentIds],
  );
  await hurryUncertain(sql, assignmentIds);
  return supersededFacts(rows);
}

/** Orders that may have been applied are read back and ended by a claim: at once, or what comes after would wait for their next try. */
export async function hurryUncertain(sql: Sql, assignmentIds: readonly string[]): Promise<void> {
  if (assignmentIds.length === 0) return;
  await sql.query(
    `update provisioning_order o set queued_at = null, next_attempt_at = clock_timestamp()
     where o.assignment_id = any($1::uuid[]) and o.state = 'PENDING' and o.is_uncertain and o.lease_until is null`,
    [assignmentIds],
  );
}

export const supersededFacts = (superseded: readonly SupersededOrder[]): readonly Fact[] =>
  superseded.map(({ id, identityId, resourceType, connection, before }) => ({
    kind: 'OrderSuperseded',
    connection,
    ...(identityId === null ? {} : { identityId }),
    orders: [{ orderId: id, resourceType, connection, identityId, previousState: before, state: 'INACTIVE' }],
  }));
