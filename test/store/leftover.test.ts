// What computations leave behind goes when nobody reads it any more, and not before.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Database } from '../../src/store/database.js';
import { openDatabase } from '../../src/store/data-source.js';
import { leftoverStore } from '../../src/store/leftover.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase('leftover');
  database = await openDatabase({ url: testDatabase.url, poolSize: 2 }, Math.random);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const count = async (table: string) =>
  (await database.query<{ n: number }>(`select count(*)::int as n from ${table}`)).rows[0]?.n;

test('plans go with their changes a day after they expired', async () => {
  await database.query(
    `with plan as (
       insert into provisioning_plan (id, state, inputs_digest, summary, created_by, expires_at)
       select gen_random_uuid(), 'READY', '', '{}', 'identity:a', clock_timestamp() - age
       from unnest(array[interval '25 hours', interval '23 hours', interval '-1 hour']) as age returning id)
     insert into planned_change (id, plan_id, position, kind, resource_type, resource_key, delta)
     select gen_random_uuid(), id, 0, 'CREATE', 'x', 'k', '{}' from plan`,
  );
  expect(await leftoverStore(database).forgetPlans()).toBe(1);
  expect([await count('provisioning_plan'), await count('planned_change')]).toEqual([2, 2]);
  expect(await leftoverStore(database).forgetPlans()).toBe(0);
});

test('parts go an hour after their execution ended; those of one that goes on stay', async () => {
  await database.query(
    `with execution as (
       insert into job_execution (id, job, state, trigger, launched_by, scope_digest, finished_at)
       select gen_random_uuid(), 'complete', 'COMPLETED', 'MANUAL', 'identity:a', '', clock_timestamp() - age
       from unnest(array[interval '61 minutes', interval '59 minutes', null]) as age returning id
     ), task as (
       insert into task_execution (id, execution_id, position, level, identifier, kind, mode, state)
       select gen_random_uuid(), id, 0, 1, 'compute', 'COMPUTE_ROLE_MODEL', 'COMPLETE', 'COMPLETED' from execution returning id
     )
     insert into task_part (id, task_id, phase, position, size, state, finished_at)
     select gen_random_uuid(), id, 'compute', 0, 1, 'COMPLETED', clock_timestamp() - interval '2 hours' from task`,
  );
  expect(await leftoverStore(database).forgetParts()).toBe(1);
  expect([await count('task_part'), await count('task_execution')]).toEqual([2, 3]);
});
