// Orders as the API shows them. Fields that lead to other nouns stand in resolvers/provisioning-order.ts.
import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { ChangeKind } from './change-kind.js';
import { DateTimeFilter, IdFilter, OrderDirection, StringFilter } from './filter.js';
import { Node } from './node.js';
import { pageType } from './page.js';
import { ProvisioningError } from './provisioning-error.js';
import { ProvisioningState } from './provisioning-state.js';
import { DateScalar, DateTimeScalar, JsonScalar } from './scalar.js';
import { WorkflowState } from './workflow-state.js';

export const ProvisioningMode = { AUTOMATIC: 'AUTOMATIC', MANUAL: 'MANUAL' } as const;
export type ProvisioningMode = keyof typeof ProvisioningMode;
registerEnumType(ProvisioningMode, {
  name: 'ProvisioningMode',
  description: 'Who carries an order out.',
  valuesConfig: {
    AUTOMATIC: { description: 'A connector package.' },
    MANUAL: { description: 'A person.' },
  },
});

@ObjectType('ProvisioningOrder', {
  implements: Node,
  description: 'An instruction to create, change or delete one resource in a managed system.',
})
export class ProvisioningOrder extends Node {
  @Field(() => String, { description: 'Human number, e.g. ORD-88.' })
  readonly number: string;

  @Field(() => ChangeKind, { description: 'What is done to the resource.' })
  readonly kind: ChangeKind;

  @Field(() => ProvisioningState, { description: 'How far it is.' })
  readonly state: ProvisioningState;

  @Field(() => ProvisioningMode, { description: 'Who carries it out.' })
  readonly mode: ProvisioningMode;

  @Field(() => String, {
    description:
      'Key in the managed system of the resource it changes: for a creation the one asked for, and once people have confirmed another, that one.',
  })
  readonly resourceKey: string;

  @Field(() => ProvisioningError, {
    nullable: true,
    description: 'Why the last try did not work, or why the connection cannot be used.',
  })
  readonly error: ProvisioningError | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Earliest time of the next automatic try.' })
  readonly nextAttemptAt: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When a person has to have done it; null unless it was handed to people and has a validity period.',
  })
  readonly dueAt: Date | null;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  readonly createdAt: Date;

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  readonly updatedAt: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the managed system accepted it.' })
  readonly executedAt: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the change was seen in the managed system.' })
  readonly verifiedAt: Date | null;

  @Field(() => Int, { description: 'Grows with each change.' })
  readonly version: number;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day on which a reviewer wants to see it again; null: nobody postponed it.',
  })
  readonly postponedUntil: string | null;
}

@ObjectType('ProvisioningOrderChange', { description: 'One value or link that an order changes.' })
export class ProvisioningOrderChange {
  @Field(() => JsonScalar, { nullable: true, description: 'What was there when the order was made; null for secrets.' })
  readonly currentValue: unknown;

  @Field(() => JsonScalar, { nullable: true, description: 'What is to be there; null for secrets.' })
  readonly proposedValue: unknown;

  @Field(() => DateScalar, { nullable: true, description: 'First day of the value; null: no date of its own.' })
  readonly startDate: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Last day of the value; null: no date of its own.' })
  readonly endDate: string | null;

  @Field(() => WorkflowState, { description: 'Who decided on the value, and why it exists.' })
  readonly workflowState: WorkflowState;

  @Field(() => ProvisioningState, { description: 'How far it is.' })
  readonly provisioningState: ProvisioningState;

  @Field(() => Int, { nullable: true, description: 'How sure a correlation was; null when none was needed.' })
  readonly confidencePercent: number | null;

  @Field(() => Boolean, { description: 'Its value is never shown.' })
  readonly isSecret: boolean;

  /** Identifiers. */
  readonly entityType: string;
  readonly propertyIdentifier: string;
  readonly ruleIdentifier: string | null;
}

export const ProvisioningOrderConnection = pageType<ProvisioningOrder>(() => ProvisioningOrder, 'ProvisioningOrder');

@InputType('ProvisioningOrderFilter', { description: 'Which orders: every condition given must hold.' })
export class ProvisioningOrderFilter {
  @Field(() => [ProvisioningOrderFilter], { nullable: true, description: 'All of these.' })
  readonly and?: readonly ProvisioningOrderFilter[] | null;
  @Field(() => [ProvisioningOrderFilter], { nullable: true, description: 'At least one of these.' })
  readonly or?: readonly ProvisioningOrderFilter[] | null;
  @Field(() => ProvisioningOrderFilter, { nullable: true, description: 'Not this.' })
  readonly not?: ProvisioningOrderFilter | null;
  @Field(() => [ProvisioningState], { nullable: true, description: 'In one of these states.' })
  readonly state?: readonly ProvisioningState[] | null;
  @Field(() => ProvisioningMode, { nullable: true, description: 'Who carries it out.' })
  readonly mode?: ProvisioningMode | null;
  @Field(() => [ChangeKind], { nullable: true, description: 'What is done to the resource: one of these.' })
  readonly kind?: readonly ChangeKind[] | null;
  @Field(() => IdFilter, { nullable: true, description: 'Resource type.' })
  readonly resourceTypeId?: IdFilter | null;
  @Field(() => IdFilter, { nullable: true, description: 'Managed system.' })
  readonly connectorId?: IdFilter | null;
  @Field(() => IdFilter, { nullable: true, description: 'Owner of the resource.' })
  readonly identityId?: IdFilter | null;
  @Field(() => IdFilter, { nullable: true, description: 'A property that the order changes.' })
  readonly propertyId?: IdFilter | null;
  @Field(() => StringFilter, { nullable: true, description: 'Fingerprint of its error.' })
  readonly errorFingerprint?: StringFilter | null;
  @Field(() => IdFilter, { nullable: true, description: 'Job execution that made it.' })
  readonly jobExecutionId?: IdFilter | null;
  @Field(() => IdFilter, { nullable: true, description: 'Who took it to carry it out by hand.' })
  readonly assigneeId?: IdFilter | null;
  @Field(() => Boolean, { nullable: true, description: 'A reviewer wants to see it on a later day.' })
  readonly isPostponed?: boolean | null;
  @Field(() => DateTimeFilter, { nullable: true, description: 'When it was made.' })
  readonly createdAt?: DateTimeFilter | null;
}

export const ProvisioningOrderOrderField = {
  CREATED_AT: 'CREATED_AT',
  UPDATED_AT: 'UPDATED_AT',
  STATE: 'STATE',
  DUE_AT: 'DUE_AT',
} as const;
export type ProvisioningOrderOrderField = keyof typeof ProvisioningOrderOrderField;
registerEnumType(ProvisioningOrderOrderField, {
  name: 'ProvisioningOrderOrderField',
  description: 'By what orders are sorted.',
  valuesConfig: {
    CREATED_AT: { description: 'When it was made.' },
    UPDATED_AT: { description: 'When it last changed.' },
    STATE: { description: 'Worst first when ascending.' },
    DUE_AT: { description: 'When a person has to have done it; orders without come last.' },
  },
});

@InputType('ProvisioningOrderOrder', { description: 'One part of an order of orders.' })
export class ProvisioningOrderOrder {
  @Field(() => ProvisioningOrderOrderField, { description: 'By what.' })
  readonly field: ProvisioningOrderOrderField;
  @Field(() => OrderDirection, { defaultValue: 'DESC', description: 'Which end comes first.' })
  readonly direction: OrderDirection;
}
