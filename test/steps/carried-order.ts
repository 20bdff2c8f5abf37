// Carries out every order that waits, as workers do: the order is made by its step, said to be executed, and settled by what the
// target then shows. The target itself is the rows of `resource`.
import { v7 } from 'uuid';
import { canonicalContent, type ResourceContent } from '../../src/domain/resource.js';
import type { ResourceDelta } from '../../src/domain/assignment.js';
import { conformsTo } from '../../src/domain/verification.js';
import { generateOrders } from '../../src/steps/generate-orders.js';
import type { Observation, UnverifiedOrder, VerificationSettlement } from '../../src/steps/ports/verification.js';
import type { Sql } from '../../src/store/database.js';
import { orderGenerationStore } from '../../src/store/order-generation.js';
import { linksOf } from '../../src/store/role-model-load.js';
import { verificationStore } from '../../src/store/verification.js';
import { digest, type World } from './role-model-world.js';

/** Kinds of the orders that were carried out, e.g. `UPDATE camille.roy`. */
export async function carryOutOrders({ database, ports }: World): Promise<readonly string[]> {
  await generateOrders({
    ...ports,
    orderGeneration: orderGenerationStore(database),
    gateway: { packageOf: async () => plainPackage },
  });
  const { rows } = await database.query<{ id: string }>(
    `update provisioning_order set state = 'EXECUTED', executed_at = clock_timestamp() where state = 'PENDING' returning id`,
  );
  await database.query(
    `update resource_assignment set provisioning_state = 'EXECUTED' where provisioning_state = 'PENDING' and ordered_version = desired_version`,
  );
  const verifications = verificationStore(database);
  const orders = (await verifications.find(rows.map(({ id }) => id))).filter((order) => order !== null);
  const settlements = [];
  for (const order of orders) settlements.push(await settlementOf(database, order));
  await verifications.settle(settlements);
  return orders.map(({ delta }) => `${delta.kind} ${delta.key}`).sort();
}

const plainPackage = {
  name: 'test',
  version: '0',
  displayName: 'test',
  capabilities: [],
  settingsSchema: {},
  open: () => Promise.reject(new Error('No target is reached here.')),
};

async function settlementOf(sql: Sql, order: UnverifiedOrder): Promise<VerificationSettlement> {
  const content = written(order.delta, await present(sql, order.delta.key));
  const observation: Observation = {
    entityType: 'crmAccount',
    key: order.delta.key,
    content,
    hash: content === null ? '' : digest(canonicalContent(content)),
    newId: v7(),
    readAt: order.askedAt,
  };
  const conforms = order.expected === null || conformsTo(order.expected, content);
  return { kind: 'verified', order, observation, conforms };
}

async function present(sql: Sql, key: string): Promise<ResourceContent | null> {
  const { rows } = await sql.query<ResourceContent>(
    `select r.key, r.attributes, coalesce(${linksOf('r.id')}, '{}') as links from resource r where r.entity_type = 'crmAccount' and r.key = $1`,
    [key],
  );
  return rows[0] ?? null;
}

function written(delta: ResourceDelta, before: ResourceContent | null): ResourceContent | null {
  if (delta.kind === 'DELETE') return null;
  const links = { ...before?.links };
  for (const { property, add, remove } of delta.links)
    links[property] = [...new Set([...(links[property] ?? []), ...add])].filter((key) => !remove.includes(key)).sort();
  const scalars = Object.fromEntries(delta.scalars.map(({ property, to }) => [property, to]));
  return { key: delta.key, attributes: { ...before?.attributes, ...scalars }, links };
}
