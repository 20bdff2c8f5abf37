// The relay and the sequencer when their work fails: somebody must hear of it, and it must go on.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { relayLeadership, sequencerLeadership } from '../../src/store/leadership.js';
import { openQueues, type Queues } from '../../src/workers/queue.js';
import { startRelay } from '../../src/workers/relay.js';
import { startSequencer } from '../../src/workers/sequencer.js';
import type { Stoppable } from '../../src/workers/stoppable.js';
import { openWorld, quiet, type World } from '../support/execution-world.js';
import { testRedisUrl } from '../support/redis.js';
import { waitFor } from '../support/wait-for.js';

let world: World;
let queues: Queues;
beforeAll(async () => {
  world = await openWorld({ name: 'leadership' });
  queues = await openQueues({ redisUrl: await testRedisUrl(), databaseUrl: world.url, log: quiet });
});
afterAll(async () => {
  await queues.close();
  await world.close();
});

const said: { readonly message: string; readonly details: object }[] = [];
const log = { ...quiet, error: (details: object, message: string) => void said.push({ details, message }) };

test.each<[string, string, () => Stoppable]>([
  ['relay', 'outbox', () => startRelay({ relays: relayLeadership(world.database), queues, log })],
  ['sequencer', 'event', () => startSequencer({ sequencers: sequencerLeadership(world.database), log })],
])('the %s says in the log why it fails, and takes the lead again', async (name, table, start) => {
  said.length = 0;
  await world.database.query(`alter table ${table} rename to away`);
  const worker = start();
  try {
    await waitFor(() => Promise.resolve(said.length >= 2), { what: 'two faults in the log' });
  } finally {
    await worker.stop();
    await world.database.query(`alter table away rename to ${table}`);
  }
  expect(said[0]?.message).toContain(name);
  expect(said[0]?.details).toMatchObject({ err: { message: expect.stringContaining(table) } });
});

test('control: a leader whose work goes well, and is stopped, says nothing', async () => {
  said.length = 0;
  const worker = startSequencer({ sequencers: sequencerLeadership(world.database), log });
  await world.database.query(`insert into event (kind, body) values ('Nothing', '{}')`);
  await waitFor(
    async () => (await world.database.query('select from event where position is not null')).rows.length > 0,
    { what: 'the place of the event' },
  );
  await worker.stop();
  expect(said).toEqual([]);
});
