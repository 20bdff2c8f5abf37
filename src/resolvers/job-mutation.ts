// Launching jobs and computations, and canceling executions: ids are read, one step is called, what it answers is shown.
import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { Actor } from '../domain/actor.js';
import { localIdOf, rowIdOf } from '../domain/global-id.js';
import type { JobTrigger } from '../domain/job.js';
import type { Decision } from '../domain/refusal.js';
import { ConnectorSynchronizePayload } from '../schema/connection-input.js';
import { SynchronizationMode } from '../schema/job.js';
import type { JobExecution } from '../schema/job-execution.js';
import {
  JobExecutionCancelPayload,
  JobLaunchInput,
  JobLaunchPayload,
  RoleModelComputeInput,
  RoleModelComputePayload,
} from '../schema/job-input.js';
import { toUserErrors } from '../schema/user-error.js';
import { cancelExecution } from '../steps/cancel-execution.js';
import { launchComputation, launchJob } from '../steps/launch-job.js';
import { synchronizeConnector } from '../steps/synchronize-connector.js';
import type { RequestContext } from './context.js';
import { badUserInput } from './error.js';
import { executionQuestion, toJobExecution } from './job-execution-loader.js';

@Resolver()
export class JobMutationResolver {
  @Mutation(() => JobLaunchPayload, { description: 'Launches a job. One execution of a job runs at a time.' })
  async jobLaunch(
    @Arg('input', () => JobLaunchInput, { description: 'Which job, and how much of it.' }) input: JobLaunchInput,
    @Ctx() context: RequestContext,
  ): Promise<JobLaunchPayload> {
    const launch = {
      job: jobOf(input),
      isDryRun: input.dryRun,
      fromStep: input.fromStep ?? null,
      connectors: input.connectorIds?.map((id) => localIdOf('Connector', id)) ?? null,
      trigger: triggerOf(context.actor),
    };
    const decision = await launchJob(context.ports, context.actor, launch);
    return Object.assign(new JobLaunchPayload(), await payload(decision, context));
  }

  @Mutation(() => RoleModelComputePayload, {
    description: 'Role model, then provisioning orders, for everyone or for some. The mutation scripts call.',
  })
  async roleModelCompute(
    @Arg('input', () => RoleModelComputeInput, { description: 'For whom, and how far.' }) input: RoleModelComputeInput,
    @Ctx() context: RequestContext,
  ): Promise<RoleModelComputePayload> {
    const launch = {
      identityIds: input.identityIds?.map((id) => rowIdOf('Identity', id)) ?? null,
      resourceTypes: input.resourceTypeIds?.map((id) => localIdOf('ResourceType', id)) ?? null,
      isDryRun: input.dryRun,
      isFulfilled: input.fulfill,
      trigger: triggerOf(context.actor),
    };
    const decision = await launchComputation(context.ports, context.actor, launch);
    return Object.assign(new RoleModelComputePayload(), await payload(decision, context));
  }

  @Mutation(() => ConnectorSynchronizePayload, {
    description: 'Has one connector read now. Whom it changes is computed by the next incremental run.',
  })
  async connectorSynchronize(
    @Arg('id', () => ID, { description: 'Which connector.' }) id: string,
    @Arg('mode', () => SynchronizationMode, {
      defaultValue: 'INCREMENTAL',
      description: 'Everything, or only what changed since the last reading.',
    })
    mode: SynchronizationMode,
    @Ctx() context: RequestContext,
  ): Promise<ConnectorSynchronizePayload> {
    const asked = { connector: localIdOf('Connector', id), mode, trigger: triggerOf(context.actor) };
    const decision = await synchronizeConnector(context.ports, context.actor, asked);
    return Object.assign(new ConnectorSynchronizePayload(), await payload(decision, context));
  }

  @Mutation(() => JobExecutionCancelPayload, {
    description: 'Cancels an execution: a queued one at once, a running one between two of its acts.',
  })
  async jobExecutionCancel(
    @Arg('id', () => ID, { description: 'Which execution.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<JobExecutionCancelPayload> {
    const decision = await cancelExecution(context.ports, context.actor, rowIdOf('JobExecution', id));
    return Object.assign(new JobExecutionCancelPayload(), await payload(decision, context));
  }
}

function jobOf({ jobId, jobIdentifier }: JobLaunchInput): string | null {
  const isById = typeof jobId === 'string';
  if (isById === (typeof jobIdentifier === 'string')) throw badUserInput('Give either jobId or jobIdentifier.');
  return isById ? localIdOf('Job', jobId) : (jobIdentifier ?? null);
}

const triggerOf = ({ kind }: Actor): JobTrigger => (kind === 'identity' ? 'MANUAL' : 'API');

/** Read anew, not from the loaders: they may remember the execution as it was before. */
async function payload(decision: Decision<string>, { ports, actor }: RequestContext) {
  if (!decision.ok) return { jobExecution: null, userErrors: toUserErrors(decision.refusals) };
  const [view] = await ports.jobExecutions.byIds([decision.value], executionQuestion(actor, null));
  const jobExecution: JobExecution | null = view === undefined ? null : toJobExecution(view);
  return { jobExecution, userErrors: [] };
}
