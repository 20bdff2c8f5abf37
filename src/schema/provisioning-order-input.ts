// What mutations about orders take and answer.
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { JobExecution } from './job-execution.js';
import { ProvisioningOrder } from './provisioning-order.js';
import { ApprovalDecision } from './request.js';
import { DateScalar } from './scalar.js';
import { MutationPayload } from './user-error.js';

const orderIds = { description: 'Which orders; at most 100.' };

@InputType('PropertyDecisionInput', { description: 'The decision on one property of an order.' })
export class PropertyDecisionInput {
  @Field(() => ID, { description: 'Which property; all its values are meant where it has several.' })
  readonly propertyId: string;

  @Field(() => ApprovalDecision, { description: 'What is decided.' })
  readonly decision: ApprovalDecision;
}

@InputType('ProvisioningOrderReviewItemInput', { description: 'The decision on one order that waits for approval.' })
export class ProvisioningOrderReviewItemInput {
  @Field(() => ID, { description: 'Which order.' })
  readonly provisioningOrderId: string;

  @Field(() => Int, {
    description: 'ProvisioningOrder.version as it was seen; another one is refused with STALE_VERSION.',
  })
  readonly version: number;

  @Field(() => ApprovalDecision, {
    description: 'What is decided about everything that propertyDecisions does not name.',
  })
  readonly decision: ApprovalDecision;

  @Field(() => String, {
    nullable: true,
    description: 'Why; at most 2,000 characters. Required where something is declined (COMMENT_REQUIRED).',
  })
  readonly comment?: string | null;

  @Field(() => [PropertyDecisionInput], {
    nullable: true,
    description:
      'Properties decided by themselves. Approved ones go on; declined ones are left alone as long as the rules want the same; postponed ones are proposed again once the others were seen.',
  })
  readonly propertyDecisions?: readonly PropertyDecisionInput[] | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day on which a postponed order is to be looked at again; left out: in a week.',
  })
  readonly postponedUntil?: string | null;
}

@InputType('ProvisioningOrdersReviewInput', { description: 'Decisions on orders.' })
export class ProvisioningOrdersReviewInput {
  @Field(() => [ProvisioningOrderReviewItemInput], { description: 'At most 100; each is decided for itself.' })
  readonly items: readonly ProvisioningOrderReviewItemInput[];
}

@InputType('ProvisioningOrdersCompleteInput', { description: 'Manual orders that were carried out.' })
export class ProvisioningOrdersCompleteInput {
  @Field(() => [ID], orderIds)
  readonly provisioningOrderIds: readonly string[];

  @Field(() => String, {
    nullable: true,
    description: 'Key that the system gave the new resource, of one creation; left out: the key that was asked for.',
  })
  readonly externalId?: string | null;

  @Field(() => String, { nullable: true, description: 'What was done; at most 2,000 characters.' })
  readonly comment?: string | null;
}

@InputType('ProvisioningOrdersReportErrorInput', { description: 'Manual orders that could not be carried out.' })
export class ProvisioningOrdersReportErrorInput {
  @Field(() => [ID], orderIds)
  readonly provisioningOrderIds: readonly string[];

  @Field(() => String, { description: 'Why not, in a sentence; at most 2,000 characters.' })
  readonly message: string;
}

@InputType('ProvisioningOrdersTakeInput', { description: 'Manual orders that the viewer takes or gives back.' })
export class ProvisioningOrdersTakeInput {
  @Field(() => [ID], orderIds)
  readonly provisioningOrderIds: readonly string[];

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Gives them back instead, so that others may take them; an administrator may give back for others.',
  })
  readonly isReleased: boolean;
}

@InputType('ProvisioningOrdersRetryInput', {
  description: 'Errored orders to be tried again: give their ids, or the fingerprint of their error.',
})
export class ProvisioningOrdersRetryInput {
  @Field(() => [ID], { nullable: true, description: 'Which orders; at most 100.' })
  readonly provisioningOrderIds?: readonly string[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'ErrorGroup.fingerprint: all errored orders with that cause, however many there are.',
  })
  readonly errorFingerprint?: string | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'A person carries them out instead, by the manual connection of the same connector.',
  })
  readonly byHand: boolean;
}

@ObjectType('ProvisioningOrdersReviewPayload', { implements: MutationPayload, description: 'The orders decided.' })
export class ProvisioningOrdersReviewPayload extends MutationPayload {
  @Field(() => [ProvisioningOrder], {
    description: 'Those that were decided, in the order given; the others have a user error each.',
  })
  readonly provisioningOrders: readonly ProvisioningOrder[];
}

@ObjectType('ProvisioningOrdersCompletePayload', { implements: MutationPayload, description: 'The orders confirmed.' })
export class ProvisioningOrdersCompletePayload extends MutationPayload {
  @Field(() => [ProvisioningOrder], {
    description: 'Those that were confirmed, in the order given; the others have a user error each.',
  })
  readonly provisioningOrders: readonly ProvisioningOrder[];
}

@ObjectType('ProvisioningOrdersReportErrorPayload', {
  implements: MutationPayload,
  description: 'The orders that were given back with an error.',
})
export class ProvisioningOrdersReportErrorPayload extends MutationPayload {
  @Field(() => [ProvisioningOrder], {
    description: 'Those that are errored now, in the order given; the others have a user error each.',
  })
  readonly provisioningOrders: readonly ProvisioningOrder[];
}

@ObjectType('ProvisioningOrdersTakePayload', { implements: MutationPayload, description: 'The orders taken.' })
export class ProvisioningOrdersTakePayload extends MutationPayload {
  @Field(() => [ProvisioningOrder], {
    description: 'Those that were taken or given back, in the order given; the others have a user error each.',
  })
  readonly provisioningOrders: readonly ProvisioningOrder[];
}

@ObjectType('ProvisioningOrdersRetryPayload', { implements: MutationPayload, description: 'How many go on.' })
export class ProvisioningOrdersRetryPayload extends MutationPayload {
  @Field(() => JobExecution, {
    nullable: true,
    description: 'Null: orders go on by themselves, no job has to be launched for them.',
  })
  readonly jobExecution: JobExecution | null;

  @Field(() => Int, { description: 'Orders that are tried again.' })
  readonly affectedCount: number;
}
