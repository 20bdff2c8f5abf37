// Items of the stream of assignments.
import { createUnionType, Field, ObjectType } from 'type-graphql';
import { Assignment } from './assignment.js';
import { ProvisioningState } from './provisioning-state.js';
import { DateTimeScalar, StreamCursorScalar } from './scalar.js';
import { StreamLagged } from './stream.js';
import { WorkflowState } from './workflow-state.js';

@ObjectType('AssignmentChanged', { description: 'An assignment after a change, or at the start of the stream.' })
export class AssignmentChanged {
  @Field(() => StreamCursorScalar, { description: 'Resumes the stream after this item.' })
  readonly cursor: string;

  @Field(() => DateTimeScalar, { description: 'When it happened.' })
  readonly occurredAt: string | Date;

  @Field(() => Assignment, { description: 'The assignment: its states by the event, everything else as it is now.' })
  readonly assignment: Assignment;

  @Field(() => ProvisioningState, {
    nullable: true,
    description: 'The state before; null for a new assignment and at the start of the stream.',
  })
  readonly previousProvisioningState: ProvisioningState | null;

  @Field(() => WorkflowState, {
    nullable: true,
    description: 'The state before; null for a new assignment and at the start of the stream.',
  })
  readonly previousWorkflowState: WorkflowState | null;
}

export const AssignmentStreamItem = createUnionType({
  name: 'AssignmentStreamItem',
  description: 'A change of an assignment, or word that changes were missed.',
  types: () => [AssignmentChanged, StreamLagged] as const,
});
