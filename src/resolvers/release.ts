// What a threshold stopped, shown to whoever may release it, and the acts of the second person.
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { rowIdOf } from '../domain/global-id.js';
import { isAllowed } from '../domain/permission.js';
import type { Decision } from '../domain/refusal.js';
import { type BlockedExecution, checkReleaser, isRetryable, releaseDigest } from '../domain/release.js';
import { EntityType } from '../schema/entity-type.js';
import { Identity } from '../schema/identity.js';
import { JobExecution } from '../schema/job-execution.js';
import { type ConnectionValue, PageArgs } from '../schema/page.js';
import {
  HeldChange,
  HeldChangeConnection,
  JobExecutionDeclinePayload,
  JobExecutionResumePayload,
  JobExecutionRetryPayload,
  JobRetryFrom,
} from '../schema/release.js';
import { ResourceType } from '../schema/resource-type.js';
import { Role } from '../schema/role.js';
import { toUserErrors } from '../schema/user-error.js';
import type { HeldChangeView } from '../steps/ports/release.js';
import { declineExecution, resumeExecution, retryExecution } from '../steps/release-execution.js';
import { findEntityType, findResourceType, roleOf } from './configured.js';
import type { RequestContext } from './context.js';
import { findIdentity } from './identity-loader.js';
import { executionQuestion, executionViewOf, toJobExecution } from './job-execution-loader.js';
import { isJobRunning } from './job-loader.js';
import type { Batch } from './loader.js';
import { pageRequest, toConnection } from './page.js';

const blockedExecutionById: Batch<string, BlockedExecution> = async (ids, { ports }) => {
  const found = await Promise.all(ids.map((id) => ports.releases.blocked(id)));
  return new Map(found.flatMap((one) => (one === null ? [] : [[one.id, one] as const])));
};

@Resolver(() => JobExecution)
export class ReleaseResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description:
      'What jobExecutionResume takes as planDigest: it changes with everything that is held back. Null unless BLOCKED.',
  })
  async releaseDigest(@Root() execution: JobExecution, @Ctx() { ports }: RequestContext): Promise<string | null> {
    if (execution.state !== 'BLOCKED') return null;
    const blocked = await ports.releases.blocked(executionViewOf(execution).id);
    return blocked === null ? null : releaseDigest(blocked, ports.environment.digest);
  }

  @FieldResolver(() => HeldChangeConnection, {
    description:
      'Rows, losses of roles and orders that thresholds held back; what a computation would change in accounts is in the plan.',
  })
  async heldChanges(
    @Root() execution: JobExecution,
    @Ctx() { ports }: RequestContext,
    @Args(() => PageArgs) args: PageArgs,
  ): Promise<ConnectionValue<HeldChange>> {
    const { id } = executionViewOf(execution);
    const request = pageRequest(args, 'HELD');
    const page = await ports.heldChanges.held(id, request);
    return toConnection({
      page,
      request,
      order: 'HELD',
      node: toHeldChange,
      count: () => ports.heldChanges.countHeld(id),
    });
  }

  @FieldResolver(() => Boolean, {
    description: 'It waits for a person who has seen what was held back, and the viewer may be that person.',
  })
  async viewerCanResume(@Root() execution: JobExecution, @Ctx() context: RequestContext): Promise<boolean> {
    const { actor, loaders } = context;
    const { id, job } = executionViewOf(execution);
    if (execution.state !== 'BLOCKED' || !isAllowed(actor, 'execution.release')) return false;
    const blocked = await loaders.load(blockedExecutionById, id);
    return blocked !== null && checkReleaser(actor, blocked) === null && !(await isJobRunning(job, context));
  }

  @FieldResolver(() => Boolean, { description: 'It did not reach its end, and the viewer may have it run again.' })
  async viewerCanRetry(@Root() execution: JobExecution, @Ctx() context: RequestContext): Promise<boolean> {
    if (!isRetryable(execution.state) || !isAllowed(context.actor, 'job.launch')) return false;
    return !(await isJobRunning(executionViewOf(execution).job, context));
  }
}

@Resolver(() => HeldChange)
export class HeldChangeResolver {
  @FieldResolver(() => EntityType, { nullable: true, description: 'Of a row that was read; null for an account.' })
  async entityType(@Root() change: HeldChange, @Ctx() { ports }: RequestContext): Promise<EntityType | null> {
    const { entityTypeIdentifier } = change;
    return entityTypeIdentifier === null ? null : findEntityType(await ports.models.current(), entityTypeIdentifier);
  }

  @FieldResolver(() => ResourceType, { nullable: true, description: 'Of an account; null for a row that was read.' })
  async resourceType(@Root() change: HeldChange, @Ctx() { ports }: RequestContext): Promise<ResourceType | null> {
    const { resourceTypeIdentifier } = change;
    return resourceTypeIdentifier === null
      ? null
      : findResourceType(await ports.models.current(), resourceTypeIdentifier);
  }

  @FieldResolver(() => [Role], { description: 'Roles that the person would lose by a computation; else empty.' })
  async lostRoles(@Root() { roleIdentifiers }: HeldChange, @Ctx() { ports }: RequestContext): Promise<readonly Role[]> {
    const model = await ports.models.current();
    return roleIdentifiers.map((identifier) => roleOf(model, identifier));
  }

  @FieldResolver(() => Identity, { nullable: true, description: 'Whom it is about.' })
  owner(@Root() { identityId }: HeldChange, @Ctx() context: RequestContext): Promise<Identity | null> {
    return findIdentity(identityId, context);
  }
}

const toHeldChange = (view: HeldChangeView): HeldChange => {
  const { id, taskKind, kind, key, entityType, resourceType, identityId, lostRoles } = view;
  return Object.assign(new HeldChange(), {
    id,
    taskKind,
    kind,
    key,
    identityId,
    roleIdentifiers: lostRoles,
    entityTypeIdentifier: entityType,
    resourceTypeIdentifier: resourceType,
  });
};

@Resolver()
export class ReleaseMutationResolver {
  @Mutation(() => JobExecutionResumePayload, {
    description: 'Go on after a threshold stop. The digest proves the changes were looked at.',
  })
  async jobExecutionResume(
    @Arg('id', () => ID, { description: 'Which execution.' }) id: string,
    @Arg('planDigest', () => String, { description: 'JobExecution.releaseDigest as it was seen.' }) planDigest: string,
    @Arg('comment', () => String, { description: 'What was looked at, and why it is right.' }) comment: string,
    @Ctx() context: RequestContext,
  ): Promise<JobExecutionResumePayload> {
    const release = { seenDigest: planDigest, comment };
    const decision = await resumeExecution(context.ports, context.actor, rowIdOf('JobExecution', id), release);
    return Object.assign(new JobExecutionResumePayload(), await payload(decision, context));
  }

  @Mutation(() => JobExecutionDeclinePayload, {
    description: 'Says no to what a threshold stopped: the execution ends as ABORTED, and nothing of it is written.',
  })
  async jobExecutionDecline(
    @Arg('id', () => ID, { description: 'Which execution.' }) id: string,
    @Arg('comment', () => String, { description: 'Why not.' }) comment: string,
    @Ctx() context: RequestContext,
  ): Promise<JobExecutionDeclinePayload> {
    const decision = await declineExecution(context.ports, context.actor, rowIdOf('JobExecution', id), comment);
    return Object.assign(new JobExecutionDeclinePayload(), await payload(decision, context));
  }

  @Mutation(() => JobExecutionRetryPayload, {
    description: 'Runs again what failed, as a new execution of the same job and scope.',
  })
  async jobExecutionRetry(
    @Arg('id', () => ID, { description: 'Which execution.' }) id: string,
    @Arg('from', () => JobRetryFrom, { defaultValue: 'FAILED_TASKS', description: 'How much of it.' })
    from: JobRetryFrom,
    @Ctx() context: RequestContext,
  ): Promise<JobExecutionRetryPayload> {
    const trigger = context.actor.kind === 'identity' ? 'MANUAL' : 'API';
    const decision = await retryExecution(context.ports, context.actor, rowIdOf('JobExecution', id), { from, trigger });
    return Object.assign(new JobExecutionRetryPayload(), await payload(decision, context));
  }
}

/** Read anew, not from the loaders: they may remember the execution as it was before. */
async function payload(decision: Decision<string>, { ports, actor }: RequestContext) {
  if (!decision.ok) return { jobExecution: null, userErrors: toUserErrors(decision.refusals) };
  const [view] = await ports.jobExecutions.byIds([decision.value], executionQuestion(actor, null));
  return { jobExecution: view === undefined ? null : toJobExecution(view), userErrors: [] };
}
