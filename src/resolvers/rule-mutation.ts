// Trying an expression: ids are read, one step is called, what it answers is shown.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { rowIdOf } from '../domain/global-id.js';
import { RuleTestInput, RuleTestPayload } from '../schema/rule-input.js';
import { toUserErrors } from '../schema/user-error.js';
import { testRule } from '../steps/test-rule.js';
import type { RequestContext } from './context.js';
import { toCondition } from './explanation.js';

@Resolver()
export class RuleMutationResolver {
  @Mutation(() => RuleTestPayload, { description: 'Tries an expression on a person; writes nothing.' })
  async ruleTest(
    @Arg('input', () => RuleTestInput, { description: 'What, on whom.' }) input: RuleTestInput,
    @Ctx() context: RequestContext,
  ): Promise<RuleTestPayload> {
    const { expression, identityId } = input;
    const decision = await testRule(context.ports, context.actor, {
      expression,
      identityId: rowIdOf('Identity', identityId),
    });
    const tested = decision.ok
      ? { value: decision.value.value, conditions: decision.value.conditions.map(toCondition), userErrors: [] }
      : { value: null, conditions: [], userErrors: toUserErrors(decision.refusals) };
    return Object.assign(new RuleTestPayload(), tested);
  }
}
