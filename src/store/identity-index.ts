// Indexes over properties that only the configuration names: who reports to whom. Made when a configuration is applied.
import { createHash } from 'node:crypto';
import type { EntityTypeDefinition } from '../domain/configuration.js';
import type { Sql } from './database.js';

/** Makes «whose manager is» a lookup instead of a scan over all people. Cheap when the index is there. */
export async function indexManagers(sql: Sql, identityType: EntityTypeDefinition): Promise<void> {
  const property = identityType.identity?.manager;
  if (property === null || property === undefined) return;
  const name = `resource_manager_${createHash('sha256').update(`${identityType.identifier}\n${property}`).digest('hex').slice(0, 12)}`;
  await sql.query(
    `create index if not exists ${name} on resource ((attributes ->> ${literal(property)})) where entity_type = ${literal(identityType.identifier)}`,
  );
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
