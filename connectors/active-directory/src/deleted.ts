// The container of deleted objects: only who may read it sees that something was deleted.
import { ConnectorError } from '@joinery/connector-kit';
import { flagControl, isLdapResult, type LdapClient, present } from '@joinery/ldap-client';
import type { Catalog } from './catalog.js';

/** Control that shows what was deleted. */
export const showDeleted = '1.2.840.113556.1.4.417';

export const deletedObjects = ({ namingContext }: Catalog): string => `CN=Deleted Objects,${namingContext}`;

/** Without the right a search answers that there is nothing, and no deletion would ever be seen: throws FORBIDDEN. */
export async function requireDeletedObjects(client: LdapClient, catalog: Catalog): Promise<void> {
  const base = deletedObjects(catalog);
  const search = { base, scope: 'base', filter: present('objectClass'), attributes: ['1.1'] } as const;
  const found = await client
    .search({ ...search, controls: [flagControl(showDeleted, true)] })
    .catch((error: unknown) => {
      if (isLdapResult(error, 32, 50)) return null;
      throw error;
    });
  if (found !== null && found.entries.length > 0) return;
  throw new ConnectorError({
    code: 'FORBIDDEN',
    message: `Could not read changes: the account may not read ${base}, so deletions would stay unseen.`,
    hint: 'Let it list and read there, or set "changes" to comparison.',
  });
}
