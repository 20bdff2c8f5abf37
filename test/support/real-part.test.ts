// The ground under the other tests: their own PostgreSQL database and their own Redis database.
import { afterAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from './database.js';
import { testRedisUrl } from './redis.js';
import { waitFor } from './wait-for.js';

const databases: TestDatabase[] = [];
afterAll(() => Promise.all(databases.map((database) => database.drop())));

async function ask(url: string, statement: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(statement);
  await client.end();
  return rows;
}

describe('a test database', () => {
  test('is a PostgreSQL 18 that no other test sees', async () => {
    const [one, two] = await Promise.all([createTestDatabase('one'), createTestDatabase('two')]);
    databases.push(one, two);
    await ask(one.url, 'create table only_here (n int)');
    expect(await ask(one.url, "select to_regclass('only_here') is not null as there")).toEqual([{ there: true }]);
    expect(await ask(two.url, "select to_regclass('only_here') is not null as there")).toEqual([{ there: false }]);
    expect(await ask(one.url, 'show server_version_num')).toEqual([
      { server_version_num: expect.stringMatching(/^18/) },
    ]);
  });
});

describe('a test Redis', () => {
  test('is empty and apart from that of the next test', async () => {
    const [one, two] = [new Redis(await testRedisUrl()), new Redis(await testRedisUrl())];
    await one.set('only', 'here');
    expect([await one.dbsize(), await two.dbsize()]).toEqual([1, 0]);
    one.disconnect();
    two.disconnect();
  });
});

describe('waiting for a fact', () => {
  test('gives the fact once it holds, also after it threw', async () => {
    const answers = [() => null, () => Promise.reject(new Error('not yet')), () => 'there'];
    expect(await waitFor(() => answers.shift()?.(), { what: 'an answer' })).toBe('there');
  });

  test('says what was missing when it never does', async () => {
    await expect(waitFor(() => false, { what: 'a miracle', deadlineMs: 50 })).rejects.toThrow(/50 ms for a miracle/);
  });
});
