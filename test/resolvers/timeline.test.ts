// What happened to somebody who asked and got: the timeline of the request, of the assignment and of the person.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Company, runToEnd, startCompany } from '../path/company.js';
import { waitFor } from '../support/wait-for.js';

let company: Company;
let requestId: string;
let identityId: string;
beforeAll(async () => {
  company = await startCompany('PostgreSQL');
  await runToEnd(company, 'complete');
  await ask();
}, 120_000);
afterAll(() => company.stop());

interface Item {
  readonly __typename: string;
  readonly id: string;
  readonly at: string;
  readonly summary: string;
  readonly from?: string | null;
  readonly to?: string;
  readonly body?: string;
  readonly assignment?: { readonly id: string };
  readonly decided?: { readonly id: string };
}
const fields = `nodes { __typename ... on TimelineEvent { id at summary actor { __typename } }
  ... on WorkflowStateChanged { decided: assignment { id } } ... on ProvisioningStateChanged { assignment { id } order { number } }
  ... on CommentAdded { body } } pageInfo { endCursor hasNextPage } totalCount`;

async function ask(): Promise<void> {
  const { viewer } = await company.ask<{ viewer: { identity: { id: string; manager: { identifier: string } } } }>(
    'camille.roy',
    '{ viewer { identity { id manager { identifier } } } }',
  );
  identityId = viewer.identity.id;
  const { role } = await company.ask<{ role: { id: string } }>(
    'camille.roy',
    '{ role(identifier: "expense-card") { id } }',
  );
  const { assignmentRequestCreate } = await company.ask<{
    assignmentRequestCreate: { assignmentRequest: { id: string } };
  }>(
    'camille.roy',
    'mutation($i: AssignmentRequestCreateInput!) { assignmentRequestCreate(input: $i) { assignmentRequest { id } } }',
    { i: { beneficiaryId: identityId, items: [{ action: 'ADD', roleId: role.id }], justification: 'I travel.' } },
  );
  requestId = assignmentRequestCreate.assignmentRequest.id;
  await company.ask(
    viewer.identity.manager.identifier,
    'mutation($i: AssignmentRequestsReviewInput!) { assignmentRequestsReview(input: $i) { userErrors { message } } }',
    { i: { items: [{ assignmentRequestId: requestId, decision: 'APPROVED', comment: 'Fine.' }] } },
  );
  await waitFor(
    async () => {
      const { assignmentRequest } = await company.ask<{ assignmentRequest: { state: string } }>(
        'camille.roy',
        'query($id: ID!) { assignmentRequest(id: $id) { state } }',
        { id: requestId },
      );
      return assignmentRequest.state === 'COMPLETED' ? true : null;
    },
    { what: 'the request is completed', deadlineMs: 30_000 },
  );
}

interface Timeline {
  readonly timeline: {
    readonly nodes: readonly Item[];
    readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean };
    readonly totalCount: number;
  };
}

const ofIdentity = async (
  first: number,
  after: string | null = null,
  viewer = 'camille.roy',
): Promise<Timeline['timeline']> =>
  (
    await company.ask<{ identity: Timeline }>(
      viewer,
      `query($id: ID!, $first: Int, $after: String) { identity(id: $id) { timeline(first: $first, after: $after) { ${fields} } } }`,
      { id: identityId, first, after },
    )
  ).identity.timeline;

describe('the timeline', () => {
  test('of a request tells what was said, what was decided, and how far the systems are', async () => {
    const { assignmentRequest } = await company.ask<{ assignmentRequest: Timeline }>(
      'camille.roy',
      `query($id: ID!) { assignmentRequest(id: $id) { timeline(first: 50) { ${fields} } } }`,
      { id: requestId },
    );
    const told = assignmentRequest.timeline.nodes.map(({ summary }) => summary).toReversed();
    expect(told).toEqual(
      expect.arrayContaining([expect.stringContaining('I travel.'), expect.stringContaining('Fine.')]),
    );
    expect(told.filter((line) => line.startsWith('Company card:'))).toEqual([
      'Company card: pending approval.',
      'Company card: none.',
      'Company card: pending approval → approved.',
      'Company card: none → pending.',
      'Company card: pending → executed.',
      'Company card: executed → verified.',
    ]);
  });

  test('of a person comes in pages without gaps or repetitions, newest first', async () => {
    const whole = await ofIdentity(100);
    const ids: string[] = [];
    for (let after: string | null = null; ; ) {
      const page: Timeline['timeline'] = await ofIdentity(2, after);
      ids.push(...page.nodes.map(({ id }) => id));
      after = page.pageInfo.endCursor;
      if (!page.pageInfo.hasNextPage) break;
    }
    expect(ids).toEqual(whole.nodes.map(({ id }) => id));
    expect(whole.totalCount).toBe(ids.length);
    const instants = whole.nodes.map(({ at }) => at);
    expect(instants).toEqual([...instants].sort().toReversed());
  });

  test('of a person tells colleagues nothing of what was said, found or given', async () => {
    const told = await ofIdentity(100);
    expect(told.nodes.map(({ __typename }) => __typename)).toContain('CommentAdded');
    const seen = await ofIdentity(100, null, 'sahra.streit');
    expect(seen.nodes).toEqual([]);
    expect(seen.pageInfo.hasNextPage).toBe(false);
  });

  test('of an assignment is about nothing else', async () => {
    const { identity } = await company.ask<{
      identity: { assignments: { nodes: readonly (Timeline & { id: string })[] } };
    }>(
      'camille.roy',
      `query($id: ID!) { identity(id: $id) { assignments(first: 10) { nodes { id timeline(first: 20) { ${fields} } } } } }`,
      { id: identityId },
    );
    for (const { id, timeline } of identity.assignments.nodes)
      expect(timeline.nodes.every(({ assignment, decided }) => (assignment ?? decided)?.id === id)).toBe(true);
  });
});
