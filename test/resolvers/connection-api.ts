// A small company over GraphQL, for tests of connections made through the API: real packages, real keys, one database.
import { afterAll, beforeAll } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { loadConnectorPackage } from '@joinery/connector-kit';
import { graphql, type GraphQLSchema } from 'graphql';
import { connectorPackages } from '../../src/adapters/connector-package.js';
import { processEnvironment } from '../../src/adapters/environment.js';
import { celCompiler } from '../../src/adapters/expression.js';
import { keyRing } from '../../src/adapters/secret-key.js';
import { secretSeals } from '../../src/adapters/secret-seal.js';
import { type Actor, systemActor } from '../../src/domain/actor.js';
import type { Profile } from '../../src/domain/configuration.js';
import { withIdempotency } from '../../src/resolvers/idempotency.js';
import { resolverClasses } from '../../src/resolvers/list.js';
import { createContext } from '../../src/resolvers/operation.js';
import { buildApiSchema } from '../../src/schema/build.js';
import { applyConfiguration } from '../../src/steps/apply-configuration.js';
import type { ApiPorts } from '../../src/steps/ports/api.js';
import type { SecretSealer } from '../../src/steps/ports/secret.js';
import { configurationStore, modelSource, type ReloadableModels } from '../../src/store/configuration.js';
import { overlaySource } from '../../src/store/connection.js';
import { openDatabase } from '../../src/store/data-source.js';
import type { Database } from '../../src/store/database.js';
import { stepStores } from '../../src/store/step.js';
import { apiViews } from '../../src/store/views/api.js';
import { company, read } from '../support/configuration.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

export interface ConnectionApi {
  readonly database: Database;
  readonly models: ReloadableModels;
  /** The first profile says who asks. Answers `data`; throws the first error. */
  // oxlint-disable-next-line no-explicit-any -- answers are read field by field, as JSON is.
  ask(profile: Profile, source: string, variables?: Readonly<Record<string, unknown>>): Promise<any>;
  /** The column `value` of a statement. */
  column(statement: string): Promise<readonly unknown[]>;
  /** Every row of every table, as text. */
  dump(): Promise<string>;
  /** Another model source over the same database, as another process has it. */
  elsewhere(): ReloadableModels;
}

export const secretKey = randomBytes(32);

/** `keys` null: the server has none. `seals` takes the place of what seals: for controls. */
export function useConnectionApi(
  keys: readonly string[] | null = [secretKey.toString('base64')],
  seals?: SecretSealer,
): () => ConnectionApi {
  let api: ConnectionApi | null = null;
  let testDatabase: TestDatabase | null = null;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('connection');
    api = await openApi(testDatabase.url, keys, seals);
  });
  afterAll(async () => {
    await api?.database.close();
    await testDatabase?.drop();
  });
  return () => {
    if (api === null) throw new Error('The company is opened before the first test.');
    return api;
  };
}

const environment = processEnvironment('UTC');

async function openApi(url: string, keys: readonly string[] | null, seals?: SecretSealer): Promise<ConnectionApi> {
  const database = await openDatabase({ url, poolSize: 3 }, Math.random);
  const reading = await read({ 'company.yaml': company });
  if (!reading.ok) throw new Error('The company has errors.');
  const configurations = configurationStore(database);
  await applyConfiguration({ environment, configurations }, reading.configuration, systemActor);
  const elsewhere = (): ReloadableModels =>
    modelSource(configurations, {
      compiler: celCompiler,
      elapsed: () => performance.now(),
      overlays: overlaySource(database),
      recheckMs: 0,
    });
  const models = elsewhere();
  const written = keys?.map((key) => ({ id: null, key })) ?? null;
  const ports = {
    ...stepStores(database, models, environment),
    ...apiViews(database, models, environment),
    modelRefresh: models,
    connectorPackages: connectorPackages(loadConnectorPackage),
    seals: seals ?? secretSeals(keyRing({ secretKeys: written, databaseUrl: url, demo: false, home: '/nowhere' })),
  } as Partial<ApiPorts> as ApiPorts;
  const schema = withIdempotency(await buildApiSchema(resolverClasses));
  const column = async (statement: string): Promise<readonly unknown[]> =>
    (await database.query<{ value: unknown }>(statement)).rows.map(({ value }) => value);
  return {
    database,
    models,
    elsewhere,
    column,
    dump: () => dumpOf(column),
    ask: (profile, source, variables) => ask(schema, ports, profile, source, variables),
  };
}

async function ask(
  schema: GraphQLSchema,
  ports: ApiPorts,
  profile: Profile,
  source: string,
  variableValues: Readonly<Record<string, unknown>> = {},
): Promise<unknown> {
  const actor: Actor = { kind: 'service', identifier: profile, displayName: profile, profiles: [profile] };
  const contextValue = createContext({
    actor,
    currentActor: async () => actor,
    ports,
    idempotencyKey: null,
    traceId: 'test',
  });
  const { data, errors } = await graphql({ schema, source, contextValue, variableValues });
  if (errors?.[0] !== undefined) throw errors[0];
  // Plain objects instead of those without a prototype, for comparing.
  return JSON.parse(JSON.stringify(data));
}

async function dumpOf(column: ConnectionApi['column']): Promise<string> {
  const tables = await column(`select quote_ident(tablename) as value from pg_tables where schemaname = 'public'`);
  const parts = await Promise.all(
    tables.map((table) => column(`select coalesce(jsonb_agg(t), '[]')::text as value from ${String(table)} t`)),
  );
  return parts.flat().join('\n');
}
