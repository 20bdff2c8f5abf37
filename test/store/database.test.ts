// Transactions on real PostgreSQL: which failures of theirs are tried again.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openDatabase } from '../../src/store/data-source.js';
import type { Database } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let made: TestDatabase;
let database: Database;
beforeAll(async () => {
  made = await createTestDatabase('database');
  database = await openDatabase({ url: made.url, poolSize: 4 }, () => 0);
});
afterAll(async () => {
  await database.close();
  await made.drop();
});

test('a transaction that waited too long for a lock is tried again', async () => {
  let tries = 0;
  const later: { done: Promise<number> } = { done: Promise.resolve(0) };
  await database.transaction(async (holder) => {
    await holder.query('lock table dirty_identity in access exclusive mode');
    const refused = new Promise<void>((resolve) => {
      later.done = database.transaction(async (sql) => {
        tries += 1;
        if (tries === 1) await sql.query(`set local lock_timeout = '10ms'`);
        if (tries > 1) resolve();
        return (await sql.query('select from dirty_identity')).count;
      });
      later.done.catch(() => resolve());
    });
    await refused;
  });
  await expect(later.done).resolves.toBe(0);
  expect(tries).toBe(2);
});
