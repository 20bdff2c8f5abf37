// Bad input through every entrance: the API, the configuration files, the HR file. Each is answered with what was tried,
// on what, why not and what to do next; and afterwards every table holds what it held before.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '../support/wait-for.js';
import { type Company, runToEnd, startCompany } from './company.js';
import { lineOf, startWithChanged } from './changed-configuration.js';
import { approve, cancel, type Refused, submit } from './refused.js';
import { isAtRest, tableState } from './table-state.js';

let company: Company;
/** Global ids by what a test calls them. */
const ids: Record<string, string> = {};

beforeAll(async () => {
  company = await startCompany('PostgreSQL');
  await waitFor(() => isAtRest(company.databaseUrl), { what: 'the company is at rest', deadlineMs: 90_000 });
  for (const person of ['camille.roy', 'ines.aubry']) {
    const { identity } = await company.ask<{ identity: { id: string } }>(
      person,
      'query($p: String!) { identity(identifier: $p) { id } }',
      { p: person },
    );
    ids[person] = identity.id;
  }
  for (const role of ['expense-approver', 'expense-card', 'crm-auditor']) {
    const found = await company.ask<{ role: { id: string } }>(
      'camille.roy',
      'query($r: String!) { role(identifier: $r) { id } }',
      { r: role },
    );
    ids[role] = found.role.id;
  }
}, 180_000);
afterAll(() => company?.stop(), 60_000);

const id = (name: string): string => ids[name] ?? name;

/** Proves that `act` left every table as it was. */
async function unchanged<T>(act: () => Promise<T>, except: readonly string[] = []): Promise<T> {
  const before = await tableState(company.databaseUrl, except);
  const result = await act();
  expect(await tableState(company.databaseUrl, except)).toEqual(before);
  return result;
}

describe('a request is refused and nothing is stored', () => {
  const day = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

  test.each<[string, () => Readonly<Record<string, unknown>>, string, string, RegExp]>([
    [
      'a role that does not exist',
      () => ({ roleId: 'rol_no-such-role' }),
      'NOT_FOUND',
      'roleId',
      /Item 1 .*does not exist/,
    ],
    ['the id of a person as a role', () => ({ roleId: id('ines.aubry') }), 'NOT_FOUND', 'roleId', /does not exist/],
    ['a malformed role id', () => ({ roleId: '%%%' }), 'NOT_FOUND', 'roleId', /does not exist/],
    [
      'a role that is not for request',
      () => ({ roleId: id('crm-auditor') }),
      'NOT_REQUESTABLE',
      'roleId',
      /cannot be requested/,
    ],
    [
      'an end before the start',
      () => ({ roleId: id('expense-approver'), startDate: day(20), endDate: day(10) }),
      'DATE_ORDER',
      'endDate',
      /is before the start/,
    ],
    [
      'a start in the past',
      () => ({ roleId: id('expense-approver'), startDate: day(-10) }),
      'OUT_OF_RANGE',
      'startDate',
      /is over: today is/,
    ],
  ])('for %s', async (_what, item, code, field, message) => {
    const { assignmentRequest, userErrors } = await unchanged(() =>
      submit(company, 'camille.roy', id('camille.roy'), item()),
    );
    expect(assignmentRequest).toBeNull();
    expect(userErrors).toEqual([
      {
        code,
        field: ['input', 'items', '0', field],
        message: expect.stringMatching(message),
        hint: expect.any(String),
      },
    ]);
  });

  test.each([
    ['nobody known', 'not an id'],
    ['a role', 'expense-approver'],
  ])('for %s as the person it is for', async (_what, beneficiary) => {
    const { userErrors } = await unchanged(() =>
      submit(company, 'camille.roy', id(beneficiary), { roleId: id('expense-approver') }),
    );
    expect(userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['input', 'beneficiaryId'] }]);
  });

  test('control: the same request without a mistake is stored', async () => {
    const before = await tableState(company.databaseUrl);
    const { assignmentRequest } = await submit(company, 'camille.roy', id('camille.roy'), {
      roleId: id('expense-approver'),
    });
    const after = await tableState(company.databaseUrl);
    expect(Object.keys(after).filter((table) => after[table] !== before[table])).toEqual(
      expect.arrayContaining(['approval', 'assignment_request', 'audit_entry', 'event', 'request_item']),
    );
    await cancel(company, 'camille.roy', assignmentRequest?.id ?? '');
  });
});

describe('nobody approves for themselves', () => {
  test.each([
    ['who asked for it', 'camille.roy', 'camille.roy', /was requested by Camille Roy/],
    ['whom it is for, when another asked', 'ines.aubry', 'camille.roy', /is for Camille Roy/],
    ['who asked, when it is for another', 'ines.aubry', 'ines.aubry', /was requested by Ines Aubry/],
  ])('neither the one %s', async (_who, requester, reviewer, message) => {
    const { assignmentRequest, userErrors: none } = await submit(company, requester, id('camille.roy'), {
      roleId: id('expense-card'),
    });
    expect(none).toEqual([]);
    const requestId = assignmentRequest?.id ?? '';
    const userErrors = await unchanged(() => approve(company, reviewer, requestId));
    expect(userErrors).toEqual([
      {
        code: 'SELF_APPROVAL_FORBIDDEN',
        field: ['input', 'items', '0', 'assignmentRequestId'],
        message: expect.stringMatching(message),
        hint: expect.any(String),
      },
    ]);
    await cancel(company, requester, requestId);
  });
});

describe('an operation is refused as a whole', () => {
  test.each<[string, string, () => Readonly<Record<string, unknown>>, RegExp]>([
    [
      'a malformed cursor',
      'query { identities(first: 5, after: "%%%") { nodes { id } } }',
      () => ({}),
      /cursor is not one/,
    ],
    [
      'a cursor of another list',
      `query { identities(first: 5, after: "${Buffer.from('["other:ASC","x"]').toString('base64url')}") { nodes { id } } }`,
      () => ({}),
      /another list or another order/,
    ],
    ['a page of 1000', 'query { identities(first: 1000) { nodes { id } } }', () => ({}), /1000 .* 1 to 100/],
    ['a page of none', 'query { roles(first: 0) { nodes { id } } }', () => ({}), /1 to 100/],
    ['a malformed id', 'query { identity(id: "%%%") { id } }', () => ({}), /"%%%" is not the id of a Identity/],
    [
      'the id of another type',
      'query($id: ID!) { identity(id: $id) { id } }',
      () => ({ id: id('expense-approver') }),
      /is not the id of a Identity/,
    ],
    [
      'the id of another type in a filter',
      'query($id: ID!) { assignments(filter: { identityId: { eq: $id } }) { nodes { id } } }',
      () => ({ id: id('expense-approver') }),
      /is not the id of a Identity/,
    ],
  ])('for %s', async (_what, query, variables, message) => {
    const asked = unchanged(() =>
      company.ask('omar.benali', query, variables()).then(
        () => [],
        (error: Error) =>
          JSON.parse(error.message) as readonly { message: string; extensions: { code: string; hint?: string } }[],
      ),
    );
    expect(await asked).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(message),
        extensions: expect.objectContaining({ code: 'BAD_USER_INPUT', hint: expect.any(String) }),
      }),
    ]);
  });

  test('for a malformed cursor of a subscription', async () => {
    const stream = await company.watch<{ readonly message?: string }>(
      'omar.benali',
      'subscription { assignmentChanged(after: "%%%") { __typename } }',
    );
    const item = await waitFor(() => stream.items[0], { what: 'the subscription is answered' });
    await stream.stop();
    expect(item.message).toMatch(/cursor/i);
  });

  test('for ids that are not those of people, instead of computing everybody', async () => {
    const { roleModelCompute } = await unchanged(() =>
      company.ask<{ roleModelCompute: { jobExecution: unknown; userErrors: readonly Refused[] } }>(
        'omar.benali',
        'mutation($ids: [ID!]) { roleModelCompute(input: { identityIds: $ids }) { jobExecution { id } userErrors { code message hint field } } }',
        { ids: [id('expense-approver')] },
      ),
    );
    expect(roleModelCompute.jobExecution).toBeNull();
    expect(roleModelCompute.userErrors).toMatchObject([{ code: 'NOT_FOUND', message: expect.any(String) }]);
  });
});

describe('a configuration is refused and the version before stays in force', () => {
  test.each([
    [
      'an unknown key',
      'roles.yaml',
      'description: Enter own expenses',
      'colour: red\n    description: Enter own expenses',
      (line: number) => `roles.yaml:${line}:5: singleRoles[0].colour: this key is unknown.`,
    ],
    [
      'a reference that leads nowhere',
      'roles.yaml',
      'singleRoles: [crm-reader, crm-support-desk]',
      'singleRoles: [crm-reader, crm-support-dsk]',
      (line: number) =>
        `roles.yaml:${line}:31: compositeRoles[1].singleRoles[1]: there is no single role «crm-support-dsk».`,
    ],
    [
      'an ill-typed expression',
      'roles.yaml',
      'when: person.department == "SUP"',
      'when: person.department == 5',
      (line: number) =>
        `roles.yaml:${line}:11: roleRules[2].when: The expression cannot be understood: no such overload: string == int.`,
    ],
  ])('for %s', async (_what, file, from, to, expected) => {
    let line = 0;
    const said = await unchanged(() =>
      startWithChanged(company, file, (text) => {
        line = lineOf(text, from);
        return text.replace(from, () => to);
      }),
    );
    expect(said).toContain(expected(line));
    const { role } = await company.ask<{ role: { displayName: string } }>(
      'camille.roy',
      '{ role(identifier: "sales-representative") { displayName } }',
    );
    expect(role.displayName).toBe('Sales representative');
  });

  test('control: the same files with a change that is none are accepted and become no new version', async () => {
    expect(await unchanged(() => startWithChanged(company, 'roles.yaml', (text) => `${text}\n# Nothing more.\n`))).toBe(
      '',
    );
  });

  test('control: a good change becomes a new version', async () => {
    const before = await tableState(company.databaseUrl);
    expect(
      await startWithChanged(company, 'roles.yaml', (text) =>
        text.replace('displayName: Book travel', 'displayName: Travel'),
      ),
    ).toBe('');
    const after = await tableState(company.databaseUrl);
    expect(after.configuration_version).not.toBe(before.configuration_version);
  });
});

describe('an HR file is refused as a whole', () => {
  const path = (): string => join(company.home, 'demo', 'hr', 'people.csv');
  let good: Buffer;
  beforeAll(async () => {
    good = await readFile(path());
    // Whom the new version of the configuration concerned.
    await runToEnd(company, 'complete');
  }, 90_000);

  const lines = (bytes: Buffer): readonly string[] => bytes.toString('utf8').split('\n');
  const renamed = (from: string, to: string) => (bytes: Buffer) =>
    Buffer.from(bytes.toString('utf8').replace(new RegExp(`\\b${from}\\b`), to));

  async function readSpoiled(spoil: (bytes: Buffer) => Buffer) {
    await writeFile(path(), spoil(good));
    try {
      // What launching and running an execution writes about itself.
      const end = await unchanged(() => runToEnd(company, 'complete'), ['job_execution', 'audit_entry']);
      return (
        await company.ask<{
          jobExecution: {
            state: string;
            rootFailure: {
              identifier: string;
              error: { code: string; message: string; hint: string | null } | null;
            } | null;
            thresholdViolations: readonly { name: string; actual: number }[];
          };
        }>(
          'omar.benali',
          'query($id: ID!) { jobExecution(id: $id) { state rootFailure { identifier error { code message hint } } thresholdViolations { name actual } } }',
          { id: end.id },
        )
      ).jobExecution;
    } finally {
      await writeFile(path(), good);
    }
  }

  // A damaged file is found when the connection is looked at: the failure names the damage, not the connection.
  test.each<[string, (bytes: Buffer) => Buffer, string, RegExp]>([
    ['a column that is missing', renamed('department', 'departement'), 'INVALID_VALUE', /"department"/],
    [
      'a key column that is missing',
      renamed('identifier', 'login'),
      'INVALID_VALUE',
      /line 1: the column "identifier" is missing/,
    ],
    [
      'a key that is there twice',
      (bytes) => Buffer.concat([bytes, Buffer.from(`${lines(bytes)[3]}\n`)]),
      'AMBIGUOUS_MATCH',
      /line \d+: the key "camille\.roy" stands on line 4 already/,
    ],
    [
      'another encoding',
      (bytes) => Buffer.from(bytes.toString('utf8'), 'latin1'),
      'INVALID_VALUE',
      /line \d+: it is not valid UTF-8/,
    ],
    [
      'half of its bytes',
      (bytes) => bytes.subarray(0, bytes.indexOf(',', bytes.length / 2)),
      'INVALID_VALUE',
      /line \d+: .*cut off/,
    ],
    ['nothing in it', () => Buffer.alloc(0), 'INVALID_VALUE', /it is empty/],
  ])(
    'for %s',
    async (_what, spoil, code, message) => {
      const execution = await readSpoiled(spoil);
      expect(execution).toMatchObject({ state: 'ERRORED', rootFailure: { error: { code } } });
      const error = execution.rootFailure?.error;
      expect(error?.message).toMatch(message);
      expect(error?.message).toMatch(/people/);
      expect(error?.hint).toEqual(expect.any(String));
    },
    90_000,
  );

  test('for half of its lines, which no reader can see but the threshold does', async () => {
    const execution = await readSpoiled((bytes) => {
      const all = lines(bytes);
      return Buffer.from(`${all.slice(0, all.length / 2).join('\n')}\n`);
    });
    expect(execution.state).toBe('BLOCKED');
    expect(execution.thresholdViolations.map(({ name }) => name)).toContain('synchronization.delete.absolute');
  }, 90_000);

  test('control: the whole file is read again, and a change in it arrives', async () => {
    expect((await runToEnd(company, 'complete')).state).toBe('COMPLETED');
    const before = await tableState(company.databaseUrl);
    await company.editHr((text) => text.replace('Camille Roy,camille.roy@', 'Camille Le Roy,camille.roy@'));
    expect((await runToEnd(company, 'complete')).state).toBe('COMPLETED');
    expect((await tableState(company.databaseUrl)).resource).not.toBe(before.resource);
  }, 120_000);
});
