// Requests from submission to the computation they start, on a real database: rules, deciders, races, and what is left in the rows.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ApprovalDecision } from '../../src/domain/approval.js';
import { requestNumber } from '../../src/store/request-row.js';
import { advanceRequests } from '../../src/store/request-progress.js';
import { cancelRequest } from '../../src/steps/cancel-request.js';
import type { LoadedRequest, RequestStore } from '../../src/steps/ports/request.js';
import { reviewRequests } from '../../src/steps/review-request.js';
import { type SubmitInput, submitRequest } from '../../src/steps/submit-request.js';
import { type Company, openCompany } from './request-fixture.js';

let company: Company;
beforeAll(async () => {
  company = await openCompany();
});
afterAll(() => company.close());
beforeEach(() =>
  company.database.query(
    `truncate assignment_request, request_item, approval, role_assignment, identity_state, resource_assignment, dirty_identity, outbox, event, audit_entry`,
  ),
);

const add = (role: string, changes: object = {}) => ({
  action: 'ADD' as const,
  role,
  startDate: null,
  endDate: null,
  parameters: null,
  ...changes,
});

async function submit(who: string, items: SubmitInput['items'], beneficiary = who, isDryRun = false) {
  return submitRequest(company.ports, await company.actor(who), {
    beneficiaryId: company.id(beneficiary),
    items,
    justification: 'for work',
    isDryRun,
  });
}

async function submitted(who: string, items: SubmitInput['items'], beneficiary = who): Promise<string> {
  const decision = await submit(who, items, beneficiary);
  if (!decision.ok) throw new Error(decision.refusals[0]?.message);
  return decision.value.kind === 'request' ? decision.value.requestId : '';
}

async function review(
  who: string,
  requestId: string,
  decision: ApprovalDecision = 'APPROVED',
  seenDigest: string | null = null,
) {
  return reviewRequests(company.ports, await company.actor(who), [{ requestId, decision, comment: null, seenDigest }]);
}

async function load(requestId: string): Promise<LoadedRequest> {
  const found = await company.ports.requests.load(requestId);
  if (found === null) throw new Error('no such request');
  return found;
}

const rows = async <Row>(text: string, ...parameters: readonly unknown[]): Promise<readonly Row[]> =>
  (await company.database.query<Row>(text, parameters)).rows;
const assignments = () =>
  rows<{ role: string; workflow_state: string; approval_step: number | null }>(
    'select role, workflow_state, approval_step from role_assignment order by role',
  );
const facts = async () => (await rows<{ kind: string }>('select kind from event order by id')).map(({ kind }) => kind);

describe('a request without approval', () => {
  test('is approved at once and starts the computation of its person', async () => {
    const requestId = await submitted('camille.roy', [add('expense-user')]);
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED', items: [{ state: 'APPROVED' }], approvals: [] });
    expect(await assignments()).toEqual([{ role: 'expense-user', workflow_state: 'APPROVED', approval_step: null }]);
    expect(await rows('select identity_id from dirty_identity')).toEqual([{ identity_id: company.id('camille.roy') }]);
    expect(await rows('select queue, name, job_id, row_id from outbox')).toEqual([
      { queue: 'compute', name: 'identities', job_id: `${requestId}-v1`, row_id: company.id('camille.roy') },
    ]);
    expect(await facts()).toEqual(['RequestSubmitted', 'AssignmentChanged']);
    expect(await rows('select actor, action, subject from audit_entry')).toEqual([
      {
        actor: `identity:${company.id('camille.roy')}`,
        action: 'request.submit',
        subject: `req_${requestId.replaceAll('-', '')}`,
      },
    ]);
  });
});

describe('a request with approvals', () => {
  test('waits for the manager, shows the pending assignment, and takes effect when approved', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    expect(await load(requestId)).toMatchObject({
      state: 'PENDING_APPROVAL',
      approvals: [
        { step: 1, stepCount: 1, candidates: [company.id('ines.aubry')], rule: 'approval.manager', decision: null },
      ],
    });
    expect(await assignments()).toEqual([
      { role: 'expense-approver', workflow_state: 'PENDING_APPROVAL', approval_step: 1 },
    ]);
    expect(await rows('select from dirty_identity')).toHaveLength(0);

    expect(await review('ines.aubry', requestId)).toEqual({ requestIds: [requestId], refusals: [] });
    expect(await load(requestId)).toMatchObject({
      state: 'APPROVED',
      approvals: [{ decision: 'APPROVED', decidedBy: company.id('ines.aubry') }],
    });
    expect(await assignments()).toEqual([
      { role: 'expense-approver', workflow_state: 'APPROVED', approval_step: null },
    ]);
    expect(await rows('select from dirty_identity')).toHaveLength(1);
    expect(await facts()).toEqual(['RequestSubmitted', 'AssignmentChanged', 'RequestApproved', 'AssignmentChanged']);
  });

  test('takes two people, one after the other', async () => {
    const requestId = await submitted('camille.roy', [add('crm-editor')]);
    expect(await review('paul.martin', requestId)).toMatchObject({
      requestIds: [],
      refusals: [{ code: 'FORBIDDEN', rule: 'approval.candidate' }],
    });
    expect(await review('ines.aubry', requestId)).toMatchObject({ refusals: [] });
    expect(await load(requestId)).toMatchObject({ state: 'PENDING_APPROVAL' });
    expect(await assignments()).toMatchObject([{ workflow_state: 'PENDING_APPROVAL', approval_step: 2 }]);
    expect(await review('paul.martin', requestId)).toMatchObject({ refusals: [] });
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED' });
    expect(await rows('select action from audit_entry order by id')).toMatchObject([
      { action: 'request.submit' },
      { action: 'request.review' },
      { action: 'request.review' },
    ]);
  });

  test('leaves no assignment behind when it is declined', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    await review('ines.aubry', requestId, 'DECLINED');
    expect(await load(requestId)).toMatchObject({ state: 'DECLINED', items: [{ state: 'DECLINED' }] });
    expect(await assignments()).toEqual([]);
    expect(
      await rows(
        `select body -> 'assignments' -> 0 ->> 'workflowState' as shown from event where kind = 'AssignmentChanged' order by id desc limit 1`,
      ),
    ).toEqual([{ shown: 'DECLINED' }]);
    expect(await rows('select from outbox')).toHaveLength(0);
  });

  test('stays open when it is postponed', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    await review('ines.aubry', requestId, 'POSTPONED');
    expect(await load(requestId)).toMatchObject({ state: 'PENDING_APPROVAL', approvals: [{ decision: 'POSTPONED' }] });
    expect(await review('ines.aubry', requestId)).toMatchObject({ refusals: [] });
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED' });
  });
});

describe('self-approval', () => {
  test('is refused to the requester who is the beneficiary’s manager; her own manager decides', async () => {
    const requestId = await submitted('ines.aubry', [add('expense-approver')], 'camille.roy');
    expect(await review('ines.aubry', requestId)).toMatchObject({
      requestIds: [],
      refusals: [
        {
          code: 'SELF_APPROVAL_FORBIDDEN',
          rule: 'approval.not-the-requester',
          field: ['input', 'items', '0', 'assignmentRequestId'],
        },
      ],
    });
    expect(await load(requestId)).toMatchObject({
      state: 'PENDING_APPROVAL',
      approvals: [{ candidates: [company.id('zoe.klein')], rule: 'approval.managers-of-approvers' }],
    });
    expect(await review('zoe.klein', requestId)).toMatchObject({ refusals: [] });
  });

  test('is refused to the beneficiary', async () => {
    const requestId = await submitted('ines.aubry', [add('expense-approver')], 'camille.roy');
    expect(await review('camille.roy', requestId)).toMatchObject({
      refusals: [{ code: 'SELF_APPROVAL_FORBIDDEN', rule: 'approval.not-the-beneficiary' }],
    });
  });

  test('is refused to the owner of the role who asks for it', async () => {
    const requestId = await submitted('paul.martin', [add('crm-editor')]);
    const { approvals } = await load(requestId);
    expect(approvals.map(({ candidates }) => candidates)).toEqual([
      [company.id('zoe.klein')],
      [company.id('omar.benali')],
    ]);
    expect(await review('paul.martin', requestId)).toMatchObject({ refusals: [{ code: 'SELF_APPROVAL_FORBIDDEN' }] });
  });

  test('is refused to one person twice', async () => {
    const requestId = await submitted('camille.roy', [add('either')]);
    expect(await review('ines.aubry', requestId)).toMatchObject({ refusals: [] });
    expect(await review('ines.aubry', requestId)).toMatchObject({
      requestIds: [],
      refusals: [{ code: 'SEGREGATION_OF_DUTIES', rule: 'approval.two-people' }],
    });
    expect(await review('zoe.klein', requestId)).toMatchObject({ refusals: [] });
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED' });
  });

  test('is refused to an administrator who is not asked', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    expect(await review('ada.lindqvist', requestId)).toMatchObject({
      refusals: [{ code: 'FORBIDDEN', rule: 'approval.candidate' }],
    });
  });
});

describe('what is refused', () => {
  test.each([
    ['a role nobody knows', add('nothing'), 'NOT_FOUND', 'roleId'],
    ['a role that cannot be requested', add('crm-auditor'), 'NOT_REQUESTABLE', 'roleId'],
    [
      'an end before the start',
      add('expense-user', { startDate: '2031-06-02', endDate: '2031-06-01' }),
      'DATE_ORDER',
      'endDate',
    ],
    [
      'the removal of what is not held',
      { ...add('expense-user'), action: 'REMOVE' as const },
      'STATE_CONFLICT',
      'roleId',
    ],
  ])('%s, and nothing is written', async (_name, item, code, field) => {
    expect(await submit('camille.roy', [item])).toMatchObject({
      ok: false,
      refusals: [{ code, field: ['input', 'items', '0', field] }],
    });
    expect(
      await rows('select from assignment_request union all select from event union all select from audit_entry'),
    ).toHaveLength(0);
  });

  test('a request for somebody who is no report', async () => {
    expect(await submit('camille.roy', [add('expense-user')], 'paul.martin')).toMatchObject({
      ok: false,
      refusals: [{ code: 'FORBIDDEN', rule: 'permission.request.submit' }],
    });
    expect(await submit('omar.benali', [add('expense-user')], 'paul.martin')).toMatchObject({ ok: true });
  });

  test('what is held by a request, what is asked for already, and what a rule gives', async () => {
    await submitted('camille.roy', [add('expense-user'), add('expense-approver')]);
    expect(await submit('camille.roy', [add('expense-user'), add('expense-approver')])).toMatchObject({
      ok: false,
      refusals: [{ code: 'ALREADY_ASSIGNED' }, { code: 'STATE_CONFLICT', rule: 'request.one-at-a-time' }],
    });
    await compute('lea.stone', [['expense-user', 'rule:everybody']]);
    expect(await submit('lea.stone', [add('expense-user')])).toMatchObject({
      ok: false,
      refusals: [{ code: 'ALREADY_ASSIGNED', message: expect.stringContaining('everybody') }],
    });
    expect(await submit('lea.stone', [{ ...add('expense-user'), action: 'REMOVE' }])).toMatchObject({
      ok: false,
      refusals: [{ rule: 'request.remove.given-by-rule' }],
    });
  });

  test('a decision on something else than was seen', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    expect(await review('ines.aubry', requestId, 'APPROVED', 'another')).toMatchObject({
      refusals: [{ code: 'STALE_VERSION', field: ['input', 'items', '0', 'seenDigest'] }],
    });
    expect(await review('ines.aubry', requestId, 'APPROVED', (await load(requestId)).digest)).toMatchObject({
      refusals: [],
    });
  });

  test('a decision after the roles changed their meaning; earlier decisions are void', async () => {
    const requestId = await submitted('camille.roy', [add('crm-editor')]);
    await review('ines.aubry', requestId);
    const { digest } = await load(requestId);
    company.configure((present) => ({
      ...present,
      navigationRules: [
        {
          identifier: 'n',
          policy: 'default',
          when: null,
          resourceType: 'crm',
          property: 'groups',
          role: 'crm-editor',
          target: 'owners',
        },
      ],
    }));
    expect(await review('paul.martin', requestId, 'APPROVED', digest)).toMatchObject({
      requestIds: [],
      refusals: [{ code: 'STALE_VERSION', rule: 'approval.as-meant' }],
    });
    expect(await load(requestId)).toMatchObject({
      state: 'PENDING_APPROVAL',
      approvals: [{ decision: null }, { decision: null }],
    });
    expect((await load(requestId)).digest).not.toBe(digest);
    await review('ines.aubry', requestId);
    await review('paul.martin', requestId);
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED' });
    company.configure((present) => ({ ...present, navigationRules: [] }));
  });

  test('a list in parts: what is refused carries its index, the rest is done', async () => {
    const first = await submitted('camille.roy', [add('expense-approver')]);
    const actor = await company.actor('ines.aubry');
    const one = { decision: 'APPROVED' as const, comment: null, seenDigest: null };
    const result = await reviewRequests(company.ports, actor, [
      { ...one, requestId: null },
      { ...one, requestId: first },
      { ...one, requestId: first },
    ]);
    expect(result).toMatchObject({
      requestIds: [first],
      refusals: [
        { code: 'NOT_FOUND', field: ['input', 'items', '0', 'assignmentRequestId'] },
        { code: 'STATE_CONFLICT', field: ['input', 'items', '2', 'assignmentRequestId'] },
      ],
    });
    const many = Array.from({ length: 101 }, () => ({ ...one, requestId: first }));
    expect(await reviewRequests(company.ports, actor, many)).toMatchObject({ refusals: [{ code: 'LIMIT_EXCEEDED' }] });
  });

  test('a decision of a request that the actor may not even see, as if there were none', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    expect(await review('lea.stone', requestId)).toMatchObject({ refusals: [{ code: 'NOT_FOUND' }] });
  });

  test('a dry run writes nothing and asks for a plan', async () => {
    expect(await submit('camille.roy', [add('expense-approver')], 'camille.roy', true)).toEqual({
      ok: true,
      value: { kind: 'plan', planId: 'plan' },
    });
    expect(company.planned.at(-1)).toEqual([
      {
        identityId: company.id('camille.roy'),
        role: 'expense-approver',
        action: 'ADD',
        startDate: null,
        endDate: null,
      },
    ]);
    expect(await rows('select from assignment_request')).toHaveLength(0);
  });
});

/** What the computation would leave: roles with their reasons, and no identity waiting. */
async function compute(key: string, held: readonly (readonly [string, string])[]): Promise<void> {
  await company.database.query(
    `insert into identity_state (identity_id, roles, reasons, input_hash, configuration_version, computed_at) values ($1, $2, $3, 'h', 1, now())
     on conflict (identity_id) do update set roles = excluded.roles, reasons = excluded.reasons`,
    [company.id(key), held.map(([name]) => name), held.map(([, reason]) => reason)],
  );
  await company.database.query('delete from dirty_identity where identity_id = $1', [company.id(key)]);
}

async function account(key: string, state: string, pendingRoles: readonly string[]): Promise<void> {
  await company.database.query(
    `insert into resource_assignment (id, identity_id, resource_type, resource_key, is_due, expected, expected_hash, workflow_state, provisioning_state, pending_roles)
     values (gen_random_uuid(), $1, 'expense-account', $2, true, '{}', 'h', 'CALCULATED', $3, $4)
     on conflict (identity_id, resource_type) do update set provisioning_state = excluded.provisioning_state, pending_roles = excluded.pending_roles`,
    [company.id(key), key, state, pendingRoles],
  );
}

const advance = (key: string) => company.database.transaction((sql) => advanceRequests(sql, [company.id(key)]));

async function granted(): Promise<{ readonly requestId: string; readonly itemId: string }> {
  const requestId = await submitted('camille.roy', [add('expense-approver')]);
  await review('ines.aubry', requestId);
  return { requestId, itemId: (await load(requestId)).items[0]?.id ?? '' };
}

describe('progress', () => {
  test('follows the assignment from approved to completed', async () => {
    const { requestId, itemId } = await granted();
    await advance('camille.roy');
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED' });
    await compute('camille.roy', [['expense-approver', `request:${itemId}`]]);
    await account('camille.roy', 'PENDING', ['expense-approver']);
    await advance('camille.roy');
    expect(await load(requestId)).toMatchObject({ state: 'PROVISIONING' });
    await account('camille.roy', 'ERRORED', ['expense-approver']);
    await advance('camille.roy');
    expect(await load(requestId)).toMatchObject({ state: 'FAILED' });
    await account('camille.roy', 'VERIFIED', []);
    await advance('camille.roy');
    expect(await load(requestId)).toMatchObject({ state: 'COMPLETED' });
    expect((await facts()).filter((kind) => kind === 'RequestAdvanced')).toHaveLength(3);
    await advance('camille.roy');
    expect((await facts()).filter((kind) => kind === 'RequestAdvanced')).toHaveLength(3);
  });

  test('lets two settlements at once end in completed', async () => {
    const requestId = await submitted('camille.roy', [add('expense-user'), add('expense-approver')]);
    await review('ines.aubry', requestId);
    const [first, second] = (await load(requestId)).items;
    await compute('camille.roy', [
      ['expense-user', `request:${first?.id}`],
      ['expense-approver', `request:${second?.id}`],
    ]);
    await account('camille.roy', 'EXECUTED', ['expense-user', 'expense-approver']);
    await advance('camille.roy');
    const settle = (left: string, right: string) =>
      company.database.transaction(async (sql) => {
        await sql.query(
          'update resource_assignment set pending_roles = array_remove(array_remove(pending_roles, $1), $2)',
          [left, right],
        );
        await advanceRequests(sql, [company.id('camille.roy')]);
      });
    await Promise.all([settle('expense-user', ''), settle('expense-approver', '')]);
    expect(await load(requestId)).toMatchObject({
      state: 'COMPLETED',
      items: [{ state: 'COMPLETED' }, { state: 'COMPLETED' }],
    });
  });

  test('of a removal keeps what is held visible until it is approved, and ends when the row is gone', async () => {
    const { requestId, itemId } = await granted();
    await compute('camille.roy', [['expense-approver', `request:${itemId}`]]);
    await advance('camille.roy');
    expect(await load(requestId)).toMatchObject({ state: 'COMPLETED' });
    const removal = await submitted('camille.roy', [{ ...add('expense-approver'), action: 'REMOVE' }]);
    expect(await assignments()).toMatchObject([{ workflow_state: 'APPROVED' }]);
    await review('ines.aubry', removal);
    expect(await assignments()).toMatchObject([{ workflow_state: 'CANCELLATION' }]);
    await compute('camille.roy', []);
    await account('camille.roy', 'PENDING', ['expense-approver']);
    await advance('camille.roy');
    expect(await load(removal)).toMatchObject({ state: 'PROVISIONING' });
    await company.database.query('delete from role_assignment');
    await account('camille.roy', 'VERIFIED', []);
    await advance('camille.roy');
    expect(await load(removal)).toMatchObject({ state: 'COMPLETED' });
  });

  test('costs one statement for a batch without open requests', async () => {
    let statements = 0;
    const counting = {
      query: (...given: Parameters<Company['database']['query']>) => {
        statements += 1;
        return company.database.query(...given);
      },
    };
    await advanceRequests(
      counting as Company['database'],
      Object.keys(company).map(() => company.id('camille.roy')),
    );
    expect(statements).toBe(1);
  });
});

describe('cancelling', () => {
  const cancel = async (who: string, requestId: string) =>
    cancelRequest(company.ports, await company.actor(who), { requestId, reason: 'no need' });

  test('takes an undecided request back without a trace in the assignments', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    expect(await cancel('camille.roy', requestId)).toEqual({ ok: true, value: requestId });
    expect(await load(requestId)).toMatchObject({ state: 'CANCELED' });
    expect(await assignments()).toEqual([]);
    expect(await review('ines.aubry', requestId)).toMatchObject({ refusals: [{ code: 'STATE_CONFLICT' }] });
  });

  test('takes an approved addition away again, and gives an approved removal back', async () => {
    const { requestId } = await granted();
    await cancel('camille.roy', requestId);
    expect(await assignments()).toMatchObject([{ workflow_state: 'CANCELLATION' }]);
    await company.database.query(`update role_assignment set workflow_state = 'APPROVED'`);
    const removal = await submitted('camille.roy', [{ ...add('expense-approver'), action: 'REMOVE' }]);
    await review('ines.aubry', removal);
    expect(await assignments()).toMatchObject([{ workflow_state: 'CANCELLATION' }]);
    await cancel('camille.roy', removal);
    expect(await assignments()).toMatchObject([{ workflow_state: 'APPROVED' }]);
  });

  test('is the requester’s, not the beneficiary’s; administrators may', async () => {
    const requestId = await submitted('ines.aubry', [add('expense-approver')], 'camille.roy');
    expect(await cancel('camille.roy', requestId)).toMatchObject({ ok: false, refusals: [{ code: 'FORBIDDEN' }] });
    expect(await cancel('lea.stone', requestId)).toMatchObject({ ok: false, refusals: [{ code: 'NOT_FOUND' }] });
    expect(await cancel('ada.lindqvist', requestId)).toMatchObject({ ok: true });
  });

  test('is refused once a managed system holds the change', async () => {
    const { requestId, itemId } = await granted();
    await compute('camille.roy', [['expense-approver', `request:${itemId}`]]);
    await account('camille.roy', 'EXECUTED', ['expense-approver']);
    await advance('camille.roy');
    expect(await cancel('camille.roy', requestId)).toMatchObject({
      ok: false,
      refusals: [{ code: 'STATE_CONFLICT', rule: 'request.cancel-before-executed' }],
    });
  });
});

describe('two at the same time', () => {
  /** Lets both callers load before either commits; `heed: false` is the control: commits name whatever is there by then. */
  function together(heed: boolean): RequestStore {
    const { requests } = company.ports;
    let waiting: (() => void)[] = [];
    const both = () =>
      new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length < 2) return;
        for (const go of waiting) go();
        waiting = [];
      });
    let isFirst = 0;
    return {
      ...requests,
      review: async (commit) => {
        isFirst += 1;
        if (isFirst <= 2) await both();
        if (heed) return requests.review(commit);
        for (;;) {
          const { version, state } = await load(commit.request.id);
          if (await requests.review({ ...commit, request: { ...commit.request, version, state } })) return true;
        }
      },
    };
  }

  async function race(heed: boolean) {
    const requestId = await submitted('camille.roy', [add('either')]);
    const ports = { ...company.ports, requests: together(heed) };
    const decide = async (who: string) =>
      reviewRequests(ports, await company.actor(who), [
        { requestId, decision: 'APPROVED', comment: null, seenDigest: null },
      ]);
    const results = await Promise.all([decide('ines.aubry'), decide('ines.aubry')]);
    return { requestId, results };
  }

  test('one person cannot fill two steps by deciding twice at once', async () => {
    const { requestId, results } = await race(true);
    expect(results.flatMap(({ requestIds }) => requestIds)).toEqual([requestId]);
    expect(results.flatMap(({ refusals }) => refusals)).toMatchObject([{ rule: 'approval.two-people' }]);
    expect(await rows(`select from audit_entry where action = 'request.review'`)).toHaveLength(1);
  });

  test('control: without comparing versions, both decisions count', async () => {
    const { results } = await race(false);
    expect(results.flatMap(({ requestIds }) => requestIds)).toHaveLength(2);
    expect(await rows(`select from audit_entry where action = 'request.review'`)).toHaveLength(2);
  });

  test('two people deciding both steps at once both succeed, one after the other', async () => {
    const requestId = await submitted('camille.roy', [add('either')]);
    const results = await Promise.all([review('ines.aubry', requestId), review('zoe.klein', requestId)]);
    expect(results.flatMap(({ refusals }) => refusals)).toEqual([]);
    expect(await load(requestId)).toMatchObject({ state: 'APPROVED' });
    expect(new Set((await load(requestId)).approvals.map(({ decidedBy }) => decidedBy)).size).toBe(2);
  });

  test('of twenty equal requests at once one is made', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, () => submit('camille.roy', [add('expense-approver')])),
    );
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(
      results
        .flatMap((result) => (result.ok ? [] : result.refusals))
        .every(({ rule }) => rule === 'request.one-at-a-time' || rule === 'request.unmoved'),
    ).toBe(true);
    expect(await rows('select from assignment_request')).toHaveLength(1);
  });
});

describe('who sees what', () => {
  const list = async (key: string, filter: object | null = null) => {
    const { readScope } = await import('../../src/domain/permission.js');
    const actor = await company.actor(key);
    const question = { filter, scope: readScope(actor, 'request.read'), viewerId: company.id(key) };
    return {
      rows: (await company.views.page(question, { first: 10, after: null })).rows.map(({ id }) => id),
      count: await company.views.count(question),
    };
  };

  test('the people concerned, their managers, owners and overseers see a request; others do not', async () => {
    const requestId = await submitted('camille.roy', [add('crm-editor')]);
    for (const key of ['camille.roy', 'ines.aubry', 'paul.martin', 'omar.benali', 'ada.lindqvist'])
      expect(await list(key)).toEqual({ rows: [requestId], count: 1 });
    for (const key of ['lea.stone', 'zoe.klein']) expect(await list(key)).toEqual({ rows: [], count: 0 });
  });

  test('a request waits on the candidate of its open step alone', async () => {
    const requestId = await submitted('camille.roy', [add('crm-editor')]);
    expect(await list('ines.aubry', { waitingOnViewer: true })).toEqual({ rows: [requestId], count: 1 });
    expect((await list('paul.martin', { waitingOnViewer: true })).rows).toEqual([]);
    expect((await list('paul.martin', { waitingOnViewer: false })).rows).toEqual([requestId]);
    await review('ines.aubry', requestId);
    expect((await list('ines.aubry', { waitingOnViewer: true })).rows).toEqual([]);
    expect((await list('paul.martin', { waitingOnViewer: true })).rows).toEqual([requestId]);
  });

  test('filters by state, people and time, joined by and and or', async () => {
    const first = await submitted('camille.roy', [add('expense-user')]);
    const second = await submitted('lea.stone', [add('expense-approver')]);
    const ids = async (filter: object) => (await list('ada.lindqvist', filter)).rows;
    expect(await ids({ state: ['APPROVED'] })).toEqual([first]);
    expect(await ids({ beneficiaryId: { eq: company.id('lea.stone') } })).toEqual([second]);
    expect(await ids({ requesterId: { nin: [company.id('lea.stone')] } })).toEqual([first]);
    expect(await ids({ or: [{ state: ['APPROVED'] }, { state: ['PENDING_APPROVAL'] }] })).toEqual([second, first]);
    expect(await ids({ and: [{ state: ['APPROVED'] }, { createdAt: { since: '-P1D' } }] })).toEqual([first]);
    expect(await ids({ createdAt: { since: 'PT1H' } })).toEqual([]);
  });

  test('is found by number, item and approval', async () => {
    const requestId = await submitted('camille.roy', [add('expense-approver')]);
    const request = await load(requestId);
    const number = BigInt(request.number.slice(requestNumber('').length));
    expect(await company.views.byNumber(number, 'all')).toMatchObject({ id: requestId });
    expect(await company.views.byNumber(number, 'none')).toBeNull();
    const [item] = request.items;
    const [approval] = request.approvals;
    expect((await company.views.byItemIds([item?.id ?? ''], 'all')).get(item?.id ?? '')).toMatchObject({
      id: requestId,
    });
    expect((await company.views.byApprovalIds([approval?.id ?? ''], 'all')).get(approval?.id ?? '')).toMatchObject({
      id: requestId,
      createdAt: expect.any(Date),
    });
    expect(await company.views.matching({ filter: null, scope: 'all', viewerId: null }, 1_000)).toMatchObject([
      { id: requestId },
    ]);
  });

  test('rights taken away are gone with the next question', async () => {
    await submitted('camille.roy', [add('expense-user')]);
    expect((await list('omar.benali')).rows).toHaveLength(1);
    company.configure((present) => ({ ...present, profiles: [] }));
    expect((await list('omar.benali')).rows).toHaveLength(0);
    company.configure((present) => ({
      ...present,
      profiles: [
        { profile: 'administrator', people: ['ada.lindqvist'] },
        { profile: 'role-officer', people: ['omar.benali'] },
      ],
    }));
  });
});
