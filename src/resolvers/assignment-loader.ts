// Assignments by their ids, and as schema objects. What a viewer may not see is answered as if it were not there.
import type { Actor } from '../domain/actor.js';
import { roleAssignmentId } from '../domain/assignment.js';
import { toGlobalId } from '../domain/global-id.js';
import { readScope } from '../domain/permission.js';
import { worst } from '../domain/provisioning-state.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import { type Assignment, ResourceTypeAssignment, RoleAssignment } from '../schema/assignment.js';
import type {
  AccountView,
  AssignmentFilter,
  AssignmentQuestion,
  AssignmentView,
  RoleAssignmentView,
} from '../steps/ports/assignment.js';
import type { RequestContext } from './context.js';
import type { Batch } from './loader.js';
import { valuesOf } from './value-assignment.js';

/** What this actor asks: the filter, within what may be read. */
export const assignmentQuestion = (actor: Actor, filter: AssignmentFilter | null): AssignmentQuestion => ({
  filter,
  scope: readScope(actor, 'assignment.read'),
});

const assignmentById: Batch<string, AssignmentView> = (ids, { ports, actor }) =>
  ports.assignments.byIds(ids, assignmentQuestion(actor, null));

/** By `<identity>:<role>`, or the row id of an account. */
export async function findAssignment(id: string, context: RequestContext): Promise<Assignment | null> {
  const view = await context.loaders.load(assignmentById, id);
  return view === null ? null : toAssignment(await context.ports.models.current(), view);
}

export const findRoleAssignment = (
  identityId: string,
  role: string,
  context: RequestContext,
): Promise<Assignment | null> => findAssignment(roleAssignmentId(identityId, role), context);

export function toAssignment(model: CompiledModel, view: AssignmentView): Assignment {
  switch (view.kind) {
    case 'role':
      return toRoleAssignment(view);
    case 'resource':
      return toAccount(model, view);
    default:
      return view satisfies never;
  }
}

const sharedOf = (view: AssignmentView) => ({
  assignmentId: view.id,
  identityId: view.identityId,
  workflowState: view.workflowState,
  provisioningState: view.provisioningState,
  isAutomatic: view.isAutomatic,
  isInferred: view.isInferred,
  createdAt: view.createdAt,
  updatedAt: view.updatedAt,
});

function toRoleAssignment(view: RoleAssignmentView): RoleAssignment {
  const { startDate, endDate, approvalStep, approvalStepCount, requestItemId } = view;
  return Object.assign(new RoleAssignment(), {
    ...sharedOf(view),
    id: toGlobalId('RoleAssignment', view.id),
    startDate,
    endDate,
    approvalStep,
    approvalStepCount,
    requestItemId,
    roleIdentifier: view.role,
  });
}

function toAccount(model: CompiledModel, view: AccountView): ResourceTypeAssignment {
  const values = valuesOf(model, view);
  const states = [view.provisioningState, ...values.map(({ provisioningState }) => provisioningState)];
  return Object.assign(new ResourceTypeAssignment(), {
    ...sharedOf(view),
    id: toGlobalId('ResourceTypeAssignment', view.id),
    startDate: null,
    endDate: null,
    approvalStep: null,
    approvalStepCount: null,
    consolidatedProvisioningState: worst(states),
    resourceTypeIdentifier: view.resourceType,
    resourceId: view.resourceId,
    valueAssignments: values,
  });
}
