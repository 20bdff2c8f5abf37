// Errored orders of a list by their causes: counted over the whole list, only when selected.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { ErrorGroup } from '../schema/error-group.js';
import type { ConnectionValue } from '../schema/page.js';
import { ProvisioningOrder, ProvisioningOrderConnection } from '../schema/provisioning-order.js';
import type { OrderQuestion } from '../steps/ports/provisioning-order-view.js';
import type { RequestContext } from './context.js';
import { findOrder } from './provisioning-order-loader.js';

@Resolver(() => ProvisioningOrderConnection)
export class ErrorGroupsResolver {
  @FieldResolver(() => [ErrorGroup], {
    description:
      'Errored orders of the list by cause, the most frequent first, at most 100. Counted only when selected.',
  })
  async errorGroups(
    @Root() { question }: ConnectionValue<object, OrderQuestion>,
    @Ctx() { ports }: RequestContext,
  ): Promise<readonly ErrorGroup[]> {
    const groups = await ports.orders.errorGroups(question);
    return groups.map((group) => Object.assign(new ErrorGroup(), group));
  }
}

@Resolver(() => ErrorGroup)
export class ErrorGroupResolver {
  @FieldResolver(() => ProvisioningOrder, { description: 'The order that failed last.' })
  async sample(@Root() { sampleId }: ErrorGroup, @Ctx() context: RequestContext): Promise<ProvisioningOrder> {
    const order = await findOrder(sampleId, context);
    if (order === null) throw new Error(`The order ${sampleId} of an error group is not there any more.`);
    return order;
  }
}
