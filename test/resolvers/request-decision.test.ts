// Decisions as clients meet them: dry runs that name the deciders, delegates, reminders, changes, risks, and who is asked
// when those who were asked have left.
import { beforeEach, expect, test } from '@jest/globals';
import { toGlobalId } from '../../src/domain/global-id.js';
import { role } from '../steps/request-fixture.js';
import { useRequestApi } from './request-api.js';

const { present, ask } = useRequestApi();
const idOf = (key: string): string => toGlobalId('Identity', present().id(key));

beforeEach(async () => {
  present().reset();
  await present().database.query(
    'truncate assignment_request, request_item, approval, approval_vote, delegation, role_assignment, identity_state, dirty_identity, outbox, provisioning_plan cascade',
  );
});

const waiting = 'waitingOn { what actor { ... on Identity { identifier } } }';
const create = `mutation ($input: AssignmentRequestCreateInput!) { assignmentRequestCreate(input: $input) {
  assignmentRequest { id state viewerCanRemind items { id adjustments parameters } ${waiting} }
  plan { state } warnings { kind } adjustments
  approvals { itemPosition step stepCount kind quorum isImplied candidates { identifier } }
  userErrors { code field } } }`;
const review = `mutation ($input: AssignmentRequestsReviewInput!) { assignmentRequestsReview(input: $input) {
  assignmentRequests { id state items { endDate adjustments }
    approvals { decision kind quorum approvedCount comment decidedByRule decidedBy { identifier } onBehalfOf { identifier } } }
  userErrors { code field } } }`;
const remind =
  'mutation ($id: ID!) { assignmentRequestRemind(id: $id) { assignmentRequest { remindedAt viewerCanRemind } userErrors { code message } } }';
const look = `query ($id: ID!) { assignmentRequest(id: $id) { state viewerCanApprove viewerCanRemind ${waiting} } }`;

interface Made {
  readonly assignmentRequestCreate: {
    readonly assignmentRequest: { readonly id: string; readonly items: readonly { readonly id: string }[] } | null;
  };
}
const inputFor = (name: string, changes: object = {}, item: object = {}) => ({
  input: {
    beneficiaryId: idOf('camille.roy'),
    items: [{ action: 'ADD', roleId: toGlobalId('SingleRole', name), ...item }],
    ...changes,
  },
});
async function made(name: string, item: object = {}) {
  const request = (await ask<Made>('camille.roy', create, inputFor(name, {}, item))).assignmentRequestCreate
    .assignmentRequest;
  return { id: request?.id ?? '', itemId: request?.items[0]?.id ?? '' };
}
const decide = (id: string, changes: object = {}) => ({
  input: { items: [{ assignmentRequestId: id, decision: 'APPROVED', ...changes }] },
});

test('a dry run names the plan, the deciders, the warnings and what would be different', async () => {
  present().configure((configuration) => ({
    ...configuration,
    singleRoles: [
      ...configuration.singleRoles,
      role('root', [{ kind: 'manager', quorum: 1 }], { isPrivileged: true, maxDurationDays: 30 }),
    ],
  }));
  expect(await ask('camille.roy', create, inputFor('root', { dryRun: true }))).toEqual({
    assignmentRequestCreate: {
      assignmentRequest: null,
      plan: { state: 'READY' },
      warnings: [{ kind: 'PRIVILEGED' }],
      adjustments: ['root ends on 2031-06-08: it is given for at most 30 days.'],
      approvals: [
        {
          itemPosition: 0,
          step: 1,
          stepCount: 1,
          kind: 'ROLE',
          quorum: 1,
          isImplied: false,
          candidates: [{ identifier: 'ines.aubry' }],
        },
      ],
      userErrors: [],
    },
  });
});

test('a delegate is named, sees the request in the inbox, decides it, and is shown with whom it was for', async () => {
  const { id } = await made('expense-approver');
  const delegation = {
    delegatorId: idOf('ines.aubry'),
    delegateId: idOf('lea.stone'),
    startDate: '2031-05-10',
    endDate: '2031-05-12',
  };
  const arrange = `mutation ($input: DelegationCreateInput!) { delegationCreate(input: $input) {
    delegation { id isInForce delegator { identifier } delegate { identifier } } userErrors { code field } } }`;
  expect(await ask('camille.roy', arrange, { input: delegation })).toMatchObject({
    delegationCreate: { delegation: null, userErrors: [{ code: 'FORBIDDEN', field: ['input', 'delegatorId'] }] },
  });
  const arranged = await ask<{ delegationCreate: { delegation: { id: string } } }>('ines.aubry', arrange, {
    input: delegation,
  });
  expect(arranged).toMatchObject({
    delegationCreate: {
      delegation: { isInForce: true, delegator: { identifier: 'ines.aubry' }, delegate: { identifier: 'lea.stone' } },
      userErrors: [],
    },
  });
  expect(await ask('lea.stone', look, { id })).toMatchObject({
    assignmentRequest: {
      viewerCanApprove: true,
      waitingOn: [
        { what: 'Decide step 1 of 1 of expense-approver', actor: { identifier: 'ines.aubry' } },
        { what: 'Decide step 1 of 1 of expense-approver, for ines.aubry', actor: { identifier: 'lea.stone' } },
      ],
    },
  });
  const inbox = '{ assignmentRequests(filter: { waitingOnViewer: true }) { nodes { id } } }';
  expect(await ask('lea.stone', inbox)).toEqual({ assignmentRequests: { nodes: [{ id }] } });
  const own = 'query ($id: ID!, $dlg: ID!) { identity(id: $id) { delegations { id } } node(id: $dlg) { id } }';
  const about = { id: delegation.delegatorId, dlg: arranged.delegationCreate.delegation.id };
  expect(await ask('ines.aubry', own, about)).toEqual({
    identity: { delegations: [{ id: about.dlg }] },
    node: { id: about.dlg },
  });
  expect(await ask('camille.roy', own, about)).toEqual({ identity: { delegations: [] }, node: null });
  expect(await ask('lea.stone', review, decide(id))).toMatchObject({
    assignmentRequestsReview: {
      assignmentRequests: [
        { approvals: [{ decidedBy: { identifier: 'lea.stone' }, onBehalfOf: { identifier: 'ines.aubry' } }] },
      ],
      userErrors: [],
    },
  });
  const revoke =
    'mutation ($id: ID!) { delegationRevoke(id: $id) { delegation { isInForce revokedAt } userErrors { code } } }';
  expect(await ask('ines.aubry', revoke, { id: about.dlg })).toMatchObject({
    delegationRevoke: { delegation: { isInForce: false, revokedAt: expect.any(Date) }, userErrors: [] },
  });
});

test('a reminder can be sent once, and the field says whether it can', async () => {
  const { id } = await made('expense-approver');
  expect(await ask('camille.roy', look, { id })).toMatchObject({ assignmentRequest: { viewerCanRemind: true } });
  expect(await ask('camille.roy', remind, { id })).toMatchObject({
    assignmentRequestRemind: {
      assignmentRequest: { remindedAt: expect.any(Date), viewerCanRemind: false },
      userErrors: [],
    },
  });
  expect(await ask('camille.roy', remind, { id })).toMatchObject({
    assignmentRequestRemind: { assignmentRequest: null, userErrors: [{ code: 'STATE_CONFLICT' }] },
  });
});

test('a decider approves less than was asked for, and the requester reads it', async () => {
  const { id, itemId } = await made('expense-approver', { endDate: '2031-12-31' });
  const answer = await ask('ines.aubry', review, decide(id, { changes: [{ itemId, endDate: '2031-06-30' }] }));
  const sentence = 'Approved with a change: expense-approver ends on 2031-06-30 instead of on 2031-12-31.';
  expect(answer).toMatchObject({
    assignmentRequestsReview: {
      userErrors: [],
      assignmentRequests: [
        {
          state: 'APPROVED',
          items: [{ endDate: '2031-06-30', adjustments: [sentence] }],
          approvals: [{ comment: sentence }],
        },
      ],
    },
  });
  const wrong = await made('crm-editor');
  const foreign = decide(wrong.id, { changes: [{ itemId, endDate: '2031-06-30' }] });
  expect(await ask('ines.aubry', review, foreign)).toMatchObject({
    assignmentRequestsReview: {
      userErrors: [{ code: 'NOT_FOUND', field: ['input', 'items', '0', 'changes', '0', 'itemId'] }],
    },
  });
});

test('whom a request waits for are those who are here: others follow when all of them have left', async () => {
  const { id } = await made('expense-approver');
  const remove = (when: string) =>
    present().database.query(`update resource set removed_at = ${when} where id = $1`, [present().id('ines.aubry')]);
  await remove('now()');
  try {
    expect(await ask('camille.roy', look, { id })).toMatchObject({
      assignmentRequest: {
        waitingOn: [{ actor: { identifier: 'omar.benali' } }, { actor: { identifier: 'ada.lindqvist' } }],
      },
    });
    expect(await ask('omar.benali', look, { id })).toMatchObject({ assignmentRequest: { viewerCanApprove: true } });
  } finally {
    await remove('null');
  }
  expect(await ask('omar.benali', look, { id })).toMatchObject({
    assignmentRequest: { viewerCanApprove: false, waitingOn: [{ actor: { identifier: 'ines.aubry' } }] },
  });
});

test('risks are listed with who runs them, for those who may know', async () => {
  present().configure((configuration) => ({
    ...configuration,
    risks: [
      {
        identifier: 'both',
        displayName: 'Both hands',
        kind: 'SOD',
        level: 70,
        exemption: 'WARNING',
        combinations: [['expense-user', 'expense-approver']],
        description: null,
        remediation: null,
        approvers: [],
      },
    ],
  }));
  await present().database.query(
    `insert into identity_state (identity_id, roles, reasons, input_hash, configuration_version, computed_at)
     values ($1, '{expense-approver,expense-user}', '{rule:a,rule:b}', 'h', 1, now())`,
    [present().id('camille.roy')],
  );
  const list = '{ risks { identifier holderCount holders { identifier } } }';
  expect(await ask('omar.benali', list)).toEqual({
    risks: [{ identifier: 'both', holderCount: 1, holders: [{ identifier: 'camille.roy' }] }],
  });
  await expect(ask('camille.roy', list)).rejects.toThrow('may not');
  const own = `query ($id: ID!) { identity(id: $id) { risks { isExempt roles { identifier } risk { displayName holderCount } } } }`;
  expect(await ask('camille.roy', own, { id: idOf('camille.roy') })).toEqual({
    identity: {
      risks: [
        {
          isExempt: false,
          roles: [{ identifier: 'expense-user' }, { identifier: 'expense-approver' }],
          risk: { displayName: 'Both hands', holderCount: 0 },
        },
      ],
    },
  });
  expect(await ask('lea.stone', own, { id: idOf('camille.roy') })).toEqual({ identity: { risks: [] } });
});
