// What helps somebody decide an approval: colleagues, last use, what would be written, and what else there is.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { actorReference } from '../domain/actor.js';
import { localIdOf } from '../domain/global-id.js';
import { readScope } from '../domain/permission.js';
import { similarRoles } from '../domain/role-catalog.js';
import { ApprovalEvidence } from '../schema/approval-evidence.js';
import { ProvisioningPlan } from '../schema/plan.js';
import { Approval } from '../schema/request.js';
import { Role } from '../schema/role.js';
import { role as toRole } from './configured.js';
import type { RequestContext } from './context.js';
import type { Batch } from './loader.js';
import { findPlan } from './plan.js';
import { findRequest, requestOfApproval, viewOf } from './request-loader.js';

/** Several steps of a request ask about the same person. */
const heldByPeers: Batch<string, ReadonlyMap<string, number>> = async (ids, { ports }) =>
  new Map(await Promise.all(ids.map(async (id) => [id, await ports.roles.heldByPeers(id)] as const)));
const peersById: Batch<string, number> = async (ids, { ports }) =>
  new Map(await Promise.all(ids.map(async (id) => [id, await ports.roles.countPeers(id)] as const)));

@Resolver(() => Approval)
export class ApprovalEvidenceOfResolver {
  @FieldResolver(() => ApprovalEvidence, { description: 'What helps to decide.' })
  async evidence(@Root() { id, decision }: Approval, @Ctx() context: RequestContext): Promise<ApprovalEvidence> {
    const approvalId = localIdOf('Approval', id) ?? '';
    const request = await requestOfApproval(approvalId, context);
    const itemId = request?.approvals.find((one) => one.id === approvalId)?.itemId;
    const item = request?.items.find((one) => one.id === itemId);
    if (request === null || item === undefined) throw new Error(`The request of approval ${id} is gone.`);
    const { loaders, ports } = context;
    const { effectsOf } = await ports.models.current();
    const held = (await loaders.load(heldByPeers, request.beneficiaryId)) ?? new Map<string, number>();
    return Object.assign(new ApprovalEvidence(), {
      peersWithRoleCount: held.get(item.role) ?? 0,
      peersCount: (await loaders.load(peersById, request.beneficiaryId)) ?? 0,
      lastUsedAt: await ports.roles.lastUse(request.beneficiaryId, effectsOf.get(item.role) ?? []),
      roleIdentifier: item.role,
      requestId: request.id,
      itemId: item.id,
      isOpen: decision === null,
    });
  }
}

@Resolver(() => ApprovalEvidence)
export class ApprovalEvidenceResolver {
  @FieldResolver(() => ProvisioningPlan, {
    nullable: true,
    description: 'What a yes would write as things stand; null once it is decided.',
  })
  async plan(
    @Root() { itemId, isOpen }: ApprovalEvidence,
    @Ctx() context: RequestContext,
  ): Promise<ProvisioningPlan | null> {
    return isOpen ? findPlan(await context.loaders.load(planOfItem, itemId), context) : null;
  }

  @FieldResolver(() => [Role], {
    description: 'Other roles about the same kinds of accounts, those common among colleagues first; at most 5.',
  })
  async similarRoles(
    @Root() { requestId, roleIdentifier }: ApprovalEvidence,
    @Ctx() context: RequestContext,
  ): Promise<readonly Role[]> {
    const model = await context.ports.models.current();
    const request = await findRequest(requestId, context);
    const beneficiaryId = request === null ? null : viewOf(request).beneficiaryId;
    const held = beneficiaryId === null ? null : await context.loaders.load(heldByPeers, beneficiaryId);
    return similarRoles(model, roleIdentifier, held ?? new Map()).map((definition) => toRole(model, definition));
  }
}

/** By item: its steps show one plan. Asked again within a minute it is the same one: a refreshed list leaves no trail of plans. */
const planOfItem: Batch<string, string> = async (itemIds, { ports, actor }) => {
  const requests = await ports.requests.byItemIds(itemIds, readScope(actor, 'request.read'));
  const { version } = await ports.models.current();
  const plans = itemIds.map(async (itemId): Promise<readonly (readonly [string, string])[]> => {
    const request = requests.get(itemId);
    const item = request?.items.find(({ id }) => id === itemId);
    if (request === undefined || item === undefined) return [];
    const { beneficiaryId } = request;
    const { role, action, startDate, endDate, parameters } = item;
    const assumed = [{ identityId: beneficiaryId, role, action, startDate, endDate, parameters }];
    const scope = { identityIds: [beneficiaryId], resourceTypes: null, assumed, configurationVersion: version };
    const fresh = await ports.plans.fresh(actorReference(actor), scope);
    const input = { identityIds: [beneficiaryId], assumedItems: assumed };
    return [[itemId, fresh ?? (await ports.planner.plan(input, actor))]];
  });
  return new Map((await Promise.all(plans)).flat());
};
