// A served API over a database of its own: the demo company's configuration, a handful of its people, no workers.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { readConfiguration } from '../../src/adapters/configuration.js';
import { processEnvironment } from '../../src/adapters/environment.js';
import { celCompiler } from '../../src/adapters/expression.js';
import { systemActor } from '../../src/domain/actor.js';
import type { ServerLog } from '../../src/server/log.js';
import { type RunningServer, type ServerOptions, startServer } from '../../src/server/start.js';
import { applyConfiguration } from '../../src/steps/apply-configuration.js';
import type { ApiPorts } from '../../src/steps/ports/api.js';
import { configurationStore, modelSource, type ReloadableModels } from '../../src/store/configuration.js';
import { openDatabase } from '../../src/store/data-source.js';
import type { Database } from '../../src/store/database.js';
import { openFeedBell } from '../../src/store/feed-bell.js';
import { actorDirectory } from '../../src/store/views/actor.js';
import { assignmentViews } from '../../src/store/views/assignment.js';
import { demoDirectory } from '../../src/store/views/demo.js';
import { feedView } from '../../src/store/views/feed.js';
import { identityViews } from '../../src/store/views/identity.js';
import { resourceViews } from '../../src/store/views/resource.js';
import { createTestDatabase } from '../support/database.js';

export interface ServedCompany {
  readonly server: RunningServer;
  readonly database: Database;
  readonly models: ReloadableModels;
  readonly ports: ApiPorts;
  readonly home: string;
  /** What was logged, newest last. */
  readonly logged: readonly { readonly details: object; readonly message: string }[];
  /** Sends an operation; answers status, headers and body. */
  post(person: string | null, query: string, variables?: object, headers?: Record<string, string>): Promise<Answer>;
  token(person: string): Promise<string>;
  stop(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly data?: Readonly<Record<string, unknown>> | null;
    readonly extensions?: Readonly<Record<string, unknown>>;
    readonly errors?: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[];
  };
}

/** `ports` replaces or adds parts; what a test does not name and does not use is absent. */
export async function serveCompany(
  changes: {
    readonly server?: Partial<ServerOptions>;
    readonly ports?: (database: Database, models: ReloadableModels) => Partial<ApiPorts>;
  } = {},
): Promise<ServedCompany> {
  const testDatabase = await createTestDatabase('server');
  const database = await openDatabase({ url: testDatabase.url, poolSize: 5 }, Math.random);
  const environment = processEnvironment('UTC');
  const models = await configured(database);
  await hire(database);
  const bell = await openFeedBell({ url: testDatabase.url });
  const ports = {
    environment,
    models,
    bell,
    server: { version: '0.0.0', isDemo: true, queueBackend: 'postgres' },
    identities: identityViews(database, models, environment),
    resources: resourceViews(database, models, environment),
    assignments: assignmentViews(database, models),
    feed: feedView(database),
    ...changes.ports?.(database, models),
    // Ports of nouns that the tests of the server do not ask for are left out.
  } as ApiPorts;
  const home = await mkdtemp(join(tmpdir(), 'joinery-server-'));
  const { log, logged } = recordingLog();
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    home,
    isDemo: true,
    tokenSecret: null,
    oidc: null,
    ports,
    queues: [],
    log,
    stopGraceMs: 200,
    actors: actorDirectory(database, models, environment),
    demo: demoDirectory(database, models, environment),
    checks: { database: async () => (await database.query('select 1'), 'answers') },
    ...changes.server,
  });
  const token = (person: string) => server.tokens.sign(person, 3600);
  return {
    server,
    database,
    models,
    ports,
    home,
    logged,
    token,
    post: async (person, query, variables, headers = {}) => {
      const authorization: Record<string, string> =
        person === null ? {} : { authorization: `Bearer ${await token(person)}` };
      return ask(server.url, query, variables, { ...authorization, ...headers });
    },
    stop: async () => {
      await server.stop();
      await bell.close();
      await database.close();
      await testDatabase.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function configured(database: Database): Promise<ReloadableModels> {
  const reading = await readConfiguration(
    fileURLToPath(new URL('../../examples/acme/configuration', import.meta.url)),
    { timeZone: 'UTC' },
  );
  if (!reading.ok) throw new Error('The demo company has errors.');
  const configurations = configurationStore(database);
  await applyConfiguration(
    { environment: processEnvironment('UTC'), configurations },
    reading.configuration,
    systemActor,
  );
  return modelSource(configurations, { compiler: celCompiler, elapsed: () => performance.now() });
}

const people = [
  {
    key: 'ines.aubry',
    firstName: 'Ines',
    lastName: 'Aubry',
    department: 'FIN',
    manager: '',
    startDate: '2020-01-01',
    endDate: '',
  },
  {
    key: 'camille.roy',
    firstName: 'Camille',
    lastName: 'Roy',
    department: 'FIN',
    manager: 'ines.aubry',
    startDate: '2021-01-01',
    endDate: '',
  },
  {
    key: 'paul.martin',
    firstName: 'Paul',
    lastName: 'Martin',
    department: 'SAL',
    manager: 'ines.aubry',
    startDate: '2020-01-01',
    endDate: '',
  },
  {
    key: 'omar.benali',
    firstName: 'Omar',
    lastName: 'Benali',
    department: 'ITS',
    manager: '',
    startDate: '2020-01-01',
    endDate: '',
  },
  {
    key: 'ada.lindqvist',
    firstName: 'Ada',
    lastName: 'Lindqvist',
    department: 'ITS',
    manager: '',
    startDate: '2020-01-01',
    endDate: '',
  },
  {
    key: 'lea.gone',
    firstName: 'Lea',
    lastName: 'Gone',
    department: 'SAL',
    manager: 'ines.aubry',
    startDate: '2020-01-01',
    endDate: '2021-01-01',
  },
  {
    key: 'tom.soon',
    firstName: 'Tom',
    lastName: 'Soon',
    department: 'SAL',
    manager: 'ines.aubry',
    startDate: '2999-01-01',
    endDate: '',
  },
] as const;

async function hire(database: Database): Promise<void> {
  for (const { key, ...properties } of people) {
    const attributes = {
      ...properties,
      identifier: key,
      displayName: `${properties.firstName} ${properties.lastName}`,
      email: `${key}@acme.test`,
      jobTitle: 'Clerk',
      kind: 'employee',
    };
    await addResource(database, 'person', key, attributes);
  }
  for (const [code, name, manager] of [
    ['FIN', 'Finance', 'ines.aubry'],
    ['SAL', 'Sales', ''],
    ['ITS', 'IT services', 'omar.benali'],
  ]) {
    await addResource(database, 'department', code ?? '', { code, name, manager });
  }
}

/** Answers the row id. */
export async function addResource(
  database: Database,
  entityType: string,
  key: string,
  attributes: object,
): Promise<string> {
  const { rows } = await database.query<{ id: string }>(
    `insert into resource (id, entity_type, key, attributes, hash, seen_at) values (gen_random_uuid(), $1, $2, $3, '', now()) returning id`,
    [entityType, key, JSON.stringify(attributes)],
  );
  return rows[0]?.id ?? '';
}

export async function rowIdOf(database: Database, key: string): Promise<string> {
  const { rows } = await database.query<{ id: string }>(
    `select id from resource where entity_type = 'person' and key = $1`,
    [key],
  );
  return rows[0]?.id ?? '';
}

function recordingLog(): { log: ServerLog; logged: { details: object; message: string }[] } {
  const logged: { details: object; message: string }[] = [];
  const record = (details: object, message: string): void => void logged.push({ details, message });
  return { log: { info: record, warn: record, error: record }, logged };
}

export async function ask(
  url: string,
  query: string,
  variables?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}

/** A root field of an answer, in the shape the test asked for. */
export const partOf = <T>({ body }: Answer, field: string): T => body.data?.[field] as T;

/** The codes of an answer's errors. */
export const codes = (body: Answer['body']): readonly unknown[] | undefined =>
  body.errors?.map(({ extensions }) => extensions.code);

export interface Listener<Item> {
  /** As they came. */
  readonly items: readonly Item[];
  readonly errors: readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[];
  /** Resolves when the server ended the subscription, or the socket was closed. */
  readonly ended: Promise<void>;
  readonly closed: () => { readonly code: number; readonly reason: string } | null;
  stop(): Promise<void>;
}

/** A subscription (or any operation) over graphql-ws; `field` is the root field whose values are kept. */
export function listen<Item>(
  url: string,
  token: string | null,
  query: string,
  field: string,
  variables: Record<string, unknown> = {},
): Listener<Item> {
  const items: Item[] = [];
  const errors: Listener<Item>['errors'][number][] = [];
  let close: { code: number; reason: string } | null = null;
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...(token === null ? {} : { connectionParams: { authorization: `Bearer ${token}` } }),
    on: { closed: (event) => void (close = event as { code: number; reason: string }) },
  });
  const ended = new Promise<void>((resolve) => {
    client.subscribe<Record<string, Item>>(
      { query, variables },
      {
        next: (result) => {
          if (result.data?.[field] !== undefined && result.data[field] !== null) items.push(result.data[field]);
          for (const error of result.errors ?? []) errors.push(error);
        },
        error: (problem) => {
          if (Array.isArray(problem)) errors.push(...(problem as Listener<Item>['errors']));
          resolve();
        },
        complete: resolve,
      },
    );
  });
  return { items, errors, ended, closed: () => close, stop: async () => client.dispose() };
}
