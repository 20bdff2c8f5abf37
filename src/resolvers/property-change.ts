// One value or link that changes: the property, and the rule behind it. Made from deltas, whose secrets stay behind.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { ResourceDelta } from '../domain/assignment.js';
import type { EntityTypeDefinition } from '../domain/configuration.js';
import { EntityProperty } from '../schema/entity-type.js';
import { PropertyChange } from '../schema/property-change.js';
import { Rule } from '../schema/rule.js';
import { entityPropertyOf, findRule } from './configured.js';
import type { RequestContext } from './context.js';

@Resolver(() => PropertyChange)
export class PropertyChangeResolver {
  @FieldResolver(() => EntityProperty, { description: 'Which property.' })
  async property(
    @Root() { entityType, propertyIdentifier }: PropertyChange,
    @Ctx() { ports }: RequestContext,
  ): Promise<EntityProperty> {
    return entityPropertyOf(await ports.models.current(), entityType, propertyIdentifier);
  }

  @FieldResolver(() => Rule, {
    nullable: true,
    description: 'The rule behind it; null when no rule gives the value any more.',
  })
  async rule(@Root() { ruleIdentifier }: PropertyChange, @Ctx() { ports }: RequestContext): Promise<Rule | null> {
    return ruleIdentifier === null ? null : findRule(await ports.models.current(), ruleIdentifier);
  }
}

export function propertyChanges(
  type: EntityTypeDefinition | undefined,
  delta: ResourceDelta,
): readonly PropertyChange[] {
  const isSecret = (property: string): boolean => isSecretProperty(type, property);
  const change = (property: string, rule: string | null, oldValue: unknown, newValue: unknown): PropertyChange =>
    Object.assign(new PropertyChange(), {
      entityType: type?.identifier ?? '',
      propertyIdentifier: property,
      ruleIdentifier: rule,
      isSecret: isSecret(property),
      oldValue: isSecret(property) ? null : oldValue,
      newValue: isSecret(property) ? null : newValue,
    });
  return [
    ...delta.scalars.map(({ property, from, to, rule }) => change(property, rule, from, to)),
    ...delta.links.flatMap(({ property, add, remove, rules }) => [
      ...add.map((key) => change(property, rules[key] ?? null, null, key)),
      ...remove.map((key) => change(property, rules[key] ?? null, key, null)),
    ]),
  ];
}

/** What the configuration does not know is treated as a secret. */
export const isSecretProperty = (type: EntityTypeDefinition | undefined, property: string): boolean =>
  type?.properties.find(({ identifier }) => identifier === property)?.isSecret !== false;
