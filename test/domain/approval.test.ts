// Who decides what: candidates in every disguise of self-approval, and what each decision leads to.
import { describe, expect, test } from '@jest/globals';
import type { Actor } from '../../src/domain/actor.js';
import { type Approval, decideReview, type ReviewedRequest, waitingSteps } from '../../src/domain/approval.js';
import { approverKeys, type ApproverInput, resolveApprovers } from '../../src/domain/approver.js';
import type { Configuration, Profile, RoleDefinition } from '../../src/domain/configuration.js';
import type { Person } from '../../src/domain/person.js';
import type { RequestItem } from '../../src/domain/request.js';

const person = (identifier: string, managerKey: string | null = null, changes: Partial<Person> = {}): Person => ({
  id: identifier,
  identifier,
  displayName: identifier,
  managerKey,
  startDate: null,
  endDate: null,
  isRemoved: false,
  ...changes,
});
const people = new Map(
  [
    person('camille', 'ines'),
    person('ines', 'zoe'),
    person('zoe'),
    person('paul', 'zoe'),
    person('officer'),
    person('admin'),
    person('gone', 'zoe', { endDate: '2031-01-01' }),
    person('solo', null),
    person('under-gone', 'gone'),
  ].map((each) => [each.identifier, each]),
);
const someone = (identifier: string): Person => people.get(identifier) ?? person(identifier);

const configuration: Configuration = {
  connectors: [],
  connections: [],
  entityTypes: [],
  policies: [],
  dimensions: [],
  contextRules: [],
  queryRules: [],
  classificationRules: [],
  automationRules: [],
  risks: [],
  categories: [],
  singleRoles: [],
  compositeRoles: [],
  resourceTypes: [],
  roleRules: [],
  typeRules: [],
  scalarRules: [],
  navigationRules: [],
  correlationRules: [],
  jobs: [],
  serviceAccounts: [],
  profiles: [
    { profile: 'role-officer', people: ['officer'] },
    { profile: 'administrator', people: ['admin'] },
  ],
};
const role = (changes: Partial<RoleDefinition>): RoleDefinition => ({
  identifier: 'editor',
  displayName: 'Editor',
  description: null,
  category: null,
  policy: 'default',
  owner: 'paul',
  isRequestable: true,
  isPrivileged: false,
  approvalWorkflow: 'ONE_APPROVAL',
  approvers: [{ kind: 'manager', quorum: 1 }],
  maxDurationDays: null,
  parameters: [],
  gracePeriodDays: 0,
  prolongationWithoutApproval: false,
  implicitApproval: false,
  approvalDays: null,
  ...changes,
});
const two = role({
  approvalWorkflow: 'TWO_APPROVALS',
  approvers: [
    { kind: 'manager', quorum: 1 },
    { kind: 'owner', quorum: 1 },
  ],
});
const input = (changes: Partial<ApproverInput> & { readonly of?: string; readonly by?: string }): ApproverInput => ({
  role: role({}),
  requesterId: changes.by ?? changes.of ?? 'camille',
  beneficiary: someone(changes.of ?? 'camille'),
  people,
  configuration,
  risks: [],
  named: new Map(),
  samePeople: new Map(),
  today: '2031-05-10',
  ...changes,
});

describe('resolveApprovers', () => {
  test.each<[string, ApproverInput, readonly (readonly [readonly string[], string])[]]>([
    ['nobody, where no approval is needed', input({ role: role({ approvalWorkflow: 'NONE' }) }), []],
    ['the manager', input({}), [[['ines'], 'approval.manager']]],
    [
      'the manager, where the workflow says so',
      input({ role: role({ approvalWorkflow: 'MANAGER', approvers: [] }) }),
      [[['ines'], 'approval.manager']],
    ],
    [
      'the manager, then the owner',
      input({ role: two }),
      [
        [['ines'], 'approval.manager'],
        [['paul'], 'approval.owner'],
      ],
    ],
    [
      'named people',
      input({ role: role({ approvers: [{ kind: 'people', people: ['paul', 'zoe', 'gone'], quorum: 1 }] }) }),
      [[['paul', 'zoe'], 'approval.people']],
    ],
    [
      'the manager’s manager, when the manager is the requester',
      input({ by: 'ines' }),
      [[['zoe'], 'approval.managers-of-approvers']],
    ],
    [
      'the owner’s manager, when the owner is the beneficiary',
      input({ of: 'paul', role: role({ approvers: [{ kind: 'owner', quorum: 1 }] }) }),
      [[['zoe'], 'approval.managers-of-approvers']],
    ],
    [
      'the manager’s manager, when the manager has left',
      input({ of: 'under-gone' }),
      [[['zoe'], 'approval.managers-of-approvers']],
    ],
    ['the role officers, where there is no manager', input({ of: 'solo' }), [[['officer'], 'approval.role-officers']]],
    [
      'the administrators, when the role officer asks',
      input({ of: 'officer' }),
      [[['admin'], 'approval.administrators']],
    ],
    [
      'somebody else for the second step, when both would fall to one person',
      input({ of: 'paul', role: two }),
      [
        [['zoe'], 'approval.manager'],
        [['officer'], 'approval.role-officers'],
      ],
    ],
  ])('finds %s', (_name, asked, expected) => {
    const decision = resolveApprovers(asked);
    if (!decision.ok) throw new Error(decision.refusals[0]?.message);
    expect(decision.value.map((step) => [step.candidates, step.rule])).toEqual(expected);
    expect(decision.value.map((step) => [step.step, step.stepCount])).toEqual(
      expected.map((_, index) => [index + 1, expected.length]),
    );
  });

  test('refuses when nobody disinterested is left', () => {
    const nobody = { ...configuration, profiles: [{ profile: 'administrator' as const, people: ['solo'] }] };
    expect(resolveApprovers(input({ of: 'solo', configuration: nobody }))).toMatchObject({
      ok: false,
      refusals: [{ code: 'APPROVAL_REQUIRED', rule: 'approval.somebody' }],
    });
  });

  test('names everybody whose row is needed', () => {
    expect(approverKeys([two], someone('camille'), configuration)).toEqual(['ines', 'paul', 'officer', 'admin']);
  });
});

const item: RequestItem = {
  id: 'i',
  position: 0,
  action: 'ADD',
  role: 'editor',
  startDate: null,
  endDate: null,
  parameters: null,
  state: 'PENDING_APPROVAL',
};
const step = (
  number: number,
  of: number,
  candidates: readonly string[],
  changes: Partial<Approval> = {},
): Approval => ({
  id: `s${number}`,
  itemId: 'i',
  step: number,
  stepCount: of,
  candidates,
  rule: 'approval.manager',
  kind: 'ROLE',
  quorum: 1,
  votes: [],
  decision: null,
  decidedBy: null,
  onBehalfOf: null,
  decidedByRule: null,
  ...changes,
});
const request = (approvals: readonly Approval[], changes: Partial<ReviewedRequest> = {}): ReviewedRequest => ({
  id: 'r',
  number: 'REQ-1',
  requesterId: 'camille',
  beneficiaryId: 'camille',
  state: 'PENDING_APPROVAL',
  digest: 'seen',
  items: [item],
  approvals,
  ...changes,
});
const actor = (identifier: string, ...profiles: readonly Profile[]): Actor => ({
  kind: 'identity',
  identityId: identifier,
  identifier,
  displayName: identifier,
  profiles: ['employee', ...profiles],
});
const yes = { decision: 'APPROVED', comment: null, seenDigest: 'seen' } as const;
const script: Actor = { kind: 'service', identifier: 'ci', displayName: 'CI', profiles: ['script', 'administrator'] };
const afterInes = [
  step(1, 2, ['ines', 'paul'], { decision: 'APPROVED', decidedBy: 'ines' }),
  step(2, 2, ['ines', 'paul']),
];

describe('decideReview', () => {
  test.each<[string, Actor, ReviewedRequest, string, string]>([
    [
      'the requester',
      actor('camille'),
      request([step(1, 1, ['camille', 'ines'])]),
      'SELF_APPROVAL_FORBIDDEN',
      'approval.not-the-requester',
    ],
    [
      'the requester on behalf of another',
      actor('ines'),
      request([step(1, 1, ['ines'])], { requesterId: 'ines' }),
      'SELF_APPROVAL_FORBIDDEN',
      'approval.not-the-requester',
    ],
    [
      'the beneficiary',
      actor('camille'),
      request([step(1, 1, ['camille'])], { requesterId: 'ines' }),
      'SELF_APPROVAL_FORBIDDEN',
      'approval.not-the-beneficiary',
    ],
    [
      'the beneficiary who is an administrator',
      actor('camille', 'administrator'),
      request([step(1, 1, ['ines'])], { requesterId: 'ines' }),
      'SELF_APPROVAL_FORBIDDEN',
      'approval.not-the-beneficiary',
    ],
    [
      'one who decided an earlier step',
      actor('ines'),
      request(afterInes),
      'SEGREGATION_OF_DUTIES',
      'approval.two-people',
    ],
    [
      'one who is the only one for a later step',
      actor('ines'),
      request([step(1, 2, ['ines', 'paul']), step(2, 2, ['ines'])]),
      'SEGREGATION_OF_DUTIES',
      'approval.leaves-a-decider',
    ],
    ['one who is not asked', actor('paul'), request([step(1, 1, ['ines'])]), 'FORBIDDEN', 'approval.candidate'],
    [
      'an administrator who is not asked',
      actor('admin', 'administrator'),
      request([step(1, 1, ['ines'])]),
      'FORBIDDEN',
      'approval.candidate',
    ],
    [
      'one whose step has not come yet',
      actor('paul'),
      request([step(1, 2, ['ines']), step(2, 2, ['paul'])]),
      'FORBIDDEN',
      'approval.candidate',
    ],
    [
      'a role officer who is none any more',
      actor('officer'),
      request([step(1, 1, ['officer'], { rule: 'approval.role-officers' })]),
      'FORBIDDEN',
      'approval.still-in-office',
    ],
    ['a service account', script, request([step(1, 1, ['ines'])]), 'FORBIDDEN', 'approval.by-a-person'],
    [
      'one who saw something else',
      actor('ines'),
      request([step(1, 1, ['ines'])], { digest: 'other' }),
      'STALE_VERSION',
      'approval.as-seen',
    ],
    [
      'one who comes too late',
      actor('ines'),
      request([step(1, 1, ['ines'])], { state: 'APPROVED' }),
      'STATE_CONFLICT',
      'approval.open',
    ],
    [
      'one who decides what was canceled',
      actor('ines'),
      request([step(1, 1, ['ines'])], { state: 'CANCELED' }),
      'STATE_CONFLICT',
      'approval.open',
    ],
  ])('refuses %s', (_name, who, what, code, rule) => {
    expect(decideReview(who, what, yes)).toMatchObject({ ok: false, refusals: [{ code, rule }] });
  });

  test('approves the item with the last step', () => {
    expect(decideReview(actor('ines'), request([step(1, 1, ['ines'])]), yes)).toMatchObject({
      ok: true,
      value: { approved: [{ id: 'i' }], opened: [], state: 'APPROVED' },
    });
  });

  test('opens the second step with the first', () => {
    const twoSteps = request([step(1, 2, ['ines']), step(2, 2, ['paul'])]);
    expect(decideReview(actor('ines'), twoSteps, yes)).toMatchObject({
      ok: true,
      value: { decided: [{ id: 's1' }], opened: [{ id: 's2' }], approved: [], state: 'PENDING_APPROVAL' },
    });
  });

  test('approves with the second of two people', () => {
    expect(decideReview(actor('paul'), request(afterInes), yes)).toMatchObject({
      ok: true,
      value: { approved: [{ id: 'i' }], state: 'APPROVED' },
    });
  });

  test('declines the item with any step', () => {
    expect(
      decideReview(actor('ines'), request([step(1, 2, ['ines']), step(2, 2, ['paul'])]), {
        ...yes,
        decision: 'DECLINED',
      }),
    ).toMatchObject({ ok: true, value: { declined: [{ id: 'i' }], approved: [], state: 'DECLINED' } });
  });

  test('lets the one needed for a later step decline this one', () => {
    const needed = request([step(1, 2, ['ines', 'paul']), step(2, 2, ['ines'])]);
    expect(decideReview(actor('ines'), needed, { ...yes, decision: 'DECLINED' })).toMatchObject({
      ok: true,
      value: { state: 'DECLINED' },
    });
  });

  test('leaves a postponed step waiting for its candidates', () => {
    expect(
      decideReview(actor('ines'), request([step(1, 1, ['ines'])]), { ...yes, decision: 'POSTPONED' }),
    ).toMatchObject({ ok: true, value: { decided: [{ id: 's1' }], state: 'PENDING_APPROVAL' } });
    expect(waitingSteps(request([step(1, 1, ['ines'], { decision: 'POSTPONED', decidedBy: 'ines' })]))).toMatchObject([
      { id: 's1' },
    ]);
  });

  test('decides only the items that are the actor’s to decide', () => {
    const other: RequestItem = { ...item, id: 'j', role: 'auditor', position: 1 };
    const mixed = request([step(1, 1, ['ines']), step(1, 1, ['paul'], { id: 't1', itemId: 'j' })], {
      items: [item, other],
    });
    expect(decideReview(actor('ines'), mixed, yes)).toMatchObject({
      ok: true,
      value: { approved: [{ id: 'i' }], state: 'PENDING_APPROVAL' },
    });
  });
});
