// Why somebody has a role or an account, is due to, or does not: told from what the computation stored, never computed anew.
// Owns verdicts and the one sentence; reasons are explanation-path.ts', rules that almost applied near-miss.ts'.
import type { ResourceDelta } from '../assignment.js';
import { positionIn } from '../calendar.js';
import { personOf } from '../person.js';
import type { ProvisioningState } from '../provisioning-state.js';
import type { WorkflowState } from '../workflow-state.js';
import { isDeclinedWish } from './declined-wish.js';
import { denialTexts } from './denial.js';
import { inputText } from './evaluate.js';
import {
  type ExplanationInput,
  nameOfRole,
  type Path,
  type PathStep,
  pathsOfDueAccount,
  pathsOfRole,
  ruleSteps,
  step,
} from './explanation-path.js';
import { isApproved } from './held-role.js';
import { type NearMiss, missesOfAccount, missesOfRole, missText, settingOfAccount } from './near-miss.js';
import type { StoredAccount } from './stored-account.js';

export const verdicts = ['GRANTED', 'GRANTED_UNEXPLAINED', 'SCHEDULED', 'PENDING', 'NOT_GRANTED'] as const;
export type Verdict = (typeof verdicts)[number];

export interface Explanation {
  readonly verdict: Verdict;
  /** One sentence for a manager. */
  readonly summary: string;
  readonly paths: readonly Path[];
  /** Rules that would give it, with the conditions that failed; empty unless it is not granted. Nearest first. */
  readonly nearMisses: readonly NearMiss[];
  /** Something it was computed from has changed since. */
  readonly isStale: boolean;
}

export interface ShownStates {
  readonly workflowState: WorkflowState;
  readonly provisioningState: ProvisioningState;
}

/** `states`: as it is shown; null: the identity has nothing of it. */
export function explainRole(input: ExplanationInput, role: string, states: ShownStates | null): Explanation {
  const held = input.identity.stored.roles.some((each) => each.role === role);
  const paths = pathsOfRole(input, role);
  const verdict = states === null ? 'NOT_GRANTED' : roleVerdict(input, role, held, states);
  const denials = denialTexts(input);
  const nearMisses = verdict === 'NOT_GRANTED' ? missesOfRole({ ...input, denials }, role) : [];
  const name = nameOfRole(input.model, role);
  return {
    verdict,
    summary: summaryOf(input, name, verdict, { paths, nearMisses }, denials.get(role)),
    paths,
    nearMisses,
    isStale: isStale(input),
  };
}

export function explainAccount(input: ExplanationInput, resourceType: string, states: ShownStates | null): Explanation {
  const name = nameOfType(input, resourceType);
  const account = input.identity.stored.accounts.find((each) => each.resourceType === resourceType && each.slot === 0);
  const isDue = account?.isDue === true;
  const paths = isDue ? pathsOfDueAccount(input, resourceType, account.expected.rule) : [];
  const verdict = isDue && states !== null ? grantedOr(states.provisioningState) : 'NOT_GRANTED';
  const nearMisses = verdict === 'NOT_GRANTED' ? missesOfAccount(input, resourceType) : [];
  const summary = obstacleOf(name, account) ?? summaryOf(input, name, verdict, { paths, nearMisses });
  return { verdict, summary, paths, nearMisses, isStale: isStale(input) };
}

/** What stands in the way of an account although rules give or take it; null: nothing. */
function obstacleOf(name: string, account: StoredAccount | undefined): string | null {
  if (account === undefined) return null;
  const { error, provisioningState, declinedHash, expectedHash } = account;
  if (error !== null)
    return provisioningState === 'ERROR' ? `${name} cannot be computed: ${error.message}` : error.message;
  return provisioningState === 'NONE' && isDeclinedWish(declinedHash, expectedHash)
    ? `A reviewer declined the change of ${name}. It is proposed again when something else is wanted.`
    : null;
}

const nameOfType = ({ model }: ExplanationInput, resourceType: string): string =>
  model.resourceTypes.get(resourceType)?.definition.displayName ?? resourceType;

/** The reading that stands behind the reasons is not the present one. */
export function isStale({ identity, isDirty, model, today }: ExplanationInput): boolean {
  const { state } = identity.stored;
  if (isDirty || state === null || (state.nextDueOn !== null && state.nextDueOn <= today)) return true;
  const { startDate, endDate } = personOf(identity.snapshot, model.identityType);
  const position = identity.snapshot.isRemoved ? 'after' : positionIn(today, startDate, endDate);
  return state.inputHash !== inputText(identity.snapshot, position, identity.hash, model, today);
}

const grantedOr = (state: ProvisioningState): Verdict =>
  state === 'VERIFIED' || state === 'EXECUTED' || state === 'NONE' ? 'GRANTED' : 'PENDING';

function roleVerdict(
  { identity, today }: ExplanationInput,
  role: string,
  isHeld: boolean,
  { workflowState, provisioningState }: ShownStates,
): Verdict {
  switch (workflowState) {
    case 'NON_CONFORMING':
    case 'PRE_EXISTING':
      return 'GRANTED_UNEXPLAINED';
    case 'DECLINED':
    case 'CANCELLATION':
    case 'INACTIVE':
    case 'BLOCKED':
    case 'SUGGESTED':
    case 'AUTOMATIC_WITH_VALIDATION':
      return 'NOT_GRANTED';
    default: {
      if (isHeld) return grantedOr(provisioningState);
      const row = identity.snapshot.decisions.find((each) => each.role === role);
      return row !== undefined && isApproved(row) && row.startDate !== null && row.startDate > today
        ? 'SCHEDULED'
        : 'PENDING';
    }
  }
}

const summaryEnds: Readonly<Record<Verdict, string>> = {
  GRANTED: 'has',
  GRANTED_UNEXPLAINED: 'has, for no known reason,',
  SCHEDULED: 'will have',
  PENDING: 'is getting',
  NOT_GRANTED: 'does not have',
};

const told: ReadonlySet<PathStep['kind']> = new Set([
  'RULE',
  'REQUEST',
  'COMPOSITE_ROLE',
  'SYNCHRONIZATION',
  'EXCEPTION',
]);

function summaryOf(
  { identity, model }: ExplanationInput,
  what: string,
  verdict: Verdict,
  { paths, nearMisses }: Pick<Explanation, 'paths' | 'nearMisses'>,
  denied?: string,
): string {
  const person = personOf(identity.snapshot, model.identityType).displayName;
  if (verdict === 'NOT_GRANTED') return `${person} ${summaryEnds[verdict]} ${what}: ${denied ?? missText(nearMisses)}.`;
  const reasons = paths.map(({ steps }) =>
    steps
      .filter(({ kind }) => told.has(kind))
      .map(({ label }) => label)
      .join(', '),
  );
  const because = reasons.filter((reason) => reason !== '').join('; and ');
  return `${person} ${summaryEnds[verdict]} ${what}${because === '' ? '' : `: ${because}`}.`;
}

/** Why a change is planned: one path for each rule whose value or link it writes. */
export function explainDelta(input: ExplanationInput, resourceType: string, delta: ResourceDelta): Explanation {
  const name = nameOfType(input, resourceType);
  const person = personOf(input.identity.snapshot, input.model.identityType).displayName;
  if (delta.kind === 'DELETE') {
    return {
      verdict: 'NOT_GRANTED',
      summary: `No rule gives ${person} ${name} any more.`,
      paths: [],
      nearMisses: missesOfAccount(input, resourceType),
      isStale: isStale(input),
    };
  }
  const rules = new Set([
    ...delta.scalars.flatMap(({ rule }) => rule ?? []),
    ...delta.links.flatMap(({ add, rules: own }) => add.flatMap((key) => own[key] ?? [])),
  ]);
  const setting = settingOfAccount(input);
  const end = step('RESOURCE_TYPE', name, { type: 'ResourceType', local: resourceType });
  const paths = [...rules]
    .sort()
    .map((rule): Path => ({ steps: [...ruleSteps(input, rule, setting), end], validFrom: null, validUntil: null }));
  return {
    verdict: 'PENDING',
    summary: `${name} of ${person} would be ${delta.kind === 'CREATE' ? 'made' : 'changed'}.`,
    paths,
    nearMisses: [],
    isStale: isStale(input),
  };
}
