// The log of one execution as it grows: what stands there, then every further line, each once and in order.
// Pulled by the number of the line; the event feed only says that there may be more.
import { Arg, Ctx, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { LogEntryView, LogQuestion } from '../steps/ports/job-view.js';
import { LogFilter } from '../schema/log-entry.js';
import { JobLogAppended, JobLogStreamItem } from '../schema/log-stream.js';
import { StreamCursorScalar } from '../schema/scalar.js';
import type { RequestContext } from './context.js';
import { requiredLocalId } from './filter.js';
import { executionQuestion, findTaskExecution } from './job-execution-loader.js';
import { toLogEntry } from './log-entry.js';
import { decodePlace, encodePlace } from './stream-cursor.js';

interface Args {
  readonly id: string;
  readonly filter?: LogFilter | null;
  readonly after?: string | null;
}

interface Appended {
  readonly cursor: string;
  readonly entries: readonly LogEntryView[];
}

const linesAPage = 200;

@Resolver()
export class LogStreamResolver {
  @Subscription(() => JobLogStreamItem, {
    description: 'The log of an execution so far, then every line that is added.',
    subscribe: ({ args, context }: { args: Args; context: RequestContext }) => openLog(context, args),
  })
  async jobExecutionLogAppended(
    @Root() { cursor, entries }: Appended,
    @Arg('id', () => ID, { description: 'Which execution.' }) _id: string,
    @Arg('filter', () => LogFilter, { nullable: true, description: 'Which lines.' }) _filter:
      | LogFilter
      | null
      | undefined,
    @Arg('after', () => StreamCursorScalar, {
      nullable: true,
      description: 'Every line after this item, and none before.',
    })
    _after: string | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<object> {
    const shown = entries.map(async (entry) =>
      toLogEntry(entry, entry.taskId === null ? null : await findTaskExecution(entry.taskId, context)),
    );
    return Object.assign(new JobLogAppended(), { cursor, entries: await Promise.all(shown) });
  }
}

/** Throws BAD_USER_INPUT at once for an id or a cursor that is none. */
function openLog(context: RequestContext, args: Args): AsyncIterableIterator<Appended> {
  const executionId = requiredLocalId('JobExecution', args.id);
  const task = args.filter?.taskId;
  const question: Omit<LogQuestion, 'scope'> = {
    executionId,
    minLevel: args.filter?.minLevel ?? null,
    text: args.filter?.text ?? null,
    taskId: typeof task === 'string' ? requiredLocalId('TaskExecution', task) : null,
  };
  const from = typeof args.after === 'string' ? decodePlace(args.after).position : 0n;
  const stop = new AbortController();
  const lines = follow(context, question, from, stop.signal);
  const stream: AsyncIterableIterator<Appended> = {
    next: () => lines.next(),
    return: () => {
      // A generator's own `return` waits for its pending `next`, so that one is ended first.
      stop.abort();
      return lines.return(undefined);
    },
    [Symbol.asyncIterator]: () => stream,
  };
  return stream;
}

async function* follow(
  context: RequestContext,
  question: Omit<LogQuestion, 'scope'>,
  from: bigint,
  signal: AbortSignal,
): AsyncGenerator<Appended, undefined> {
  const { feed, bell, jobExecutions } = context.ports;
  for (let last = from; !signal.aborted; ) {
    const position = await feed.lastPosition();
    const { scope } = executionQuestion(await context.currentActor(), null);
    const page = await jobExecutions.log({ ...question, scope }, { first: linesAPage, after: [last.toString()] });
    const newest = page.rows.at(-1);
    if (newest !== undefined) {
      last = BigInt(newest.id);
      yield { cursor: encodePlace({ position: last, item: null }), entries: page.rows };
    }
    if (!page.hasNextPage) await bell.wait(position, signal);
  }
  return undefined;
}
