// Deciding orders, having them tried again, and carrying them out by hand: ids are read, one step is called, its answer shown.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { localIdOf, rowIdOf } from '../domain/global-id.js';
import type { Refusal } from '../domain/refusal.js';
import type { ProvisioningOrder } from '../schema/provisioning-order.js';
import {
  type ProvisioningOrderReviewItemInput,
  ProvisioningOrdersCompleteInput,
  ProvisioningOrdersCompletePayload,
  ProvisioningOrdersReportErrorInput,
  ProvisioningOrdersReportErrorPayload,
  ProvisioningOrdersRetryInput,
  ProvisioningOrdersRetryPayload,
  ProvisioningOrdersReviewInput,
  ProvisioningOrdersReviewPayload,
  ProvisioningOrdersTakeInput,
  ProvisioningOrdersTakePayload,
} from '../schema/provisioning-order-input.js';
import { toUserErrors } from '../schema/user-error.js';
import { completeOrders, reportOrderErrors } from '../steps/complete-order.js';
import { retryOrders } from '../steps/retry-order.js';
import { type OrderReviewInput, reviewOrders } from '../steps/review-order.js';
import { takeOrders } from '../steps/take-order.js';
import type { RequestContext } from './context.js';
import { orderQuestion, toOrder } from './provisioning-order-loader.js';

@Resolver()
export class ProvisioningOrderMutationResolver {
  @Mutation(() => ProvisioningOrdersReviewPayload, {
    description: 'Decides orders that wait for approval, as a whole or property by property; succeeds in parts.',
  })
  async provisioningOrdersReview(
    @Arg('input', () => ProvisioningOrdersReviewInput, { description: 'The decisions.' })
    input: ProvisioningOrdersReviewInput,
    @Ctx() context: RequestContext,
  ): Promise<ProvisioningOrdersReviewPayload> {
    const result = await reviewOrders(context.ports, context.actor, input.items.map(reviewOf));
    return payload(new ProvisioningOrdersReviewPayload(), result, context);
  }

  @Mutation(() => ProvisioningOrdersCompletePayload, {
    description: 'Says that manual orders were carried out; succeeds in parts.',
  })
  async provisioningOrdersComplete(
    @Arg('input', () => ProvisioningOrdersCompleteInput, { description: 'Which ones.' })
    input: ProvisioningOrdersCompleteInput,
    @Ctx() context: RequestContext,
  ): Promise<ProvisioningOrdersCompletePayload> {
    const result = await completeOrders(context.ports, context.actor, {
      orderIds: input.provisioningOrderIds.map(rowId),
      externalId: input.externalId ?? null,
      comment: input.comment ?? null,
    });
    return payload(new ProvisioningOrdersCompletePayload(), result, context);
  }

  @Mutation(() => ProvisioningOrdersReportErrorPayload, {
    description: 'Says that manual orders could not be carried out, and why; succeeds in parts.',
  })
  async provisioningOrdersReportError(
    @Arg('input', () => ProvisioningOrdersReportErrorInput, { description: 'Which ones, and why not.' })
    input: ProvisioningOrdersReportErrorInput,
    @Ctx() context: RequestContext,
  ): Promise<ProvisioningOrdersReportErrorPayload> {
    const result = await reportOrderErrors(context.ports, context.actor, {
      orderIds: input.provisioningOrderIds.map(rowId),
      message: input.message,
    });
    return payload(new ProvisioningOrdersReportErrorPayload(), result, context);
  }

  @Mutation(() => ProvisioningOrdersTakePayload, {
    description: 'Takes manual orders, so that nobody else begins them, or gives them back; succeeds in parts.',
  })
  async provisioningOrdersTake(
    @Arg('input', () => ProvisioningOrdersTakeInput, { description: 'Which ones.' })
    input: ProvisioningOrdersTakeInput,
    @Ctx() context: RequestContext,
  ): Promise<ProvisioningOrdersTakePayload> {
    const result = await takeOrders(context.ports, context.actor, {
      orderIds: input.provisioningOrderIds.map(rowId),
      isReleased: input.isReleased,
    });
    return payload(new ProvisioningOrdersTakePayload(), result, context);
  }

  @Mutation(() => ProvisioningOrdersRetryPayload, {
    description: 'Has errored orders tried again: named ones, or all with one cause.',
  })
  async provisioningOrdersRetry(
    @Arg('input', () => ProvisioningOrdersRetryInput, { description: 'Which ones.' })
    input: ProvisioningOrdersRetryInput,
    @Ctx() { ports, actor }: RequestContext,
  ): Promise<ProvisioningOrdersRetryPayload> {
    const { affectedCount, refusals } = await retryOrders(ports, actor, {
      orderIds: input.provisioningOrderIds?.map(rowId) ?? null,
      fingerprint: input.errorFingerprint ?? null,
      byHand: input.byHand,
    });
    const userErrors = toUserErrors(refusals);
    return Object.assign(new ProvisioningOrdersRetryPayload(), { jobExecution: null, affectedCount, userErrors });
  }
}

/** Null for an id of something else, which the step refuses like an unknown one. */
const rowId = (id: string): string | null => rowIdOf('ProvisioningOrder', id);

const reviewOf = (item: ProvisioningOrderReviewItemInput): OrderReviewInput => ({
  orderId: rowId(item.provisioningOrderId),
  version: item.version,
  decision: item.decision,
  comment: item.comment ?? null,
  postponedUntil: item.postponedUntil ?? null,
  properties: new Map(
    (item.propertyDecisions ?? []).map(({ propertyId, decision }) => [propertyOf(propertyId), decision]),
  ),
});

/** `<entity type>.<property>`; what is no property's id is refused as one that the order does not change. */
const propertyOf = (id: string): string => localIdOf('EntityProperty', id) ?? id;

/** As they are now: loaders of this operation may remember how they were before. */
async function payload<Payload extends object>(
  empty: Payload,
  { orderIds, refusals }: { readonly orderIds: readonly string[]; readonly refusals: readonly Refusal[] },
  { ports, actor }: RequestContext,
): Promise<Payload> {
  const views = orderIds.length === 0 ? [] : await ports.orders.byIds(orderIds, orderQuestion(actor, null));
  const found = new Map(views.map((view) => [view.id, toOrder(view)]));
  const provisioningOrders = orderIds.flatMap((id): readonly ProvisioningOrder[] => {
    const order = found.get(id);
    return order === undefined ? [] : [order];
  });
  return Object.assign(empty, { provisioningOrders, userErrors: toUserErrors(refusals) });
}
