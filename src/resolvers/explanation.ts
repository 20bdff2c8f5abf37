// Why somebody has a role or an account: what the computation stored, with the requests and people in it.
import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { localIdOf, rowIdOf, toGlobalId } from '../domain/global-id.js';
import { keepersAmong } from '../domain/request-access.js';
import { may } from '../domain/permission.js';
import { computationAt, computationFor } from '../domain/role-model/computation.js';
import type { Condition } from '../domain/role-model/condition.js';
import { denialOf } from '../domain/role-model/denial.js';
import { type Explanation, explainAccount, explainRole } from '../domain/role-model/explanation.js';
import type { ExplanationInput, Path, PathStep, RequestStory } from '../domain/role-model/explanation-path.js';
import type { NearMiss } from '../domain/role-model/near-miss.js';
import { ActorUnion } from '../schema/actor.js';
import { type Assignment, ResourceTypeAssignment, RoleAssignment } from '../schema/assignment.js';
import { AccessExplanation, AccessPath, AccessPathStep, RuleCondition, RuleNearMiss } from '../schema/explanation.js';
import { Node } from '../schema/node.js';
import { Rule } from '../schema/rule.js';
import type { ExplainedIdentity } from '../steps/ports/assignment.js';
import type { RequestContext } from './context.js';
import { findAssignment, findRoleAssignment } from './assignment-loader.js';
import { ruleOf } from './configured.js';
import { badUserInput, orThrow } from './error.js';
import { findIdentity } from './identity-loader.js';
import type { Batch } from './loader.js';
import { findRequestOfItem, viewOf } from './request-loader.js';

const identityById: Batch<string, ExplainedIdentity> = (ids, { ports }) => ports.assignments.identities(ids);

/** The assignment must have been read by the viewer before: that is what says that they may know. */
export async function explanationOf(assignment: Assignment, context: RequestContext): Promise<AccessExplanation> {
  const identity = await context.loaders.load(identityById, assignment.identityId);
  if (identity === null) throw new Error(`The identity of assignment ${assignment.id} is gone.`);
  return toExplanation(explained(assignment, await inputOf(identity, context)), identity);
}

function explained(assignment: Assignment, input: ExplanationInput): Explanation {
  if (assignment instanceof RoleAssignment) return explainRole(input, assignment.roleIdentifier, assignment);
  if (assignment instanceof ResourceTypeAssignment)
    return explainAccount(input, assignment.resourceTypeIdentifier, assignment);
  throw new Error(`The assignment ${assignment.id} is neither a role nor an account.`);
}

/** For whoever explains something else of this identity, e.g. a planned change. */
export async function explanationInput(identityId: string, context: RequestContext): Promise<ExplanationInput | null> {
  const identity = await context.loaders.load(identityById, identityId);
  return identity === null ? null : inputOf(identity, context);
}

async function inputOf(identity: ExplainedIdentity, context: RequestContext): Promise<ExplanationInput> {
  const { environment, models } = context.ports;
  const model = await models.current();
  const { today } = computationFor(computationAt(model, environment.now(), environment), identity.snapshot);
  const { isDirty, rows } = identity;
  const requests = await storiesOf(identity, context);
  const names = await namesOfDeniers({ identity, requests, rows }, context);
  return { model, identity, isDirty, today, rows, requests, names };
}

async function namesOfDeniers(
  input: Pick<ExplanationInput, 'identity' | 'requests' | 'rows'>,
  context: RequestContext,
): Promise<ReadonlyMap<string, string>> {
  const ids = input.identity.snapshot.decisions.flatMap(({ role }) => denialOf(input, role)?.decidedBy ?? []);
  const people = await Promise.all(ids.map((id) => findIdentity(id, context)));
  return new Map(people.flatMap((one) => (one === null ? [] : [[one.identityId, one.displayName] as const])));
}

async function storiesOf(
  { snapshot, stored }: ExplainedIdentity,
  context: RequestContext,
): Promise<ReadonlyMap<string, RequestStory>> {
  const reasons = stored.roles.flatMap(({ reason }) =>
    reason.kind === 'request' && reason.cause !== '' ? [reason.cause] : [],
  );
  const items = [...new Set([...reasons, ...snapshot.decisions.flatMap(({ requestItemId }) => requestItemId ?? [])])];
  const stories = await Promise.all(
    items.map(async (item): Promise<readonly (readonly [string, RequestStory])[]> => {
      const request = await findRequestOfItem(item, context);
      if (request === null) return [];
      const { id, number, requesterId, createdAt, justification, approvals } = viewOf(request);
      const own = approvals.filter((approval) => approval.itemId === item && approval.decision !== null);
      return [
        [
          item,
          { requestId: id, number, requestedBy: requesterId, requestedAt: createdAt, justification, approvals: own },
        ],
      ];
    }),
  );
  return new Map(stories.flat());
}

export const toExplanation = (
  { verdict, summary, paths, nearMisses, isStale }: Explanation,
  identity: Pick<ExplainedIdentity, 'computedAt'>,
): AccessExplanation =>
  Object.assign(new AccessExplanation(), {
    verdict,
    summary,
    isStale,
    // Asked for and not computed yet: the Unix epoch stands for never.
    computedAt: identity.computedAt ?? new Date(0),
    paths: paths.map(toPath),
    nearMisses: nearMisses.map(toNearMiss),
  });

const toNearMiss = ({ rule, failed }: NearMiss): RuleNearMiss =>
  Object.assign(new RuleNearMiss(), { ruleIdentifier: rule, failed: failed.map(toCondition) });

export const toCondition = ({ expression, actualValue, isSatisfied }: Condition): RuleCondition =>
  Object.assign(new RuleCondition(), { expression, actualValue, isSatisfied });

const toPath = ({ steps, validFrom, validUntil }: Path): AccessPath =>
  Object.assign(new AccessPath(), { steps: steps.map(toStep), validFrom, validUntil });

const toStep = ({ kind, label, node, conditions, decidedBy, decidedAt, comment }: PathStep): AccessPathStep =>
  Object.assign(new AccessPathStep(), {
    kind,
    label,
    decidedAt,
    comment,
    conditions: conditions.map(toCondition),
    nodeId: node === null ? null : toGlobalId(node.type, node.local),
    deciderId: decidedBy,
  });

@Resolver(() => RuleNearMiss)
export class RuleNearMissResolver {
  @FieldResolver(() => Rule, { description: 'The rule.' })
  async rule(@Root() { ruleIdentifier }: RuleNearMiss, @Ctx() { ports }: RequestContext): Promise<Rule> {
    return ruleOf(await ports.models.current(), ruleIdentifier);
  }
}

@Resolver()
export class AccessExplanationResolver {
  @Query(() => AccessExplanation, {
    description: 'Why somebody has a role or an account, or why not. Give either a role or a resource type.',
  })
  async accessExplanation(
    @Arg('identityId', () => ID, { description: 'Whose access.' }) identityId: string,
    @Ctx() context: RequestContext,
    @Arg('roleId', () => ID, { nullable: true, description: 'A single or composite role.' }) roleId?: string | null,
    @Arg('resourceTypeId', () => ID, { nullable: true, description: 'A kind of account.' })
    resourceTypeId?: string | null,
  ): Promise<AccessExplanation> {
    const isRole = typeof roleId === 'string';
    if (isRole === (typeof resourceTypeId === 'string')) throw badUserInput('Give either roleId or resourceTypeId.');
    const model = await context.ports.models.current();
    const role = isRole ? localIdOf('SingleRole', roleId) : null;
    const type = isRole ? null : localIdOf('ResourceType', resourceTypeId ?? '');
    if (isRole ? role === null || !model.roles.has(role) : type === null || !model.resourceTypes.has(type))
      throw badUserInput(isRole ? 'There is no such role.' : 'There is no such resource type.');
    const identity = await explainable(identityId, role, context);
    const assignment = await assignmentOf(identity, role, type, context);
    if (assignment !== null) return explanationOf(assignment, context);
    const input = await inputOf(identity, context);
    return toExplanation(
      role === null ? explainAccount(input, type ?? '', null) : explainRole(input, role, null),
      identity,
    );
  }
}

/** Whose access the viewer may know: of this role, when it is asked about one. */
async function explainable(id: string, role: string | null, context: RequestContext): Promise<ExplainedIdentity> {
  const rowId = rowIdOf('Identity', id);
  const person = await findIdentity(rowId, context);
  const identity = rowId === null ? null : await context.loaders.load(identityById, rowId);
  if (person === null || identity === null) throw badUserInput('There is no such identity.');
  const model = await context.ports.models.current();
  orThrow(
    may(context.actor, 'assignment.read', {
      owners: [person.identityId],
      managers: person.managerId === null ? [] : [person.managerId],
      roleOwners: role === null ? [] : keepersAmong(context.actor, [role], model),
    }),
  );
  return identity;
}

/** Shown as lists show it; null when the identity has nothing of it. */
async function assignmentOf(
  { snapshot, stored }: ExplainedIdentity,
  role: string | null,
  type: string | null,
  context: RequestContext,
): Promise<Assignment | null> {
  if (role !== null) return findRoleAssignment(snapshot.id, role, context);
  const own = stored.accounts.filter(({ resourceType }) => resourceType === type);
  const account = own.find(({ isDue }) => isDue) ?? own[0];
  return account === undefined ? null : findAssignment(account.id, context);
}

@Resolver(() => AccessPathStep)
export class AccessPathStepResolver {
  @FieldResolver(() => Node, { nullable: true, description: 'What it is about, when the viewer may see it.' })
  node(@Root() { nodeId }: AccessPathStep, @Ctx() context: RequestContext): Promise<object | null> {
    return nodeId === null ? Promise.resolve(null) : context.findNode(nodeId);
  }

  @FieldResolver(() => ActorUnion, { nullable: true, description: 'Who asked or decided.' })
  decidedBy(@Root() { deciderId }: AccessPathStep, @Ctx() context: RequestContext): Promise<object | null> {
    return findIdentity(deciderId, context);
  }
}
