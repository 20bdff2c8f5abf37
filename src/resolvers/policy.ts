// Policies and categories, and what leads from a category to the one above.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Category } from '../schema/policy.js';
import { findCategory, findPolicy } from './configured.js';
import type { RequestContext } from './context.js';
import type { NodeResolvers } from './node-resolver.js';

@Resolver(() => Category)
export class CategoryResolver {
  @FieldResolver(() => Category, { nullable: true, description: 'The category above.' })
  async parent(@Root() category: Category, @Ctx() { ports }: RequestContext): Promise<Category | null> {
    return category.parent === null ? null : findCategory(await ports.models.current(), category.parent);
  }
}

export const nodeResolvers: NodeResolvers = {
  pol: async (local, { ports }) => findPolicy(await ports.models.current(), local),
  cat: async (local, { ports }) => findCategory(await ports.models.current(), local),
};
