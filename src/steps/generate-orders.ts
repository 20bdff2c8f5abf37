// Makes orders of all changes that wait: holds their numbers against the thresholds first, then writes batch by batch.
// Owns the sequence; which orders there are is domain/order.ts'.
import { completedTask, type Counters, noCounters, type TaskProgress, type TaskResult } from '../domain/job.js';
import {
  bulkSize,
  type ChangeCount,
  type HeldBack,
  heldBack,
  linkedKeys,
  needsBase,
  type NewOrder,
  ordersOf,
} from '../domain/order.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import type { Environment } from './ports/clock.js';
import type { ConnectorGateway } from './ports/connector.js';
import type { ModelSource } from './ports/model.js';
import type { DecideOrders, OrderGenerationStore, OrderScope } from './ports/order-generation.js';

export interface GenerateOrdersPorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly gateway: Pick<ConnectorGateway, 'packageOf'>;
  readonly orderGeneration: OrderGenerationStore;
}

export interface GenerateOrdersRequest {
  /** Row ids; default: everybody. */
  readonly identityIds?: readonly string[];
  /** Default: all. */
  readonly resourceTypes?: readonly string[];
  readonly executionId?: string | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TaskProgress) => void;
}

/** Identities whose orders are written by one transaction. */
const batchSize = 200;
/** Batches written at once: one is decided while the other is with the database. */
const lanes = 2;

/** BLOCKED when a kind of a resource type was held back; the rest is ordered all the same. */
export async function generateOrders(
  ports: GenerateOrdersPorts,
  request: GenerateOrdersRequest = {},
): Promise<TaskResult> {
  const model = await ports.models.current();
  const scope: OrderScope = { identityIds: request.identityIds ?? null, resourceTypes: request.resourceTypes ?? null };
  const counts = await ports.orderGeneration.counts(scope);
  const total = sumOf(counts);
  if (total === 0) return completedTask;
  const held = await heldBackOf(ports, model, counts);
  const serialConnections = await serialConnectionsOf(ports, model, counts);
  const counters = await orderAll(ports, request, { model, scope, total, held, serialConnections });
  const state = held.length > 0 ? 'BLOCKED' : 'COMPLETED';
  return {
    ...completedTask,
    state,
    counters: { ...counters, read: total },
    violations: held.map(({ violation }) => violation),
  };
}

async function heldBackOf(
  { orderGeneration }: GenerateOrdersPorts,
  model: CompiledModel,
  counts: readonly ChangeCount[],
): Promise<readonly HeldBack[]> {
  const types = [...new Set(counts.map(({ resourceType }) => resourceType))];
  const bases = needsBase(counts, model) ? await orderGeneration.bases(types) : new Map<string, number>();
  return heldBack(counts, bases, model);
}

async function serialConnectionsOf(
  { gateway }: GenerateOrdersPorts,
  model: CompiledModel,
  counts: readonly ChangeCount[],
): Promise<ReadonlySet<string>> {
  const connections = new Set(
    counts.flatMap(({ resourceType }) => model.resourceTypes.get(resourceType)?.definition.connection ?? []),
  );
  const packages = await Promise.all(
    [...connections].map(async (connection) => ({ connection, serial: (await gateway.packageOf(connection)).serial })),
  );
  return new Set(packages.filter(({ serial }) => serial === 'connection').map(({ connection }) => connection));
}

interface Run {
  readonly model: CompiledModel;
  readonly scope: OrderScope;
  readonly total: number;
  readonly held: readonly HeldBack[];
  readonly serialConnections: ReadonlySet<string>;
}

async function orderAll(ports: GenerateOrdersPorts, request: GenerateOrdersRequest, run: Run): Promise<Counters> {
  const batches = identityBatches(ports, run.scope);
  let counters = { ...noCounters, skipped: run.total };
  const lane = async (): Promise<void> => {
    for (let next = await batches.next(); next.done !== true; next = await batches.next()) {
      request.signal?.throwIfAborted();
      const batch = {
        identityIds: next.value,
        scope: run.scope,
        heldBack: run.held,
        executionId: request.executionId ?? null,
      };
      const { orders } = await ports.orderGeneration.order(batch, deciderOf(ports, run));
      counters = counted(counters, orders);
      request.onProgress?.({ done: run.total - counters.skipped, total: run.total });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return counters;
}

/** Held-back changes stay waiting: walking by id passes them. */
async function* identityBatches(
  { orderGeneration }: GenerateOrdersPorts,
  scope: OrderScope,
): AsyncGenerator<readonly string[]> {
  for (let afterId: string | null = null; ; ) {
    const identityIds: readonly string[] = await orderGeneration.identities(scope, afterId, batchSize);
    if (identityIds.length > 0) yield identityIds;
    if (identityIds.length < batchSize) return;
    afterId = identityIds.at(-1) ?? null;
  }
}

const deciderOf =
  ({ environment }: GenerateOrdersPorts, { model, serialConnections, total }: Run): DecideOrders =>
  async ({ waiting, open }, creating) => {
    const linked = waiting.flatMap((change) => linkedKeys(change, model));
    const others = linked.length === 0 ? [] : await creating(linked);
    return ordersOf({
      waiting,
      open: [...open, ...others],
      model,
      serialConnections,
      isBulk: total > bulkSize,
      newId: environment.newId,
    });
  };

/** What is left at the end was held back, or ordered by somebody else meanwhile. */
function counted(counters: Counters, orders: readonly NewOrder[]): Counters {
  const ofKind = (kind: NewOrder['delta']['kind']): number => orders.filter(({ delta }) => delta.kind === kind).length;
  return {
    ...counters,
    created: counters.created + ofKind('CREATE'),
    updated: counters.updated + ofKind('UPDATE'),
    deleted: counters.deleted + ofKind('DELETE'),
    skipped: Math.max(0, counters.skipped - orders.length),
  };
}

const sumOf = (counts: readonly ChangeCount[]): number => counts.reduce((sum, { count }) => sum + count, 0);
