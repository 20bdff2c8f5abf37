// Programs that act: those of the configuration, and the engine itself.
import { systemActor } from '../domain/actor.js';
import { toGlobalId } from '../domain/global-id.js';
import { ServiceAccount } from '../schema/service-account.js';
import type { RequestContext } from './context.js';
import type { NodeResolvers } from './node-resolver.js';

/** By identifier; null when none of that name is configured (any more). */
export async function findServiceAccount(
  identifier: string,
  { ports }: RequestContext,
): Promise<ServiceAccount | null> {
  if (identifier === systemActor.identifier) return toServiceAccount(identifier, systemActor.displayName);
  const { configuration } = await ports.models.current();
  const account = configuration.serviceAccounts.find((known) => known.identifier === identifier);
  return account === undefined ? null : toServiceAccount(identifier, account.displayName);
}

export const toServiceAccount = (identifier: string, displayName: string): ServiceAccount =>
  Object.assign(new ServiceAccount(), { id: toGlobalId('ServiceAccount', identifier), identifier, displayName });

export const nodeResolvers: NodeResolvers = { sva: findServiceAccount };
