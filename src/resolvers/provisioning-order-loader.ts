// Orders by their ids, and as schema objects. What a viewer may not see is answered as if it were not there.
import type { ScalarValue } from '../domain/assignment.js';
import { type Actor, personBehind } from '../domain/actor.js';
import { toGlobalId } from '../domain/global-id.js';
import type { ErroredOrder } from '../domain/order-retry.js';
import { readScope } from '../domain/permission.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import { ProvisioningAttempt } from '../schema/provisioning-attempt.js';
import { ProvisioningError } from '../schema/provisioning-error.js';
import { ProvisioningOrder, ProvisioningOrderChange } from '../schema/provisioning-order.js';
import type { Resource } from '../schema/resource.js';
import type { ProvisioningError as Failure } from '../domain/failure.js';
import type { AttemptView, OrderCondition, OrderQuestion, OrderView } from '../steps/ports/provisioning-order-view.js';
import type { RequestContext } from './context.js';
import type { Batch } from './loader.js';
import { findResource, propertiesById } from './resource.js';
import { findResourceByKey } from './resource-key.js';

/** What this actor asks: the filter, within what may be read. */
export const orderQuestion = (actor: Actor, filter: OrderCondition | null): OrderQuestion => ({
  filter,
  scope: readScope(actor, 'order.read'),
});

const orderById: Batch<string, OrderView> = async (ids, { ports, actor }) => {
  const views = await ports.orders.byIds(ids, orderQuestion(actor, null));
  return new Map(views.map((view) => [view.id, view]));
};

/** Ask only for orders that the viewer may see. */
export const attemptsByOrderId: Batch<string, readonly AttemptView[]> = (ids, { ports }) => ports.orders.attempts(ids);

/** Whether they are still what the rules want; ask only for orders that the viewer may see. */
export const presentOrderById: Batch<string, ErroredOrder> = async (ids, { ports }) =>
  new Map((await ports.orderRetries.byIds(ids)).map((order) => [order.id, order]));

/** True for orders about an account of the viewer, or of the person who answers for the viewing service. */
export const isOwnOrder: Batch<string, boolean> = async (ids, { ports, actor }) => {
  const person = personBehind(actor, (await ports.models.current()).configuration);
  const own = person === null ? new Set<string>() : await ports.orderReviews.own(ids, person);
  return new Map(ids.map((id) => [id, own.has(id)]));
};

/** By row id; null when there is none that the viewer may see. */
export async function findOrder(id: string | null, context: RequestContext): Promise<ProvisioningOrder | null> {
  const view = id === null ? null : await context.loaders.load(orderById, id);
  return view === null ? null : toOrder(view);
}

const views = new WeakMap<ProvisioningOrder, OrderView>();

/** The row an order was made from. */
export function orderViewOf(order: ProvisioningOrder): OrderView {
  const view = views.get(order);
  if (view === undefined) throw new Error(`The order ${order.id} was not made by toOrder.`);
  return view;
}

export function toOrder(view: OrderView): ProvisioningOrder {
  const { number, kind, mode, state, nextAttemptAt, dueAt, postponedUntil, createdAt, updatedAt, executedAt } = view;
  const order = Object.assign(new ProvisioningOrder(), {
    id: toGlobalId('ProvisioningOrder', view.id),
    error: view.error === null ? null : toProvisioningError(view.error),
    number,
    kind,
    mode,
    state,
    resourceKey: view.delta.key,
    nextAttemptAt,
    dueAt,
    postponedUntil,
    createdAt,
    updatedAt,
    executedAt,
    verifiedAt: view.verifiedAt,
    version: view.version,
  });
  views.set(order, view);
  return order;
}

export const toProvisioningError = (error: Failure): ProvisioningError =>
  Object.assign(new ProvisioningError(), { ...error, documentationUrl: null });

export const toAttempt = ({ number, startedAt, finishedAt, outcome, error, steps }: AttemptView): ProvisioningAttempt =>
  Object.assign(new ProvisioningAttempt(), {
    number,
    startedAt,
    finishedAt,
    outcome,
    steps,
    error: error === null ? null : toProvisioningError(error),
  });

/** The resource it changes: as its owner has it, or whatever row has its key. Null: it is not there, or may not be seen. */
export async function resourceOfOrder(
  { resourceId, resourceType, delta }: OrderView,
  context: RequestContext,
): Promise<Resource | null> {
  const owned = await findResource(resourceId, context);
  if (owned !== null) return owned;
  const entityType = (await context.ports.models.current()).resourceTypes.get(resourceType)?.targetEntityType;
  return entityType === undefined
    ? null
    : findResourceByKey({ entityType: entityType.identifier, key: delta.key }, context);
}

/** What goes with a resource that is deleted: its known values, which the delta does not list. `resource`: null when it is gone. */
export async function goingChanges(
  view: OrderView,
  resource: Resource | null,
  context: RequestContext,
): Promise<readonly ProvisioningOrderChange[]> {
  if (view.delta.kind !== 'DELETE' || resource === null) return [];
  const model = await context.ports.models.current();
  const told = new Set([...view.delta.scalars, ...view.delta.links].map(({ property }) => property));
  const properties = (await context.loaders.load(propertiesById, resource.resourceId)) ?? [];
  return properties
    .filter(({ property, currentValue }) => !told.has(property) && currentValue !== null)
    .flatMap(({ property, currentValue }) =>
      [currentValue].flat().map((value) => orderChange(view, model, property, value as ScalarValue, null, null)),
    );
}

/** Values in the order of the delta, then links: one change for each key that is added or removed. */
export function orderChanges(view: OrderView, model: CompiledModel): readonly ProvisioningOrderChange[] {
  const { delta } = view;
  const scalars = delta.scalars.map(({ property, from, to, rule }) =>
    orderChange(view, model, property, from, to, rule),
  );
  const links = delta.links.flatMap(({ property, add, remove, rules }) => [
    ...add.map((key) => orderChange(view, model, property, null, key, rules[key] ?? null)),
    ...remove.map((key) => orderChange(view, model, property, key, null, rules[key] ?? null)),
  ]);
  return [...scalars, ...links];
}

function orderChange(
  view: OrderView,
  model: CompiledModel,
  property: string,
  from: ScalarValue,
  to: ScalarValue,
  rule: string | null,
): ProvisioningOrderChange {
  const entityType = model.resourceTypes.get(view.resourceType)?.targetEntityType;
  // What the configuration no longer knows may have been a secret.
  const isSecret = entityType?.properties.find(({ identifier }) => identifier === property)?.isSecret ?? true;
  return Object.assign(new ProvisioningOrderChange(), {
    isSecret,
    currentValue: isSecret ? null : from,
    proposedValue: isSecret ? null : to,
    startDate: null,
    endDate: null,
    confidencePercent: confidenceOf(view, property, from, to),
    workflowState: view.workflowState,
    provisioningState: view.state,
    entityType: entityType?.identifier ?? '',
    propertyIdentifier: property,
    ruleIdentifier: rule === '' ? null : rule,
  });
}

/** The least sure of the matches that a change stands on; null: all are sure. */
function confidenceOf(
  { confidence, delta }: OrderView,
  property: string,
  from: ScalarValue,
  to: ScalarValue,
): number | null {
  const isLink = delta.links.some((link) => link.property === property);
  const own = isLink ? confidence.links?.[property]?.[String(to ?? from)] : confidence.values?.[property];
  const percents = [own, confidence.resource].filter((percent) => typeof percent === 'number');
  return percents.length === 0 ? null : Math.min(...percents);
}
