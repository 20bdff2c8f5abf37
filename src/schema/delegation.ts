// Deciding in somebody's place, as the API shows it, and what its mutations take and answer.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Node } from './node.js';
import { DateScalar, DateTimeScalar } from './scalar.js';
import { MutationPayload } from './user-error.js';

@ObjectType('Delegation', {
  implements: Node,
  description: 'Somebody decides requests in the place of somebody else, from a day to a day; never further on.',
})
export class Delegation extends Node {
  @Field(() => DateScalar, { description: 'First day.' })
  readonly startDate: string;

  @Field(() => DateScalar, { description: 'Last day.' })
  readonly endDate: string;

  @Field(() => String, { nullable: true, description: 'Why, in the words of who arranged it.' })
  readonly reason: string | null;

  @Field(() => DateTimeScalar, { description: 'When it was arranged.' })
  readonly createdAt: Date;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was ended before its last day; null: it was not.',
  })
  readonly revokedAt: Date | null;

  @Field(() => Boolean, { description: 'It holds today.' })
  readonly isInForce: boolean;

  /** Row ids. */
  readonly delegatorId: string;
  readonly delegateId: string;
}

@InputType('DelegationCreateInput', { description: 'Who decides in whose place, and when.' })
export class DelegationCreateInput {
  @Field(() => ID, { description: 'Whose decisions are handed on.' })
  readonly delegatorId: string;

  @Field(() => ID, { description: 'Who decides instead; another person.' })
  readonly delegateId: string;

  @Field(() => DateScalar, { description: 'First day, today or later.' })
  readonly startDate: string;

  @Field(() => DateScalar, { description: 'Last day; at most 366 days are delegated at once.' })
  readonly endDate: string;

  @Field(() => String, { nullable: true, description: 'Why; at most 2,000 characters.' })
  readonly reason?: string | null;
}

@ObjectType('DelegationCreatePayload', { implements: MutationPayload, description: 'The delegation made.' })
export class DelegationCreatePayload extends MutationPayload {
  @Field(() => Delegation, { nullable: true, description: 'Null when it was refused.' })
  readonly delegation: Delegation | null;
}

@ObjectType('DelegationRevokePayload', { implements: MutationPayload, description: 'The delegation ended.' })
export class DelegationRevokePayload extends MutationPayload {
  @Field(() => Delegation, { nullable: true, description: 'Null when it was refused.' })
  readonly delegation: Delegation | null;
}
