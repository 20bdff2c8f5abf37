// Requests, their items and approvals as the API shows them. Fields that lead to other nouns stand in
// resolvers/request.ts and resolvers/approval.ts; inputs and payloads in request-input.ts.
import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTimeFilter, IdFilter } from './filter.js';
import { Node } from './node.js';
import { pageType } from './page.js';
import { DateScalar, DateTimeScalar, JsonScalar } from './scalar.js';

export const AssignmentRequestState = {
  PENDING_APPROVAL: 'PENDING_APPROVAL',
  APPROVED: 'APPROVED',
  PROVISIONING: 'PROVISIONING',
  COMPLETED: 'COMPLETED',
  PARTIALLY_COMPLETED: 'PARTIALLY_COMPLETED',
  DECLINED: 'DECLINED',
  CANCELED: 'CANCELED',
  FAILED: 'FAILED',
} as const;
export type AssignmentRequestState = keyof typeof AssignmentRequestState;
registerEnumType(AssignmentRequestState, {
  name: 'AssignmentRequestState',
  description: 'How far a request, or one item of it, is.',
  valuesConfig: {
    PENDING_APPROVAL: { description: 'Somebody has to decide.' },
    APPROVED: { description: 'Decided; the computation, or the start date, is still to come.' },
    PROVISIONING: { description: 'Managed systems are being changed.' },
    COMPLETED: { description: 'Seen in every managed system it touches.' },
    PARTIALLY_COMPLETED: { description: 'Some items are completed, others declined, canceled or failed.' },
    DECLINED: { description: 'Somebody said no.' },
    CANCELED: { description: 'Taken back, or overtaken by a later request.' },
    FAILED: { description: 'A managed system refused for good.' },
  },
});

export const AssignmentAction = {
  ADD: 'ADD',
  UPDATE: 'UPDATE',
  REMOVE: 'REMOVE',
  DENY: 'DENY',
  ALLOW: 'ALLOW',
} as const;
export type AssignmentAction = keyof typeof AssignmentAction;
registerEnumType(AssignmentAction, {
  name: 'AssignmentAction',
  description: 'What is asked for.',
  valuesConfig: {
    ADD: { description: 'Give the role.' },
    UPDATE: {
      description: 'Change dates or parameters of a role held by a request; a start and parameters left out stay.',
    },
    REMOVE: { description: 'Take a role away that a request gave.' },
    DENY: { description: 'Keep a role away that a rule or a composite role gives; takes the approvals of a removal.' },
    ALLOW: { description: 'End a denial.' },
  },
});

export const ApprovalDecision = { APPROVED: 'APPROVED', DECLINED: 'DECLINED', POSTPONED: 'POSTPONED' } as const;
export type ApprovalDecision = keyof typeof ApprovalDecision;
registerEnumType(ApprovalDecision, {
  name: 'ApprovalDecision',
  description: 'What somebody decided.',
  valuesConfig: {
    APPROVED: { description: 'Yes.' },
    DECLINED: { description: 'No; the item ends.' },
    POSTPONED: { description: 'Not now; the step goes on waiting.' },
  },
});

export const RequestWarningKind = {
  SEGREGATION_OF_DUTIES: 'SEGREGATION_OF_DUTIES',
  PRIVILEGED: 'PRIVILEGED',
  OUTLIER: 'OUTLIER',
  LICENSE_COST: 'LICENSE_COST',
  ALREADY_HELD_INDIRECTLY: 'ALREADY_HELD_INDIRECTLY',
} as const;
export type RequestWarningKind = keyof typeof RequestWarningKind;
registerEnumType(RequestWarningKind, {
  name: 'RequestWarningKind',
  description: 'What a decider should know about an item.',
  valuesConfig: {
    SEGREGATION_OF_DUTIES: { description: 'Does not go together with something held.' },
    PRIVILEGED: { description: 'The role is powerful.' },
    OUTLIER: { description: 'Nobody comparable has it.' },
    LICENSE_COST: { description: 'It costs a licence.' },
    ALREADY_HELD_INDIRECTLY: { description: 'Held already as a part of another role.' },
  },
});

@ObjectType('RequestWarning', { description: 'Something a decider should know.' })
export class RequestWarning {
  @Field(() => RequestWarningKind, { description: 'What it is about.' })
  readonly kind: RequestWarningKind;

  @Field(() => String, { description: 'One sentence.' })
  readonly message: string;
}

@ObjectType('AssignmentRequestItem', { implements: Node, description: 'One role that a request asks for.' })
export class AssignmentRequestItem extends Node {
  @Field(() => AssignmentAction, { description: 'What is asked for.' })
  readonly action: AssignmentAction;

  @Field(() => DateScalar, { nullable: true, description: 'First day; null: as soon as it is approved.' })
  readonly startDate: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Last day; null: open.' })
  readonly endDate: string | null;

  @Field(() => AssignmentRequestState, { description: 'How far this item is.' })
  readonly state: AssignmentRequestState;

  @Field(() => JsonScalar, { nullable: true, description: 'Values of the role’s parameters; null: none.' })
  readonly parameters: unknown;

  @Field(() => [RequestWarning], { description: 'What was known when it was asked for.' })
  readonly warnings: readonly RequestWarning[];

  @Field(() => [String], {
    description:
      'What is different from what was asked for, and why, one sentence each: dates cut, changes of deciders.',
  })
  readonly adjustments: readonly string[];

  /** Role identifier, and row id of the person it is for. */
  readonly roleIdentifier: string;
  readonly beneficiaryId: string;
}

export const ApprovalKind = { ROLE: 'ROLE', RISK: 'RISK' } as const;
export type ApprovalKind = keyof typeof ApprovalKind;
registerEnumType(ApprovalKind, {
  name: 'ApprovalKind',
  description: 'What a step decides.',
  valuesConfig: {
    ROLE: { description: 'Whether the role is needed.' },
    RISK: { description: 'Whether a risk is taken for it.' },
  },
});

@ObjectType('Approval', { implements: Node, description: 'One step of the approval of one item.' })
export class Approval extends Node {
  @Field(() => Int, { description: 'From 1.' })
  readonly step: number;

  @Field(() => Int, { description: 'Steps the item takes.' })
  readonly stepCount: number;

  @Field(() => ApprovalKind, { description: 'What it decides.' })
  readonly kind: ApprovalKind;

  @Field(() => Int, { description: 'How many different people must say yes.' })
  readonly quorum: number;

  @Field(() => Int, { description: 'How many have said yes.' })
  readonly approvedCount: number;

  @Field(() => String, {
    nullable: true,
    description:
      'What decided in the place of a person: approval.expired, approval.implicit or rule:<automation rule>.',
  })
  readonly decidedByRule: string | null;

  @Field(() => ApprovalDecision, { nullable: true, description: 'Null while nobody has decided.' })
  readonly decision: ApprovalDecision | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was decided.' })
  readonly decidedAt: Date | null;

  @Field(() => String, { nullable: true, description: 'What the decider wrote.' })
  readonly comment: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it is declined for want of a decision; null: never.',
  })
  readonly dueAt: Date | null;

  /** Row ids. */
  readonly candidateIds: readonly string[];
  readonly deciderId: string | null;
  readonly onBehalfOfId: string | null;
}

@ObjectType('WaitingOn', { description: 'Somebody a request waits for.' })
export class WaitingOn {
  @Field(() => DateTimeScalar, { description: 'Since when.' })
  readonly since: Date;

  @Field(() => String, { description: 'What has to be done.' })
  readonly what: string;

  /** Row id. */
  readonly identityId: string;
}

@ObjectType('AssignmentRequest', {
  implements: Node,
  description: 'A request for access: one person, one or more roles.',
})
export class AssignmentRequest extends Node {
  @Field(() => String, { description: 'Human number, e.g. REQ-1042.' })
  readonly number: string;

  @Field(() => String, { nullable: true, description: 'Why it is needed, in the words of the requester.' })
  readonly justification: string | null;

  @Field(() => AssignmentRequestState, { description: 'How far it is.' })
  readonly state: AssignmentRequestState;

  @Field(() => String, {
    description: 'Fingerprint of items, dates and what the roles give: what an approval is bound to.',
  })
  readonly digest: string;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  readonly createdAt: Date;

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  readonly updatedAt: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When its deciders were last reminded of it.' })
  readonly remindedAt: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When nothing was left to happen by itself.' })
  readonly closedAt: Date | null;
}

export const AssignmentRequestConnection = pageType<AssignmentRequest>(() => AssignmentRequest, 'AssignmentRequest');

@InputType('AssignmentRequestFilter', { description: 'Which requests: every condition given must hold.' })
export class AssignmentRequestFilter {
  @Field(() => [AssignmentRequestFilter], { nullable: true, description: 'All of these.' })
  readonly and?: readonly AssignmentRequestFilter[] | null;
  @Field(() => [AssignmentRequestFilter], { nullable: true, description: 'At least one of these.' })
  readonly or?: readonly AssignmentRequestFilter[] | null;
  @Field(() => [AssignmentRequestState], { nullable: true, description: 'One of these states.' })
  readonly state?: readonly AssignmentRequestState[] | null;
  @Field(() => IdFilter, { nullable: true, description: 'For whom.' })
  readonly beneficiaryId?: IdFilter | null;
  @Field(() => IdFilter, { nullable: true, description: 'By whom.' })
  readonly requesterId?: IdFilter | null;
  @Field(() => Boolean, { nullable: true, description: 'True: the viewer has to decide a step of it now.' })
  readonly waitingOnViewer?: boolean | null;
  @Field(() => DateTimeFilter, { nullable: true, description: 'When it was made.' })
  readonly createdAt?: DateTimeFilter | null;
}
