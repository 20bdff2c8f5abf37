// The stream of assignments: which facts concern them, and what a client sees of each, also when the row is gone by now.
import { Arg, Resolver, Root, Subscription } from 'type-graphql';
import type { Actor } from '../domain/actor.js';
import type { AssignmentChange } from '../domain/assignment.js';
import { orderFactKinds } from '../domain/event.js';
import { idMatches } from '../domain/filter-match.js';
import { type Assignment, AssignmentFilter } from '../schema/assignment.js';
import { AssignmentChanged, AssignmentStreamItem } from '../schema/assignment-stream.js';
import { StreamCursorScalar } from '../schema/scalar.js';
import type { AssignmentFilter as Condition, AssignmentView } from '../steps/ports/assignment.js';
import { assignmentFilter } from './assignment.js';
import { goneAssignments } from './assignment-gone.js';
import { assignmentQuestion, toAssignment } from './assignment-loader.js';
import type { RequestContext } from './context.js';
import { type Mention, openStream, type StreamEvent, type StreamSubject } from './stream.js';
import { answered, loadedByState, rewritten } from './stream-filter.js';
import { shownItem, type StreamArgs } from './stream-item.js';

interface Change extends Pick<AssignmentChange, 'previousProvisioningState' | 'previousWorkflowState'> {
  readonly occurredAt: string | Date;
  readonly assignment: Assignment;
}

type Args = StreamArgs<AssignmentFilter>;

@Resolver()
export class AssignmentStreamResolver {
  @Subscription(() => AssignmentStreamItem, {
    description: 'The present state of every assignment the filter keeps, then every change of one.',
    subscribe: ({ args, context }: { args: Args; context: RequestContext }) =>
      openStream({ context, subject: assignments(context, assignmentFilter(args.filter)), after: args.after }),
  })
  assignmentChanged(
    @Root() item: StreamEvent<Change>,
    @Arg('filter', () => AssignmentFilter, { nullable: true, description: 'Which ones.' })
    _filter?: AssignmentFilter | null,
    @Arg('after', () => StreamCursorScalar, {
      nullable: true,
      description: 'Every change after this item, and nothing before.',
    })
    _after?: string | null,
  ): object {
    return shownItem(item, (change) => Object.assign(new AssignmentChanged(), change));
  }
}

function assignments({ ports }: RequestContext, filter: Condition | null): StreamSubject<AssignmentChange, Change> {
  return {
    // Every step of an order changes assignments as well, and says so in its own fact.
    kinds: [
      'AssignmentChanged',
      'RequestSubmitted',
      'RequestApproved',
      'RequestDeclined',
      'RequestCanceled',
      'RequestAdvanced',
      ...orderFactKinds,
    ],
    mentions: (fact) => (fact.assignments ?? []).map((change) => (mayMatch(change, filter) ? change : null)),
    load: (mentions, actor) => changesOf(ports, mentions, filter, actor),
    present: async (actor, limit) => {
      const model = await ports.models.current();
      const views = await ports.assignments.matching(assignmentQuestion(actor, filter), limit);
      return views.map((view) => ({
        occurredAt: view.updatedAt,
        assignment: toAssignment(model, view),
        previousProvisioningState: null,
        previousWorkflowState: null,
      }));
    },
  };
}

/** What can be said without a look at rows: most streams are about one person. */
const mayMatch = (change: AssignmentChange, filter: Condition | null): boolean =>
  idMatches(change.identityId, filter?.identityId) &&
  idMatches(change.kind === 'role' ? change.subject : null, filter?.roleId) &&
  idMatches(change.kind === 'resource' ? change.subject : null, filter?.resourceTypeId);

async function changesOf(
  ports: RequestContext['ports'],
  mentions: readonly Mention<AssignmentChange>[],
  filter: Condition | null,
  actor: Actor,
): Promise<readonly (Change | null)[]> {
  const model = await ports.models.current();
  const present = await loadedByState(mentions, statesOf, (changes) => presentOf(ports, changes, filter, actor));
  const missing = mentions.filter((_, index) => present[index] === null);
  const gone = await goneAssignments(ports, missing, filter, actor);
  return mentions.map(({ fact, reference }, index) => {
    const view = present[index] ?? gone.get(reference) ?? null;
    if (view === null) return null;
    const { previousProvisioningState, previousWorkflowState } = reference;
    const assignment = toAssignment(model, view);
    return { occurredAt: fact.occurredAt, assignment, previousProvisioningState, previousWorkflowState };
  });
}

const statesOf = ({ workflowState, provisioningState }: AssignmentChange): string =>
  `${workflowState} ${provisioningState}`;

/** Changes to the same states, with their assignments in those states. */
async function presentOf(
  { assignments }: RequestContext['ports'],
  changes: readonly AssignmentChange[],
  filter: Condition | null,
  actor: Actor,
): Promise<ReadonlyMap<AssignmentChange, AssignmentView>> {
  const [{ workflowState, provisioningState } = { workflowState: null, provisioningState: null }] = changes;
  if (workflowState === null) return new Map();
  const rest =
    filter === null
      ? null
      : rewritten(filter, (level) => ({
          ...level,
          workflowState: answered(level.workflowState, workflowState),
          provisioningState: answered(level.provisioningState, provisioningState),
        }));
  const ids = [...new Set(changes.map(({ assignmentId }) => assignmentId))];
  const found = await assignments.byIds(ids, assignmentQuestion(actor, rest));
  return new Map(
    changes.flatMap((change) => {
      const view = found.get(change.assignmentId);
      return view === undefined ? [] : [[change, { ...view, workflowState, provisioningState }] as const];
    }),
  );
}
