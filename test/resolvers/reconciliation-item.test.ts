// What waits for reconciliation over GraphQL: lists and groups, what items lead to, decisions, and who may.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { graphql, type GraphQLSchema } from 'graphql';
import type { Actor } from '../../src/domain/actor.js';
import { createContext } from '../../src/resolvers/operation.js';
import { resolverClasses } from '../../src/resolvers/list.js';
import { buildApiSchema } from '../../src/schema/build.js';
import type { ApiPorts } from '../../src/steps/ports/api.js';
import { apiViews } from '../../src/store/views/api.js';
import { officer, openReconciliationWorld, type ReconciliationWorld } from '../steps/reconciliation-world.js';

let world: ReconciliationWorld;
let schema: GraphQLSchema;

beforeAll(async () => {
  world = await openReconciliationWorld('reconciliation_api');
  schema = await buildApiSchema(resolverClasses);
  await world.hire('lea', { department: 'legal' });
  await world.account('lea', { attributes: { email: 'lea@acme.example' }, links: { groups: ['viewers'] } }, true);
  await world.hire('seller');
  await world.account('seller', { attributes: { email: 'seller@acme.example' }, links: { groups: ['board'] } });
  for (const key of ['svc-1', 'svc-2']) await world.account(key, { attributes: {}, links: {} });
  await world.run();
}, 60_000);
afterAll(() => world?.close());

interface Answer {
  readonly data: Readonly<Record<string, unknown>>;
  readonly errors: readonly string[] | undefined;
}

const part = <T>({ data }: Answer, field: string): T => data[field] as T;

async function ask(source: string, actor: Actor = officer): Promise<Answer> {
  const { environment, models } = world.ports;
  const ports = {
    ...world.reconciliationPorts,
    ...apiViews(world.database, models, environment),
  } as Partial<ApiPorts> as ApiPorts;
  const contextValue = createContext({
    actor,
    ports,
    currentActor: () => Promise.resolve(actor),
    idempotencyKey: null,
    traceId: 't',
  });
  const { data, errors } = await graphql({ schema, source, contextValue });
  return { data: data ?? {}, errors: errors?.map(({ message }) => message) };
}

const clerk: Actor = { ...officer, profiles: ['employee'] };

describe('what waits for reconciliation', () => {
  test('is listed by group, with what it is about and what usually is right', async () => {
    const { data, errors } = await ask(`{ reconciliationItems(first: 10) { totalCount groups { groupKey kind count }
      nodes { kind groupKey suggestion isPreExisting currentValue viewerCanDecide identity { identifier } resource { externalId isOrphan }
        property { identifier } assignment { __typename workflowState } } } }`);
    expect(errors).toBeUndefined();
    expect(data.reconciliationItems).toEqual({
      totalCount: 4,
      groups: [
        { groupKey: 'ORPHANED_ACCOUNT:crmAccount', kind: 'ORPHANED_ACCOUNT', count: 2 },
        { groupKey: 'PROPERTY:crm-account.groups=board', kind: 'PROPERTY', count: 1 },
        { groupKey: 'ROLE:viewer', kind: 'ROLE', count: 1 },
      ],
      nodes: [
        expect.objectContaining({
          kind: 'ORPHANED_ACCOUNT',
          identity: null,
          assignment: null,
          resource: expect.objectContaining({ isOrphan: true }),
        }),
        expect.objectContaining({ kind: 'ORPHANED_ACCOUNT' }),
        {
          kind: 'PROPERTY',
          groupKey: 'PROPERTY:crm-account.groups=board',
          suggestion: 'REMOVE',
          isPreExisting: false,
          currentValue: 'board',
          viewerCanDecide: true,
          identity: { identifier: 'seller' },
          resource: { externalId: 'seller', isOrphan: false },
          property: { identifier: 'groups' },
          assignment: { __typename: 'ResourceTypeAssignment', workflowState: 'GIVEN_BY_A_ROLE' },
        },
        expect.objectContaining({
          kind: 'ROLE',
          isPreExisting: true,
          assignment: { __typename: 'RoleAssignment', workflowState: 'PRE_EXISTING' },
        }),
      ],
    });
  });

  test('is filtered, and nothing for those who may not see it', async () => {
    const count = async (filter: string, actor?: Actor) => {
      const answer = await ask(`{ reconciliationItems(filter: ${filter}) { totalCount } }`, actor);
      return part<{ totalCount: number }>(answer, 'reconciliationItems').totalCount;
    };
    expect(await count('{ kind: [ROLE, PROPERTY] }')).toBe(2);
    expect(await count('{ groupKey: { startsWith: "ORPHANED" } }')).toBe(2);
    expect(await count('{ minConfidencePercent: 100 }')).toBe(1);
    expect(await count('{ resourceTypeId: { eq: "rty_crm-account" } }')).toBe(3);
    expect(await count('{}', clerk)).toBe(0);
  });

  test('a resource says how its owner was found', async () => {
    const answer = await ask(
      '{ resources(first: 10, filter: { isOrphan: false }) { nodes { externalId correlation { confidencePercent explanation rule { identifier } } } } }',
    );
    expect(part<{ nodes: unknown }>(answer, 'resources').nodes).toContainEqual({
      externalId: 'seller',
      correlation: {
        confidencePercent: 100,
        explanation: 'person.email of the owner is resource.email of the account.',
        rule: { identifier: 'by-email' },
      },
    });
  });

  test('is decided by id and by group, and refusals name the item', async () => {
    const listed = await ask('{ reconciliationItems(filter: { kind: [PROPERTY] }) { nodes { id } } }');
    const id = part<{ nodes: readonly { id: string }[] }>(listed, 'reconciliationItems').nodes[0]?.id ?? '';
    const decide = (
      decision: string,
      more = '',
    ) => `mutation { reconciliationItemsDecide(input: { items: [{ reconciliationItemId: "${id}", decision: ${decision} ${more} }] }) {
      reconciliationItems { id decision } userErrors { code field } } }`;
    expect((await ask(decide('LINK'))).data.reconciliationItemsDecide).toEqual({
      reconciliationItems: [],
      userErrors: [{ code: 'INVALID', field: ['input', 'items', '0', 'decision'] }],
    });
    expect((await ask(decide('KEEP'), clerk)).data.reconciliationItemsDecide).toMatchObject({
      userErrors: [{ code: 'FORBIDDEN' }],
    });
    expect((await ask(decide('KEEP'))).data.reconciliationItemsDecide).toEqual({
      reconciliationItems: [{ id, decision: 'KEEP' }],
      userErrors: [],
    });
    expect(
      (await ask(`{ node(id: "${id}") { ... on ReconciliationItem { decision viewerCanDecide } } }`)).data.node,
    ).toEqual({ decision: 'KEEP', viewerCanDecide: false });
    const group = (count: number) =>
      `mutation { reconciliationGroupDecide(input: { groupKey: "ORPHANED_ACCOUNT:crmAccount", expectedCount: ${count}, decision: IGNORE }) { decidedCount userErrors { code field } } }`;
    expect((await ask(group(3))).data.reconciliationGroupDecide).toEqual({
      decidedCount: 0,
      userErrors: [{ code: 'STALE_VERSION', field: ['input', 'expectedCount'] }],
    });
    expect((await ask(group(2))).data.reconciliationGroupDecide).toEqual({ decidedCount: 2, userErrors: [] });
  });
});
