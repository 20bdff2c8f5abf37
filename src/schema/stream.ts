// What all change streams share: the item that says events were missed.
import 'reflect-metadata';
import { Field, Int, ObjectType } from 'type-graphql';
import { StreamCursorScalar } from './scalar.js';

@ObjectType('StreamLagged', {
  description: 'The client missed events that are no longer kept: refetch, then go on from the cursor.',
})
export class StreamLagged {
  @Field(() => StreamCursorScalar, { description: 'Where the stream goes on.' })
  readonly cursor: string;

  @Field(() => Int, { nullable: true, description: 'How many events were missed.' })
  readonly droppedCount: number | null;
}
