// Whom a request waits for at this moment: those of its candidates who are here, who follows them when too few are, and who
// decides in their place today. The rules are the domain's; the people come from the loaders of the operation.
import {
  type Approval,
  checkPresence,
  checkRoles,
  decideReview,
  delegatorsOf,
  peopleConcerned,
  type Standing,
  standingAlone,
  waitingSteps,
} from '../domain/approval.js';
import { type Delegation, isInForce } from '../domain/delegation.js';
import { dayOfPeople, type Person } from '../domain/person.js';
import { successorKeys, withSuccessors } from '../domain/succession.js';
import { WaitingOn } from '../schema/request.js';
import type { IdentityView } from '../steps/ports/identity.js';
import type { RequestView } from '../steps/ports/request.js';
import type { RequestContext } from './context.js';
import { identityById, identityByIdentifier } from './identity-loader.js';
import type { Batch } from './loader.js';
import { requestById } from './request-loader.js';

/** What the viewer may decide, and in whose place, for all requests of a page at once. */
export const standingByRequest: Batch<string, Standing> = async (ids, context) => {
  const { actor, ports } = context;
  if (actor.kind !== 'identity') return new Map();
  const views = await requestById(ids, context);
  const { configuration } = await ports.models.current();
  const today = await todayOf(context);
  const people = await ports.requestStore.delegators(actor.identityId, today);
  const concerned = [...views.values()].flatMap((view) => peopleConcerned(actor.identityId, view, people));
  const samePeople = await ports.requestStore.samePeople(concerned);
  const standing = { ...standingAlone, samePeople, delegators: delegatorsOf(people, configuration, today) };
  return new Map(ids.map((id) => [id, standing]));
};

const delegationsOf: Batch<string, readonly Delegation[]> = async (ids, { ports }) => {
  const found = await ports.delegations.ofPeople(ids);
  return new Map(ids.map((id) => [id, found.filter(({ delegatorId }) => delegatorId === id)]));
};

async function todayOf({ ports }: Pick<RequestContext, 'ports'>): Promise<string> {
  const { identityType } = await ports.models.current();
  return dayOfPeople(ports.environment.now(), identityType, ports.environment.timeZone);
}

/** Row ids of the items that the viewer may decide now, one way or the other. */
export async function itemsToDecide(view: RequestView, context: RequestContext): Promise<readonly string[]> {
  const outcome = decideReview(
    context.actor,
    { ...view, approvals: await standingApprovals(view, context) },
    { decision: 'APPROVED', comment: null, seenDigest: null },
    (await context.loaders.load(standingByRequest, view.id)) ?? standingAlone,
  );
  return outcome.ok ? [...outcome.value.decided, ...outcome.value.voted].map(({ itemId }) => itemId) : [];
}

/** What has gone since: then it can only be declined. */
export async function isApprovable(view: RequestView, context: RequestContext): Promise<boolean> {
  const { roles } = await context.ports.models.current();
  if (checkRoles(view, 'APPROVED', roles) !== null) return false;
  const beneficiary = await context.loaders.load(identityById, view.beneficiaryId);
  const today = await todayOf(context);
  return beneficiary !== null && checkPresence(view, 'APPROVED', asPerson(beneficiary), today) === null;
}

/** The steps of the request, those that too few candidates are left for put to others. */
export async function standingApprovals(view: RequestView, context: RequestContext): Promise<readonly Approval[]> {
  const { configuration } = await context.ports.models.current();
  const open = waitingSteps(view).flatMap(({ candidates }) => candidates);
  const candidates = await loadAll(open, identityById, context);
  const successors = await loadAll(successorKeys(configuration), identityByIdentifier, context);
  return withSuccessors(view, candidates.map(asPerson), successors.map(asPerson), await todayOf(context));
}

async function loadAll(
  keys: readonly string[],
  batch: Batch<string, IdentityView>,
  { loaders }: RequestContext,
): Promise<readonly IdentityView[]> {
  const found = await Promise.all([...new Set(keys)].map((key) => loaders.load(batch, key)));
  return found.flatMap((view) => view ?? []);
}

/** Somebody who is not active today counts as gone, whatever the reason. */
const asPerson = ({ id, identifier, displayName, lifecycleState }: IdentityView): Person => ({
  id,
  identifier,
  displayName,
  managerKey: null,
  startDate: null,
  endDate: null,
  isRemoved: lifecycleState !== 'ACTIVE',
});

export async function waitingFor(view: RequestView, context: RequestContext): Promise<readonly WaitingOn[]> {
  const { roles } = await context.ports.models.current();
  const steps = waitingSteps({ ...view, approvals: await standingApprovals(view, context) });
  const waiting = await Promise.all(
    steps.map((step) => {
      const role = view.items.find(({ id }) => id === step.itemId)?.role ?? '';
      return waitingOnStep(view, step, roles.get(role)?.displayName ?? role, context);
    }),
  );
  return waiting.flat();
}

async function waitingOnStep(
  view: RequestView,
  step: Approval,
  role: string,
  context: RequestContext,
): Promise<readonly WaitingOn[]> {
  const since = view.approvals.find(({ id }) => id === step.id)?.openedAt ?? view.createdAt;
  const what = `Decide step ${step.step} of ${step.stepCount} of ${role}`;
  const voted = step.votes.map(({ decidedBy, onBehalfOf }) => onBehalfOf ?? decidedBy);
  const candidates = (await loadAll(step.candidates, identityById, context)).filter(
    ({ id, lifecycleState }) => lifecycleState === 'ACTIVE' && !voted.includes(id),
  );
  const delegates = await Promise.all(candidates.map((candidate) => delegatesOf(candidate, view, context)));
  return [
    ...candidates.map(({ id }) => waitingOn(id, since, what)),
    ...delegates.flat().map(({ id, insteadOf }) => waitingOn(id, since, `${what}, for ${insteadOf}`)),
  ];
}

const waitingOn = (identityId: string, since: Date, what: string): WaitingOn =>
  Object.assign(new WaitingOn(), { identityId, since, what });

async function delegatesOf(candidate: IdentityView, view: RequestView, context: RequestContext) {
  const today = await todayOf(context);
  const given = (await context.loaders.load(delegationsOf, candidate.id)) ?? [];
  const ids = given.filter((delegation) => isInForce(delegation, today)).map(({ delegateId }) => delegateId);
  const people = await loadAll(ids, identityById, context);
  return people
    .filter(
      ({ id, lifecycleState }) => lifecycleState === 'ACTIVE' && id !== view.requesterId && id !== view.beneficiaryId,
    )
    .map(({ id }) => ({ id, insteadOf: candidate.displayName }));
}
