// Items of the stream of job executions.
import { createUnionType, Field, ObjectType } from 'type-graphql';
import { JobExecution } from './job-execution.js';
import { DateTimeScalar, StreamCursorScalar } from './scalar.js';
import { StreamLagged } from './stream.js';

@ObjectType('JobExecutionChanged', { description: 'An execution after a change, or at the start of the stream.' })
export class JobExecutionChanged {
  @Field(() => StreamCursorScalar, { description: 'Resumes the stream after this item.' })
  readonly cursor: string;

  @Field(() => DateTimeScalar, { description: 'When it happened.' })
  readonly occurredAt: string | Date;

  @Field(() => JobExecution, { description: 'The execution: states by the event, everything else as it is now.' })
  readonly jobExecution: JobExecution;
}

export const JobExecutionStreamItem = createUnionType({
  name: 'JobExecutionStreamItem',
  description: 'A change of an execution, or word that changes were missed.',
  types: () => [JobExecutionChanged, StreamLagged] as const,
});
