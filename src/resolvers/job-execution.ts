// Executions: one, many, of a job, of a connector; their tasks, their log, and what the viewer may do.
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { type ProvisioningErrorCode, failureClasses } from '../domain/failure.js';
import { toGlobalId } from '../domain/global-id.js';
import { neededTasks } from '../domain/job-execution.js';
import { isAllowed } from '../domain/permission.js';
import { ActorUnion } from '../schema/actor.js';
import { Connector } from '../schema/connector.js';
import { Job } from '../schema/job.js';
import { JobExecution, JobExecutionConnection, JobExecutionFilter, TaskExecution } from '../schema/job-execution.js';
import { type ConnectionValue, PageArgs } from '../schema/page.js';
import { ProvisioningError } from '../schema/provisioning-error.js';
import type { JobExecutionFilter as Filter } from '../steps/ports/job-view.js';
import { actorOf } from './actor.js';
import { findConnector } from './configured.js';
import type { RequestContext } from './context.js';
import { badUserInput } from './error.js';
import { requiredLocalId } from './filter.js';
import { findJob } from './job-loader.js';
import {
  executionFilter,
  executionQuestion,
  executionViewOf,
  findJobExecution,
  findLastSynchronization,
  findTaskExecution,
  taskViewOf,
  toJobExecution,
} from './job-execution-loader.js';
import type { NodeResolvers } from './node-resolver.js';
import { pageRequest, toConnection } from './page.js';

@Resolver(() => JobExecution)
export class JobExecutionResolver {
  @Query(() => JobExecution, {
    nullable: true,
    description: 'One execution, by id or by number; null when there is none that the viewer may see.',
  })
  jobExecution(
    @Ctx() context: RequestContext,
    @Arg('id', () => ID, { nullable: true, description: 'Global id.' }) id?: string | null,
    @Arg('number', () => String, { nullable: true, description: 'Human number, e.g. EXE-88.' }) number?: string | null,
  ): Promise<JobExecution | null> {
    if ((typeof id === 'string') === (typeof number === 'string')) throw badUserInput('Give either id or number.');
    if (typeof id === 'string') return findJobExecution(requiredLocalId('JobExecution', id), context);
    return byNumber(number ?? '', context);
  }

  @Query(() => JobExecutionConnection, { description: 'Executions, newest first.' })
  jobExecutions(
    @Ctx() context: RequestContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => JobExecutionFilter, { nullable: true, description: 'Which ones.' })
    filter?: JobExecutionFilter | null,
  ): Promise<ConnectionValue<JobExecution>> {
    return executionPage(context, page, executionFilter(filter));
  }

  @FieldResolver(() => Job, { nullable: true, description: 'Null for a computation by itself.' })
  job(@Root() execution: JobExecution, @Ctx() context: RequestContext): Promise<Job | null> {
    return findJob(executionViewOf(execution).job, context);
  }

  @FieldResolver(() => ActorUnion, { nullable: true, description: 'Who launched it.' })
  launchedBy(@Root() execution: JobExecution, @Ctx() context: RequestContext): Promise<object | null> {
    return actorOf(executionViewOf(execution).launchedBy, context);
  }

  @FieldResolver(() => String, { nullable: true, description: 'Deep link for operators.' })
  queueBoardUrl(@Root() execution: JobExecution, @Ctx() { actor }: RequestContext): string | null {
    if (!isAllowed(actor, 'queue-board.read')) return null;
    return `/queues/queue/jobs/${executionViewOf(execution).id}-0`;
  }

  @FieldResolver(() => Boolean, { description: 'The viewer may cancel it now.' })
  viewerCanCancel(@Root() execution: JobExecution, @Ctx() { actor }: RequestContext): boolean {
    return isAllowed(actor, 'job.cancel') && execution.finishedAt === null && execution.state !== 'CANCELING';
  }
}

@Resolver(() => TaskExecution)
export class TaskExecutionResolver {
  @FieldResolver(() => Connector, { nullable: true, description: 'The managed system it is about.' })
  async connector(@Root() task: TaskExecution, @Ctx() { ports }: RequestContext): Promise<Connector | null> {
    const { connector } = taskViewOf(task);
    return connector === null ? null : findConnector(await ports.models.current(), connector);
  }

  @FieldResolver(() => ProvisioningError, { nullable: true, description: 'Why it failed.' })
  error(@Root() task: TaskExecution, @Ctx() { ports }: RequestContext): ProvisioningError | null {
    const { failure, kind, connector } = taskViewOf(task);
    if (failure === null) return null;
    const { targetCode = null, targetMessage = null, ...rest } = failure;
    const code = isErrorCode(failure.code) ? failure.code : 'OUTCOME_UNKNOWN';
    return Object.assign(new ProvisioningError(), {
      ...rest,
      code,
      targetCode,
      targetMessage,
      isRetryable: failureClasses[code] !== 'permanent',
      fingerprint: ports.environment.digest([kind, connector, code, failure.message].join('|')).slice(0, 16),
      documentationUrl: null,
    });
  }

  @FieldResolver(() => [ID], { description: 'Tasks without which it is skipped.' })
  async dependsOn(@Root() task: TaskExecution, @Ctx() context: RequestContext): Promise<readonly string[]> {
    const view = taskViewOf(task);
    const execution = await findJobExecution(view.executionId, context);
    const others = execution === null ? [] : executionViewOf(execution).tasks;
    return neededTasks(view, others).map(({ id }) => toGlobalId('TaskExecution', id));
  }
}

const isErrorCode = (code: string): code is ProvisioningErrorCode => code in failureClasses;

@Resolver(() => Job)
export class JobExecutionsOfJobResolver {
  @FieldResolver(() => JobExecutionConnection, { description: 'Its executions, newest first.' })
  executions(
    @Root() { identifier }: Job,
    @Ctx() context: RequestContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => JobExecutionFilter, { nullable: true, description: 'Which ones.' })
    filter?: JobExecutionFilter | null,
  ): Promise<ConnectionValue<JobExecution>> {
    return executionPage(context, page, {
      ...executionFilter(filter),
      job: within(executionFilter(filter)?.job, identifier),
    });
  }
}

@Resolver(() => Connector)
export class JobExecutionsOfConnectorResolver {
  @FieldResolver(() => JobExecution, { nullable: true, description: 'The newest execution that read it to the end.' })
  lastSynchronization(@Root() { identifier }: Connector, @Ctx() context: RequestContext): Promise<JobExecution | null> {
    return findLastSynchronization(identifier, context);
  }

  @FieldResolver(() => JobExecutionConnection, { description: 'Executions with a task of it, newest first.' })
  executions(
    @Root() { identifier }: Connector,
    @Ctx() context: RequestContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => JobExecutionFilter, { nullable: true, description: 'Which ones.' })
    filter?: JobExecutionFilter | null,
  ): Promise<ConnectionValue<JobExecution>> {
    const asked = executionFilter(filter);
    return executionPage(context, page, { ...asked, connector: within(asked?.connector, identifier) });
  }
}

/** Of a list within one thing, the filter may only ask for that thing. */
function within(asked: Filter['job'], identifier: string): NonNullable<Filter['job']> {
  const isIt = (asked?.eq ?? identifier) === identifier && (asked?.in?.includes(identifier) ?? true);
  return isIt ? { ...asked, eq: identifier } : { in: [] };
}

async function executionPage(
  { ports, actor }: RequestContext,
  args: PageArgs,
  filter: Filter | null,
): Promise<ConnectionValue<JobExecution>> {
  const request = pageRequest(args, 'NUMBER:DESC');
  const question = executionQuestion(actor, filter);
  const page = await ports.jobExecutions.page(question, request);
  const count = (): Promise<number> => ports.jobExecutions.count(question);
  return toConnection({ page, request, order: 'NUMBER:DESC', node: toJobExecution, count });
}

const numberForm = /^(?:EXE-)?(\d{1,18})$/i;

async function byNumber(text: string, { ports, actor }: RequestContext): Promise<JobExecution | null> {
  const digits = numberForm.exec(text.trim())?.[1];
  if (digits === undefined)
    throw badUserInput(`"${text.slice(0, 40)}" is not the number of an execution.`, 'Numbers look like EXE-88.');
  const view = await ports.jobExecutions.byNumber(digits, executionQuestion(actor, null).scope);
  return view === null ? null : toJobExecution(view);
}

export const nodeResolvers: NodeResolvers = { exe: findJobExecution, tsk: findTaskExecution };
