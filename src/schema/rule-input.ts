// What trying a rule takes and answers.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { RuleCondition } from './explanation.js';
import { JsonScalar } from './scalar.js';
import { MutationPayload } from './user-error.js';

@InputType('RuleTestInput', { description: 'An expression, and whom to try it on.' })
export class RuleTestInput {
  @Field(() => String, { description: 'CEL over person, context, roles and today; a condition or a value.' })
  readonly expression: string;

  @Field(() => ID, { description: 'Whom to try it on.' })
  readonly identityId: string;
}

@ObjectType('RuleTestPayload', { implements: MutationPayload, description: 'What the expression gives.' })
export class RuleTestPayload extends MutationPayload {
  @Field(() => JsonScalar, { nullable: true, description: 'What it gives; null also for an empty text.' })
  readonly value: unknown;

  @Field(() => [RuleCondition], {
    description: 'Its parts joined by &&, each with its value; empty unless it is a condition.',
  })
  readonly conditions: readonly RuleCondition[];
}
