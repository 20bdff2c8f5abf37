// The demo started again after people have changed its configuration: whose configuration is in force then, and what is said.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config.js';
import { startJoinery } from '../../src/program.js';
import { openDatabase } from '../../src/store/data-source.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let home: string;
let database: TestDatabase;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'joinery-restart-'));
  database = await createTestDatabase('demo_restart');
});
afterEach(async () => {
  await database.drop();
  await rm(home, { recursive: true, force: true });
});

/** Starts the demo and ends it again; answers what it said about its configuration. */
async function start(): Promise<readonly string[]> {
  const said: string[] = [];
  const config = readConfig({
    DATABASE_URL: database.url,
    JOINERY_DEMO: '1',
    JOINERY_ROLE: 'api',
    JOINERY_HOME: home,
    JOINERY_TOKEN_SECRET: 'a-key-for-nobody-in-particular-0123456789',
    JOINERY_PORT: '0',
    JOINERY_LOG_LEVEL: 'silent',
  });
  const running = await startJoinery(config, (line) => said.push(line));
  await running.stop();
  return said.filter((line) => line.startsWith('Configuration: '));
}

async function query<T>(sql: string, parameters: readonly unknown[] = []): Promise<readonly T[]> {
  const opened = await openDatabase({ url: database.url, poolSize: 1 }, Math.random);
  try {
    return (await opened.query<T>(sql, [...parameters])).rows;
  } finally {
    await opened.close();
  }
}

/** As the step of an apply writes it: the newest document, under a digest of its own. */
const applied = (by: string, digest: string) =>
  query(
    `insert into configuration_version (digest, document, applied_by)
     select coalesce($2, digest), document, $1 from configuration_version order by version limit 1`,
    [by, digest === 'of the demo' ? null : digest],
  );

const versions = async (): Promise<readonly string[]> =>
  (await query<{ by: string }>('select applied_by as by from configuration_version order by version')).map(
    ({ by }) => by,
  );

describe('the demo started again', () => {
  test('goes on with what a person has applied since, and says so with the way back', async () => {
    expect(await start()).toEqual([]);
    await applied('identity:ada', 'changed');
    expect(await start()).toEqual([
      expect.stringMatching(
        /^Configuration: .* a person applied .* stays in force; .*joinery apply -f examples\/acme\/configuration$/,
      ),
    ]);
    expect(await versions()).toEqual(['system:demo', 'identity:ada']);
    await applied('identity:ada', 'of the demo');
    expect(await start()).toEqual([]);
  }, 120_000);

  test('is refused where somebody else’s configuration came first', async () => {
    await start();
    await query(`update configuration_version set applied_by = 'system'`);
    await expect(start()).rejects.toThrow('the database holds a configuration applied by system');
  }, 120_000);
});
