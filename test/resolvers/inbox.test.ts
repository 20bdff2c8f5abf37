// The inbox, the growing log of an execution, and the audit, asked of a running company.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Company, runToEnd, startCompany } from '../path/company.js';
import { waitFor } from '../support/wait-for.js';

let company: Company;
beforeAll(async () => {
  company = await startCompany('PostgreSQL');
  await runToEnd(company, 'complete');
}, 120_000);
afterAll(() => company.stop());

interface Inbox {
  readonly cursor: string;
  readonly inbox: { readonly roleReview: number };
}

const roleOf = async (identifier: string): Promise<string> =>
  (
    await company.ask<{ role: { id: string } }>('ada.lindqvist', 'query($i: String!) { role(identifier: $i) { id } }', {
      i: identifier,
    })
  ).role.id;

describe('the inbox', () => {
  test('counts a request as soon as it waits for the viewer, and tells so', async () => {
    const { viewer } = await company.ask<{ viewer: { identity: { id: string; manager: { identifier: string } } } }>(
      'camille.roy',
      '{ viewer { identity { id manager { identifier } } } }',
    );
    const manager = viewer.identity.manager.identifier;
    const watched = await company.watch<Inbox>(
      manager,
      'subscription { viewerInboxChanged { cursor inbox { roleReview } } }',
    );
    await waitFor(async () => watched.items[0] ?? null, { what: 'the present counts have come', deadlineMs: 5_000 });
    const before = watched.items[0]?.inbox.roleReview ?? -1;
    await company.ask(
      'camille.roy',
      'mutation($i: AssignmentRequestCreateInput!) { assignmentRequestCreate(input: $i) { userErrors { code } } }',
      { i: { beneficiaryId: viewer.identity.id, items: [{ action: 'ADD', roleId: await roleOf('crm-reader') }] } },
    );
    await waitFor(async () => (watched.items.at(-1)?.inbox.roleReview === before + 1 ? true : null), {
      what: 'the inbox of the manager counts the request',
      deadlineMs: 10_000,
    });
    await watched.stop();
  }, 30_000);
});

describe('the log of an execution', () => {
  test('comes whole, line by line and once each', async () => {
    const { id } = await runToEnd(company, 'complete');
    const log = await company.ask<{ jobExecution: { log: { nodes: readonly { message: string }[] } } }>(
      'omar.benali',
      'query($id: ID!) { jobExecution(id: $id) { log(first: 100) { nodes { message } } } }',
      { id },
    );
    const lines = log.jobExecution.log.nodes.map(({ message }) => message);
    const subscription =
      'subscription($id: ID!, $after: StreamCursor) { jobExecutionLogAppended(id: $id, after: $after) { ... on JobLogAppended { cursor entries { message task { identifier } } } } }';
    const watched = await company.watch<{ cursor: string; entries: readonly { message: string }[] }>(
      'omar.benali',
      subscription,
      { id },
    );
    const seen = () => watched.items.flatMap(({ entries }) => entries.map(({ message }) => message));
    await waitFor(async () => (seen().length >= lines.length ? true : null), {
      what: 'all lines have come',
      deadlineMs: 10_000,
    });
    expect(seen()).toEqual(lines);
    await watched.stop();
  }, 60_000);
});

describe('the audit', () => {
  const query = `query($subject: ID) { auditEvents(first: 5, subjectId: $subject) { totalCount nodes { id action actor { ... on Identity { displayName } } subject { id } } } }`;
  interface Audit {
    readonly auditEvents: {
      readonly totalCount: number;
      readonly nodes: readonly { id: string; action: string; actor: object; subject: { id: string } | null }[];
    };
  }

  test('says who did what to what, newest first, to those who may read it', async () => {
    const { auditEvents } = await company.ask<Audit>('vera.lang', query);
    const [newest] = auditEvents.nodes;
    expect(newest?.action).toBe('job.launch');
    expect(newest?.actor).toEqual({ displayName: 'Omar Benali' });
    const about = await company.ask<Audit>('vera.lang', query, { subject: newest?.subject?.id });
    expect(about.auditEvents.nodes.map(({ id }) => id)).toEqual([newest?.id]);
    const again = await company.ask<{ node: { id: string } | null }>(
      'vera.lang',
      'query($id: ID!) { node(id: $id) { id } }',
      {
        id: newest?.id,
      },
    );
    expect(again.node?.id).toBe(newest?.id);
  });

  test('is empty for everybody else', async () => {
    expect((await company.ask<Audit>('camille.roy', query)).auditEvents).toEqual({ totalCount: 0, nodes: [] });
  });
});
