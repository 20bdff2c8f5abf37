// How the owner of a resource was found: the rule that matches both, an equal key, or a person's decision.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { CompiledModel } from '../domain/role-model/model.js';
import { readScope } from '../domain/permission.js';
import { Correlation, Resource } from '../schema/resource.js';
import { Rule } from '../schema/rule.js';
import type { ResourceCorrelationView } from '../steps/ports/resource.js';
import { findRule } from './configured.js';
import type { RequestContext } from './context.js';
import type { Batch } from './loader.js';

const correlationById: Batch<string, ResourceCorrelationView> = (ids, { ports, actor }) =>
  ports.resources.correlations(ids, readScope(actor, 'resource.read'));

@Resolver(() => Resource)
export class ResourceCorrelationResolver {
  @FieldResolver(() => Correlation, { nullable: true, description: 'How its owner was found; null: it has none.' })
  async correlation(@Root() resource: Resource, @Ctx() context: RequestContext): Promise<Correlation | null> {
    const view = await context.loaders.load(correlationById, resource.resourceId);
    return view === null ? null : toCorrelation(view, await context.ports.models.current());
  }
}

@Resolver(() => Correlation)
export class CorrelationResolver {
  @FieldResolver(() => Rule, {
    nullable: true,
    description: 'The rule that matches; null: the key is equal, or a person said so.',
  })
  async rule(@Root() { ruleIdentifier }: Correlation, @Ctx() { ports }: RequestContext): Promise<Rule | null> {
    return ruleIdentifier === null ? null : findRule(await ports.models.current(), ruleIdentifier);
  }
}

function toCorrelation(
  { confidencePercent, isDecided, rules }: ResourceCorrelationView,
  model: CompiledModel,
): Correlation {
  const [rule] = model.configuration.correlationRules
    .filter(({ identifier }) => rules.includes(identifier))
    .sort((a, b) => b.confidencePercent - a.confidencePercent);
  const explanation =
    rule !== undefined
      ? `${rule.source} of the owner is ${rule.target} of the account.`
      : isDecided
        ? 'A person said so.'
        : 'Its key is the one that an account of the owner would have.';
  return Object.assign(new Correlation(), {
    confidencePercent: confidencePercent ?? 100,
    explanation,
    ruleIdentifier: rule?.identifier ?? null,
  });
}
