// The demo company's configuration over GraphQL, with a few people who hold roles: for tests of what is configured.
import { fileURLToPath } from 'node:url';
import memory from '@joinery/connector-memory';
import { graphql, type GraphQLSchema } from 'graphql';
import { readConfiguration } from '../../src/adapters/configuration.js';
import { connectorPackages } from '../../src/adapters/connector-package.js';
import { processEnvironment } from '../../src/adapters/environment.js';
import { celCompiler } from '../../src/adapters/expression.js';
import { type Actor, systemActor } from '../../src/domain/actor.js';
import type { Profile } from '../../src/domain/configuration.js';
import { toGlobalId } from '../../src/domain/global-id.js';
import { resolverClasses } from '../../src/resolvers/list.js';
import { createContext } from '../../src/resolvers/operation.js';
import { buildApiSchema } from '../../src/schema/build.js';
import { applyConfiguration } from '../../src/steps/apply-configuration.js';
import type { ApiPorts } from '../../src/steps/ports/api.js';
import type { ConnectorHealthQuestion } from '../../src/steps/ports/connection-health.js';
import { configurationStore, modelSource } from '../../src/store/configuration.js';
import { openDatabase } from '../../src/store/data-source.js';
import type { Database } from '../../src/store/database.js';
import { identityViews } from '../../src/store/views/identity.js';
import { resourceViews } from '../../src/store/views/resource.js';
import { roleViews } from '../../src/store/views/role.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

/** What the health view says is its own business; here only that the right question reaches it. */
const healthy = {
  status: 'HEALTHY' as const,
  since: new Date('2026-03-02T00:00:00Z'),
  pendingOrderCount: 0,
  erroredOrderCount: 0,
  p95LatencyMs: null,
  successRate24h: null,
};

const environment = processEnvironment('UTC');
let testDatabase: TestDatabase;
let database: Database;
let ports: ApiPorts;
let schema: GraphQLSchema;
const ids = new Map<string, string>();

/** Before all tests of a file: a database with the configuration and the people. */
export async function openCatalogue(): Promise<void> {
  testDatabase = await createTestDatabase('role');
  database = await openDatabase({ url: testDatabase.url, poolSize: 3 }, Math.random);
  const folder = fileURLToPath(new URL('../../examples/acme/configuration', import.meta.url));
  const reading = await readConfiguration(folder, { timeZone: 'UTC' });
  if (!reading.ok) throw new Error('The demo company has errors.');
  const configurations = configurationStore(database);
  await applyConfiguration({ environment, configurations }, reading.configuration, systemActor);
  const models = modelSource(configurations, { compiler: celCompiler, elapsed: () => performance.now() });
  const packages = connectorPackages(async (name) => {
    if (name === 'csv') return memory;
    throw new Error('not installed');
  });
  const given = {
    environment,
    models,
    identities: identityViews(database, models, environment),
    resources: resourceViews(database, models, environment),
    roles: roleViews(database, models),
    connectorPackages: packages,
    connectorHealth: {
      health: async (questions: readonly ConnectorHealthQuestion[]) =>
        questions.map(({ connector, connections }) => ({ ...healthy, reason: `${connector}: ${connections.join()}` })),
    },
  };
  ports = given as Partial<ApiPorts> as ApiPorts;
  schema = await buildApiSchema(resolverClasses);
  await person('ines.aubry', 'FIN', '', []);
  await person('camille.roy', 'FIN', 'ines.aubry', ['expense-user', 'crm-editor']);
  await person('paul.martin', 'MKT', '', ['crm-reader', 'expense-user']);
  await person('lena.fox', 'FIN', 'paul.martin', ['expense-user', 'expense-card']);
  await row('crmGroup', 'editors', { name: 'editors' });
}

export async function closeCatalogue(): Promise<void> {
  await database.close();
  await testDatabase.drop();
}

async function row(entityType: string, key: string, attributes: object): Promise<string> {
  const id = environment.newId();
  ids.set(key, id);
  await database.query(
    `insert into resource (id, entity_type, key, attributes, hash, seen_at) values ($1, $2, $3, $4, '', now())`,
    [id, entityType, key, JSON.stringify(attributes)],
  );
  return id;
}

async function person(
  identifier: string,
  department: string,
  manager: string,
  roles: readonly string[],
): Promise<void> {
  const id = await row('person', identifier, { identifier, department, manager, displayName: identifier });
  const reasons = roles.map(() => 'rule:x');
  await database.query(
    `insert into identity_state (identity_id, roles, reasons, input_hash, configuration_version, computed_at) values ($1, $2, $3, '', 1, now())`,
    [id, roles, reasons],
  );
}

export const actorOf = (identifier: string, profiles: readonly Profile[]): Actor => ({
  kind: 'identity',
  identityId: ids.get(identifier) ?? '',
  identifier,
  displayName: identifier,
  profiles,
});
export const camille = () => actorOf('camille.roy', ['employee']);
export const operator = () => actorOf('ines.aubry', ['employee', 'manager', 'operator']);

export async function ask(source: string, actor: Actor = operator()) {
  const contextValue = createContext({
    actor,
    currentActor: async () => actor,
    ports,
    idempotencyKey: null,
    traceId: 'test',
  });
  const { data, errors } = await graphql({ schema, source, contextValue });
  // Plain objects instead of those without a prototype, for comparing.
  return {
    data: JSON.parse(JSON.stringify(data ?? null)),
    errors: errors?.map((error) => error.extensions.code ?? error.message),
  };
}

/** Global id of a person. */
export const personId = (identifier: string): string => toGlobalId('Identity', ids.get(identifier) ?? '');
