// Assignments, their explanations and plans as clients meet them.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { graphql, type GraphQLSchema } from 'graphql';
import type { Actor } from '../../src/domain/actor.js';
import type { Profile } from '../../src/domain/configuration.js';
import { toGlobalId } from '../../src/domain/global-id.js';
import { resolverClasses } from '../../src/resolvers/list.js';
import { createContext } from '../../src/resolvers/operation.js';
import { buildApiSchema } from '../../src/schema/build.js';
import { planner } from '../../src/steps/plan-role-model.js';
import type { ApiPorts } from '../../src/steps/ports/api.js';
import { orderGenerationStore } from '../../src/store/order-generation.js';
import { planStore } from '../../src/store/plan.js';
import { assignmentViews } from '../../src/store/views/assignment.js';
import { identityViews } from '../../src/store/views/identity.js';
import { planViews } from '../../src/store/views/plan.js';
import { orderViews } from '../../src/store/views/provisioning-order.js';
import { requestViews } from '../../src/store/views/request.js';
import { resourceViews } from '../../src/store/views/resource.js';
import { requestStore } from '../../src/store/request.js';
import { roleViews } from '../../src/store/views/role.js';
import { openWorld, type World } from '../steps/role-model-world.js';

let world: World;
let ports: ApiPorts;
let schema: GraphQLSchema;
let ada: string;
let bea: string;

beforeAll(async () => {
  world = await openWorld('assignment_api');
  const { database } = world;
  const { environment, models } = world.ports;
  const planning = { ...world.ports, orderGeneration: orderGenerationStore(database), plans: planStore(database) };
  const given: Partial<ApiPorts> = {
    environment,
    models,
    identities: identityViews(database, models, environment),
    resources: resourceViews(database, models, environment),
    roles: roleViews(database, models),
    requestStore: requestStore(database, models),
    requests: requestViews(database, models, environment),
    orders: orderViews(database, models),
    assignments: assignmentViews(database, models),
    planViews: planViews(database),
    planner: planner(planning),
  };
  ports = given as ApiPorts;
  schema = await buildApiSchema(resolverClasses);
  ada = await world.person('ada');
  bea = await world.person('bea', { department: 'legal' });
  await world.compute();
  await world.carryOut();
  await world.approve(ada, 'lead', { endDate: '2031-12-31' });
  await world.compute();
});
afterAll(() => world.close());

const actorOf = (identityId: string, profiles: readonly Profile[]): Actor => ({
  kind: 'identity',
  identityId,
  identifier: identityId === ada ? 'ada' : 'bea',
  displayName: 'Somebody',
  profiles,
});
const operator = () => actorOf(bea, ['employee', 'operator']);

async function ask(source: string, actor: Actor = operator()) {
  const contextValue = createContext({
    actor,
    currentActor: async () => actor,
    ports,
    idempotencyKey: null,
    traceId: 'test',
  });
  const { data, errors } = await graphql({ schema, source, contextValue });
  return {
    data: JSON.parse(JSON.stringify(data ?? null)),
    errors: errors?.map((error) => error.extensions.code ?? error.message),
  };
}

const list = (filter: string, fields: string) =>
  `{ assignments(first: 50, filter: ${filter}) { totalCount nodes { ${fields} } } }`;
const ofAda = () => `{ identityId: { eq: "${toGlobalId('Identity', ada)}" } }`;

describe('assignments', () => {
  test('are roles and accounts with what they lead to', async () => {
    const { data, errors } = await ask(
      list(
        ofAda(),
        `__typename workflowState provisioningState startDate endDate isAutomatic isInferred identity { identifier }
         ... on RoleAssignment { role { identifier __typename } }
         ... on ResourceTypeAssignment { resourceType { identifier } resource { externalId } consolidatedProvisioningState
           values { property { identifier } value workflowState provisioningState rule { identifier } } }`,
      ),
    );
    expect(errors).toBeUndefined();
    expect(data.assignments.totalCount).toBe(5);
    expect(data.assignments.nodes[1]).toEqual({
      __typename: 'RoleAssignment',
      workflowState: 'APPROVED',
      provisioningState: 'PENDING',
      startDate: null,
      endDate: '2031-12-31',
      isAutomatic: false,
      isInferred: false,
      identity: { identifier: 'ada' },
      role: { identifier: 'lead', __typename: 'CompositeRole' },
    });
    expect(data.assignments.nodes[4]).toMatchObject({
      __typename: 'ResourceTypeAssignment',
      provisioningState: 'PENDING',
      isInferred: true,
      resource: { externalId: 'ada' },
      values: [
        {
          property: { identifier: 'email' },
          value: 'ada@acme.example',
          provisioningState: 'VERIFIED',
          rule: { identifier: 'email' },
        },
        {
          property: { identifier: 'title' },
          value: 'editor',
          provisioningState: 'PENDING',
          rule: { identifier: 'title-editor' },
        },
        {
          property: { identifier: 'groups' },
          value: 'editors',
          provisioningState: 'PENDING',
          rule: { identifier: 'editors' },
        },
        { property: { identifier: 'groups' }, value: 'viewers', provisioningState: 'PENDING' },
      ],
    });
  });

  test('can be refetched by their ids, values included', async () => {
    const { data } = await ask(list(ofAda(), 'id ... on ResourceTypeAssignment { values { id } }'));
    const nodes: readonly { id: string; values?: readonly { id: string }[] }[] = data.assignments.nodes;
    const ids = nodes.flatMap(({ id, values }) => [id, ...(values ?? []).map((value) => value.id)]);
    const again = await ask(`{ nodes(ids: ${JSON.stringify(ids)}) { id __typename } }`);
    expect(again.data.nodes.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(again.data.nodes[1].__typename).toBe('RoleAssignment');
  });

  test('are seen only by those who may', async () => {
    expect((await ask(list(ofAda(), 'id'), actorOf(bea, ['employee']))).data.assignments.totalCount).toBe(0);
    expect((await ask(list(ofAda(), 'id'), actorOf(ada, ['employee']))).data.assignments.totalCount).toBe(5);
    const id = toGlobalId('RoleAssignment', `${ada}:lead`);
    expect((await ask(`{ node(id: "${id}") { id } }`, actorOf(bea, ['employee']))).data.node).toBeNull();
  });

  test('are listed under their person, sorted as asked', async () => {
    const { data } =
      await ask(`{ identity(identifier: "ada") { assignments(first: 2, orderBy: [{ field: ROLE_NAME, direction: DESC }]) {
      pageInfo { hasNextPage } nodes { ... on RoleAssignment { role { identifier } } } } } }`);
    expect(data.identity.assignments).toEqual({
      pageInfo: { hasNextPage: true },
      nodes: [{ role: { identifier: 'viewer' } }, { role: { identifier: 'seller' } }],
    });
  });

  test.each([
    ['an id of another type', `{ roleId: { eq: "idn_x" } }`],
    ['a state that does not exist', `{ workflowState: [NONSENSE] }`],
  ])('refuse %s', async (_, filter) => {
    expect((await ask(list(filter, 'id'))).errors).toHaveLength(1);
  });

  test('can be revoked by whoever may ask for it, when they were asked for', async () => {
    const can = async (role: string, actor: Actor) =>
      (
        await ask(
          `{ node(id: "${toGlobalId('RoleAssignment', `${ada}:${role}`)}") { ... on RoleAssignment { viewerCanRevoke viewerCanReview } } }`,
          actor,
        )
      ).data.node;
    expect(await can('lead', actorOf(ada, ['employee']))).toEqual({ viewerCanRevoke: true, viewerCanReview: false });
    expect(await can('seller', actorOf(ada, ['employee']))).toEqual({ viewerCanRevoke: false, viewerCanReview: false });
    // What a rule gives is not taken away by a request.
    expect(await can('viewer', actorOf(ada, ['employee']))).toMatchObject({ viewerCanRevoke: false });
    expect(await can('lead', operator())).toEqual({ viewerCanRevoke: false, viewerCanReview: false });
  });
});

describe('an explanation', () => {
  const explained = async (id: string) =>
    (
      await ask(`{ node(id: "${id}") { ... on Assignment { explanation { verdict summary isStale computedAt paths { validUntil steps {
        kind label node { id } conditions { expression actualValue isSatisfied } } } } } } }`)
    ).data.node.explanation;
  const explainedRole = (role: string) => explained(toGlobalId('RoleAssignment', `${ada}:${role}`));

  test('of a rule names the attribute, the rule and the role', async () => {
    expect(await explainedRole('seller')).toMatchObject({
      verdict: 'GRANTED',
      summary: "ada has seller: IF person.department == 'sales' THEN role seller.",
      isStale: false,
      paths: [
        {
          steps: [
            { kind: 'ATTRIBUTE', label: 'department = sales', node: null },
            {
              kind: 'RULE',
              node: { id: 'rul_sales-sell' },
              conditions: [{ expression: "person.department == 'sales'", actualValue: 'sales', isSatisfied: true }],
            },
            { kind: 'SINGLE_ROLE', label: 'seller', node: { id: 'rol_seller' } },
          ],
        },
      ],
    });
  });

  test('of a bundle leads back to what gave the bundle', async () => {
    const { verdict, paths } = await explainedRole('editor');
    expect(verdict).toBe('PENDING');
    expect(paths[0].steps.map(({ kind }: { kind: string }) => kind)).toEqual([
      'REQUEST',
      'COMPOSITE_ROLE',
      'SINGLE_ROLE',
    ]);
    expect(paths[0].validUntil).toBe('2031-12-31');
  });

  test('of an account has one path for every role that gives it', async () => {
    const { data } = await ask(list(`{ resourceTypeId: { eq: "rty_crm-account" } }`, 'id identity { identifier }'));
    const { id } = data.assignments.nodes.find(
      ({ identity }: { identity: { identifier: string } }) => identity.identifier === 'ada',
    );
    const { paths } = await explained(id);
    expect(
      paths.map(
        ({ steps }: { steps: readonly { kind: string; label: string }[] }) =>
          steps.find(({ kind }) => kind === 'SINGLE_ROLE')?.label,
      ),
    ).toEqual(['seller', 'editor', 'viewer']);
  });

  test('is stale once something it was made from has changed', async () => {
    await world.person('ada', { department: 'legal' });
    expect(await explainedRole('seller')).toMatchObject({ isStale: true });
    await world.person('ada');
    await world.compute();
    expect(await explainedRole('seller')).toMatchObject({ isStale: false });
  });
});

test('a plan shows its changes, why, and what would be sent', async () => {
  const planId = await ports.planner.plan(
    {
      identityIds: [bea],
      assumedItems: [{ identityId: bea, role: 'editor', action: 'ADD', startDate: null, endDate: null }],
    },
    operator(),
  );
  const query = `{ node(id: "${toGlobalId('ProvisioningPlan', planId)}") { ... on ProvisioningPlan { state inputsDigest createdBy { ... on Identity { identifier } }
    summary { createCount affectedIdentityCount byResourceType { resourceType { identifier } createCount } } thresholdViolations { name }
    changes(first: 5, filter: { kind: [CREATE] }) { totalCount nodes { id kind owner { identifier } resource { id } requiresReview preview
      resourceType { identifier } changes { property { identifier } oldValue newValue isSecret rule { identifier } }
      explanation { verdict paths { steps { kind } } } } } } } }`;
  const { data, errors } = await ask(query);
  expect(errors).toBeUndefined();
  expect(data.node).toMatchObject({
    state: 'READY',
    createdBy: { identifier: 'bea' },
    summary: {
      createCount: 1,
      affectedIdentityCount: 1,
      byResourceType: [{ resourceType: { identifier: 'crm-account' }, createCount: 1 }],
    },
    thresholdViolations: [],
  });
  expect(data.node.changes.nodes).toMatchObject([
    {
      kind: 'CREATE',
      owner: { identifier: 'bea' },
      resource: null,
      requiresReview: false,
      preview: {
        kind: 'CREATE',
        key: 'bea',
        set: { email: 'bea@acme.example', title: 'editor' },
        add: { groups: ['editors'] },
        remove: {},
      },
      changes: [
        {
          property: { identifier: 'email' },
          oldValue: null,
          newValue: 'bea@acme.example',
          isSecret: false,
          rule: { identifier: 'email' },
        },
        { property: { identifier: 'title' }, newValue: 'editor' },
        { property: { identifier: 'groups' }, oldValue: null, newValue: 'editors', rule: { identifier: 'editors' } },
      ],
      explanation: { verdict: 'PENDING' },
    },
  ]);
  expect((await ask(query, actorOf(ada, ['employee']))).data.node).toBeNull();
  const changeId: string = data.node.changes.nodes[0].id;
  expect((await ask(`{ node(id: "${changeId}") { id } }`)).data.node).toEqual({ id: changeId });
  expect((await ask(`{ node(id: "${changeId}") { id } }`, actorOf(ada, ['employee']))).data.node).toBeNull();
});
