// Who did something, from the reference that rows keep: `identity:<row id>`, `service:<identifier>`, `system:<identifier>`,
// `rule:<identifier>`.
import type { RequestContext } from './context.js';
import { findRule } from './configured.js';
import { findIdentity } from './identity-loader.js';
import { findServiceAccount, toServiceAccount } from './service-account.js';

/** Null for people whose row is gone. A service account that is no longer configured is shown by its identifier. */
export async function actorOf(reference: string | null, context: RequestContext): Promise<object | null> {
  if (reference === null) return null;
  const cut = reference.indexOf(':');
  const [kind, local] = [reference.slice(0, cut), reference.slice(cut + 1)];
  if (kind === 'identity') return findIdentity(local, context);
  if (kind === 'rule') return findRule(await context.ports.models.current(), local);
  return (await findServiceAccount(local, context)) ?? toServiceAccount(local, local);
}
