// A fact as the event table keeps it: what repeats in each of its changes is left out and put back on reading.
// A first computation names a hundred roles for everybody; parsing them was half of its cost.
import { type AssignmentChange, roleAssignmentId } from '../domain/assignment.js';
import type { Fact } from '../domain/event.js';

type StoredChange = Omit<AssignmentChange, 'identityId' | 'assignmentId'> & {
  readonly identityId?: string;
  /** Left out where it follows from identity and role. */
  readonly assignmentId?: string;
};

export interface StoredFact extends Omit<Fact, 'assignments'> {
  readonly assignments?: readonly Partial<StoredChange>[];
}

export const toStored = (fact: Fact): StoredFact =>
  fact.assignments === undefined
    ? fact
    : { ...fact, assignments: fact.assignments.map((change) => storedChange(change, fact.identityId)) };

/** JSON leaves out what is undefined. */
function storedChange(change: AssignmentChange, identityId: string | undefined): Partial<StoredChange> {
  const isDerived =
    change.kind === 'role' && change.assignmentId === roleAssignmentId(change.identityId, change.subject);
  return {
    kind: change.kind,
    subject: change.subject,
    workflowState: change.workflowState,
    provisioningState: change.provisioningState,
    previousWorkflowState: change.previousWorkflowState ?? undefined,
    previousProvisioningState: change.previousProvisioningState ?? undefined,
    assignmentId: isDerived ? undefined : change.assignmentId,
    identityId: change.identityId === identityId ? undefined : change.identityId,
  };
}

export const fromStored = (stored: StoredFact): Fact => {
  const { assignments, ...fact } = stored;
  return assignments === undefined
    ? fact
    : { ...fact, assignments: assignments.map((change) => shownChange(change as StoredChange, fact.identityId ?? '')) };
};

function shownChange(change: StoredChange, ofFact: string): AssignmentChange {
  const identityId = change.identityId ?? ofFact;
  return {
    ...change,
    identityId,
    assignmentId: change.assignmentId ?? roleAssignmentId(identityId, change.subject),
    previousWorkflowState: change.previousWorkflowState ?? null,
    previousProvisioningState: change.previousProvisioningState ?? null,
  };
}
