// Orders into a real SCIM service, by the program's own workers with the package in a process of its own: what is in hand at
// once reaches the service in fewer requests than orders. The control: without bulk, as many as orders.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { packageLoader } from '../../src/adapters/connector-isolation.js';
import type { Configuration } from '../../src/domain/configuration.js';
import { openQueues, type Queues } from '../../src/workers/queue.js';
import type { Stoppable } from '../../src/workers/stoppable.js';
import { startExecution } from '../../src/workers/worker.js';
import { dispatch, makeOrders, openWorld, quiet, type World } from '../support/execution-world.js';
import { waitFor } from '../support/wait-for.js';
import { type Scimmy, startScimmy } from '../systems/scimmy.mjs';

const count = 48;
const concurrency = 4;

let service: Scimmy;
let world: World;
let queues: Queues;
let workers: Stoppable;
beforeAll(async () => {
  service = await startScimmy();
});
beforeEach(async () => void (await service.reset()));
afterEach(async () => {
  await workers.stop();
  await queues.close();
  await world.close();
});
afterAll(() => service.stop());

const attributes: Readonly<Record<string, string>> = {
  id: 'id',
  name: 'nickName',
  mail: 'emails.work',
  groups: 'groups',
};

/** The accounts are users of the service. */
const asUsers = (configuration: Configuration): Configuration => ({
  ...configuration,
  entityTypes: configuration.entityTypes.map((type) =>
    type.identifier !== 'account'
      ? type
      : {
          ...type,
          objectType: 'user',
          properties: type.properties.map((property) => ({
            ...property,
            attribute: attributes[property.identifier] ?? property.attribute,
          })),
        },
  ),
});

/** Carries out as many orders as there are, and answers what the service was asked meanwhile. */
async function executed(name: string, bulk: boolean): Promise<Readonly<Record<string, number>>> {
  const { baseUrl, oauthEndpoint, clientId, clientSecret } = service;
  const settings = { baseUrl, authentication: 'oauth2', oauthEndpoint, clientId, clientSecret, bulk };
  world = await openWorld({
    name,
    connection: { package: 'scim', settings, concurrency, deadlineSeconds: 30 },
    configure: asUsers,
    load: packageLoader({
      isolation: 'process',
      memoryMb: 256,
      environment: (variable) => (variable === 'PATH' ? process.env.PATH : undefined),
      log: quiet,
    }),
  });
  queues = await openQueues({ redisUrl: null, databaseUrl: world.url, log: quiet });
  const orders = await makeOrders(
    world.database,
    Array.from({ length: count }, (_none, n) => ({ key: `user-${n}`, mail: `user-${n}@acme.test` })),
  );
  await dispatch(world.database, orders);
  workers = startExecution(world.workerPorts(queues));
  await waitFor(
    async () => {
      const { rows } = await world.database.query<{ state: string; count: number; error: string }>(
        'select state, count(*)::int as count, min(error::text) as error from provisioning_order group by state',
      );
      expect(rows).toEqual([{ state: 'VERIFIED', count, error: null }]);
      return true;
    },
    { what: `${count} verified orders`, deadlineMs: 40_000 },
  );
  expect(world.faults).toEqual([]);
  const users = await service.rows('user');
  expect(new Set(users.map(({ userName }) => userName)).size).toBe(count);
  expect(users.every(({ userName, nickName }) => userName === nickName)).toBe(true);
  const keys = await world.database.query<{ key: string }>('select resource_key as key from resource_assignment');
  expect(new Set(keys.rows.map(({ key }) => key))).toEqual(new Set(users.map(({ id }) => id)));
  return service.asked();
}

const changesIn = (asked: Readonly<Record<string, number>>): number =>
  (asked['POST /Users'] ?? 0) + (asked['POST /Bulk'] ?? 0);

test('orders in hand at once reach a service with bulk requests in fewer requests than orders', async () => {
  const asked = await executed('bulk', true);
  expect(asked['POST /Bulk']).toBeGreaterThan(0);
  expect(changesIn(asked)).toBeLessThan(count * 0.75);
});

test('control: without bulk requests it is asked once an order', async () => {
  const asked = await executed('single', false);
  expect(asked).toMatchObject({ 'POST /Users': count });
  expect(asked).not.toHaveProperty('POST /Bulk');
});
