// Provisioning one account now: ids are read, one step is called, what it answers is shown.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { localIdOf, rowIdOf } from '../domain/global-id.js';
import { IdentityProvisionOnDemandInput, IdentityProvisionOnDemandPayload } from '../schema/on-demand.js';
import { toUserErrors } from '../schema/user-error.js';
import { provisionOnDemand } from '../steps/provision-on-demand.js';
import type { RequestContext } from './context.js';
import { toAttempt, toOrder } from './provisioning-order-loader.js';

@Resolver()
export class OnDemandResolver {
  @Mutation(() => IdentityProvisionOnDemandPayload, {
    description: 'Computes, orders and carries out one account now; or says step by step what would be done.',
  })
  async identityProvisionOnDemand(
    @Arg('input', () => IdentityProvisionOnDemandInput, { description: 'Whose, and which.' })
    input: IdentityProvisionOnDemandInput,
    @Ctx() { ports, actor }: RequestContext,
  ): Promise<IdentityProvisionOnDemandPayload> {
    const decision = await provisionOnDemand(ports, actor, {
      identityId: rowIdOf('Identity', input.identityId),
      resourceType: localIdOf('ResourceType', input.resourceTypeId),
      isDryRun: input.dryRun,
      trigger: actor.kind === 'identity' ? 'MANUAL' : 'API',
    });
    if (!decision.ok) return answer({ attempt: null, order: null, userErrors: toUserErrors(decision.refusals) });
    const { order, attempt } = decision.value;
    return answer({
      attempt: attempt === null ? null : toAttempt(attempt),
      order: order === null ? null : toOrder(order),
      userErrors: [],
    });
  }
}

const answer = (values: IdentityProvisionOnDemandPayload): IdentityProvisionOnDemandPayload =>
  Object.assign(new IdentityProvisionOnDemandPayload(), values);
