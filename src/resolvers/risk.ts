// Risks: those of the configuration, who runs them, and which ones somebody runs by what they hold.
import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import type { RiskDefinition } from '../domain/configuration.js';
import { isAllowed, may } from '../domain/permission.js';
import { expanded, risksOf } from '../domain/risk.js';
import { maximumPageSize } from '../domain/page.js';
import { Identity } from '../schema/identity.js';
import { IdentityRisk, Risk } from '../schema/risk.js';
import { Role } from '../schema/role.js';
import type { HeldForRisk } from '../steps/ports/risk.js';
import { roleOf } from './configured.js';
import type { RequestContext } from './context.js';
import { badUserInput, orThrow } from './error.js';
import { findIdentity } from './identity-loader.js';
import type { Batch } from './loader.js';

const heldByPerson: Batch<string, HeldForRisk> = (ids, { ports }) => ports.risks.held(ids);

@Resolver(() => Risk)
export class RiskResolver {
  @Query(() => [Risk], { description: 'The risks of the configuration, the highest level first.' })
  async risks(@Ctx() { actor, ports }: RequestContext): Promise<readonly Risk[]> {
    orThrow(may(actor, 'reconciliation.read'));
    const { configuration } = await ports.models.current();
    return configuration.risks.toSorted((a, b) => b.level - a.level).map(toRisk);
  }

  @FieldResolver(() => Int, { description: 'How many people run it now.' })
  async holderCount(@Root() risk: Risk, @Ctx() context: RequestContext): Promise<number> {
    const found = await definitionOf(risk, context);
    return found === null || !mayKnowHolders(context) ? 0 : context.ports.risks.holderCount(found.combinations);
  }

  @FieldResolver(() => [Identity], { description: 'Who runs it now, in no order of importance.' })
  async holders(
    @Root() risk: Risk,
    @Ctx() context: RequestContext,
    @Arg('first', () => Int, { defaultValue: 25, description: 'At most so many; 100 at most.' }) first: number,
  ): Promise<readonly Identity[]> {
    if (first < 0 || first > maximumPageSize)
      throw badUserInput(`first is ${first}; at most ${maximumPageSize} are listed.`);
    const found = await definitionOf(risk, context);
    if (found === null || !mayKnowHolders(context)) return [];
    const ids = await context.ports.risks.holders(found.combinations, first);
    const people = await Promise.all(ids.map((id) => findIdentity(id, context)));
    return people.flatMap((person) => person ?? []);
  }
}

@Resolver(() => IdentityRisk)
export class IdentityRiskResolver {
  @FieldResolver(() => [Role], { description: 'The roles that make it.' })
  async roles(@Root() found: IdentityRisk, @Ctx() { ports }: RequestContext): Promise<readonly Role[]> {
    const model = await ports.models.current();
    return found.roleIdentifiers.map((identifier) => roleOf(model, identifier));
  }
}

@Resolver(() => Identity)
export class IdentityRiskListResolver {
  @FieldResolver(() => [IdentityRisk], {
    description: 'Risks run by what is held now, the highest level first; empty when the viewer may not know.',
  })
  async risks(@Root() identity: Identity, @Ctx() context: RequestContext): Promise<readonly IdentityRisk[]> {
    const managers = identity.managerId === null ? [] : [identity.managerId];
    if (!isAllowed(context.actor, 'assignment.read', { owners: [identity.identityId], managers })) return [];
    const { configuration, singleRolesOf } = await context.ports.models.current();
    if (configuration.risks.length === 0) return [];
    const held = await context.loaders.load(heldByPerson, identity.identityId);
    if (held === null) return [];
    const exempt = expanded(held.exempt, singleRolesOf);
    return risksOf(expanded(held.roles, singleRolesOf), configuration.risks).map(({ risk, roles }) =>
      Object.assign(new IdentityRisk(), {
        risk: toRisk(risk),
        isExempt: roles.some((role) => exempt.has(role)),
        roleIdentifiers: roles,
      }),
    );
  }
}

const toRisk = ({ identifier, displayName, kind, level, exemption, description, remediation }: RiskDefinition): Risk =>
  Object.assign(new Risk(), { identifier, displayName, kind, level, exemption, description, remediation });

async function definitionOf({ identifier }: Risk, { ports }: RequestContext): Promise<RiskDefinition | null> {
  const { configuration } = await ports.models.current();
  return configuration.risks.find((risk) => risk.identifier === identifier) ?? null;
}

/** A risk is reached from a person, too: who else runs it is for those who see everybody's assignments. */
const mayKnowHolders = ({ actor }: RequestContext): boolean => isAllowed(actor, 'reconciliation.read');
