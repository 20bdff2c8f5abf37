// What thresholds hold back, and the acts of the second person, as the API shows them.
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { ChangeKind } from './change-kind.js';
import { TaskKind } from './job.js';
import { JobExecution } from './job-execution.js';
import { pageType } from './page.js';
import { MutationPayload } from './user-error.js';

export const JobRetryFrom = { FAILED_TASKS: 'FAILED_TASKS', START: 'START' } as const;
export type JobRetryFrom = keyof typeof JobRetryFrom;
registerEnumType(JobRetryFrom, {
  name: 'JobRetryFrom',
  description: 'How much of a failed execution is run again.',
  valuesConfig: {
    FAILED_TASKS: { description: 'What failed or was skipped, and all that comes after it.' },
    START: { description: 'Everything.' },
  },
});

@ObjectType('HeldChange', { description: 'A change that a threshold held back: nothing of it was written.' })
export class HeldChange {
  @Field(() => ID, { description: 'Tells two of a list apart.' })
  readonly id: string;

  @Field(() => TaskKind, { description: 'The kind of task that was stopped.' })
  readonly taskKind: TaskKind;

  @Field(() => ChangeKind, { description: 'What would be done.' })
  readonly kind: ChangeKind;

  @Field(() => String, { description: 'Key of the row or of the account.' })
  readonly key: string;

  /** Identifiers, for the resolver. */
  readonly entityTypeIdentifier: string | null;
  readonly resourceTypeIdentifier: string | null;
  readonly identityId: string | null;
  readonly roleIdentifiers: readonly string[];
}

export const HeldChangeConnection = pageType<HeldChange>(() => HeldChange, 'HeldChange');

@ObjectType('JobExecutionResumePayload', { implements: MutationPayload, description: 'The execution that goes on.' })
export class JobExecutionResumePayload extends MutationPayload {
  @Field(() => JobExecution, { nullable: true, description: 'Null when nothing was released.' })
  readonly jobExecution: JobExecution | null;
}

@ObjectType('JobExecutionDeclinePayload', { implements: MutationPayload, description: 'The execution that was ended.' })
export class JobExecutionDeclinePayload extends MutationPayload {
  @Field(() => JobExecution, { nullable: true, description: 'Null when nothing was declined.' })
  readonly jobExecution: JobExecution | null;
}

@ObjectType('JobExecutionRetryPayload', { implements: MutationPayload, description: 'The execution that runs again.' })
export class JobExecutionRetryPayload extends MutationPayload {
  @Field(() => JobExecution, { nullable: true, description: 'A new one; null when nothing was launched.' })
  readonly jobExecution: JobExecution | null;
}
