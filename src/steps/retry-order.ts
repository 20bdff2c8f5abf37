// An operator has errored orders tried again: named ones, or all with one cause. Each goes on by itself once it is let go;
// by hand: a person gets it instead of the connector.
import type { Actor } from '../domain/actor.js';
import { checkListSize } from '../domain/order-list.js';
import { type ErroredOrder, retryRoute } from '../domain/order-retry.js';
import { may } from '../domain/permission.js';
import type { Refusal } from '../domain/refusal.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import type { ModelSource } from './ports/model.js';
import type { OrderRetryStore, Retry } from './ports/order-retry.js';

export interface RetryOrderPorts {
  readonly orderRetries: OrderRetryStore;
  readonly models: ModelSource;
}

export interface OrderRetryInput {
  /** Row ids, null for what is no order's id; null: all of one cause. */
  readonly orderIds: readonly (string | null)[] | null;
  readonly fingerprint: string | null;
  /** A person is to carry them out. */
  readonly byHand: boolean;
}

export interface OrderRetryResult {
  readonly affectedCount: number;
  readonly refusals: readonly Refusal[];
}

/** Orders let go in one transaction: each identity costs a lock. */
const batchSize = 200;
const field = ['input', 'provisioningOrderIds'];

export async function retryOrders(
  ports: RetryOrderPorts,
  actor: Actor,
  input: OrderRetryInput,
): Promise<OrderRetryResult> {
  const permit = may(actor, 'order.retry');
  if (!permit.ok) return { affectedCount: 0, refusals: permit.refusals };
  const { orderIds, fingerprint, byHand } = input;
  if ((orderIds === null) === (fingerprint === null)) return { affectedCount: 0, refusals: [oneOfBoth] };
  if (orderIds !== null) return retryNamed(ports, actor, orderIds, byHand);
  return retryCause(ports, actor, fingerprint ?? '', byHand);
}

async function retryNamed(
  { orderRetries, models }: RetryOrderPorts,
  actor: Actor,
  orderIds: readonly (string | null)[],
  byHand: boolean,
): Promise<OrderRetryResult> {
  const wrongSize = checkListSize(orderIds.length, field);
  if (wrongSize !== null) return { affectedCount: 0, refusals: [wrongSize] };
  const model = await models.current();
  const found = await orderRetries.byIds(orderIds.flatMap((id) => id ?? []));
  const orders = new Map(found.map((order) => [order.id, order]));
  const refusals: Refusal[] = [];
  const retries = new Map<string, Retry>();
  for (const [index, id] of orderIds.entries()) {
    const order = id === null ? undefined : orders.get(id);
    const decided = order === undefined ? { refusals: [unknown] } : retryOf(order, byHand, model);
    if ('refusals' in decided) refusals.push(...decided.refusals.map((refusal) => at(refusal, index)));
    else retries.set(decided.order.id, decided);
  }
  const freed = new Set(await orderRetries.retry([...retries.values()], { actor, fingerprint: null }));
  const missed = [...retries.values()].filter(({ order }) => !freed.has(order.id));
  return {
    affectedCount: freed.size,
    refusals: [...refusals, ...missed.map(({ order }) => at(moved(order), orderIds.indexOf(order.id)))],
  };
}

/** Those that cannot be tried again are passed over: the list was made by a machine. */
async function retryCause(
  { orderRetries, models }: RetryOrderPorts,
  actor: Actor,
  fingerprint: string,
  byHand: boolean,
): Promise<OrderRetryResult> {
  const model = await models.current();
  const refusals: Refusal[] = [];
  let affectedCount = 0;
  for (let after: string | undefined = '0'; after !== undefined; ) {
    const orders: readonly ErroredOrder[] = await orderRetries.byFingerprint(fingerprint, after, batchSize);
    const decided = orders.map((order) => retryOf(order, byHand, model));
    const retries = decided.flatMap((each) => ('refusals' in each ? [] : [each]));
    if (refusals.length === 0) refusals.push(...decided.flatMap((each) => ('refusals' in each ? each.refusals : [])));
    affectedCount += (await orderRetries.retry(retries, { actor, fingerprint })).length;
    after = orders.length < batchSize ? undefined : orders.at(-1)?.number.replace(/^ORD-/, '');
  }
  if (affectedCount > 0) return { affectedCount, refusals: [] };
  return { affectedCount, refusals: [refusals[0] ?? nothingErrored(fingerprint)] };
}

function retryOf(
  order: ErroredOrder,
  byHand: boolean,
  model: CompiledModel,
): Retry | { readonly refusals: readonly Refusal[] } {
  const route = retryRoute(order, byHand, model);
  return route.ok ? { order, ...route.value } : { refusals: route.refusals };
}

const at = (refusal: Refusal, index: number): Refusal => ({ ...refusal, field: [...field, String(index)] });

const oneOfBoth: Refusal = {
  code: 'INVALID',
  rule: 'order-retry.named',
  field: ['input'],
  message: 'Orders are named by their ids or by the fingerprint of their error, not by both and not by neither.',
  hint: 'Give provisioningOrderIds or errorFingerprint.',
};

const unknown: Refusal = {
  code: 'NOT_FOUND',
  rule: 'order.known',
  message: 'There is no such order.',
  hint: 'Take the id from the query provisioningOrders(filter: { state: [ERRORED] }).',
};

const moved = ({ number }: ErroredOrder): Refusal => ({
  code: 'STATE_CONFLICT',
  rule: 'order-retry.unmoved',
  message: `${number} has changed meanwhile.`,
  hint: 'Look at it again.',
});

const nothingErrored = (fingerprint: string): Refusal => ({
  code: 'NOT_FOUND',
  rule: 'order-retry.known-cause',
  field: ['input', 'errorFingerprint'],
  message: `No errored order has the fingerprint "${fingerprint.slice(0, 40)}".`,
  hint: 'Take it from provisioningOrders { errorGroups { fingerprint } }.',
});
