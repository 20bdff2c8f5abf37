// Items of the stream of provisioning orders.
import { createUnionType, Field, ObjectType } from 'type-graphql';
import { ProvisioningOrder } from './provisioning-order.js';
import { ProvisioningState } from './provisioning-state.js';
import { DateTimeScalar, StreamCursorScalar } from './scalar.js';
import { StreamLagged } from './stream.js';

@ObjectType('ProvisioningOrderChanged', { description: 'An order after a change, or at the start of the stream.' })
export class ProvisioningOrderChanged {
  @Field(() => StreamCursorScalar, { description: 'Resumes the stream after this item.' })
  readonly cursor: string;

  @Field(() => DateTimeScalar, { description: 'When it happened.' })
  readonly occurredAt: string | Date;

  @Field(() => ProvisioningOrder, { description: 'The order: its state by the event, everything else as it is now.' })
  readonly order: ProvisioningOrder;

  @Field(() => ProvisioningState, {
    nullable: true,
    description:
      'The state before; null for a new order and at the start of the stream. Equal where only a reason or a try changed.',
  })
  readonly previousState: ProvisioningState | null;
}

export const ProvisioningOrderStreamItem = createUnionType({
  name: 'ProvisioningOrderStreamItem',
  description: 'A change of an order, or word that changes were missed.',
  types: () => [ProvisioningOrderChanged, StreamLagged] as const,
});
