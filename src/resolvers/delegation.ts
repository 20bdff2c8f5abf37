// Delegations: who decides in whose place, arranging it and ending it.
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { isInForce, type Delegation as DelegationRow } from '../domain/delegation.js';
import { rowIdOf, toGlobalId } from '../domain/global-id.js';
import { isAllowed } from '../domain/permission.js';
import { dayOfPeople } from '../domain/person.js';
import type { Decision } from '../domain/refusal.js';
import {
  Delegation,
  DelegationCreateInput,
  DelegationCreatePayload,
  DelegationRevokePayload,
} from '../schema/delegation.js';
import { Identity } from '../schema/identity.js';
import { toUserErrors } from '../schema/user-error.js';
import { delegate, revokeDelegation } from '../steps/delegate.js';
import type { RequestContext } from './context.js';
import { findIdentity } from './identity-loader.js';
import type { Batch } from './loader.js';
import type { NodeResolvers } from './node-resolver.js';

const delegationsOfPerson: Batch<string, readonly DelegationRow[]> = async (ids, { ports }) => {
  const found = await ports.delegations.ofPeople(ids);
  return new Map(
    ids.map((id) => [id, found.filter(({ delegatorId, delegateId }) => delegatorId === id || delegateId === id)]),
  );
};

@Resolver(() => Delegation)
export class DelegationResolver {
  @FieldResolver(() => Identity, { description: 'Whose decisions are handed on.' })
  delegator(@Root() { delegatorId }: Delegation, @Ctx() context: RequestContext): Promise<Identity | null> {
    return findIdentity(delegatorId, context);
  }

  @FieldResolver(() => Identity, { description: 'Who decides instead.' })
  delegate(@Root() { delegateId }: Delegation, @Ctx() context: RequestContext): Promise<Identity | null> {
    return findIdentity(delegateId, context);
  }

  @Mutation(() => DelegationCreatePayload, {
    description: 'Lets somebody decide requests in the place of somebody else, from a day to a day.',
  })
  async delegationCreate(
    @Arg('input', () => DelegationCreateInput, { description: 'Who, for whom, and when.' })
    input: DelegationCreateInput,
    @Ctx() context: RequestContext,
  ): Promise<DelegationCreatePayload> {
    const decision = await delegate(portsOf(context), context.actor, {
      delegatorId: rowIdOf('Identity', input.delegatorId),
      delegateId: rowIdOf('Identity', input.delegateId),
      startDate: input.startDate,
      endDate: input.endDate,
      reason: input.reason ?? null,
    });
    return Object.assign(new DelegationCreatePayload(), await answer(decision, context));
  }

  @Mutation(() => DelegationRevokePayload, {
    description: 'Ends a delegation at once; what was decided under it stays decided.',
  })
  async delegationRevoke(
    @Arg('id', () => ID, { description: 'Which delegation.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<DelegationRevokePayload> {
    const decision = await revokeDelegation(portsOf(context), context.actor, rowIdOf('Delegation', id));
    return Object.assign(new DelegationRevokePayload(), await answer(decision, context));
  }
}

@Resolver(() => Identity)
export class IdentityDelegationResolver {
  @FieldResolver(() => [Delegation], {
    description: 'Given and received, past ones too, but those revoked; empty when the viewer may not know.',
  })
  async delegations(@Root() identity: Identity, @Ctx() context: RequestContext): Promise<readonly Delegation[]> {
    const managers = identity.managerId === null ? [] : [identity.managerId];
    if (!isAllowed(context.actor, 'delegation.read', { owners: [identity.identityId], managers })) return [];
    const found = (await context.loaders.load(delegationsOfPerson, identity.identityId)) ?? [];
    return Promise.all(found.map((row) => toDelegation(row, context)));
  }
}

const portsOf = ({ ports }: RequestContext) => ({
  delegations: ports.delegationStore,
  requests: ports.requestStore,
  models: ports.models,
  environment: ports.environment,
});

async function answer(decision: Decision<string>, context: RequestContext) {
  if (!decision.ok) return { delegation: null, userErrors: toUserErrors(decision.refusals) };
  const row = (await context.ports.delegations.byIds([decision.value])).get(decision.value);
  return { delegation: row === undefined ? null : await toDelegation(row, context), userErrors: [] };
}

async function toDelegation(row: DelegationRow, { ports }: RequestContext): Promise<Delegation> {
  const { identityType } = await ports.models.current();
  const today = dayOfPeople(ports.environment.now(), identityType, ports.environment.timeZone);
  return Object.assign(new Delegation(), {
    ...row,
    id: toGlobalId('Delegation', row.id),
    isInForce: isInForce(row, today),
  });
}

/** Null for those who neither gave nor got it, nor may know of others'. */
async function findDelegation(id: string, context: RequestContext): Promise<Delegation | null> {
  const row = (await context.ports.delegations.byIds([id])).get(id);
  if (row === undefined) return null;
  const owners = [row.delegatorId, row.delegateId];
  return isAllowed(context.actor, 'delegation.read', { owners }) ? toDelegation(row, context) : null;
}

export const nodeResolvers: NodeResolvers = { dlg: findDelegation };
