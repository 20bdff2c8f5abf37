// People decide about orders, about what was found, and about executions that were stopped. Steps choose by words; the
// choice becomes ids here, with the versions that were seen.
import type { Memory } from './memory.js';
import { type Refusal, refusalsIn, type UserErrors } from './refusal.js';
import { identityId, ordersIn, reconciliationItemsIn, type SeenItem, type SeenOrder } from './sight.js';
import type { Step } from './shape.js';
import type { World } from './world.js';

interface OrderChoice {
  readonly for?: string | undefined;
  readonly type?: string | undefined;
  readonly kind?: string | undefined;
}

const fits = (order: SeenOrder, choice: OrderChoice): boolean =>
  (choice.for === undefined || order.owner?.identifier === choice.for) &&
  (choice.type === undefined || order.resourceType.identifier === choice.type) &&
  (choice.kind === undefined || order.kind === choice.kind);

async function chosenOrders(
  world: World,
  choice: OrderChoice,
  states: readonly string[],
): Promise<readonly SeenOrder[]> {
  const chosen = (await ordersIn(world.api())).filter((order) => states.includes(order.state) && fits(order, choice));
  if (chosen.length === 0) throw new Error(`no order in the state ${states.join(' or ')} fits the choice`);
  return chosen;
}

/** `review`, `complete` and `retry`. */
export function decideOrders(world: World, step: Step): Promise<Refusal | null> {
  if (step.review !== undefined) return review(world, step.review);
  if (step.complete !== undefined) return complete(world, step.complete);
  if (step.retry !== undefined) return retry(world, step.retry);
  return Promise.resolve(null);
}

async function review(world: World, step: NonNullable<Step['review']>): Promise<Refusal | null> {
  const orders = await chosenOrders(world, step, ['AWAITING_APPROVAL']);
  const items = orders.map((order) => ({
    provisioningOrderId: order.id,
    version: order.version,
    decision: step.decision,
    comment: step.comment,
    ...(step.properties === undefined ? {} : { propertyDecisions: propertyDecisions(order, step.properties) }),
  }));
  return mutate(world, step.by, 'provisioningOrdersReview', 'ProvisioningOrdersReviewInput', { items });
}

const propertyDecisions = (order: SeenOrder, decisions: Readonly<Record<string, string>>) =>
  Object.entries(decisions).map(([name, decision]) => {
    const change = order.changes.find(({ property }) => property.identifier === name);
    if (change === undefined) throw new Error(`the order changes no property «${name}»`);
    return { propertyId: change.property.id, decision };
  });

async function complete(world: World, step: NonNullable<Step['complete']>): Promise<Refusal | null> {
  const ids = (await chosenOrders(world, step, ['TRANSMITTED', 'PENDING'])).map(({ id }) => id);
  if (step.error !== undefined) {
    const input = { provisioningOrderIds: ids, message: step.error };
    return mutate(world, step.by, 'provisioningOrdersReportError', 'ProvisioningOrdersReportErrorInput', input);
  }
  const input = { provisioningOrderIds: ids, externalId: step.key, comment: step.comment };
  return mutate(world, step.by, 'provisioningOrdersComplete', 'ProvisioningOrdersCompleteInput', input);
}

async function retry(world: World, step: NonNullable<Step['retry']>): Promise<Refusal | null> {
  const ids = (await chosenOrders(world, step, ['ERRORED', 'PENDING'])).map(({ id }) => id);
  return mutate(world, step.by, 'provisioningOrdersRetry', 'ProvisioningOrdersRetryInput', {
    provisioningOrderIds: ids,
  });
}

export async function decideReconciliation(
  world: World,
  step: NonNullable<Step['reconcile']>,
): Promise<Refusal | null> {
  const chosen = (await reconciliationItemsIn(world.api())).filter((item) => isChosen(item, step));
  if (chosen.length === 0) throw new Error('no open reconciliation item fits the choice');
  const ownerId = step.owner === undefined ? undefined : await identityId(world.api(), step.owner);
  const items = chosen.map(({ id }) => ({
    reconciliationItemId: id,
    decision: step.decision,
    comment: step.comment,
    ownerId,
  }));
  return mutate(world, step.by, 'reconciliationItemsDecide', 'ReconciliationItemsDecideInput', { items });
}

const isChosen = (item: SeenItem, choice: NonNullable<Step['reconcile']>): boolean =>
  (choice.kind === undefined || item.kind === choice.kind) &&
  (choice.for === undefined || item.identity?.identifier === choice.for) &&
  (choice.property === undefined || item.property?.identifier === choice.property) &&
  (choice.resource === undefined || [item.resource?.externalId, item.resource?.displayName].includes(choice.resource));

export async function resumeExecution(
  world: World,
  memory: Memory,
  { by, comment }: NonNullable<Step['resume']>,
): Promise<Refusal | null> {
  const { jobExecution } = await world
    .api()
    .ask<{ jobExecution: { releaseDigest: string | null } }>(
      by,
      'query($id: ID!) { jobExecution(id: $id) { releaseDigest } }',
      { id: memory.execution },
    );
  const { jobExecutionResume } = await world
    .api()
    .ask<{ jobExecutionResume: UserErrors }>(
      by,
      'mutation($id: ID!, $digest: String!, $comment: String!) { jobExecutionResume(id: $id, planDigest: $digest, comment: $comment) { userErrors { code message } } }',
      { id: memory.execution, digest: jobExecution.releaseDigest ?? '', comment },
    );
  return refusalsIn(jobExecutionResume);
}

async function mutate(
  world: World,
  by: string,
  mutation: string,
  inputType: string,
  input: unknown,
): Promise<Refusal | null> {
  const answer = await world
    .api()
    .ask<Readonly<Record<string, UserErrors>>>(
      by,
      `mutation($input: ${inputType}!) { ${mutation}(input: $input) { userErrors { code message } } }`,
      { input },
    );
  return refusalsIn(answer[mutation] ?? null);
}
