// Orders as clients meet them: one, lists in every order, filters, tries, and what a viewer may see.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { graphql, type GraphQLSchema } from 'graphql';
import { type Actor, systemActor } from '../../src/domain/actor.js';
import { toGlobalId } from '../../src/domain/global-id.js';
import { resolverClasses } from '../../src/resolvers/list.js';
import { createContext } from '../../src/resolvers/operation.js';
import { buildApiSchema } from '../../src/schema/build.js';
import type { ApiPorts } from '../../src/steps/ports/api.js';
import { provisionOrder } from '../../src/steps/provision.js';
import { verifyOrder } from '../../src/steps/verify.js';
import { connectorHealthView } from '../../src/store/views/connector-health.js';
import { identityViews } from '../../src/store/views/identity.js';
import { orderViews } from '../../src/store/views/provisioning-order.js';
import { resourceViews } from '../../src/store/views/resource.js';
import { roleViews } from '../../src/store/views/role.js';
import { type MadeOrder, makeOrder, openWorld, type World } from '../support/execution-world.js';

let world: World;
let schema: GraphQLSchema;
let verified: MadeOrder;
let refused: MadeOrder;
let waiting: MadeOrder;

beforeAll(async () => {
  world = await openWorld({ name: 'order_api' });
  schema = await buildApiSchema(resolverClasses);
  verified = await makeOrder(world.database, {
    key: 'ann',
    mail: 'ann@acme.test',
    groups: { add: ['editors'], remove: ['readers'] },
  });
  await provisionOrder(world.provision, verified.id);
  await verifyOrder(world.verify, verified.id);
  world.target.plan({ kind: 'refused', code: 'INVALID_VALUE', message: 'The mail "bob" is not valid.' });
  refused = await makeOrder(world.database, { key: 'bob', mail: 'bob' });
  await provisionOrder(world.provision, refused.id);
  world.target.plan({ kind: 'unreachable' }, { times: Infinity });
  waiting = await makeOrder(world.database, { key: 'cid', kind: 'DELETE' });
  await provisionOrder(world.provision, waiting.id);
});
afterAll(() => world.close());

const employee = (identityId: string): Actor => ({
  kind: 'identity',
  identityId,
  identifier: 'somebody',
  displayName: 'Somebody',
  profiles: ['employee'],
});

async function ask<Data>(
  source: string,
  variableValues: Readonly<Record<string, unknown>> = {},
  actor: Actor = systemActor,
): Promise<Data> {
  const { database, models, provision } = world;
  const given = {
    environment: provision.environment,
    models,
    orders: orderViews(database, models),
    resources: resourceViews(database, models, provision.environment),
    roles: roleViews(database, models),
    identities: identityViews(database, models, provision.environment),
    connectorHealth: connectorHealthView(database),
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

const id = (order: MadeOrder): string => toGlobalId('ProvisioningOrder', order.id);
const list = `query ($filter: ProvisioningOrderFilter, $orderBy: [ProvisioningOrderOrder!], $first: Int, $after: String) {
  provisioningOrders(filter: $filter, orderBy: $orderBy, first: $first, after: $after) { totalCount nodes { id state } pageInfo { hasNextPage endCursor } } }`;
interface List {
  readonly provisioningOrders: {
    readonly totalCount: number;
    readonly nodes: readonly { readonly id: string; readonly state: string }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
  };
}
const idsOf = async (variables: Readonly<Record<string, unknown>>, actor?: Actor): Promise<readonly string[]> =>
  (await ask<List>(list, variables, actor)).provisioningOrders.nodes.map((node) => node.id);

describe('one order', () => {
  test('shows what it changes, its tries step by step, and what it belongs to', async () => {
    const { provisioningOrder } = await ask<{ provisioningOrder: object }>(
      `query ($id: ID!) { provisioningOrder(id: $id) {
        number kind state mode version nextAttemptAt dueAt executedAt verifiedAt viewerCanRetry
        resourceType { identifier } connection { identifier } owner { id } resource { externalId } assignee { id } error { code }
        changes { property { identifier } currentValue proposedValue workflowState provisioningState isSecret rule { identifier } startDate confidencePercent }
        attempts { number outcome finishedAt error { code } steps { kind outcome durationMs detail reason } } } }`,
      { id: id(verified) },
    );
    expect(provisioningOrder).toMatchObject({
      number: expect.stringMatching(/^ORD-\d+$/),
      kind: 'CREATE',
      state: 'VERIFIED',
      mode: 'AUTOMATIC',
      error: null,
      resourceType: { identifier: 'crm-account' },
      connection: { identifier: 'crm' },
      owner: { id: toGlobalId('Identity', verified.identityId) },
      resource: { externalId: 'ann' },
      attempts: [
        {
          number: 1,
          outcome: 'SUCCEEDED',
          error: null,
          steps: [{ kind: 'WRITE', outcome: 'SUCCEEDED', detail: 'applied' }],
        },
      ],
    });
    expect(provisioningOrder).toMatchObject({
      changes: [
        { property: { identifier: 'name' }, currentValue: null, proposedValue: 'ann' },
        {
          property: { identifier: 'mail' },
          proposedValue: 'ann@acme.test',
          workflowState: 'CALCULATED',
          provisioningState: 'VERIFIED',
          isSecret: false,
        },
        { property: { identifier: 'groups' }, currentValue: null, proposedValue: 'editors' },
        { property: { identifier: 'groups' }, currentValue: 'readers', proposedValue: null },
      ],
    });
  });

  test('says why it was refused, and when a waiting one is tried next', async () => {
    const source =
      'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ProvisioningOrder { state nextAttemptAt error { code message isRetryable fingerprint } } } }';
    const { nodes } = await ask<{ nodes: readonly object[] }>(source, { ids: [id(refused), id(waiting)] });
    expect(nodes).toMatchObject([
      {
        state: 'ERRORED',
        nextAttemptAt: null,
        error: { code: 'INVALID_VALUE', isRetryable: false, fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) },
      },
      { state: 'PENDING', nextAttemptAt: expect.any(Date), error: { code: 'UNREACHABLE', isRetryable: true } },
    ]);
  });

  test('is found by its number, and a text that is none is refused', async () => {
    const { provisioningOrder } = await ask<{ provisioningOrder: { number: string } }>(
      'query ($id: ID!) { provisioningOrder(id: $id) { number } }',
      { id: id(refused) },
    );
    const byNumber = 'query ($number: String!) { provisioningOrder(number: $number) { id } }';
    expect(await ask(byNumber, { number: provisioningOrder.number })).toEqual({
      provisioningOrder: { id: id(refused) },
    });
    await expect(ask(byNumber, { number: 'REQ-1' })).rejects.toThrow(/not the number of an order/);
  });

  test('is not there for one who may not see it', async () => {
    const source = 'query ($id: ID!) { provisioningOrder(id: $id) { id } }';
    expect(await ask(source, { id: id(verified) }, employee(verified.identityId))).toEqual({
      provisioningOrder: { id: id(verified) },
    });
    expect(await ask(source, { id: id(verified) }, employee(refused.identityId))).toEqual({ provisioningOrder: null });
  });
});

describe('a list of orders', () => {
  test('comes newest first, in pages', async () => {
    const { provisioningOrders } = await ask<List>(list, { first: 2 });
    expect(provisioningOrders).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    const rest = await idsOf({ first: 2, after: provisioningOrders.pageInfo.endCursor });
    expect([...provisioningOrders.nodes.map((node) => node.id), ...rest]).toEqual([waiting, refused, verified].map(id));
  });

  test.each([
    ['CREATED_AT', 'ASC', () => [verified, refused, waiting]],
    ['STATE', 'ASC', () => [refused, waiting, verified]],
    ['STATE', 'DESC', () => [verified, waiting, refused]],
    ['UPDATED_AT', 'DESC', () => [waiting, refused, verified]],
    ['DUE_AT', 'DESC', () => [waiting, refused, verified]],
  ])('can be sorted by %s %s, page by page', async (field, direction, expected) => {
    const orderBy = [{ field, direction }];
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const { provisioningOrders }: List = await ask<List>(list, { orderBy, first: 1, after });
      seen.push(...provisioningOrders.nodes.map((node) => node.id));
      if (!provisioningOrders.pageInfo.hasNextPage) break;
      after = provisioningOrders.pageInfo.endCursor;
    }
    expect(seen).toEqual(expected().map(id));
  });

  test.each([
    ['state', () => ({ state: ['ERRORED'] }), () => [refused]],
    ['mode', () => ({ mode: 'MANUAL' }), () => []],
    ['kind', () => ({ kind: ['DELETE'] }), () => [waiting]],
    [
      'resource type',
      () => ({ resourceTypeId: { eq: toGlobalId('ResourceType', 'crm-account') } }),
      () => [waiting, refused, verified],
    ],
    ['connector', () => ({ connectorId: { nin: [toGlobalId('Connector', 'crm')] } }), () => []],
    ['identity', () => ({ identityId: { in: [toGlobalId('Identity', refused.identityId)] } }), () => [refused]],
    ['property', () => ({ propertyId: { eq: toGlobalId('EntityProperty', 'account.groups') } }), () => [verified]],
    [
      'property, negated',
      () => ({ not: { propertyId: { eq: toGlobalId('EntityProperty', 'account.mail') } } }),
      () => [waiting],
    ],
    ['execution', () => ({ jobExecutionId: { isNull: true } }), () => [waiting, refused, verified]],
    ['time', () => ({ createdAt: { since: '-PT1H' } }), () => [waiting, refused, verified]],
    ['alternatives', () => ({ or: [{ state: ['VERIFIED'] }, { kind: ['DELETE'] }] }), () => [waiting, verified]],
  ])('can be filtered by %s', async (_what, filter, expected) => {
    expect(await idsOf({ filter: filter() })).toEqual(expected().map(id));
  });

  test('can be filtered by the fingerprint of an error', async () => {
    const { provisioningOrder } = await ask<{ provisioningOrder: { error: { fingerprint: string } } }>(
      'query ($id: ID!) { provisioningOrder(id: $id) { error { fingerprint } } }',
      { id: id(refused) },
    );
    expect(await idsOf({ filter: { errorFingerprint: { eq: provisioningOrder.error.fingerprint } } })).toEqual([
      id(refused),
    ]);
  });

  test('holds only what the viewer may see', async () => {
    expect(await idsOf({}, employee(waiting.identityId))).toEqual([id(waiting)]);
  });
});

test('the health of a system says why it fails, what waits and how fast it was', async () => {
  const { connectors } = await ask<{ connectors: readonly { health: object }[] }>(
    '{ connectors { health { status reason since pendingOrderCount erroredOrderCount p95LatencyMs successRate24h } } }',
  );
  expect(connectors[0]?.health).toMatchObject({
    status: 'DEGRADED',
    reason: expect.stringContaining('cannot be reached'),
    pendingOrderCount: 1,
    erroredOrderCount: 1,
    p95LatencyMs: expect.any(Number),
    successRate24h: 1 / 3,
  });
});

// Last: the lists above are of the orders before.
test('an order of a deletion that nobody owns says which account goes, and what is known of it', async () => {
  const { database } = world;
  await database.query(
    `insert into resource (id, entity_type, key, attributes, hash, seen_at) values (gen_random_uuid(), 'account', 'dee', $1, 'h', clock_timestamp())`,
    [{ name: 'dee', mail: 'dee@acme.test' }],
  );
  const order = await makeOrder(database, { key: 'dee', kind: 'DELETE' });
  const shown = `query ($id: ID!) { provisioningOrder(id: $id) { kind resourceKey resource { externalId }
    changes { property { identifier } currentValue proposedValue } } }`;
  const { provisioningOrder } = await ask<{ provisioningOrder: object }>(shown, { id: id(order) });
  expect(provisioningOrder).toEqual({
    kind: 'DELETE',
    resourceKey: 'dee',
    resource: { externalId: 'dee' },
    changes: expect.arrayContaining([
      { property: { identifier: 'mail' }, currentValue: 'dee@acme.test', proposedValue: null },
    ]),
  });
  const gone = await ask<{ provisioningOrder: object }>(shown, { id: id(waiting) });
  expect(gone.provisioningOrder).toEqual({ kind: 'DELETE', resourceKey: 'cid', resource: null, changes: [] });
});
