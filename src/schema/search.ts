// What a typed text may mean.
import { Field, Float, ObjectType } from 'type-graphql';
import { Node } from './node.js';

@ObjectType('SearchHit', { description: 'One thing that a typed text may mean.' })
export class SearchHit {
  @Field(() => Node, { description: 'The thing itself.' })
  readonly node: object;

  @Field(() => String, { description: 'Its name, or the number of a request, an order or an execution.' })
  readonly title: string;

  @Field(() => String, { nullable: true, description: 'What tells it from others of the same name.' })
  readonly subtitle: string | null;

  @Field(() => String, {
    description:
      '`Identity`, `Role`, `Resource`, `AssignmentRequest`, `ProvisioningOrder`, `JobExecution` or `Connector`.',
  })
  readonly kind: string;

  @Field(() => Float, {
    description:
      'How well it fits: 1 its number or identifier, 0.9 its whole name, 0.8 a beginning, 0.5 somewhere within.',
  })
  readonly score: number;
}
