// Makes orders of all changes that wait: holds their numbers against the thresholds first, then writes batch by batch.
// Owns the sequence; which orders there are is domain/order.ts'.
import { isManual } from '../domain/connection-setting.js';
import { completedTask, type Counters, noCounters, type TaskProgress, type TaskResult } from '../domain/job.js';
import {
  areLinked,
  bulkSize,
  type HeldBack,
  judge,
  type Judgement,
  kindText,
  linkedKeys,
  needsBase,
  type NewOrder,
  ordersOf,
  type WaitingChange,
  type WaitingCount,
} from '../domain/order.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import type { Environment } from './ports/clock.js';
import type { ConnectorGateway } from './ports/connector.js';
import type { ModelSource } from './ports/model.js';
import type { ChangeKind, DecideOrders, OrderGenerationStore, OrderScope } from './ports/order-generation.js';

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

/**
 * BLOCKED when a kind of a resource type is held back, and held back for every run after it; the rest is ordered all the same.
 * WARNING when only changes that an earlier run held back are left.
 */
export async function generateOrders(
  ports: GenerateOrdersPorts,
  request: GenerateOrdersRequest = {},
): Promise<TaskResult> {
  const model = await ports.models.current();
  const scope: OrderScope = { identityIds: request.identityIds ?? null, resourceTypes: request.resourceTypes ?? null };
  const ledger: Ledger = { taken: new Map(), limits: new Map(), surplus: 0 };
  let counters = noCounters;
  for (let result = completedTask; ; ) {
    const counts = await ports.orderGeneration.counts(scope);
    const total = sumOf(counts);
    counters = { ...counters, read: counters.created + counters.updated + counters.deleted + total };
    if (total === 0) return { ...result, counters: { ...counters, skipped: 0 } };
    const judgement = await judgementOf(ports, model, counts, { scope, ledger });
    await park(ports, scope, judgement, request.executionId ?? null);
    limit(ledger, counts, judgement);
    const serialConnections = await serialConnectionsOf(ports, model, counts);
    counters = await orderAll(ports, request, {
      model,
      scope,
      total,
      held: judgement.heldBack,
      serialConnections,
      ledger,
      areLinked: areLinked(counts, model),
      counters,
    });
    result = withJudgement(result, judgement);
    if (ledger.surplus === 0) return { ...result, counters };
  }
}

/** What one run has taken and may take, by kind of change: more than was counted is counted again before it is ordered. */
interface Ledger {
  readonly taken: Map<string, Set<string>>;
  readonly limits: Map<string, number>;
  /** Changes passed over because they were not counted. */
  surplus: number;
}

async function judgementOf(
  { orderGeneration }: GenerateOrdersPorts,
  model: CompiledModel,
  counts: readonly WaitingCount[],
  { scope, ledger }: { readonly scope: OrderScope; readonly ledger: Ledger },
): Promise<Judgement> {
  const inRun = counts.map((each) => ({ ...each, count: each.count + takenOf(ledger, each) }));
  const types = [...new Set(counts.map(({ resourceType }) => resourceType))];
  const bases = needsBase(inRun, model) ? await orderGeneration.bases(types) : new Map<string, number>();
  return judge(inRun, bases, model, scope.identityIds === null);
}

async function park(
  { orderGeneration }: GenerateOrdersPorts,
  scope: OrderScope,
  { heldBack, released }: Judgement,
  executionId: string | null,
): Promise<void> {
  await orderGeneration.hold(scope, heldBack, executionId);
  await orderGeneration.release(scope, released);
}

const takenOf = ({ taken }: Ledger, kind: ChangeKind): number => taken.get(kindText(kind))?.size ?? 0;

function limit(ledger: Ledger, counts: readonly WaitingCount[], { stillHeld }: Judgement): void {
  const held = new Set(stillHeld.map(kindText));
  ledger.surplus = 0;
  ledger.limits.clear();
  for (const each of counts) {
    const free = held.has(kindText(each)) ? each.count - each.heldCount : each.count;
    ledger.limits.set(kindText(each), takenOf(ledger, each) + free + each.releasedCount);
  }
}

/** Asked again by a transaction that is run again, it answers the same. */
function take(ledger: Ledger, { assignmentId, ...change }: WaitingChange): boolean {
  const kind = kindText(change);
  const taken = ledger.taken.get(kind) ?? new Set();
  if (!taken.has(assignmentId) && taken.size >= (ledger.limits.get(kind) ?? 0)) {
    ledger.surplus += 1;
    return false;
  }
  ledger.taken.set(kind, taken.add(assignmentId));
  return true;
}

function withJudgement(result: TaskResult, { heldBack, stillHeld }: Judgement): TaskResult {
  const violations = [...result.violations, ...heldBack.map(({ violation }) => violation)];
  const warnings = stillHeld.map(
    ({ resourceType, kind, heldCount }) =>
      `${heldCount} changes (${kind}) of resource type ${resourceType} are still held back by the threshold of an earlier run.`,
  );
  const state = violations.length > 0 ? 'BLOCKED' : warnings.length > 0 ? 'WARNING' : 'COMPLETED';
  return { ...result, state, violations, warnings };
}

async function serialConnectionsOf(
  { gateway }: GenerateOrdersPorts,
  model: CompiledModel,
  counts: readonly WaitingCount[],
): Promise<ReadonlySet<string>> {
  const connections = new Set(
    counts.flatMap(({ resourceType }) => model.resourceTypes.get(resourceType)?.definition.connection ?? []),
  );
  const automatic = [...connections].filter((connection) => !isManual(model.configuration, connection));
  const packages = await Promise.all(
    automatic.map(async (connection) => ({ connection, serial: (await gateway.packageOf(connection)).serial })),
  );
  return new Set(packages.filter(({ serial }) => serial === 'connection').map(({ connection }) => connection));
}

interface Run {
  readonly model: CompiledModel;
  readonly scope: OrderScope;
  readonly total: number;
  readonly held: readonly HeldBack[];
  readonly serialConnections: ReadonlySet<string>;
  readonly ledger: Ledger;
  /** Accounts that others may link to wait to be created. */
  readonly areLinked: boolean;
  /** Of the run so far. */
  readonly counters: Counters;
}

async function orderAll(ports: GenerateOrdersPorts, request: GenerateOrdersRequest, run: Run): Promise<Counters> {
  const batches = identityBatches(ports, run.scope);
  let counters: Counters = { ...run.counters, skipped: run.total };
  const lane = async (): Promise<void> => {
    for (let next = await batches.next(); next.done !== true; next = await batches.next()) {
      request.signal?.throwIfAborted();
      const batch = {
        identityIds: run.areLinked ? await withCreators(ports, run, next.value) : next.value,
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

/** Whoever creates what these link to comes along, and so on: a manager's account is ordered before the report's, whatever their ids. */
async function withCreators(
  { orderGeneration }: GenerateOrdersPorts,
  { model, scope }: Run,
  identityIds: readonly string[],
): Promise<readonly string[]> {
  const known = new Set(identityIds);
  for (let added = identityIds; added.length > 0; ) {
    const waiting = await orderGeneration.waiting(scope, added);
    const linked = waiting.flatMap((change) => linkedKeys(change, model));
    const creators = linked.length === 0 ? [] : await orderGeneration.creators(scope, linked);
    added = creators.filter((id) => !known.has(id));
    for (const id of added) known.add(id);
  }
  return [...known];
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
  ({ environment }: GenerateOrdersPorts, { model, serialConnections, total, ledger }: Run): DecideOrders =>
  async ({ waiting: all, open }, creating) => {
    const waiting = all.filter((change) => take(ledger, change));
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

const sumOf = (counts: readonly WaitingCount[]): number =>
  counts.reduce((sum, { count, releasedCount }) => sum + count + releasedCount, 0);
