// The figures beside lists of assignments and of orders: counted over the whole list, only when selected.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { worstFirst } from '../domain/provisioning-state.js';
import { AssignmentConnection } from '../schema/assignment.js';
import type { ConnectionValue } from '../schema/page.js';
import { ProvisioningOrderConnection } from '../schema/provisioning-order.js';
import { ProvisioningStateCount } from '../schema/state-count.js';
import type { AssignmentQuestion } from '../steps/ports/assignment.js';
import type { OrderQuestion } from '../steps/ports/provisioning-order-view.js';
import type { RequestContext } from './context.js';

const shown = { description: 'How many are in each state that occurs, worst first. Counted only when selected.' };

@Resolver(() => AssignmentConnection)
export class AssignmentCountResolver {
  @FieldResolver(() => [ProvisioningStateCount], shown)
  async countsByProvisioningState(
    @Root() { question }: ConnectionValue<object, AssignmentQuestion>,
    @Ctx() { ports }: RequestContext,
  ): Promise<readonly ProvisioningStateCount[]> {
    return worstFirstCounts(await ports.assignments.countsByState(question));
  }
}

@Resolver(() => ProvisioningOrderConnection)
export class ProvisioningOrderCountResolver {
  @FieldResolver(() => [ProvisioningStateCount], shown)
  async countsByState(
    @Root() { question }: ConnectionValue<object, OrderQuestion>,
    @Ctx() { ports }: RequestContext,
  ): Promise<readonly ProvisioningStateCount[]> {
    return worstFirstCounts(await ports.orders.countsByState(question));
  }
}

const worstFirstCounts = (counts: ReadonlyMap<string, number>): readonly ProvisioningStateCount[] =>
  worstFirst.flatMap((state) => {
    const count = counts.get(state) ?? 0;
    return count === 0 ? [] : [Object.assign(new ProvisioningStateCount(), { state, count })];
  });
