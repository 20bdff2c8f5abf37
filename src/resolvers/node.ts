// `node` and `nodes`: any object by its global id. Which file fetches which type is the list `sources`.
import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { canExist, parseGlobalId } from '../domain/global-id.js';
import { maximumPageSize } from '../domain/page.js';
import { Node } from '../schema/node.js';
import type { RequestContext } from './context.js';
import { badUserInput } from './error.js';
import { nodeResolvers as assignments } from './assignment.js';
import { nodeResolvers as auditEvents } from './audit-event.js';
import { nodeResolvers as connectors } from './connector.js';
import { nodeResolvers as delegations } from './delegation.js';
import { nodeResolvers as entityTypes } from './entity-type.js';
import { nodeResolvers as people } from './identity.js';
import { nodeResolvers as jobs } from './job.js';
import { nodeResolvers as jobExecutions } from './job-execution.js';
import type { NodeResolvers } from './node-resolver.js';
import { nodeResolvers as orders } from './provisioning-order.js';
import { nodeResolvers as plans } from './plan.js';
import { nodeResolvers as policies } from './policy.js';
import { nodeResolvers as reconciliationItems } from './reconciliation-item.js';
import { nodeResolvers as requests } from './request.js';
import { nodeResolvers as exports } from './export.js';
import { nodeResolvers as resourceChanges } from './resource-change.js';
import { nodeResolvers as resources } from './resource.js';
import { nodeResolvers as resourceTypes } from './resource-type.js';
import { nodeResolvers as roles } from './role.js';
import { nodeResolvers as rules } from './rule.js';
import { nodeResolvers as serviceAccounts } from './service-account.js';

/** The `nodeResolvers` of every resolver file of a noun. */
const sources: readonly NodeResolvers[] = [
  assignments,
  auditEvents,
  plans,
  people,
  orders,
  reconciliationItems,
  requests,
  delegations,
  resources,
  resourceChanges,
  exports,
  serviceAccounts,
  policies,
  roles,
  rules,
  resourceTypes,
  entityTypes,
  connectors,
  jobs,
  jobExecutions,
];

const registry: NodeResolvers = Object.assign({}, ...sources);

/** Null for ids that mean nothing, or nothing the viewer may know. */
export async function findNode(id: string, context: RequestContext): Promise<object | null> {
  const parsed = parseGlobalId(id);
  if (parsed === null || !canExist(parsed)) return null;
  return (await registry[parsed.prefix]?.(parsed.local, context)) ?? null;
}

@Resolver()
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description: 'The object with this id; null when there is none that the viewer may see.',
  })
  node(
    @Arg('id', () => ID, { description: 'A global id.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<object | null> {
    return findNode(id, context);
  }

  @Query(() => [Node], {
    nullable: 'items',
    description: 'Several objects at once, at most 100, in the order of the ids.',
  })
  nodes(
    @Arg('ids', () => [ID], { description: 'Global ids.' }) ids: readonly string[],
    @Ctx() context: RequestContext,
  ): Promise<readonly (object | null)[]> {
    if (ids.length > maximumPageSize)
      throw badUserInput(`${ids.length} ids were given; at most ${maximumPageSize} are answered at once.`);
    return Promise.all(ids.map((id) => findNode(id, context)));
  }
}
