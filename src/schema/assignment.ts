// Assignments as the API shows them: roles, accounts, and the values of accounts. Fields that lead to other nouns stand in
// resolvers/assignment.ts and resolvers/value-assignment.ts.
import { Field, InputType, Int, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import { DateFilter, DateTimeFilter, IdFilter, OrderDirection } from './filter.js';
import { Node } from './node.js';
import { pageType } from './page.js';
import { ProvisioningState } from './provisioning-state.js';
import { DateScalar, DateTimeScalar, JsonScalar } from './scalar.js';
import { WorkflowState } from './workflow-state.js';

@InterfaceType('Assignment', {
  implements: Node,
  description: 'One entitlement that an identity has, should have, or asked for.',
})
export abstract class Assignment extends Node {
  @Field(() => WorkflowState, { description: 'Who decided, and why it exists.' })
  readonly workflowState: WorkflowState;

  @Field(() => Int, { nullable: true, description: 'The approval it waits for, from 1; null when it waits for none.' })
  readonly approvalStep: number | null;

  @Field(() => Int, { nullable: true, description: 'How many approvals it takes; null when it waits for none.' })
  readonly approvalStepCount: number | null;

  @Field(() => ProvisioningState, { description: 'How far the managed systems are.' })
  readonly provisioningState: ProvisioningState;

  @Field(() => DateScalar, { nullable: true, description: 'First day; null: open.' })
  readonly startDate: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Last day; null: open.' })
  readonly endDate: string | null;

  @Field(() => Boolean, { description: 'Nobody asked for it.' })
  readonly isAutomatic: boolean;

  @Field(() => Boolean, { description: 'Another assignment gives it.' })
  readonly isInferred: boolean;

  @Field(() => DateTimeScalar, { description: 'When it came to be; for what is calculated: when it was computed.' })
  readonly createdAt: Date;

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  readonly updatedAt: Date;

  /** Without the prefix of `id`. */
  readonly assignmentId: string;
  readonly identityId: string;
}

@ObjectType('RoleAssignment', { implements: [Node, Assignment], description: 'A role of an identity.' })
export class RoleAssignment extends Assignment {
  /** Identifier, and row id of the item that asked for it. */
  readonly roleIdentifier: string;
  readonly requestItemId: string | null;
}

@ObjectType('ResourceTypeAssignment', { implements: [Node, Assignment], description: 'An account of an identity.' })
export class ResourceTypeAssignment extends Assignment {
  @Field(() => ProvisioningState, { description: 'Worst state among the account and its values.' })
  readonly consolidatedProvisioningState: ProvisioningState;

  /** Identifier, and row id of the resource. */
  readonly resourceTypeIdentifier: string;
  readonly resourceId: string | null;
  readonly valueAssignments: readonly ValueAssignment[];
}

@ObjectType('ValueAssignment', {
  implements: Node,
  description:
    'One scalar or navigation value of an assigned resource. Its id is derived from account, property and target, so settled values have one too.',
})
export class ValueAssignment extends Node {
  @Field(() => JsonScalar, {
    nullable: true,
    description: 'What it should be; the key of what is linked; null for secrets and for no value.',
  })
  readonly value: unknown;

  @Field(() => WorkflowState, { description: 'Who decided, and why it exists.' })
  readonly workflowState: WorkflowState;

  @Field(() => ProvisioningState, { description: 'How far the managed system is.' })
  readonly provisioningState: ProvisioningState;

  @Field(() => Int, { nullable: true, description: 'How sure a match is; null where nothing was matched.' })
  readonly confidencePercent: number | null;

  @Field(() => DateScalar, { nullable: true, description: 'First day; null: open.' })
  readonly startDate: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Last day; null: open.' })
  readonly endDate: string | null;

  /** Identifiers; entity type and key of what is linked. */
  readonly entityType: string;
  readonly propertyIdentifier: string;
  readonly ruleIdentifier: string | null;
  readonly linked: { readonly entityType: string; readonly key: string } | null;
}

export const AssignmentConnection = pageType<Assignment>(() => Assignment, 'Assignment');

@InputType('AssignmentFilter', { description: 'Which assignments: every condition given must hold.' })
export class AssignmentFilter {
  @Field(() => [AssignmentFilter], { nullable: true, description: 'All of these.' })
  readonly and?: readonly AssignmentFilter[] | null;
  @Field(() => [AssignmentFilter], { nullable: true, description: 'At least one of these.' })
  readonly or?: readonly AssignmentFilter[] | null;
  @Field(() => AssignmentFilter, { nullable: true, description: 'Not this.' })
  readonly not?: AssignmentFilter | null;
  @Field(() => IdFilter, { nullable: true, description: 'Whose.' })
  readonly identityId?: IdFilter | null;
  @Field(() => IdFilter, { nullable: true, description: 'Role; accounts have none.' })
  readonly roleId?: IdFilter | null;
  @Field(() => IdFilter, { nullable: true, description: 'Kind of account; roles have none.' })
  readonly resourceTypeId?: IdFilter | null;
  @Field(() => [WorkflowState], { nullable: true, description: 'In one of these states.' })
  readonly workflowState?: readonly WorkflowState[] | null;
  @Field(() => [ProvisioningState], { nullable: true, description: 'In one of these states.' })
  readonly provisioningState?: readonly ProvisioningState[] | null;
  @Field(() => Boolean, { nullable: true, description: 'Nobody asked for it.' })
  readonly isAutomatic?: boolean | null;
  @Field(() => DateFilter, { nullable: true, description: 'Last day.' })
  readonly endDate?: DateFilter | null;
  @Field(() => DateTimeFilter, { nullable: true, description: 'When it last changed.' })
  readonly updatedAt?: DateTimeFilter | null;
}

export const AssignmentOrderField = {
  ROLE_NAME: 'ROLE_NAME',
  PROVISIONING_STATE: 'PROVISIONING_STATE',
  UPDATED_AT: 'UPDATED_AT',
  END_DATE: 'END_DATE',
} as const;
export type AssignmentOrderField = keyof typeof AssignmentOrderField;
registerEnumType(AssignmentOrderField, {
  name: 'AssignmentOrderField',
  description: 'By what assignments are sorted.',
  valuesConfig: {
    ROLE_NAME: { description: 'Name of the role or kind of account.' },
    PROVISIONING_STATE: { description: 'Worst first when ascending.' },
    UPDATED_AT: { description: 'When it last changed.' },
    END_DATE: { description: 'Last day; what is open comes last.' },
  },
});

@InputType('AssignmentOrder', { description: 'One part of an order of assignments.' })
export class AssignmentOrder {
  @Field(() => AssignmentOrderField, { description: 'By what.' })
  readonly field: AssignmentOrderField;
  @Field(() => OrderDirection, { defaultValue: 'ASC', description: 'Which end comes first.' })
  readonly direction: OrderDirection;
}
