// Who is asked to decide: the candidates of each step of a role's approval, found when the request is made.
// Owns the order in which candidates are looked for; what they may then decide is approval.ts's.
import { categoriesAbove } from './automation.js';
import type {
  ApprovalWorkflow,
  ApproverDefinition,
  Configuration,
  RiskDefinition,
  RoleDefinition,
} from './configuration.js';
import { haveOwnDeciders, isOneOf, type NaturalPeople } from './four-eyes.js';
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
  'approval.joined',
] as const;
export type ApprovalRule = (typeof approvalRules)[number];

/** ROLE: of the role's workflow; RISK: because of a risk, after all others. */
export type ApprovalKind = 'ROLE' | 'RISK';

export interface ApprovalStep {
  /** From 1. */
  readonly step: number;
  readonly stepCount: number;
  readonly kind: ApprovalKind;
  /** Row ids. */
  readonly candidates: readonly string[];
  /** How many of them must say yes. */
  readonly quorum: number;
  readonly rule: ApprovalRule;
  /** Done by asking: the requester could decide it, and the role says that this is enough. */
  readonly isImplied: boolean;
}

export interface ApproverInput {
  readonly role: RoleDefinition;
  /** Risks that call for a step of their own. */
  readonly risks: readonly RiskDefinition[];
  readonly requesterId: string;
  readonly beneficiary: Person;
  /** Expression → the identity key it gives for the beneficiary; null: nobody, or it failed. */
  readonly named: NamedByExpression;
  /** By identity key: everybody `approverKeys` names, and their managers. */
  readonly people: ReadonlyMap<string, Person>;
  readonly samePeople: NaturalPeople;
  readonly configuration: Configuration;
  readonly today: string;
}
export type NamedByExpression = ReadonlyMap<string, string | null>;

const stepCounts: Readonly<Record<ApprovalWorkflow, number>> = {
  NONE: 0,
  ONE_APPROVAL: 1,
  TWO_APPROVALS: 2,
  THREE_APPROVALS: 3,
  MANAGER: 1,
};

/** Role → days one of its steps may wait; roles without a limit are absent. */
export const approvalDays = ({
  roles,
}: {
  readonly roles: ReadonlyMap<string, RoleDefinition>;
}): ReadonlyMap<string, number> =>
  new Map(
    [...roles.values()].flatMap(({ identifier, approvalDays: days }) =>
      days === null ? [] : [[identifier, days] as const],
    ),
  );

/** The people whose rows are needed to find the candidates; their managers are needed too. */
export const approverKeys = (
  roles: readonly RoleDefinition[],
  beneficiary: Person,
  configuration: Configuration,
  named: NamedByExpression = new Map(),
): readonly string[] => [
  ...new Set([
    ...roles.flatMap((role) =>
      wantedSteps(role, configuration.risks).flatMap(({ approver }) =>
        keysOf(approver, { role, beneficiary, configuration, named }),
      ),
    ),
    ...profileHolders('role-officer', configuration),
    ...profileHolders('administrator', configuration),
  ]),
];

/** Texts of the expressions that name approvers of these roles, or of a risk. */
export const approverExpressions = (roles: readonly RoleDefinition[], { risks }: Configuration): readonly string[] => [
  ...new Set(
    roles.flatMap((role) =>
      wantedSteps(role, risks).flatMap(({ approver }) => (approver.kind === 'expression' ? [approver.expression] : [])),
    ),
  ),
];

/**
 * The steps with their candidates. Each step takes the first group that has enough people who are neither requester nor
 * beneficiary, and leaves every step of the item its own deciders: the named approvers, their managers, the role
 * officers, the administrators. Where several must agree, later groups join the earlier ones.
 */
export function resolveApprovers(input: ApproverInput): Decision<readonly ApprovalStep[]> {
  const wanted = wantedSteps(input.role, input.risks);
  const steps: ApprovalStep[] = [];
  for (const [index, { kind, approver }] of wanted.entries()) {
    const step = { step: index + 1, stepCount: wanted.length, kind, quorum: approver.quorum };
    const groups = groupsOf(approver, input);
    if (kind === 'ROLE' && isImplied(approver, input)) {
      const [first = nobodyNamed] = groups;
      steps.push({ ...step, ...first, isImplied: true });
      continue;
    }
    const found = groups.find((group) => haveOwnDeciders([...open(steps), needOf(group, approver)], input.samePeople));
    if (found === undefined) return nobody(input, index + 1);
    steps.push({ ...step, ...found, isImplied: false });
  }
  return granted(steps);
}

const open = (steps: readonly ApprovalStep[]) =>
  steps.filter((step) => !step.isImplied).map(({ candidates, quorum }) => ({ candidates, count: quorum }));
const needOf = ({ candidates }: Group, { quorum }: ApproverDefinition) => ({ candidates, count: quorum });
const nobodyNamed: Group = { rule: 'approval.people', candidates: [] };

interface WantedStep {
  readonly kind: ApprovalKind;
  readonly approver: ApproverDefinition;
}

const wantedSteps = (role: RoleDefinition, risks: readonly RiskDefinition[]): readonly WantedStep[] => [
  ...approversOf(role).map((approver): WantedStep => ({ kind: 'ROLE', approver })),
  ...risks.map((risk): WantedStep => ({ kind: 'RISK', approver: risk.approvers[0] ?? byOfficers })),
];

const byManager: ApproverDefinition = { kind: 'manager', quorum: 1 };
const byOfficers: ApproverDefinition = { kind: 'people', people: [], quorum: 1 };

function approversOf(role: RoleDefinition): readonly ApproverDefinition[] {
  const count = stepCounts[role.approvalWorkflow];
  return Array.from({ length: count }, (_, index) =>
    role.approvalWorkflow === 'MANAGER' ? byManager : (role.approvers[index] ?? byManager),
  );
}

/** The requester is one of those who are named for the step, asks for somebody else, and one yes is enough. */
function isImplied(approver: ApproverDefinition, input: ApproverInput): boolean {
  const { role, requesterId, beneficiary, samePeople, people } = input;
  if (!role.implicitApproval || approver.quorum > 1 || isOneOf(samePeople, requesterId, [beneficiary.id])) return false;
  return keysOf(approver, input).some((key) => people.get(key)?.id === requesterId);
}

type KeyInput = Pick<ApproverInput, 'role' | 'beneficiary' | 'configuration' | 'named'>;

function keysOf(approver: ApproverDefinition, input: KeyInput): readonly string[] {
  const { role, beneficiary, configuration, named } = input;
  switch (approver.kind) {
    case 'manager':
      return beneficiary.managerKey === null ? [] : [beneficiary.managerKey];
    case 'owner':
      return role.owner === null ? [] : [role.owner];
    case 'people':
      return approver.people;
    case 'officers':
      return categoryOfficers(role, configuration);
    case 'expression': {
      const key = named.get(approver.expression) ?? null;
      return key === null ? [] : [key];
    }
    default:
      return approver satisfies never;
  }
}

/** Officers of the role's category and of all above it: identity keys. */
export const categoryOfficers = (
  { category }: Pick<RoleDefinition, 'category'>,
  { categories }: Pick<Configuration, 'categories'>,
): readonly string[] => [...new Set(categoriesAbove(categories, category).flatMap(({ officers }) => officers))];

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
  const named = keysOf(approver, input);
  const theirManagers = named.flatMap((key) => input.people.get(key)?.managerKey ?? []);
  const groups: readonly Group[] = [
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
  return approver.quorum === 1 ? groups : joined(groups);
}

/** Each group with all before it: whoever was named stays asked. */
const joined = (groups: readonly Group[]): readonly Group[] =>
  groups.map(({ rule }, index) => ({
    rule: index === 0 ? rule : 'approval.joined',
    candidates: [...new Set(groups.slice(0, index + 1).flatMap(({ candidates }) => candidates))],
  }));

/** Active, and neither the requester nor the beneficiary, nor another identity of theirs. */
function eligible(
  keys: readonly string[],
  { people, samePeople, requesterId, beneficiary, today }: ApproverInput,
): readonly string[] {
  const found = keys.flatMap((key) => people.get(key) ?? []);
  const ids = found
    .filter((person) => isActive(person, today) && !isOneOf(samePeople, person.id, [requesterId, beneficiary.id]))
    .map((person) => person.id);
  return [...new Set(ids)];
}

const nobody = ({ role, beneficiary }: ApproverInput, step: number): Decision<never> =>
  refused({
    code: 'APPROVAL_REQUIRED',
    rule: 'approval.somebody',
    message: `Nobody can decide step ${step} of ${role.displayName} for ${beneficiary.displayName}: no approver, manager of one, role officer or administrator is active and disinterested, or too few are.`,
    hint: 'Ask an administrator to name role officers in the configuration (profiles).',
  });
