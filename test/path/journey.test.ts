// The whole path through the API, on both queue back ends: a request becomes a verified change in a real target.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Company, backends, endOf, runToEnd, startCompany } from './company.js';
import { waitFor } from '../support/wait-for.js';

interface RoleItem {
  readonly __typename: string;
  readonly cursor: string;
  readonly assignment: { readonly workflowState: string; readonly provisioningState: string };
}
interface Asked {
  readonly assignmentRequestCreate: {
    readonly assignmentRequest: { readonly id: string } | null;
    readonly userErrors: readonly { readonly code: string }[];
  };
}

const watchRole = `subscription($identityId: ID!, $roleId: ID!, $after: StreamCursor) {
  assignmentChanged(filter: { identityId: { eq: $identityId }, roleId: { eq: $roleId } }, after: $after) {
    __typename ... on AssignmentChanged { cursor assignment { workflowState provisioningState } } } }`;

describe.each(backends)('the path, with queues in %s', (backend) => {
  let company: Company;
  let camille: string;

  beforeAll(async () => {
    company = await startCompany(backend);
    camille = (
      await company.ask<{ identity: { id: string } }>('camille.roy', '{ identity(identifier: "camille.roy") { id } }')
    ).identity.id;
  }, 120_000);
  afterAll(() => company?.stop(), 60_000);

  const roleId = async (identifier: string): Promise<string> =>
    (
      await company.ask<{ role: { id: string } }>('camille.roy', 'query($r: String!) { role(identifier: $r) { id } }', {
        r: identifier,
      })
    ).role.id;

  async function request(role: string, action: 'ADD' | 'REMOVE'): Promise<string> {
    const {
      assignmentRequestCreate: { assignmentRequest, userErrors },
    } = await company.ask<Asked>(
      'camille.roy',
      'mutation($i: AssignmentRequestCreateInput!) { assignmentRequestCreate(input: $i) { assignmentRequest { id } userErrors { code message } } }',
      { i: { beneficiaryId: camille, items: [{ action, roleId: await roleId(role) }], justification: 'A journey.' } },
    );
    if (assignmentRequest === null) throw new Error(JSON.stringify(userErrors));
    return assignmentRequest.id;
  }

  async function approve(person: string, id: string): Promise<void> {
    const { assignmentRequest } = await company.ask<{ assignmentRequest: { digest: string } }>(
      person,
      'query($id: ID!) { assignmentRequest(id: $id) { digest } }',
      { id },
    );
    const answer = await company.ask<{ assignmentRequestsReview: { userErrors: readonly unknown[] } }>(
      person,
      'mutation($i: AssignmentRequestsReviewInput!) { assignmentRequestsReview(input: $i) { userErrors { code message } } }',
      { i: { items: [{ assignmentRequestId: id, decision: 'APPROVED', seenDigest: assignmentRequest.digest }] } },
    );
    expect(answer.assignmentRequestsReview.userErrors).toEqual([]);
  }

  async function statesUntilVerified(
    role: string,
    act: () => Promise<void>,
    deadlineMs = 30_000,
  ): Promise<readonly string[]> {
    const stream = await company.watch<RoleItem>('camille.roy', watchRole, {
      identityId: camille,
      roleId: await roleId(role),
    });
    await act();
    const provisioning = (): readonly string[] =>
      stream.items.map((item) => item.assignment?.provisioningState ?? item.__typename);
    await waitFor(() => provisioning().includes('PENDING') && provisioning().at(-1) === 'VERIFIED', {
      what: `${role} is verified: ${provisioning().join()}`,
      deadlineMs,
    });
    await stream.stop();
    return provisioning()
      .slice(provisioning().indexOf('PENDING'))
      .filter((state, index, all) => state !== all[index - 1]);
  }

  const lineOfCamille = async (): Promise<string> =>
    (await company.readExpense()).split('\n').find((line) => line.startsWith('camille.roy,')) ?? '';

  test('starts with her expense account verified and without the roles one asks for', async () => {
    const { identity } = await company.ask<{
      identity: { assignments: { nodes: readonly { provisioningState: string; role?: { identifier: string } }[] } };
    }>(
      'camille.roy',
      '{ identity(identifier: "camille.roy") { assignments(first: 50) { nodes { provisioningState ... on RoleAssignment { role { identifier } } } } } }',
    );
    const roles = identity.assignments.nodes.filter((node) => node.role !== undefined);
    expect(roles.map((node) => [node.role?.identifier, node.provisioningState])).toEqual([
      ['expense-user', 'VERIFIED'],
    ]);
  });

  test('carries an approved request to the file and shows each state', async () => {
    const states = await statesUntilVerified('expense-approver', async () =>
      approve('ines.aubry', await request('expense-approver', 'ADD')),
    );
    expect(states).toEqual(['PENDING', 'EXECUTED', 'VERIFIED']);
    expect(await lineOfCamille()).toContain(',approver,');
  });

  test('takes it back the same way', async () => {
    const states = await statesUntilVerified('expense-approver', async () =>
      approve('ines.aubry', await request('expense-approver', 'REMOVE')),
    );
    expect(states).toEqual(['PENDING', 'EXECUTED', 'VERIFIED']);
    expect(await lineOfCamille()).toContain(',user,');
  });

  test('waits for two different people and creates the account in the database', async () => {
    const states = await statesUntilVerified('crm-editor', async () => {
      const id = await request('crm-editor', 'ADD');
      await approve('ines.aubry', id);
      await approve('paul.martin', id);
    });
    expect(states).toEqual(['PENDING', 'EXECUTED', 'VERIFIED']);
  });

  test('shows why an order waits while the target is away, and ends it by itself when the target is back', async () => {
    await company.turnExpense(false);
    const states = await statesUntilVerified(
      'expense-approver',
      async () => {
        await approve('ines.aubry', await request('expense-approver', 'ADD'));
        const waiting = await waitFor(
          async () => {
            const { provisioningOrders } = await company.ask<{
              provisioningOrders: {
                nodes: readonly { nextAttemptAt: string | null; error: { code: string; message: string } | null }[];
              };
            }>(
              'omar.benali',
              'query($id: ID!) { provisioningOrders(first: 5, filter: { state: [PENDING], identityId: { eq: $id } }) { nodes { nextAttemptAt error { code message } } } }',
              { id: camille },
            );
            return provisioningOrders.nodes.find((node) => node.error !== null && node.nextAttemptAt !== null) ?? null;
          },
          { what: 'the waiting order names its reason and its next try', deadlineMs: 20_000 },
        );
        expect(waiting.error?.code).toBe('UNREACHABLE');
        await company.turnExpense(true);
      },
      60_000,
    );
    expect(states.at(-1)).toBe('VERIFIED');
  }, 120_000);

  test('moves the accounts of a person whose department changed, and finds nothing to do the second time', async () => {
    const before = (await company.readExpense()).split('\n').filter((line) => line.includes(',LEG,')).length;
    await company.editHr((text) => text.replace(/^(camille\.roy,.*),FIN,/m, '$1,LEG,'));
    expect((await runToEnd(company, 'complete')).state).toBe('COMPLETED');
    expect((await company.readExpense()).split('\n').filter((line) => line.includes(',LEG,')).length).toBe(before + 1);
    const second = await runToEnd(company, 'complete');
    const { provisioningOrders } = await company.ask<{ provisioningOrders: { totalCount: number } }>(
      'omar.benali',
      'query($id: ID!) { provisioningOrders(filter: { jobExecutionId: { eq: $id } }) { totalCount } }',
      { id: second.id },
    );
    expect([second.state, provisioningOrders.totalCount]).toEqual(['COMPLETED', 0]);
  }, 180_000);

  test('joins a repeated computation to the first by its key', async () => {
    const start = () =>
      company.ask<{ roleModelCompute: { jobExecution: { id: string } } }>(
        'omar.benali',
        'mutation($k: String!) { roleModelCompute(input: { dryRun: false, fulfill: true }) @idempotent(key: $k) { jobExecution { id } userErrors { code message } } }',
        { k: `journey-${backend}-1` },
      );
    const [first, second] = [await start(), await start()];
    expect(second.roleModelCompute.jobExecution.id).toBe(first.roleModelCompute.jobExecution.id);
    expect((await endOf(company, first.roleModelCompute.jobExecution.id)).state).toBe('COMPLETED');
  }, 90_000);
});
