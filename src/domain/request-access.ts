// What the table of permissions needs to know of a request: whose it is, who manages them, who is asked.
// The reader is compared by key with managers and role owners, which the sources name by key.
import type { Actor } from './actor.js';
import type { ReviewedRequest } from './approval.js';
import type { Configuration, RoleDefinition } from './configuration.js';
import type { Thing } from './permission.js';
import type { Person } from './person.js';
import { keepsRole } from './role-keeper.js';

/** To read it, or to be asked to decide it. */
export function requestThing(
  actor: Actor,
  request: ReviewedRequest,
  beneficiary: Person,
  model: {
    readonly roles: ReadonlyMap<string, RoleDefinition>;
    readonly configuration: Pick<Configuration, 'categories'>;
  },
): Thing {
  const mine = (isMine: boolean): readonly string[] => (isMine && actor.kind === 'identity' ? [actor.identityId] : []);
  return {
    owners: [request.beneficiaryId, ...(request.requesterId === null ? [] : [request.requesterId])],
    managers: mine(beneficiary.managerKey === actor.identifier),
    roleOwners: keepersAmong(
      actor,
      request.items.map(({ role }) => role),
      model,
    ),
    candidates: request.approvals.flatMap((approval) => approval.candidates),
  };
}

/** To cancel it: the requester's alone, or a removal could be stopped by the one who is to lose something. */
export const cancelThing = (request: Pick<ReviewedRequest, 'requesterId'>): Thing => ({
  owners: request.requesterId === null ? [] : [request.requesterId],
});

/** To make one for this person. */
export const beneficiaryThing = (actor: Actor, beneficiary: Pick<Person, 'id' | 'managerKey'>): Thing => ({
  owners: [beneficiary.id],
  managers: actor.kind === 'identity' && beneficiary.managerKey === actor.identifier ? [actor.identityId] : [],
});

/** To remind of it: by whom it was made, for whom it is, and by those who manage the latter. */
export const remindThing = (
  actor: Actor,
  request: Pick<ReviewedRequest, 'requesterId' | 'beneficiaryId'>,
  beneficiary: Pick<Person, 'id' | 'managerKey'>,
): Thing => ({
  ...beneficiaryThing(actor, beneficiary),
  owners: [request.beneficiaryId, ...(request.requesterId === null ? [] : [request.requesterId])],
});

/** The actor, where it keeps one of these roles: what the table of permissions calls the owners of roles. */
export const keepersAmong = (
  actor: Actor,
  names: readonly string[],
  {
    roles,
    configuration,
  }: {
    readonly roles: ReadonlyMap<string, RoleDefinition>;
    readonly configuration: Pick<Configuration, 'categories'>;
  },
): readonly string[] =>
  actor.kind === 'identity' && names.some((name) => keepsRole(actor.identifier, roles.get(name), configuration))
    ? [actor.identityId]
    : [];
