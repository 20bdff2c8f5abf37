// What waits for the viewer, counted.
import { Field, Int, ObjectType } from 'type-graphql';
import { StreamCursorScalar } from './scalar.js';

@ObjectType('InboxCounts', { description: 'What waits for the viewer; 0 where the viewer may not decide.' })
export class InboxCounts {
  @Field(() => Int, { description: 'Requests that wait for the viewer’s decision.' })
  readonly roleReview: number;

  @Field(() => Int, { description: 'Orders that wait for a review.' })
  readonly provisioningReview: number;

  @Field(() => Int, { description: 'Manual orders that nobody has confirmed yet.' })
  readonly manualProvisioning: number;

  @Field(() => Int, { description: 'Roles that were found and not decided.' })
  readonly roleReconciliation: number;

  @Field(() => Int, { description: 'Accounts and values that were found and not decided.' })
  readonly resourceReconciliation: number;

  @Field(() => Int, { description: 'Orders that failed for good.' })
  readonly erroredOrders: number;

  @Field(() => Int, { description: 'Executions that a threshold stopped.' })
  readonly blockedExecutions: number;
}

@ObjectType('InboxChanged', { description: 'The counts after a change, or at the start of the stream.' })
export class InboxChanged {
  @Field(() => StreamCursorScalar, { description: 'Resumes the stream after this item.' })
  readonly cursor: string;

  @Field(() => InboxCounts, { description: 'What waits now.' })
  readonly inbox: InboxCounts;
}
