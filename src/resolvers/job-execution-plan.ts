// The plan that a dry run of a job left.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { JobExecution } from '../schema/job-execution.js';
import { ProvisioningPlan } from '../schema/plan.js';
import type { RequestContext } from './context.js';
import { executionViewOf } from './job-execution-loader.js';
import { findPlan } from './plan.js';

@Resolver(() => JobExecution)
export class JobExecutionPlanResolver {
  @FieldResolver(() => ProvisioningPlan, {
    nullable: true,
    description: 'What a dry run would have written; null for every other run.',
  })
  plan(@Root() execution: JobExecution, @Ctx() context: RequestContext): Promise<ProvisioningPlan | null> {
    return findPlan(executionViewOf(execution).planId, context);
  }
}
