// The stream of requests: which facts concern them, and what a client sees of each.
import { Arg, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { Actor } from '../domain/actor.js';
import type { FactKind } from '../domain/event.js';
import type { AssignmentRequest } from '../schema/request.js';
import { AssignmentRequestFilter } from '../schema/request.js';
import { AssignmentRequestChanged, AssignmentRequestStreamItem } from '../schema/request-stream.js';
import { StreamCursorScalar } from '../schema/scalar.js';
import type { RequestContext } from './context.js';
import { requiredLocalId } from './filter.js';
import { requestFilter } from './request.js';
import { requestQuestion, toRequest } from './request-loader.js';
import { type Mention, openStream, type StreamEvent, type StreamSubject } from './stream.js';
import { shownItem, type StreamArgs } from './stream-item.js';

const kinds: readonly FactKind[] = [
  'RequestSubmitted',
  'RequestApproved',
  'RequestDeclined',
  'RequestCanceled',
  'RequestAdvanced',
];

interface Change {
  readonly occurredAt: string | Date;
  readonly assignmentRequest: AssignmentRequest;
}

type Args = StreamArgs<AssignmentRequestFilter> & { readonly id?: string | null };

@Resolver()
export class RequestStreamResolver {
  @Subscription(() => AssignmentRequestStreamItem, {
    description: 'The present state of every request the filter keeps, then every change of one.',
    subscribe: ({ args, context }: { args: Args; context: RequestContext }) =>
      openStream({ context, subject: requests(context, args), after: args.after }),
  })
  assignmentRequestChanged(
    @Root() item: StreamEvent<Change>,
    @Arg('id', () => ID, { nullable: true, description: 'Only this request.' }) _id?: string | null,
    @Arg('filter', () => AssignmentRequestFilter, { nullable: true, description: 'Which ones.' })
    _filter?: AssignmentRequestFilter | null,
    @Arg('after', () => StreamCursorScalar, {
      nullable: true,
      description: 'Every change after this item, and nothing before.',
    })
    _after?: string | null,
  ): object {
    return shownItem(item, (change) => Object.assign(new AssignmentRequestChanged(), change));
  }
}

function requests({ ports }: RequestContext, { id, filter }: Args): StreamSubject<string, Change> {
  const only = typeof id === 'string' ? requiredLocalId('AssignmentRequest', id) : null;
  const condition = requestFilter(filter);
  const question = (actor: Actor) => requestQuestion(actor, condition);
  return {
    kinds,
    mentions: ({ requestId }) => [requestId === undefined || (only !== null && requestId !== only) ? null : requestId],
    load: async (mentions, actor) => {
      const views = await ports.requests.byIds(
        [...new Set(mentions.map(({ reference }) => reference))],
        question(actor),
      );
      const found = new Map(views.map((view) => [view.id, view]));
      return mentions.map(({ reference, fact }: Mention<string>) => {
        const view = found.get(reference);
        return view === undefined ? null : { occurredAt: fact.occurredAt, assignmentRequest: toRequest(view) };
      });
    },
    present: async (actor, limit) => {
      const views =
        only === null
          ? await ports.requests.matching(question(actor), limit)
          : await ports.requests.byIds([only], question(actor));
      return views.map((view) => ({ occurredAt: view.updatedAt, assignmentRequest: toRequest(view) }));
    },
  };
}
