// A person lets another decide in their place for some days, or ends that.
import { type Actor, personBehind } from '../domain/actor.js';
import { checkDelegation, delegationThing } from '../domain/delegation.js';
import { checkText } from '../domain/basket.js';
import { may } from '../domain/permission.js';
import { dayOfPeople, type Person } from '../domain/person.js';
import { type Decision, granted, type Refusal, refused } from '../domain/refusal.js';
import type { Environment } from './ports/clock.js';
import type { DelegationStore } from './ports/delegation.js';
import type { ModelSource } from './ports/model.js';
import type { RequestStore } from './ports/request.js';

export interface DelegatePorts {
  readonly delegations: DelegationStore;
  readonly requests: Pick<RequestStore, 'situation' | 'samePeople' | 'people'>;
  readonly models: ModelSource;
  readonly environment: Environment;
}

export interface DelegateInput {
  /** Row ids; null when the id given is no identity's. */
  readonly delegatorId: string | null;
  readonly delegateId: string | null;
  readonly startDate: string;
  readonly endDate: string;
  readonly reason: string | null;
}

/** Answers the row id of the delegation. */
export async function delegate(ports: DelegatePorts, actor: Actor, input: DelegateInput): Promise<Decision<string>> {
  const tooLong = checkText(input.reason, 'reason');
  if (tooLong.length > 0) return refused(...tooLong);
  const delegator = await personOf(ports, input.delegatorId);
  if (delegator === null) return refused(nobody('delegatorId'));
  const permit = may(actor, 'delegation.manage', delegationThing(delegator.id));
  if (!permit.ok)
    return refused(...permit.refusals.map((refusal) => ({ ...refusal, field: ['input', 'delegatorId'] })));
  const deputy = await personOf(ports, input.delegateId);
  if (deputy === null) return refused(nobody('delegateId'));
  const makers = await makersOf(ports, actor);
  const { identityType } = await ports.models.current();
  const asked = checkDelegation({
    delegator,
    delegate: deputy,
    startDate: input.startDate,
    endDate: input.endDate,
    reason: input.reason,
    makers,
    samePeople: await ports.requests.samePeople([delegator.id, deputy.id, ...makers]),
    present: await ports.delegations.ofDelegator(delegator.id),
    today: dayOfPeople(ports.environment.now(), identityType, ports.environment.timeZone),
  });
  if (!asked.ok) return asked;
  const id = ports.environment.newId();
  const { startDate, endDate, reason } = asked.value;
  await ports.delegations.create(
    { id, delegatorId: delegator.id, delegateId: deputy.id, startDate, endDate, reason },
    actor,
  );
  return granted(id);
}

/** Ends a delegation; what was decided under it stays decided. */
export async function revokeDelegation(
  { delegations }: Pick<DelegatePorts, 'delegations'>,
  actor: Actor,
  id: string | null,
): Promise<Decision<string>> {
  const found = id === null ? null : await delegations.load(id);
  if (found === null) return refused(unknown);
  const permit = may(actor, 'delegation.manage', delegationThing(found.delegatorId));
  if (!permit.ok) return refused(...permit.refusals.map((refusal) => ({ ...refusal, field: ['id'] })));
  return found.revokedAt === null && (await delegations.revoke(found.id, actor)) ? granted(found.id) : refused(over);
}

const personOf = async ({ requests }: DelegatePorts, id: string | null): Promise<Person | null> =>
  id === null ? null : ((await requests.situation(id, []))?.person ?? null);

/** The identity that acts, or the person who answers for the program that does. */
async function makersOf({ requests, models }: DelegatePorts, actor: Actor): Promise<readonly string[]> {
  if (actor.kind === 'identity') return [actor.identityId];
  const key = personBehind(actor, (await models.current()).configuration);
  if (key === null) return [];
  const owner = (await requests.people([key])).get(key);
  return owner === undefined ? [] : [owner.id];
}

const nobody = (field: 'delegatorId' | 'delegateId'): Refusal => ({
  code: 'NOT_FOUND',
  rule: 'delegation.known-person',
  field: ['input', field],
  message: `The ${field} is the id of nobody known here.`,
  hint: 'Take the id of an identity from the query identities.',
});

const unknown: Refusal = {
  code: 'NOT_FOUND',
  rule: 'delegation.known',
  field: ['id'],
  message: 'There is no such delegation.',
  hint: 'Take the id from Identity.delegations.',
};

const over: Refusal = {
  code: 'STATE_CONFLICT',
  rule: 'delegation.in-force',
  field: ['id'],
  message: 'The delegation was revoked already.',
  hint: 'Nothing has to be done.',
};
