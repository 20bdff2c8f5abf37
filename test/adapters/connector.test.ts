// The way to managed systems: packages by name, properties to attributes and back, sessions, limits. Real packages only.
import { randomUUID } from 'node:crypto';
import { setImmediate as yieldOnce } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { failureClasses as kitClasses, loadConnectorPackage, type ScalarValue } from '@joinery/connector-kit';
import { memoryTarget } from '@joinery/connector-memory';
import { connectorGateway } from '../../src/adapters/connector.js';
import { processEnvironment } from '../../src/adapters/environment.js';
import type { ResourceDelta } from '../../src/domain/assignment.js';
import type {
  Configuration,
  ConnectionDefinition,
  EntityTypeDefinition,
  PropertyType,
} from '../../src/domain/configuration.js';
import { failureClasses } from '../../src/domain/failure.js';
import type { CompiledModel } from '../../src/domain/role-model/model.js';
import type { TargetWrite } from '../../src/steps/ports/connector.js';
import { modelOf } from '../support/execution-world.js';
import { waitFor } from '../support/wait-for.js';

const property = (identifier: string, attribute: string, type: PropertyType, more: object = {}) => ({
  identifier,
  displayName: identifier,
  attribute,
  type,
  references: null,
  isMultivalued: false,
  isSecret: false,
  ...more,
});
const account: EntityTypeDefinition = {
  identifier: 'account',
  displayName: 'Account',
  connector: 'crm',
  connection: 'crm',
  objectType: 'user',
  key: 'login',
  displayProperty: 'login',
  lastUsedProperty: null,
  identity: null,
  properties: [
    property('login', 'id', 'string'),
    property('level', 'lvl', 'number'),
    property('isActive', 'active', 'boolean'),
    property('since', 'start', 'date'),
    property('password', 'pwd', 'string', { isSecret: true }),
    property('groups', 'memberOf', 'string', { references: 'group', isMultivalued: true }),
  ],
};
const attributes = ['lvl', 'active', 'start', 'pwd'].map((name) => ({ name }));
const objectTypes = [{ name: 'user', key: 'id', attributes, links: [{ name: 'memberOf', targetObjectType: 'group' }] }];

type Gateway = ReturnType<typeof connectorGateway>;
const opened: Gateway[] = [];
afterEach(async () => {
  for (const gateway of opened.splice(0)) await gateway.close();
});

function open(changes: Partial<ConnectionDefinition> = {}) {
  const store = randomUUID();
  let now = 0;
  let connection: Partial<ConnectionDefinition> = { settings: { store, objectTypes, checkLinks: false }, ...changes };
  const model = (): CompiledModel => {
    const base = modelOf(store, connection);
    const configuration: Configuration = { ...base.configuration, entityTypes: [account] };
    return { ...base, configuration };
  };
  let present = model();
  const gateway = connectorGateway({
    models: { current: async () => present },
    load: loadConnectorPackage,
    settings: { dataFolder: '/nowhere', environment: () => undefined },
    digest: processEnvironment('UTC').digest,
    now: () => now,
  });
  opened.push(gateway);
  const change = (more: Partial<ConnectionDefinition>): void => {
    connection = { ...connection, ...more };
    present = model();
    now += 10_000;
  };
  const put = (row: Readonly<Record<string, ScalarValue>>, memberOf: readonly string[] = []): void =>
    memoryTarget(store).put({ objectType: 'user', key: 'ann', attributes: { id: 'ann', ...row }, links: { memberOf } });
  return { gateway, target: memoryTarget(store), store, change, put };
}

const write = (key: string, more: Partial<ResourceDelta> = {}): TargetWrite => ({
  connection: 'crm',
  entityType: 'account',
  idempotencyKey: randomUUID(),
  lane: 2,
  delta: { kind: 'CREATE', key, scalars: [], links: [], ...more },
});
const never = new AbortController().signal;

describe('properties and attributes', () => {
  test('are converted to the types of the properties; secrets and empty values are left out', async () => {
    const { gateway, put } = open();
    put({ lvl: '7', active: 'yes', start: '2031-05-15T10:00:00Z', pwd: 'S3cret' }, ['b', 'a']);
    expect(await gateway.read('account', 'ann')).toEqual({
      key: 'ann',
      attributes: { login: 'ann', level: 7, isActive: true, since: '2031-05-15' },
      links: { groups: ['a', 'b'] },
    });
    put({ lvl: '', active: null });
    expect(await gateway.read('account', 'ann')).toEqual({ key: 'ann', attributes: { login: 'ann' }, links: {} });
    expect(await gateway.read('account', 'nobody')).toBeNull();
  });

  test.each([
    ['lvl', 'many', 'level', 'number'],
    ['active', 'perhaps', 'isActive', 'boolean'],
    ['start', '2031-02-30', 'since', 'date'],
    ['start', '15.5.2031', 'since', 'date'],
  ])('that do not fit are refused by name: %s = %s', async (attribute, value, name, type) => {
    const { gateway, put } = open();
    put({ [attribute]: value });
    await expect(gateway.read('account', 'ann')).rejects.toMatchObject({
      failure: {
        code: 'INVALID_VALUE',
        message: `Could not read account "ann": "${attribute}" holds "${value}", which is no ${type}.`,
        hint: expect.stringContaining(name),
      },
    });
  });

  test('with characters that nobody could store are refused by name', async () => {
    const { gateway, put } = open();
    put({ lvl: '7' }, ['tea\0m']);
    await expect(gateway.read('account', 'ann')).rejects.toMatchObject({
      failure: {
        code: 'INVALID_VALUE',
        message: 'Could not read account "ann": it has a link in "groups" with characters that are not text.',
      },
    });
  });

  test('are written in the names and types of the system', async () => {
    const { gateway, target } = open();
    const scalars = [
      { property: 'level', from: null, to: 7, rule: null },
      { property: 'isActive', from: null, to: false, rule: null },
      { property: 'since', from: null, to: '', rule: null },
    ];
    const links = [{ property: 'groups', add: ['editors'], remove: [], rules: {} }];
    expect(await gateway.apply(write('ann', { scalars, links }), never)).toEqual({ kind: 'applied', key: 'ann' });
    expect(target.row('user', 'ann')).toMatchObject({
      attributes: { lvl: '7', active: 'false', start: null },
      links: { memberOf: ['editors'] },
    });
  });

  test('come as pages when everything is read', async () => {
    const { gateway, put } = open();
    put({ lvl: '1' });
    const pages: unknown[] = [];
    for await (const page of gateway.list('account', never)) pages.push(...page);
    expect(pages).toEqual([{ key: 'ann', attributes: { login: 'ann', level: 1 }, links: {} }]);
  });

  test('a property that the entity type does not have is a fault of ours, not an answer of the system', async () => {
    const { gateway } = open();
    await expect(
      gateway.apply(write('ann', { scalars: [{ property: 'gone', from: null, to: 1, rule: null }] }), never),
    ).rejects.toThrow(/gone/);
  });
});

describe('packages', () => {
  test('that are not there say what was looked for; their orders wait for the connection', async () => {
    await expect(loadConnectorPackage('nothing')).rejects.toThrow(
      /"nothing" \(@joinery\/connector-nothing.*\) cannot be loaded.*Install it/s,
    );
    const { gateway } = open({ package: 'nothing' });
    expect(await gateway.apply(write('ann'), never)).toMatchObject({
      kind: 'unreachable',
      failure: { code: 'UNREACHABLE' },
    });
  });

  test('that are no connector packages are refused', async () => {
    await expect(loadConnectorPackage('@joinery/connector-kit')).rejects.toThrow(/not a connector package/);
  });
});

describe('sessions', () => {
  test('are made anew when the settings change, and their digest tells it', async () => {
    const { gateway, target, store, change } = open();
    target.demandPassword('right');
    await expect(gateway.check('crm')).rejects.toMatchObject({ failure: { code: 'UNAUTHENTICATED' } });
    const before = await gateway.settingsDigest('crm');
    change({ settings: { store, objectTypes, checkLinks: false, password: 'right' } });
    await gateway.check('crm');
    expect(await gateway.settingsDigest('crm')).not.toBe(before);
  });

  test('a secret that cannot be resolved makes the connection unreachable until it can', async () => {
    const { gateway, store, change } = open({ settings: { store: 'x', password: { $env: 'NO_SUCH_VARIABLE' } } });
    await expect(gateway.check('crm')).rejects.toMatchObject({
      failure: { code: 'UNREACHABLE', message: expect.stringContaining('NO_SUCH_VARIABLE') },
    });
    change({ settings: { store, objectTypes } });
    await gateway.check('crm');
  });

  test('settings that break the schema are refused by name', async () => {
    const { gateway } = open({ settings: { store: 'x', colour: 'red' } });
    await expect(gateway.check('crm')).rejects.toMatchObject({
      failure: { code: 'INVALID_VALUE', message: expect.stringContaining('colour') },
    });
  });
});

describe('limits', () => {
  test('only as many calls as the connection allows run at once, the others in order', async () => {
    const { gateway, target } = open({ concurrency: 2 });
    target.plan({ kind: 'slow', ms: 30 }, { times: 6 });
    const outcomes = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((key) => gateway.apply(write(key), never)));
    expect(outcomes.every(({ kind }) => kind === 'applied')).toBe(true);
    const times = target.ledger().map(({ at }) => at);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(50);
    expect(target.ledger().map(({ delta }) => delta.key)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  test('of the calls that wait the more urgent goes first, and among equals the one that came first', async () => {
    const { gateway, target } = open({ concurrency: 1 });
    target.plan({ kind: 'slow', ms: 20 }, { times: 1 });
    const lanes = [3, 3, 1, 0, 1, 3];
    const writes = ['a', 'b', 'c', 'd', 'e', 'f'].map((key, n) => ({ ...write(key), lane: lanes[n] ?? 3 }));
    await Promise.all(writes.map((each) => gateway.apply(each, never)));
    expect(target.ledger().map(({ delta }) => delta.key)).toEqual(['a', 'd', 'c', 'e', 'b', 'f']);
  });

  test('a call that is stopped while it waits is not sent', async () => {
    const { gateway, target } = open({ concurrency: 1 });
    target.plan({ kind: 'hang' });
    const [first, second] = [new AbortController(), new AbortController()];
    const hanging = gateway.apply(write('a'), first.signal);
    // The first call has to be on its way: opening a session takes a few turns of the loop.
    for (let turn = 0; turn < 50; turn += 1) await yieldOnce();
    const waiting = gateway.apply(write('b'), second.signal);
    for (let turn = 0; turn < 50; turn += 1) await yieldOnce();
    second.abort();
    expect(await waiting).toMatchObject({ kind: 'unreachable', failure: { code: 'TIMEOUT' } });
    first.abort();
    expect(await hanging).toMatchObject({ kind: 'unknown' });
    expect(target.ledger()).toEqual([]);
    expect(await gateway.apply(write('c'), never)).toMatchObject({ kind: 'applied' });
  });

  test('a call that gets no answer ends at its deadline with an unknown outcome', async () => {
    const { gateway, target } = open({ deadlineSeconds: 0.05 });
    target.plan({ kind: 'hang' });
    expect(await gateway.apply(write('a'), never)).toMatchObject({ kind: 'unknown' });
    await waitFor(async () => (await gateway.apply(write('b'), never)).kind === 'applied', { what: 'a fresh session' });
  });
});

test('our classes of failures are those of the kit', () => {
  expect(failureClasses).toEqual({ ...kitClasses, EXPRESSION_FAILED: 'permanent' });
});
