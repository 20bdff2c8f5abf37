// An applied reading as a witness: orders executed before it began, whose rows it found as they were meant to be, are verified.
// Differences are left to the read-back (steps/verify.ts), which looks again; settling is verification.ts'.
import { isBlindDelta } from './blind-order.js';
import type { Attributes } from '../domain/configuration.js';
import type { ResourceContent } from '../domain/resource.js';
import { conformsTo, holds } from '../domain/verification.js';
import type { Reading, SynchronizationSession } from '../steps/ports/synchronization.js';
import type { UnverifiedOrder } from '../steps/ports/verification.js';
import { lockIdentities } from './assignment-change.js';
import type { Database, Sql } from './database.js';
import { type SeenOrder, settleVerified, unverifiedColumns } from './verification.js';

interface WitnessedOrder extends UnverifiedOrder {
  readonly number: string;
  readonly entityType: string;
  readonly resourceId: string | null;
  readonly hash: string | null;
  readonly attributes: Attributes | null;
  readonly links: ResourceContent['links'];
}

/** Orders settled in one transaction: each identity costs a lock, of which a server has some thousands. */
const chunkSize = 500;

/** In transactions of its own, after the reading's: it takes the locks of identities, which come before those of rows. */
export async function settleWitnessed(
  database: Database,
  session: SynchronizationSession,
  readings: readonly Reading[],
): Promise<number> {
  let verified = 0;
  let after: string | null = '0';
  while (after !== null) {
    const from: string = after;
    const chunk = await database.transaction((sql) => settleChunk(sql, session, readings, from));
    verified += chunk.verified;
    after = chunk.last;
  }
  return verified;
}

/** `last`: the number of the last order looked at; null when there are no more. */
async function settleChunk(
  sql: Sql,
  session: SynchronizationSession,
  readings: readonly Reading[],
  after: string,
): Promise<{ readonly verified: number; readonly last: string | null }> {
  const orders = await executedOrders(sql, session, readings, after);
  const last = orders.length < chunkSize ? null : (orders.at(-1)?.number ?? null);
  const found = orders.filter((order) => holds(order.delta, contentOf(order)));
  if (found.length === 0) return { verified: 0, last };
  await lockIdentities(
    sql,
    found.map(({ identityId }) => identityId),
  );
  const seen = found.map((order) => seenOf(order, session));
  return { verified: await settleVerified(sql, seen), last };
}

/** Rows that were read by themselves after the reading began are their own witness. */
async function executedOrders(
  sql: Sql,
  session: SynchronizationSession,
  readings: readonly Reading[],
  after: string,
): Promise<readonly WitnessedOrder[]> {
  const pairs = readings.flatMap(({ entityType, resourceTypes }) =>
    resourceTypes.map((resourceType) => ({ entityType, resourceType })),
  );
  const { rows } = await sql.query<WitnessedOrder>(
    `select o.number, ${unverifiedColumns}, $3::timestamptz::text as "askedAt", m.entity_type as "entityType", r.id as "resourceId", r.hash, r.attributes,
       coalesce((select jsonb_object_agg(l.property, l.targets) from (
         select property, jsonb_agg(target_key order by target_key) as targets from resource_link where resource_id = r.id group by 1) l), '{}') as links
     from provisioning_order o
     join unnest($1::text[], $2::text[]) as m(resource_type, entity_type) on m.resource_type = o.resource_type
     left join resource_assignment a on a.id = o.assignment_id
     left join resource r on r.entity_type = m.entity_type and r.key = o.delta ->> 'key'
     where o.state = 'EXECUTED' and o.executed_at < $3::timestamptz and (r.id is null or r.seen_at <= $3::timestamptz)
       and (a.id is null or a.desired_version = o.desired_version) and o.number > $4 and not ${isBlindDelta('o.delta')}
     order by o.number limit ${chunkSize}`,
    [
      pairs.map(({ resourceType }) => resourceType),
      pairs.map(({ entityType }) => entityType),
      session.startedAt,
      after,
    ],
  );
  return rows;
}

const contentOf = ({ resourceId, delta, attributes, links }: WitnessedOrder): ResourceContent | null =>
  resourceId === null ? null : { key: delta.key, attributes: attributes ?? {}, links };

function seenOf(order: WitnessedOrder, session: SynchronizationSession): SeenOrder {
  const content = contentOf(order);
  return {
    kind: 'verified',
    order,
    conforms: order.expected === null ? content === null : conformsTo(order.expected, content),
    seen: {
      resourceId: order.resourceId,
      hash: order.hash ?? '',
      readAt: session.startedAt,
      how: 'synchronization',
    },
  };
}
