// The whole program killed in the middle of a job, and started again: the job goes on where it was, and nothing is done twice.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { testRedisUrl } from '../support/redis.js';
import { waitFor } from '../support/wait-for.js';

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

let database: TestDatabase;
let home: string;
let watcher: pg.Client;
let child: ChildProcess | null = null;

beforeAll(async () => {
  database = await createTestDatabase('resume');
  home = await mkdtemp(join(tmpdir(), 'joinery-resume-'));
  watcher = new pg.Client({ connectionString: database.url });
  await watcher.connect();
});
afterAll(async () => {
  await stopped('SIGTERM');
  await watcher.end();
  await database.drop();
  await rm(home, { recursive: true, force: true });
}, 60_000);

const started = (environment: Readonly<Record<string, string>>): ChildProcess =>
  spawn(process.execPath, [program, 'start'], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: 'ignore',
  });

async function stopped(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (child === null || child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

interface TaskRow {
  readonly identifier: string;
  readonly state: string;
  readonly started: Date | null;
  readonly finished: Date | null;
}
const tasks = async (): Promise<Readonly<Record<string, TaskRow>>> => {
  const { rows } = await watcher.query<TaskRow>(
    `select t.identifier, t.state, t.started_at as started, t.finished_at as finished
     from task_execution t join job_execution e on e.id = t.execution_id where e.job = 'complete'`,
  );
  return Object.fromEntries(rows.map((row) => [row.identifier, row]));
};

test('a killed program goes on with its job after the start, without repeating what was finished', async () => {
  const environment = {
    DATABASE_URL: database.url,
    REDIS_URL: await testRedisUrl(),
    JOINERY_DEMO: '1',
    JOINERY_HOME: home,
    JOINERY_PORT: '0',
    JOINERY_LOG_LEVEL: 'error',
  };
  // The lock under which a reading is applied: with it held, the first job stands still in the middle of one.
  await watcher.query(`select pg_advisory_lock(hashtextextended('synchronization:hr', 0))`);
  child = started(environment);
  await waitFor(async () => (await tasks())['synchronize-hr']?.state === 'RUNNING', {
    what: 'the first job reads the people',
    deadlineMs: 60_000,
  });
  await waitFor(
    async () =>
      (await watcher.query(`select 1 from pg_locks where locktype = 'advisory' and not granted`)).rows.length > 0,
    { what: 'the reading waits to be applied' },
  );
  const before = await tasks();
  expect(before['export-hr']?.state).toBe('COMPLETED');

  await stopped('SIGKILL');
  await watcher.query(`select pg_advisory_unlock(hashtextextended('synchronization:hr', 0))`);
  child = started(environment);

  await waitFor(
    async () =>
      (await watcher.query(`select 1 from job_execution where job = 'complete' and finished_at is not null`)).rows
        .length > 0,
    { what: 'the job has ended', deadlineMs: 90_000 },
  );
  const after = await tasks();
  expect(after['export-hr']?.finished).toEqual(before['export-hr']?.finished);
  expect(after['synchronize-hr']?.state).toBe('COMPLETED');
  expect(after['synchronize-hr']?.started).toEqual(before['synchronize-hr']?.started);
  expect(Object.values(after).filter(({ state }) => state === 'ERRORED' || state === 'ABORTED')).toEqual([]);
  const { rows } = await watcher.query<{ executions: number; people: number; doubles: number }>(
    `select (select count(*) from job_execution where job = 'complete')::int as executions,
       (select count(*) from resource where entity_type = 'person')::int as people,
       (select count(*) from (select 1 from provisioning_order group by resource_type, delta->>'key', kind having count(*) > 1) as d)::int as doubles`,
  );
  expect(rows[0]).toMatchObject({ executions: 1, doubles: 0 });
  expect(rows[0]?.people).toBeGreaterThan(500);
}, 180_000);
