// What computing and applying plans take and answer.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { JobExecution } from './job-execution.js';
import { ProvisioningPlan } from './plan.js';
import { MutationPayload } from './user-error.js';

@InputType('ProvisioningPlanComputeInput', { description: 'What a plan is to be about.' })
export class ProvisioningPlanComputeInput {
  @Field(() => [ID], {
    nullable: true,
    description: 'Only these people; left out: everybody, or with requests assumed the people they are for.',
  })
  readonly identityIds?: readonly string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Changes of these kinds of accounts only; all when left out.' })
  readonly resourceTypeIds?: readonly string[] | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'Pending requests to take as approved. Such a plan can be read, not applied.',
  })
  readonly assumeAssignmentRequestIds?: readonly string[] | null;
}

@ObjectType('ProvisioningPlanComputePayload', {
  implements: MutationPayload,
  description: 'The plan: ready for up to 500 people, else being computed by an execution that writes nothing.',
})
export class ProvisioningPlanComputePayload extends MutationPayload {
  @Field(() => ProvisioningPlan, { nullable: true, description: 'Null when none was made.' })
  readonly plan: ProvisioningPlan | null;

  @Field(() => JobExecution, { nullable: true, description: 'Computes the plan; null when it is ready already.' })
  readonly jobExecution: JobExecution | null;
}

@ObjectType('ProvisioningPlanApplyPayload', {
  implements: MutationPayload,
  description: 'The execution that carries the plan out.',
})
export class ProvisioningPlanApplyPayload extends MutationPayload {
  @Field(() => JobExecution, { nullable: true, description: 'Null when the plan was refused.' })
  readonly jobExecution: JobExecution | null;
}

@InputType('ConfigurationFileInput', { description: 'One file of a configuration.' })
export class ConfigurationFileInput {
  @Field(() => String, { description: 'Path inside the folder, with /; ends in .yaml or .yml.' })
  readonly path: string;

  @Field(() => String, { description: 'Its text. Settings with $file and $env stay references.' })
  readonly text: string;
}

@InputType('ConfigurationPlanComputeInput', { description: 'A changed configuration, whole.' })
export class ConfigurationPlanComputeInput {
  @Field(() => [ConfigurationFileInput], { description: 'All files of the folder, changed or not.' })
  readonly files: readonly ConfigurationFileInput[];
}

@ObjectType('ConfigurationPlanComputePayload', {
  implements: MutationPayload,
  description: 'What the changed configuration would do to people and accounts; or everything that is wrong with it.',
})
export class ConfigurationPlanComputePayload extends MutationPayload {
  @Field(() => ProvisioningPlan, { nullable: true, description: 'Null when none was made.' })
  readonly plan: ProvisioningPlan | null;

  @Field(() => JobExecution, { nullable: true, description: 'Computes the plan; null when it is ready already.' })
  readonly jobExecution: JobExecution | null;
}

@ObjectType('ConfigurationApplyPayload', {
  implements: MutationPayload,
  description: 'The execution that puts the configuration in force and carries its plan out.',
})
export class ConfigurationApplyPayload extends MutationPayload {
  @Field(() => JobExecution, { nullable: true, description: 'Null when the plan was refused.' })
  readonly jobExecution: JobExecution | null;
}
