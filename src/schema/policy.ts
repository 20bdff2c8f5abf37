// What roles and rules are sorted by: policies and categories, as the API shows them.
import { Field, ObjectType } from 'type-graphql';
import { Node } from './node.js';

@ObjectType('Policy', { implements: Node, description: 'A set of roles and rules that belong together.' })
export class Policy extends Node {
  @Field(() => String, { description: 'Name for machines.' })
  readonly identifier: string;

  @Field(() => String, { description: 'Name for people.' })
  readonly displayName: string;

  @Field(() => Boolean, { description: 'Its rules are only tried out: nothing is written because of them.' })
  readonly isSimulated: boolean;
}

@ObjectType('Category', { implements: Node, description: 'A shelf of the role catalogue.' })
export class Category extends Node {
  @Field(() => String, { description: 'Name for machines.' })
  readonly identifier: string;

  @Field(() => String, { description: 'Name for people.' })
  readonly displayName: string;

  /** Identifier. */
  readonly parent: string | null;
}
