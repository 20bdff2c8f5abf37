// Rules: the list of all of them, and what leads to the one that gave a value.
import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { matchesRule } from '../domain/role-catalog.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import type { RuleDescription, RuleKind as KnownKind } from '../domain/role-model/rule.js';
import { type ConnectionValue, PageArgs } from '../schema/page.js';
import { Policy } from '../schema/policy.js';
import { ResourceProperty } from '../schema/resource.js';
import { Rule, RuleConnection, RuleFilter } from '../schema/rule.js';
import { findRule, policyOf, rule, rulesOf } from './configured.js';
import type { RequestContext } from './context.js';
import { memoryPage } from './memory-page.js';
import type { NodeResolvers } from './node-resolver.js';

@Resolver(() => Rule)
export class RuleResolver {
  @Query(() => RuleConnection, { description: 'Rules of the role model, by identifier.' })
  async rules(
    @Ctx() { ports }: RequestContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => RuleFilter, { nullable: true, description: 'Which ones.' }) filter?: RuleFilter | null,
  ): Promise<ConnectionValue<Rule>> {
    return rulePage(await ports.models.current(), page, filter ?? null, () => true);
  }

  @FieldResolver(() => Policy, { description: 'Policy it belongs to.' })
  async policy(@Root() { policy }: Rule, @Ctx() { ports }: RequestContext): Promise<Policy> {
    return policyOf(await ports.models.current(), policy);
  }
}

@Resolver(() => ResourceProperty)
export class ResourcePropertyRuleResolver {
  @FieldResolver(() => Rule, { nullable: true, description: 'The rule that gives the expected value.' })
  async rule(@Root() value: ResourceProperty, @Ctx() { ports }: RequestContext): Promise<Rule | null> {
    return value.rule === null ? null : findRule(await ports.models.current(), value.rule);
  }
}

/** Kinds that no configuration has yet are asked for in vain, not in error. */
export function rulePage(
  model: CompiledModel,
  page: PageArgs,
  filter: RuleFilter | null,
  isWanted: (description: RuleDescription) => boolean,
): ConnectionValue<Rule> {
  const condition =
    filter === null ? null : { kind: (filter.kind ?? null) as readonly KnownKind[] | null, text: filter.text ?? null };
  const rows = rulesOf(model).filter((description) => isWanted(description) && matchesRule(description, condition));
  return memoryPage(page, { rows, keys: ({ identifier }) => [identifier], order: 'IDENTIFIER', node: rule });
}

export const nodeResolvers: NodeResolvers = {
  rul: async (local, { ports }) => findRule(await ports.models.current(), local),
};
