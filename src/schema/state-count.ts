// How many rows of a list are in each state: the figures beside a list.
import { Field, Int, ObjectType } from 'type-graphql';
import { ProvisioningState } from './provisioning-state.js';

@ObjectType('ProvisioningStateCount', { description: 'How many rows are in one state.' })
export class ProvisioningStateCount {
  @Field(() => ProvisioningState, { description: 'The state.' })
  readonly state: ProvisioningState;

  @Field(() => Int, { description: 'Rows of the whole list in that state.' })
  readonly count: number;
}
