// The viewer's inbox: what waits for this person, counted now, and counted again whenever something may have changed it.
import { Arg, Ctx, FieldResolver, Resolver, Root, Subscription } from 'type-graphql';
import type { Actor } from '../domain/actor.js';
import { factKinds } from '../domain/event.js';
import { isAllowed } from '../domain/permission.js';
import { dayOfPeople } from '../domain/person.js';
import { InboxChanged, InboxCounts } from '../schema/inbox.js';
import { StreamCursorScalar } from '../schema/scalar.js';
import { Viewer } from '../schema/viewer.js';
import type { ApiPorts } from '../steps/ports/api.js';
import type { RequestContext } from './context.js';
import { executionQuestion } from './job-execution-loader.js';
import { orderQuestion } from './provisioning-order-loader.js';
import { requestQuestion } from './request-loader.js';
import { openStream, type StreamEvent, type StreamSubject } from './stream.js';

@Resolver(() => Viewer)
export class InboxResolver {
  @FieldResolver(() => InboxCounts, { description: 'What waits for the viewer.' })
  inbox(@Ctx() { ports, actor }: RequestContext): Promise<InboxCounts> {
    return inboxOf(ports, actor);
  }
}

@Resolver()
export class InboxStreamResolver {
  @Subscription(() => InboxChanged, {
    description: 'What waits for the viewer now, then again after changes, at most four times a second.',
    subscribe: ({ args, context }: { args: { readonly after?: string | null }; context: RequestContext }) =>
      openStream({ context, subject: inboxes(context), after: args.after }),
  })
  async viewerInboxChanged(
    @Root() item: StreamEvent<InboxCounts>,
    @Ctx() { ports, actor }: RequestContext,
    @Arg('after', () => StreamCursorScalar, { nullable: true, description: 'Only changes after this item.' })
    _after?: string | null,
  ): Promise<InboxChanged> {
    // What was missed does not matter to counts: they are counted anew.
    const inbox = item.kind === 'changed' ? item.value : await inboxOf(ports, actor);
    return Object.assign(new InboxChanged(), { cursor: item.cursor, inbox });
  }
}

const only = 'inbox';

function inboxes({ ports }: RequestContext): StreamSubject<typeof only, InboxCounts> {
  return {
    kinds: factKinds,
    mentions: () => [only],
    progressOf: () => ({ key: only, isProgress: true }),
    load: async (mentions, actor) => {
      const counts = await inboxOf(ports, actor);
      return mentions.map((_mention, index) => (index === mentions.length - 1 ? counts : null));
    },
    present: async (actor) => [await inboxOf(ports, actor)],
  };
}

async function inboxOf(ports: ApiPorts, actor: Actor): Promise<InboxCounts> {
  const canReview = isAllowed(actor, 'provisioning.review');
  const [roleReview, provisioningReview, manualProvisioning, erroredOrders, blockedExecutions, found] =
    await Promise.all([
      ports.requests.count(requestQuestion(actor, { waitingOnViewer: true })),
      canReview ? ports.orders.count(orderQuestion(actor, { state: ['AWAITING_APPROVAL'], isPostponed: false })) : 0,
      isAllowed(actor, 'manual.complete') ? ports.orders.count(orderQuestion(actor, { state: ['TRANSMITTED'] })) : 0,
      isAllowed(actor, 'order.retry') ? ports.orders.count(orderQuestion(actor, { state: ['ERRORED'] })) : 0,
      isAllowed(actor, 'execution.release')
        ? ports.jobExecutions.count(executionQuestion(actor, { state: ['BLOCKED'] }))
        : 0,
      isAllowed(actor, 'reconciliation.decide') ? itemCounts(ports) : { roles: 0, others: 0 },
    ]);
  return Object.assign(new InboxCounts(), {
    roleReview,
    provisioningReview,
    manualProvisioning,
    roleReconciliation: found.roles,
    resourceReconciliation: found.others,
    erroredOrders,
    blockedExecutions,
  });
}

async function itemCounts({ reconciliationItems, models, environment }: ApiPorts) {
  const day = dayOfPeople(environment.now(), (await models.current()).identityType, environment.timeZone);
  const groups = await reconciliationItems.groups({ filter: null, day, canRead: true });
  const sum = (isWanted: (kind: string) => boolean): number =>
    groups.filter(({ kind }) => isWanted(kind)).reduce((total, { count }) => total + count, 0);
  return { roles: sum((kind) => kind === 'ROLE'), others: sum((kind) => kind !== 'ROLE') };
}
