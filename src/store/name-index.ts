// Indexes over the names and keys people search by: which property is the name, only the configuration says.
// Made when a configuration is applied. Expressions match those of views/search.ts.
import { createHash } from 'node:crypto';
import type { EntityTypeDefinition } from '../domain/configuration.js';
import type { Sql } from './database.js';
import { quoted } from './fragment.js';
import { displayColumn } from './views/identity-column.js';

/** Makes «whose name begins with» a lookup. Cheap when they are there. */
export async function indexNames(sql: Sql, type: EntityTypeDefinition): Promise<void> {
  const texts = [...new Set([displayColumn(type, 'resource'), 'resource.key', ...emailOf(type)])];
  for (const text of texts) await indexText(sql, type.identifier, text);
}

const emailOf = ({ identity }: EntityTypeDefinition): readonly string[] =>
  identity?.email ? [`nullif(resource.attributes ->> ${quoted(identity.email)}, '')`] : [];

async function indexText(sql: Sql, entityType: string, text: string): Promise<void> {
  const name = `resource_name_${createHash('sha256').update(`${entityType}\n${text}`).digest('hex').slice(0, 12)}`;
  await sql.query(
    `create index if not exists ${name} on resource (lower(${text}) text_pattern_ops) where entity_type = ${quoted(entityType)}`,
  );
}
