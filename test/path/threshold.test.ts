// Accidents in the source of people, end to end: nothing is written, one execution is Blocked with its numbers and its list,
// and goes on only after a second person has looked. Then what follows from it is held against the next threshold.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startWithChanged } from './changed-configuration.js';
import { type Company, endOf, runToEnd, startCompany } from './company.js';
import { tableState } from './table-state.js';

let company: Company;
beforeAll(async () => {
  company = await startCompany('Redis');
  const { state } = await runToEnd(company, 'complete');
  if (state !== 'COMPLETED') throw new Error(`The first run ended ${state}; nothing can be held against it.`);
}, 120_000);
afterAll(() => company.stop());

interface Shown {
  readonly state: string;
  readonly releaseDigest: string | null;
  readonly viewerCanResume: boolean;
  readonly thresholdViolations: readonly { readonly name: string; readonly limit: number; readonly actual: number }[];
  readonly heldChanges: { readonly totalCount: number; readonly nodes: readonly { kind: string; key: string }[] };
  readonly plan: { readonly summary: { readonly deleteCount: number; readonly affectedIdentityCount: number } } | null;
}

const shown = async (id: string, person = 'ada.lindqvist'): Promise<Shown> => {
  const { jobExecution } = await company.ask<{ jobExecution: Shown }>(
    person,
    `query($id: ID!) { jobExecution(id: $id) { state releaseDigest viewerCanResume thresholdViolations { name limit actual }
       heldChanges(first: 5) { totalCount nodes { kind key } } plan { summary { deleteCount affectedIdentityCount } } } }`,
    { id },
  );
  return jobExecution;
};

async function resume(person: string, id: string, digest: string, comment = 'seen'): Promise<readonly string[]> {
  const { jobExecutionResume } = await company.ask<{
    jobExecutionResume: { userErrors: readonly { code: string }[] };
  }>(
    person,
    `mutation($id: ID!, $digest: String!, $comment: String!) {
       jobExecutionResume(id: $id, planDigest: $digest, comment: $comment) { userErrors { code } } }`,
    { id, digest, comment },
  );
  return jobExecutionResume.userErrors.map(({ code }) => code);
}

/** Everything but what says that something ran. */
const business = () =>
  tableState(company.databaseUrl, [
    'job_execution',
    'event',
    'audit_entry',
    'idempotency_key',
    'provisioning_plan',
    'planned_change',
    'configuration_version',
    'plan_input',
    'reconciliation_state',
    'reconciliation_item',
  ]);

/** Whoever acts in this test stays. */
const needed = ['omar.benali', 'ada.lindqvist', 'vera.lang'];
function withoutMost(text: string): string {
  const [header = '', ...lines] = text.trimEnd().split('\n');
  const kept = lines.filter((line, index) => index % 5 < 2 || needed.some((person) => line.startsWith(`${person},`)));
  return [header, ...kept, ''].join('\n');
}

const namesOf = ({ thresholdViolations }: Shown): readonly string[] => thresholdViolations.map(({ name }) => name);

describe('most of the people are gone from the file', () => {
  let id: string;
  let original: string;

  test('the reading is parked: nothing is written, and the list says who would go', async () => {
    await company.editHr((text) => withoutMost((original = text)));
    const before = await business();
    const ended = await runToEnd(company, 'complete');
    id = ended.id;
    expect(ended.state).toBe('BLOCKED');
    expect(await business()).toEqual(before);
    const blocked = await shown(id);
    expect(namesOf(blocked)).toContain('synchronization.delete.absolute');
    expect(blocked.heldChanges.totalCount).toBeGreaterThan(300);
    expect(blocked.heldChanges.nodes[0]?.kind).toBe('DELETE');
  }, 60_000);

  test('a further run is blocked in the place of the first: one execution waits for a person', async () => {
    const ended = await runToEnd(company, 'complete');
    expect(ended.state).toBe('BLOCKED');
    expect((await shown(id)).state).toBe('ABORTED');
    id = ended.id;
  }, 60_000);

  test('whoever launched it does not release it, nor anybody who has not looked, nor without a word', async () => {
    const { releaseDigest } = await shown(id);
    const digest = releaseDigest ?? '';
    expect(await resume('omar.benali', id, digest)).toEqual(['SELF_APPROVAL_FORBIDDEN']);
    expect(await resume('ada.lindqvist', id, 'something else')).toEqual(['STALE_VERSION']);
    expect(await resume('ada.lindqvist', id, digest, ' ')).toEqual(['COMMENT_REQUIRED']);
    expect(await resume('camille.roy', id, digest)).toEqual(['FORBIDDEN']);
    expect((await shown(id, 'omar.benali')).viewerCanResume).toBe(false);
    expect((await shown(id)).state).toBe('BLOCKED');
  });

  test('released, the rows are applied as they were seen; the losses of people stop it again, with a plan', async () => {
    const { releaseDigest } = await shown(id);
    expect(await resume('ada.lindqvist', id, releaseDigest ?? '')).toEqual([]);
    expect((await endOf(company, id)).state).toBe('BLOCKED');
    const blocked = await shown(id);
    expect(namesOf(blocked)).toEqual(['role-model.loss.percent']);
    expect(blocked.thresholdViolations[0]?.actual).toBeGreaterThan(50);
    expect(blocked.plan).not.toBeNull();
    expect(blocked.heldChanges.totalCount).toBeGreaterThan(300);
  }, 60_000);

  test('released once more, the rest is done', async () => {
    const { releaseDigest } = await shown(id);
    expect(await resume('ada.lindqvist', id, releaseDigest ?? '')).toEqual([]);
    expect(['COMPLETED', 'WARNING']).toContain((await endOf(company, id)).state);
  }, 60_000);

  test('a person can say no: what was parked is dropped', async () => {
    await company.editHr(() => original);
    const ended = await runToEnd(company, 'complete');
    expect(ended.state).toBe('BLOCKED');
    const { jobExecutionDecline } = await company.ask<{
      jobExecutionDecline: { jobExecution: { state: string }; userErrors: readonly unknown[] };
    }>(
      'ada.lindqvist',
      `mutation($id: ID!) { jobExecutionDecline(id: $id, comment: "not today") { jobExecution { state } userErrors { code } } }`,
      { id: ended.id },
    );
    expect(jobExecutionDecline).toEqual({ jobExecution: { state: 'ABORTED' }, userErrors: [] });
    await company.editHr(withoutMost);
  }, 60_000);
});

describe('the key column has another name', () => {
  test('the reading is refused altogether, and nothing is written', async () => {
    await company.editHr((text) => text.replace('identifier,', 'login,'));
    const before = await business();
    expect((await runToEnd(company, 'complete')).state).toBe('ERRORED');
    expect(await business()).toEqual(before);
    await company.editHr((text) => text.replace('login,', 'identifier,'));
  }, 60_000);
});

describe('a rule that drops everybody', () => {
  let blockedId: string;

  test('is computed into a plan and written nowhere until a second person has looked', async () => {
    const started = await startWithChanged(company, 'roles.yaml', (text) =>
      text.replace(
        'roleRules:',
        'roleRules:\n  - { identifier: nobody, role: expense-user, isDenied: true, priority: 0 }',
      ),
    );
    expect(started).toBe('');
    const before = await business();
    const { id, state } = await runToEnd(company, 'complete');
    expect(state).toBe('BLOCKED');
    expect(await business()).toEqual(before);
    const blocked = await shown(id);
    expect(namesOf(blocked)).toEqual(['role-model.loss.percent']);
    expect(blocked.plan?.summary.deleteCount).toBeGreaterThan(100);
    blockedId = id;
  }, 90_000);

  test('released, its removals stop at the orders, are listed, and are carried out after one more look', async () => {
    const { releaseDigest } = await shown(blockedId);
    expect(await resume('ada.lindqvist', blockedId, releaseDigest ?? '')).toEqual([]);
    expect((await endOf(company, blockedId)).state).toBe('BLOCKED');
    const blocked = await shown(blockedId);
    expect(namesOf(blocked)).toContain('orders.delete.percent');
    expect(blocked.heldChanges.totalCount).toBeGreaterThan(100);
    const before = (await company.readExpense()).split('\n').length;
    expect(await resume('ada.lindqvist', blockedId, blocked.releaseDigest ?? '')).toEqual([]);
    expect(['COMPLETED', 'WARNING']).toContain((await endOf(company, blockedId)).state);
    expect((await company.readExpense()).split('\n').length).toBeLessThan(before - 100);
  }, 120_000);
});
