// Who may know that somebody holds a role. Holding one is an assignment: whoever sees the assignment may know it, and
// nobody learns it another way, neither from the list of holders nor from a filter over people.
import { readScope } from '../domain/permission.js';
import { keepsRole } from '../domain/role-keeper.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import type { IdentityCondition } from '../steps/ports/identity.js';
import type { RequestContext } from './context.js';

type Owned = Pick<CompiledModel, 'roles' | 'configuration'>;

/** The people of whom the viewer may know whether they hold these roles; `null`: whether they hold any role at all. */
export function visibleHolders(
  roles: readonly string[] | null,
  { roles: known, configuration }: Owned,
  { actor }: Pick<RequestContext, 'actor'>,
): IdentityCondition {
  const scope = readScope(actor, 'assignment.read');
  if (scope === 'all') return {};
  if (scope === 'none') return nobody;
  const { identifier } = scope;
  const ownsAll = roles !== null && roles.every((role) => keepsRole(identifier, known.get(role), configuration));
  if (scope.ownedRoles && ownsAll) return {};
  return {
    or: [
      ...(scope.own ? [{ identifier: { eq: identifier } }] : []),
      ...(scope.reports ? [{ managerId: { eq: scope.identityId } }] : []),
    ],
  };
}

const nobody: IdentityCondition = { identifier: { in: [] } };

/**
 * The same condition over the people of whom its answer about roles may be known. Of all others it is false, whether they
 * hold the role or not, so that no tree around it (`not`, `or`, `nin`) tells one from the other.
 */
export function withinVisible(
  condition: IdentityCondition,
  model: Owned,
  context: Pick<RequestContext, 'actor'>,
): IdentityCondition {
  const { role } = condition;
  if (role === null || role === undefined) return condition;
  const named = [...(typeof role.eq === 'string' ? [role.eq] : []), ...(role.in ?? []), ...(role.nin ?? [])];
  const isAboutAny = typeof role.isNull === 'boolean';
  return { and: [condition, visibleHolders(isAboutAny ? null : named, model, context)] };
}
