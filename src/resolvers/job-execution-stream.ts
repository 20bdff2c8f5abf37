// The stream of job executions: which facts concern them, what is progress, and what a client sees of each.
import { Arg, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { SequencedFact } from '../domain/event.js';
import { type JobExecutionState, jobExecutionStates } from '../domain/job.js';
import { type JobExecution, JobExecutionFilter } from '../schema/job-execution.js';
import { JobExecutionChanged, JobExecutionStreamItem } from '../schema/job-execution-stream.js';
import { StreamCursorScalar } from '../schema/scalar.js';
import type { JobExecutionFilter as Filter, JobExecutionView } from '../steps/ports/job-view.js';
import type { RequestContext } from './context.js';
import { requiredLocalId } from './filter.js';
import { executionFilter, executionQuestion, toJobExecution } from './job-execution-loader.js';
import { type Mention, openStream, type StreamEvent, type StreamSubject } from './stream.js';
import { shownItem, type StreamArgs } from './stream-item.js';

interface Change {
  readonly occurredAt: string | Date;
  readonly jobExecution: JobExecution;
}

type Args = StreamArgs<JobExecutionFilter> & { readonly id?: string | null };

@Resolver()
export class JobExecutionStreamResolver {
  @Subscription(() => JobExecutionStreamItem, {
    description: 'First item is the present state; then changes, at most 4 a second for each execution.',
    subscribe: ({ args, context }: { args: Args; context: RequestContext }) =>
      openStream({ context, subject: executions(context, args), after: args.after }),
  })
  jobExecutionChanged(
    @Root() item: StreamEvent<Change>,
    @Arg('id', () => ID, { nullable: true, description: 'Only this execution.' }) _id?: string | null,
    @Arg('filter', () => JobExecutionFilter, { nullable: true, description: 'Which ones.' })
    _filter?: JobExecutionFilter | null,
    @Arg('after', () => StreamCursorScalar, {
      nullable: true,
      description: 'Every change after this item, and nothing before.',
    })
    _after?: string | null,
  ): object {
    return shownItem(item, (change) => Object.assign(new JobExecutionChanged(), change));
  }
}

function executions({ ports }: RequestContext, { id, filter }: Args): StreamSubject<string, Change> {
  const only = typeof id === 'string' ? requiredLocalId('JobExecution', id) : null;
  const asked = executionFilter(filter);
  const isWanted = ({ state }: JobExecutionView): boolean => asked?.state?.includes(state) ?? true;
  return {
    kinds: ['JobExecutionChanged'],
    mentions: ({ executionId }) => [
      executionId === undefined || (only !== null && executionId !== only) ? null : executionId,
    ],
    progressOf: ({ fact, reference }) => ({ key: reference, isProgress: isProgress(fact) }),
    load: async (mentions, actor) => {
      const found = await viewsOf(ports, mentions, executionQuestion(actor, withoutState(asked)));
      return mentions.map(({ fact, reference }) => {
        const view = found.get(reference);
        const shown = view === undefined || isOvertaken(view, fact) ? null : asItWas(view, fact);
        return shown === null || !isWanted(shown)
          ? null
          : { occurredAt: fact.occurredAt, jobExecution: toJobExecution(shown) };
      });
    },
    present: async (actor, limit) => {
      const question = executionQuestion(actor, asked);
      const views =
        only === null
          ? await ports.jobExecutions.matching(question, limit)
          : await ports.jobExecutions.byIds([only], question);
      return views.map((view) => ({
        occurredAt: view.finishedAt ?? view.startedAt ?? view.queuedAt,
        jobExecution: toJobExecution(view),
      }));
    },
  };
}

const withoutState = (filter: Filter | null): Filter | null => (filter === null ? null : { ...filter, state: null });

async function viewsOf(
  ports: RequestContext['ports'],
  mentions: readonly Mention<string>[],
  question: ReturnType<typeof executionQuestion>,
): Promise<ReadonlyMap<string, JobExecutionView>> {
  const ids = [...new Set(mentions.map(({ reference }) => reference))];
  return new Map((await ports.jobExecutions.byIds(ids, question)).map((view) => [view.id, view]));
}

/** Tasks that begin and end are progress of their execution, too: with a dozen of them in a moment, only eyes lose. */
const isProgress = ({ detail }: SequencedFact): boolean => stateIn(detail?.state) === null;

/** The row has ended and the fact of that, which is last, is still to come: shown now, the end would come twice. */
const isOvertaken = ({ finishedAt }: JobExecutionView, fact: SequencedFact): boolean =>
  finishedAt !== null && isProgress(fact);

/** With the state the fact brought: a state that was passed through quickly is shown nevertheless. Tasks are as they are
 * now: a reader who saw one end never sees it running again. */
const asItWas = (view: JobExecutionView, { detail }: SequencedFact): JobExecutionView => ({
  ...view,
  state: stateIn(detail?.state) ?? view.state,
});

const stateIn = (value: unknown): JobExecutionState | null =>
  jobExecutionStates.find((state) => state === value) ?? null;
