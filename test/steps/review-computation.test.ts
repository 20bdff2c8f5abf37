// What a review leaves behind, computed again on a real database: what was decided stays decided, and nothing is proposed twice.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Configuration } from '../../src/domain/configuration.js';
import type { OrderDecision } from '../../src/domain/order-review.js';
import { generateOrders, type GenerateOrdersPorts } from '../../src/steps/generate-orders.js';
import { reviewOrders } from '../../src/steps/review-order.js';
import { orderGenerationStore } from '../../src/store/order-generation.js';
import { orderReviewStore } from '../../src/store/order-review.js';
import { company, crmType } from '../domain/role-model/company.js';
import { reviewer } from './order-fixture.js';
import { openWorld, type World } from './role-model-world.js';

let world: World;
let ports: GenerateOrdersPorts;
beforeAll(async () => {
  world = await openWorld('review_again');
  const packageOf = () =>
    Promise.resolve({
      name: 'test',
      version: '0',
      displayName: 'test',
      capabilities: [],
      settingsSchema: {},
      open: () => Promise.reject(new Error('No target is reached here.')),
    });
  ports = { ...world.ports, orderGeneration: orderGenerationStore(world.database), gateway: { packageOf } };
});
afterAll(() => world.close());
beforeEach(() => world.database.query('truncate resource, dirty_identity, event, provisioning_order, outbox cascade'));

interface Order {
  readonly id: string;
  readonly version: number;
  readonly state: string;
  readonly kind: string;
  readonly delta: { readonly scalars: readonly { readonly property: string }[] };
}
const orders = async (): Promise<readonly Order[]> =>
  (await world.database.query<Order>('select * from provisioning_order order by number')).rows;
const account = async () =>
  (await world.database.query<Readonly<Record<string, unknown>>>('select * from resource_assignment')).rows[0];
async function again(): Promise<void> {
  await world.compute();
  await generateOrders(ports);
}
async function review(
  decision: OrderDecision,
  properties: Readonly<Record<string, OrderDecision>> = {},
): Promise<void> {
  const waiting = (await orders()).findLast(({ state }) => state === 'AWAITING_APPROVAL');
  const { refusals } = await reviewOrders(
    { ...ports, orderReviews: orderReviewStore(world.database, ports.models) },
    reviewer,
    [
      {
        orderId: waiting?.id ?? null,
        version: waiting?.version ?? 0,
        decision,
        comment: 'Looked at.',
        postponedUntil: null,
        properties: new Map(Object.entries(properties).map(([name, each]) => [`crmAccount.${name}`, each])),
      },
    ],
  );
  expect(refusals).toEqual([]);
}
const configure = (changes: Partial<Configuration>): void =>
  world.configure({ roleRules: company.roleRules, ...changes });

describe('an uncertain match', () => {
  beforeEach(async () => {
    configure({ correlationRules: company.correlationRules.map((rule) => ({ ...rule, confidencePercent: 80 })) });
    await world.person('ada');
    await world.resource('a.lovelace', { attributes: { email: 'ada@acme.example' } });
    await again();
  });

  test('waits for a person', async () => {
    expect(await orders()).toMatchObject([{ kind: 'ASSOCIATE', state: 'AWAITING_APPROVAL' }]);
  });

  test('that was confirmed is the account from then on, and no order is made that nobody asked for', async () => {
    await review('APPROVED');
    await again();
    expect(await orders()).toMatchObject([{ state: 'VERIFIED' }]);
    expect(await account()).toMatchObject({ provisioning_state: 'VERIFIED', resource_key: 'a.lovelace' });
  });

  test('that was declined is not proposed again: the account is created under its own key', async () => {
    await review('DECLINED');
    await again();
    await again();
    expect(await orders()).toMatchObject([
      { kind: 'ASSOCIATE', state: 'INACTIVE' },
      { kind: 'CREATE', state: 'PENDING' },
    ]);
    expect(await account()).toMatchObject({ resource_key: 'ada' });
  });
});

describe('an account whose type is reviewed', () => {
  beforeEach(async () => {
    configure({ resourceTypes: [{ ...crmType, blockProvisioning: true }] });
    await world.person('ada');
    await again();
  });

  test('waits for a reviewer', async () => {
    expect(await orders()).toMatchObject([{ kind: 'CREATE', state: 'AWAITING_APPROVAL' }]);
  });

  test('and declined is proposed again only when something else is wished', async () => {
    await review('DECLINED');
    await world.person('ada');
    await again();
    expect(await orders()).toHaveLength(1);
    await world.person('ada', { email: 'new@acme.example' });
    await again();
    expect((await orders()).map(({ state }) => state)).toEqual(['INACTIVE', 'AWAITING_APPROVAL']);
  });

  test('and approved goes on as it is, whatever is computed meanwhile', async () => {
    await review('APPROVED');
    await world.person('ada');
    await again();
    expect(await orders()).toMatchObject([{ state: 'PENDING' }]);
  });

  test('and lost before anybody decided leaves nothing behind', async () => {
    await world.person('ada', { department: 'legal' });
    await again();
    expect(await orders()).toMatchObject([{ state: 'INACTIVE' }]);
    expect(await account()).toBeUndefined();
  });

  test('keeps a refused value out while the rules want the same', async () => {
    await review('APPROVED');
    await world.carryOut();
    await world.database.query(`update provisioning_order set state = 'EXECUTED'`);
    await world.database.query(`update provisioning_order set state = 'VERIFIED'`);
    await world.person('ada', { email: 'new@acme.example' });
    await again();
    expect((await orders()).at(-1)).toMatchObject({ kind: 'UPDATE', state: 'AWAITING_APPROVAL' });
    await review('DECLINED', { email: 'DECLINED' });
    await world.person('ada', { email: 'new@acme.example' });
    await again();
    expect((await orders()).map(({ state }) => state)).toEqual(['VERIFIED', 'INACTIVE']);
    await world.person('ada', { email: 'newer@acme.example' });
    await again();
    expect((await orders()).map(({ state }) => state)).toEqual(['VERIFIED', 'INACTIVE', 'AWAITING_APPROVAL']);
  });
});
