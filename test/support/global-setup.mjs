// Before the tests that need real parts: a PostgreSQL from the embedded binaries and a Redis, both on free ports of
// 127.0.0.1, both ending with this process however it ends. Their addresses reach the tests through TEST_* variables.
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../dist/embedded/postgres.js';
import { startRedis } from './redis-server.mjs';

/** Nothing here has to survive a power cut, so nothing waits for the disk. */
const fast = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_connections: '300',
  autovacuum_naptime: '5s',
};

export default async function setUp() {
  const folder = await mkdtemp(join(tmpdir(), 'joinery-test-'));
  const [postgres, redis] = await Promise.all([
    startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), log: () => {}, extraSettings: fast }),
    startRedis(folder),
  ]);
  globalThis.realParts = { folder, postgres, redis };
  process.env.TEST_DATABASE_URL = postgres.url;
  process.env.TEST_REDIS_URL = redis.url;
  await makeTemplate(postgres.url);
}

/** The migrated database that every test database is a copy of. */
async function makeTemplate(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('create database joinery_template');
  await client.end();
  const migrate = new URL('../../dist/store/migrate.js', import.meta.url);
  if (!existsSync(migrate)) return;
  const template = new URL(url);
  template.pathname = '/joinery_template';
  await (await import(migrate.href)).migrate(template.href);
}
