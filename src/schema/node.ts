// The interface of everything that can be refetched by its global id. Which object an id means: resolvers/node.ts.
import 'reflect-metadata';
import { Field, ID, InterfaceType } from 'type-graphql';

/** Implementations must be class instances: the type of an answer is found by its class. */
@InterfaceType('Node', { description: 'Any object that can be refetched by its global id.' })
export abstract class Node {
  @Field(() => ID, {
    description: 'Opaque, type-prefixed, sortable by time of making where the object was made by the engine.',
  })
  readonly id: string;
}
