// Connections that write and cannot read: documents of the package json in a folder, read by nobody or as a CSV file that another
// program writes. On real PostgreSQL, with the real packages.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConnectorPackage } from '@joinery/connector-kit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Configuration } from '../../src/domain/configuration.js';
import { provisionOrder } from '../../src/steps/provision.js';
import { synchronize } from '../../src/steps/synchronize.js';
import { verifyOrder } from '../../src/steps/verify.js';
import { synchronizationStore } from '../../src/store/synchronization.js';
import { orderProgressView } from '../../src/store/views/order-progress.js';
import {
  connection,
  factsOf,
  type MadeOrder,
  makeDue,
  makeOrder,
  openWorld,
  orderRow,
  type World,
} from '../support/execution-world.js';

const root = mkdtempSync(join(tmpdir(), 'mute-'));
const [drop, answers, lists] = [join(root, 'drop'), join(root, 'answers'), join(root, 'lists')];
for (const folder of [drop, answers, lists]) mkdirSync(folder);
const csv = join(lists, 'account.csv');
writeFileSync(csv, 'id,name,mail\n');

const settings = {
  folder: drop,
  objectTypes: [{ name: 'account', key: 'id', attributes: [{ name: 'name' }, { name: 'mail' }] }],
};

/** Written by documents; the rows of `account` are read by `reading`. */
const readBy =
  (reading: string) =>
  (base: Configuration): Configuration => ({
    ...base,
    connections: [
      ...base.connections,
      ...base.connections.map((crm) => ({
        ...crm,
        identifier: 'export',
        package: 'csv',
        settings: { folder: lists, readOnly: true, objectTypes: [{ name: 'account', key: 'id' }] },
      })),
    ],
    entityTypes: base.entityTypes
      .filter(({ identifier }) => identifier !== 'group')
      .map((type) => ({
        ...type,
        connection: reading,
        properties: type.properties.filter(({ isMultivalued }) => !isMultivalued),
      })),
  });

const worlds: World[] = [];
async function open(name: string, reading: string, more: Parameters<typeof openWorld>[0] = {}): Promise<World> {
  const world = await openWorld({
    name,
    configure: readBy(reading),
    ...more,
    connection: { package: 'json', settings, ...more.connection },
  });
  worlds.push(world);
  return world;
}
afterAll(async () => {
  for (const world of worlds) await world.close();
  rmSync(root, { recursive: true });
});
const documents = (key: string) =>
  readdirSync(drop)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, ...(JSON.parse(readFileSync(join(drop, name), 'utf8')) as { id: string; key: string }) }))
    .filter((document) => document.key === key);

const accountOf = async (world: World, { assignmentId }: MadeOrder): Promise<unknown> =>
  (
    await world.database.query(
      'select provisioning_state, drift_count, final_version::int = desired_version::int as "isFinal" from resource_assignment where id = $1',
      [assignmentId],
    )
  ).rows[0];

describe('an order written by one connection and read by another', () => {
  let world: World;
  beforeAll(async () => {
    world = await open('mute_elsewhere', 'export');
  });

  test('waits until the other program has applied it, and is VERIFIED then', async () => {
    const order = await makeOrder(world.database, { key: 'ann', mail: 'ann@acme.test' });
    await provisionOrder(world.provision, order.id);
    expect(documents('ann')).toHaveLength(1);
    for (const _look of [1, 2, 3, 4]) await verifyOrder(world.verify, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'EXECUTED', error: null });
    expect(await accountOf(world, order)).toMatchObject({ provisioning_state: 'EXECUTED', drift_count: 0 });
    expect((await orderRow(world.database, order)).waitMs).toBeGreaterThan(10_000);
    writeFileSync(csv, 'id,name,mail\nann,ann,ann@acme.test\n');
    await verifyOrder(world.verify, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'VERIFIED', evidence: { how: 'read-back' } });
    expect(await accountOf(world, order)).toMatchObject({ provisioning_state: 'VERIFIED' });
  });

  test('asks a person with both values when its validity period is over and it still shows another one', async () => {
    writeFileSync(csv, 'id,name,mail\nbob,bob,old@acme.test\n');
    const order = await makeOrder(world.database, { key: 'bob', mail: 'bob@acme.test' });
    await provisionOrder(world.provision, order.id);
    await world.database.query(
      `update provisioning_order set executed_at = clock_timestamp() - interval '49 hours' where id = $1`,
      [order.id],
    );
    await verifyOrder(world.verify, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({
      state: 'ERRORED',
      error: { message: expect.stringContaining('wished "bob@acme.test", found "old@acme.test"') },
    });
  });
});

describe('an order that no connection can read', () => {
  let world: World;
  beforeAll(async () => {
    world = await open('mute_nobody', connection);
  });

  async function carriedOut(key: string, role: string): Promise<MadeOrder> {
    const order = await makeOrder(world.database, { key, kind: 'DELETE', pendingRoles: [role] });
    await world.database.query(
      `insert into role_assignment (identity_id, role, workflow_state) values ($1, $2, 'CANCELLATION')`,
      [order.identityId, role],
    );
    await provisionOrder(world.provision, order.id);
    await verifyOrder(world.verify, order.id);
    return order;
  }
  const rolesOf = async ({ identityId }: MadeOrder) =>
    (await world.database.query('select role from role_assignment where identity_id = $1', [identityId])).rows;

  test('ends EXECUTED: its role ends with the yes, and nobody looks for it, now or later', async () => {
    const order = await carriedOut('cid', 'seller');
    expect(await orderRow(world.database, order)).toMatchObject({
      state: 'EXECUTED',
      error: null,
      queued_at: null,
      next_attempt_at: null,
    });
    expect(await accountOf(world, order)).toMatchObject({ provisioning_state: 'EXECUTED', isFinal: true });
    expect(await rolesOf(order)).toEqual([]);
    expect(await factsOf(world.database, order)).toEqual(['OrderStarted', 'OrderExecuted', 'OrderExecuted']);
    await world.database.query('truncate outbox');
    await world.sweeps.enqueueDue();
    await world.sweeps.enqueueLost(connection);
    await world.sweeps.enqueueAged();
    expect((await world.database.query('select from outbox where row_id = $1', [order.id])).rows).toEqual([]);
  });

  test('holds up no job that waits for what was written to be seen', async () => {
    const order = await carriedOut('dan', 'keeper');
    const execution = order.id;
    await world.database.query('update provisioning_order set job_execution_id = $2 where id = $1', [
      order.id,
      execution,
    ]);
    const progress = await orderProgressView(world.database).ofExecution(execution);
    expect(progress).toMatchObject({ executed: 1, unverified: 0, unverifiedLater: 0 });
  });

  test('is told from one that somebody can read, which has to be seen: the control', async () => {
    world.models.change({ package: 'memory', settings: { store: world.storeName, checkLinks: false } });
    world.target.put({ objectType: 'account', key: 'eve', attributes: { id: 'eve' }, links: {} });
    const order = await makeOrder(world.database, { key: 'eve', kind: 'DELETE', pendingRoles: ['seller'] });
    await provisionOrder(world.provision, order.id);
    world.target.put({ objectType: 'account', key: 'eve', attributes: { id: 'eve' }, links: {} });
    await verifyOrder(world.verify, order.id);
    expect(await accountOf(world, order)).toMatchObject({ drift_count: 1, isFinal: null });
    world.models.change({ package: 'json', settings });
  });

  test('belongs to an entity type that jobs leave out, and say so', async () => {
    const { environment, models } = world.provision;
    const said: unknown[] = [];
    const result = await synchronize(
      { environment, models, gateway: world.gateway, synchronizations: synchronizationStore(world.database) },
      {
        executionId: environment.newId(),
        taskId: environment.newId(),
        kind: 'SYNCHRONIZE',
        connector: 'crm',
        mode: 'COMPLETE',
        isDryRun: false,
        scope: {},
        launchedBy: 'system:joinery',
        isReleased: false,
      },
      {
        signal: new AbortController().signal,
        progress: () => undefined,
        log: (level, message) => void said.push([level, message]),
      },
    );
    expect(result).toMatchObject({ state: 'COMPLETED', failure: null });
    expect(said).toContainEqual([
      'INFO',
      'account (account) is left out: the package json of its connection crm only writes.',
    ]);
  });
});

describe('a change whose answer was lost and that nobody can read', () => {
  const unanswered = { deadlineSeconds: 1, settings: { ...settings, acknowledgements: answers } };
  const answer = (name: string, id: string): void =>
    writeFileSync(join(answers, name), JSON.stringify({ id, outcome: 'applied' }));

  test('is sent again under its key to a package to which that is the same change: one document', async () => {
    const world = await open('mute_repeat', connection, { connection: unanswered });
    const order = await makeOrder(world.database, { key: 'fay' });
    await provisionOrder(world.provision, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({
      state: 'PENDING',
      is_uncertain: true,
      waiting_reason: 'unknown',
    });
    const [document] = documents('fay');
    answer(document?.name ?? '', order.id);
    await makeDue(world.database, order);
    await provisionOrder(world.provision, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'EXECUTED', is_uncertain: false, attempt: 2 });
    expect(documents('fay')).toHaveLength(1);
  });

  test('is for a person with any other package, and not sent again', async () => {
    const load = async (name: string) => {
      const found = await loadConnectorPackage(name);
      return { ...found, capabilities: found.capabilities.filter((each) => each !== 'IDEMPOTENT_WRITES') };
    };
    const world = await open('mute_once', connection, { connection: unanswered, load });
    const order = await makeOrder(world.database, { key: 'gus' });
    await provisionOrder(world.provision, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({
      state: 'ERRORED',
      attempt: 1,
      error: { code: 'OUTCOME_UNKNOWN', message: expect.stringContaining('may have been applied') },
    });
  });

  test('is replaced by a newer wish without being read', async () => {
    const world = await open('mute_newer', connection, { connection: unanswered });
    const order = await makeOrder(world.database, { key: 'hal' });
    await provisionOrder(world.provision, order.id);
    await world.database.query('update resource_assignment set desired_version = 2 where id = $1', [
      order.assignmentId,
    ]);
    await makeDue(world.database, order);
    await provisionOrder(world.provision, order.id);
    expect(await orderRow(world.database, order)).toMatchObject({ state: 'INACTIVE' });
  });
});

test('no order of these tests met a bug of ours', () => {
  expect(worlds.flatMap(({ faults }) => faults)).toEqual([]);
});
