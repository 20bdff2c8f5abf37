// What mutations about requests take and answer.
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { RequestPreview } from '../domain/request-preview.js';
import { ApprovalDecision, ApprovalKind, AssignmentAction, AssignmentRequest } from './request.js';
import { DateScalar, JsonScalar } from './scalar.js';
import { MutationPayload } from './user-error.js';

@InputType('AssignmentRequestItemInput', { description: 'One role to ask for.' })
export class AssignmentRequestItemInput {
  @Field(() => AssignmentAction, { description: 'What is asked for.' })
  readonly action: AssignmentAction;

  @Field(() => ID, { description: 'Which role.' })
  readonly roleId: string;

  @Field(() => DateScalar, { nullable: true, description: 'First day; left out: as soon as it is approved.' })
  readonly startDate?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Last day; left out: open, or the last day that the role allows.',
  })
  readonly endDate?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Values of the role’s parameters, by their identifier: texts. Those left out of an UPDATE stay.',
  })
  readonly parameters?: unknown;
}

@InputType('AssignmentRequestCreateInput', { description: 'A request for access.' })
export class AssignmentRequestCreateInput {
  @Field(() => ID, { description: 'For whom.' })
  readonly beneficiaryId: string;

  @Field(() => [AssignmentRequestItemInput], { description: 'What for; at most 100 items, a role once.' })
  readonly items: readonly AssignmentRequestItemInput[];

  @Field(() => String, { nullable: true, description: 'Why it is needed; at most 2,000 characters.' })
  readonly justification?: string | null;

  @Field(() => Boolean, { defaultValue: false, description: 'Validate and plan only.' })
  readonly dryRun: boolean;
}

@InputType('AssignmentRequestItemChangeInput', {
  description: 'One item as its decider wants it. What is left out stays; a null date is open.',
})
export class AssignmentRequestItemChangeInput {
  @Field(() => ID, { description: 'Which item; its step waits for the viewer.' })
  readonly itemId: string;

  @Field(() => DateScalar, { nullable: true, description: 'First day.' })
  readonly startDate?: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Last day.' })
  readonly endDate?: string | null;

  @Field(() => JsonScalar, { nullable: true, description: 'Values of the role’s parameters; those left out stay.' })
  readonly parameters?: unknown;
}

@InputType('AssignmentRequestReviewItemInput', { description: 'The decision on one request.' })
export class AssignmentRequestReviewItemInput {
  @Field(() => ID, { description: 'Which request; every step of it that waits for the viewer is decided.' })
  readonly assignmentRequestId: string;

  @Field(() => ApprovalDecision, { description: 'What is decided.' })
  readonly decision: ApprovalDecision;

  @Field(() => String, { nullable: true, description: 'Why; at most 2,000 characters.' })
  readonly comment?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'AssignmentRequest.digest as it was seen; a different one is refused with STALE_VERSION.',
  })
  readonly seenDigest?: string | null;

  @Field(() => [AssignmentRequestItemChangeInput], {
    nullable: true,
    description:
      'What to approve instead of what was asked for; only with APPROVED. Whoever approved more than that before is not asked again; whoever approved less is.',
  })
  readonly changes?: readonly AssignmentRequestItemChangeInput[] | null;
}

@InputType('AssignmentRequestsReviewInput', { description: 'Decisions on requests.' })
export class AssignmentRequestsReviewInput {
  @Field(() => [AssignmentRequestReviewItemInput], { description: 'At most 100; each is decided for itself.' })
  readonly items: readonly AssignmentRequestReviewItemInput[];
}

@ObjectType('ApprovalPreview', { description: 'One step that a request would take.' })
export class ApprovalPreview {
  @Field(() => Int, { description: 'Which item of the request, from 0.' })
  readonly itemPosition: number;

  @Field(() => Int, { description: 'From 1.' })
  readonly step: number;

  @Field(() => Int, { description: 'Steps the item would take.' })
  readonly stepCount: number;

  @Field(() => ApprovalKind, { description: 'What it would decide.' })
  readonly kind: ApprovalKind;

  @Field(() => Int, { description: 'How many different people must say yes.' })
  readonly quorum: number;

  @Field(() => Boolean, { description: 'Done by asking: the requester could decide it.' })
  readonly isImplied: boolean;

  /** Row ids. */
  readonly candidateIds: readonly string[];
}

@ObjectType('AssignmentRequestCreatePayload', {
  implements: MutationPayload,
  description: 'The request made, or the plan of a dry run.',
})
export class AssignmentRequestCreatePayload extends MutationPayload {
  @Field(() => AssignmentRequest, { nullable: true, description: 'Null when it was refused, and after a dry run.' })
  readonly assignmentRequest: AssignmentRequest | null;

  /** Of a dry run: what its fields `approvals`, `warnings` and `adjustments` are made of. Plain, so that a repeat remembers it. */
  readonly preview: RequestPreview | null;

  /** Row id. */
  readonly planId: string | null;
}

@ObjectType('AssignmentRequestRemindPayload', {
  implements: MutationPayload,
  description: 'The request whose deciders were reminded.',
})
export class AssignmentRequestRemindPayload extends MutationPayload {
  @Field(() => AssignmentRequest, { nullable: true, description: 'Null when it was refused.' })
  readonly assignmentRequest: AssignmentRequest | null;
}

@ObjectType('AssignmentRequestCancelPayload', { implements: MutationPayload, description: 'The request taken back.' })
export class AssignmentRequestCancelPayload extends MutationPayload {
  @Field(() => AssignmentRequest, { nullable: true, description: 'Null when it was refused.' })
  readonly assignmentRequest: AssignmentRequest | null;
}

@ObjectType('AssignmentRequestsReviewPayload', { implements: MutationPayload, description: 'The requests decided.' })
export class AssignmentRequestsReviewPayload extends MutationPayload {
  @Field(() => [AssignmentRequest], {
    description: 'Those that were decided, in the order given; the others have a user error each.',
  })
  readonly assignmentRequests: readonly AssignmentRequest[];
}
