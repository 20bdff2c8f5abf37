// People and departments as the API shows them. Fields that lead to other nouns stand in the resolvers of those nouns,
// so that this file imports none of them and all of them may import it.
import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { DateFilter, DateTimeFilter, IdFilter, OrderDirection, StringFilter } from './filter.js';
import { Node } from './node.js';
import { pageType } from './page.js';
import { DateScalar, DateTimeScalar } from './scalar.js';

export const IdentityKind = {
  EMPLOYEE: 'EMPLOYEE',
  CONTRACTOR: 'CONTRACTOR',
  PARTNER: 'PARTNER',
  SERVICE: 'SERVICE',
} as const;
export type IdentityKind = keyof typeof IdentityKind;
registerEnumType(IdentityKind, {
  name: 'IdentityKind',
  description: 'How somebody belongs to the company.',
  valuesConfig: {
    EMPLOYEE: { description: 'Employed by the company.' },
    CONTRACTOR: { description: 'Works for it under a contract.' },
    PARTNER: { description: 'Works for another company.' },
    SERVICE: { description: 'Not a person: a robot or an application.' },
  },
});

export const IdentityLifecycleState = {
  FUTURE: 'FUTURE',
  ACTIVE: 'ACTIVE',
  SUSPENDED: 'SUSPENDED',
  LEFT: 'LEFT',
} as const;
export type IdentityLifecycleState = keyof typeof IdentityLifecycleState;
registerEnumType(IdentityLifecycleState, {
  name: 'IdentityLifecycleState',
  description: 'Where today lies in the time somebody belongs to the company.',
  valuesConfig: {
    FUTURE: { description: 'Starts on a later day.' },
    ACTIVE: { description: 'Belongs to it today.' },
    SUSPENDED: { description: 'Belongs to it, but may not use access.' },
    LEFT: { description: 'The last day is over, or the source no longer lists them.' },
  },
});

@ObjectType('Department', { implements: Node, description: 'A unit of the organisation, as its source describes it.' })
export class Department extends Node {
  @Field(() => String, { description: 'Business key from the source.' })
  readonly identifier: string;

  @Field(() => String, { description: 'Name for people.' })
  readonly displayName: string;

  /** Row ids. */
  readonly parentId: string | null;
  readonly managerId: string | null;
}

@ObjectType('Identity', { implements: Node, description: 'A person or a non-human worker whose access is governed.' })
export class Identity extends Node {
  @Field(() => String, { description: 'Business key from the authoritative source, e.g. the employee number.' })
  readonly identifier: string;

  @Field(() => String, { description: 'Name for people.' })
  readonly displayName: string;

  @Field(() => String, { nullable: true, description: 'First name, when the source has one.' })
  readonly firstName: string | null;

  @Field(() => String, { nullable: true, description: 'Last name, when the source has one.' })
  readonly lastName: string | null;

  @Field(() => String, { nullable: true, description: 'Mail address, when the source has one.' })
  readonly email: string | null;

  @Field(() => String, { nullable: true, description: 'What the person does, when the source says it.' })
  readonly jobTitle: string | null;

  @Field(() => IdentityKind, { description: 'How somebody belongs to the company.' })
  readonly kind: IdentityKind;

  @Field(() => IdentityLifecycleState, { description: 'Where today lies between the first and the last day.' })
  readonly lifecycleState: IdentityLifecycleState;

  @Field(() => DateScalar, { nullable: true, description: 'First day; null: open.' })
  readonly startDate: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Last day; null: open.' })
  readonly endDate: string | null;

  @Field(() => DateTimeScalar, { description: 'When it was first read from its source.' })
  readonly createdAt: Date;

  @Field(() => DateTimeScalar, { description: 'When what was read last changed.' })
  readonly updatedAt: Date;

  /** Row ids. */
  readonly identityId: string;
  readonly departmentId: string | null;
  readonly managerId: string | null;
}

export const IdentityConnection = pageType<Identity>(() => Identity, 'Identity');

@InputType('IdentityFilter', { description: 'Which identities: every condition given must hold.' })
export class IdentityFilter {
  @Field(() => [IdentityFilter], { nullable: true, description: 'All of these.' })
  readonly and?: readonly IdentityFilter[] | null;
  @Field(() => [IdentityFilter], { nullable: true, description: 'At least one of these.' })
  readonly or?: readonly IdentityFilter[] | null;
  @Field(() => IdentityFilter, { nullable: true, description: 'Not this.' })
  readonly not?: IdentityFilter | null;
  @Field(() => String, {
    nullable: true,
    description: 'Stands in the name, the key or the mail address, without regard to case.',
  })
  readonly text?: string | null;
  @Field(() => StringFilter, { nullable: true, description: 'Business key.' })
  readonly identifier?: StringFilter | null;
  @Field(() => [IdentityKind], { nullable: true, description: 'One of these kinds.' })
  readonly kind?: readonly IdentityKind[] | null;
  @Field(() => [IdentityLifecycleState], { nullable: true, description: 'One of these states.' })
  readonly lifecycleState?: readonly IdentityLifecycleState[] | null;
  @Field(() => IdFilter, { nullable: true, description: 'Department.' })
  readonly departmentId?: IdFilter | null;
  @Field(() => IdFilter, { nullable: true, description: 'Direct manager.' })
  readonly managerId?: IdFilter | null;
  @Field(() => IdFilter, { nullable: true, description: 'A role the identity holds.' })
  readonly roleId?: IdFilter | null;
  @Field(() => DateFilter, { nullable: true, description: 'First day.' })
  readonly startDate?: DateFilter | null;
  @Field(() => DateFilter, { nullable: true, description: 'Last day.' })
  readonly endDate?: DateFilter | null;
  @Field(() => DateTimeFilter, { nullable: true, description: 'When what was read last changed.' })
  readonly updatedAt?: DateTimeFilter | null;
}

export const IdentityOrderField = {
  DISPLAY_NAME: 'DISPLAY_NAME',
  IDENTIFIER: 'IDENTIFIER',
  START_DATE: 'START_DATE',
  UPDATED_AT: 'UPDATED_AT',
} as const;
export type IdentityOrderField = keyof typeof IdentityOrderField;
registerEnumType(IdentityOrderField, {
  name: 'IdentityOrderField',
  description: 'What a list of identities can be sorted by.',
});

@InputType('IdentityOrder', { description: 'One element of the order of a list of identities.' })
export class IdentityOrder {
  @Field(() => IdentityOrderField, { description: 'What to sort by.' })
  readonly field: IdentityOrderField;
  @Field(() => OrderDirection, { defaultValue: OrderDirection.ASC, description: 'Which end comes first.' })
  readonly direction: OrderDirection;
}
