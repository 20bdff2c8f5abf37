// Items of the stream of requests.
import { createUnionType, Field, ObjectType } from 'type-graphql';
import { AssignmentRequest } from './request.js';
import { DateTimeScalar, StreamCursorScalar } from './scalar.js';
import { StreamLagged } from './stream.js';

@ObjectType('AssignmentRequestChanged', {
  description: 'A request as it is after a change, or at the start of the stream.',
})
export class AssignmentRequestChanged {
  @Field(() => StreamCursorScalar, { description: 'Resumes the stream after this item.' })
  readonly cursor: string;

  @Field(() => DateTimeScalar, { description: 'When it happened.' })
  readonly occurredAt: string | Date;

  @Field(() => AssignmentRequest, { description: 'The request as it is now.' })
  readonly assignmentRequest: AssignmentRequest;
}

export const AssignmentRequestStreamItem = createUnionType({
  name: 'AssignmentRequestStreamItem',
  description: 'A change of a request, or word that changes were missed.',
  types: () => [AssignmentRequestChanged, StreamLagged] as const,
});
