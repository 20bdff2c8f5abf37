// Whether a request to take a role away would be accepted now: asked of the same rules as the request itself.
import { checkBasket } from '../domain/basket.js';
import { may } from '../domain/permission.js';
import { dayOfPerson } from '../domain/person.js';
import { beneficiaryThing } from '../domain/request-access.js';
import type { Batch, BatchContext } from './loader.js';

/** Keys: `<row id of the identity>:<role>`. True where the viewer may ask for the removal, and it would not be refused. */
export const isRemovable: Batch<string, boolean> = async (keys, context) => {
  const rolesOf = new Map<string, string[]>();
  for (const key of keys) {
    const cut = key.indexOf(':');
    const [identityId, role] = [key.slice(0, cut), key.slice(cut + 1)];
    rolesOf.set(identityId, [...(rolesOf.get(identityId) ?? []), role]);
  }
  const found = await Promise.all([...rolesOf].map(([identityId, roles]) => removableOf(identityId, roles, context)));
  return new Map(found.flat().map((key) => [key, true]));
};

/** Keys of those that are. */
async function removableOf(
  identityId: string,
  asked: readonly string[],
  { actor, ports }: BatchContext,
): Promise<readonly string[]> {
  if (actor.kind !== 'identity') return [];
  const situation = await ports.requestStore.situation(identityId, asked);
  if (situation === null || !may(actor, 'request.submit', beneficiaryThing(actor, situation.person)).ok) return [];
  const { identityType, roles, singleRolesOf } = await ports.models.current();
  const { environment } = ports;
  const today = dayOfPerson(environment.now(), situation.attributes, identityType, environment.timeZone);
  const { person: beneficiary, holdings } = situation;
  const about = { beneficiary, justification: null, roles, singleRolesOf, holdings, today, knownValues: new Map() };
  return asked
    .filter((role) => checkBasket({ ...about, items: [{ ...removal, role }] }).ok)
    .map((role) => `${identityId}:${role}`);
}

const removal = { action: 'REMOVE', startDate: null, endDate: null, parameters: null } as const;
