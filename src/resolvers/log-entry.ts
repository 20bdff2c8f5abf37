// The log of an execution, in pages, oldest first.
import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { JobExecution } from '../schema/job-execution.js';
import { LogEntry, LogEntryConnection, LogFilter } from '../schema/log-entry.js';
import { type ConnectionValue, PageArgs } from '../schema/page.js';
import type { LogEntryView } from '../steps/ports/job-view.js';
import type { RequestContext } from './context.js';
import { requiredLocalId } from './filter.js';
import { executionQuestion, executionViewOf, toTaskExecution } from './job-execution-loader.js';
import { encode, pageRequest, toConnection } from './page.js';

const order = 'LOG';

@Resolver(() => JobExecution)
export class JobExecutionLogResolver {
  @FieldResolver(() => LogEntryConnection, { description: 'What was written down while it ran.' })
  async log(
    @Root() execution: JobExecution,
    @Ctx() { ports, actor }: RequestContext,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => LogFilter, { nullable: true, description: 'Which entries.' }) filter?: LogFilter | null,
  ): Promise<ConnectionValue<LogEntry>> {
    const { id, tasks } = executionViewOf(execution);
    const task = filter?.taskId;
    const question = {
      executionId: id,
      minLevel: filter?.minLevel ?? null,
      text: filter?.text ?? null,
      taskId: typeof task === 'string' ? requiredLocalId('TaskExecution', task) : null,
      scope: executionQuestion(actor, null).scope,
    };
    const request = pageRequest(args, order);
    const page = await ports.jobExecutions.log(question, request);
    const node = (entry: LogEntryView): LogEntry => {
      const found = tasks.find((each) => each.id === entry.taskId);
      return toLogEntry(entry, found === undefined ? null : toTaskExecution(found));
    };
    return toConnection({ page, request, order, node, count: () => ports.jobExecutions.countLog(question) });
  }
}

export const toLogEntry = ({ id, at, level, message, fields }: LogEntryView, task: LogEntry['task']): LogEntry =>
  Object.assign(new LogEntry(), { cursor: encode(order, [id]), at, level, message, fields, task });
