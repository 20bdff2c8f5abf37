// Months of the tables that only grow: rows find a place before, in and long after the months that were made for them.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { openDatabase } from '../../src/store/data-source.js';
import { partitionStore } from '../../src/store/partition.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase('partition');
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

const append = async (at: string): Promise<string | undefined> => {
  const { rows } = await client.query<{ readonly partition: string }>(
    `insert into log_entry (execution_id, level, message, at) values (gen_random_uuid(), 'INFO', '', $1) returning tableoid::regclass::text as partition`,
    [at],
  );
  return rows[0]?.partition;
};

test('a row of a month that was made lies in its partition', async () => {
  await client.query(`select ensure_partitions('2040-01-15')`);
  expect([await append('2040-01-01T12:00Z'), await append('2040-04-30T12:00Z')]).toEqual([
    'log_entry_204001',
    'log_entry_204004',
  ]);
});

test('a row of a month that nobody made lies in the rest, and making that month later is no error', async () => {
  expect(await append('2041-06-10T12:00Z')).toBe('log_entry_rest');
  await client.query(`select ensure_partitions('2041-06-15')`);
  expect([await append('2041-06-20T12:00Z'), await append('2041-07-20T12:00Z')]).toEqual([
    'log_entry_rest',
    'log_entry_204107',
  ]);
});

test('a process that runs on makes the months to come', async () => {
  const { rows } = await client.query<{ readonly name: string }>(
    `select 'event_' || to_char(current_date + interval '2 months', 'YYYYMM') as name`,
  );
  const name = rows[0]?.name ?? '';
  await client.query(`drop table ${name}`);
  const own = await openDatabase({ url: database.url, poolSize: 1 }, Math.random);
  await partitionStore(own).ensureMonths();
  await own.close();
  expect((await client.query(`select to_regclass($1) is not null as there`, [name])).rows).toEqual([{ there: true }]);
});
