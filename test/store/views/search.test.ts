// Names that begin with a text are looked up, not read through.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { indexNames } from '../../../src/store/name-index.js';
import { searchViews } from '../../../src/store/views/search.js';
import type { Database } from '../../../src/store/database.js';
import { type Company, openCompany } from '../../steps/request-fixture.js';

let company: Company;
beforeAll(async () => {
  company = await openCompany();
  const { configuration } = await company.ports.models.current();
  for (const type of configuration.entityTypes) await indexNames(company.database, type);
  await company.database.query(
    `insert into resource (id, entity_type, key, attributes, hash, seen_at)
     select gen_random_uuid(), 'person', 'p' || n, jsonb_build_object('name', md5(n::text)), 'h', now() from generate_series(1, 20000) n`,
  );
  await company.database.query('analyze resource');
});
afterAll(() => company.close());

/** Runs the search with `explain` before each statement. */
async function plans(text: string, limit: number): Promise<readonly string[]> {
  const seen: string[] = [];
  const explained = {
    ...company.database,
    query: async (statement: string, parameters: readonly unknown[]) => {
      const { rows } = await company.database.query<{ 'QUERY PLAN': string }>(`explain ${statement}`, parameters);
      seen.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
      return company.database.query(statement, parameters);
    },
  } as unknown as Database;
  await searchViews(explained, company.ports.models).rows({ text, resources: 'none', limit });
  return seen;
}

test('what begins with the text is found by an index', async () => {
  const [beginning] = await plans('p123', 5);
  expect(beginning).toContain('resource_name_');
  expect(beginning).not.toContain('Seq Scan');
});

test('the rows are read through only when too few begin with the text', async () => {
  expect(await plans('p123', 5)).toHaveLength(1);
  expect(await plans('0777', 5)).toHaveLength(2);
});
