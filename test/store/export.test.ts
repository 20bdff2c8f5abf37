// Exports as rows: what is left half-written is queued again, what is being written is left alone, and what has expired goes.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { systemActor } from '../../src/domain/actor.js';
import type { ExportStore } from '../../src/steps/ports/export.js';
import type { Database } from '../../src/store/database.js';
import { openDatabase } from '../../src/store/data-source.js';
import { exportStore } from '../../src/store/export.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let testDatabase: TestDatabase;
let database: Database;
let exports: ExportStore;
beforeAll(async () => {
  testDatabase = await createTestDatabase('export');
  database = await openDatabase({ url: testDatabase.url, poolSize: 2 }, Math.random);
  exports = exportStore(database);
});
beforeEach(() => database.query('truncate export, outbox cascade'));
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

async function opened(): Promise<string> {
  const id = randomUUID();
  const isOpen = await exports.open({ id, subject: 'AUDIT', format: 'CSV', filter: null }, systemActor);
  if (!isOpen) throw new Error('Another export is open.');
  await database.query(
    `update export set created_at = created_at - interval '1 hour', written_at = written_at - interval '1 hour'`,
  );
  await database.query('truncate outbox');
  return id;
}

const queued = async () => (await database.query<{ row_id: string }>('select row_id from outbox')).rows;

test('what no worker has written to for ten minutes is queued again', async () => {
  const id = await opened();
  await exports.append(id, 0, 'header');
  await exports.keep();
  expect(await queued()).toEqual([]);
  await database.query(`update export set written_at = written_at - interval '11 minutes'`);
  await exports.keep();
  expect(await queued()).toEqual([{ row_id: id }]);
});

test('what was written is not written anew, and goes a day after it expired', async () => {
  const id = await opened();
  await exports.append(id, 0, 'header');
  await exports.close(id, { rowCount: 0 });
  await database.query(`update export set written_at = written_at - interval '11 minutes'`);
  await exports.keep();
  expect(await queued()).toEqual([]);
  await database.query(`update export set expires_at = clock_timestamp() - interval '25 hours'`);
  await exports.keep();
  expect(await exports.load(id)).toBeNull();
});
