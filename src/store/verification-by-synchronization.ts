// Verifies executed orders by what a synchronisation just read: compares with the directory instead of reading again.
import type { ResourceContent } from '../domain/resource.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import { conformsTo, type Mismatch, verificationOf } from '../domain/verification.js';
import type { ModelSource } from '../steps/ports/model.js';
import type { UnverifiedOrder } from '../steps/ports/verification.js';
import { lockIdentities } from './assignment-change.js';
import type { Sql } from './database.js';
import { type SeenOrder, settleVerified, unverifiedColumns } from './verification.js';

/** Orders settled by one statement. */
const chunkSize = 500;
/** Before an order whose row does not hold the wish is looked at by a read-back. */
const nextLookMs = 5_000;

/** Settles those of the EXECUTED assignments whose resource, as read at `readAt`, holds what was written; answers how many. */
export const settleObserved =
  (models: ModelSource) =>
  async (sql: Sql, assignmentIds: readonly string[], readAt: Date): Promise<number> => {
    if (assignmentIds.length === 0) return 0;
    const model = await models.current();
    let verified = 0;
    for (let from = 0; from < assignmentIds.length; from += chunkSize) {
      verified += await settleChunk(sql, model, assignmentIds.slice(from, from + chunkSize), readAt);
    }
    return verified;
  };

async function settleChunk(
  sql: Sql,
  model: CompiledModel,
  assignmentIds: readonly string[],
  readAt: Date,
): Promise<number> {
  const orders = await executedOrders(sql, assignmentIds);
  await lockIdentities(
    sql,
    orders.map(({ identityId }) => identityId),
  );
  const rows = await contentsOf(sql, model, orders);
  return settleVerified(
    sql,
    orders.flatMap((order) => seenOrder(model, order, rows, readAt)),
  );
}

/** The newest executed order of each assignment: older ones were overtaken. */
async function executedOrders(sql: Sql, assignmentIds: readonly string[]): Promise<readonly UnverifiedOrder[]> {
  const { rows } = await sql.query<UnverifiedOrder>(
    `select distinct on (o.assignment_id) ${unverifiedColumns}, clock_timestamp()::text as "askedAt"
     from provisioning_order o join resource_assignment a on a.id = o.assignment_id and a.desired_version = o.desired_version
     where o.assignment_id = any($1::uuid[]) and o.state = 'EXECUTED' order by o.assignment_id, o.number desc`,
    [assignmentIds],
  );
  return rows;
}

interface ResourceRow {
  readonly id: string;
  readonly entityType: string;
  readonly hash: string;
  readonly content: ResourceContent;
}

const rowKey = (entityType: string, key: string): string => `${entityType}/${key}`;
const entityTypeOf = (model: CompiledModel, order: UnverifiedOrder): string | null =>
  model.resourceTypes.get(order.resourceType)?.targetEntityType.identifier ?? null;

async function contentsOf(
  sql: Sql,
  model: CompiledModel,
  orders: readonly UnverifiedOrder[],
): Promise<ReadonlyMap<string, ResourceRow>> {
  const { rows } = await sql.query<ResourceRow>(
    `select r.id, r.entity_type as "entityType", r.hash, jsonb_build_object('key', r.key, 'attributes', r.attributes, 'links',
       coalesce((select jsonb_object_agg(l.property, l.keys) from (
         select property, jsonb_agg(target_key order by target_key) as keys from resource_link where resource_id = r.id group by property) as l), '{}')) as content
     from resource r join unnest($1::text[], $2::text[]) as s(type, key) on r.entity_type = s.type and r.key = s.key`,
    [orders.map((order) => entityTypeOf(model, order)), orders.map(({ delta }) => delta.key)],
  );
  return new Map(rows.map((row) => [rowKey(row.entityType, row.content.key), row]));
}

/** Empty where the configuration no longer knows the resource type. */
function seenOrder(
  model: CompiledModel,
  order: UnverifiedOrder,
  rows: ReadonlyMap<string, ResourceRow>,
  readAt: Date,
): readonly SeenOrder[] {
  const entityType = entityTypeOf(model, order);
  if (entityType === null) return [];
  const row = rows.get(rowKey(entityType, order.delta.key)) ?? null;
  const verdict = verificationOf(order.delta, row?.content ?? null, order.driftCount);
  const seen = {
    resourceId: row?.id ?? null,
    hash: row?.hash ?? '',
    readAt: readAt.toISOString(),
    how: 'synchronization' as const,
  };
  switch (verdict.kind) {
    case 'verified':
      return [
        {
          kind: 'verified',
          order,
          seen,
          conforms: order.expected === null || conformsTo(order.expected, row?.content ?? null),
        },
      ];
    case 'drifted':
      // A listing may be older than the last write of its own target; only a read-back asks a person.
      return [drifted(order, verdict.mismatches, seen)];
    default:
      return verdict satisfies never;
  }
}

const drifted = (
  order: UnverifiedOrder,
  mismatches: readonly Mismatch[],
  seen: Extract<SeenOrder, { kind: 'drifted' }>['seen'],
): SeenOrder => ({
  kind: 'drifted',
  order,
  mismatches,
  seen,
  error: null,
  delayMs: nextLookMs,
});
