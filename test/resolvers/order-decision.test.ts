// Orders that people decide, as clients meet them: what waits for whom, decisions with their refusals, causes of errors.
import { loadConnectorPackage } from '@joinery/connector-kit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connectorPackages } from '../../src/adapters/connector-package.js';
import { graphql, type GraphQLSchema } from 'graphql';
import type { Actor } from '../../src/domain/actor.js';
import { toGlobalId } from '../../src/domain/global-id.js';
import { resolverClasses } from '../../src/resolvers/list.js';
import { createContext } from '../../src/resolvers/operation.js';
import { buildApiSchema } from '../../src/schema/build.js';
import type { ApiPorts } from '../../src/steps/ports/api.js';
import { provisionOrder } from '../../src/steps/provision.js';
import { manualOrderStore } from '../../src/store/manual-order.js';
import { orderRetryStore } from '../../src/store/order-retry.js';
import { orderReviewStore } from '../../src/store/order-review.js';
import { identityViews } from '../../src/store/views/identity.js';
import { orderViews } from '../../src/store/views/provisioning-order.js';
import { actorOf, openOrderWorld, type OrderWorld } from '../steps/order-fixture.js';

let orders: OrderWorld;
let schema: GraphQLSchema;
let olga: Actor;
beforeAll(async () => {
  orders = await openOrderWorld('order_decision');
  schema = await buildApiSchema(resolverClasses);
  olga = actorOf(await orders.person('olga'), 'olga', ['operator']);
});
afterAll(() => orders.close());

async function ask<Data>(
  source: string,
  variableValues: Readonly<Record<string, unknown>> = {},
  actor: Actor = olga,
): Promise<Data> {
  const { database } = orders;
  const { models, provision } = orders.world;
  const { environment } = provision;
  const given = {
    environment,
    models,
    orders: orderViews(database, models),
    identities: identityViews(database, models, environment),
    orderReviews: orderReviewStore(database, models),
    orderRetries: orderRetryStore(database),
    manualOrders: manualOrderStore(database, models),
    connectorPackages: connectorPackages(loadConnectorPackage),
  };
  const ports = given as Partial<ApiPorts> as ApiPorts;
  const contextValue = createContext({
    actor,
    currentActor: async () => actor,
    ports,
    idempotencyKey: null,
    traceId: 'test',
  });
  const { data, errors } = await graphql({ schema, source, contextValue, variableValues });
  if (errors !== undefined) throw errors[0];
  return data as Data;
}

const globalId = (id: string): string => toGlobalId('ProvisioningOrder', id);
const shown = `query ($id: ID!) { provisioningOrder(id: $id) { kind state mode version dueAt instructions postponedUntil assignee { identifier }
  viewerCanReview viewerCanRetry viewerCanComplete changes { property { identifier } confidencePercent } } }`;
const show = async (id: string, actor?: Actor): Promise<object> =>
  (await ask<{ provisioningOrder: object }>(shown, { id: globalId(id) }, actor)).provisioningOrder;

describe('an order that waits for approval', () => {
  test('says who may review it, and how sure its match is', async () => {
    const ada = await orders.person('ada');
    const account = await orders.account({ key: 'ada', confidencePercent: 80, owner: ada });
    await orders.generate();
    const { id } = await orders.orderOf(account);
    expect(await show(id)).toMatchObject({
      kind: 'ASSOCIATE',
      state: 'AWAITING_APPROVAL',
      viewerCanReview: true,
      viewerCanRetry: false,
      viewerCanComplete: false,
      changes: [{ property: { identifier: 'mail' }, confidencePercent: 80 }],
    });
    const second = await orders.person('ada-2', { same: 'ada' });
    for (const self of [actorOf(ada, 'ada', ['operator']), actorOf(second, 'ada-2', ['operator'])])
      expect(await show(id, self)).toMatchObject({ viewerCanReview: false });
  });

  test('is decided property by property, in a list that succeeds in parts', async () => {
    const account = await orders.account({ key: 'bob', kind: 'UPDATE', groups: { add: ['editors'], remove: [] } });
    await orders.generate();
    const { id, version } = await orders.orderOf(account);
    const item = { provisioningOrderId: globalId(id), version, decision: 'APPROVED', comment: 'Not that group.' };
    const propertyDecisions = [{ propertyId: toGlobalId('EntityProperty', 'account.groups'), decision: 'DECLINED' }];
    const { provisioningOrdersReview } = await ask<{ provisioningOrdersReview: object }>(
      `mutation ($i: ProvisioningOrdersReviewInput!) { provisioningOrdersReview(input: $i) {
         provisioningOrders { state version changes { property { identifier } } } userErrors { code field message hint } } }`,
      { i: { items: [{ ...item, propertyDecisions }, item, { ...item, provisioningOrderId: 'ord_nobody' }] } },
    );
    expect(provisioningOrdersReview).toEqual({
      provisioningOrders: [{ state: 'PENDING', version: 2, changes: [{ property: { identifier: 'mail' } }] }],
      userErrors: [
        expect.objectContaining({ code: 'STATE_CONFLICT', field: ['input', 'items', '1', 'provisioningOrderId'] }),
        expect.objectContaining({ code: 'NOT_FOUND', field: ['input', 'items', '2', 'provisioningOrderId'] }),
      ],
    });
  });
});

describe('a manual order', () => {
  test('is found by its mode and by who took it, with what to do', async () => {
    const account = await orders.account({ key: 'cid', state: 'PENDING', resourceType: 'badge' });
    await orders.generate();
    await orders.dispatch();
    const { id } = await orders.orderOf(account);
    await ask(
      `mutation ($i: ProvisioningOrdersTakeInput!) { provisioningOrdersTake(input: $i) { userErrors { code } } }`,
      { i: { provisioningOrderIds: [globalId(id)] } },
    );
    expect(await show(id)).toMatchObject({
      mode: 'MANUAL',
      state: 'TRANSMITTED',
      instructions: 'Ask Bo.',
      assignee: { identifier: 'olga' },
      dueAt: expect.any(Date),
      viewerCanComplete: true,
    });
    expect(await show(id, actorOf('00000000-0000-4000-8000-000000000000', 'otto', ['operator']))).toMatchObject({
      viewerCanComplete: false,
    });
    const assignee = olga.kind === 'identity' ? toGlobalId('Identity', olga.identityId) : '';
    const { provisioningOrders } = await ask<{ provisioningOrders: { nodes: readonly object[] } }>(
      `query ($a: ID!) { provisioningOrders(filter: { mode: MANUAL, assigneeId: { eq: $a } }, orderBy: [{ field: DUE_AT }]) { nodes { id } } }`,
      { a: assignee },
    );
    expect(provisioningOrders.nodes).toEqual([{ id: globalId(id) }]);
  });
});

describe('errored orders', () => {
  const groups = `query ($f: ProvisioningOrderFilter) { provisioningOrders(filter: $f, first: 1) {
    countsByState { state count } errorGroups { fingerprint code message count firstSeenAt lastSeenAt sample { id state } } } }`;
  interface Groups {
    readonly provisioningOrders: {
      readonly countsByState: readonly object[];
      readonly errorGroups: readonly { readonly fingerprint: string; readonly count: number }[];
    };
  }
  const refuse = async (key: string, message: string): Promise<string> => {
    const account = await orders.account({ key, state: 'PENDING' });
    await orders.generate();
    const { id } = await orders.orderOf(account);
    orders.world.target.plan({ kind: 'refused', code: 'INVALID_VALUE', message });
    await provisionOrder(orders.world.provision, id);
    return id;
  };

  test('are not offered to be tried again, or to be reviewed, once the rules want something else', async () => {
    const errored = await refuse('gil', 'The name is wrong.');
    const waiting = await orders.account({ key: 'hal', kind: 'UPDATE', groups: { add: ['editors'], remove: [] } });
    await orders.generate();
    const { id } = await orders.orderOf(waiting);
    expect(await show(errored)).toMatchObject({ viewerCanRetry: true });
    expect(await show(id)).toMatchObject({ state: 'AWAITING_APPROVAL', viewerCanReview: true });
    await orders.database.query(
      'update resource_assignment set desired_version = desired_version + 1 where id in (select assignment_id from provisioning_order where id = any($1))',
      [[errored, id]],
    );
    expect(await show(errored)).toMatchObject({ viewerCanRetry: false });
    expect(await show(id)).toMatchObject({ viewerCanReview: false });
    await orders.database.query('delete from provisioning_order where id = any($1)', [[errored, id]]);
  });

  test('are grouped by cause, within the filter, and go on by cause', async () => {
    await refuse('dan', 'Quota 1 is used up.');
    const last = await refuse('eve', 'Quota 2 is used up.');
    await refuse('flo', 'The mail is wrong.');
    const { provisioningOrders } = await ask<Groups>(groups, { f: { state: ['ERRORED'] } });
    expect(provisioningOrders.countsByState).toEqual([{ state: 'ERRORED', count: 3 }]);
    const [quota, mail] = provisioningOrders.errorGroups;
    expect(quota).toMatchObject({
      code: 'INVALID_VALUE',
      message: 'Quota 2 is used up.',
      count: 2,
      sample: { id: globalId(last), state: 'ERRORED' },
    });
    expect(mail).toMatchObject({ count: 1 });
    const ofOwner = { errorFingerprint: { eq: mail?.fingerprint } };
    expect((await ask<Groups>(groups, { f: ofOwner })).provisioningOrders).toMatchObject({
      countsByState: [{ state: 'ERRORED', count: 1 }],
      errorGroups: [{ fingerprint: mail?.fingerprint }],
    });
    expect(await show(last)).toMatchObject({ viewerCanRetry: true });
    const { provisioningOrdersRetry } = await ask<{ provisioningOrdersRetry: object }>(
      `mutation ($i: ProvisioningOrdersRetryInput!) { provisioningOrdersRetry(input: $i) { affectedCount jobExecution { id } userErrors { code } } }`,
      { i: { errorFingerprint: quota?.fingerprint } },
    );
    expect(provisioningOrdersRetry).toEqual({ affectedCount: 2, jobExecution: null, userErrors: [] });
    expect((await ask<Groups>(groups)).provisioningOrders.errorGroups).toHaveLength(1);
  });
});
