// A fact comes back from the event table as it was told.
import { expect, test } from '@jest/globals';
import type { AssignmentChange } from '../../src/domain/assignment.js';
import type { Fact } from '../../src/domain/event.js';
import { fromStored, type StoredFact, toStored } from '../../src/store/stored-fact.js';

const role: AssignmentChange = {
  kind: 'role',
  assignmentId: 'person:editor',
  identityId: 'person',
  subject: 'editor',
  workflowState: 'APPROVED',
  previousWorkflowState: null,
  provisioningState: 'PENDING',
  previousProvisioningState: null,
};

const facts: readonly Fact[] = [
  {
    kind: 'AssignmentChanged',
    identityId: 'person',
    assignments: [role, { ...role, previousWorkflowState: 'REQUESTED' }],
  },
  {
    kind: 'OrderExecuted',
    identityId: 'person',
    assignments: [{ ...role, kind: 'resource', assignmentId: 'account' }],
  },
  { kind: 'OrderVerified', assignments: [role], connection: 'crm' },
  { kind: 'OrderQueued', detail: { count: 3 } },
  {
    kind: 'AssignmentChanged',
    identityId: 'person',
    assignments: ['editor', 'viewer', 'seller'].map((subject) => ({
      ...role,
      subject,
      assignmentId: `person:${subject}`,
    })),
  },
];

test.each(facts)('%j', (fact) => {
  const stored = JSON.parse(JSON.stringify(toStored(fact))) as StoredFact;
  expect(fromStored(stored)).toEqual(fact);
});

test('keeps roles that changed alike as one', () => {
  expect(toStored(facts.at(-1) ?? { kind: 'OrderQueued' }).assignments).toMatchObject([
    { subjects: ['editor', 'viewer', 'seller'], workflowState: 'APPROVED' },
  ]);
});

test('leaves out of each change what the fact says once', () => {
  expect(JSON.stringify(toStored(facts[0] ?? { kind: 'OrderQueued' })).match(/person/g)).toHaveLength(1);
});
