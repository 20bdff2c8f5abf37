// Requests as clients meet them: the mutations, what they answer, the lists, and what each viewer is told.
import { expect, test } from '@jest/globals';
import { toGlobalId } from '../../src/domain/global-id.js';
import { useRequestApi } from './request-api.js';

const { present, ask } = useRequestApi();

const fields = `
  id number state justification digest requester { identifier } beneficiary { identifier } closedAt
  items { id action state startDate role { identifier } warnings { kind } }
  approvals { id step stepCount decision candidates { identifier } decidedBy { identifier } comment dueAt }
  waitingOn { since what actor { ... on Identity { identifier } } } viewerCanCancel viewerCanApprove`;
const create = `mutation ($input: AssignmentRequestCreateInput!) { assignmentRequestCreate(input: $input) { assignmentRequest { ${fields} } userErrors { code message field hint } } }`;
const reviewAll = `mutation ($input: AssignmentRequestsReviewInput!) { assignmentRequestsReview(input: $input) { assignmentRequests { ${fields} } userErrors { code field } } }`;
const cancel =
  'mutation ($id: ID!) { assignmentRequestCancel(id: $id, reason: "changed my mind") { assignmentRequest { state } userErrors { code } } }';

interface Answer {
  readonly assignmentRequestCreate: {
    readonly assignmentRequest: { readonly id: string; readonly number: string; readonly digest: string } | null;
    readonly userErrors: readonly object[];
  };
}

const inputFor = (role: string, beneficiary = 'camille.roy', changes: object = {}) => ({
  input: {
    beneficiaryId: toGlobalId('Identity', present().id(beneficiary)),
    items: [{ action: 'ADD', roleId: toGlobalId('SingleRole', role) }],
    justification: 'month end',
    ...changes,
  },
});

test('a request goes from its maker to its two deciders', async () => {
  const made = await ask<Answer>('camille.roy', create, inputFor('crm-editor'));
  expect(made).toMatchObject({
    assignmentRequestCreate: {
      userErrors: [],
      assignmentRequest: {
        number: expect.stringMatching(/^REQ-\d+$/),
        state: 'PENDING_APPROVAL',
        justification: 'month end',
        closedAt: null,
        requester: { identifier: 'camille.roy' },
        beneficiary: { identifier: 'camille.roy' },
        items: [
          {
            action: 'ADD',
            state: 'PENDING_APPROVAL',
            startDate: null,
            role: { identifier: 'crm-editor' },
            warnings: [],
          },
        ],
        approvals: [
          { step: 1, stepCount: 2, decision: null, candidates: [{ identifier: 'ines.aubry' }], decidedBy: null },
          { step: 2, stepCount: 2, decision: null, candidates: [{ identifier: 'paul.martin' }] },
        ],
        waitingOn: [
          { since: expect.any(Date), what: 'Decide step 1 of 2 of crm-editor', actor: { identifier: 'ines.aubry' } },
        ],
        viewerCanCancel: true,
        viewerCanApprove: false,
      },
    },
  });
  const request = made.assignmentRequestCreate.assignmentRequest;
  const decide = {
    input: {
      items: [{ assignmentRequestId: request?.id, decision: 'APPROVED', comment: 'fine', seenDigest: request?.digest }],
    },
  };

  expect(await ask('camille.roy', reviewAll, decide)).toMatchObject({
    assignmentRequestsReview: {
      assignmentRequests: [],
      userErrors: [{ code: 'SELF_APPROVAL_FORBIDDEN', field: ['input', 'items', '0', 'assignmentRequestId'] }],
    },
  });
  expect(
    await ask('ines.aubry', `query ($id: ID!) { assignmentRequest(id: $id) { ${fields} } }`, { id: request?.id }),
  ).toMatchObject({
    assignmentRequest: { viewerCanApprove: true, viewerCanCancel: false },
  });
  expect(await ask('ines.aubry', reviewAll, decide)).toMatchObject({
    assignmentRequestsReview: {
      userErrors: [],
      assignmentRequests: [
        {
          state: 'PENDING_APPROVAL',
          viewerCanApprove: false,
          waitingOn: [{ actor: { identifier: 'paul.martin' } }],
          approvals: [
            { decision: 'APPROVED', decidedBy: { identifier: 'ines.aubry' }, comment: 'fine' },
            { decision: null },
          ],
        },
      ],
    },
  });
  expect(await ask('paul.martin', reviewAll, decide)).toMatchObject({
    assignmentRequestsReview: { userErrors: [], assignmentRequests: [{ state: 'APPROVED', waitingOn: [] }] },
  });
});

test('what is wrong is answered with its field, and nothing is made', async () => {
  const answer = await ask<Answer>('camille.roy', create, inputFor('crm-auditor'));
  expect(answer.assignmentRequestCreate).toMatchObject({
    assignmentRequest: null,
    userErrors: [{ code: 'NOT_REQUESTABLE', field: ['input', 'items', '0', 'roleId'], hint: expect.any(String) }],
  });
  const unknown = await ask<Answer>('camille.roy', create, { input: { beneficiaryId: 'idn_nobody', items: [] } });
  expect(unknown.assignmentRequestCreate.userErrors).toMatchObject([
    { code: 'NOT_FOUND', field: ['input', 'beneficiaryId'] },
  ]);
  expect(await ask('camille.roy', cancel, { id: 'req_nothing' })).toMatchObject({
    assignmentRequestCancel: { userErrors: [{ code: 'NOT_FOUND' }] },
  });
});

test('a request is found by number, as a node, in lists and from its person; strangers find nothing', async () => {
  const { assignmentRequest: request } = (
    await ask<Answer>('lea.stone', create, inputFor('expense-approver', 'lea.stone'))
  ).assignmentRequestCreate;
  const lists = `query ($id: ID!, $number: String!, $item: ID!) {
    node(id: $id) { id } assignmentRequest(number: $number) { id }
    assignmentRequests(filter: { state: [PENDING_APPROVAL], waitingOnViewer: true }) { nodes { id } totalCount }
    identity(identifier: "lea.stone") { viewerCanRequestAccess assignmentRequests(first: 1) { nodes { id } totalCount } }
    nodes(ids: [$item]) { id } }`;
  const { items } = (
    await ask<{ assignmentRequest: { items: { id: string }[] } }>(
      'lea.stone',
      `query ($id: ID!) { assignmentRequest(id: $id) { items { id } } }`,
      { id: request?.id },
    )
  ).assignmentRequest;
  const about = { id: request?.id, number: request?.number, item: items[0]?.id };
  const mine = { nodes: [{ id: request?.id }], totalCount: 1 };
  const none = { nodes: [], totalCount: 0 };
  expect(await ask('zoe.klein', lists, about)).toEqual({
    node: { id: request?.id },
    assignmentRequest: { id: request?.id },
    assignmentRequests: mine,
    nodes: [{ id: about.item }],
    identity: { viewerCanRequestAccess: true, assignmentRequests: mine },
  });
  expect(await ask('camille.roy', lists, about)).toEqual({
    node: null,
    assignmentRequest: null,
    assignmentRequests: none,
    nodes: [null],
    identity: { viewerCanRequestAccess: false, assignmentRequests: none },
  });
});

test('numbers, cursors and ids that mean nothing are refused in words', async () => {
  await expect(ask('camille.roy', '{ assignmentRequest(number: "12") { id } }')).rejects.toThrow(
    'is not the number of a request',
  );
  await expect(ask('camille.roy', '{ assignmentRequest { id } }')).rejects.toThrow('Give either id or number.');
  await expect(ask('camille.roy', '{ assignmentRequests(first: 1000) { totalCount } }')).rejects.toThrow(
    '1 to 100 rows',
  );
  await expect(ask('camille.roy', '{ assignmentRequests(after: "nonsense") { totalCount } }')).rejects.toThrow(
    'cursor',
  );
  expect(await ask('camille.roy', '{ node(id: "req_nonsense") { id } }')).toEqual({ node: null });
});

test('the requester takes a request back', async () => {
  const { assignmentRequest: request } = (
    await ask<Answer>('ines.aubry', create, inputFor('expense-approver', 'ines.aubry'))
  ).assignmentRequestCreate;
  expect(await ask('ines.aubry', cancel, { id: request?.id })).toEqual({
    assignmentRequestCancel: { assignmentRequest: { state: 'CANCELED' }, userErrors: [] },
  });
});
