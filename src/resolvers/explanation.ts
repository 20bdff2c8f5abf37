// Why somebody has a role or an account: what the computation stored, with the requests and people in it.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { toGlobalId } from '../domain/global-id.js';
import { dayOfPeople } from '../domain/person.js';
import {
  type Explanation,
  type ExplanationInput,
  explainAccount,
  explainRole,
  type Path,
  type PathStep,
  type RequestStory,
} from '../domain/role-model/explanation.js';
import { ActorUnion } from '../schema/actor.js';
import { type Assignment, ResourceTypeAssignment, RoleAssignment } from '../schema/assignment.js';
import { AccessExplanation, AccessPath, AccessPathStep, RuleCondition } from '../schema/explanation.js';
import { Node } from '../schema/node.js';
import type { ExplainedIdentity } from '../steps/ports/assignment.js';
import type { RequestContext } from './context.js';
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
  const today = dayOfPeople(environment.now(), model.identityType, environment.timeZone);
  return { model, identity, isDirty: identity.isDirty, today, requests: await storiesOf(identity, context) };
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
  { verdict, summary, paths, isStale }: Explanation,
  identity: Pick<ExplainedIdentity, 'computedAt'>,
): AccessExplanation =>
  Object.assign(new AccessExplanation(), {
    verdict,
    summary,
    isStale,
    // Asked for and not computed yet: the Unix epoch stands for never.
    computedAt: identity.computedAt ?? new Date(0),
    paths: paths.map(toPath),
  });

const toPath = ({ steps, validFrom, validUntil }: Path): AccessPath =>
  Object.assign(new AccessPath(), { steps: steps.map(toStep), validFrom, validUntil });

const toStep = ({ kind, label, node, conditions, decidedBy, decidedAt, comment }: PathStep): AccessPathStep =>
  Object.assign(new AccessPathStep(), {
    kind,
    label,
    decidedAt,
    comment,
    conditions: conditions.map((condition) => Object.assign(new RuleCondition(), condition)),
    nodeId: node === null ? null : toGlobalId(node.type, node.local),
    deciderId: decidedBy,
  });

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
