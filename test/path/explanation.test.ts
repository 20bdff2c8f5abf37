// What a person sees who asks why, why not, and what would be written now: over the API, against a running company.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDatabase } from '../../src/store/data-source.js';
import type { Database } from '../../src/store/database.js';
import { type Company, startCompany } from './company.js';

let company: Company;
let database: Database;
beforeAll(async () => {
  company = await startCompany('PostgreSQL');
  database = await openDatabase({ url: company.databaseUrl, poolSize: 2 }, Math.random);
}, 180_000);
afterAll(async () => {
  await database?.close();
  await company?.stop();
}, 60_000);

const idOf = async (person: string): Promise<string> =>
  (
    await company.ask<{ identity: { id: string } }>(
      'omar.benali',
      'query($p: String!) { identity(identifier: $p) { id } }',
      { p: person },
    )
  ).identity.id;

describe('an account provisioned on demand', () => {
  interface OnDemand {
    readonly attempt: {
      readonly outcome: string;
      readonly steps: readonly { readonly kind: string; readonly outcome: string; readonly detail: string | null }[];
    } | null;
    readonly order: { readonly state: string } | null;
    readonly userErrors: readonly { readonly code: string }[];
  }
  const provision = async (person: string, isDryRun: boolean, type = 'rty_expense-account', as = 'omar.benali') =>
    (
      await company.ask<{ identityProvisionOnDemand: OnDemand }>(
        as,
        `mutation($i: IdentityProvisionOnDemandInput!) { identityProvisionOnDemand(input: $i) {
          attempt { number outcome steps { kind outcome detail reason } } order { id state } userErrors { code } } }`,
        { i: { identityId: await idOf(person), resourceTypeId: type, dryRun: isDryRun } },
      )
    ).identityProvisionOnDemand;
  const outcomes = ({ attempt }: OnDemand) => attempt?.steps.map(({ kind, outcome }) => `${kind} ${outcome}`);

  test('that is as it should be has nothing to write', async () => {
    const rehearsed = await provision('camille.roy', true);
    expect(outcomes(rehearsed)).toEqual([
      'CONNECT SKIPPED',
      'READ SUCCEEDED',
      'SCOPE SUCCEEDED',
      'MATCH SUCCEEDED',
      'WRITE SKIPPED',
      'VERIFY SKIPPED',
    ]);
    expect(await provision('camille.roy', false)).toMatchObject({ order: null, userErrors: [] });
  }, 60_000);

  test('is rehearsed without a write, then carried out with every step', async () => {
    await database.query(
      `update resource set attributes = attributes || '{"email": "camille.now@acme.example"}', hash = 'moved' where key = 'camille.roy' and entity_type = 'person'`,
    );
    const rehearsed = await provision('camille.roy', true);
    expect(rehearsed.order).toBeNull();
    expect(rehearsed.attempt?.steps.find(({ kind }) => kind === 'MATCH')?.detail).toContain(
      'UPDATE camille.roy: email',
    );
    expect(await company.readExpense()).not.toContain('camille.now@acme.example');
    const done = await provision('camille.roy', false);
    expect(outcomes(done)).toEqual([
      'CONNECT SUCCEEDED',
      'READ SKIPPED',
      'SCOPE SUCCEEDED',
      'MATCH SUCCEEDED',
      'WRITE SUCCEEDED',
      'VERIFY SUCCEEDED',
    ]);
    expect(done).toMatchObject({ attempt: { outcome: 'SUCCEEDED' }, order: { state: 'VERIFIED' } });
    expect(await company.readExpense()).toContain('camille.now@acme.example');
  }, 60_000);

  test('is refused for who may not, and for what is not there', async () => {
    expect((await provision('camille.roy', false, 'rty_expense-account', 'camille.roy')).userErrors).toEqual([
      { code: 'FORBIDDEN' },
    ]);
    expect((await provision('camille.roy', true, 'rty_nothing')).userErrors).toEqual([{ code: 'NOT_FOUND' }]);
  }, 60_000);
});

describe('accessExplanation', () => {
  const why = async (as: string, person: string, about: object) =>
    (
      await company.ask<{ accessExplanation: unknown }>(
        as,
        `query($p: ID!, $r: ID, $t: ID) { accessExplanation(identityId: $p, roleId: $r, resourceTypeId: $t) {
          verdict summary isStale paths { steps { kind label } } nearMisses { rule { identifier summary } failed { expression actualValue isSatisfied } } } }`,
        { p: await idOf(person), ...about },
      )
    ).accessExplanation;

  test('says why not, by the rule that came nearest', async () => {
    expect(await why('omar.benali', 'camille.roy', { r: 'rol_crm-sales-france' })).toMatchObject({
      verdict: 'NOT_GRANTED',
      isStale: false,
      paths: [],
      nearMisses: [
        {
          rule: { identifier: 'sales-in-france' },
          failed: [{ expression: 'person.department == "SAL"', actualValue: 'FIN', isSatisfied: false }],
        },
      ],
    });
  }, 60_000);

  test('says why, of a role and of an account', async () => {
    expect(await why('omar.benali', 'camille.roy', { r: 'rol_expense-user' })).toMatchObject({
      verdict: 'GRANTED',
      nearMisses: [],
    });
    expect(await why('camille.roy', 'camille.roy', { t: 'rty_expense-account' })).toMatchObject({ verdict: 'GRANTED' });
  }, 60_000);

  test('is not told to who may not know, nor of what is not there', async () => {
    await expect(why('camille.roy', 'vera.lang', { r: 'rol_expense-user' })).rejects.toThrow('FORBIDDEN');
    await expect(why('omar.benali', 'vera.lang', { r: 'rol_nothing' })).rejects.toThrow('There is no such role');
    await expect(why('omar.benali', 'vera.lang', {})).rejects.toThrow('Give either');
  }, 60_000);
});

describe('an approval', () => {
  test('comes with what helps to decide it: colleagues, what would be written, what else there is', async () => {
    const roleId = 'rol_crm-editor';
    await company.ask(
      'camille.roy',
      'mutation($i: AssignmentRequestCreateInput!) { assignmentRequestCreate(input: $i) { userErrors { code } } }',
      { i: { beneficiaryId: await idOf('camille.roy'), items: [{ action: 'ADD', roleId }] } },
    );
    const evidence = async () => {
      const { assignmentRequests } = await company.ask<{
        assignmentRequests: { nodes: readonly { approvals: readonly { evidence: Evidence }[] }[] };
      }>(
        'ines.aubry',
        `{ assignmentRequests(filter: { waitingOnViewer: true }) { nodes { approvals { step evidence {
          peersWithRoleCount peersCount lastUsedAt similarRoles { identifier } plan { id state summary { createCount } } } } } } }`,
      );
      return assignmentRequests.nodes[0]?.approvals[0]?.evidence;
    };
    interface Evidence {
      readonly peersCount: number;
      readonly plan: { readonly id: string };
      readonly similarRoles: readonly { readonly identifier: string }[];
    }
    const first = await evidence();
    expect(first).toMatchObject({ peersWithRoleCount: 0, plan: { state: 'READY', summary: { createCount: 1 } } });
    expect(first?.peersCount).toBeGreaterThan(5);
    expect(first?.similarRoles).toHaveLength(5);
    const again = await evidence();
    expect(again?.plan.id).toBe(first?.plan.id);
  }, 60_000);
});
