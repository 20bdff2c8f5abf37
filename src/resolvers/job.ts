// Jobs: what they do, when they run next, and whether the viewer may launch them. Launching is job-mutation.ts.
import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { isAllowed, may } from '../domain/permission.js';
import { Connector } from '../schema/connector.js';
import { Job, JobStep } from '../schema/job.js';
import { DateTimeScalar } from '../schema/scalar.js';
import { findConnector } from './configured.js';
import type { RequestContext } from './context.js';
import { badUserInput, orThrow } from './error.js';
import { requiredLocalId } from './filter.js';
import { findJob, isJobRunning, toJob } from './job-loader.js';
import type { NodeResolvers } from './node-resolver.js';

@Resolver(() => Job)
export class JobResolver {
  @Query(() => Job, {
    nullable: true,
    description: 'One job, by id or identifier; null when there is none that the viewer may see.',
  })
  job(
    @Ctx() context: RequestContext,
    @Arg('id', () => ID, { nullable: true, description: 'Global id.' }) id?: string | null,
    @Arg('identifier', () => String, { nullable: true, description: 'Name for machines.' }) identifier?: string | null,
  ): Promise<Job | null> {
    if ((typeof id === 'string') === (typeof identifier === 'string'))
      throw badUserInput('Give either id or identifier.');
    return findJob(typeof id === 'string' ? requiredLocalId('Job', id) : (identifier ?? ''), context);
  }

  @Query(() => [Job], { description: 'All jobs, in the order of the configuration.' })
  async jobs(@Ctx() { actor, ports }: RequestContext): Promise<readonly Job[]> {
    orThrow(may(actor, 'job.read'));
    return (await ports.models.current()).configuration.jobs.map(toJob);
  }

  @FieldResolver(() => String, { nullable: true, description: 'Cron in words.' })
  scheduleDescription(@Root() { schedule }: Job, @Ctx() { ports }: RequestContext): string | null {
    return schedule === null ? null : ports.schedules.words(schedule);
  }

  @FieldResolver(() => DateTimeScalar, { nullable: true, description: 'When it is launched next; null: only by hand.' })
  nextRunAt(@Root() { schedule, timeZone, isEnabled }: Job, @Ctx() { ports }: RequestContext): Date | null {
    if (schedule === null || timeZone === null || !isEnabled) return null;
    return ports.schedules.next(schedule, timeZone, ports.environment.now());
  }

  @FieldResolver(() => Boolean, { description: 'The viewer may launch it now: it is enabled, and not running.' })
  async viewerCanLaunch(@Root() { isEnabled, identifier }: Job, @Ctx() context: RequestContext): Promise<boolean> {
    return isEnabled && isAllowed(context.actor, 'job.launch') && !(await isJobRunning(identifier, context));
  }
}

@Resolver(() => JobStep)
export class JobStepResolver {
  @FieldResolver(() => Connector, { nullable: true, description: 'The managed system it is about.' })
  async connector(
    @Root() { connectorIdentifier }: JobStep,
    @Ctx() { ports }: RequestContext,
  ): Promise<Connector | null> {
    return connectorIdentifier === null ? null : findConnector(await ports.models.current(), connectorIdentifier);
  }
}

export const nodeResolvers: NodeResolvers = { job: findJob };
