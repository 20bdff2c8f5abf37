// People, departments and resources over the API: pages, filters, ways from one to the other, and who sees what.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addResource, codes, partOf, type ServedCompany, serveCompany } from '../server/company.js';

let company: ServedCompany;

beforeAll(async () => {
  company = await serveCompany();
});
afterAll(async () => company.stop());

describe('people and resources', () => {
  it('pages people both ways without losing or repeating one', async () => {
    const query = `query ($first: Int, $after: String, $last: Int, $before: String) {
      identities(first: $first, after: $after, last: $last, before: $before, orderBy: [{ field: START_DATE, direction: DESC }, { field: DISPLAY_NAME }]) {
        totalCount nodes { identifier } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
    const page = async (variables: object) =>
      partOf<{
        totalCount: number;
        nodes: { identifier: string }[];
        pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
      }>(await company.post('camille.roy', query, variables), 'identities');
    const names = ({ nodes }: { nodes: { identifier: string }[] }) => nodes.map(({ identifier }) => identifier);
    const whole = await page({ first: 100 });
    expect(whole.totalCount).toBe(7);
    expect(names(whole)).toEqual([
      'tom.soon',
      'camille.roy',
      'ada.lindqvist',
      'ines.aubry',
      'lea.gone',
      'omar.benali',
      'paul.martin',
    ]);
    const one = await page({ first: 3 });
    const two = await page({ first: 3, after: one.pageInfo.endCursor });
    const three = await page({ first: 3, after: two.pageInfo.endCursor });
    expect([...names(one), ...names(two), ...names(three)]).toEqual(names(whole));
    expect([one, two, three].map(({ pageInfo }) => pageInfo.hasNextPage)).toEqual([true, true, false]);
    const last = await page({ last: 3 });
    const before = await page({ last: 3, before: last.pageInfo.startCursor });
    expect([...names(before), ...names(last)]).toEqual(names(whole).slice(1));
    expect([last.pageInfo.hasPreviousPage, last.pageInfo.hasNextPage, before.pageInfo.hasNextPage]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('refuses a cursor under another order', async () => {
    const query = `query ($after: String, $field: IdentityOrderField!) { identities(first: 1, after: $after, orderBy: [{ field: $field }]) { pageInfo { endCursor } } }`;
    const first = await company.post('camille.roy', query, { field: 'DISPLAY_NAME' });
    const { endCursor } = partOf<{ pageInfo: { endCursor: string } }>(first, 'identities').pageInfo;
    const other = await company.post('camille.roy', query, { field: 'IDENTIFIER', after: endCursor });
    expect(codes(other.body)).toEqual(['BAD_USER_INPUT']);
  });

  it.each([
    ['text', '{ text: "CAMILLE" }', ['camille.roy']],
    ['key', '{ identifier: { startsWith: "PA" } }', ['paul.martin']],
    ['wild cards as letters', '{ identifier: { contains: "%" } }', []],
    ['state', '{ lifecycleState: [LEFT, FUTURE] }', ['lea.gone', 'tom.soon']],
    [
      'no manager',
      '{ managerId: { isNull: true }, lifecycleState: [ACTIVE] }',
      ['ada.lindqvist', 'ines.aubry', 'omar.benali'],
    ],
    ['last day', '{ endDate: { lt: "2022-01-01" } }', ['lea.gone']],
    [
      'a tree',
      '{ or: [{ text: "camille" }, { and: [{ identifier: { in: ["omar.benali", "lea.gone"] } }, { not: { lifecycleState: [LEFT] } }] }] }',
      ['camille.roy', 'omar.benali'],
    ],
    ['change', '{ updatedAt: { since: "-P1D" }, identifier: { eq: "paul.martin" } }', ['paul.martin']],
    ['an empty choice', '{ or: [] }', []],
  ])('filters people by %s', async (_what, filter, expected) => {
    const { body } = await company.post(
      'camille.roy',
      `{ identities(filter: ${filter}) { totalCount nodes { identifier } } }`,
    );
    expect(body.errors).toBeUndefined();
    expect(body.data?.identities).toEqual({
      totalCount: expected.length,
      nodes: expected.map((identifier) => ({ identifier })),
    });
  });

  it('leads from a person to department, manager and reports, and back by id', async () => {
    const answer = await company.post(
      'camille.roy',
      `{ identity(identifier: "camille.roy") { id kind department { id displayName manager { identifier } } manager { id identifier directReports { totalCount nodes { identifier } } } } }`,
    );
    const identity = partOf<{ id: string; department: { id: string }; manager: { id: string } }>(answer, 'identity');
    expect(identity).toMatchObject({
      kind: 'EMPLOYEE',
      department: { displayName: 'Finance', manager: { identifier: 'ines.aubry' } },
      manager: { identifier: 'ines.aubry', directReports: { totalCount: 4 } },
    });
    const again = await company.post('camille.roy', 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', {
      ids: [identity.id, identity.department.id, 'idn_nonsense', 'zzz_1', `asg_${'0'.repeat(32)}:x`],
    });
    expect(again.body.data?.nodes).toEqual([
      { __typename: 'Identity', id: identity.id },
      { __typename: 'Department', id: identity.department.id },
      null,
      null,
      null,
    ]);
  });

  it('shows resources to their owners and managers, and to those who oversee', async () => {
    const account = await addResource(company.database, 'expenseLine', 'camille.roy', {
      login: 'camille.roy',
      fullName: 'Camille Roy',
      profile: 'user',
    });
    const stray = await addResource(company.database, 'expenseLine', 'stray', { login: 'stray', fullName: 'Stray' });
    await company.database.query(
      `insert into resource_assignment (id, identity_id, resource_type, resource_id, resource_key, is_due, expected, expected_hash, workflow_state, provisioning_state)
       select gen_random_uuid(), p.id, 'expense-account', $1, 'camille.roy', true, $2, '', 'CALCULATED', 'VERIFIED' from resource p where p.key = 'camille.roy' and p.entity_type = 'person'`,
      [
        account,
        JSON.stringify({
          key: 'camille.roy',
          rule: 'r',
          values: { profile: { value: 'approver', rule: 'approver-profile' } },
          links: {},
        }),
      ],
    );
    const query = `{ resources(filter: { entityTypeId: { eq: "ety_expenseLine" } }) { totalCount nodes { displayName externalId isOrphan owner { identifier } properties(identifiers: ["profile"]) { currentValue expectedValue isConforming } } } }`;
    const seen = async (person: string) =>
      partOf<{ totalCount: number; nodes: { displayName: string }[] }>(await company.post(person, query), 'resources');
    expect((await seen('camille.roy')).nodes).toEqual([
      {
        displayName: 'Camille Roy',
        externalId: 'camille.roy',
        isOrphan: false,
        owner: { identifier: 'camille.roy' },
        properties: [{ currentValue: 'user', expectedValue: 'approver', isConforming: false }],
      },
    ]);
    expect((await seen('ines.aubry')).totalCount).toBe(1);
    expect((await seen('paul.martin')).totalCount).toBe(0);
    expect((await seen('omar.benali')).nodes.map(({ displayName }) => displayName)).toEqual(
      expect.arrayContaining(['Camille Roy', 'Stray']),
    );
    const direct = await company.post('paul.martin', `{ resource(id: "res_${stray.replaceAll('-', '')}") { id } }`);
    expect(direct.body).toMatchObject({ data: { resource: null } });
  });
});
