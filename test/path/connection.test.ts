// Connections, connectors and their secrets through the running program: tested by its worker, switched off and on, read by
// themselves; and a secret that is nowhere to be found. The control of that is resolvers/connection-unsealed.test.ts.
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDatabase } from '../../src/store/data-source.js';
import type { Database } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { testRedisUrl } from '../support/redis.js';
import { waitFor } from '../support/wait-for.js';
import { client } from './company.js';
import { type Program, runProgram, startProgram } from './program.js';

const canary = 'canary-7d20e';
const [oldKey, newKey] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
const administrator = 'ada.lindqvist';
const operator = 'omar.benali';

let home: string;
let testDatabase: TestDatabase;
let database: Database;
let program: Program;
let asker: ReturnType<typeof client>;
/** Every answer of the API, as text. */
let answers = '';

const variables = async (changes: Readonly<Record<string, string>> = {}) => ({
  DATABASE_URL: testDatabase.url,
  REDIS_URL: await testRedisUrl(),
  JOINERY_DEMO: '1',
  JOINERY_HOME: home,
  JOINERY_PORT: '0',
  JOINERY_LOG_LEVEL: 'trace',
  JOINERY_SECRET_KEY: `old:${oldKey}`,
  ...changes,
});

async function ask<T>(person: string, query: string, values: Readonly<Record<string, unknown>> = {}): Promise<T> {
  const answer = await asker.ask<T>(person, query, values).catch((error: unknown) => {
    answers += String(error);
    throw error;
  });
  answers += JSON.stringify(answer);
  return answer;
}

async function start(changes: Readonly<Record<string, string>> = {}): Promise<void> {
  program = await startProgram(await variables(changes));
  asker = client(program.url);
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'joinery-connection-'));
  testDatabase = await createTestDatabase('connection_path');
  database = await openDatabase({ url: testDatabase.url, poolSize: 2 }, Math.random);
  await start();
}, 120_000);
afterAll(async () => {
  await program?.stop();
  await database.close();
  await testDatabase.drop();
  await rm(home, { recursive: true, force: true });
}, 60_000);

const column = async (statement: string, values: readonly unknown[] = []): Promise<readonly unknown[]> =>
  (await database.query<{ value: unknown }>(statement, values)).rows.map(({ value }) => value);

interface Tested {
  readonly outcome: string;
  readonly steps: readonly { readonly kind: string; readonly outcome: string; readonly reason: string | null }[];
}
const testFields = 'test { outcome ranAt steps { kind outcome detail reason } } userErrors { code message }';
const tested = async (id: string, person = operator): Promise<Tested> => {
  const { connectionTest } = await ask<{ connectionTest: { test: Tested; userErrors: readonly unknown[] } }>(
    person,
    `mutation($id: ID!) { connectionTest(id: $id) { ${testFields} } }`,
    { id },
  );
  expect(connectionTest.userErrors).toEqual([]);
  return connectionTest.test;
};

interface Crm {
  readonly host: string;
  readonly port: number;
  readonly [name: string]: unknown;
}
async function crm(password: string): Promise<Crm> {
  const port = Number(await readFile(join(home, 'demo/crm/port'), 'utf8'));
  const objectTypes = [{ name: 'accounts', table: 'account', key: 'login' }];
  return { host: '127.0.0.1', port, database: 'postgres', user: 'crm', password, objectTypes };
}
const rightPassword = async (): Promise<string> => (await readFile(join(home, 'demo/crm/password'), 'utf8')).trim();

const change = async (settings: object): Promise<readonly { readonly code: string }[]> =>
  (
    await ask<{ connectionUpdate: { userErrors: readonly { code: string }[] } }>(
      administrator,
      'mutation($s: JSON!) { connectionUpdate(id: "cnx_crm-second", input: { settings: $s }) { connection { settings } userErrors { code } } }',
      { s: settings },
    )
  ).connectionUpdate.userErrors;

describe('a connection with a secret', () => {
  test('is made, and tested by the worker, which finds what the system holds', async () => {
    const { connectionCreate } = await ask<{ connectionCreate: { userErrors: readonly unknown[] } }>(
      administrator,
      `mutation($i: ConnectionCreateInput!) { connectionCreate(input: $i) { connection { id settings } userErrors { code message field } } }`,
      {
        i: {
          connectorId: 'con_crm',
          identifier: 'crm-second',
          displayName: 'Second',
          packageName: 'sql',
          settings: await crm(await rightPassword()),
        },
      },
    );
    expect(connectionCreate.userErrors).toEqual([]);
    const { outcome, steps } = await tested('cnx_crm-second');
    expect(outcome).toBe('SUCCEEDED');
    expect(steps).toMatchObject([
      { kind: 'CONNECT', outcome: 'SUCCEEDED' },
      { kind: 'READ', outcome: 'SUCCEEDED', detail: '1 object types: accounts.' },
    ]);
  }, 60_000);

  test('that is wrong fails the test in words of ours, is quarantined, and is let go by a good test', async () => {
    expect(await change(await crm(canary))).toEqual([]);
    const { outcome, steps } = await tested('cnx_crm-second', administrator);
    expect(outcome).toBe('FAILED');
    expect(steps).toMatchObject([
      { kind: 'CONNECT', outcome: 'FAILED', reason: expect.stringMatching(/^UNAUTHENTICATED: /) },
      { kind: 'READ', outcome: 'SKIPPED' },
    ]);
    const status = `select status as value from connection_health where connection = 'crm-second'`;
    expect(await column(status)).toEqual(['QUARANTINED']);
    const { password: _, ...rest } = await crm('');
    expect(await change({ ...rest, password: await rightPassword() })).toEqual([]);
    expect((await tested('cnx_crm-second')).outcome).toBe('SUCCEEDED');
    expect(await column(status)).toEqual(['CLOSED']);
    const { node } = await ask<{ node: { lastTest: Tested } }>(
      operator,
      '{ node(id: "cnx_crm-second") { ... on ConnectionProfile { lastTest { outcome steps { kind } } } } }',
    );
    expect(node.lastTest.outcome).toBe('SUCCEEDED');
  }, 60_000);

  test('says what the configuration reads and the system does not have', async () => {
    const { outcome, steps } = await tested('cnx_hr-file');
    expect([outcome, steps.map((step) => step.outcome)]).toEqual(['SUCCEEDED', ['SUCCEEDED', 'SUCCEEDED']]);
  }, 60_000);

  test('is tested once for one key, and the answer is its last test', async () => {
    const mutation = `mutation { connectionTest(id: "cnx_expense-file") @idempotent(key: "test-expense-once") { ${testFields} } }`;
    for (const _ of [1, 2])
      expect(await ask(operator, mutation)).toEqual({ connectionTest: { test: null, userErrors: [] } });
    await waitFor(
      async () => (await column(`select outcome as value from connection_test where connection = 'expense-file'`))[0],
      { what: 'the test has run' },
    );
    expect(
      await column(`select count(*)::int as value from connection_test where connection = 'expense-file'`),
    ).toEqual([1]);
  }, 60_000);

  test('is refused a test by those who may not', async () => {
    const { connectionTest } = await ask<{ connectionTest: { userErrors: readonly { code: string }[] } }>(
      'camille.roy',
      `mutation { connectionTest(id: "cnx_expense-file") { ${testFields} } }`,
    );
    expect(connectionTest.userErrors).toMatchObject([{ code: 'FORBIDDEN' }]);
  });

  test('is read in no table, no answer, no event and no log', async () => {
    const tables = await column(
      `select quote_ident(tablename) as value from pg_tables where schemaname in ('public', 'bullmq')`,
    );
    const rows = await Promise.all(
      tables.map((table) => column(`select coalesce(jsonb_agg(t), '[]')::text as value from ${String(table)} t`)),
    );
    const secrets = [canary, await rightPassword(), oldKey];
    const places = { tables: rows.flat().join('\n'), answers, log: program.said() };
    expect(places.log).toContain('Joinery');
    expect(places.tables).toContain('crm-second');
    for (const [place, text] of Object.entries(places))
      for (const secret of secrets) expect(`${place}: ${text.includes(secret)}`).toBe(`${place}: false`);
  });
});

describe('a connector', () => {
  const setEnabled = async (id: string, isEnabled: boolean, person = operator) =>
    (
      await ask<{ connectorSetEnabled: { connector: object | null; userErrors: readonly { code: string }[] } }>(
        person,
        'mutation($id: ID!, $on: Boolean!) { connectorSetEnabled(id: $id, isEnabled: $on) { connector { isEnabled health { status reason } } userErrors { code } } }',
        { id, on: isEnabled },
      )
    ).connectorSetEnabled;
  const synchronize = async (id: string) =>
    (
      await ask<{
        connectorSynchronize: { jobExecution: { id: string } | null; userErrors: readonly { code: string }[] };
      }>(
        operator,
        'mutation($id: ID!) { connectorSynchronize(id: $id) { jobExecution { id } userErrors { code field hint subject { id } } } }',
        { id },
      )
    ).connectorSynchronize;
  const ended = (id: string) =>
    waitFor(
      async () => {
        const { jobExecution } = await ask<{ jobExecution: { state: string; finishedAt: string | null } }>(
          operator,
          'query($id: ID!) { jobExecution(id: $id) { state finishedAt log(first: 50) { nodes { message } } tasks { kind state } } }',
          { id },
        );
        return jobExecution.finishedAt === null ? null : jobExecution;
      },
      { what: `${id} has ended`, deadlineMs: 60_000 },
    );

  test('is read by itself, and by one execution at a time', async () => {
    const both = await Promise.all([synchronize('con_hr'), synchronize('con_hr')]);
    const [started] = both.flatMap(({ jobExecution }) => (jobExecution === null ? [] : [jobExecution.id]));
    expect(both.flatMap(({ userErrors }) => userErrors)).toMatchObject([
      { code: 'JOB_ALREADY_RUNNING', field: ['id'], subject: { id: started } },
    ]);
    expect(await ended(started ?? '')).toMatchObject({
      state: 'COMPLETED',
      tasks: [
        { kind: 'EXPORT', state: 'COMPLETED' },
        { kind: 'SYNCHRONIZE', state: 'COMPLETED' },
      ],
    });
  }, 90_000);

  test('that is switched off is left out of jobs, keeps its orders waiting with the reason, and goes on when it is on again', async () => {
    expect(await setEnabled('con_expense', false, 'camille.roy')).toMatchObject({
      userErrors: [{ code: 'FORBIDDEN' }],
    });
    expect(await setEnabled('con_expense', false)).toEqual({
      connector: { isEnabled: false, health: { status: 'DISABLED', reason: 'The connector is switched off.' } },
      userErrors: [],
    });
    expect((await synchronize('con_expense')).userErrors).toMatchObject([{ code: 'STATE_CONFLICT' }]);
    const people = join(home, 'demo/hr/people.csv');
    await writeFile(people, (await readFile(people, 'utf8')).replace('Camille Roy', 'Camilla Roy'));
    const launched = await ask<{ jobLaunch: { jobExecution: { id: string } } }>(
      operator,
      'mutation { jobLaunch(input: { jobIdentifier: "complete" }) { jobExecution { id } userErrors { code } } }',
    );
    const { log } = (await ended(launched.jobLaunch.jobExecution.id)) as unknown as {
      log: { nodes: readonly { message: string }[] };
    };
    expect(log.nodes.map(({ message }) => message)).toContain('Expense is left out: the connector is switched off.');
    const waiting = () =>
      column(
        `select count(*)::int as value from provisioning_order where connection = 'expense-file' and state = 'PENDING' and attempt = 0`,
      );
    expect(await waiting()).toEqual([1]);
    const { provisioningOrders } = await ask<{ provisioningOrders: { nodes: readonly object[] } }>(
      operator,
      `{ provisioningOrders(first: 1, filter: { state: [PENDING] }) { nodes { nextAttemptAt error { code message hint isRetryable } } } }`,
    );
    expect(provisioningOrders.nodes).toEqual([
      {
        nextAttemptAt: null,
        error: {
          code: 'UNREACHABLE',
          message: 'The connector is switched off.',
          hint: expect.stringContaining('connectorSetEnabled'),
          isRetryable: false,
        },
      },
    ]);
    await program.stop();
    await start();
    expect(await waiting()).toEqual([1]);
    expect(await setEnabled('con_expense', true)).toMatchObject({ connector: { isEnabled: true }, userErrors: [] });
    await waitFor(
      async () =>
        (
          await column(
            `select count(*)::int as value from provisioning_order where connection = 'expense-file' and state not in ('EXECUTED', 'VERIFIED', 'INACTIVE', 'AWAITING_APPROVAL')`,
          )
        )[0] === 0,
      { what: 'the orders that waited are carried out', deadlineMs: 90_000 },
    );
  }, 300_000);
});

describe('the keys of secrets', () => {
  test('are missed by name at the start, wrapped anew by a command, and may then go', async () => {
    await program.stop();
    const without = await runProgram(['start'], await variables({ JOINERY_SECRET_KEY: `new:${newKey}` }));
    expect(without.code).not.toBe(0);
    expect(without.said).toContain('The key old seals secrets of crm-second and is not set.');
    const both = await variables({ JOINERY_SECRET_KEY: `new:${newKey},old:${oldKey}` });
    const rewrapped = await runProgram(['secrets', 'rewrap'], both);
    expect(rewrapped).toMatchObject({
      code: 0,
      said: expect.stringContaining('1 secret is sealed by the key new now.'),
    });
    await start({ JOINERY_SECRET_KEY: `new:${newKey}` });
    expect((await tested('cnx_crm-second')).outcome).toBe('SUCCEEDED');
  }, 200_000);
});
