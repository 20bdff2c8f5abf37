// Roles, rules and types as clients meet them.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Actor } from '../../src/domain/actor.js';
import { actorOf, ask, camille, closeCatalogue, openCatalogue, operator, personId } from './catalogue.js';

beforeAll(openCatalogue);
afterAll(closeCatalogue);

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
      summary: 'Account: CRM account',
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

  it('is no way round that in a filter over people, whatever tree it stands in', async () => {
    const people = async (filter: string, actor: Actor) => {
      const { data, errors } = await ask(
        `{ identities(filter: ${filter}) { totalCount nodes { identifier } } }`,
        actor,
      );
      expect(errors).toBeUndefined();
      expect(data.identities.totalCount).toBe(data.identities.nodes.length);
      return data.identities.nodes.map(({ identifier }: { identifier: string }) => identifier);
    };
    const card = '{ roleId: { eq: "rol_expense-card" } }';
    expect(await people(card, operator())).toEqual(['lena.fox']);
    // Nobody that Camille may not know of is told apart by any of these: all of them in, or none of them.
    expect(await people(card, camille())).toEqual([]);
    expect(await people('{ roleId: { in: ["rol_expense-card", "rol_expense-user"] } }', camille())).toEqual([
      'camille.roy',
    ]);
    expect(await people('{ roleId: { nin: ["rol_expense-card"] } }', camille())).toEqual(['camille.roy']);
    expect(await people('{ roleId: { isNull: true } }', camille())).toEqual([]);
    expect(await people('{ roleId: { isNull: false } }', camille())).toEqual(['camille.roy']);
    expect(await people(`{ not: ${card} }`, camille())).toHaveLength(4);
    expect(await people('{ not: { roleId: { nin: ["rol_expense-card"] } } }', camille())).toEqual([
      'ines.aubry',
      'lena.fox',
      'paul.martin',
    ]);
    expect(await people(`{ or: [${card}, { and: [${card}] }, { not: { not: ${card} } }] }`, camille())).toEqual([]);
    expect(await people(card, actorOf('paul.martin', ['employee', 'manager']))).toEqual(['lena.fox']);
    expect(
      await people('{ roleId: { eq: "rol_crm-editor" } }', actorOf('paul.martin', ['employee', 'application-owner'])),
    ).toEqual(['camille.roy']);
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
    const suggested = await identifiers(`{ suggestedForIdentityId: "${personId('ines.aubry')}" }`, 3);
    expect(suggested).toEqual(['expense-user', 'expense-card', 'crm-editor']);
  });

  it('refuses suggestions inside a condition, pages too big and cursors of another order', async () => {
    const id = personId('ines.aubry');
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
