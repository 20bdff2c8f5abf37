// Who keeps a role: its owner, and the officers of its category and of those above it. They see its requests and holders.
import { categoryOfficers } from './approver.js';
import type { Configuration, RoleDefinition } from './configuration.js';

type Categories = Pick<Configuration, 'categories'>;

/** `identifier`: identity key. */
export const keepsRole = (
  identifier: string,
  role: Pick<RoleDefinition, 'owner' | 'category'> | undefined,
  configuration: Categories,
): boolean =>
  role !== undefined && (role.owner === identifier || categoryOfficers(role, configuration).includes(identifier));
