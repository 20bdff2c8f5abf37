// Which resources of Joinery a connection gets, whom a change of them concerns, and that nobody else gets any.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import internal from '@joinery/connector-internal';
import { callContext, type ConnectorSession } from '@joinery/connector-kit';
import { processEnvironment } from '../../src/adapters/environment.js';
import { resourceHost } from '../../src/adapters/resource-host.js';
import { openDatabase } from '../../src/store/data-source.js';
import type { Database } from '../../src/store/database.js';
import { ownedResourceStore } from '../../src/store/owned-resource.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { modelOf } from '../support/execution-world.js';

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase('resource_host');
  database = await openDatabase({ url: testDatabase.url, poolSize: 2 }, Math.random);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const model = modelOf('none', { package: 'internal' });
const [definition] = model.configuration.connections;
if (definition === undefined) throw new Error('The model has a connection.');
const lend = () =>
  resourceHost({
    models: { current: async () => model },
    resources: ownedResourceStore(database, processEnvironment('UTC')),
  });
const settings = { entityTypes: [{ name: 'person', key: 'id', attributes: [{ name: 'name' }] }] };
const opened = async (connection = definition, given: object = settings): Promise<ConnectorSession> =>
  internal.open({ ...given }, lend()(connection) ?? undefined);
const apply = async (kind: 'create' | 'update' | 'delete', key: string, set: Readonly<Record<string, string>>) =>
  (await opened()).apply(
    { kind, objectType: 'person', key, set, add: {}, remove: {} },
    { ...callContext(5_000), idempotencyKey: key },
  );
const column = async (statement: string): Promise<readonly unknown[]> =>
  (await database.query<{ value: unknown }>(statement)).rows.map(({ value }) => value);

describe('a person written by the package', () => {
  test('is computed again, with each change', async () => {
    const dirty = `select reason as value from dirty_identity d join resource r on r.id = d.identity_id where r.key = 'ada'`;
    expect(await apply('create', 'ada', { name: 'Ada' })).toEqual({ kind: 'applied', key: 'ada' });
    expect(await column(dirty)).toEqual(['synchronization']);
    await database.query('delete from dirty_identity');
    expect(await apply('update', 'ada', { name: 'Ada' })).toEqual({ kind: 'alreadySo', key: 'ada' });
    expect(await column(dirty)).toEqual([]);
    await apply('update', 'ada', { name: 'Ada L.' });
    expect(await column(dirty)).toEqual(['synchronization']);
  });

  test('is marked when it is deleted, as one whom a source forgot, and comes back as the same person', async () => {
    const id = await column(`select id as value from resource where key = 'ada'`);
    await apply('delete', 'ada', {});
    expect(await column(`select removed_at is not null as value from resource where key = 'ada'`)).toEqual([true]);
    expect(await (await opened()).read('person', 'ada', callContext(5_000))).toBeNull();
    await apply('create', 'ada', { name: 'Ada' });
    expect(await column(`select id as value from resource where key = 'ada' and removed_at is null`)).toEqual(id);
  });
});

describe('an entity type', () => {
  const check = async (connection = definition, given: object = settings): Promise<void> =>
    (await opened(connection, given)).check(callContext(5_000));
  const failing = (message: RegExp) => ({
    failure: { code: 'INVALID_VALUE', message: expect.stringMatching(message) },
  });

  test('that another connection reads is refused, and nothing of it is read or written', async () => {
    const other = { ...definition, identifier: 'other' };
    await expect(check(other)).rejects.toMatchObject(failing(/is read through the connection crm/));
    const session = await opened(other);
    await expect(session.read('person', 'ada', callContext(5_000))).rejects.toMatchObject(failing(/is read through/));
    const delta = { kind: 'delete', objectType: 'person', key: 'ada', set: {}, add: {}, remove: {} } as const;
    expect(await session.apply(delta, { ...callContext(5_000), idempotencyKey: 'x' })).toMatchObject({
      kind: 'refused',
    });
    expect(await column(`select key as value from resource where removed_at is null`)).toEqual(['ada']);
  });

  test('or a property that the configuration does not have is refused by name', async () => {
    await expect(check(definition, { entityTypes: [{ name: 'ghost', key: 'id' }] })).rejects.toMatchObject(
      failing(/no such entity type/),
    );
    const given = { entityTypes: [{ name: 'person', key: 'id', attributes: [{ name: 'shoe' }] }] };
    await expect(check(definition, given)).rejects.toMatchObject(failing(/no property "shoe"/));
    await expect(check()).resolves.toBeUndefined();
  });

  test('is lent to the package internal alone', () => {
    for (const name of ['csv', 'memory', '@acme/internal', 'internals'])
      expect(lend()({ ...definition, package: name })).toBeNull();
    expect(lend()({ ...definition, package: '@joinery/connector-internal' })).not.toBeNull();
  });
});
