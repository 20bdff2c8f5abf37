// Connections made and changed through the API, over PostgreSQL and real packages: what is kept, shown, refused and audited.
import { describe, expect, test } from '@jest/globals';
import { processEnvironment } from '../../src/adapters/environment.js';
import { callText } from '../../src/domain/idempotency.js';
import { secretKey, useConnectionApi } from './connection-api.js';

const canary = 'canary-4f1c9';
const present = useConnectionApi();
const create = `mutation($input: ConnectionCreateInput!) { connectionCreate(input: $input) {
  connection { id identifier displayName settings package { name } } userErrors { code field message hint } } }`;
const update = `mutation($id: ID!, $input: ConnectionUpdateInput!) { connectionUpdate(id: $id, input: $input) {
  connection { displayName settings } userErrors { code field message hint } } }`;
const input = (changes: object = {}) => ({
  input: {
    connectorId: 'con_crm',
    identifier: 'crm-second',
    displayName: 'Second way',
    packageName: 'memory',
    settings: { store: 'here', latencyMs: 1, password: canary },
    ...changes,
  },
});
const made = async (changes: object = {}) =>
  (await present().ask('administrator', create, input(changes))).connectionCreate;
const changed = async (change: object, id = 'cnx_crm-second') =>
  (await present().ask('administrator', update, { id, input: change })).connectionUpdate;
const column = (statement: string) => present().column(statement);
const dump = () => present().dump();

describe('a new connection', () => {
  test('is answered without its secret', async () => {
    expect(await made()).toEqual({
      connection: {
        id: 'cnx_crm-second',
        identifier: 'crm-second',
        displayName: 'Second way',
        settings: { store: 'here', latencyMs: 1, password: { $secret: true } },
        package: { name: 'memory' },
      },
      userErrors: [],
    });
  });

  test('is part of the model of every process, beside those of the files', async () => {
    const { configuration } = await present().elsewhere().current();
    expect(configuration.connections.map(({ identifier }) => identifier)).toEqual([
      'hr-file',
      'crm-store',
      'crm-second',
    ]);
    const { connector } = await present().ask(
      'administrator',
      '{ connector(identifier: "crm") { viewerCanUpdate connections { identifier settings } } }',
    );
    expect(connector).toEqual({
      viewerCanUpdate: true,
      connections: [
        { identifier: 'crm-store', settings: { store: 'crm' } },
        { identifier: 'crm-second', settings: { store: 'here', latencyMs: 1, password: { $secret: true } } },
      ],
    });
  });

  test('keeps its secret sealed, and nowhere else', async () => {
    const rows = await dump();
    expect(rows).toContain('"keyId"');
    expect(rows).not.toContain(canary);
    expect(rows).not.toContain(Buffer.from(canary).toString('base64'));
    expect(rows).not.toContain(secretKey.toString('base64'));
  });

  test('is an entry of the audit and an event, in the same transaction, with no secret in it', async () => {
    const [entry] = await column(`select to_jsonb(a) as value from audit_entry a where action = 'connection.create'`);
    expect(entry).toMatchObject({
      actor: 'service:administrator',
      subject: 'cnx_crm-second',
      before: null,
      after: {
        connector: 'crm',
        package: 'memory',
        settings: { store: 'here' },
        secrets: { password: { version: 1 } },
      },
    });
    const [fact] = await column(`select body as value from event where kind = 'ConnectionChanged' order by id limit 1`);
    expect(fact).toMatchObject({ connection: 'crm-second', detail: { change: 'connection.create' } });
  });
});

describe('a connection is refused', () => {
  test.each<[string, object, string, readonly string[], RegExp]>([
    ['with an identifier of the files', { identifier: 'crm-store' }, 'DUPLICATE', ['input', 'identifier'], /already/],
    ['with an identifier made before', {}, 'DUPLICATE', ['input', 'identifier'], /already/],
    ['with a malformed identifier', { identifier: 'a:b' }, 'INVALID', ['input', 'identifier'], /letters, digits/],
    ['without a name', { identifier: 'x', displayName: ' ' }, 'BLANK', ['input', 'displayName'], /blank/],
    ['for no connector', { identifier: 'x', connectorId: 'con_no' }, 'NOT_FOUND', ['input', 'connectorId'], /no such/],
    [
      'for no package',
      { identifier: 'x', packageName: 'nope' },
      'NOT_FOUND',
      ['input', 'packageName'],
      /cannot be loaded/,
    ],
    [
      'with a wrong setting, which is named',
      { identifier: 'x', settings: { store: 's', latencyMs: 'soon' } },
      'INVALID',
      ['input', 'settings', 'latencyMs'],
      /latencyMs/,
    ],
    [
      'with an unknown setting deep inside',
      { identifier: 'x', settings: { store: 's', objectTypes: [{ name: 'a', key: 'id', attributes: [], colour: 1 }] } },
      'INVALID',
      ['input', 'settings', 'objectTypes', '0', 'colour'],
      /colour/,
    ],
    [
      'with a placeholder of a ticket that means nothing',
      { identifier: 'x', packageName: 'ticket', settings: { instructions: '{{person.shoe}}' } },
      'INVALID',
      ['input', 'settings', 'instructions'],
      /\{\{person\.shoe\}\} stands for nothing/,
    ],
    [
      'with a setting that only files may use',
      { identifier: 'x', settings: { store: { $env: 'DATABASE_URL' } } },
      'INVALID',
      ['input', 'settings', 'store'],
      /only configuration files/,
    ],
  ])('%s', async (_why, changes, code, field, message) => {
    const { connection, userErrors } = await made(changes);
    expect(connection).toBeNull();
    expect(userErrors[0]).toMatchObject({ code, field, message: expect.stringMatching(message) });
  });

  test.each(['operator', 'script', 'employee', 'auditor'] as const)('to the profile %s', async (profile) => {
    const { connectionCreate } = await present().ask(profile, create, input({ identifier: 'x' }));
    expect(connectionCreate.userErrors).toMatchObject([{ code: 'FORBIDDEN' }]);
  });
});

describe('a change of a connection', () => {
  test('keeps the secret that is left out, and the one that is marked', async () => {
    const before = await column(`select secrets as value from connection`);
    expect(await changed({ settings: { store: 'here', latencyMs: 2 } })).toMatchObject({ userErrors: [] });
    const marked = await changed({ displayName: 'Third', settings: { store: 'here', password: { $secret: true } } });
    expect(marked.connection).toEqual({
      displayName: 'Third',
      settings: { store: 'here', password: { $secret: true } },
    });
    expect(await column(`select secrets as value from connection`)).toEqual(before);
  });

  test('to another place clears the secret, and says so', async () => {
    const { connection, userErrors } = await changed({ settings: { store: 'elsewhere', password: { $secret: true } } });
    expect(connection.settings).toEqual({ store: 'elsewhere' });
    expect(userErrors).toMatchObject([
      {
        code: 'STATE_CONFLICT',
        field: ['input', 'settings', 'password'],
        message: 'The secret "password" was cleared: "store" says that the system is elsewhere now.',
      },
    ]);
    expect(await column(`select secrets as value from connection`)).toEqual([{}]);
    expect(await column(`select after -> 'clearedSecrets' as value from audit_entry order by id desc limit 1`)).toEqual(
      [['password']],
    );
  });

  test('takes a secret for the new place as a new version, which the seal of the old one is not good for', async () => {
    await changed({ settings: { store: 'elsewhere', password: 'other' } });
    expect(await column(`select secrets -> 'password' -> 'version' as value from connection`)).toEqual([2]);
  });

  test('of the files is refused, with the place where it stands', async () => {
    const { connection, userErrors } = await changed({ displayName: 'x' }, 'cnx_crm-store');
    expect(connection).toBeNull();
    expect(userErrors).toMatchObject([
      { code: 'STATE_CONFLICT', field: ['id'], message: expect.stringContaining('under connections: crm-store') },
    ]);
    expect((await changed({ displayName: 'x' }, 'cnx_nope')).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  test('is refused while somebody else changes it', async () => {
    const both = await Promise.all([changed({ displayName: 'A' }), changed({ displayName: 'B' })]);
    const codes = both.flatMap(({ userErrors }) => userErrors.map(({ code }: { code: string }) => code));
    expect(codes.every((code) => code === 'STALE_VERSION') && codes.length <= 1).toBe(true);
  });
});

describe('a call with a key', () => {
  const keyed = (password: string) =>
    present().ask(
      'administrator',
      `mutation($input: ConnectionCreateInput!) { connectionCreate(input: $input) @idempotent(key: "make-it-once") {
        connection { id } userErrors { code } } }`,
      input({ identifier: 'once', settings: { store: 'once', password } }),
    );

  test('is answered again for the same secret, refused for another, and its memory gives no secret away', async () => {
    const first = await keyed('tiger');
    expect(first).toEqual({ connectionCreate: { connection: { id: 'cnx_once' }, userErrors: [] } });
    expect(await keyed('tiger')).toEqual(first);
    expect(await keyed('lion')).toMatchObject({
      connectionCreate: { userErrors: [{ code: 'IDEMPOTENCY_KEY_REUSED' }] },
    });
    const call = input({ identifier: 'once', settings: { store: 'once', password: 'tiger' } });
    const guess = processEnvironment('UTC').digest(callText('connectionCreate', call));
    expect(await column(`select request_hash as value from idempotency_key`)).not.toContain(guess);
  });
});

describe('packages', () => {
  test('are those of this installation and those that connections name, with schema and capabilities', async () => {
    const { connectorPackages } = await present().ask(
      'auditor',
      '{ connectorPackages { id name version capabilities settingsSchema conformance { passedCount } } }',
    );
    const names = connectorPackages.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['csv', 'memory', 'sql']));
    expect(names).not.toContain('kit');
    expect(names).toEqual(names.toSorted((a: string, b: string) => (a < b ? -1 : 1)));
    const memory = connectorPackages.find(({ name }: { name: string }) => name === 'memory');
    expect(memory).toMatchObject({ id: 'pkg_memory', settingsSchema: { additionalProperties: false } });
    expect(memory.capabilities).toContain('EXPORT_COMPLETE');
  });
});
