// The stream of provisioning orders: which facts concern them, and what a client sees of each.
import { Arg, Resolver, Root, Subscription } from 'type-graphql';
import type { Actor } from '../domain/actor.js';
import { type OrderChange, orderFactKinds } from '../domain/event.js';
import { idMatches } from '../domain/filter-match.js';
import type { ProvisioningState } from '../domain/provisioning-state.js';
import { type ProvisioningOrder, ProvisioningOrderFilter } from '../schema/provisioning-order.js';
import { ProvisioningOrderChanged, ProvisioningOrderStreamItem } from '../schema/provisioning-order-stream.js';
import { StreamCursorScalar } from '../schema/scalar.js';
import type { OrderCondition, OrderView } from '../steps/ports/provisioning-order-view.js';
import type { RequestContext } from './context.js';
import { orderFilter } from './provisioning-order.js';
import { orderQuestion, toOrder } from './provisioning-order-loader.js';
import { openStream, type StreamEvent, type StreamSubject } from './stream.js';
import { answered, loadedByState, rewritten } from './stream-filter.js';
import { shownItem, type StreamArgs } from './stream-item.js';

interface Change {
  readonly occurredAt: string | Date;
  readonly order: ProvisioningOrder;
  readonly previousState: ProvisioningState | null;
}

type Args = StreamArgs<ProvisioningOrderFilter>;

@Resolver()
export class ProvisioningOrderStreamResolver {
  @Subscription(() => ProvisioningOrderStreamItem, {
    description: 'The present state of every order the filter keeps, then every change of one.',
    subscribe: ({ args, context }: { args: Args; context: RequestContext }) =>
      openStream({ context, subject: orders(context, orderFilter(args.filter)), after: args.after }),
  })
  provisioningOrderChanged(
    @Root() item: StreamEvent<Change>,
    @Arg('filter', () => ProvisioningOrderFilter, { nullable: true, description: 'Which ones.' })
    _filter?: ProvisioningOrderFilter | null,
    @Arg('after', () => StreamCursorScalar, {
      nullable: true,
      description: 'Every change after this item, and nothing before.',
    })
    _after?: string | null,
  ): object {
    return shownItem(item, (change) => Object.assign(new ProvisioningOrderChanged(), change));
  }
}

function orders({ ports }: RequestContext, filter: OrderCondition | null): StreamSubject<OrderChange, Change> {
  return {
    kinds: orderFactKinds,
    mentions: (fact) =>
      (fact.orders ?? []).map((change) => (idMatches(change.identityId, filter?.identityId) ? change : null)),
    load: async (mentions, actor) => {
      const views = await loadedByState(
        mentions,
        ({ state }) => state,
        (changes) => ordersOf(ports, changes, filter, actor),
      );
      return mentions.map(({ fact, reference: { previousState } }, index) => {
        const view = views[index] ?? null;
        return view === null ? null : { occurredAt: fact.occurredAt, order: toOrder(view), previousState };
      });
    },
    present: async (actor, limit) => {
      const views = await ports.orders.matching(orderQuestion(actor, filter), limit);
      return views.map((view) => ({ occurredAt: view.updatedAt, order: toOrder(view), previousState: null }));
    },
  };
}

/** Changes to the same state, with their orders in that state. */
async function ordersOf(
  ports: RequestContext['ports'],
  changes: readonly OrderChange[],
  filter: OrderCondition | null,
  actor: Actor,
): Promise<ReadonlyMap<OrderChange, OrderView>> {
  const state = changes[0]?.state ?? 'NONE';
  const rest =
    filter === null ? null : rewritten(filter, (level) => ({ ...level, state: answered(level.state, state) }));
  const ids = [...new Set(changes.map(({ orderId }) => orderId))];
  const found = new Map((await ports.orders.byIds(ids, orderQuestion(actor, rest))).map((view) => [view.id, view]));
  return new Map(
    changes.flatMap((change) => {
      const view = found.get(change.orderId);
      return view === undefined ? [] : [[change, { ...view, state }] as const];
    }),
  );
}
