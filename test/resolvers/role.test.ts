// Roles, rules, types and systems as clients meet them: the demo company's configuration, and a few people who hold roles.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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
import { configurationStore, modelSource } from '../../src/store/configuration.js';
import { openDatabase } from '../../src/store/data-source.js';
import type { Database } from '../../src/store/database.js';
import { identityViews } from '../../src/store/views/identity.js';
import { resourceViews } from '../../src/store/views/resource.js';
import { roleViews } from '../../src/store/views/role.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const environment = processEnvironment('UTC');
let testDatabase: TestDatabase;
let database: Database;
let ports: ApiPorts;
let schema: GraphQLSchema;
const ids = new Map<string, string>();

beforeAll(async () => {
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
    resources: resourceViews(database, models),
    roles: roleViews(database, models),
    connectorPackages: packages,
  };
  ports = given as Partial<ApiPorts> as ApiPorts;
  schema = await buildApiSchema(resolverClasses);
  await person('ines.aubry', 'FIN', '', []);
  await person('camille.roy', 'FIN', 'ines.aubry', ['expense-user', 'crm-editor']);
  await person('paul.martin', 'MKT', '', ['crm-reader', 'expense-user']);
  await person('lena.fox', 'FIN', 'paul.martin', ['expense-user', 'expense-card']);
  await row('crmGroup', 'editors', { name: 'editors' });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

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

const actorOf = (identifier: string, profiles: readonly Profile[]): Actor => ({
  kind: 'identity',
  identityId: ids.get(identifier) ?? '',
  identifier,
  displayName: identifier,
  profiles,
});
const camille = () => actorOf('camille.roy', ['employee']);
const operator = () => actorOf('ines.aubry', ['employee', 'manager', 'operator']);

async function ask(source: string, actor: Actor = operator()) {
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

describe('a role', () => {
  it('is found by identifier and by id, with all it leads to', async () => {
    const fields = `id identifier displayName description category { identifier displayName parent { id } } policy { identifier isSimulated }
      owner { identifier } isRequestable isPrivileged approvalWorkflow maxDuration viewerCanRequest __typename`;
    const { data } = await ask(
      `{ a: role(identifier: "crm-export") { ${fields} } b: role(id: "rol_crm-export") { ${fields} } }`,
      camille(),
    );
    expect(data.a).toEqual({
      __typename: 'SingleRole',
      id: 'rol_crm-export',
      identifier: 'crm-export',
      displayName: 'Export customers',
      description: expect.stringContaining('Personal data'),
      category: { identifier: 'customers', displayName: 'Customers and sales', parent: null },
      policy: { identifier: 'acme', isSimulated: false },
      owner: { identifier: 'paul.martin' },
      isRequestable: true,
      isPrivileged: true,
      approvalWorkflow: 'TWO_APPROVALS',
      maxDuration: 'P30D',
      viewerCanRequest: true,
    });
    expect(data.b).toEqual(data.a);
  });

  it('that is not there is null; an id of another type is an error', async () => {
    expect(await ask('{ role(identifier: "nope") { id } }')).toEqual({ data: { role: null }, errors: undefined });
    expect((await ask('{ role(id: "idn_x") { id } }')).errors).toEqual(['BAD_USER_INPUT']);
    expect((await ask('{ role { id } }')).errors).toEqual(['BAD_USER_INPUT']);
  });

  it('says what holding it changes, with the group it leads to for those who may see it', async () => {
    const query =
      '{ role(identifier: "crm-editor") { ... on SingleRole { effects { summary resourceType { identifier } property { identifier kind } target { displayName } } } } }';
    const account = {
      summary: 'Has a CRM account',
      resourceType: { identifier: 'crm-account' },
      property: null,
      target: null,
    };
    const group = {
      summary: 'Groups of CRM account has editors',
      resourceType: { identifier: 'crm-account' },
      property: { identifier: 'groups', kind: 'NAVIGATION' },
    };
    expect((await ask(query)).data.role.effects).toEqual([account, { ...group, target: { displayName: 'editors' } }]);
    expect((await ask(query, camille())).data.role.effects).toEqual([account, { ...group, target: null }]);
  });

  it('shows its holders to those who may see the assignments', async () => {
    const holders = async (role: string, actor: Actor) =>
      (
        await ask(
          `{ role(identifier: "${role}") { ... on SingleRole { holders { totalCount nodes { identifier } } } } }`,
          actor,
        )
      ).data.role.holders;
    const named = (...names: string[]) => ({
      totalCount: names.length,
      nodes: names.map((identifier) => ({ identifier })),
    });
    expect(await holders('expense-user', operator())).toEqual(named('camille.roy', 'lena.fox', 'paul.martin'));
    expect(await holders('expense-user', camille())).toEqual(named('camille.roy'));
    expect(await holders('expense-user', actorOf('paul.martin', ['employee', 'manager', 'application-owner']))).toEqual(
      named('lena.fox', 'paul.martin'),
    );
    expect(await holders('crm-editor', actorOf('paul.martin', ['employee', 'application-owner']))).toEqual(
      named('camille.roy'),
    );
  });

  it('that is composite names its parts', async () => {
    const { data } = await ask(
      '{ role(identifier: "support-agent") { ... on CompositeRole { singleRoles(first: 1) { nodes { identifier } totalCount pageInfo { hasNextPage endCursor } } } } }',
    );
    expect(data.role.singleRoles).toMatchObject({
      nodes: [{ identifier: 'crm-reader' }],
      totalCount: 2,
      pageInfo: { hasNextPage: true },
    });
  });
});

describe('the catalogue', () => {
  const identifiers = async (filter: string, first = 100) =>
    (await ask(`{ roles(first: ${first}, filter: ${filter}) { nodes { identifier } } }`)).data.roles.nodes.map(
      (node: { identifier: string }) => node.identifier,
    );

  it('is paged by name without gap or repetition', async () => {
    const seen: string[] = [];
    let after = '';
    do {
      const { data } = await ask(
        `{ roles(first: 10${after}) { nodes { displayName } totalCount pageInfo { hasNextPage endCursor } } }`,
      );
      seen.push(...data.roles.nodes.map((node: { displayName: string }) => node.displayName.toLowerCase()));
      expect(data.roles.totalCount).toBe(23);
      after = data.roles.pageInfo.hasNextPage ? `, after: "${data.roles.pageInfo.endCursor}"` : '';
    } while (after !== '');
    expect(seen).toHaveLength(23);
    expect(seen).toEqual([...seen].sort());
  });

  it.each([
    ['{ text: "TRAVEL" }', ['expense-travel', 'sales-representative', 'travelling-expert']],
    ['{ isPrivileged: true, isRequestable: false }', ['crm-auditor']],
    ['{ categoryId: { eq: "cat_partners" } }', ['crm-contracts', 'crm-suppliers']],
    [
      '{ or: [{ text: "suppliers" }, { and: [{ isPrivileged: true }, { not: { isRequestable: true } }] }] }',
      ['crm-auditor', 'crm-suppliers'],
    ],
    ['{ categoryId: { nin: ["cat_customers", "cat_finance"] } }', ['crm-contracts', 'crm-suppliers']],
  ])('answers %s', async (filter, expected) => {
    expect((await identifiers(filter)).sort()).toEqual(expected);
  });

  it('puts roles common among peers first', async () => {
    const suggested = await identifiers(
      `{ suggestedForIdentityId: "${toGlobalId('Identity', ids.get('ines.aubry') ?? '')}" }`,
      3,
    );
    expect(suggested).toEqual(['expense-user', 'expense-card', 'crm-editor']);
  });

  it('refuses suggestions inside a condition, pages too big and cursors of another order', async () => {
    const id = toGlobalId('Identity', ids.get('ines.aubry') ?? '');
    expect(
      (await ask(`{ roles(filter: { not: { suggestedForIdentityId: "${id}" } }) { totalCount } }`)).errors,
    ).toEqual(['BAD_USER_INPUT']);
    expect((await ask('{ roles(first: 1000) { totalCount } }')).errors).toEqual(['BAD_USER_INPUT']);
    const { data } = await ask(
      `{ roles(first: 2, filter: { suggestedForIdentityId: "${id}" }) { pageInfo { endCursor } } }`,
    );
    expect((await ask(`{ roles(after: "${data.roles.pageInfo.endCursor}") { totalCount } }`)).errors).toEqual([
      'BAD_USER_INPUT',
    ]);
  });
});

describe('rules and types', () => {
  it('of a resource type are listed by kind and text', async () => {
    const { data } =
      await ask(`{ resourceTypes { identifier sourceEntityType { identifier } targetEntityType { identifier connector { identifier }
      properties { identifier isKey isMultivalued kind targetEntityType { identifier } } } provisioningConnection { identifier }
      blocksProvisioningOrders approvalWorkflow rules(filter: { kind: [NAVIGATION], text: "editors" }) { nodes { identifier kind summary expression policy { identifier } } } } }`);
    expect(data.resourceTypes[1]).toMatchObject({
      identifier: 'crm-account',
      sourceEntityType: { identifier: 'person' },
      provisioningConnection: { identifier: 'crm-database' },
      blocksProvisioningOrders: false,
      approvalWorkflow: 'NONE',
      rules: {
        nodes: [
          {
            identifier: 'crm-group-editors',
            kind: 'NAVIGATION',
            summary: 'IF holder of Edit customers THEN groups of CRM account has editors',
            expression: null,
            policy: { identifier: 'acme' },
          },
        ],
      },
    });
    expect(data.resourceTypes[1].targetEntityType).toMatchObject({
      identifier: 'crmAccount',
      connector: { identifier: 'crm' },
    });
    expect(data.resourceTypes[1].targetEntityType.properties).toContainEqual({
      identifier: 'groups',
      isKey: false,
      isMultivalued: true,
      kind: 'NAVIGATION',
      targetEntityType: { identifier: 'crmGroup' },
    });
  });

  it('are all found again by their ids', async () => {
    const given = [
      'pol_acme',
      'cat_finance',
      'rol_sales-representative',
      'rul_crm-group-editors',
      'rty_crm-account',
      'ety_person',
      'prp_person.email',
      'con_crm',
      'cnx_crm-database',
      'pkg_csv',
      'rul_nope',
      'prp_person',
      'pkg_nope',
    ];
    const { data } = await ask(`{ nodes(ids: ${JSON.stringify(given)}) { __typename id } }`);
    expect(data.nodes.map((node: { __typename: string } | null) => node?.__typename ?? null)).toEqual([
      'Policy',
      'Category',
      'CompositeRole',
      'Rule',
      'ResourceType',
      'EntityType',
      'EntityProperty',
      'Connector',
      'ConnectionProfile',
      'ConnectorPackage',
      null,
      null,
      null,
    ]);
    expect(data.nodes.slice(0, 10).map((node: { id: string }) => node.id)).toEqual(given.slice(0, 10));
  });

  it('of which no configuration has any kind yet are an empty page', async () => {
    expect(
      (await ask('{ rules(filter: { kind: [QUERY, AUTOMATION] }) { totalCount nodes { id } } }')).data.rules,
    ).toEqual({ totalCount: 0, nodes: [] });
  });
});

describe('connectors', () => {
  it('show systems, ways into them and limits to those who may see them', async () => {
    const { data } =
      await ask(`{ connectors { identifier isEnabled viewerCanUpdate thresholds { name limit isPercentage } entityTypes { identifier }
      resourceTypes { identifier } connections { identifier package { name displayName capabilities } } } connector(identifier: "crm") { displayName } }`);
    expect(data.connectors.map((one: { identifier: string }) => one.identifier)).toEqual(['hr', 'expense', 'crm']);
    expect(data.connectors[2]).toMatchObject({
      isEnabled: true,
      viewerCanUpdate: false,
      entityTypes: [{ identifier: 'crmAccount' }, { identifier: 'crmGroup' }],
      resourceTypes: [{ identifier: 'crm-account' }],
      connections: [
        {
          identifier: 'crm-database',
          package: { name: 'sql', displayName: 'sql (cannot be loaded)', capabilities: [] },
        },
      ],
    });
    expect(data.connectors[0].thresholds).toContainEqual({
      name: 'synchronization.delete.percent',
      limit: 5,
      isPercentage: true,
    });
    expect(data.connector).toEqual({ displayName: 'Customer relations' });
  });

  it('never show what is secret or kept elsewhere', async () => {
    const { data } = await ask('{ connectors { connections { settings } } }');
    const [hr, , crm] = data.connectors.map(
      (one: { connections: { settings: Record<string, unknown> }[] }) => one.connections[0]?.settings,
    );
    expect(hr).toMatchObject({ folder: '${dataFolder}/demo/hr', readOnly: true });
    // Nobody knows which settings of a package that cannot be loaded are secret.
    expect(crm).toMatchObject({ host: { $secret: true }, port: { $secret: true }, password: { $secret: true } });
  });

  it('are not for employees', async () => {
    expect((await ask('{ connectors { id } }', camille())).errors).toEqual(['FORBIDDEN']);
    const { data } = await ask(
      '{ connector(identifier: "crm") { id } node(id: "cnx_crm-database") { id } resourceTypes { provisioningConnection { id } targetEntityType { connector { id } } } }',
      camille(),
    );
    const none = { provisioningConnection: null, targetEntityType: { connector: null } };
    expect(data).toEqual({ connector: null, node: null, resourceTypes: [none, none] });
  });
});
