// What the streams of assignments, orders and executions show of an event: its states, not those the row has by now.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { roleAssignmentId } from '../../src/domain/assignment.js';
import type { Fact } from '../../src/domain/event.js';
import { appendFacts } from '../../src/store/event.js';
import { sequencerLeadership } from '../../src/store/leadership.js';
import { jobExecutionViews } from '../../src/store/views/job-execution.js';
import { orderViews } from '../../src/store/views/provisioning-order.js';
import { startSequencer } from '../../src/workers/sequencer.js';
import type { Stoppable } from '../../src/workers/stoppable.js';
import { addResource, type Listener, listen, rowIdOf, type ServedCompany, serveCompany } from '../server/company.js';
import { waitFor } from '../support/wait-for.js';
import { quiet } from '../support/execution-world.js';

let company: ServedCompany;
let sequencer: Stoppable;
let camille: string;

beforeAll(async () => {
  company = await serveCompany({
    ports: (database, models) => ({
      orders: orderViews(database, models),
      jobExecutions: jobExecutionViews(database),
    }),
  });
  sequencer = startSequencer({ sequencers: sequencerLeadership(company.database), log: quiet });
  camille = await rowIdOf(company.database, 'camille.roy');
});
afterAll(async () => {
  await sequencer.stop();
  await company.stop();
});

const append = (...facts: readonly Fact[]) => company.database.transaction((sql) => appendFacts(sql, facts));

async function watch<Item>(person: string, field: string, selection: string, filter = ''): Promise<Listener<Item>> {
  const position = await company.ports.feed.lastPosition();
  const after = Buffer.from(`s1.${position}`).toString('base64url');
  const query = `subscription { ${field}(after: "${after}"${filter}) { __typename ${selection} } }`;
  return listen<Item>(company.server.url, await company.token(person), query, field);
}

describe('the stream of assignments', () => {
  interface Item {
    readonly previousProvisioningState: string | null;
    readonly assignment: {
      readonly __typename: string;
      readonly id: string;
      readonly provisioningState: string;
      readonly workflowState: string;
    };
  }
  const selection =
    '... on AssignmentChanged { previousProvisioningState assignment { __typename id provisioningState workflowState identity { identifier } } }';
  const change = (
    from: 'PENDING' | 'EXECUTED' | 'NONE',
    to: 'PENDING' | 'EXECUTED' | 'VERIFIED',
    role = 'expense-approver',
  ): Fact => ({
    kind: 'AssignmentChanged',
    identityId: camille,
    assignments: [
      {
        kind: 'role',
        assignmentId: roleAssignmentId(camille, role),
        identityId: camille,
        subject: role,
        workflowState: 'APPROVED',
        previousWorkflowState: 'APPROVED',
        provisioningState: to,
        previousProvisioningState: from,
      },
    ],
  });
  const watchAssignments = (person: string, filter = '') => watch<Item>(person, 'assignmentChanged', selection, filter);

  beforeAll(async () => {
    await company.database.query(
      `insert into role_assignment (identity_id, role, workflow_state) values ($1, 'expense-approver', 'APPROVED')`,
      [camille],
    );
  });

  it('shows every state that was passed through', async () => {
    const stream = await watchAssignments('camille.roy');
    await append(change('NONE', 'PENDING'), change('PENDING', 'EXECUTED'), change('EXECUTED', 'VERIFIED'));
    await waitFor(() => stream.items.length === 3, { what: 'three changes' });
    await stream.stop();
    expect(
      stream.items.map(({ previousProvisioningState, assignment }) => [
        previousProvisioningState,
        assignment.provisioningState,
      ]),
    ).toEqual([
      ['NONE', 'PENDING'],
      ['PENDING', 'EXECUTED'],
      ['EXECUTED', 'VERIFIED'],
    ]);
    expect(stream.items[0]?.assignment).toMatchObject({ __typename: 'RoleAssignment', workflowState: 'APPROVED' });
  });

  it('keeps what the filter asks of the event', async () => {
    const stream = await watchAssignments(
      'camille.roy',
      ', filter: { not: { provisioningState: [PENDING] }, roleId: { eq: "rol_expense-approver" } }',
    );
    await append(change('NONE', 'PENDING'), change('PENDING', 'EXECUTED'), change('EXECUTED', 'VERIFIED'));
    await waitFor(() => stream.items.length >= 2, { what: 'two changes' });
    await stream.stop();
    expect(stream.items.map(({ assignment }) => assignment.provisioningState)).toEqual(['EXECUTED', 'VERIFIED']);
  });

  it('shows the end of a right that left no row, to whom the right was shown', async () => {
    const [own, manager, colleague, auditor] = await Promise.all(
      ['camille.roy', 'ines.aubry', 'paul.martin', 'omar.benali'].map((person) => watchAssignments(person)),
    );
    const ended: Fact = change('EXECUTED', 'VERIFIED', 'expense-user');
    await append({
      ...ended,
      assignments:
        ended.assignments?.map((one) => ({
          ...one,
          workflowState: 'INACTIVE',
          previousWorkflowState: 'CANCELLATION',
        })) ?? [],
    });
    await append(change('NONE', 'PENDING'));
    for (const stream of [own, manager, auditor]) {
      await waitFor(() => stream?.items.length === 2, { what: 'both changes' });
      expect(stream?.items[0]?.assignment).toEqual({
        __typename: 'RoleAssignment',
        id: expect.stringContaining('expense-user'),
        provisioningState: 'VERIFIED',
        workflowState: 'INACTIVE',
        identity: { identifier: 'camille.roy' },
      });
    }
    expect(colleague?.items).toEqual([]);
    for (const stream of [own, manager, colleague, auditor]) await stream?.stop();
  });
});

describe('the stream of orders', () => {
  it('shows the state of each event', async () => {
    interface Item {
      readonly previousState: string | null;
      readonly order: { readonly state: string; readonly kind: string };
    }
    const account = await addResource(company.database, 'expenseLine', 'camille.roy', { login: 'camille.roy' });
    await company.database.query(
      `insert into provisioning_order (id, assignment_id, identity_id, resource_type, connection, target, kind, delta, expected_hash, state, desired_version)
       values ($1, gen_random_uuid(), $2, 'expense-account', 'expense-file', '*', 'UPDATE', $3, '', 'VERIFIED', 1)`,
      [account, camille, JSON.stringify({ kind: 'UPDATE', key: 'camille.roy', scalars: [], links: [] })],
    );
    const step = (
      previousState: 'PENDING' | 'EXECUTED' | null,
      state: 'PENDING' | 'EXECUTED' | 'VERIFIED',
      kind: Fact['kind'],
    ): Fact => ({
      kind,
      identityId: camille,
      orders: [
        {
          orderId: account,
          resourceType: 'expense-account',
          connection: 'expense-file',
          identityId: camille,
          previousState,
          state,
        },
      ],
    });
    const stream = await watch<Item>(
      'camille.roy',
      'provisioningOrderChanged',
      '... on ProvisioningOrderChanged { previousState order { state kind } }',
      ', filter: { state: [PENDING, EXECUTED] }',
    );
    await append(
      step(null, 'PENDING', 'OrderCreated'),
      step('PENDING', 'EXECUTED', 'OrderExecuted'),
      step('EXECUTED', 'VERIFIED', 'OrderVerified'),
      step('PENDING', 'PENDING', 'OrderRetrying'),
    );
    await waitFor(() => stream.items.length >= 3, { what: 'three changes' });
    await stream.stop();
    expect(stream.items.map(({ previousState, order }) => [previousState, order.state])).toEqual([
      [null, 'PENDING'],
      ['PENDING', 'EXECUTED'],
      ['PENDING', 'PENDING'],
    ]);
  });
});

describe('the figures beside a list', () => {
  it('count the whole list by state, worst first', async () => {
    await company.database.query(
      `insert into provisioning_order (id, assignment_id, identity_id, resource_type, connection, target, kind, delta, expected_hash, state, desired_version)
       select gen_random_uuid(), gen_random_uuid(), $1, 'expense-account', 'expense-file', '*', 'UPDATE', $2, '', state, 1 from unnest(array['ERRORED', 'INACTIVE', 'ERRORED']) state`,
      [camille, JSON.stringify({ kind: 'UPDATE', key: 'camille.roy', scalars: [], links: [] })],
    );
    const { body } = await company.post(
      'camille.roy',
      `{ provisioningOrders(first: 1, filter: { state: [ERRORED, INACTIVE] }) { totalCount countsByState { state count } }
         identity(identifier: "camille.roy") { assignments { totalCount countsByProvisioningState { state count } } } }`,
    );
    expect(body).toMatchObject({
      data: {
        provisioningOrders: {
          totalCount: 3,
          countsByState: [
            { state: 'ERRORED', count: 2 },
            { state: 'INACTIVE', count: 1 },
          ],
        },
        identity: {
          assignments: { totalCount: 1, countsByProvisioningState: [{ state: expect.any(String), count: 1 }] },
        },
      },
    });
  });
});

describe('the stream of executions', () => {
  interface Item {
    readonly cursor: string;
    readonly jobExecution: { readonly state: string };
  }
  const selection = '... on JobExecutionChanged { cursor jobExecution { state } }';

  async function makeExecution(state: 'RUNNING' | 'COMPLETED' = 'COMPLETED'): Promise<string> {
    const { rows } = await company.database.query<{ id: string }>(
      `insert into job_execution (id, job, state, trigger, launched_by, scope_digest, finished_at)
       values (gen_random_uuid(), null, $1, 'API', 'service:ci-script', 'd', case when $1 = 'COMPLETED' then now() end) returning id`,
      [state],
    );
    return rows[0]?.id ?? '';
  }
  const endExecution = (id: string) =>
    company.database.query(`update job_execution set state = 'COMPLETED', finished_at = now() where id = $1`, [id]);

  it('merges progress, and never a change of state', async () => {
    const executionId = await makeExecution('RUNNING');
    const changed = (detail: Fact['detail']): Fact => ({
      kind: 'JobExecutionChanged',
      executionId,
      ...(detail ? { detail } : {}),
    });
    const stream = await watch<Item>(
      'omar.benali',
      'jobExecutionChanged',
      selection,
      `, id: "exe_${executionId.replaceAll('-', '')}"`,
    );
    await append(changed({ previousState: 'QUEUED', state: 'RUNNING' }));
    for (let tick = 0; tick < 50; tick += 1) {
      await append(changed({ progress: [{ done: tick }] }), changed({ taskId: 'x', taskState: 'RUNNING' }));
    }
    await waitFor(() => stream.items.length >= 2, { what: 'progress' });
    await append(changed({ taskId: 'x', taskState: 'COMPLETED' }));
    await endExecution(executionId);
    await append(changed({ previousState: 'RUNNING', state: 'COMPLETED' }));
    await waitFor(() => stream.items.some(({ jobExecution }) => jobExecution.state === 'COMPLETED'), {
      what: 'the end',
    });
    await stream.stop();
    const states = stream.items.map(({ jobExecution }) => jobExecution.state);
    expect(states.filter((state) => state === 'COMPLETED')).toHaveLength(1);
    expect(states.at(-1)).toBe('COMPLETED');
    // A hundred and one steps within a moment.
    expect(stream.items.length).toBeLessThan(10);
    const positions = stream.items.map(({ cursor }) =>
      Number(Buffer.from(cursor, 'base64url').toString().split('.')[1]),
    );
    expect(positions).toEqual(positions.toSorted((left, right) => left - right));
  });

  it('shows the end once, and none of the progress that the end has overtaken', async () => {
    const executionId = await makeExecution('COMPLETED');
    const changed = (detail: Fact['detail']): Fact => ({
      kind: 'JobExecutionChanged',
      executionId,
      ...(detail ? { detail } : {}),
    });
    const stream = await watch<Item>('omar.benali', 'jobExecutionChanged', selection);
    await append(changed({ previousState: 'QUEUED', state: 'RUNNING' }));
    await append(changed({ taskId: 'x', taskState: 'COMPLETED' }));
    await waitFor(() => stream.items.length === 1, { what: 'the beginning' });
    await append(changed({ previousState: 'RUNNING', state: 'COMPLETED' }));
    await waitFor(() => stream.items.length >= 2, { what: 'the end' });
    await stream.stop();
    expect(stream.items.map(({ jobExecution }) => jobExecution.state)).toEqual(['RUNNING', 'COMPLETED']);
  });

  it('is shown to those who may see jobs', async () => {
    const executionId = await makeExecution();
    const [employee, operator] = await Promise.all(
      ['camille.roy', 'omar.benali'].map((person) => watch<Item>(person, 'jobExecutionChanged', selection)),
    );
    await append({ kind: 'JobExecutionChanged', executionId, detail: { previousState: 'RUNNING', state: 'WARNING' } });
    await waitFor(() => operator?.items.length === 1, { what: 'the change' });
    expect(operator?.items[0]?.jobExecution.state).toBe('WARNING');
    expect(employee?.items).toEqual([]);
    await Promise.all([employee?.stop(), operator?.stop()]);
  });
});
