// A fact as the event table keeps it: changes that differ only by role are kept as one, and what follows is left out.
// A first computation names a hundred roles for everybody; parsing them was half of its cost.
import { type AssignmentChange, roleAssignmentId } from '../domain/assignment.js';
import type { Fact } from '../domain/event.js';

interface StoredChange extends Partial<Omit<AssignmentChange, 'kind' | 'subject'>> {
  readonly kind: AssignmentChange['kind'];
  readonly subject?: string;
  /** Instead of `subject`: roles that changed alike. */
  readonly subjects?: readonly string[];
}

export interface StoredFact extends Omit<Fact, 'assignments'> {
  readonly assignments?: readonly StoredChange[];
}

export const toStored = (fact: Fact): StoredFact =>
  fact.assignments === undefined ? fact : { ...fact, assignments: storedChanges(fact.assignments, fact.identityId) };

/** In the order of the first change of each sort. */
function storedChanges(changes: readonly AssignmentChange[], identityId: string | undefined): readonly StoredChange[] {
  const sorts = new Map<string, { readonly change: StoredChange; readonly subjects: string[] }>();
  for (const change of changes) {
    const stored = withoutSubject(change, identityId);
    const sort = stored.assignmentId === undefined ? JSON.stringify(stored) : change.assignmentId;
    const known = sorts.get(sort);
    if (known === undefined) sorts.set(sort, { change: stored, subjects: [change.subject] });
    else known.subjects.push(change.subject);
  }
  return [...sorts.values()].map(({ change, subjects }) =>
    subjects.length === 1 ? { ...change, subject: subjects[0] } : { ...change, subjects },
  );
}

/** JSON leaves out what is undefined: the identity of the fact, the derived ids of roles, and states there were none before. */
function withoutSubject(change: AssignmentChange, identityId: string | undefined): StoredChange {
  const isDerived =
    change.kind === 'role' && change.assignmentId === roleAssignmentId(change.identityId, change.subject);
  return {
    kind: change.kind,
    workflowState: change.workflowState,
    provisioningState: change.provisioningState,
    previousWorkflowState: change.previousWorkflowState ?? undefined,
    previousProvisioningState: change.previousProvisioningState ?? undefined,
    assignmentId: isDerived ? undefined : change.assignmentId,
    identityId: change.identityId === identityId ? undefined : change.identityId,
  };
}

export function fromStored(stored: StoredFact): Fact {
  const { assignments, ...fact } = stored;
  if (assignments === undefined) return fact;
  return { ...fact, assignments: assignments.flatMap((change) => shownChanges(change, fact.identityId ?? '')) };
}

function shownChanges(stored: StoredChange, ofFact: string): readonly AssignmentChange[] {
  const { subject = '', subjects = [subject], identityId = ofFact, ...states } = stored;
  return subjects.map((each) => ({
    kind: states.kind,
    assignmentId: states.assignmentId ?? roleAssignmentId(identityId, each),
    identityId,
    subject: each,
    workflowState: states.workflowState ?? 'INACTIVE',
    previousWorkflowState: states.previousWorkflowState ?? null,
    provisioningState: states.provisioningState ?? 'NONE',
    previousProvisioningState: states.previousProvisioningState ?? null,
  }));
}
