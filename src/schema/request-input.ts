// What mutations about requests take and answer.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { ApprovalDecision, AssignmentAction, AssignmentRequest } from './request.js';
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

  @Field(() => DateScalar, { nullable: true, description: 'Last day; left out: open.' })
  readonly endDate?: string | null;

  @Field(() => JsonScalar, { nullable: true, description: 'Values the role asks for; no role has any yet.' })
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
}

@InputType('AssignmentRequestsReviewInput', { description: 'Decisions on requests.' })
export class AssignmentRequestsReviewInput {
  @Field(() => [AssignmentRequestReviewItemInput], { description: 'At most 100; each is decided for itself.' })
  readonly items: readonly AssignmentRequestReviewItemInput[];
}

@ObjectType('AssignmentRequestCreatePayload', {
  implements: MutationPayload,
  description: 'The request made, or the plan of a dry run.',
})
export class AssignmentRequestCreatePayload extends MutationPayload {
  @Field(() => AssignmentRequest, { nullable: true, description: 'Null when it was refused, and after a dry run.' })
  readonly assignmentRequest: AssignmentRequest | null;

  /** Row id. */
  readonly planId: string | null;
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
