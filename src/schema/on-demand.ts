// What provisioning one account now takes and answers.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { ProvisioningAttempt } from './provisioning-attempt.js';
import { ProvisioningOrder } from './provisioning-order.js';
import { MutationPayload } from './user-error.js';

@InputType('IdentityProvisionOnDemandInput', { description: 'Whose account of which kind.' })
export class IdentityProvisionOnDemandInput {
  @Field(() => ID, { description: 'Whose.' })
  readonly identityId: string;

  @Field(() => ID, { description: 'Which kind of account.' })
  readonly resourceTypeId: string;

  @Field(() => Boolean, { defaultValue: true, description: 'Only say what would be done, step by step.' })
  readonly dryRun: boolean;
}

@ObjectType('IdentityProvisionOnDemandPayload', {
  implements: MutationPayload,
  description: 'The try with every step: connect, read, scope, match, write, verify.',
})
export class IdentityProvisionOnDemandPayload extends MutationPayload {
  @Field(() => ProvisioningAttempt, {
    nullable: true,
    description: 'The try; of a dry run what it would be. Null while it is under way after 20 seconds.',
  })
  readonly attempt: ProvisioningAttempt | null;

  @Field(() => ProvisioningOrder, { nullable: true, description: 'The order; null: there was nothing to write.' })
  readonly order: ProvisioningOrder | null;
}
