// What launching and canceling take and answer.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { JobExecution } from './job-execution.js';
import { MutationPayload } from './user-error.js';

@InputType('JobLaunchInput', { description: 'Which job, and how much of it.' })
export class JobLaunchInput {
  @Field(() => ID, { nullable: true, description: 'Which job, by id; or give its identifier.' })
  readonly jobId?: string | null;

  @Field(() => String, { nullable: true, description: 'Which job, by identifier; or give its id.' })
  readonly jobIdentifier?: string | null;

  @Field(() => Boolean, { defaultValue: false, description: 'Write nothing; make a plan.' })
  readonly dryRun: boolean;

  @Field(() => String, { nullable: true, description: 'Run steps from this one on.' })
  readonly fromStep?: string | null;

  @Field(() => [ID], { nullable: true, description: 'Only these managed systems; steps about none are run anyway.' })
  readonly connectorIds?: readonly string[] | null;
}

@InputType('RoleModelComputeInput', { description: 'For whom to compute, and how far to go.' })
export class RoleModelComputeInput {
  @Field(() => [ID], { nullable: true, description: 'Only these people; everybody when left out.' })
  readonly identityIds?: readonly string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Orders for these kinds of accounts only; all when left out.' })
  readonly resourceTypeIds?: readonly string[] | null;

  @Field(() => Boolean, { defaultValue: false, description: 'Compute only, no orders.' })
  readonly dryRun: boolean;

  @Field(() => Boolean, { defaultValue: true, description: 'Have the orders carried out, too.' })
  readonly fulfill: boolean;
}

@ObjectType('JobLaunchPayload', { implements: MutationPayload, description: 'The execution that was launched.' })
export class JobLaunchPayload extends MutationPayload {
  @Field(() => JobExecution, { nullable: true, description: 'Null when nothing was launched.' })
  readonly jobExecution: JobExecution | null;
}

@ObjectType('RoleModelComputePayload', {
  implements: MutationPayload,
  description: 'The execution that computes: a new one, or an identical one that was queued.',
})
export class RoleModelComputePayload extends MutationPayload {
  @Field(() => JobExecution, { nullable: true, description: 'Null when nothing was launched.' })
  readonly jobExecution: JobExecution | null;
}

@ObjectType('JobExecutionCancelPayload', {
  implements: MutationPayload,
  description: 'The execution that was canceled.',
})
export class JobExecutionCancelPayload extends MutationPayload {
  @Field(() => JobExecution, { nullable: true, description: 'Null when nothing was canceled.' })
  readonly jobExecution: JobExecution | null;
}
