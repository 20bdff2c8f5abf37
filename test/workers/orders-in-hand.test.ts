// How many orders of a connection a worker has in hand, and how many of its calls are under way, while the system takes its time.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ApplyOutcome, type ConnectorPackageDefinition, loadConnectorPackage } from '@joinery/connector-kit';
import { openQueues, type Queues } from '../../src/workers/queue.js';
import { startExecution } from '../../src/workers/worker.js';
import { connection, dispatch, makeOrders, openWorld, quiet, type World } from '../support/execution-world.js';
import { waitFor } from '../support/wait-for.js';

const concurrency = 2;
let world: World;
let queues: Queues;
let system: SlowSystem;

beforeAll(async () => {
  system = slowSystem();
  world = await openWorld({
    name: 'orders_in_hand',
    connection: { concurrency, deadlineSeconds: 120 },
    load: async (name) => system.around(await loadConnectorPackage(name)),
  });
  queues = await openQueues({ redisUrl: null, databaseUrl: world.url, log: quiet });
});
afterAll(async () => {
  await queues.close();
  await world.close();
});

test('more orders are in hand than calls may be made at once, and no more calls are made', async () => {
  const orders = await makeOrders(
    world.database,
    Array.from({ length: 40 }, (_, index) => ({ key: `hand${index}` })),
  );
  await dispatch(world.database, orders);
  const workers = startExecution(world.workerPorts(queues));
  try {
    await waitFor(async () => (await ordersWith(`lease_until > clock_timestamp()`)) === 8 * concurrency, {
      what: 'eight orders in hand for each call',
      deadlineMs: 20_000,
    });
    await waitFor(() => system.calls().underWay >= concurrency, { what: 'calls under way' });
    expect(system.calls()).toEqual({ underWay: concurrency, atMost: concurrency });
    expect(await ordersWith(`state <> 'PENDING'`)).toBe(0);
    system.answer();
    await waitFor(async () => (await ordersWith(`state = 'VERIFIED'`)) === orders.length, {
      what: 'verified orders',
      deadlineMs: 20_000,
    });
    expect(system.calls()).toEqual({ underWay: 0, atMost: concurrency });
  } finally {
    system.answer();
    await workers.stop();
  }
});

async function ordersWith(condition: string): Promise<number> {
  const { count } = await world.database.query(
    `select 1 from provisioning_order where connection = $1 and ${condition}`,
    [connection],
  );
  return count;
}

interface SlowSystem {
  /** The package, with a system that answers no write before it is told to. */
  around(definition: ConnectorPackageDefinition): ConnectorPackageDefinition;
  answer(): void;
  /** Writes. */
  calls(): { readonly underWay: number; readonly atMost: number };
}

function slowSystem(): SlowSystem {
  let [underWay, atMost] = [0, 0];
  let answer: () => void = () => undefined;
  const answers = new Promise<void>((resolve) => (answer = resolve));
  const slowly = async (write: () => Promise<ApplyOutcome>): Promise<ApplyOutcome> => {
    underWay += 1;
    atMost = Math.max(atMost, underWay);
    await answers;
    return write().finally(() => (underWay -= 1));
  };
  return {
    answer: () => answer(),
    calls: () => ({ underWay, atMost }),
    around: (definition) => ({
      ...definition,
      open: async (settings) => {
        const session = await definition.open(settings);
        return { ...session, apply: (delta, context) => slowly(() => session.apply(delta, context)) };
      },
    }),
  };
}
