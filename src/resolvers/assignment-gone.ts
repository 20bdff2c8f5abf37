// Assignments that events speak of and rows no longer do: a right taken away has no row, but its end is what people wait
// to see. Shown from the event alone, to whom it would have been shown, when the filter would have kept it.
import type { Actor } from '../domain/actor.js';
import type { AssignmentChange, ExpectedResource } from '../domain/assignment.js';
import { dayMatches, idMatches, instantMatches, isFlag, isOneOf, treeMatches } from '../domain/filter-match.js';
import { keepersAmong } from '../domain/request-access.js';
import { isAllowed } from '../domain/permission.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import type { AssignmentFilter, AssignmentView } from '../steps/ports/assignment.js';
import type { IdentityView } from '../steps/ports/identity.js';
import type { RequestContext } from './context.js';
import type { Mention } from './stream.js';

type Ports = RequestContext['ports'];

/** Of these mentions, those whose assignment has no row, as views of the event. */
export async function goneAssignments(
  ports: Ports,
  mentions: readonly Mention<AssignmentChange>[],
  filter: AssignmentFilter | null,
  actor: Actor,
): Promise<ReadonlyMap<AssignmentChange, AssignmentView>> {
  if (mentions.length === 0) return new Map();
  const ids = [...new Set(mentions.map(({ reference }) => reference.assignmentId))];
  // Whoever still has a row was left out by the filter or by the reader's rights.
  const kept = await ports.assignments.byIds(ids, { filter: null, scope: 'all' });
  const gone = mentions.filter(({ reference }) => !kept.has(reference.assignmentId));
  if (gone.length === 0) return new Map();
  const readers = await readersOf(ports, gone);
  const now = ports.environment.now();
  const shown = gone.flatMap(({ fact, reference }) => {
    const view = viewOf(reference, new Date(fact.occurredAt));
    return readers.may(actor, reference) && keeps(filter, view, now) ? [[reference, view] as const] : [];
  });
  return new Map(shown);
}

interface Readers {
  may(actor: Actor, change: AssignmentChange): boolean;
}

async function readersOf(ports: Ports, mentions: readonly Mention<AssignmentChange>[]): Promise<Readers> {
  const [model, people] = await Promise.all([
    ports.models.current(),
    ports.identities.byIds([...new Set(mentions.map(({ reference }) => reference.identityId))]),
  ]);
  return {
    may: (actor, change) => {
      const holder = people.get(change.identityId);
      // The page could not name the holder either.
      if (holder === undefined) return false;
      return isAllowed(actor, 'assignment.read', thingOf(holder, keepersOf(actor, change, model)));
    },
  };
}

const keepersOf = (actor: Actor, { kind, subject }: AssignmentChange, model: CompiledModel): readonly string[] =>
  kind === 'role' ? keepersAmong(actor, [subject], model) : [];

const thingOf = (holder: IdentityView, roleOwners: readonly string[]) => ({
  owners: [holder.id],
  managers: holder.managerId === null ? [] : [holder.managerId],
  roleOwners,
});

const nothing: ExpectedResource = { key: '', rule: '', values: {}, links: {} };

/** Nobody asked for what was last given by a rule or by another role. */
const givenByRules: readonly string[] = ['CALCULATED', 'CALCULATED_MISSING_PARAMETERS', 'GIVEN_BY_A_ROLE', 'PROLONGED'];

function viewOf(change: AssignmentChange, at: Date): AssignmentView {
  const { identityId, subject, workflowState, provisioningState } = change;
  const last = change.previousWorkflowState ?? workflowState;
  const shared = {
    id: change.assignmentId,
    isAutomatic: change.kind === 'resource' || givenByRules.includes(last),
    isInferred: last === 'GIVEN_BY_A_ROLE',
    createdAt: at,
    updatedAt: at,
    identityId,
    workflowState,
    provisioningState,
  };
  if (change.kind === 'resource') {
    return {
      ...shared,
      kind: 'resource',
      resourceType: subject,
      resourceId: null,
      resourceKey: '',
      expected: nothing,
      delta: null,
      error: null,
      values: [],
      confidencePercent: null,
    };
  }
  const undated = { startDate: null, endDate: null, approvalStep: null, approvalStepCount: null, requestItemId: null };
  return { ...shared, ...undated, kind: 'role', role: subject, reasons: [] };
}

const keeps = (filter: AssignmentFilter | null, view: AssignmentView, now: Date): boolean =>
  treeMatches(
    filter,
    (level) =>
      idMatches(view.identityId, level.identityId) &&
      idMatches(view.kind === 'role' ? view.role : null, level.roleId) &&
      idMatches(view.kind === 'resource' ? view.resourceType : null, level.resourceTypeId) &&
      isOneOf(view.workflowState, level.workflowState) &&
      isOneOf(view.provisioningState, level.provisioningState) &&
      isFlag(view.isAutomatic, level.isAutomatic) &&
      dayMatches(null, level.endDate) &&
      instantMatches(view.updatedAt, level.updatedAt, now),
  );
