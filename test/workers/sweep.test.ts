// Probes of connections by a worker that serves only some: what it cannot reach says nothing about the others.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openQueues, type Queues } from '../../src/workers/queue.js';
import { startSweep } from '../../src/workers/sweep.js';
import { connection, openWorld, quiet, type World } from '../support/execution-world.js';
import { testRedisUrl } from '../support/redis.js';
import { waitFor } from '../support/wait-for.js';

/** In the table of health, but in nobody's configuration: no worker reaches it. */
const elsewhere = 'elsewhere';

let world: World;
let queues: Queues;
beforeEach(async () => {
  world = await openWorld({ name: 'sweep' });
  queues = await openQueues({ redisUrl: await testRedisUrl(), databaseUrl: world.url, log: quiet });
  for (const name of [connection, elsewhere]) {
    await world.database.query(
      `insert into connection_health (connection, status, probe_interval_seconds, next_probe_at) values ($1, 'OPEN', 30, clock_timestamp())`,
      [name],
    );
  }
});
afterEach(async () => {
  await queues.close();
  await world.close();
});

const health = async (): Promise<Readonly<Record<string, string>>> => {
  const { rows } = await world.database.query<{ connection: string; seen: string }>(
    `select connection, status || ' ' || coalesce(probe_interval_seconds::text, '-') as seen from connection_health`,
  );
  return Object.fromEntries(rows.map(({ connection: name, seen }) => [name, seen]));
};

/** One round and more, until `name` was probed. */
async function sweepUntilProbed(name: string, connections: readonly string[] | null) {
  const sweep = startSweep({ ...world.workerPorts(queues).sweep, connections });
  try {
    await waitFor(async () => (await health())[name] !== 'OPEN 30', { what: `${name} was probed` });
  } finally {
    await sweep.stop();
  }
  return health();
}

test('a worker probes the connections it serves and leaves the others alone', async () => {
  expect(await sweepUntilProbed(elsewhere, [elsewhere])).toEqual({ [connection]: 'OPEN 30', [elsewhere]: 'OPEN 60' });
  expect(await sweepUntilProbed(connection, [connection])).toEqual({
    [connection]: 'CLOSED -',
    [elsewhere]: 'OPEN 60',
  });
});

test('control: a worker that serves all probes all', async () => {
  expect(await sweepUntilProbed(connection, null)).toEqual({ [connection]: 'CLOSED -', [elsewhere]: 'OPEN 60' });
});
