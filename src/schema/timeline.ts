// What happened, as one list for identities, requests and assignments.
import { createUnionType, Field, ID, InterfaceType, ObjectType } from 'type-graphql';
import { Assignment } from './assignment.js';
import { pageType } from './page.js';
import { ProvisioningError } from './provisioning-error.js';
import { ProvisioningOrder } from './provisioning-order.js';
import { ProvisioningState } from './provisioning-state.js';
import { ResourceChange } from './resource-change.js';
import { DateTimeScalar } from './scalar.js';
import { WorkflowState } from './workflow-state.js';

@InterfaceType('TimelineEvent', { description: 'Something that happened.' })
export abstract class TimelineEvent {
  @Field(() => ID, { description: 'Tells two of a timeline apart.' })
  readonly id: string;

  @Field(() => DateTimeScalar, { description: 'When.' })
  readonly at: Date;

  @Field(() => String, { description: 'One sentence for people.' })
  readonly summary: string;

  /** Reference, for the resolver. */
  readonly actorReference: string | null;
}

@ObjectType('WorkflowStateChanged', { implements: TimelineEvent, description: 'Somebody decided, or a rule did.' })
export class WorkflowStateChanged extends TimelineEvent {
  @Field(() => WorkflowState, { nullable: true, description: 'Before; null: there was none.' })
  readonly from: WorkflowState | null;

  @Field(() => WorkflowState, { description: 'After.' })
  readonly to: WorkflowState;

  @Field(() => String, { nullable: true, description: 'What the decider said; null where nothing was said.' })
  readonly comment: string | null;

  @Field(() => Assignment, { description: 'Of which assignment.' })
  readonly assignment: Assignment;
}

@ObjectType('ProvisioningStateChanged', {
  implements: TimelineEvent,
  description: 'A managed system came closer, or refused.',
})
export class ProvisioningStateChanged extends TimelineEvent {
  @Field(() => ProvisioningState, { nullable: true, description: 'Before; null: there was none.' })
  readonly from: ProvisioningState | null;

  @Field(() => ProvisioningState, { description: 'After.' })
  readonly to: ProvisioningState;

  @Field(() => ProvisioningOrder, { nullable: true, description: 'The order that brought it.' })
  readonly order: ProvisioningOrder | null;

  @Field(() => Assignment, { nullable: true, description: 'Of which assignment.' })
  readonly assignment: Assignment | null;

  @Field(() => ProvisioningError, { nullable: true, description: 'Why the order failed, where it did.' })
  readonly error: ProvisioningError | null;
}

@ObjectType('ResourceChanged', { implements: TimelineEvent, description: 'A reading found something changed.' })
export class ResourceChanged extends TimelineEvent {
  @Field(() => ResourceChange, { description: 'What.' })
  readonly change: ResourceChange;
}

@ObjectType('CommentAdded', { implements: TimelineEvent, description: 'Somebody said something.' })
export class CommentAdded extends TimelineEvent {
  @Field(() => String, { description: 'What they said.' })
  readonly body: string;
}

export const TimelineItem = createUnionType({
  name: 'TimelineItem',
  description: 'Something that happened.',
  types: () => [WorkflowStateChanged, ProvisioningStateChanged, ResourceChanged, CommentAdded] as const,
});

export const TimelineItemConnection = pageType<TimelineEvent>(() => TimelineItem, 'TimelineItem');
