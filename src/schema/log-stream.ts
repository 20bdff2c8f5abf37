// Items of the stream of an execution's log.
import { createUnionType, Field, ObjectType } from 'type-graphql';
import { LogEntry } from './log-entry.js';
import { StreamCursorScalar } from './scalar.js';
import { StreamLagged } from './stream.js';

@ObjectType('JobLogAppended', { description: 'Lines of the log, oldest first.' })
export class JobLogAppended {
  @Field(() => StreamCursorScalar, { description: 'Resumes the stream after these lines.' })
  readonly cursor: string;

  @Field(() => [LogEntry], { description: 'What was added.' })
  readonly entries: readonly LogEntry[];
}

export const JobLogStreamItem = createUnionType({
  name: 'JobLogStreamItem',
  description: 'Lines that were added, or word that some were missed.',
  types: () => [JobLogAppended, StreamLagged] as const,
});
