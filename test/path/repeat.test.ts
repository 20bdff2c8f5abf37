// A client that never heard the answer asks again: over HTTP, with a key, a request is made once and its effect happens once.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '../support/wait-for.js';
import { type Company, startCompany } from './company.js';

let company: Company;

beforeAll(async () => {
  company = await startCompany('Redis');
}, 120_000);
afterAll(() => company?.stop(), 60_000);

interface Answer {
  readonly isReplayed: boolean;
  readonly id: string | null;
  readonly codes: readonly string[];
}

async function create(key: string, variables: Readonly<Record<string, unknown>>): Promise<Answer> {
  const response = await fetch(`${company.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await company.signIn('camille.roy')}`,
      'idempotency-key': key,
    },
    body: JSON.stringify({
      query: `mutation($i: AssignmentRequestCreateInput!) {
        assignmentRequestCreate(input: $i) { assignmentRequest { id } plan { id } userErrors { code } } }`,
      variables,
    }),
  });
  const { data, errors } = (await response.json()) as {
    errors?: unknown;
    data: {
      assignmentRequestCreate: {
        assignmentRequest: { id: string } | null;
        plan: { id: string } | null;
        userErrors: readonly { code: string }[];
      };
    };
  };
  expect(errors).toBeUndefined();
  const { assignmentRequest, plan, userErrors } = data.assignmentRequestCreate;
  return {
    isReplayed: response.headers.get('idempotency-replayed') === 'true',
    id: assignmentRequest?.id ?? plan?.id ?? null,
    codes: userErrors.map(({ code }) => code),
  };
}

async function asked(role: string): Promise<Readonly<Record<string, unknown>>> {
  const { identity, role: found } = await company.ask<{ identity: { id: string }; role: { id: string } }>(
    'camille.roy',
    'query($r: String!) { identity(identifier: "camille.roy") { id } role(identifier: $r) { id } }',
    { r: role },
  );
  return { beneficiaryId: identity.id, items: [{ action: 'ADD', roleId: found.id }] };
}

const total = async (): Promise<number> =>
  (
    await company.ask<{ assignmentRequests: { totalCount: number } }>(
      'omar.benali',
      '{ assignmentRequests { totalCount } }',
    )
  ).assignmentRequests.totalCount;

test('a request asked for a hundred times at once with one key is made once', async () => {
  const before = await total();
  const input = await asked('expense-approver');
  const answers = await Promise.all(Array.from({ length: 100 }, () => create('repeat-100', { i: input })));
  const made = new Set(answers.flatMap(({ id }) => id ?? []));
  expect(made.size).toBe(1);
  expect(
    [...new Set(answers.flatMap(({ codes }) => codes))].filter((code) => code !== 'IDEMPOTENCY_IN_PROGRESS'),
  ).toEqual([]);
  expect(await total()).toBe(before + 1);
  const late = await waitFor(
    async () => {
      const answer = await create('repeat-100', { i: input });
      return answer.id === null ? null : answer;
    },
    { what: 'the first call has ended' },
  );
  expect(late).toEqual({ isReplayed: true, id: [...made][0], codes: [] });
});

test('a plan asked for again with its key is the first plan', async () => {
  const input = { i: { ...(await asked('crm-editor')), dryRun: true } };
  const first = await create('repeat-plan', input);
  expect(first).toMatchObject({ isReplayed: false, id: expect.stringMatching(/^pln_/) });
  expect(await create('repeat-plan', input)).toEqual({ ...first, isReplayed: true });
});
