// Timelines of identities, requests and assignments: pages of entries, and the things each entry is about.
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { AssignmentChange } from '../domain/assignment.js';
import { roleAssignmentId } from '../domain/assignment.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import type { TimelineEntry, TimelineQuestion } from '../domain/timeline.js';
import type { AssignmentView } from '../steps/ports/assignment.js';
import { ActorUnion } from '../schema/actor.js';
import { Assignment } from '../schema/assignment.js';
import { Identity } from '../schema/identity.js';
import { type ConnectionValue, PageArgs } from '../schema/page.js';
import { AssignmentRequest } from '../schema/request.js';
import {
  CommentAdded,
  ProvisioningStateChanged,
  ResourceChanged,
  TimelineEvent,
  TimelineItemConnection,
  WorkflowStateChanged,
} from '../schema/timeline.js';
import { actorOf } from './actor.js';
import { goneAssignments } from './assignment-gone.js';
import { findAssignment, toAssignment } from './assignment-loader.js';
import type { RequestContext } from './context.js';
import { findJobExecution } from './job-execution-loader.js';
import { pageRequest, toConnection } from './page.js';
import { findOrder } from './provisioning-order-loader.js';
import { findRequest, viewOf } from './request-loader.js';
import { findResource } from './resource.js';
import { resourceChangeById, toResourceChange } from './resource-change.js';

const order = 'TIMELINE:DESC';
const description = 'What happened, newest first.';

@Resolver(() => Identity)
export class IdentityTimelineResolver {
  @FieldResolver(() => TimelineItemConnection, { description })
  timeline(
    @Root() { identityId }: Identity,
    @Ctx() context: RequestContext,
    @Args(() => PageArgs) args: PageArgs,
  ): Promise<ConnectionValue<TimelineEvent>> {
    const all = { assignmentIds: null, since: null, requestIds: null, withResources: true };
    return timelinePage(context, args, { identityId, ...all });
  }
}

@Resolver(() => Assignment)
export class AssignmentTimelineResolver {
  @FieldResolver(() => TimelineItemConnection, { description })
  timeline(
    @Root() { identityId, assignmentId }: Assignment,
    @Ctx() context: RequestContext,
    @Args(() => PageArgs) args: PageArgs,
  ): Promise<ConnectionValue<TimelineEvent>> {
    const question = { identityId, assignmentIds: [assignmentId], since: null, requestIds: [], withResources: false };
    return timelinePage(context, args, question);
  }
}

@Resolver(() => AssignmentRequest)
export class RequestTimelineResolver {
  @FieldResolver(() => TimelineItemConnection, { description })
  timeline(
    @Root() request: AssignmentRequest,
    @Ctx() context: RequestContext,
    @Args(() => PageArgs) args: PageArgs,
  ): Promise<ConnectionValue<TimelineEvent>> {
    const { id, beneficiaryId, items, createdAt } = viewOf(request);
    return timelinePage(context, args, {
      identityId: beneficiaryId,
      assignmentIds: items.map(({ role }) => roleAssignmentId(beneficiaryId, role)),
      since: createdAt,
      requestIds: [id],
      withResources: false,
    });
  }
}

@Resolver(() => TimelineEvent)
export class TimelineEventResolver {
  @FieldResolver(() => ActorUnion, { nullable: true, description: 'Who or what did it; null where nobody is named.' })
  actor(@Root() { actorReference }: TimelineEvent, @Ctx() context: RequestContext): Promise<object | null> {
    return actorReference?.startsWith('execution:') === true
      ? findJobExecution(actorReference.slice('execution:'.length), context)
      : actorOf(actorReference, context);
  }
}

async function timelinePage(
  context: RequestContext,
  args: PageArgs,
  question: TimelineQuestion,
): Promise<ConnectionValue<TimelineEvent>> {
  const { ports } = context;
  const request = pageRequest(args, order);
  const page = await ports.timelines.page(question, request);
  const telling = { model: await ports.models.current(), gone: await goneOf(page.rows, context), context };
  const shown = await Promise.all(page.rows.map((entry) => toItem(entry, telling)));
  const kept = shown.flatMap((item, index) => (item === null ? [] : [{ item, keys: page.keys[index] ?? [] }]));
  return toConnection({
    page: {
      rows: kept.map(({ item }) => item),
      keys: kept.map(({ keys }) => keys),
      hasNextPage: page.hasNextPage && kept.length > 0,
    },
    request,
    order,
    node: (item) => item,
    count: () => ports.timelines.count(question),
  });
}

interface Telling {
  readonly model: CompiledModel;
  readonly gone: ReadonlyMap<AssignmentChange, AssignmentView>;
  readonly context: RequestContext;
}

/** Assignments of these entries that have no row any more, as far as the viewer may see them. */
async function goneOf(entries: readonly TimelineEntry[], context: RequestContext): Promise<Telling['gone']> {
  const told = entries.filter(isOfAssignment);
  const present = await Promise.all(told.map(({ change }) => findAssignment(change.assignmentId, context)));
  const mentions = told
    .filter((_, index) => present[index] === null)
    .map(({ change, at }) => ({
      fact: { kind: 'AssignmentChanged', position: 0n, occurredAt: at } as const,
      reference: change,
    }));
  return goneAssignments(context.ports, mentions, null, context.actor);
}

type OfAssignment = Extract<TimelineEntry, { kind: 'workflow' | 'provisioning' }>;
const isOfAssignment = (entry: TimelineEntry): entry is OfAssignment =>
  entry.kind === 'workflow' || entry.kind === 'provisioning';

/** Null for what the viewer may not see. */
async function toItem(entry: TimelineEntry, telling: Telling): Promise<TimelineEvent | null> {
  const { model, context } = telling;
  const shared = { id: `${entry.at}/${entry.key}`, at: new Date(entry.at), actorReference: entry.actor };
  switch (entry.kind) {
    case 'workflow': {
      const assignment = await assignmentOf(entry, telling);
      const { workflowState: to, previousWorkflowState: from } = entry.change;
      const summary = `${nameOf(entry.change, model)}: ${said(from, to)}.`;
      return assignment === null
        ? null
        : Object.assign(new WorkflowStateChanged(), { ...shared, summary, from, to, comment: null, assignment });
    }
    case 'provisioning': {
      const { provisioningState: to, previousProvisioningState: from } = entry.change;
      const [assignment, brought] = await Promise.all([
        assignmentOf(entry, telling),
        findOrder(entry.orderId, context),
      ]);
      const summary = `${nameOf(entry.change, model)}: ${said(from, to)}.`;
      const error = to === 'ERRORED' ? (brought?.error ?? null) : null;
      const item = { ...shared, summary, from, to, assignment, order: brought, error };
      return assignment === null ? null : Object.assign(new ProvisioningStateChanged(), item);
    }
    case 'comment':
      if ((await findRequest(entry.requestId, context)) === null) return null;
      return Object.assign(new CommentAdded(), {
        ...shared,
        summary: `On ${entry.about}: ${entry.body}`,
        body: entry.body,
      });
    case 'resource': {
      if ((await findResource(entry.resourceId, context)) === null) return null;
      const view = await context.loaders.load(resourceChangeById, entry.changeId);
      if (view === null) return null;
      const change = toResourceChange(model, view);
      const summary = `A reading found ${change.changes.length} values changed.`;
      return Object.assign(new ResourceChanged(), { ...shared, summary, change });
    }
    default:
      return entry satisfies never;
  }
}

const said = (from: string | null, to: string): string => (from === null ? words(to) : `${words(from)} → ${words(to)}`);
const words = (state: string): string => state.toLowerCase().replaceAll('_', ' ');

const nameOf = ({ kind, subject }: AssignmentChange, { roles, resourceTypes }: CompiledModel): string =>
  (kind === 'role' ? roles.get(subject)?.displayName : resourceTypes.get(subject)?.definition.displayName) ?? subject;

async function assignmentOf({ change }: OfAssignment, { model, gone, context }: Telling): Promise<Assignment | null> {
  const view = gone.get(change);
  return view === undefined ? findAssignment(change.assignmentId, context) : toAssignment(model, view);
}
