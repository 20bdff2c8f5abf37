// A person decides orders that wait for approval: as a whole or value by value, each bound to the version that was seen.
// A list succeeds in parts: what is refused says so with its index, the rest is done, and no order is decided by half.
import { type Actor, personBehind } from '../domain/actor.js';
import { checkText } from '../domain/basket.js';
import { addDays, calendarDay } from '../domain/calendar.js';
import { toGlobalId } from '../domain/global-id.js';
import { decideOrderReview, type OrderReview, postponedDays } from '../domain/order-review.js';
import { checkListSize } from '../domain/order-list.js';
import { may } from '../domain/permission.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import { type Decision, granted, type Refusal, refused } from '../domain/refusal.js';
import type { Environment } from './ports/clock.js';
import type { ModelSource } from './ports/model.js';
import type { LoadedReview, OrderReviewStore } from './ports/order-review.js';

export interface ReviewOrderPorts {
  readonly orderReviews: OrderReviewStore;
  readonly models: ModelSource;
  readonly environment: Environment;
}

/** Its properties are named `<entity type>.<property>`. */
export interface OrderReviewInput extends OrderReview {
  /** Row id; null when the id given is no order's. */
  readonly orderId: string | null;
}

export interface OrderReviewResult {
  /** Row ids of the orders decided, in the order given. */
  readonly orderIds: readonly string[];
  readonly refusals: readonly Refusal[];
}

export async function reviewOrders(
  ports: ReviewOrderPorts,
  actor: Actor,
  items: readonly OrderReviewInput[],
): Promise<OrderReviewResult> {
  const wrongSize = checkListSize(items.length, ['input', 'items']);
  if (wrongSize !== null) return { orderIds: [], refusals: [wrongSize] };
  const orderIds: string[] = [];
  const refusals: Refusal[] = [];
  for (const [index, item] of items.entries()) {
    const decision = await reviewOrder(ports, actor, item);
    if (decision.ok) orderIds.push(decision.value);
    else refusals.push(...decision.refusals.map((refusal) => at(refusal, index)));
  }
  return { orderIds: [...new Set(orderIds)], refusals };
}

const at = (refusal: Refusal, index: number): Refusal => ({
  ...refusal,
  field: ['input', 'items', String(index), ...(refusal.field ?? [])],
});

async function reviewOrder(ports: ReviewOrderPorts, actor: Actor, input: OrderReviewInput): Promise<Decision<string>> {
  const permit = may(actor, 'provisioning.review');
  if (!permit.ok) return refused(...permit.refusals.map((refusal) => ({ ...refusal, field: ['provisioningOrderId'] })));
  const model = await ports.models.current();
  const order =
    input.orderId === null
      ? null
      : await ports.orderReviews.load(input.orderId, personBehind(actor, model.configuration));
  if (order === null) return refused(unknown);
  const tooLong = checkText(input.comment, 'comment').map((refusal) => ({ ...refusal, field: ['comment'] }));
  if (tooLong.length > 0) return refused(...tooLong);
  if (order.isOwn) return refused(about(order, ownAccount(actor, order)));
  const today = calendarDay(ports.environment.now(), ports.environment.timeZone);
  const review = { ...input, properties: propertiesOf(order, input, model) };
  const outcome = decideOrderReview(order, review, { today, defaultDay: addDays(today, postponedDays) });
  if (!outcome.ok) return refused(...outcome.refusals.map((refusal) => about(order, refusal)));
  const isWritten = await ports.orderReviews.review({ order, actor, review, outcome: outcome.value });
  return isWritten ? granted(order.id) : refused(about(order, moved(order)));
}

/** By the names that the order uses; a property of another entity type keeps its long name, and is refused. */
function propertiesOf(
  { resourceType }: LoadedReview,
  { properties }: OrderReviewInput,
  model: CompiledModel,
): OrderReview['properties'] {
  const prefix = `${model.resourceTypes.get(resourceType)?.targetEntityType.identifier ?? ''}.`;
  return new Map(
    [...properties].map(([name, decision]) => [name.startsWith(prefix) ? name.slice(prefix.length) : name, decision]),
  );
}

const about = (order: LoadedReview, refusal: Refusal): Refusal => ({
  ...refusal,
  subjectId: toGlobalId('ProvisioningOrder', order.id),
});

const ownAccount = (actor: Actor, { number }: LoadedReview): Refusal => ({
  code: 'SELF_APPROVAL_FORBIDDEN',
  rule: 'order-review.not-the-owner',
  field: ['provisioningOrderId'],
  message: `${number} changes an account of the person ${actor.displayName} acts as, or answers for.`,
  hint: 'Ask another reviewer.',
});

const moved = ({ number }: LoadedReview): Refusal => ({
  code: 'STALE_VERSION',
  rule: 'order-review.unmoved',
  field: ['version'],
  message: `${number} has changed while you decided.`,
  hint: 'Look at it again, then decide with its present version.',
});

const unknown: Refusal = {
  code: 'NOT_FOUND',
  rule: 'order.known',
  field: ['provisioningOrderId'],
  message: 'There is no such order.',
  hint: 'Take the id from the query provisioningOrders(filter: { state: [AWAITING_APPROVAL] }).',
};
