// A program that acts with rights of its own.
import { Field, ObjectType } from 'type-graphql';
import { Node } from './node.js';

@ObjectType('ServiceAccount', {
  implements: Node,
  description: 'A program that acts with rights of its own: a script, or the engine itself.',
})
export class ServiceAccount extends Node {
  @Field(() => String, { description: 'Key in the configuration; `joinery` is the engine itself.' })
  readonly identifier: string;

  @Field(() => String, { description: 'Name for people.' })
  readonly displayName: string;
}
