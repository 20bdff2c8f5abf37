// Who is asked to decide: the candidates of each step of a role's approval, found when the request is made.
// Owns the order in which candidates are looked for; what they may then decide is approval.ts's.
import type { ApprovalWorkflow, ApproverDefinition, Configuration, RoleDefinition } from './configuration.js';
import { isActive, type Person } from './person.js';
import { type Decision, granted, refused } from './refusal.js';

/** Why somebody is a candidate, as stored with the step. */
export const approvalRules = [
  'approval.manager',
  'approval.owner',
  'approval.people',
  'approval.officers',
  'approval.expression',
  'approval.managers-of-approvers',
  'approval.role-officers',
  'approval.administrators',
  'approval.successors',
] as const;
export type ApprovalRule = (typeof approvalRules)[number];

export interface ApprovalStep {
  /** From 1. */
  readonly step: number;
  readonly stepCount: number;
  /** Row ids; any one of them decides the step. */
  readonly candidates: readonly string[];
  readonly rule: ApprovalRule;
}

export interface ApproverInput {
  readonly role: RoleDefinition;
  readonly requesterId: string;
  readonly beneficiary: Person;
  /** By identity key: everybody `approverKeys` names, and their managers. */
  readonly people: ReadonlyMap<string, Person>;
  readonly configuration: Configuration;
  readonly today: string;
}

const stepCounts: Readonly<Record<ApprovalWorkflow, number>> = {
  NONE: 0,
  ONE_APPROVAL: 1,
  TWO_APPROVALS: 2,
  THREE_APPROVALS: 3,
  MANAGER: 1,
};

/** The people whose rows are needed to find the candidates; their managers are needed too. */
export const approverKeys = (
  roles: readonly RoleDefinition[],
  beneficiary: Person,
  configuration: Configuration,
): readonly string[] => [
  ...new Set([
    ...roles.flatMap((role) => approversOf(role).flatMap((approver) => keysOf(approver, role, beneficiary))),
    ...profileHolders('role-officer', configuration),
    ...profileHolders('administrator', configuration),
  ]),
];

/**
 * The steps with their candidates. Each step takes the first group that has somebody who is neither requester nor
 * beneficiary, and leaves every step of the item its own decider: the named approvers, their managers, the role
 * officers, the administrators.
 */
export function resolveApprovers(input: ApproverInput): Decision<readonly ApprovalStep[]> {
  const approvers = approversOf(input.role);
  const steps: ApprovalStep[] = [];
  for (const [index, approver] of approvers.entries()) {
    const found = groupsOf(approver, input).find(({ candidates }) =>
      haveOwnDeciders([...steps.map((step) => step.candidates), candidates]),
    );
    if (found === undefined) return nobody(input, index + 1);
    steps.push({ step: index + 1, stepCount: approvers.length, ...found });
  }
  return granted(steps);
}

function approversOf(role: RoleDefinition): readonly ApproverDefinition[] {
  const count = stepCounts[role.approvalWorkflow];
  const byManager: ApproverDefinition = { kind: 'manager', quorum: 1 };
  return Array.from({ length: count }, (_, index) =>
    role.approvalWorkflow === 'MANAGER' ? byManager : (role.approvers[index] ?? byManager),
  );
}

function keysOf(approver: ApproverDefinition, role: RoleDefinition, beneficiary: Person): readonly string[] {
  switch (approver.kind) {
    case 'manager':
      return beneficiary.managerKey === null ? [] : [beneficiary.managerKey];
    case 'owner':
      return role.owner === null ? [] : [role.owner];
    case 'people':
      return approver.people;
    case 'officers':
    case 'expression':
      return [];
    default:
      return approver satisfies never;
  }
}

export const profileHolders = (
  profile: 'role-officer' | 'administrator',
  configuration: Configuration,
): readonly string[] =>
  configuration.profiles.filter((each) => each.profile === profile).flatMap((each) => each.people);

interface Group {
  readonly rule: ApprovalRule;
  readonly candidates: readonly string[];
}

function groupsOf(approver: ApproverDefinition, input: ApproverInput): readonly Group[] {
  const named = keysOf(approver, input.role, input.beneficiary);
  const theirManagers = named.flatMap((key) => input.people.get(key)?.managerKey ?? []);
  return [
    { rule: `approval.${approver.kind}` as const, candidates: eligible(named, input) },
    { rule: 'approval.managers-of-approvers', candidates: eligible(theirManagers, input) },
    {
      rule: 'approval.role-officers',
      candidates: eligible(profileHolders('role-officer', input.configuration), input),
    },
    {
      rule: 'approval.administrators',
      candidates: eligible(profileHolders('administrator', input.configuration), input),
    },
  ];
}

/** Active, and neither the requester nor the beneficiary. */
function eligible(
  keys: readonly string[],
  { people, requesterId, beneficiary, today }: ApproverInput,
): readonly string[] {
  const found = keys.flatMap((key) => people.get(key) ?? []);
  const ids = found
    .filter((person) => isActive(person, today) && person.id !== requesterId && person.id !== beneficiary.id)
    .map((person) => person.id);
  return [...new Set(ids)];
}

/** True when every step can be decided by somebody who decides no other one. At most three steps: trying all is cheap. */
export function haveOwnDeciders(steps: readonly (readonly string[])[], taken: readonly string[] = []): boolean {
  const [first, ...rest] = steps;
  if (first === undefined) return true;
  return first.some((id) => !taken.includes(id) && haveOwnDeciders(rest, [...taken, id]));
}

const nobody = ({ role, beneficiary }: ApproverInput, step: number): Decision<never> =>
  refused({
    code: 'APPROVAL_REQUIRED',
    rule: 'approval.somebody',
    message: `Nobody can decide step ${step} of ${role.displayName} for ${beneficiary.displayName}: no approver, manager of one, role officer or administrator is active and disinterested.`,
    hint: 'Ask an administrator to name role officers in the configuration (profiles).',
  });
