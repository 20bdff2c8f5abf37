// What a limit is about: a connector, a resource type, or the role model, which is no object.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { ThresholdViolation as Violation } from '../domain/job.js';
import { Node } from '../schema/node.js';
import { ThresholdViolation } from '../schema/threshold-violation.js';
import { findConnector, findResourceType } from './configured.js';
import type { RequestContext } from './context.js';

export const toThresholdViolation = ({ name, limit, actual, scope, scopeKind }: Violation): ThresholdViolation =>
  Object.assign(new ThresholdViolation(), { name, limit, actual, scopeIdentifier: scope, scopeKind });

@Resolver(() => ThresholdViolation)
export class ThresholdViolationResolver {
  @FieldResolver(() => Node, { nullable: true, description: 'What was limited; null: the whole role model.' })
  async scope(
    @Root() { scopeIdentifier, scopeKind }: ThresholdViolation,
    @Ctx() { ports }: RequestContext,
  ): Promise<object | null> {
    const model = await ports.models.current();
    switch (scopeKind) {
      case 'connector':
        return findConnector(model, scopeIdentifier);
      case 'resourceType':
        return findResourceType(model, scopeIdentifier);
      case 'roleModel':
        return null;
      default:
        return scopeKind satisfies never;
    }
  }
}
