// Computing twice changes nothing: no event, no order, no version of a row. Found by chance over a whole town on a real database.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { generateOrders } from '../../src/steps/generate-orders.js';
import { orderGenerationStore } from '../../src/store/order-generation.js';
import { runs, timeLimit } from './run-count.js';
import { type Happening, happening } from './town.js';
import { openTown, type Town } from './town-world.js';

let town: Town;
beforeAll(async () => {
  town = await openTown('repeat');
});
afterAll(() => town.close());

const tables = ['identity_state', 'role_assignment', 'resource_assignment', 'value_assignment', 'reserved_value'];

/** Which transaction wrote each row last: a row that is written again, with the same or not, shows. */
async function tracesOf({ world }: Town): Promise<unknown> {
  const rows = tables.map(
    (table) => `select '${table}' as "table", t.xmin::text as written, md5(t::text) as row from ${table} t`,
  );
  const { rows: traces } = await world.database.query(`${rows.join(' union all ')} order by 1, 2, 3`);
  const counts = await world.database.query(
    `select (select count(*)::int from event) as events, (select count(*)::int from provisioning_order) as orders,
       (select count(*)::int from dirty_identity) as marks, (select count(*)::int from outbox) as messages`,
  );
  return { traces, counts: counts.rows };
}

const ordersOf = ({ world, ports }: Town) =>
  generateOrders({
    ...ports,
    orderGeneration: orderGenerationStore(world.database),
    gateway: {
      packageOf: () =>
        Promise.resolve({
          name: 'test',
          version: '0',
          displayName: 'test',
          capabilities: [],
          settingsSchema: {},
          open: () => Promise.reject(new Error('No target is reached here.')),
        }),
    },
  });

async function isRepeatable(
  happenings: readonly Happening[],
  again: (scope: 'all' | 'dirty') => Promise<unknown>,
): Promise<boolean> {
  await town.begin();
  for (const what of happenings) await town.happen(what);
  await town.happen({ kind: 'computed' });
  await town.compute({ kind: 'all' });
  await ordersOf(town);
  const before = await tracesOf(town);
  await again('all');
  await ordersOf(town);
  await again('dirty');
  return JSON.stringify(before) === JSON.stringify(await tracesOf(town));
}

const story = fc.array(happening, { minLength: 5, maxLength: 30, size: 'max' });

test(
  'a computation that comes again writes no row, no event and no order',
  async () => {
    await fc.assert(
      fc.asyncProperty(story, async (happenings) => {
        expect(await isRepeatable(happenings, (kind) => town.compute({ kind }))).toBe(true);
      }),
      runs(4),
    );
  },
  timeLimit,
);

test('control: where no hash is ever the same, it writes', async () => {
  const forgetful = { ...town.ports, environment: { ...town.ports.environment, digest: () => randomUUID() } };
  const { computeRoleModel } = await import('../../src/steps/compute-role-model.js');
  expect(await isRepeatable([], (kind) => computeRoleModel(forgetful, { scope: { kind }, isChecked: true }))).toBe(
    false,
  );
});
