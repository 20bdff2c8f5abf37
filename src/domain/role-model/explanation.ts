// Why somebody has a role or an account, or is due to: told from what the computation stored, never computed anew.
// Owns the words and the paths; leaves the people and requests in them to whoever shows them.
import type { ScalarValue } from '@joinery/connector-kit';
import type { CalculatedRole, ResourceDelta, RoleReason } from '../assignment.js';
import type { NodeType } from '../global-id.js';
import type { ProvisioningState } from '../provisioning-state.js';
import type { WorkflowState } from '../workflow-state.js';
import type { LoadedIdentity } from './computation.js';
import { inputText } from './evaluate.js';
import { isApproved } from './held-role.js';
import type { CompiledModel } from './model.js';
import { positionIn } from '../calendar.js';
import { personOf } from '../person.js';

export const verdicts = ['GRANTED', 'GRANTED_UNEXPLAINED', 'SCHEDULED', 'PENDING', 'NOT_GRANTED'] as const;
export type Verdict = (typeof verdicts)[number];

export const stepKinds = [
  'ATTRIBUTE',
  'RULE',
  'COMPOSITE_ROLE',
  'SINGLE_ROLE',
  'REQUEST',
  'APPROVAL',
  'RESOURCE_TYPE',
  'NAVIGATION',
  'SYNCHRONIZATION',
  'EXCEPTION',
] as const;
export type StepKind = (typeof stepKinds)[number];

export interface Condition {
  readonly expression: string;
  /** The attribute it reads, or an object of them. */
  readonly actualValue: ScalarValue | Readonly<Record<string, ScalarValue>>;
  readonly isSatisfied: boolean;
}

export interface PathStep {
  readonly kind: StepKind;
  readonly label: string;
  /** What the step is about. */
  readonly node: { readonly type: NodeType; readonly local: string } | null;
  readonly conditions: readonly Condition[];
  /** Row id of the person who decided. */
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly comment: string | null;
}

export interface Path {
  readonly steps: readonly PathStep[];
  /** Calendar days; null = open. */
  readonly validFrom: string | null;
  readonly validUntil: string | null;
}

export interface Explanation {
  readonly verdict: Verdict;
  /** One sentence for a manager. */
  readonly summary: string;
  readonly paths: readonly Path[];
  /** Something it was computed from has changed since. */
  readonly isStale: boolean;
}

/** What is told of a request, by whoever may read it. */
export interface RequestStory {
  readonly requestId: string;
  readonly number: string;
  readonly requestedBy: string | null;
  readonly requestedAt: Date;
  readonly justification: string | null;
  readonly approvals: readonly {
    readonly decidedBy: string | null;
    readonly decidedAt: Date | null;
    readonly comment: string | null;
    readonly step: number;
  }[];
}

export interface ExplanationInput {
  readonly model: CompiledModel;
  readonly identity: LoadedIdentity;
  readonly isDirty: boolean;
  readonly today: string;
  /** By request item. */
  readonly requests: ReadonlyMap<string, RequestStory>;
}

export interface ShownStates {
  readonly workflowState: WorkflowState;
  readonly provisioningState: ProvisioningState;
}

export function explainRole(input: ExplanationInput, role: string, states: ShownStates): Explanation {
  const held = input.identity.stored.roles.some((each) => each.role === role);
  const paths = pathsOfRole(input, role);
  const verdict = roleVerdict(input, role, held, states);
  return {
    verdict,
    summary: summaryOf(input, nameOfRole(input.model, role), verdict, paths),
    paths,
    isStale: isStale(input),
  };
}

export function explainAccount(input: ExplanationInput, resourceType: string, states: ShownStates): Explanation {
  const type = input.model.resourceTypes.get(resourceType);
  const account = input.identity.stored.accounts.find((each) => each.resourceType === resourceType);
  const rules =
    account === undefined || !account.isDue ? [] : rulesOfAccount(input, resourceType, account.expected.rule);
  const paths = rules.flatMap((rule) => pathsOfAccount(input, resourceType, rule));
  const verdict = account?.isDue === true ? grantedOr(states.provisioningState) : 'NOT_GRANTED';
  const name = type?.definition.displayName ?? resourceType;
  const summary =
    account === undefined || account.error === null
      ? summaryOf(input, name, verdict, paths)
      : `${name} cannot be computed: ${account.error.message}`;
  return { verdict, summary, paths, isStale: isStale(input) };
}

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

const nameOfRole = (model: CompiledModel, role: string): string => model.roles.get(role)?.displayName ?? role;

const summaryEnds: Readonly<Record<Verdict, string>> = {
  GRANTED: 'has',
  GRANTED_UNEXPLAINED: 'has, for no known reason,',
  SCHEDULED: 'will have',
  PENDING: 'is getting',
  NOT_GRANTED: 'does not have',
};

function summaryOf(
  { identity, model }: ExplanationInput,
  what: string,
  verdict: Verdict,
  paths: readonly Path[],
): string {
  const person = personOf(identity.snapshot, model.identityType).displayName;
  const reasons = paths.map(({ steps }) =>
    steps
      .filter(({ kind }) => kind === 'RULE' || kind === 'REQUEST' || kind === 'COMPOSITE_ROLE')
      .map(({ label }) => label)
      .join(', '),
  );
  const because = reasons.filter((reason) => reason !== '').join('; and ');
  return `${person} ${summaryEnds[verdict]} ${what}${because === '' ? '' : `: ${because}`}.`;
}

const step = (kind: StepKind, label: string, node: PathStep['node'] = null): PathStep => ({
  kind,
  label,
  node,
  conditions: [],
  decidedBy: null,
  decidedAt: null,
  comment: null,
});

function pathsOfRole(input: ExplanationInput, role: string, seen: ReadonlySet<string> = new Set()): readonly Path[] {
  if (seen.has(role)) return [];
  const reasons = input.identity.stored.roles
    .filter((each: CalculatedRole) => each.role === role)
    .map(({ reason }) => reason);
  const known = reasons.length > 0 ? reasons : reasonsOfRow(input, role);
  return known.flatMap((reason) => pathsOfReason(input, role, reason, new Set([...seen, role])));
}

/** Asked for, not held: the request is all there is to tell. */
function reasonsOfRow({ identity }: ExplanationInput, role: string): readonly RoleReason[] {
  const row = identity.snapshot.decisions.find((each) => each.role === role);
  return row === undefined || row.requestItemId === null ? [] : [{ kind: 'request', cause: row.requestItemId }];
}

function pathsOfReason(
  input: ExplanationInput,
  role: string,
  reason: RoleReason,
  seen: ReadonlySet<string>,
): readonly Path[] {
  const end = roleStep(input.model, role);
  switch (reason.kind) {
    case 'rule':
      return [{ steps: [...ruleSteps(input, reason.cause), end], validFrom: null, validUntil: null }];
    case 'role':
      return pathsOfRole(input, reason.cause, seen).map((path) => ({ ...path, steps: [...path.steps, end] }));
    case 'request': {
      const row = input.identity.snapshot.decisions.find((each) => each.role === role);
      return [
        {
          steps: [...requestSteps(input, reason.cause), end],
          validFrom: row?.startDate ?? null,
          validUntil: row?.endDate ?? null,
        },
      ];
    }
    case 'found':
      return [
        {
          steps: [step('SYNCHRONIZATION', 'found in the managed system', null), end],
          validFrom: null,
          validUntil: null,
        },
      ];
    case 'grace':
      return [{ steps: [...ruleSteps(input, reason.cause), end], validFrom: null, validUntil: null }];
    case 'decision':
      return [{ steps: [step('EXCEPTION', 'kept by a person', null), end], validFrom: null, validUntil: null }];
    default:
      return reason.kind satisfies never;
  }
}

const roleStep = (model: CompiledModel, role: string): PathStep =>
  step(model.singleRolesOf.has(role) ? 'COMPOSITE_ROLE' : 'SINGLE_ROLE', nameOfRole(model, role), {
    type: 'SingleRole',
    local: role,
  });

/** The attributes a rule looks at, as they are, and the rule. */
function ruleSteps({ model, identity }: ExplanationInput, rule: string): readonly PathStep[] {
  const text = model.ruleText.get(rule);
  const reads = text?.reads ?? [];
  const values = Object.fromEntries(
    reads.map((property) => [property, identity.snapshot.attributes[property] ?? null]),
  );
  const attributes = reads.map((property) =>
    step('ATTRIBUTE', `${nameOfProperty(model, property)} = ${String(values[property] ?? 'nothing')}`),
  );
  const only = reads[0];
  const actualValue = only !== undefined && reads.length === 1 ? (values[only] ?? null) : values;
  const conditions =
    text === undefined || text.expression === null
      ? []
      : [{ expression: text.expression, actualValue, isSatisfied: true }];
  return [
    ...attributes,
    {
      ...step('RULE', text?.summary ?? `a rule that is no longer configured (${rule})`, { type: 'Rule', local: rule }),
      conditions,
    },
  ];
}

const nameOfProperty = ({ identityType }: CompiledModel, property: string): string =>
  identityType.properties.find(({ identifier }) => identifier === property)?.displayName ?? property;

function requestSteps({ requests }: ExplanationInput, itemId: string): readonly PathStep[] {
  const story = requests.get(itemId);
  if (story === undefined) return [step('REQUEST', 'approved on request')];
  const node = { type: 'AssignmentRequest', local: story.requestId } as const;
  const decided = story.approvals.map(
    (approval): PathStep => ({
      ...step('APPROVAL', `approval ${approval.step}`, null),
      decidedBy: approval.decidedBy,
      decidedAt: approval.decidedAt,
      comment: approval.comment,
    }),
  );
  return [
    {
      ...step('REQUEST', `request ${story.number}`, node),
      decidedBy: story.requestedBy,
      decidedAt: story.requestedAt,
      comment: story.justification,
    },
    ...decided,
  ];
}

/** The rule that was applied, and every other that follows from roles held alone. */
function rulesOfAccount(
  { model, identity }: ExplanationInput,
  resourceType: string,
  applied: string,
): readonly string[] {
  const held = new Set(identity.stored.roles.map(({ role }) => role));
  const others = (model.resourceTypes.get(resourceType)?.typeRules ?? []).filter(
    (rule) => rule.role !== null && held.has(rule.role) && rule.condition === null,
  );
  return [...new Set([applied, ...others.map(({ identifier }) => identifier)])];
}

function pathsOfAccount(input: ExplanationInput, resourceType: string, rule: string): readonly Path[] {
  const type = input.model.resourceTypes.get(resourceType);
  const role = type?.typeRules.find(({ identifier }) => identifier === rule)?.role ?? null;
  const end = [
    ...ruleSteps(input, rule),
    step('RESOURCE_TYPE', type?.definition.displayName ?? resourceType, { type: 'ResourceType', local: resourceType }),
  ];
  if (role === null) return [{ steps: end, validFrom: null, validUntil: null }];
  return pathsOfRole(input, role).map((path) => ({ ...path, steps: [...path.steps, ...end] }));
}

/** Why a change is planned: one path for each rule whose value or link it writes. */
export function explainDelta(input: ExplanationInput, resourceType: string, delta: ResourceDelta): Explanation {
  const name = input.model.resourceTypes.get(resourceType)?.definition.displayName ?? resourceType;
  const person = personOf(input.identity.snapshot, input.model.identityType).displayName;
  if (delta.kind === 'DELETE') {
    return {
      verdict: 'NOT_GRANTED',
      summary: `No rule gives ${person} ${name} any more.`,
      paths: [],
      isStale: isStale(input),
    };
  }
  const rules = new Set([
    ...delta.scalars.flatMap(({ rule }) => rule ?? []),
    ...delta.links.flatMap(({ add, rules: own }) => add.flatMap((key) => own[key] ?? [])),
  ]);
  const end = step('RESOURCE_TYPE', name, { type: 'ResourceType', local: resourceType });
  const paths = [...rules]
    .sort()
    .map((rule): Path => ({ steps: [...ruleSteps(input, rule), end], validFrom: null, validUntil: null }));
  return {
    verdict: 'PENDING',
    summary: `${name} of ${person} would be ${delta.kind === 'CREATE' ? 'made' : 'changed'}.`,
    paths,
    isStale: isStale(input),
  };
}
