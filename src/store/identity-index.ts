// Indexes over properties that only the configuration names: who reports to whom, who is the same person,
// and who works where. Made when a configuration is applied.
import { createHash } from 'node:crypto';
import type { Configuration, EntityTypeDefinition } from '../domain/configuration.js';
import type { Sql } from './database.js';

/** Makes «whose manager is», «who is the same person» and «who are the colleagues» lookups instead of scans over all people. Cheap when they are there. */
export async function indexPeople(sql: Sql, identityType: EntityTypeDefinition): Promise<void> {
  const { manager, samePersonAs, department } = identityType.identity ?? {};
  for (const property of [manager, samePersonAs, department]) {
    if (property !== null && property !== undefined) await indexProperty(sql, identityType.identifier, property);
  }
}

async function indexProperty(sql: Sql, entityType: string, property: string): Promise<void> {
  const name = `resource_manager_${createHash('sha256').update(`${entityType}\n${property}`).digest('hex').slice(0, 12)}`;
  await sql.query(
    `create index if not exists ${name} on resource ((attributes ->> ${literal(property)})) where entity_type = ${literal(entityType)}`,
  );
}

/** Makes «whose position is» a lookup, for each identity that is computed. */
export async function indexPositions(sql: Sql, { contextRules }: Pick<Configuration, 'contextRules'>): Promise<void> {
  for (const { positions } of contextRules) {
    if (positions === null) continue;
    const name = `resource_position_${createHash('sha256').update(`${positions.entityType}\n${positions.person}`).digest('hex').slice(0, 12)}`;
    await sql.query(
      `create index if not exists ${name} on resource ((attributes ->> ${literal(positions.person)})) where entity_type = ${literal(positions.entityType)}`,
    );
  }
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
