// How far a reader may see, as SQL: the things of certain people. Scopes beyond people (roles owned, requests to decide)
// are added by the views that know them.
import type { EntityTypeDefinition } from '../../domain/configuration.js';
import type { ReadScope } from '../../domain/permission.js';
import { anyOf, type Fragment, literal, sql } from '../fragment.js';
import { identityColumns } from './identity-column.js';

/** True for rows whose `holder` (trusted SQL: a row id of an identity, or null) is within own or reports; `more` widens it. */
export function scopeCondition(
  scope: ReadScope,
  holder: string,
  identityType: EntityTypeDefinition,
  more: readonly Fragment[] = [],
): Fragment {
  if (scope === 'all') return literal('true');
  if (scope === 'none') return literal('false');
  const it = literal(holder);
  return anyOf([
    ...(scope.own ? [sql`${it} = ${scope.identityId}::uuid`] : []),
    ...(scope.reports ? [sql`${it} in (${reportsOf(scope.identityId, identityType)})`] : []),
    ...more,
  ]);
}

/** Row ids of the people whose manager this is. */
function reportsOf(identityId: string, identityType: EntityTypeDefinition): Fragment {
  const { manager } = identityColumns(identityType, 'report');
  return sql`select report.id from resource report join resource reader on reader.id = ${identityId}::uuid
    where report.entity_type = ${identityType.identifier} and ${literal(manager)} = reader.key`;
}
