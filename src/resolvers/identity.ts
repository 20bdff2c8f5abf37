// People: one, many, and what leads from one person to others. What leads from a person to other nouns stands with those.
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { OrderBy } from '../domain/page.js';
import { Department, Identity, IdentityConnection, IdentityFilter, IdentityOrder } from '../schema/identity.js';
import { type ConnectionValue, PageArgs, PageWindowArgs } from '../schema/page.js';
import {
  defaultIdentityOrder,
  type IdentityCondition,
  type IdentityField,
  type IdentityView,
} from '../steps/ports/identity.js';
import type { RequestContext } from './context.js';
import { badUserInput } from './error.js';
import { filterTree, idComparison, requiredLocalId } from './filter.js';
import { findDepartment, findIdentity, findIdentityByIdentifier, toIdentity } from './identity-loader.js';
import type { NodeResolvers } from './node-resolver.js';
import { orderName, pageRequest, toConnection } from './page.js';
import { withinVisible } from './role-holder.js';

@Resolver(() => Identity)
export class IdentityResolver {
  @Query(() => Identity, { nullable: true, description: 'One identity, by id or by business key.' })
  identity(
    @Ctx() context: RequestContext,
    @Arg('id', () => ID, { nullable: true, description: 'Global id.' }) id?: string | null,
    @Arg('identifier', () => String, { nullable: true, description: 'Business key.' }) identifier?: string | null,
  ): Promise<Identity | null> {
    if ((typeof id === 'string') === (typeof identifier === 'string'))
      throw badUserInput('Give either id or identifier.');
    return typeof id === 'string'
      ? findIdentity(requiredLocalId('Identity', id), context)
      : findIdentityByIdentifier(identifier ?? null, context);
  }

  @Query(() => IdentityConnection, { description: 'Identities, by business key unless another order is given.' })
  async identities(
    @Ctx() context: RequestContext,
    @Args(() => PageWindowArgs) page: PageWindowArgs,
    @Arg('filter', () => IdentityFilter, { nullable: true, description: 'Which ones.' }) filter?: IdentityFilter | null,
    @Arg('orderBy', () => [IdentityOrder], {
      nullable: true,
      description: 'Most important first. Default: IDENTIFIER.',
    })
    orderBy?: readonly IdentityOrder[] | null,
  ): Promise<ConnectionValue<Identity>> {
    const model = await context.ports.models.current();
    const condition = filterTree<IdentityFilter, IdentityCondition>(filter, (level) =>
      withinVisible(conditionOf(level), model, context),
    );
    return identityPage(context, page, condition, orderBy?.length ? orderBy : defaultIdentityOrder);
  }

  @FieldResolver(() => Identity, { nullable: true, description: 'Direct manager.' })
  manager(@Root() identity: Identity, @Ctx() context: RequestContext): Promise<Identity | null> {
    return findIdentity(identity.managerId, context);
  }

  @FieldResolver(() => Department, { nullable: true, description: 'Where the person belongs.' })
  department(@Root() identity: Identity, @Ctx() context: RequestContext): Promise<Department | null> {
    return findDepartment(identity.departmentId, context);
  }

  @FieldResolver(() => IdentityConnection, { description: 'People whose direct manager this is.' })
  directReports(
    @Root() identity: Identity,
    @Ctx() context: RequestContext,
    @Args(() => PageArgs) page: PageArgs,
  ): Promise<ConnectionValue<Identity>> {
    return identityPage(context, page, { managerId: { eq: identity.identityId } }, defaultIdentityOrder);
  }

  @FieldResolver(() => Boolean, { description: 'Identities are changed in their source, so nobody may here.' })
  viewerCanUpdate(): boolean {
    return false;
  }
}

/** A page of people; also what lists of other nouns that end in people (holders of a role) are made of. */
export async function identityPage(
  { ports }: RequestContext,
  args: PageArgs | PageWindowArgs,
  filter: IdentityCondition | null,
  order: readonly OrderBy<IdentityField>[],
): Promise<ConnectionValue<Identity>> {
  const name = orderName(order);
  const request = pageRequest(args, name);
  const page = await ports.identities.page({ filter, order, page: request });
  return toConnection<IdentityView, Identity>({
    page,
    request,
    order: name,
    node: toIdentity,
    count: () => ports.identities.count(filter),
  });
}

/** One level of a filter in row ids; `filterTree` does the levels below. */
const conditionOf = (filter: IdentityFilter): IdentityCondition => ({
  text: filter.text ?? null,
  identifier: filter.identifier ?? null,
  kind: filter.kind ?? null,
  lifecycleState: filter.lifecycleState ?? null,
  departmentId: idComparison('Department', filter.departmentId),
  managerId: idComparison('Identity', filter.managerId),
  role: idComparison('SingleRole', filter.roleId),
  startDate: filter.startDate ?? null,
  endDate: filter.endDate ?? null,
  updatedAt: filter.updatedAt ?? null,
});

export const nodeResolvers: NodeResolvers = {
  idn: findIdentity,
  dep: findDepartment,
};
