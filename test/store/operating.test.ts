// The statements that docs/operating.md gives to those who run Joinery must run.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase('operating');
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

test('every statement of the page on operating runs', async () => {
  const page = await readFile('docs/operating.md', 'utf8');
  const blocks = [...page.matchAll(/```sql\n(.*?)```/gs)].map((match) => match[1] ?? '');
  expect(blocks.length).toBeGreaterThan(1);
  const { rows } = await client.query<{ readonly name: string }>(
    `select 'event_' || to_char(current_date, 'YYYYMM') as name`,
  );
  for (const block of blocks) await client.query(block.replaceAll(/event_\d{6}/g, rows[0]?.name ?? ''));
});
